"""Where a song changes its key for good."""

from collections.abc import Iterator
from itertools import groupby, pairwise

import numpy as np
from jaxtyping import Float
from numpy import ndarray

BLOCK_S, AROUND_S = 1.0, 12.0  # steps in which it is listened to, each with what lies around
CHANGE = 5.0  # what a change costs, in seconds times correlation
LEAST_S = 10.0  # a stretch lasts
# Each side of a change is liker to its own key than to the other's by so much (of a correlation), and it is a change of
# notes: a relative minor is not told.
CLEAR = 0.2

Stretch = tuple[int, int, int]  # from which frame to which, and its key


def stretches(
    chroma: Float[ndarray, "frame 12"], profiles: Float[ndarray, "key 12"], frame_s: float
) -> list[tuple[int, int, int]]:
    """Each from which frame to which, and the number of its key: one or more.

    Args:
        chroma: pitch classes of each frame, all frames counting the same.
        profiles: of each key: C major, C minor, C# major, ...
    """
    step = max(1, round(BLOCK_S / frame_s))
    ends = np.minimum(np.arange(0, len(chroma) + step, step), len(chroma))
    sums = np.concatenate([np.zeros((1, 12)), chroma.cumsum(0)])[ends]
    blocks = len(ends) - 1
    reach = round(AROUND_S / 2 / BLOCK_S)
    at = np.arange(blocks)
    heard = likeness(sums[np.minimum(at + reach + 1, blocks)] - sums[np.maximum(at - reach, 0)], profiles)
    runs = [(int(start), int(end)) for start, end in _runs(_likeliest(heard))]
    while len(runs) > 1:
        own = np.stack([likeness((sums[end] - sums[start])[None], profiles)[0] for start, end in runs])
        keys = own.argmax(1)
        leads = [
            min(a[first] - a[second], b[second] - b[first])
            for (a, b), (first, second) in zip(pairwise(own), pairwise(keys), strict=True)
        ]
        short = [min(end - start for start, end in pair) * BLOCK_S < LEAST_S for pair in pairwise(runs)]
        same = [_relative(int(first), int(second)) for first, second in pairwise(keys)]
        worth = np.where(np.logical_or(short, same), -1.0, leads)
        weakest = int(worth.argmin())
        if worth[weakest] >= CLEAR:
            return [(int(ends[start]), int(ends[end]), int(key)) for (start, end), key in zip(runs, keys, strict=True)]
        runs[weakest : weakest + 2] = [(runs[weakest][0], runs[weakest + 1][1])]
    return [(0, len(chroma), int(likeness(chroma.sum(0)[None], profiles)[0].argmax()))]


def likeness(chroma: Float[ndarray, "block 12"], profiles: Float[ndarray, "key 12"]) -> Float[ndarray, "block key"]:
    """Correlation of each with each key's profile; 0 where nothing sounds."""
    return _normal(chroma) @ _normal(profiles).T


def _relative(one: int, other: int) -> bool:
    """Whether two keys (C major, C minor, C# major, ...) have the same notes."""
    (tonic, minor), (other_tonic, other_minor) = divmod(one, 2), divmod(other, 2)
    return (tonic + 3 * minor - other_tonic - 3 * other_minor) % 12 == 0


def _normal(rows: Float[ndarray, "row 12"]) -> Float[ndarray, "row 12"]:
    centred = rows - rows.mean(1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return centred / np.maximum(length, 1e-12)


def _likeliest(heard: Float[ndarray, "block key"]) -> list[int]:
    """The key of each block along the way that is likest in all, each change taken off (Viterbi)."""
    score, came = heard[0].copy(), []
    for now in heard[1:]:
        best = int(score.argmax())
        stay = score >= score[best] - CHANGE
        came.append(np.where(stay, np.arange(len(score)), best))
        score = np.maximum(score, score[best] - CHANGE) + now * BLOCK_S
    path = [int(score.argmax())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return path[::-1]


def _runs(path: list[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for _, same in groupby(path):
        length = len(list(same))
        yield start, start + length
        start += length
