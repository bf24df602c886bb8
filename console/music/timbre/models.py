"""Six attributes of timbre by the regressions of AudioCommons (Pearce, Brookes and Mason, D5.8, 2019).

The formulas are those behind timbral-models 0.4. What differs: filters work on power spectra, thirds of an octave too;
onsets are taken as the spectral flux has them; roughness is Vassilakis's own formula, in which unlike partials beat
less, on the same scale.
"""

import numpy as np
from jaxtyping import Float, Float32, Int
from numpy import ndarray

from console.audio.k_weighting import k_weighting
from console.meters.meters import gated_lufs
from console.music.music import Timbre
from console.music.timbre.attacks import Attacks, attacks
from console.music.timbre.percussive import percussive_share
from console.music.timbre.roughness import roughness
from console.music.timbre.spectra import RATE_HZ, peaks, pieces
from console.music.timbre.zwicker import bell, sharpness_acum, specific_loudness, third_octaves

WINDOW, HOP = 4096, 2048
LEVEL_LUFS = -24.0  # of one channel by itself, at which all are measured
SHORTEST_S = 0.5
EXCERPTS, EXCERPT_S = 10, 30.0  # of a sound longer than all of these together, evenly spread
FAINTEST_LUFS = -70.0
LOG_ROUGHNESS = 0.82  # what timbral-models finds more of it (base 10, mean over 38 sounds)


def measured(audio: Float32[ndarray, " time"]) -> Timbre | None:
    """Of a sound in mono at `RATE_HZ`; None for less than half a second, and for silence."""
    if len(audio) < SHORTEST_S * RATE_HZ or not np.abs(audio).max() > 0:
        return None
    audio = _excerpts(audio)
    power = _power(audio)
    level_lufs = _level_lufs(power)
    if not level_lufs > FAINTEST_LUFS:
        return None
    gain = min(10 ** ((LEVEL_LUFS - level_lufs) / 20), 1 / float(np.abs(audio).max()))
    audio = np.float32(gain) * audio
    power *= np.float32(gain**2)
    hz = np.arange(power.shape[1]) * RATE_HZ / WINDOW
    loudness = specific_loudness(power @ third_octaves(WINDOW, RATE_HZ).astype(np.float32))
    rms = np.sqrt(power.sum(-1))
    began = attacks(audio, _mel())
    acum = float(np.average(sharpness_acum(loudness), weights=rms**2))
    return Timbre(
        brightness=_scaled(_brightness(power.mean(0), hz)),
        warmth=_scaled(_warmth(power, hz, loudness, rms, began.onsets)),
        roughness=_scaled(_roughness(audio)),
        hardness=_scaled(_hardness(audio, loudness, rms, began)),
        depth=_scaled(_depth(power, 1 / float(np.square(np.abs(audio).max())), hz, rms, began.onsets)),
        sharpness_acum=round(acum, 2),
    )


def _excerpts(audio: Float32[ndarray, " time"]) -> Float32[ndarray, " excerpt"]:
    length = round(EXCERPT_S * RATE_HZ)
    if len(audio) <= EXCERPTS * length:
        return audio
    starts = np.linspace(0, len(audio) - length, EXCERPTS).astype(int)
    return np.concatenate([audio[start : start + length] for start in starts])


def _power(audio: Float32[ndarray, " time"]) -> Float32[ndarray, "frame bin"]:
    """Scaled so that a frame's bins sum to its mean square."""
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    power = np.concatenate(list(pieces(audio, window, HOP, WINDOW)))
    power[:, :2] = 0  # an offset is no sound
    return power * np.float32(2 * window.sum() ** 2 / (WINDOW * np.square(window).sum()))


def _level_lufs(power: Float32[ndarray, "frame bin"]) -> float:
    import torch

    weighted = power @ k_weighting(power.shape[1], RATE_HZ).numpy()
    step = 0.2 * RATE_HZ / HOP
    at = np.unique((np.arange(0, len(weighted) / step) * step).astype(int))
    sizes = np.diff(np.append(at, len(weighted)))
    return gated_lufs(torch.from_numpy(np.add.reduceat(weighted, at) / sizes))


def _brightness(power: Float[ndarray, " bin"], hz: Float[ndarray, " bin"]) -> float:
    heard = power * _high_pass(hz, 20.0)
    high, above = heard * _high_pass(hz, 2000.0), heard * _high_pass(hz, 100.0)
    share, centroid_hz = high.sum() / heard.sum(), (above @ hz) / above.sum()
    return float(4.613128 * _log(share) + 17.378889 * _log(centroid_hz) + 17.434734)


def _warmth(
    power: Float32[ndarray, "frame bin"],
    hz: Float[ndarray, " bin"],
    loudness: Float[ndarray, "frame 240"],
    rms: Float32[ndarray, " frame"],
    onsets: Int[ndarray, " onset"],
) -> float:
    """From the loudness of low and high bands, and each note's spectrum: centroid, bass, how evenly it falls."""
    notes, size = _notes(power, onsets)
    note_rms = np.sqrt(notes.sum(-1) / size)
    norm = notes / np.maximum(notes.max(-1, keepdims=True), 1e-20)
    fundamental = _fundamental_bin(norm, 0.2)
    total = norm.sum(-1)
    centroid_hz = float(np.mean((norm @ hz) / total))
    bins = np.arange(len(hz))
    low = ((bins >= fundamental[:, None]) & (hz <= 260)) * norm
    bass = np.where(hz[fundamental] < 260, low.sum(-1) / total, 0)
    falls = np.mean([_evenness(row, hz, hz[first] * 3.5) for row, first in zip(norm, fundamental, strict=True)])
    return float(
        -4.464258 * _log(centroid_hz)
        - 0.088193 * np.average(loudness @ bell(80, 240), weights=rms)
        + 0.291565 * np.mean(loudness @ bell(10, 40))
        + 17.274734 * falls
        + 8.403340 * np.average(bass, weights=np.maximum(note_rms, 1e-9))
        + 45.212121
    )


