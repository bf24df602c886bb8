"""How a song is tuned."""

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from console.music.harmony.spectrum import OF_TEMPLATES, PITCHED, RATE_HZ
from console.music.sound import Sound

WINDOW, HOP = 4096, 1024
LOWEST_HZ, HIGHEST_HZ = 200.0, 2000.0  # below, a peak's place is not exact to a few cents
LEAST = 0.4  # how alike the peaks of the spectrum are tuned, 0 to 1: less is no tuning


def tuning_cents(sound: Sound) -> float | None:
    """How far it is tuned above A = 440 Hz, from -50 to 50 cents; None where its partials are tuned in no one way.

    The mean, round the circle of a semitone, of where the louder half of the spectrum's peaks lie. Voices glide: they
    are listened to only where nothing else has a pitch.
    """
    names = sound.named(OF_TEMPLATES) or sound.named(PITCHED)
    return tuning_of(sound.sum(names, RATE_HZ)) if names else None


def tuning_of(audio: Float32[ndarray, " time"]) -> float | None:
    """The same of a sound at `RATE_HZ`."""
    import librosa

    if len(audio) < WINDOW:
        return None
    peaks_hz, sizes = librosa.piptrack(
        y=audio, sr=RATE_HZ, n_fft=WINDOW, hop_length=HOP, fmin=LOWEST_HZ, fmax=HIGHEST_HZ
    )
    heard = peaks_hz > 0
    if not heard.any():
        return None
    heard &= sizes >= np.median(sizes[heard])
    mean = np.exp(2j * np.pi * 12 * np.log2(peaks_hz[heard].astype(float) / 440)).mean()
    return round(float(100 * np.angle(mean) / (2 * np.pi)), 1) + 0.0 if abs(mean) >= LEAST else None
