"""How late a stem is against the sum of the others: a bounce, or what an encoder puts before it.

Most stems are unlike the rest at any delay, and their low frequencies, at a quarter of the rate, tell that already: the
high ones add no more to a correlation than their energy. Only where that leaves it open, everything is correlated.
"""

import math
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from console.network.threads import one_thread
from console.stream.extremes import FAINTEST, HOTTEST, squared
from console.stream.sound import Block, Meter, Question, Sound

LONGEST_LAG_S = 0.2  # of an encoder's delay, or a bounce
ALIKE = 0.5  # correlation from which on a delay means anything
WINDOW = 4  # blocks in which a delay is looked for: some seconds, of many stems one
LESS, TAPS = 4, 32  # the rate is divided by that, after a low pass of so many taps
EDGE, STOP = 0.2, 0.9  # of half the lower rate: where the low pass begins to fall, and where hardly anything is left
FINER = 2  # correlations are told at so many points a sample of the lower rate
BETWEEN = 1 / math.cos(math.pi / 2 * STOP / FINER)  # and are nowhere between them more than that much larger
AROUND = 16  # samples of the lower rate beyond the longest lag
LENGTHS = 2560  # of transforms are multiples of it, which are quick


@dataclass(frozen=True, eq=False)
class Window:
    """A stem and the sum of all that are free, where the stem is loudest, in mono."""

    own: Float[Tensor, " time"]
    total: Float[Tensor, " time"]


@dataclass(frozen=True)
class AskWindows(Question[list[Window]]):
    """What is there of each row, and of the sum of the free ones, round its loudest moment?

    Args:
        free: the rows that are summed.
    """

    free: tuple[int, ...]

    def meter(self, sound: Sound) -> Meter[list[Window]]:
        return _Windows(sound, self.free)


class _Windows:
    def __init__(self, sound: Sound, free: tuple[int, ...]):
        self._free, self._most = list(free), WINDOW
        self._near: deque[Tensor] = deque(maxlen=self._most)  # the last blocks, in mono
        self._loudest = torch.full((sound.rows,), -1.0, dtype=torch.float64)
        self._since = [0] * sound.rows  # blocks behind the loudest one, as far as they count
        self._found: list[Window | None] = [None] * sound.rows

    def feed(self, block: Block) -> None:
        mono = block[:, 0] + block[:, 1] if block.shape[1] == 2 else block[:, 0].clone()
        self._near.append(mono)
        power = squared(mono, lambda sound: torch.linalg.vecdot(sound, sound)).double()
        power -= mono.sum(-1).double().square() / mono.shape[-1]
        for row in range(len(block)):
            self._since[row] += 1
            if power[row] > self._loudest[row]:
                self._loudest[row], self._since[row] = power[row], 0
                self._found[row] = None
        self._take([row for row, since in enumerate(self._since) if since == self._most // 2])

    def read(self) -> list[Window]:
        self._take([row for row, found in enumerate(self._found) if found is None])
        return [found for found in self._found if found is not None]

    def _take(self, rows: list[int]) -> None:
        """The windows of rows whose loudest block lies in the middle of what is near."""
        if not rows:
            return
        total = torch.cat([block[self._free].sum(0) for block in self._near])
        for row in rows:
            if self._found[row] is None:
                self._found[row] = Window(torch.cat([block[row] for block in self._near]), total)


@one_thread()
def delays(
    windows: Sequence[Window], sample_rate: int, frames: int, asked: Collection[int], free: Sequence[int]
) -> dict[int, int]:
    """How many samples late each of the stems is against the sum of the others, where the two are alike; else 0.

    Args:
        windows: of all stems, in which the `free` ones are summed.
        frames: of the song.
        asked: which stems.
    """
    longest = min(round(LONGEST_LAG_S * sample_rate), frames // 4)
    lags = dict.fromkeys(asked, 0)
    if longest < 1 or len(free) < 2:
        return lags
    for i in asked:
        own, total = windows[i].own, windows[i].total
        pair = torch.stack([own, total - own if i in free else total])
        peak = float(pair.abs().max())
        pair = pair if FAINTEST < peak < HOTTEST or peak == 0 else pair / peak
        energy = pair.square().sum(-1)
        enough = ALIKE * math.sqrt(float(energy.prod()))
        if _most(pair, energy, longest) < enough:
            continue
        near = _correlation(pair, longest)
        at = int(near.argmax())
        if float(near[at]) > enough:
            lags[i] = at - longest
    return lags


def _correlation(pair: Float[Tensor, "2 time"], longest: int) -> Float[Tensor, " lag"]:
    """Inner products of two sounds, the first moved earlier by -`longest` to `longest` samples."""
    n = 1 << (pair.shape[-1] + longest).bit_length()
    own, rest = torch.fft.rfft(pair, n)
    cross = torch.fft.irfft(own * rest.conj(), n)
    return torch.cat([cross[-longest:], cross[: longest + 1]])


def _most(pair: Float[Tensor, "2 time"], energy: Float[Tensor, " 2"], longest: int) -> float:
    """What their inner product is at most, at any of these lags."""
    low = torch.nn.functional.conv1d(pair[:, None], _low_pass()[None, None], stride=LESS, padding=TAPS)[:, 0]
    reach = longest // LESS + AROUND
    n = -(-(low.shape[-1] + reach) // LENGTHS) * LENGTHS
    own, rest = torch.fft.rfft(low, n)
    cross = torch.fft.irfft(torch.nn.functional.pad(own * rest.conj(), (0, (FINER - 1) * n // 2)), FINER * n)
    cross = FINER * LESS * torch.cat([cross[-FINER * reach :], cross[: FINER * reach]]).abs()
    high = (energy - LESS * low.square().sum(-1)).clamp_min(0)
    return BETWEEN * float(cross.max()) + math.sqrt(float(high.prod()))


@lru_cache
def _low_pass() -> Float[Tensor, " tap"]:
    """The taps of a low pass that lets no frequency through louder than it was."""
    with torch.inference_mode(False):
        at = torch.arange(TAPS, dtype=torch.float64) - (TAPS - 1) / 2
        middle = (EDGE + STOP) / 2 / LESS
        taps = torch.sinc(middle * at) * torch.kaiser_window(TAPS, periodic=False, beta=7.0, dtype=torch.float64)
        return (taps / torch.fft.rfft(taps, 64 * TAPS).abs().max()).float()
