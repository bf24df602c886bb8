"""How notes begin: where, how fast, how bright, and how wide their spectrum is then."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int
from numpy import ndarray

from console.music.timbre.spectra import RATE_HZ, pieces

HOP, WINDOW, N_MEL = 512, 2048, 128
LEAST_DB = 3.0  # mean rise over the mel bands: a smaller one is no onset
APART_S = 0.1
LEAST_RISE = 0.1  # of the envelope's range
EVERY = 4  # samples, of which the envelope keeps the largest
DECAY_S, HOLD_S = 0.1, 0.01  # of the envelope
LONGEST_S = 0.1  # of an attack
THRESHOLDS, EFFORT = 8, 3
BRIGHT_S = 0.125  # after a note's beginning, the centroid is taken over as long
WIDE, WIDE_HOP, WIDE_DB = 4096, 512, -75.0
CENTROID_LEAST_HZ, WIDTH_LEAST_HZ = 200.0, RATE_HZ / 512


@dataclass(frozen=True)
class Attacks:
    """Means over the notes.

    Args:
        onsets: samples.
        rise_db: greatest rise over the mel bands.
        log_time: logarithm (base 10) of the seconds that attacks take.
        centroid_hz: of the spectrum just after.
        width_hz: of the spectrum while it attacks, weighted by the rise.
    """

    onsets: Int[ndarray, " onset"]
    rise_db: float
    log_time: float
    centroid_hz: float
    width_hz: float


def attacks(audio: Float32[ndarray, " time"], mel: Float[ndarray, "bin mel"]) -> Attacks:
    """Of a sound at `RATE_HZ`, as timbral-models measures hardness.

    Args:
        mel: what sums a spectrum's bins to mel bands.
    """
    rise_db = _rise_db(audio, mel)
    envelope = _envelope(audio)
    onsets = _onsets(rise_db, envelope)
    ends = np.append(onsets[1:], len(audio))
    strengths, times, starts = [], [], []
    for onset, end in zip(onsets.tolist(), ends.tolist(), strict=True):
        strengths.append(float(rise_db[onset // HOP : max(end // HOP, onset // HOP + 1)].max(initial=0.0)))
        start, seconds = _attack(envelope[onset // EVERY : max(end // EVERY, onset // EVERY + 2)])
        starts.append(onset + start * EVERY)
        times.append(np.log10(seconds))
    weights = np.maximum(strengths, 1e-6)
    return Attacks(
        onsets,
        float(np.mean(strengths)),
        float(np.mean(times)),
        _centroid_hz(audio, np.asarray(starts), ends),
        float(np.average(_widths(audio, np.asarray(starts)), weights=weights)),
    )


def _rise_db(audio: Float32[ndarray, " time"], mel: Float[ndarray, "bin mel"]) -> Float[ndarray, " frame"]:
    """Mean rise over the mel bands from frame to frame (spectral flux in dB: Böck and Widmer, DAFx 2013)."""
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    padded = np.pad(audio, WINDOW // 2)
    bands = np.concatenate([power @ mel for power in pieces(padded, window, HOP, WINDOW)]) * window.sum() ** 2
    bands_db = 10 * np.log10(np.maximum(bands, 1e-10))
    bands_db = np.maximum(bands_db, bands_db.max() - 80)
    rise = np.maximum(np.diff(bands_db, axis=0), 0).mean(-1)
    late = 1 + WINDOW // (2 * HOP)
    return np.concatenate([np.zeros(late), rise])[: len(bands)]


def _envelope(audio: Float32[ndarray, " time"]) -> Float[ndarray, " sample"]:
    """Peaks that are held and then fall at a steady rate."""
    from scipy.ndimage import maximum_filter1d

    size = np.abs(audio[: len(audio) // EVERY * EVERY]).reshape(-1, EVERY).max(-1).astype(np.float64)
    rate = RATE_HZ / EVERY
    fall, hold = size.max() / (DECAY_S * rate), round(HOLD_S * rate)
    at = np.arange(len(size)) * fall
    held = maximum_filter1d(size, hold + 1, origin=hold // 2, mode="constant")
    falling = np.maximum.accumulate(size + at) + hold * fall - at
    late = np.concatenate([np.zeros(min(hold, len(size))), falling[: max(0, len(size) - hold)] - hold * fall])
    return np.maximum(held, late)


def _onsets(rise_db: Float[ndarray, " frame"], envelope: Float[ndarray, " sample"]) -> Int[ndarray, " onset"]:
    """Samples at which notes begin; 0 where there is at most one."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    largest = float(rise_db.max())
    if largest < LEAST_DB:
        return np.zeros(1, dtype=int)
    near, around = round(0.03 * RATE_HZ / HOP), round(0.1 * RATE_HZ / HOP)
    peak = rise_db == maximum_filter1d(rise_db, 2 * near + 1)
    peak &= rise_db >= uniform_filter1d(rise_db, 2 * around + 1) + 0.07 * largest
    span = float(envelope.max() - envelope.min())
    kept: list[int] = []
    for frame in np.flatnonzero(peak & (rise_db >= LEAST_DB)).tolist():
        begin = frame
        while begin > 0 and rise_db[begin - 1] < rise_db[begin]:
            begin -= 1
        begin *= HOP
        after = envelope[begin // EVERY : (begin + round(APART_S * RATE_HZ)) // EVERY]
        if len(after) < 2 or (kept and begin - kept[-1] < APART_S * RATE_HZ):
            continue
        top = int(after.argmax())
        if top and after[top] - after[:top].min() >= LEAST_RISE * span:
            kept.append(begin)
    return np.array(kept if len(kept) > 1 else [0])


def _attack(envelope: Float[ndarray, " sample"]) -> tuple[int, float]:
    """Where an attack begins, and how many seconds it takes: method of least effort (Peeters, CUIDADO, 2004)."""
    rate = RATE_HZ / EVERY
    top = int(envelope.argmax())
    if top == 0:
        return 0, 1 / rate
    low = top - 1 - int(envelope[:top][::-1].argmin())
    rising = envelope[low : top + 1]
    levels = rising.min() + np.linspace(0.1, 0.9, THRESHOLDS + 1) * (rising.max() - rising.min())
    crossed = np.argmax(rising >= levels[:, None], axis=-1)
    effort = np.diff(crossed)
    most = EFFORT * effort.mean()
    first = int(np.argmax(effort <= most))
    last = int(np.argmax(effort[first:] >= most)) or len(effort[first:]) - 1
    start, end = crossed[first], crossed[first + last]
    if start == end:
        start, end = crossed[0], crossed[-1]
    seconds = min((end - start + 1) / rate if end > start else 1 / rate, LONGEST_S)
    return low + int(start), float(seconds)


def _centroid_hz(
    audio: Float32[ndarray, " time"], starts: Int[ndarray, " onset"], ends: Int[ndarray, " onset"]
) -> float:
    from scipy.fft import rfft

    length, size = round(BRIGHT_S * RATE_HZ), 8192
    hz = np.arange(size // 2 + 1) * RATE_HZ / size
    heard = hz >= 20
    padded = np.pad(audio, (0, length))
    found = []
    for group in range(0, len(starts), 256):
        begin, end = starts[group : group + 256], ends[group : group + 256]
        at = begin[:, None] + np.arange(length)
        magnitude = np.abs(rfft(np.where(at < end[:, None], padded[at], 0), size, axis=-1))[:, heard]
        total = magnitude.sum(-1)
        sounds = (total > 0) & (end - begin > 512)
        found.append(((magnitude @ hz[heard]) / np.maximum(total, 1e-12))[sounds])
    together = np.concatenate(found)
    return max(float(together.mean()), CENTROID_LEAST_HZ) if len(together) else CENTROID_LEAST_HZ


def _widths(audio: Float32[ndarray, " time"], starts: Int[ndarray, " onset"]) -> Float[ndarray, " onset"]:
    """The widest spectrum of each attack: from where 5 % lie below to the highest bin that is to be heard."""
    from scipy.fft import rfft

    padded = np.pad(audio, (WIDE, WIDE + round(LONGEST_S * RATE_HZ)))
    hz = np.arange(WIDE // 2 + 1) * RATE_HZ / WIDE
    steps = np.arange(0, round(LONGEST_S * RATE_HZ) + 1, WIDE_HOP)  # windows that end so long after a note began
    least = 10 ** (WIDE_DB / 20) * np.sqrt(RATE_HZ * WIDE)
    widest = []
    for group in range(0, len(starts), 32):
        at = starts[group : group + 32, None, None] + steps[:, None] + np.arange(WIDE)
        magnitude = np.abs(rfft(padded[at], axis=-1))
        total = magnitude.sum(-1)
        low = hz[(magnitude.cumsum(-1) >= 0.05 * total[..., None]).argmax(-1)]
        loud = magnitude >= least
        high = np.where(loud.any(-1), hz[len(hz) - 1 - loud[..., ::-1].argmax(-1)], low)
        widest.append((high - low).max(-1))
    return np.maximum(np.concatenate(widest), WIDTH_LEAST_HZ)
