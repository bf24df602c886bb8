"""What mastering does to a mix, plainly: filters and a limiter, to try what hears through them."""

import numpy as np
from jaxtyping import Float
from scipy.ndimage import minimum_filter1d
from scipy.signal import lfilter

Sound = Float[np.ndarray, "channel time"]
RELEASE_S, AHEAD_S = 0.08, 0.0015


def bell(sound: Sound, hz: float, gain_db: float, rate: int, q: float = 0.9) -> Sound:
    """A peaking filter (Audio EQ Cookbook) of `gain_db` at `hz`; `rate` in Hz."""
    a, w = 10 ** (gain_db / 40), 2 * np.pi * hz / rate
    alpha = np.sin(w) / (2 * q)
    top = np.array([1 + alpha * a, -2 * np.cos(w), 1 - alpha * a])
    bottom = np.array([1 + alpha / a, -2 * np.cos(w), 1 - alpha / a])
    return lfilter(top / bottom[0], bottom / bottom[0], sound, axis=-1)


def shelf(sound: Sound, hz: float, gain_db: float, rate: int) -> Sound:
    """A shelf of first order: `gain_db` on all that lies well above `hz`; `rate` in Hz."""
    a, w = 10 ** (gain_db / 20), np.tan(np.pi * hz / rate)
    root = np.sqrt(a)
    top, bottom = np.array([w + root, w - root]), np.array([w + 1 / root, w - 1 / root])
    return lfilter(top / bottom[0], bottom / bottom[0], sound, axis=-1)


def limit(sound: Sound, reduction_db: float, rate: int) -> Sound:
    """A limiter that looks ahead by 1.5 ms, and takes `reduction_db` off the highest peak; `rate` in Hz."""
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
