"""What chapters are made of."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fact:
    """A fact.

    Args:
        note: what has to be known beside it.
        confidence: 0 to 1; None of what is measured, not estimated.
        first: whether it is among the few that everybody asks for.
    """

    name: str
    value: str
    note: str = ""
    confidence: float | None = None
    first: bool = False


@dataclass(frozen=True)
class Grid:
    """A table.

    Args:
        numbers: which columns hold figures, counted from 0.
    """

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Chapter:
    """A chapter.

    Args:
        said: sentences.
        pictures: those that show it.
    """

    title: str
    facts: tuple[Fact, ...] = ()
    grids: tuple[Grid, ...] = field(default=())
    said: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
