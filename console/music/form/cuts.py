"""Where sections begin: kernel change-point detection, with a penalty that grows with the song's length.

Celisse, Marot, Pierre-Jean and Rigaill, New efficient algorithms for multiple change-point detection with reproducing
kernels (CSDA 2018), as ruptures has it (Truong, Oudre and Vayatis, Signal Processing 2020). Each feature counts in
units of what it changes by within a section.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from console.music.form.heard import Frames

STEMS, COLOUR, HARMONY = 1.5, 1.0, 0.5  # weights
SMOOTH, SMOOTH_HARMONY = 1.0, 6.0  # frames, standard deviation: within a bar; beyond a chord
WITHIN = 5  # frames: what changes over 2 s is no section
LEAST_NOISE = 0.2  # of the noisiest dimension
SHORTEST = 5  # frames
PENALTY, PER = 2.8, 100  # for so many frames or fewer; it grows with the root: a longer song has longer sections
PAIRS = 2000  # of frames, whose median distance is the kernel's width


class Cuts(NamedTuple):
    """Where a song is cut.

    Args:
        at: frames with which sections begin, the first one (0) left out.
        gain: by how much each cut is worth more than its price, at least 1.
        apart: between every two sections, the squared distance of their means in the kernel's space: 0 for the same,
            2 at most.
    """

    at: tuple[int, ...]
    gain: tuple[float, ...]
    apart: Float[ndarray, "section section"]


def cut(heard: Frames) -> Cuts:
    """Cuts a song into sections; only one where it is shorter than two of the shortest."""
    import ruptures

    features = _features(heard)
    count = len(features)
    sharpness = 1 / _width(features)
    price = PENALTY * max(1.0, count / PER) ** 0.5
    at: list[int] = []
    if count >= 2 * SHORTEST:
        search = ruptures.KernelCPD(kernel="rbf", min_size=SHORTEST, params={"gamma": sharpness}).fit(features)
        at = [int(frame) for frame in search.predict(pen=price)[:-1]]
    apart = _apart(features, at, sharpness)
    length = np.diff([0, *at, count])
    weight = length[:-1] * length[1:] / (length[:-1] + length[1:])
    gain = weight * np.diagonal(apart, 1) / price
    return Cuts(tuple(at), tuple(map(float, gain)), apart)


def _features(heard: Frames) -> Float[ndarray, "frame feature"]:
    from scipy.ndimage import gaussian_filter1d

    def smooth(x: Float[ndarray, "frame any"], frames: float) -> Float[ndarray, "frame any"]:
        smoothed: Float[ndarray, "frame any"] = gaussian_filter1d(x, frames, axis=0, mode="nearest")
        return smoothed

    groups = (
        (STEMS, smooth(heard.stem_db, SMOOTH)),
        (COLOUR, smooth(heard.colour, SMOOTH)),
        (HARMONY, smooth(heard.chroma, SMOOTH_HARMONY)),
    )
    return np.hstack([weight * _in_units_of_noise(x) for weight, x in groups])


def _in_units_of_noise(x: Float[ndarray, "frame any"]) -> Float[ndarray, "frame any"]:
    """Each dimension by its change within a section; all of them together weigh the same, however many there are."""
    if len(x) <= WITHIN:
        return np.zeros_like(x)
    noise = np.sqrt(np.median(np.square(x[WITHIN:] - x[:-WITHIN]), axis=0) + 1e-9)
    return x / np.maximum(noise, LEAST_NOISE * noise.max()) / np.sqrt(x.shape[1])


def _width(features: Float[ndarray, "frame feature"]) -> float:
    one, other = np.random.default_rng(0).integers(0, len(features), (2, PAIRS))
    return max(float(np.median(np.square(features[one] - features[other]).sum(-1))), 1e-9)


def _apart(
    features: Float[ndarray, "frame feature"], at: list[int], sharpness: float
) -> Float[ndarray, "section section"]:
    """Squared distances of the sections' means in the kernel's space (maximum mean discrepancy)."""
    parts = np.split(features, at)
    alike = np.zeros((len(parts), len(parts)))
    for i, one in enumerate(parts):
        for j, other in enumerate(parts[: i + 1]):
            square = (one**2).sum(-1)[:, None] + (other**2).sum(-1) - 2 * one @ other.T
            alike[i, j] = alike[j, i] = np.exp(-sharpness * np.maximum(square, 0)).mean()
    own = np.diagonal(alike)
    return np.maximum(own[:, None] + own - 2 * alike, 0.0)
