"""From what is believed of every frame to one chord after another, by Viterbi's algorithm."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from console.music.harmony.network import Parts
from console.music.harmony.vocabulary import places

CHANGE = 30.0  # what a change costs, as a logarithm, over all frames that it lasts
TINY = 1e-30


def likelihoods(parts: Parts) -> Float[ndarray, "frame chord"]:
    """Logarithms of how likely each chord is in each frame: its parts' chances multiplied."""
    told = np.zeros((len(parts[0]), len(places())), dtype=np.float64)
    for part, where in zip(parts, places().T, strict=True):
        counts = where >= 0
        told[:, counts] += np.log(part[:, where[counts]].astype(np.float64) + TINY)
    return told


def best_path(likely: Float[ndarray, "frame chord"], change: float = CHANGE) -> list[int]:
    """The chord of each frame on the likeliest way through, where a change costs the same to whatever chord."""
    frames, chords = likely.shape
    stays = np.zeros((frames, chords), dtype=bool)
    best = np.zeros(frames, dtype=int)
    score = np.full(chords, -np.inf)
    score[0] = 0  # nothing sounds before the first frame
    score = np.maximum(score, -change) + likely[0]
    best[0] = score.argmax()
    for at in range(1, frames):
        changed = score[best[at - 1]] - change
        stays[at] = score > changed
        score = np.maximum(score, changed) + likely[at]
        best[at] = score.argmax()
    path = [int(best[-1])]
    for at in range(frames - 1, 0, -1):
        path.append(path[-1] if stays[at, path[-1]] else int(best[at - 1]))
    return path[::-1]
