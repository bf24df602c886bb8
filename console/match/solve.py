"""From aligned pieces of a song and its reference to gains: the limiter's part and the equaliser's part, in turn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Complex64, Float32, Float64
from torch import Tensor

from console.match.equaliser import Bands
from console.match.fit import LEAST, Fit, Sums, fit, start, unexplained
from console.match.pieces import Piece
from console.match.swing import calm_of, moments, settle, swings

TURNS = 16
SETTLED = 0.0012  # nepers: 0.01 dB
EXACT_DB = -45.0  # what is left unexplained of a plain sum, rounded to 16 bits or not: nothing lies on it
HOPELESS_DB = -0.3  # what is left of another song, before anything is known of a limiter: none would explain it
TOLD = 1e-3  # of its energy, what is left unexplained of a band at the least: none tells all
FAINT = 1e-6  # of the largest power in a bin: what lies below is not lifted to it


@dataclass(frozen=True)
class Solution:
    """What makes a reference of the stems.

    Args:
        fit: gains and equaliser.
        sums: what they were found from, of each piece.
        swing: the gain on the whole at each sample of each piece.
        residual_db: energy of the reference that is not explained, against all of it.
    """

    fit: Fit
    sums: tuple[Sums, ...]
    swing: tuple[Float32[Tensor, " time"], ...]
    residual_db: float


def solve(pieces: Sequence[Piece], sample_rate: int) -> Solution:
    """The gains, equaliser and swing under which the stems come nearest to the reference, by least squares.

    First as if there were no limiter. Then, in turn: the swing and the gains for the equaliser that was found, and the
    equaliser and the gains for that swing, until the gains stay.
    """
    bands = Bands(sample_rate)
    own = [_pairs(bands, bands.spectra(piece.stems)) for piece in pieces]
    swing = [torch.ones(piece.reference.shape[-1]) for piece in pieces]
    sums, total = _summed(bands, pieces, own, swing)
    found = fit(total, start(total))
    for _ in range(TURNS):
        if not EXACT_DB <= _left_db(total, found) <= HOPELESS_DB:
            break
        before = found.gain
        gain, swing = _swing(bands, pieces, total, found, sample_rate)
        sums, total = _summed(bands, pieces, own, swing)
        found = fit(total, gain, found.eq)
        if float((found.gain - before).std()) < SETTLED:
            break
    return Solution(found, tuple(sums), tuple(swing), _left_db(total, found))


def add(sums: Sequence[Sums]) -> Sums:
    """The sums of several pieces together."""
    rows = zip(*((s.stems, s.cross, s.reference, s.count) for s in sums), strict=True)
    return Sums(*(torch.stack(row).sum(0) for row in rows))


def _left_db(total: Sums, found: Fit) -> float:
    left = float(unexplained(total, found.gain, found.eq).sum() / total.reference.sum().clamp_min(1e-300))
    return 10 * math.log10(max(left, 1e-12))


def _swing(
    bands: Bands, pieces: Sequence[Piece], total: Sums, found: Fit, sample_rate: int
) -> tuple[Float64[Tensor, " stem"], list[Float32[Tensor, " time"]]]:
    """Gains and swings, with the equaliser as it was found, heard where most is explained."""
    white = _white(bands, total, found)
    response = bands.response(found.eq) * white
    every = []
    for piece in pieces:
        length = piece.reference.shape[-1]
        stems = bands.sound(bands.spectra(piece.stems) * response[:, None], length)
        reference = bands.sound(bands.spectra(piece.reference) * white[:, None], length)
        every.append(moments(stems, reference, sample_rate))
    gain = settle(every, found.gain, LEAST)
    calm = calm_of(every, gain)
    swing = [swings(part, gain, calm, p.reference.shape[-1]) for part, p in zip(every, pieces, strict=True)]
    middle = float(torch.cat(swing).median())
    return gain + math.log(middle), [each / middle for each in swing]


def _summed(
    bands: Bands, pieces: Sequence[Piece], own: Sequence[Tensor], swing: Sequence[Tensor]
) -> tuple[list[Sums], Sums]:
    """The energies of each piece and of all, the swing taken out of the reference."""
    sums = []
    for piece, pairs, swung in zip(pieces, own, swing, strict=True):
        reference = bands.spectra(piece.reference / swung)
        cross = [bands.sums((bands.spectra(stem).conj() * reference).sum((0, 2))) for stem in piece.stems]
        energy = bands.sums(reference.abs().square().sum((0, 2)))
        count = bands.count * reference.shape[0] * reference.shape[-1]
        sums.append(Sums(pairs, torch.stack(cross, -1), energy, count))
    return sums, add(sums)


def _pairs(bands: Bands, spectra: Complex64[Tensor, "stem channel bin frame"]) -> Float64[Tensor, "band stem stem"]:
    stems = len(spectra)
    pairs = torch.empty(stems, stems, len(bands.count), dtype=torch.float64)
    for i in range(stems):
        for j in range(i + 1):
            a, b = spectra[i], spectra[j]
            pairs[i, j] = pairs[j, i] = bands.sums((a.real * b.real + a.imag * b.imag).sum((0, 2)))
    return pairs.permute(2, 0, 1)


def _white(bands: Bands, total: Sums, found: Fit) -> Float32[Tensor, " bin"]:
    """A filter after which what is left unexplained is as strong at each frequency: there each tells as much."""
    noise = unexplained(total, found.gain, found.eq) + TOLD * total.reference
    power = noise / total.count
    power = power.clamp_min(FAINT * float(power.max()))
    white = torch.exp(-0.5 * (bands.spread @ power.log())).float()
    white[0] = 0
    return white
