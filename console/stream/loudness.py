"""Integrated loudness as the sound passes (ITU-R BS.1770-4): K-weighting, and gated blocks of 400 ms."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Complex, Float, Float64
from torch import Tensor

from console.audio.k_weighting import OFFSET_LUFS, response
from console.stream.extremes import squared
from console.stream.sound import Block, Held, Meter, Passed, Question, Sound

GATING_S, OVERLAPS = 0.4, 4  # blocks, one begun with each quarter
GATE_LUFS, GATE_LU = -70.0, -10.0
RINGS_S = 0.08  # of the weighting's impulse response: behind it lies less than -160 dB


class KWeighting:
    """The K-weighting filters as a convolution with their impulse response, by overlapping transforms."""

    def __init__(self, sample_rate: int):
        self._taps = math.ceil(RINGS_S * sample_rate)
        self._size = 1 << (8 * self._taps - 1).bit_length()
        self._response = _transformed(sample_rate, self._taps, self._size)
        self._waiting: Tensor | None = None  # the last samples that were heard, and those to come

    def feed(self, block: Block) -> Passed:
        """The weighted sound, as far as it can be told."""
        before = block.new_zeros(*block.shape[:2], self._taps - 1) if self._waiting is None else self._waiting
        sound = torch.cat([before, block], dim=-1)
        step = self._size - self._taps + 1
        pieces = max(0, (sound.shape[-1] - self._taps + 1) // step)
        self._waiting = sound[..., pieces * step :]
        if not pieces:
            return block[..., :0]
        return self._weighted(sound[..., : pieces * step + self._taps - 1].unfold(-1, self._size, step))

    def rest(self) -> Passed:
        """What is left at the end."""
        if self._waiting is None:
            return torch.zeros(1, 1, 0)
        left = self._waiting.shape[-1] - self._taps + 1
        sound = torch.nn.functional.pad(self._waiting, (0, self._size - self._waiting.shape[-1]))
        return self._weighted(sound[..., None, :])[..., :left]

    def _weighted(self, pieces: Tensor) -> Passed:
        rows, channels, count, _ = pieces.shape
        made = torch.empty(rows, channels, count, self._size - self._taps + 1)
        for row, out in zip(pieces, made, strict=True):  # one by one, which a cache holds
            spectrum = torch.fft.rfft(row)
            out.copy_(torch.fft.irfft(spectrum.mul_(self._response), self._size)[..., self._taps - 1 :])
        return made.flatten(-2)


@lru_cache(maxsize=4)
def _transformed(sample_rate: int, taps: int, size: int) -> Complex[Tensor, " bin"]:
    """The spectrum of the weighting's first taps."""
    with torch.inference_mode(False):
        finely = 4 * size  # so that the response has faded where it would come round again
        impulse = np.fft.irfft(response(finely // 2 + 1, sample_rate), finely)[:taps]
        return torch.from_numpy(np.fft.rfft(impulse, size)).to(torch.complex64)


@dataclass(frozen=True)
class AskLoudness(Question[tuple[float, ...]]):
    """How loud is each row, in LUFS? -inf for silence and for less than 0.4 s.

    One channel counts as it is heard, on both sides: 3.01 LU above a meter that takes the file alone.
    """

    filter = KWeighting

    def meter(self, sound: Sound) -> Meter[tuple[float, ...]]:
        return _Loudness(sound)


class _Loudness:
    def __init__(self, sound: Sound):
        rate, frames = sound.sample_rate, sound.frames
        self._sides = 2 / sound.channels
        self._per_block = GATING_S * rate
        blocks = round((frames / rate - GATING_S) / (GATING_S / OVERLAPS)) + 1 if frames >= self._per_block else 0
        quarters = range(blocks + OVERLAPS if blocks else 0)
        self._edges = np.array([int(GATING_S * (at / OVERLAPS) * rate) for at in quarters], dtype=np.int64)
        self._energy = np.zeros((sound.rows, len(self._edges)))  # of what lies behind each edge
        self._at = 0

    def feed(self, block: Block) -> None:
        """The K-weighted sound."""
        stop = self._at + block.shape[-1]
        if len(self._edges):
            square = squared(block, _power).numpy()
            first = int(np.searchsorted(self._edges, self._at, "right")) - 1
            last = int(np.searchsorted(self._edges, stop))
            starts = np.maximum(self._edges[first:last] - self._at, 0)
            self._energy[:, first:last] += np.add.reduceat(square, starts, axis=-1)
        self._at = stop

    def read(self) -> tuple[float, ...]:
        # What lies behind the last whole block's end is in no block.
        power = self._sides * self._energy[:, : max(0, len(self._edges) - 1)] / self._per_block
        return tuple(gated(row) for row in power)


def _power(sound: Float[Tensor, "row channel time"]) -> Float[Tensor, "row time"]:
    """Summed over the channels."""
    power = sound[:, 0].square()
    for channel in range(1, sound.shape[1]):
        power.addcmul_(sound[:, channel], sound[:, channel])
    return power


def integrated_lufs(audio: Float[Tensor, "channel time"], sample_rate: int) -> float:
    """Gated integrated loudness in LUFS; -inf for silence and for less than 0.4 s.

    One channel counts as it is heard, on both sides: 3.01 LU above a meter that takes the file alone.
    """
    return Held(audio.detach().float()[None], sample_rate).ask(AskLoudness())[0] if audio.numel() else -math.inf


def gated(quarters: Float64[np.ndarray, " quarter"]) -> float:
    """Integrated loudness (LUFS) from quarters of blocks, each as its part of a block's mean square."""
    if len(quarters) < OVERLAPS:
        return -math.inf
    power = np.lib.stride_tricks.sliding_window_view(quarters, OVERLAPS).sum(-1)
    loud = power[_lufs(power) >= GATE_LUFS]
    if not len(loud):
        return -math.inf
    over = power[(_lufs(power) > _lufs(loud.mean()) + GATE_LU) & (_lufs(power) > GATE_LUFS)]
    return float(_lufs(over.mean())) if len(over) else -math.inf


def _lufs(power: np.ndarray | np.floating) -> np.ndarray | np.floating:
    with np.errstate(divide="ignore"):
        return OFFSET_LUFS + 10 * np.log10(power)
