"""The sound of a song's stems as their files are read: at one rate, each in its place, block by block."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import numpy as np
import torch
from jaxtyping import Float32

from console.audio.downmix import fold
from console.audio.file import AudioFile
from console.audio.io import read_blocks
from console.read.part import Part, Stem
from console.stream.resampled import resampled
from console.stream.sound import Block, Source

Pieces = Generator[Float32[np.ndarray, "channel time"], None, None]
WORKERS = 2  # decoding runs outside of Python's lock


class OnDisk(Source):
    """Stems, read whenever they are asked for: they take the memory of a block.

    One channel if all stems are mono, else two; the highest rate among them; shorter files end in silence, later ones
    begin with it. Reading raises `InputError` as `read_blocks` does.
    """

    def __init__(self, stems: Sequence[Stem]):
        parts = [part for stem in stems for part in stem.parts]
        rate = max(part.audio.sample_rate for part in parts)
        stereo = any(len(part.audio.speakers) > 1 or part.side is not None for part in parts)
        frames = max(_start(part, rate) + _frames_at(part.audio, rate) for part in parts)
        super().__init__(len(stems), 2 if stereo else 1, frames, rate)
        self._parts = [(row, part) for row, stem in enumerate(stems) for part in stem.parts]

    def blocks(self) -> Generator[Block, None, None]:
        with ExitStack() as files, ThreadPoolExecutor(WORKERS) as pool:
            readers = [files.enter_context(closing(_Reader(row, part, self))) for row, part in self._parts]
            for start in range(0, self.frames, self.block):
                frames = min(self.block, self.frames - start)
                block = np.zeros((self.rows, self.channels, frames), dtype=np.float32)
                list(pool.map(lambda reader: reader.read(block, start), readers))  # noqa: B023  # done at once
                yield torch.from_numpy(block)
            for reader in readers:
                reader.finish()


class _Reader:
    """One file on its way: what was decoded and not yet asked for."""

    def __init__(self, row: int, part: Part, sound: OnDisk):
        self._lines = slice(None) if part.side is None else slice(part.side, part.side + 1)
        self._channels = sound.channels if part.side is None else 1
        self._row, self._at = row, _start(part, sound.sample_rate)
        self._pieces = self._decoded(part.audio, sound.sample_rate)
        self._piece = np.zeros((self._channels, 0), dtype=np.float32)

    def read(self, block: Float32[np.ndarray, "row channel time"], start: int) -> None:
        """Puts what lies in a block that begins at `start` in its place."""
        line = block[self._row, self._lines]
        stop = start + line.shape[-1]
        while self._at < stop:
            if not self._piece.shape[-1]:
                piece = next(self._pieces, None)
                if piece is None:
                    return
                self._piece = piece
                continue
            count = min(stop - self._at, self._piece.shape[-1])
            line[:, self._at - start : self._at - start + count] = self._piece[:, :count]
            self._piece, self._at = self._piece[:, count:], self._at + count

    def finish(self) -> None:
        """Reads to the end, where a file that is damaged says so."""
        for _ in self._pieces:
            pass

    def close(self) -> None:
        """Leaves the file, wherever it is."""
        self._pieces.close()

    def _decoded(self, file: AudioFile, rate: int) -> Pieces:
        folded = (fold(block, file.speakers, self._channels).T for block in read_blocks(file))
        yield from folded if file.sample_rate == rate else resampled(folded, file, rate)


def _start(part: Part, rate: int) -> int:
    return round(part.start_s * rate)


def _frames_at(file: AudioFile, rate: int) -> int:
    return -(-file.frames * rate // file.sample_rate)
