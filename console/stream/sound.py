"""The sound of several sources in time, as blocks that pass, and what is asked of it.

Meters are fed block by block and read when all has passed, so that a song takes no more memory than a block. What was
asked once is known: it is not measured again. Whoever knows what will be asked asks for all of it at once, in one pass.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from console.audio.file import BLOCK
from console.network.threads import one_thread

WORKERS = 4  # that listen to one sound at a time, at most
MANY = 16  # rows; of more of them, blocks are shorter
SHORT = 8  # blocks, of which it is not worth while
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Block = Float32[Tensor, "row channel time"]
Passed = Float32[Tensor, "some side while"]  # what comes out where a block went in


@runtime_checkable
class Meter(Protocol[T_co]):
    """What listens to a sound as it passes."""

    def feed(self, block: Block) -> None:
        """The next block, which is good until this returns."""

    def read(self) -> T_co:
        """What it shows when all has passed."""


@runtime_checkable
class Filter(Protocol):
    """What makes another sound of a sound as it passes: linear, the same for every row, as long in the end."""

    def feed(self, block: Block) -> Passed:
        """What can be told so far."""

    def rest(self) -> Passed:
        """What is left when all has passed."""


class Question(ABC, Generic[T]):
    """What can be asked of a sound; equal ones have equal answers."""

    filter: Callable[[int], Filter] | None = None
    """What the sound goes through before it is measured, made for a rate in Hz."""

    @abstractmethod
    def meter(self, sound: "Sound") -> Meter[T]:
        """A meter that answers it."""

    def follows(self, sound: "Mixed") -> T | None:
        """The answer, where it follows from what is known of the sound's source."""
        return None


def block_of(rows: int) -> int:
    """Samples of a block: fewer of many rows, which take as much memory then as a few."""
    return BLOCK >> max(0, (rows - 1).bit_length() - MANY.bit_length() + 1)


class Sound(ABC):
    """Rows of sound, of one length.

    Args:
        rows, channels, frames: how many; `frames` are samples in time.
        sample_rate: in Hz.
    """

    block: int  # samples of each block but the last

    def __init__(self, rows: int, channels: int, frames: int, sample_rate: int):
        self.rows, self.channels, self.frames, self.sample_rate = rows, channels, frames, sample_rate

    @abstractmethod
    def blocks(self) -> Generator[Block, None, None]:
        """All of it, from its beginning, in blocks; each is good until the next one is asked for."""

    @abstractmethod
    def mixed(self, factors: Float[Tensor, "row source"]) -> "Mixed":
        """Sums of its rows, each with a factor."""

    def picked(self, rows: Sequence[int]) -> "Mixed":
        """Some of its rows."""
        return self.mixed(torch.eye(self.rows)[list(rows)])

    def ask(self, question: Question[T]) -> T:
        """The answer; where it is not known yet, the sound passes once more."""
        return ask((self, question))[0]

    def whole(self) -> Float32[Tensor, "row channel time"]:
        """All of it in one tensor."""
        audio = torch.zeros(self.rows, self.channels, self.frames)
        done = 0
        for block in self.blocks():
            audio[..., done : done + block.shape[-1]] = block
            done += block.shape[-1]
        return audio


class Source(Sound):
    """Sound that is made of no other one; it keeps the answers on itself and on what is mixed from it."""

    def __init__(self, rows: int, channels: int, frames: int, sample_rate: int):
        super().__init__(rows, channels, frames, sample_rate)
        self.known: dict[tuple[bytes, Question[Any]], Any] = {}
        self.block = block_of(rows)

    def mixed(self, factors: Float[Tensor, "row source"]) -> "Mixed":
        return Mixed(self, factors.float())

    def factors(self, key: bytes) -> Float32[np.ndarray, "row source"]:
        """Of the mixture that has this key."""
        if key == WHOLE:
            return np.eye(self.rows, dtype=np.float32)
        return np.frombuffer(key, dtype=np.float32).reshape(-1, self.rows)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"known": {}}  # for another process


class Held(Source):
    """Sound in memory."""

    def __init__(self, audio: Float32[Tensor, "row channel time"], sample_rate: int):
        rows, channels, frames = audio.shape
        super().__init__(rows, channels, frames, sample_rate)
        self.audio = audio

    def blocks(self) -> Generator[Block, None, None]:
        yield from self.audio.split(self.block, dim=-1)

    def whole(self) -> Float32[Tensor, "row channel time"]:
        return self.audio


class Mixed(Sound):
    """Sums of a source's rows, made as these pass. Rows are added one by one in their order, as the desk does.

    Args:
        factors: of each source's row in each sum.
    """

    def __init__(self, source: Source, factors: Float32[Tensor, "row source"]):
        super().__init__(len(factors), source.channels, source.frames, source.sample_rate)
        self.source, self.factors, self.block = source, factors, source.block
        self.key = factors.numpy().tobytes()
        self._terms = [[(at, float(row[at])) for at in np.flatnonzero(row)] for row in factors.numpy()]
        alone = [terms[0] for terms in self._terms if len(terms) == 1]
        plain = len(alone) == len(factors) and all(factor == 1 for _, factor in alone)
        self._picked = [int(at) for at, _ in alone] if plain else None
        if self._picked == list(range(source.rows)):
            self.key = WHOLE

    def blocks(self) -> Generator[Block, None, None]:
        for block in self.source.blocks():
            yield self.of(block)

    def of(self, block: Block) -> Passed:
        """What it makes of a block of its source."""
        if self.key == WHOLE:
            return block
        if self._picked is not None:
            return block[self._picked]
        made = torch.empty(self.rows, *block.shape[1:])
        for row, terms in zip(made, self._terms, strict=True):
            row.zero_() if not terms else torch.mul(block[terms[0][0]], terms[0][1], out=row)
            for at, factor in terms[1:]:
                row += block[at] if factor == 1 else block[at] * factor
        return made

    def mixed(self, factors: Float[Tensor, "row source"]) -> "Mixed":
        return Mixed(self.source, factors.float() @ self.factors)


