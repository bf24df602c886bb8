"""How percussive a sound is: what of it stands upright in its spectrogram (Fitzgerald, DAFx 2010)."""

import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray

from console.music.timbre.spectra import RATE_HZ, pieces

WINDOW, HOP, SPAN = 2048, 512, 31
EXCERPTS, EXCERPT_S = 8, 3.0  # of a longer sound, evenly spread


def percussive_share(audio: Float32[ndarray, " time"]) -> float:
    """The percussive part's amplitude against both parts', weighted by it."""
    length = round(EXCERPT_S * RATE_HZ)
    if len(audio) <= EXCERPTS * length:
        parts = [audio]
    else:
        starts = np.linspace(0, len(audio) - length, EXCERPTS).astype(int)
        parts = [audio[start : start + length] for start in starts]
    sums = np.sum([_amplitudes(part) for part in parts], axis=0)
    return float(sums[0] / sums.sum()) if sums.sum() > 0 else 0.5


def _amplitudes(audio: Float32[ndarray, " time"]) -> Float[ndarray, "2"]:
    """Sums over the frames of the percussive and the harmonic amplitude."""
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    magnitude = np.sqrt(np.concatenate(list(pieces(np.pad(audio, WINDOW // 2), window, HOP, WINDOW))))
    harmonic = _medians(magnitude.T).T
    percussive = _medians(magnitude)
    both = np.maximum(harmonic**2 + percussive**2, 1e-30)
    parts = (magnitude * percussive**2 / both, magnitude * harmonic**2 / both)
    return np.array([np.linalg.norm(part, axis=-1).sum() for part in parts])


def _medians(rows: Float32[ndarray, "row any"]) -> Float32[ndarray, "row any"]:
    """Running medians along the rows."""
    from scipy.ndimage import median_filter

    padded = np.pad(rows, ((0, 0), (SPAN // 2, SPAN // 2)), mode="symmetric" if rows.shape[1] >= SPAN else "edge")
    middle: Float32[ndarray, " any"] = median_filter(np.ascontiguousarray(padded).ravel(), SPAN)
    return middle.reshape(padded.shape)[:, SPAN // 2 : SPAN // 2 + rows.shape[1]]
