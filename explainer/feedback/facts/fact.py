"""A fact: something measured that a text can state, by the slot that code fills with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from explainer.music.said import UNSURE, clock
from explainer.phrasing.bundled import bundled

DOUBTFUL = 0.4  # a confidence below which nothing rests on a fact
CLOCK = "clock"  # the unit of what is told as a player shows it
Value = float | str


@dataclass(frozen=True)
class Kind:
    """What a fact is, whatever the song.

    Args:
        about: in a few words.
        unit, decimals: as it is said.
        least: the smallest difference between two versions that is told; 0 where any is.
        named: words by which sentences speak of it.
    """

    about: str
    unit: str = ""
    decimals: int = 0
    least: float = 0.0
    named: tuple[str, ...] = ()

    def said(self, value: Value) -> str:
        """A value of it as people say it."""
        if isinstance(value, str):
            return value
        if self.unit == CLOCK:
            return clock(value)
        number = f"{round(value, self.decimals) + 0.0:.{self.decimals}f}"
        return f"{number} {self.unit}".rstrip()


@dataclass(frozen=True)
class Fact:
    """A fact of one song.

    Args:
        slot: its name in texts.
        value: a number in the kind's unit, or words.
        confidence: 0 to 1, of what is estimated; None for what a meter shows.
    """

    slot: str
    kind: Kind
    value: Value
    confidence: float | None = None

    @property
    def said(self) -> str:
        """As it is filled in; what is unsure is said to be so."""
        return self.kind.said(self.value) + (" (unsure)" if self.unsure else "")

    @property
    def unsure(self) -> bool:
        """Whether it may well be wrong."""
        return self.confidence is not None and self.confidence < UNSURE

    @property
    def carries(self) -> bool:
        """Whether anything may rest on it."""
        return self.confidence is None or self.confidence >= DOUBTFUL

    @property
    def number(self) -> float | None:
        """Its value, where that is a number."""
        return None if isinstance(self.value, str) else self.value


Facts = Mapping[str, Fact]


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Kind]:
    """Every kind of fact by its slot, the most important first."""
    told: dict[str, dict[str, Any]] = bundled("feedback/facts/facts.yaml")
    return {slot: _kind(each) for slot, each in told.items()}


def _kind(told: Mapping[str, Any]) -> Kind:
    named, least = tuple(told.get("named", ())), float(told.get("least", 0))
    return Kind(told["about"], told.get("unit", ""), told.get("decimals", 0), least, named)
