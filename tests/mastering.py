"""What mastering does to a mix: an equaliser and a limiter, written once more, so that the tests share nothing with the
house's own."""

import numpy as np
from scipy.ndimage import minimum_filter1d
from scipy.signal import lfilter

RELEASE_S, AHEAD_S = 0.08, 0.0015


def bell(sound: np.ndarray, hz: float, gain_db: float, rate: int, q: float = 0.9) -> np.ndarray:
    """A peaking filter (the Audio EQ Cookbook's) on "channel time"."""
    a, w = 10 ** (gain_db / 40), 2 * np.pi * hz / rate
    alpha = np.sin(w) / (2 * q)
    top = np.array([1 + alpha * a, -2 * np.cos(w), 1 - alpha * a])
    bottom = np.array([1 + alpha / a, -2 * np.cos(w), 1 - alpha / a])
    return lfilter(top / bottom[0], bottom / bottom[0], sound, axis=-1)


def shelf(sound: np.ndarray, hz: float, gain_db: float, rate: int) -> np.ndarray:
    """A high shelf of first order."""
    a, w = 10 ** (gain_db / 20), np.tan(np.pi * hz / rate)
    root = np.sqrt(a)
    top, bottom = np.array([w + a / root * 1.0, w - a / root * 1.0]), np.array([w + 1 / root, w - 1 / root])
    return lfilter(top / bottom[0], bottom / bottom[0], sound, axis=-1)


def limit(sound: np.ndarray, reduction_db: float, rate: int) -> np.ndarray:
    """A look-ahead limiter that takes `reduction_db` off the highest peak, on "channel time"."""
    envelope = np.abs(sound).max(0)
    wanted = np.minimum(1, envelope.max() * 10 ** (-reduction_db / 20) / np.maximum(envelope, 1e-12))
    ahead = max(1, round(AHEAD_S * rate))
    wanted = minimum_filter1d(wanted, 2 * ahead + 1)
    keep = np.exp(-1 / (RELEASE_S * rate))
    gain, now = np.empty_like(wanted), 1.0
    for at, want in enumerate(wanted.tolist()):
        now = want if want < now else keep * now + (1 - keep) * want
        gain[at] = now
    smooth = np.hanning(2 * ahead + 3)[1:-1]
    return sound * np.convolve(gain, smooth / smooth.sum(), "same")
