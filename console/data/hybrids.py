"""Excerpts whose stems come from two songs of like tempo, key and meter, so that they still make music."""

from collections.abc import Collection, Sequence
from itertools import product
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor
from torch.nn.functional import pad

from console.balance import CHUNK_S, ROLES
from console.data.excerpt import Excerpt, Share, draw_excerpt, draw_starts, excerpt_of
from console.data.grouping import draw_groups
from console.data.sources.source import Source
from console.data.sources.style import Style
from console.data.table import SongTable
from console.network.features import SECOND
from console.read.roles import Role

TEMPO_RATIO = 1.06  # within which two tempi, or one and the half or double of the other, count as the same


@runtime_checkable
class Styled(Protocol):
    """A source that knows of its songs' tempo, key and meter."""

    def style(self, index: int) -> Style | None:
        """Of song `index`; None where it is not known."""
        ...


def partners_in(source: Source) -> list[Int[ndarray, " partner"]]:
    """Of every song the partners among the others; none in a source that knows no styles."""
    return partners([source.style(i) if isinstance(source, Styled) else None for i in range(len(source))])


def partners(styles: Sequence[Style | None]) -> list[Int[ndarray, " partner"]]:
    """Of every song those that share its notes and meter, at its tempo, half or double.

    The same notes has a song in the same key or in the relative major or minor (or in another mode of that scale).
    """
    octave = np.log2([np.nan if style is None else style.tempo_bpm for style in styles])
    scale = np.array([-1 if style is None else style.relative_major for style in styles])
    meter = np.array(["" if style is None else style.meter for style in styles])
    apart = abs(octave[:, None] - octave)
    matched = abs(apart - np.minimum(np.round(apart), 1)) <= np.log2(TEMPO_RATIO)  # False where unknown
    matched &= (scale[:, None] == scale) & (meter[:, None] == meter)
    np.fill_diagonal(matched, False)
    return [np.flatnonzero(row) for row in matched]


def draw_hybrid(one: SongTable, other: SongTable, finer: float, windows: int, rng: np.random.Generator) -> Excerpt:
    """Each role from one of two songs, some from either; of the first alone where they have but one role together.

    The songs' windows are drawn apart from each other: neither beats nor chords are aligned. There is one where either
    song is no longer than that.
    """
    drawn = _draw_roles(one.roles, other.roles, rng)
    if drawn is None:
        return draw_excerpt(one, finer, windows, rng)
    starts = [draw_starts(table, windows, rng) for table in (one, other)]
    count = min(map(len, starts))
    parts = zip((one, other), drawn, starts, strict=True)
    return joined(*(_part(table, taken, at[:count], finer, rng) for table, taken, at in parts))


def joined(one: Excerpt, other: Excerpt) -> Excerpt:
    """An excerpt of the stems of both, which have no role in common."""
    first, both = len(one.roles), len(one.roles) + len(other.roles)
    # Stems of different songs are taken as uncorrelated: their energies add up, and those of the pairs stay zero. In
    # truth that holds on average only; within a step and a band two sounds partly add and partly cancel. On generated
    # songs that go together this moves the measured levels by less than 0.2 dB, a band in a step by 0.3 dB (RMS).
    cross = one.cross.new_zeros(len(one.cross), both, both, *one.cross.shape[3:])
    cross[:, :first, :first] = one.cross
    cross[:, first:, first:] = other.cross
    powers = _even(one.song_power), _even(other.song_power)
    longest = max(power.shape[-1] for power in powers)
    mine, theirs = (pad(power, (0, longest - power.shape[-1])) for power in powers)
    return Excerpt(one.roles + other.roles, cross, mine + theirs, one.shares + other.shares)


def _draw_roles(
    one: Collection[Role], other: Collection[Role], rng: np.random.Generator
) -> tuple[set[Role], set[Role]] | None:
    """What either song gives, all ways equally often; a role that only one has comes from there.

    None where there is no way in which both give some.
    """
    roles = [role for role in ROLES if role in one or role in other]
    givers = [[song for song, has in enumerate((one, other)) if role in has] for role in roles]
    ways = [way for way in product(*givers) if set(way) == {0, 1}]
    if not ways:
        return None
    way = ways[rng.integers(len(ways))]
    mine, theirs = ({role for role, giver in zip(roles, way, strict=True) if giver == song} for song in (0, 1))
    return mine, theirs


def _part(table: SongTable, taken: Collection[Role], at: list[int], finer: float, rng: np.random.Generator) -> Excerpt:
    groups, roles = draw_groups(table.roles, finer, rng)
    kept = [row for row, role in enumerate(roles) if role in taken]
    return excerpt_of(Share(table, groups[kept], at), tuple(roles[row] for row in kept))


def _even(power: Float[Tensor, "role step"]) -> Float[Tensor, "role step2"]:
    """Without what is left after whole chunks: the level of a song takes no account of it, but would before zeros."""
    chunk = CHUNK_S * SECOND
    return power[:, : power.shape[-1] // chunk * chunk or None]
