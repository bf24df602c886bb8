"""True peak as the sound passes: the largest swing between samples, too (ITU-R BS.1770-4, annex 2)."""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float, Float32
from torch import Tensor

from console.audio._torchaudio import load_torchaudio
from console.stream.sound import Block, Held, Meter, Question, Sound

OVERSAMPLED_HZ = 4 * 44_100
WIDTH = 16  # zero crossings of the interpolation on either side
PIECE = 32  # samples between which is looked at once
FIRST = 64  # pieces with the largest samples are looked at first, and mostly spare all others


@dataclass(frozen=True)
class AskPeak(Question[tuple[float, ...]]):
    """How far does each row swing, in dBTP? -inf for silence.

    Oversampled to 176.4 kHz or more: 4 times at 44.1 and 48 kHz.
    """

    def meter(self, sound: Sound) -> Meter[tuple[float, ...]]:
        return _Peak(sound)


class _Peak:
    def __init__(self, sound: Sound):
        self._factor = math.ceil(OVERSAMPLED_HZ / sound.sample_rate)
        self._peaks = [0.0] * sound.rows
        self._waiting = torch.zeros(sound.rows, sound.channels, WIDTH)

    def feed(self, block: Block) -> None:
        for row, samples in enumerate(block.numpy()):
            self._peaks[row] = max(self._peaks[row], float(-samples.min()), float(samples.max()))
        if self._factor > 1:
            self._look(torch.cat([self._waiting, block], dim=-1))

    def read(self) -> tuple[float, ...]:
        if self._factor > 1:
            missing = WIDTH + PIECE - 1  # the last piece is looked at whole
            self._look(torch.nn.functional.pad(self._waiting, (0, missing)))
        return tuple(20 * math.log10(peak) if peak > 0 else -math.inf for peak in self._peaks)

    def _look(self, sound: Block) -> None:
        pieces = max(0, (sound.shape[-1] - 2 * WIDTH) // PIECE)
        self._waiting = sound[..., pieces * PIECE :].clone()
        if not pieces:
            return
        taps, most = _between(self._factor)
        for at, row in enumerate(sound[..., : pieces * PIECE + 2 * WIDTH]):
            each = row.unfold(-1, PIECE + 2 * WIDTH, PIECE).flatten(0, 1)
            there = torch.maximum(-each.amin(-1), each.amax(-1))
            order = there.topk(min(FIRST, len(there))).indices
            for chosen in (order, None):  # no piece swings further than its samples let it
                some = each[order] if chosen is not None else each[there * most > self._peaks[at]]
                if len(some):
                    self._peaks[at] = max(self._peaks[at], float((some @ taps).abs().max()))


@lru_cache(maxsize=8)
def _between(factor: int) -> tuple[Float32[Tensor, "sample point"], float]:
    """What a piece and its surroundings are multiplied by to see `factor` points a sample; how far these go beyond."""
    with torch.inference_mode(False):
        around = PIECE + 2 * WIDTH
        resample = load_torchaudio().functional.resample
        apart = resample(torch.eye(around), 1, factor, lowpass_filter_width=WIDTH, rolloff=1.0)
        taps = apart[:, WIDTH * factor : (WIDTH + PIECE) * factor].contiguous()
        return taps, float(taps.abs().sum(0).max()) * (1 + 1e-6)


def true_peak_dbtp(audio: Float[Tensor, "channel time"], sample_rate: int) -> float:
    """Largest absolute value of the oversampled signal, in dBTP; -inf for silence.

    Oversampled to 176.4 kHz or more: 4 times at 44.1 and 48 kHz (BS.1770-4, annex 2, at its least).
    """
    return Held(audio.detach().float()[None], sample_rate).ask(AskPeak())[0] if audio.numel() else -math.inf