def _roughness(audio: Float32[ndarray, " time"]) -> float:
    rough = roughness(audio)
    return 13.987796 * (_log(rough) + LOG_ROUGHNESS) + 48.976066 if rough >= 0.01 else 0.0


def _hardness(
    audio: Float32[ndarray, " time"],
    loudness: Float[ndarray, "frame 240"],
    rms: Float32[ndarray, " frame"],
    began: Attacks,
) -> float:
    middle = float(np.average(loudness @ bell(70, 140), weights=rms))
    return float(
        12.079782 * _log(began.width_hz)
        + 18.521004 * _log(began.centroid_hz)
        + 14.139884 * _log(middle)
        + 5.567690 * _log(percussive_share(audio))
        + 3.934682 * _log(began.rise_db)
        - 4.326890 * began.log_time
        - 85.603522
    )


def _depth(
    power: Float32[ndarray, "frame bin"],
    scale: float,
    hz: Float[ndarray, " bin"],
    rms: Float32[ndarray, " frame"],
    onsets: Int[ndarray, " onset"],
) -> float:
    """From the low part's share and centroid, how long notes last, and the lowest partial; `scale` makes its peak 1."""
    heard = _high_pass(hz, 20.0)
    low = heard * _low_pass(hz, 2000.0)
    sums = power @ np.stack([heard, low, low * hz], -1).astype(np.float32)
    total, mean = sums[:, 0], power.mean(0) * heard
    centroids_hz = np.where(scale * total > 1e-3, sums[:, 2] / np.maximum(sums[:, 1], 1e-20), 0)
    centroid_hz = float(np.average(centroids_hz, weights=total))
    share = float((mean @ _low_pass(hz, 500.0)) / mean.sum())
    lasts_s = _lasts_s(rms, onsets)
    lowest_hz = float(hz[_fundamental_bin((mean / mean.max())[None], 0.01)[0]])
    steep = share**10 / (share**10 + 0.2)
    return (
        -0.004370 * min(centroid_hz, 2000.0)
        + 32.837432 * share
        + 4.750863 * _log(lasts_s)
        - 14.217439 * _log(lowest_hz)
        + 3.878234 * share * _log(lasts_s)
        - 0.854483 * steep * _log(lasts_s)
        + 66.695344
    )


def _lasts_s(rms: Float32[ndarray, " frame"], onsets: Int[ndarray, " onset"]) -> float:
    """How long notes last after their loudest moment: until they fall 40 dB below the sound's, or the next begins."""
    frames = np.minimum(onsets // HOP, len(rms) - 1)
    lengths = []
    for start, end in zip(frames, np.append(frames[1:], len(rms)), strict=True):
        note = rms[start : max(end, start + 1)]
        after = note[int(note.argmax()) :]
        ended = after < 0.01 * rms.max()
        lengths.append(int(ended.argmax()) if ended.any() else len(after))
    return max(float(np.mean(lengths)), 0.25) * HOP / RATE_HZ


def _notes(
    power: Float32[ndarray, "frame bin"], onsets: Int[ndarray, " onset"]
) -> tuple[Float[ndarray, "note bin"], Int[ndarray, " note"]]:
    """Each note's summed spectrum, and its frames; those that are silent are left out."""
    at = np.unique(np.minimum(np.round(onsets / HOP).astype(int), len(power) - 1))
    sums, size = np.add.reduceat(power, at).astype(np.float64), np.diff(np.append(at, len(power)))
    sounds = sums.max(-1) > 1e-12 * len(power)
    return sums[sounds], size[sounds]


def _fundamental_bin(rows: Float[ndarray, "row bin"], least: float) -> Int[ndarray, " row"]:
    """The lowest peak of each row; its highest bin where there is none."""
    row, place, _, _ = peaks(rows, least)
    lowest = rows.argmax(-1)
    np.minimum.at(lowest, row, place)
    return np.maximum(lowest, 1)


def _evenness(row: Float[ndarray, " bin"], hz: Float[ndarray, " bin"], from_hz: float) -> float:
    """How well a straight line fits the fall of a spectrum above some frequency (R squared, both axes logarithmic)."""
    above = hz > (from_hz if from_hz < 12_000 else 12_000)
    x, y = np.log10(hz[above]), np.log10(np.maximum(row[above], 1e-20))
    return float(np.corrcoef(x, y)[0, 1] ** 2) if y.std() > 0 else 0.0


def _high_pass(hz: Float[ndarray, " bin"], edge_hz: float) -> Float[ndarray, " bin"]:
    """Gain of the power by three Butterworth filters of order 2, one after the other."""
    return 1 / (1 + (edge_hz / np.maximum(hz, 1e-3)) ** 4) ** 3


def _low_pass(hz: Float[ndarray, " bin"], edge_hz: float) -> Float[ndarray, " bin"]:
    return 1 / (1 + (hz / edge_hz) ** 4) ** 3


def _mel() -> Float32[ndarray, "bin mel"]:
    import librosa

    filters: Float32[ndarray, "mel bin"] = librosa.filters.mel(sr=RATE_HZ, n_fft=2048, n_mels=128)
    return filters.T


def _log(value: float) -> float:
    return float(np.log10(max(float(value), 1e-6)))


def _scaled(value: float) -> float:
    return round(float(min(100.0, max(0.0, value))), 1)
