"""Energies as the sound passes: per step of 0.2 s, all over it or in some of its steps."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from console.network.features import FRAMES, HEARD, ROWS, energies_of, hop_of, steps_of, transformed
from console.stream.extremes import AskExtremes, as_key
from console.stream.sound import Block, Meter, Mixed, Question, Sound

Steps = tuple[int, int]  # the first step, and the one behind the last
Offset = tuple[tuple[float, ...], ...] | None
SAME = 1e-6  # of a factor: two that differ by less are rounded


@dataclass(frozen=True)
class AskEnergies(Question[Tensor]):
    """What are the energies of the rows and their mix (`console.network.features.energies`), "source step kind"?

    Args:
        offset: what is taken from each row's channels first; None for nothing.
        scale: what they are multiplied by then.
        only: the stretches of steps that are asked for, none begun before the last one; told one after the other, as
            they are among those of the whole sound. None: all steps.
    """

    offset: Offset = None
    scale: float = 1.0
    only: tuple[Steps, ...] | None = None

    def meter(self, sound: Sound) -> Meter[Tensor]:
        return _Meter(_Energies, sound, self.offset, self.scale, self.only)


@dataclass(frozen=True)
class AskPowers(Question[Tensor]):
    """What are the rows' plain mean squares, the first row of `energies`, "row step"? Arguments as there."""

    offset: Offset = None
    scale: float = 1.0

    def meter(self, sound: Sound) -> Meter[Tensor]:
        return _Meter(_Powers, sound, self.offset, self.scale)

    def follows(self, sound: Mixed) -> Tensor | None:
        """From the energies of rows that are its own but for a gain."""
        for (key, question), told in list(sound.source.known.items()):  # to which other threads may add meanwhile
            if isinstance(question, AskEnergies) and question.only is None and question.scale == self.scale:
                gains = _gains(sound.factors.numpy(), self.offset, sound.source.factors(key), question.offset)
                if gains is not None:
                    return torch.einsum("rk,kt->rt", torch.from_numpy(gains).square(), told[:-1, :, 0])
        return None


def heard_energies(sound: Sound, only: tuple[Steps, ...] | None = None) -> Float[Tensor, "source step kind"]:
    """The energies of a sound's rows and their mix, without its offset, and scaled so that float32 holds them.

    Args:
        only: as of `AskEnergies`.
    """
    extremes = sound.ask(AskExtremes())
    return sound.ask(AskEnergies(as_key(extremes.offset), extremes.scale, only))


def _gains(
    wanted: Float32[np.ndarray, "row source"],
    wanted_offset: Offset,
    known: Float32[np.ndarray, "other source"],
    known_offset: Offset,
) -> Float32[np.ndarray, "row other"] | None:
    """The gain with which each row is one of the others, and 0 for all those that it is not; None where one is none."""
    square = np.square(known).sum(-1)
    gains = (wanted @ known.T) / np.where(square > 0, square, 1)
    made = gains[..., None] * known  # "row other source"
    apart = np.abs(made - wanted[:, None]).max(-1)
    if wanted_offset is not None or known_offset is not None:
        told, there = (
            np.zeros((len(rows), 1)) if offset is None else np.array(offset)
            for rows, offset in ((wanted, wanted_offset), (known, known_offset))
        )
        apart = np.maximum(apart, np.abs(gains[..., None] * there - told[:, None]).max(-1))
    same = apart <= SAME * np.abs(wanted).max(-1, keepdims=True)
    if not bool(same.any(-1).all()):
        return None
    chosen = np.zeros_like(gains)
    rows, first = np.arange(len(wanted)), same.argmax(-1)
    chosen[rows, first] = gains[rows, first]
    return chosen


class _Stretch:
    """Some steps, as their samples come in. Frames at its ends reach into what is beside it; beside all lies silence.

    Args:
        steps: which.
    """

    def __init__(self, steps: Steps, sample_rate: int):
        first, last = steps
        self.sample_rate = sample_rate
        self._hop = hop_of(sample_rate)
        self.steps = self._left = last - first
        # The first frame begins half a hop before the first step, the last one ends as far behind the last.
        self.start = FRAMES * first * self._hop - self._hop // 2
        self.stop = self.start + (FRAMES * self.steps + 1) * self._hop
        self._waiting: Tensor | None = None
        self.told = torch.empty(0)

    @staticmethod
    @abstractmethod
    def shape(rows: int) -> tuple[int, ...]:
        """How many sources are told of, and how much of each step."""

    def feed(self, samples: Block) -> None:
        """The next samples of the stretch."""
        if self._waiting is None:
            self._waiting = samples.new_zeros(*samples.shape[:2], max(0, -self.start))
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


class _Energies(_Stretch):
    @staticmethod
    def shape(rows: int) -> tuple[int, ...]:
        return rows + 1, ROWS

    def _measured(self, padded: Block) -> Float[Tensor, "source step kind"]:
        return energies_of((transformed(row, self._hop) for row in padded), self.sample_rate)


class _Powers(_Stretch):
    """Of a frame's spectrum only what is not heard is transformed: the rest is the frame's energy without it."""

    @staticmethod
    def shape(rows: int) -> tuple[int, ...]:
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


class _Meter:
    """Hands each stretch its samples."""

    def __init__(
        self,
        kind: type[_Stretch],
        sound: Sound,
        offset: Offset,
        scale: float,
        only: Sequence[Steps] | None = None,
    ):
        whole = (0, steps_of(sound.frames, sound.sample_rate))
        stretches = [kind(steps, sound.sample_rate) for steps in only or (whole,)]
        self._coming, self._open = list(reversed(stretches)), list[_Stretch]()
        # All of it at once: what stays among what goes would scatter the memory.
        sources, *kinds = kind.shape(sound.rows)
        steps = [stretch.steps for stretch in stretches]
        self._told = torch.zeros(sources, sum(steps), *kinds)
        for stretch, told in zip(stretches, self._told.split(steps, dim=1), strict=True):
            stretch.told = told
        self._offset = None if offset is None else torch.tensor(offset)[..., None]
        self._scale, self._at, self._frames = scale, 0, sound.frames

    def feed(self, block: Block) -> None:
        stop = self._at + block.shape[-1]
        while self._coming and self._coming[-1].start < stop:
            self._open.append(self._coming.pop())
        if self._open:
            block = block if self._offset is None else block - self._offset
            block = block if self._scale == 1 else self._scale * block
        for stretch in self._open:
            stretch.feed(block[..., max(0, stretch.start - self._at) : stretch.stop - self._at])
            if stretch.stop <= stop or stop >= self._frames:
                stretch.close()
        self._open = [stretch for stretch in self._open if stretch.stop > stop]
        self._at = stop

    def read(self) -> Tensor:
        return self._told
