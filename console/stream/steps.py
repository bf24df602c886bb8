"""Energies as the sound passes: per step of 0.2 s, in stretches that are transformed each by itself."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from console.network.features import FRAMES, HEARD, ROWS, energies_of, hop_of, steps_of, transformed
from console.stream.extremes import AskExtremes, as_key
from console.stream.sound import Block, Meter, Question, Sound

Span = tuple[int, int]  # its first sample, and the one behind its last
Offset = tuple[tuple[float, ...], ...] | None


@dataclass(frozen=True)
class AskEnergies(Question[list[Tensor]]):
    """What are the energies of the rows and their mix (`console.network.features.energies`) in each stretch?

    Args:
        spans: the stretches, none begun before the last one; beyond both ends of each lies silence.
        offset: what is taken from each row's channels first; None for nothing.
        scale: what they are multiplied by then.
        mix: whether that of the mix is asked for.
    """

    spans: tuple[Span, ...]
    offset: Offset = None
    scale: float = 1.0
    mix: bool = True

    def meter(self, sound: Sound) -> Meter[list[Tensor]]:
        stretches = [_Energies(span, sound.sample_rate, mix=self.mix) for span in self.spans]
        return _Steps(stretches, sound.rows, self.offset, self.scale)


@dataclass(frozen=True)
class AskPowers(Question[list[Tensor]]):
    """What are the rows' plain mean squares in each stretch, the first row of `energies`? Arguments as there."""

    spans: tuple[Span, ...]
    offset: Offset = None
    scale: float = 1.0

    def meter(self, sound: Sound) -> Meter[list[Tensor]]:
        stretches = [_Powers(span, sound.sample_rate) for span in self.spans]
        return _Steps(stretches, sound.rows, self.offset, self.scale)


def heard_energies(sound: Sound, spans: Sequence[Span], scale: float | None = None) -> list[Tensor]:
    """The energies of a sound's rows and their mix, "source step row", in each stretch, without its offset.

    Args:
        scale: on the samples; by default, what keeps their energies inside float32.
    """
    extremes = sound.ask(AskExtremes())
    scale = extremes.scale if scale is None else scale
    return sound.ask(AskEnergies(tuple(spans), as_key(extremes.offset), scale))


