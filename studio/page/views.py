"""The page's pictures in figures: levels over time, spectra, and who covers whom at the present faders."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor

from console.audio.k_weighting import OFFSET_LUFS
from console.balance import ROLES
from console.meters.bands import BANDS_HZ
from console.meters.thirds import thirds
from console.network.features import FRAMES, MOMENTARY, STEP_S
from console.network.threads import one_thread
from console.read.song import SILENT_RATIO, Song
from console.stream.steps import heard_energies
from explainer.measured.figures import measure

POINTS = 600  # of a level over time, at most
LEAST_PERCENT, MOST_OF_ONE = 10, 3  # what covers a stem for less of its time is not shown, nor more than the first few


@dataclass(frozen=True, eq=False)
class _Measured:
    """What the faders do not change."""

    energy: Float[Tensor, "source step row"]
    step_s: float
    levels_lufs: list[list[float | None]]
    bands_hz: list[float]
    spectrum_db: list[list[float | None]]


_measured_before: "WeakKeyDictionary[Song, _Measured]" = WeakKeyDictionary()


@torch.no_grad()
def views(song: Song, gains_db: Sequence[float]) -> dict[str, Any]:
    """What the page draws of a song, as JSON-able data; measured once for each song, in pieces of it.

    `levels_lufs` is the momentary loudness (BS.1770) of each stem, one point begun every `step_s`, of 0.4 s or, in long
    songs, of all until the next point. `spectrum_db` is the mean square of each stem over the whole song in thirds of
    an octave called `bands_hz`, mean of its sides; full scale is 0 dB. Both are of the stems as they were opened, and a
    fader adds its dB; None is silence, 120 dB below the loudest of all.

    `masking` is of the stems at the given gains: which `stem` is covered `by` which other one, by name, in which band,
    for how many per cent of its time, as the explainer has it (`explainer.measured.masking`); most first.

    Args:
        gains_db: where the faders stand, in the song's order.
    """
    measured = _measured_before.get(song)
    if measured is None:
        with one_thread():
            measured = _measured_before[song] = _measure(song)
    return {
        "step_s": measured.step_s,
        "levels_lufs": measured.levels_lufs,
        "bands_hz": measured.bands_hz,
        "spectrum_db": measured.spectrum_db,
        "masking": _masking(song, measured.energy, gains_db),
    }


def _measure(song: Song) -> _Measured:
    scale = song.extremes.scale
    energy = heard_energies(song.sound)
    to_full_db = -20 * math.log10(scale)
    stride = math.ceil(energy.shape[1] / POINTS)
    window = min(max(stride, MOMENTARY), energy.shape[1])
    sides = 2 / song.audio.shape[1]  # one channel sounds on both, as `console.stream.loudness` counts it
    weighted = sides * energy[:-1, :, 1].double()
    momentary = torch.nn.functional.avg_pool1d(weighted, window, stride, ceil_mode=True)
    bands_hz, powers = thirds(song, scale)
    return _Measured(
        energy,
        stride * FRAMES * round(STEP_S / FRAMES * song.sample_rate) / song.sample_rate,
        _decibels(momentary, song, OFFSET_LUFS + to_full_db),
        bands_hz,
        _decibels(powers, song, to_full_db),
    )


def _masking(song: Song, energy: Float[Tensor, "source step row"], gains_db: Sequence[float]) -> list[dict[str, Any]]:
    gain_db = torch.tensor([*gains_db, 0.0], dtype=energy.dtype)  # and of the mix, which is not read
    roles = torch.tensor([[ROLES.index(role) for role in song.roles]])
    figures = measure((energy * 10 ** (gain_db / 10)[:, None, None])[None], roles, torch.zeros_like(roles).bool())
    covered, band = figures.covered[0].tolist(), figures.band[0].tolist()
    found = []
    for stem, of_stem in enumerate(covered):
        others = sorted((other for other in range(len(covered)) if other != stem), key=lambda other: -of_stem[other])
        for other in others[:MOST_OF_ONE]:
            band_hz, percent = BANDS_HZ[band[stem][other] :][:2], round(100 * of_stem[other])
            row = {"stem": song.names[stem], "by": song.names[other], "band_hz": list(band_hz), "percent": percent}
            found.append((of_stem[other], row))
    found.sort(key=lambda pair: -pair[0])
    return [row for _, row in found if row["percent"] >= LEAST_PERCENT]


def _decibels(power: Float[Tensor, "stem point"], song: Song, offset_db: float) -> list[list[float | None]]:
    """Rounded, None for silence."""
    least = max(SILENT_RATIO**2 * float(power.max()), torch.finfo(torch.float32).tiny)
    heard = (power > least) & ~song.silent[:, None]
    level_db = offset_db + 10 * power.clamp_min(least).log10()
    pairs = zip(level_db.tolist(), heard.tolist(), strict=True)
    return [[round(db, 2) if sounds else None for db, sounds in zip(*row, strict=True)] for row in pairs]
