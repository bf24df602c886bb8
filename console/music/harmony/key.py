"""The key: the pitch classes of a song beside those of all keys."""

import math
from dataclasses import replace

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from console.music.harmony.modulation import likeness, stretches
from console.music.harmony.spectrum import FRAME_S, OF_KEY, Spectrum, spectrum
from console.music.harmony.tuning import tuning_cents
from console.music.harmony.vocabulary import FLATS, SHARPS, pitch_class, spelling_in
from console.music.pulse_and_key import Key, KeyStretch
from console.music.sound import Sound

# How present each semitone from the tonic up is in dance music in a major and in a minor key: Faraldo, Gomez, Jorda
# and Herrera, "Key Estimation in Electronic Dance Music", ECIR 2016.
PROFILES = {
    "major": (1.00, 0.29, 0.50, 0.40, 0.60, 0.56, 0.32, 0.80, 0.31, 0.45, 0.42, 0.39),
    "minor": (1.00, 0.31, 0.44, 0.58, 0.33, 0.49, 0.29, 0.78, 0.43, 0.29, 0.53, 0.32),
}
BY = "constant-Q chroma, beside the profiles of Faraldo and others (2016)"
SURE = 11.4  # how fast confidence grows with the lead of the best key: fitted to 60 synthetic songs
# A key is less like than this where there is none: speech, brown noise and most kits reach 0.2 to 0.45, stems of music
# more than 0.55. And pitch classes that differ by less than a twentieth are a hiss.
LEAST_LIKENESS, LEAST_SPREAD = 0.5, 0.05
NOTE, FEWEST_NOTES = 0.1, 3  # of the commonest pitch class: a lone tone has no key
# Tonics of the keys that are written with flats: F, Bb, Eb, Ab, Db; D, G, C, F, Bb, Eb minor.
FLAT = {"major": frozenset({5, 10, 3, 8, 1}), "minor": frozenset({2, 7, 0, 5, 10, 3})}


def listen(sound: Sound) -> Key | None:
    """The key of a song, by its stems other than drums; None where no pitch is heard."""
    heard = spectrum(sound, OF_KEY)
    key = None if heard is None else key_of(heard)
    return None if key is None else replace(key, tuning_cents=tuning_cents(sound))


def key_of(heard: Spectrum) -> Key | None:
    """The key that a spectrum's pitch classes lie next to; None where they are like those of no key.

    Where the key changes for good it is that of the longest time, and the stretches are told.
    """
    # Every moment counts the same, however loud it is.
    peaks = heard.chroma.max(1, keepdims=True)
    moments = heard.chroma / (peaks + 1e-3 * peaks.max() + 1e-12)
    chroma = moments.sum(0)
    if chroma.std() <= LEAST_SPREAD * chroma.mean() or np.sum(chroma > NOTE * chroma.max()) < FEWEST_NOTES:
        return None
    profiles = _profiles()
    parts = stretches(moments, profiles, FRAME_S)
    lasts: dict[int, int] = {}
    for start, end, key in parts:
        lasts[key] = lasts.get(key, 0) + end - start
    main = max(lasts, key=lambda key: lasts[key])
    if len(parts) > 1:
        chroma = np.sum([moments[start:end].sum(0) for start, end, key in parts if key == main], 0)
    like = likeness(chroma[None].astype(float), profiles)[0]
    if like.max() < LEAST_LIKENESS:
        return None
    best, other = np.argsort(-like, kind="stable")[:2]
    tonic, mode = _named(int(best))
    second = " ".join(_named(int(other)))
    lead = float(like[best] - like[other])
    return Key(
        tonic,
        mode,
        second,
        heard.heard_in,
        round(1 / (1 + math.exp(-SURE * lead)), 2),
        BY,
        stretches=tuple(
            KeyStretch(round(start * FRAME_S, 2), round(end * FRAME_S, 2), " ".join(_named(key)))
            for start, end, key in parts
        )
        if len(parts) > 1
        else (),
    )


def has_flats(tonic: int, mode: str) -> bool:
    """Whether a key is written with flats."""
    return tonic in FLAT[mode]


def spelling_of(key: Key | None) -> tuple[str, ...]:
    """What pitch classes are called in a key, C first; with sharps in none."""
    return SHARPS if key is None else spelling_in(key.tonic, has_flats(pitch_class(key.tonic), key.mode))


def tonic_name(tonic: int, mode: str) -> str:
    """A pitch class as the name of a key."""
    return (FLATS if has_flats(tonic, mode) else SHARPS)[tonic]


def _named(key: int) -> tuple[str, str]:
    """Tonic and mode of one of the keys: C major, C minor, C# major, ..."""
    tonic, mode = divmod(key, len(PROFILES))
    name = tuple(PROFILES)[mode]
    return tonic_name(tonic, name), name


def _profiles() -> Float[ndarray, "24 12"]:
    return np.array([np.roll(profile, tonic) for tonic in range(12) for profile in PROFILES.values()])