@dataclass
class _Stretch:
    """The steps of one stretch, as its samples come in.

    Args:
        span: where it lies.
    """

    span: Span
    sample_rate: int

    def __post_init__(self) -> None:
        self._hop = hop_of(self.sample_rate)
        self.steps = self._left = steps_of(self.span[1] - self.span[0], self.sample_rate)
        self._waiting: Tensor | None = None
        self.told = torch.empty(0)

    @abstractmethod
    def shape(self, rows: int) -> tuple[int, ...]:
        """How many sources are told of, and how much of each step."""

    def feed(self, samples: Block) -> None:
        """The next samples of the stretch."""
        if self._waiting is None:  # the first frame begins half a hop before it
            self._waiting = samples.new_zeros(*samples.shape[:2], self._hop // 2)
        self._waiting = torch.cat([self._waiting, samples], dim=-1)
        self._tell(min(self._left, (self._waiting.shape[-1] - self._hop) // (FRAMES * self._hop)))

    def close(self) -> None:
        """Behind the last sample lies silence."""
        if self._left and self._waiting is not None:
            missing = (FRAMES * self._left + 1) * self._hop - self._waiting.shape[-1]
            self._waiting = torch.nn.functional.pad(self._waiting, (0, max(0, missing)))
            self._tell(self._left)
        self._waiting = None

    def _tell(self, steps: int) -> None:
        if steps < 1 or self._waiting is None:
            return
        behind = FRAMES * steps * self._hop
        at = self.steps - self._left
        self.told[:, at : at + steps] = self._measured(self._waiting[..., : behind + self._hop])
        self._waiting, self._left = self._waiting[..., behind:].clone(), self._left - steps

    @abstractmethod
    def _measured(self, padded: Block) -> Float[Tensor, "source step *kind"]:
        """What is told of the steps that fill so many samples."""


@dataclass
class _Energies(_Stretch):
    mix: bool = True

    def shape(self, rows: int) -> tuple[int, ...]:
        return rows + self.mix, ROWS

    def _measured(self, padded: Block) -> Float[Tensor, "source step kind"]:
        return energies_of((transformed(row, self._hop) for row in padded), self.sample_rate, self.mix)


class _Powers(_Stretch):
    """Of a frame's spectrum only what is not heard is transformed: the rest is the frame's energy without it."""

    def shape(self, rows: int) -> tuple[int, ...]:
        return (rows,)

    def _measured(self, padded: Block) -> Float[Tensor, "row step"]:
        hops = padded[..., : padded.shape[-1] // self._hop * self._hop].unflatten(-1, (-1, self._hop))
        window, parts = _parts(self._hop)
        whole = _paired(hops.square() @ window.unflatten(0, (2, self._hop)).T)
        told = _paired((hops @ parts).unflatten(-1, (2, -1)), -2).square()
        # The two ends of a real sound's spectrum are there once, all else twice.
        power = self._hop * whole + told[..., 0] / 2 - told[..., 1] / 2 - told[..., 2:].sum(-1)
        steps = power.clamp_min(0).sum(1).unflatten(-1, (-1, FRAMES)).mean(-1)
        return steps / (self._hop * float(window.sum()))


@lru_cache(maxsize=4)
def _parts(hop: int) -> tuple[Float[Tensor, " frame"], Float[Tensor, "sample part"]]:
    """The squared window, and half by half what a frame's last bin and its first ones, which are not heard, are."""
    with torch.inference_mode(False):
        window = torch.hann_window(2 * hop, dtype=torch.float64)
        turn = torch.pi * torch.arange(2 * hop, dtype=torch.float64) / hop
        waves = [torch.cos(hop * turn)] + [torch.cos(bin * turn) for bin in range(HEARD)]
        waves += [torch.sin(bin * turn) for bin in range(1, HEARD)]
        shaped = window * torch.stack(waves)  # "part sample"
        return window.square().float(), torch.cat([shaped[:, :hop], shaped[:, hop:]]).T.float().contiguous()


def _paired(halves: Tensor, dim: int = -1) -> Tensor:
    """What frames come to, from what the hops come to as their first and as their second half."""
    first, second = halves.unbind(dim)
    hop = -1 if dim == -1 else -2
    return first.narrow(hop, 0, first.shape[hop] - 1) + second.narrow(hop, 1, second.shape[hop] - 1)


class _Steps:
    """Hands each stretch its samples."""

    def __init__(self, stretches: Sequence[_Stretch], rows: int, offset: Offset, scale: float):
        self._coming, self._open = list(reversed(stretches)), list[_Stretch]()
        # All of it at once: what stays among what goes would scatter the memory.
        sources, *kinds = stretches[0].shape(rows)
        steps = [stretch.steps for stretch in stretches]
        self._told = list(torch.zeros(sources, sum(steps), *kinds).split(steps, dim=1))
        for stretch, told in zip(stretches, self._told, strict=True):
            stretch.told = told
        self._offset = None if offset is None else torch.tensor(offset)[..., None]
        self._scale, self._at = scale, 0

    def feed(self, block: Block) -> None:
        stop = self._at + block.shape[-1]
        while self._coming and self._coming[-1].span[0] < stop:
            self._open.append(self._coming.pop())
        if self._open:
            block = block if self._offset is None else block - self._offset
            block = block if self._scale == 1 else self._scale * block
        for stretch in self._open:
            first, last = stretch.span
            stretch.feed(block[..., max(0, first - self._at) : last - self._at])
            if last <= stop:
                stretch.close()
        self._open = [stretch for stretch in self._open if stretch.span[1] > stop]
        self._at = stop

    def read(self) -> list[Tensor]:
        return self._told
