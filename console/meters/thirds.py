"""Thirds of an octave (IEC 61260, base 10), from 25 Hz to 16 kHz."""

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from console.network.features import offset
from console.read.song import Song

THIRDS = range(-16, 13)  # from 1 kHz
NOMINAL_HZ = (10, 12.5, 16, 20, 25, 31.5, 40, 50, 63, 80)  # what such bands are called, in each decade
WINDOW_S = 0.5  # of a spectrum: lines 2 Hz apart, a third of the lowest band
WINDOWS = 20  # that are transformed at once


def thirds(song: Song, scale: float) -> tuple[list[float], Float64[Tensor, "stem band"]]:
    """What the bands below half the sample rate are called, and each stem's power in them; samples times `scale`."""
    hop = round(WINDOW_S / 2 * song.sample_rate)
    # Its squares, half overlapped, sum to 1: so the bands' powers sum to the sound's, whenever it comes.
    window = torch.sin(torch.pi * (torch.arange(2 * hop) + 0.5) / (2 * hop))
    length = song.audio.shape[-1]
    lines = torch.zeros(len(song.audio), hop + 1, dtype=torch.float64)
    off = offset(song.audio)
    for stem, audio in enumerate(song.audio):
        for piece in _overlapping(audio, hop, off[stem]):
            spectrum = torch.stft(scale * piece, 2 * hop, hop, window=window, center=False, return_complex=True)
            lines[stem] += torch.view_as_real(spectrum.mT).square().sum((0, 1, 3))
    lines /= hop * length * song.audio.shape[1]
    shown = [third for third in THIRDS if 1000 * 10 ** (third / 10) < song.sample_rate / 2]
    edges = 1000 * 10 ** (torch.tensor([shown[0] - 0.5, *(third + 0.5 for third in shown)]).double() / 10)
    line_hz = song.sample_rate / (2 * hop)
    below = (edges[:, None] / line_hz - torch.arange(hop + 1) + 0.5).clamp(0, 1)  # how much of each line
    return [_nominal_hz(third) for third in shown], lines @ below.diff(dim=0).T


def _overlapping(
    audio: Float[Tensor, "channel time"], hop: int, off: Float[Tensor, "channel 1"]
) -> Iterator[Float[Tensor, "channel window"]]:
    """Pieces of so many windows of two hops, each begun a hop after the last one; over both ends lies silence."""
    windows = math.ceil(audio.shape[-1] / hop) + 1
    for first in range(0, windows, WINDOWS):
        begin, end = (first - 1) * hop, (min(first + WINDOWS, windows)) * hop
        piece = audio[:, max(begin, 0) : end] - off
        yield torch.nn.functional.pad(piece, (max(-begin, 0), max(end - audio.shape[-1], 0)))


def _nominal_hz(third: int) -> float:
    decade, at = divmod(third + 20, 10)
    return float(NOMINAL_HZ[at] * 10**decade)
