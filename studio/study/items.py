"""Which flawed mixes a listening test is about: items of an evaluation protocol, drawn evenly from some songs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from console.correct import AUDIBLE_DB
from console.data.grouping import by_role
from console.data.sources.folder import SPLITS, FolderSource
from console.data.table import tabulate
from console.errors import InputError
from console.evaluation.items import Asked, Items, Protocol
from console.evaluation.protocol import CHUNK_S
from console.read.song import Song
from console.read.stems import title_of


@dataclass(frozen=True, eq=False)
class StudyItem:
    """A chunk of a song, and what is wrong with it.

    Args:
        id: as `console.evaluation.items` calls it.
        song: its title.
        start_s: where in the song the chunk begins.
        anchor: the stem whose level is right.
        flaw_db: what is wrong with each stem.
        balanced: the chunk at the levels of the balanced mix, one stem a role.
    """

    id: str
    song: str
    start_s: float
    anchor: str | None
    flaw_db: tuple[float, ...]
    balanced: Song

    @cached_property
    def flawed(self) -> Song:
        """The chunk with the flaw on it."""
        return self.balanced.with_gains_db(self.flaw_db)


def song_paths(root: Path) -> list[Path]:
    """The songs in a folder, sorted: its split `test` where it has splits, all otherwise; or the one song it is.

    Raises: InputError where there is none.
    """
    if not root.exists():
        raise InputError(f'There are no songs at "{root}".')
    if root.is_dir() and any((root / split).is_dir() for split in SPLITS):
        return FolderSource(str(root), "test").songs
    songs = [] if not root.is_dir() else [path for path in sorted(root.iterdir()) if _is_song(path)]
    return songs or [root]


def _is_song(path: Path) -> bool:
    return not path.name.startswith(".") and (path.is_dir() or path.name.lower().endswith((".zip", ".stem.mp4")))


def draw_items(
    paths: list[Path],
    protocol: Protocol,
    count: int,
    seed: int = 0,
    tell: Callable[[str], None] = lambda step: None,
) -> Iterator[StudyItem]:
    """Items of the songs, evenly from each as far as it has them, and from different chunks as long as there are some.

    Where a protocol has flawed and unflawed items, only those with a flaw of 1 dB or more on some stem are drawn.

    Args:
        count: at most so many.
        seed: another one, other items; and, but for the protocol `single`, other flaws.
        tell: is told each step as it begins.

    Raises: InputError where two songs have one title, and for a song that cannot be read.
    """
    titles = [title_of(path) for path in paths]
    if len(set(titles)) < len(titles):
        twice = next(title for title in titles if titles.count(title) > 1)
        raise InputError(f'Two songs are called "{twice}": give each a title of its own.')
    rng = np.random.default_rng(seed)
    left = count
    for done, which in enumerate(rng.permutation(len(paths)).tolist()):
        if left == 0:
            break
        tell(f"Measuring {titles[which]}")
        found = list(_of_song(paths[which], protocol, -(-left // (len(paths) - done)), seed, rng))
        left -= len(found)
        yield from found


def _of_song(path: Path, protocol: Protocol, count: int, seed: int, rng: np.random.Generator) -> list[StudyItem]:
    song = Song.load(path)
    table = tabulate(song)
    if not table.chunks:
        return []
    asked = Items([table], protocol, seed=seed)
    order = rng.permutation(len(asked)).tolist()
    chunks: dict[int, list[StudyItem]] = {}
    drawn: list[StudyItem] = []
    while len(drawn) < count and (not chunks or any(chunks.values())):
        for at in order[: count - len(drawn)]:
            if at not in chunks:
                chunks[at] = _of_chunk(song, asked[at], rng)
            if chunks[at]:
                drawn.append(chunks[at].pop())
    return drawn


def _of_chunk(song: Song, asked: Asked, rng: np.random.Generator) -> list[StudyItem]:
    """The chunk's items in a random order."""
    groups, roles = by_role(song.roles)
    start = round(asked.start_s * song.sample_rate)
    audio = song.audio[..., start : start + round(CHUNK_S * song.sample_rate)]
    stems = torch.einsum("ai,ict->act", groups, audio)
    names = tuple(map(str, roles))
    balanced = Song(stems, names, song.sample_rate, roles=roles, title=song.title)
    flaws_db = asked.example.flaw_db.tolist()
    anchors = [dict(zip(row, names, strict=True)).get(True) for row in asked.example.anchor.tolist()]
    wrong = [n for n, flaw_db in enumerate(flaws_db) if max(map(abs, flaw_db)) >= AUDIBLE_DB]
    if asked.protocol is Protocol.NONE:
        wrong = list(range(len(flaws_db)))
    return [
        StudyItem(asked.ids[n], asked.song, asked.start_s, anchors[n], tuple(flaws_db[n]), balanced)
        for n in rng.permutation(wrong).tolist()
    ]
