"""Power spectra of a sound, frame by frame, and the peaks in them."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Float32, Int
from numpy import ndarray

RATE_HZ = 44_100
PIECE = 512  # frames that are transformed at once: bounds the memory
WALL = 1e9  # between the rows of peaks


def pieces(
    audio: Float32[ndarray, " time"], window: Float32[ndarray, " window"], hop: int, size: int
) -> Iterator[Float32[ndarray, "frame bin"]]:
    """Power of consecutive frames, some at once, scaled so that a sine's peak is half its mean square.

    Args:
        size: of the transform; what a window lacks is zeros.
    """
    from scipy.fft import rfft

    if len(audio) < len(window):
        audio = np.pad(audio, (0, len(window) - len(audio)))
    frames = np.lib.stride_tricks.sliding_window_view(audio, len(window))[::hop]
    for start in range(0, len(frames), PIECE):
        spectrum = rfft(frames[start : start + PIECE] * (window / window.sum()), size, axis=-1)
        yield spectrum.real**2 + spectrum.imag**2


def peaks(
    rows: Float[ndarray, "row bin"], least: float
) -> tuple[Int[ndarray, " peak"], Int[ndarray, " peak"], Float[ndarray, " peak"], Float[ndarray, " peak"]]:
    """Peaks of each row that are at least so high and stand out by as much, in order: row, bin, place, height.

    Place is the bin and what a parabola through its neighbours adds to it, as is the height.
    """
    from scipy.signal import find_peaks

    count, bins = rows.shape
    walled = np.full((count, bins + 4), -2.0, dtype=np.float32)
    walled[:, 2:-2] = rows
    walled[:, 0] = WALL
    flat = walled.ravel()
    at, _ = find_peaks(flat, height=(least, WALL / 2))
    if not len(at):
        nothing = np.zeros(0)
        return nothing.astype(int), nothing.astype(int), nothing, nothing
    at = at[_stands_out(flat, at, least)]
    row, place = at // (bins + 4), at % (bins + 4) - 2
    inner = (place > 0) & (place < bins - 1)
    middle = flat[at].astype(float)
    before = np.where(inner, flat[at - 1], 0.0)
    after = np.where(inner, flat[at + 1], 0.0)
    curve = 2 * (2 * middle - before - after)
    shift = np.where(inner & (curve > 0), (after - before) / np.where(curve > 0, curve, 1.0), 0.0)
    return row, place, place + shift, middle - 0.25 * (before - after) * shift


def _stands_out(flat: Float32[ndarray, " any"], at: Int[ndarray, " peak"], least: float) -> ndarray:
    from scipy.signal import peak_prominences

    prominence: ndarray = peak_prominences(flat.astype(np.float64), at)[0]
    return prominence >= least
