"""A reference mix: the gains that bring a song's stems to the balance that they have in it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import torch
from jaxtyping import Float32, Float64
from torch import Tensor

from console.audio._torchaudio import resampler
from console.correct import SHORTEST_S
from console.correct.links import joined
from console.errors import InputError
from console.match.belief import spread_db
from console.match.fit import NEPER_DB
from console.match.pieces import align
from console.match.refine import refine
from console.match.solve import EXACT_DB, solve
from console.read.song import Song

RANGE_SD = 1.2816  # of a normal distribution, either way: holds 80 %
OTHER_SONG_DB = -1.0  # with less of it explained, the reference is no mix of these stems
MUTED_DB = -20.0  # a stem that is at the most so loud beside the others' gains is not in the reference
FAINT = 1e-8  # of the energy of what is looked at: a stem below is not heard there
WIDEST_DB = 60.0


class Heard(StrEnum):
    """What a reference tells of a stem."""

    YES = "yes"  # its level
    MUTED = "muted"  # that it is not there
    UNTOLD = "untold"  # nothing: where the reference was looked at, the stem rests
    SILENT = "silent"  # the song itself has nothing to hear


Row = tuple[float, float, float, float, Heard]
NOTHING: Row = (0.0, 0.0, 0.0, 0.0, Heard.SILENT)


@dataclass(frozen=True)
class Match:
    """The balance of a reference, as gains on the stems of a song.

    One gain on all stems is no balance: the gains are such that most of the stems keep their level.

    Args:
        names: of the stems.
        gains_db: what brings each to the reference's balance; 0 where it is not told, -60 for a muted one.
        low_db, high_db: the range that holds the right gain with probability 0.8.
        spread_db: standard deviation of the gains, dB.
        heard: what the reference tells of each stem.
        residual_db: energy of the reference that stems, equaliser and limiter do not explain, against all of it.
        offset_s: how much later the reference has what the song has.
        common_s: how much of the song is in the reference.
        inverted: whether its polarity is.
        anchor: the stem that keeps its level, where one was named.
    """

    names: tuple[str, ...]
    gains_db: tuple[float, ...]
    low_db: tuple[float, ...]
    high_db: tuple[float, ...]
    spread_db: tuple[float, ...]
    heard: tuple[Heard, ...]
    residual_db: float
    offset_s: float
    common_s: float
    inverted: bool
    anchor: str | None = None


def match(
    song: Song,
    reference: Float32[Tensor, "channel time"],
    sample_rate: int,
    title: str = "the reference",
    anchor: str | None = None,
    tell: Callable[[str], None] = lambda step: None,
) -> Match:
    """The gains that bring the stems of `song` to the balance that they have in a mix of it.

    The reference may be longer or shorter than the song, begin elsewhere, be mono, mastered (equaliser, compressor,
    limiter), lossy, or of another sample rate. Stems that are linked get one gain.

    Args:
        reference: the mix; `sample_rate` is its own, Hz.
        title: what it is called.
        anchor: a stem that keeps its level.
        tell: is told each step as it begins.

    Raises: InputError where less than two stems sound, for an anchor that is not there, silent or not in the
        reference, for a silent reference, one that has less than 3 s of the song, and one that is no mix of it.
    """
    fixed = None if anchor is None else song.names[song.index(anchor)]
    units, of = joined(song)
    held = None if fixed is None else of[song.index(fixed)]
    sounding = [i for i, silent in enumerate(units.silent.tolist()) if not silent]
    if len(sounding) < 2:
        raise InputError(f'In "{song.title}" only one stem sounds or moves: a balance needs at least two.')
    if held is not None and held not in sounding:
        raise InputError(f'The anchor "{fixed}" is silent.')
    if not float(reference.abs().max()) > 0:
        raise InputError(f'"{title}" is silent.')
    tell("Aligning the reference")
    stems, mixed, rate = _alike(units, sounding, reference, sample_rate)
    aligned = align(stems, mixed, rate)
    if aligned is None or aligned.common < SHORTEST_S * rate:
        raise InputError(
            f'"{title}" and "{song.title}" have less than {SHORTEST_S:g} s in common: a balance needs that long.'
        )
    energy = torch.stack([piece.stems.square().sum((1, 2)) for piece in aligned.pieces]).sum(0)
    told = (energy > FAINT * energy.max()).nonzero()[:, 0].tolist()
    at = {sounding[stem]: place for place, stem in enumerate(told)}
    if len(told) < 2 or (held is not None and held not in at):
        what = "only one stem sounds" if len(told) < 2 else f'the anchor "{fixed}" does not sound'
        raise InputError(f'In the part of "{song.title}" that "{title}" has, {what}.')
    pieces = tuple(piece.only(told) for piece in aligned.pieces)
    tell("Matching the balance")
    solution = solve(pieces, rate)
    if solution.residual_db > OTHER_SONG_DB:
        raise InputError(_another(song.title, title, solution.residual_db))
    gain = refined = solution.fit.gain
    if solution.residual_db > EXACT_DB:
        tell("Moving the faders")
        refined = refine(pieces, solution, rate)
        gain = _between(gain, refined)
    spread = spread_db(solution, refined, None if held is None else at[held])
    gains_db = gain * NEPER_DB
    gains_db = gains_db - _common_db(gains_db, spread, energy[told])
    if held is not None:
        if _row(at[held], gains_db, spread)[-1] is Heard.MUTED:
            raise InputError(f'The anchor "{fixed}" is not to be heard in "{title}".')
        gains_db = gains_db - gains_db[at[held]]
    rows = [
        NOTHING if silent else _row(at.get(unit), gains_db, spread)
        for unit, silent in zip(of, song.silent.tolist(), strict=True)
    ]
    gains, low, high, spreads, heard = zip(*rows, strict=True)
    return Match(
        song.names,
        gains,
        low,
        high,
        spreads,
        heard,
        round(solution.residual_db, 1),
        aligned.offset / rate,
        aligned.common / rate,
        aligned.polarity < 0,
        fixed,
    )


def _another(song: str, title: str, residual_db: float) -> str:
    """The sentence for a reference of another song."""
    percent = 100 * max(0.0, 1 - 10 ** (residual_db / 10))
    return (
        f'"{title}" is no mix of "{song}": at any gains the stems explain {percent:.0f} % of it '
        f"(residual {min(residual_db, 0.0) + 0.0:.1f} dB)."
    )


def _between(one: Float64[Tensor, " stem"], other: Float64[Tensor, " stem"]) -> Float64[Tensor, " stem"]:
    """Half way between the gains of two methods, which differ in what they bear; their common gain means nothing."""
    return one + ((other - one) - (other - one).median()) / 2


def _alike(
    units: Song, sounding: Sequence[int], reference: Tensor, sample_rate: int
) -> tuple[Float32[Tensor, "stem channel time"], Float32[Tensor, "channel time_b"], int]:
    """Stems and reference at the lower of their rates, mono where one of them is."""
    rate = min(units.sample_rate, sample_rate)
    stems = units.audio if len(sounding) == len(units.names) else units.audio[list(sounding)]
    if len(reference) != stems.shape[1]:
        stems, reference = stems.mean(1, keepdim=True), reference.mean(0, keepdim=True)
    to_rate = {hz: resampler(hz, rate) for hz in (units.sample_rate, sample_rate) if hz != rate}
    if None in to_rate.values():
        raise InputError(
            f"Sample rates of {units.sample_rate} and {sample_rate} Hz do not fit together: convert one of them first."
        )
    for hz, resample in to_rate.items():
        assert resample is not None
        if hz == units.sample_rate:
            stems = torch.stack([resample(stem) for stem in stems])
        else:
            reference = resample(reference)
    return stems, reference, rate


def _common_db(
    gains_db: Float64[Tensor, " stem"], spread: Float64[Tensor, " stem"], energy: Float32[Tensor, " stem"]
) -> float:
    """The gain of the stem from which the others are least away, so that most stems stay; of several, the loudest's."""
    weight = 1 / (1 + spread)
    away = ((gains_db[:, None] - gains_db).abs().clamp_max(12) * weight).sum(1)
    near = away <= away.min() + 0.1 * float(weight.mean())
    best = torch.where(near, energy.double(), -1.0).argmax()
    return float(gains_db[best])


def _row(at: int | None, gains_db: Float64[Tensor, " stem"], spread: Float64[Tensor, " stem"]) -> Row:
    """Gain, range, spread, and what is told of a stem, by its place among those that are; None: it is not."""
    if at is None:
        return 0.0, -WIDEST_DB, WIDEST_DB, WIDEST_DB, Heard.UNTOLD
    gain_db, sd_db = float(gains_db[at]), float(spread[at])
    factor = 10 ** (gain_db / 20)
    reach = factor * RANGE_SD * sd_db / NEPER_DB  # linear: a stem that is not there is near 0, not near -60 dB
    low_db, high_db = (20 * math.log10(max(f, 10 ** (-WIDEST_DB / 20))) for f in (factor - reach, factor + reach))
    if high_db < MUTED_DB:
        return -WIDEST_DB, -WIDEST_DB, high_db, sd_db, Heard.MUTED
    return gain_db, low_db, high_db, sd_db, Heard.YES