WHOLE = b""  # the key of all rows as they are


@dataclass
class _Listening:
    """Who listens to one mixture of the source's rows."""

    sound: Mixed
    meters: list[Meter[Any]]


def ask(*asked: tuple[Sound, Question[Any]], taps: Sequence[tuple[Sound, Meter[Any]]] = ()) -> list[Any]:
    """The answers to several questions, on sounds of one source, in one pass.

    Args:
        taps: meters that are fed in any case, such as files that are written; what they show is not kept.
    """
    pairs = [(_mixed(sound), question) for sound, question in asked]
    sources = {mixed.source for mixed, _ in pairs} | {_mixed(sound).source for sound, _ in taps}
    for source in sources:
        of_source = {(mixed.key, question): mixed for mixed, question in pairs if mixed.source is source}
        missing = {}
        for (key, question), mixed in of_source.items():
            if (key, question) not in source.known:
                if (answer := question.follows(mixed)) is None:
                    missing[key, question] = mixed
                else:
                    source.known[key, question] = answer
        tapped = [(mixed, meter) for mixed, meter in ((_mixed(s), m) for s, m in taps) if mixed.source is source]
        if missing or tapped:
            with torch.inference_mode(False), torch.no_grad():  # which other threads do not know of, nor later askers
                _pass(source, missing, tapped)
    return [mixed.source.known[mixed.key, question] for mixed, question in pairs]


def _mixed(sound: Sound) -> Mixed:
    return sound if isinstance(sound, Mixed) else sound.picked(range(sound.rows))


def _pass(
    source: Source,
    missing: dict[tuple[bytes, Question[Any]], Mixed],
    taps: Sequence[tuple[Mixed, Meter[Any]]],
) -> None:
    meters = {key: key[1].meter(mixed) for key, mixed in missing.items()}
    plain: dict[bytes, _Listening] = {}
    filtered: dict[Callable[[int], Filter], dict[bytes, _Listening]] = {}
    for (key, question), mixed in missing.items():
        group = plain if question.filter is None else filtered.setdefault(question.filter, {})
        group.setdefault(key, _Listening(mixed, [])).meters.append(meters[key, question])
    for mixed, meter in taps:
        plain.setdefault(mixed.key, _Listening(mixed, [])).meters.append(meter)
    chains = [_Chain(source, made(source.sample_rate), group) for made, group in _split(source, filtered)]
    listeners: list[Callable[[Block], None]] = [
        *(partial(_feed, listening) for listening in plain.values()),
        *(chain.feed for chain in chains),
    ]
    _play(source, listeners)
    for chain in chains:
        chain.close()
    source.known |= {key: meter.read() for key, meter in meters.items()}


def _play(source: Source, listeners: Sequence[Callable[[Block], None]]) -> None:
    """All listen to every block: of a long sound several at a time, while the next block is read.

    Each listens with one thread: blocks are short, and threads that wait for each other cost more than they spare.
    """
    workers = workers_for(source)
    with one_thread(), closing(source.blocks()) as blocks:
        if workers == 1:
            for block in blocks:
                for listen in listeners:
                    listen(block)
            return
        with ThreadPoolExecutor(workers) as pool:
            coming = pool.submit(next, blocks, None)
            while (present := coming.result()) is not None:
                coming = pool.submit(next, blocks, None)
                for done in [pool.submit(listen, present) for listen in listeners]:
                    done.result()


def workers_for(source: Source) -> int:
    """How many listen to a sound at a time."""
    return 1 if source.frames <= SHORT * source.block else min(WORKERS, torch.get_num_threads())


def _split(
    source: Source, filtered: dict[Callable[[int], Filter], dict[bytes, _Listening]]
) -> Iterator[tuple[Callable[[int], Filter], list[_Listening]]]:
    """What goes through one filter together: it is the same whether sums are filtered, or what they are made of."""
    for made, group in filtered.items():
        listening = list(group.values())
        if sum(each.sound.rows for each in listening) >= source.rows:
            yield made, listening
        else:
            yield from ((made, [each]) for each in listening)


class _Chain:
    """A filter and who listens to what comes out: of the source, or of the one sum of it."""

    def __init__(self, source: Source, made: Filter, group: list[_Listening]):
        self._filter, self._group = made, group
        self._before = sum(each.sound.rows for each in group) < source.rows

    def feed(self, block: Block) -> None:
        self._tell(self._filter.feed(self._group[0].sound.of(block) if self._before else block))

    def close(self) -> None:
        self._tell(self._filter.rest())

    def _tell(self, block: Block) -> None:
        if not block.shape[-1]:
            return
        if self._before:
            for meter in self._group[0].meters:
                meter.feed(block)
            return
        for listening in self._group:
            _feed(listening, block)


def _feed(listening: _Listening, block: Block) -> None:
    rows = listening.sound.of(block)
    for meter in listening.meters:
        meter.feed(rows)
