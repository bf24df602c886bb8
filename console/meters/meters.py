"""What meters show of one sound: loudness and its range, peak and crest, bands, stereo."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from console.audio.k_weighting import OFFSET_LUFS
from console.meters.bands import bands
from console.meters.sounding import sounds_in
from console.network.features import SECOND
from console.stream.peak import true_peak_dbtp

GATE_LUFS, GATE_LU, RANGE_GATE_LU = -70.0, -10.0, -20.0  # absolute; relative, of a level and of a range
BLOCK, SHORT_TERM = 2, 15  # steps of 0.2 s
LOW, HIGH = 10, 95  # percentiles
BAND_FLOOR_DB = -60.0


@dataclass(frozen=True)
class SoundReport:
    """What meters show of the mix or of a stem; None where there is nothing to measure, as in silence.

    Args:
        loudness_lufs, loudness_range_lu, true_peak_dbtp: integrated loudness, its range, and the true peak.
        crest_db: the true peak above the mean level while it sounds.
        bands_db: the part of its energy in each of `console.meters.bands.BANDS_HZ`.
        width_percent, correlation: as `Stereo` has them.
    """

    loudness_lufs: float | None
    loudness_range_lu: float | None
    true_peak_dbtp: float | None
    crest_db: float | None
    bands_db: tuple[float, ...] | None
    width_percent: int | None
    correlation: float | None

    def text(self) -> str:
        """The figures in one line."""
        if self.true_peak_dbtp is None or self.bands_db is None:
            return "silent."
        parts = [
            "" if self.loudness_lufs is None else f"{self.loudness_lufs:.1f} LUFS",
            "" if self.loudness_range_lu is None else f"range {self.loudness_range_lu:.1f} LU",
            f"true peak {self.true_peak_dbtp:.1f} dBTP",
            "" if self.crest_db is None else f"crest {self.crest_db:.1f} dB",
            f"width {self.width_percent} %, correlation {self.correlation:.2f}",
            f"bands {' '.join(f'{db:.1f}' for db in self.bands_db)} dB",
        ]
        return ", ".join(filter(None, parts)) + "."


class Stereo(NamedTuple):
    """How wide a sound is.

    Args:
        width_percent: the energy of the difference of the channels in that of their sum and difference: 0 for mono, 50
            for unrelated channels.
        correlation: of the channels, -1..1: below 0 it loses in mono.
    """

    width_percent: float
    correlation: float


def meter(
    audio: Float[Tensor, "channel time"],
    sample_rate: int,
    energy: Float[Tensor, "step row"],
    lufs: float | None,
    scale: float = 1.0,
) -> SoundReport:
    """Reads every meter of one sound.

    Args:
        energy: of it, as `console.network.features.energies` has it, its samples times `scale`.
        lufs: its integrated loudness, where that was measured before.
    """
    sides = 2 / len(audio)  # one channel sounds on both, as `console.stream.loudness` counts it
    plain, weighted = energy[:, 0], sides * energy[:, 1].double() / scale**2
    wide = stereo(audio if scale == 1 else scale * audio)
    if wide is None or not float(plain.sum()) > 0:
        return SoundReport(None, None, None, None, None, None, None)
    to_full_db = -20 * math.log10(scale)
    peak_dbtp = true_peak_dbtp(audio, sample_rate)
    while_sounding = plain[sounds_in(plain).repeat_interleave(SECOND)[: len(plain)]].mean() / len(audio)
    of_band = bands(energy[:, 2:].sum(0))
    of_band_db = 10 * (of_band / of_band.sum().clamp_min(torch.finfo(of_band.dtype).tiny)).log10().clamp_min(
        BAND_FLOOR_DB / 10
    )
    return SoundReport(
        _rounded(gated_lufs(weighted) if lufs is None else lufs),
        _rounded(loudness_range_lu(weighted)),
        _rounded(peak_dbtp),
        _rounded(peak_dbtp - to_full_db - 10 * math.log10(while_sounding)),
        tuple(round(db, 1) + 0.0 for db in of_band_db.tolist()),
        round(wide.width_percent),
        round(wide.correlation, 2) + 0.0,
    )


def gated_lufs(power: Float[Tensor, " step"]) -> float:
    """Integrated loudness (ITU-R BS.1770-4) from K-weighted mean squares of steps of 0.2 s; -inf for silence.

    Blocks overlap by half where the standard has three quarters: within 0.2 LU of it, and within 0.1 LU from half a
    minute on.
    """
    blocks = _blocks(power, BLOCK)
    loud = blocks[_lufs(blocks) >= GATE_LUFS]
    if not len(loud):
        return -math.inf
    loud = loud[_lufs(loud) > _lufs(loud.mean()) + GATE_LU]
    return float(_lufs(loud.mean()))


def loudness_range_lu(power: Float[Tensor, " step"]) -> float:
    """Loudness range (EBU Tech 3342) from K-weighted mean squares of steps of 0.2 s; 0 for silence."""
    blocks = _blocks(power, SHORT_TERM)
    loud = blocks[_lufs(blocks) >= GATE_LUFS]
    if not len(loud):
        return 0.0
    loud = loud[_lufs(loud) >= _lufs(loud.mean()) + RANGE_GATE_LU]
    low_lufs, high_lufs = np.percentile(_lufs(loud), [LOW, HIGH])
    return float(high_lufs - low_lufs)


def stereo(audio: Float[Tensor, "channel time"]) -> Stereo | None:
    """Width and correlation; None for silence."""
    left, right = audio[0], audio[-1]
    left_power, right_power, product = (
        float(torch.dot(a, b)) for a, b in ((left, left), (right, right), (left, right))
    )
    both = left_power + right_power
    if both <= 0:
        return None
    between = math.sqrt(left_power * right_power)
    side = max(0.0, (both - 2 * product) / 2)
    return Stereo(100 * side / both, max(-1.0, min(1.0, product / between)) if between else 0.0)


def _blocks(power: Float[Tensor, " step"], steps: int) -> Float[ndarray, " block"]:
    """Means over so many steps, one begun with each; over all there are where they are fewer."""
    steps = min(steps, len(power))
    return power.double().unfold(0, steps, 1).mean(-1).numpy()


def _lufs(power: ndarray | np.floating) -> ndarray | np.floating:
    with np.errstate(divide="ignore"):
        return OFFSET_LUFS + 10 * np.log10(power)


def _rounded(value: float) -> float | None:
    return round(value, 1) + 0.0 if math.isfinite(value) else None
