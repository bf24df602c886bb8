"""The key: the pitch classes of a song beside those of all keys."""

import math

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from console.music.harmony.spectrum import OF_KEY, Spectrum, spectrum
from console.music.harmony.vocabulary import FLATS, SHARPS, pitch_class, spelling_in
from console.music.music import Key
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
# Tonics of the keys that are written with flats: F, Bb, Eb, Ab, Db; D, G, C, F, Bb, Eb minor.
FLAT = {"major": frozenset({5, 10, 3, 8, 1}), "minor": frozenset({2, 7, 0, 5, 10, 3})}


def listen(sound: Sound) -> Key | None:
    """The key of a song, by its stems other than drums; None where no pitch is heard."""
    heard = spectrum(sound, OF_KEY)
    return None if heard is None else key_of(heard)


def key_of(heard: Spectrum) -> Key | None:
    """The key that a spectrum's pitch classes lie next to; None where they are like those of no key."""
    # Every moment counts the same, however loud it is.
    peaks = heard.chroma.max(1, keepdims=True)
    chroma = (heard.chroma / (peaks + 1e-3 * peaks.max() + 1e-12)).sum(0)
    if chroma.std() <= LEAST_SPREAD * chroma.mean():
        return None
    likeness = _likeness(chroma)
    if likeness.max() < LEAST_LIKENESS:
        return None
    order = np.argsort(-likeness, kind="stable")
    (tonic, mode), (other, other_mode) = (divmod(int(place), 2) for place in order[:2])
    lead = float(likeness[order[0]] - likeness[order[1]])
    modes = tuple(PROFILES)
    return Key(
        tonic_name(tonic, modes[mode]),
        modes[mode],
        f"{tonic_name(other, modes[other_mode])} {modes[other_mode]}",
        heard.heard_in,
        round(1 / (1 + math.exp(-SURE * lead)), 2),
        BY,
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


def _likeness(chroma: Float[ndarray, "12"]) -> Float[ndarray, "24"]:
    """Correlation with each key's profile: C major, C minor, C# major, ..."""
    profiles = np.array([np.roll(profile, tonic) for tonic in range(12) for profile in PROFILES.values()])
    return np.array([np.corrcoef(chroma, profile)[0, 1] for profile in profiles])
