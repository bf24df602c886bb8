"""Chords without a network: each frame's pitch classes beside the notes of all triads.

After Fujishima, "Realtime Chord Recognition of Musical Sound", ICMC 1999, with Viterbi's algorithm over it.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.ndimage import uniform_filter1d

from console.music.harmony.decode import best_path
from console.music.harmony.spectrum import Spectrum
from console.music.harmony.vocabulary import names

SMOOTH = 17  # frames, 0.4 s
SHARP = 12.0  # how much likelier a template is for each unit of likeness
SURE = 60.0  # and how much surer of it one may be: so songs were right as often as was said, on other ones, too
NOTHING = 0.55  # likeness that no chord at all has
CHANGE = 12.0
THIRDS = {"maj": 4, "min": 3}


def believed(heard: Spectrum) -> tuple[list[int], Float[ndarray, " frame"]]:
    """The place in `vocabulary.names` of each frame's chord, and how much is believed of it."""
    places, templates = _templates()
    chroma = uniform_filter1d(heard.chroma.astype(np.float64), SMOOTH, axis=0)
    loud = np.linalg.norm(chroma, axis=1, keepdims=True)
    likeness = chroma @ templates.T / np.maximum(loud, 1e-3 * loud.max() + 1e-12)
    likeness = np.concatenate([np.full((len(chroma), 1), NOTHING), likeness], 1)
    path = best_path(SHARP * likeness, CHANGE)
    told = SURE * likeness[np.arange(len(path)), path] - np.logaddexp.reduce(SURE * likeness, axis=1)
    return [([0, *places])[place] for place in path], np.exp(told)


@lru_cache
def _templates() -> tuple[list[int], Float[ndarray, "triad 12"]]:
    known = names()
    places, rows = [], []
    for quality, third in THIRDS.items():
        for root in range(12):
            row = np.zeros(12)
            row[[root, (root + third) % 12, (root + 7) % 12]] = 3**-0.5
            rows.append(row)
            places.append(known.index(f"{known[1 + root].partition(':')[0]}:{quality}"))
    return places, np.array(rows)
