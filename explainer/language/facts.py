"""The numbers of an advice, as they are spelled, those together that are said together."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.claims import Claim, Reason, ReasonKind
from explainer.reading.mismeasured import RELATIVE


class Kind(StrEnum):
    """What a number is of."""

    GAIN = "gain"
    CHANGE = "change"  # a gain, or by how much a stem differs between two versions
    RANGE = "range"
    LEVEL = "level"
    SHARE = "share"  # of the energy
    TIME = "time"  # share of the song in which it sounds
    BAND = "band"  # and the share of the time in which it is covered


UNITS = {
    "LU": {Kind.LEVEL},
    "%": {Kind.SHARE, Kind.TIME, Kind.BAND},
    "Hz": {Kind.BAND},
    "dB": {Kind.GAIN, Kind.CHANGE, Kind.RANGE},
}
OF_REASON = {ReasonKind.SHARE: Kind.SHARE, ReasonKind.SOUNDS: Kind.TIME}


@dataclass(frozen=True)
class Fact:
    """Numbers that are said together: a range, or what is measured and what is usual.

    Args:
        begins: those of them that can be said first.
        twice: there are two, of one size.
    """

    kind: Kind
    numbers: frozenset[str]
    begins: frozenset[str]
    twice: bool = False

    @classmethod
    def of(cls, kind: Kind, first: float, *others: float) -> "Fact":
        """Of numbers, each in all of its spellings; in that order but for a band."""
        spell = spelled if kind in UNITS["dB"] | UNITS["LU"] else _whole
        begins = spell(first)
        numbers = begins.union(*map(spell, others))
        return cls(kind, numbers, numbers if kind is Kind.BAND else begins, abs(first) in map(abs, others))

    @cached_property
    def sizes(self) -> frozenset[str]:
        """The numbers without their minus."""
        return frozenset(number.lstrip("-") for number in self.numbers)

    def after(self, said: float) -> frozenset[str]:
        """The numbers but for one that has just been said, whatever its sign."""
        return self.numbers if self.twice else frozenset(n for n in self.numbers if abs(float(n)) != said)

    def whole(self, said: Sequence[float]) -> bool:
        """Whether all of them have been said."""
        return all(said.count(float(size)) > self.twice for size in self.sizes)


def facts_of(stem: StemAdvice, claim: Claim, compare: bool = False) -> list[Fact]:
    """What is said of a stem that moves, by how many dB first.

    Args:
        compare: the move undoes a change, which is told, too.
    """
    if claim.db is None or claim.low_db is None or claim.high_db is None:
        raise ValueError(f"{claim} is no claim of a move")
    gain = Fact.of(Kind.CHANGE if compare else Kind.GAIN, claim.db)
    return [gain, Fact.of(Kind.RANGE, claim.low_db, claim.high_db), *map(_measured, stem.reasons)]


def called_levels(advice: Advice, called: dict[str, str]) -> frozenset[tuple[float, str]]:
    """The levels of all reasons, measured and usual, and the alias of what they lie beside; "" for the rest."""
    reasons = [reason for stem in advice.moving for reason in stem.reasons if reason.kind in RELATIVE]
    return frozenset(
        (level, called[reason.other] if reason.other else "")
        for reason in reasons
        for level in (reason.measured, reason.usual)
        if level is not None
    )


def spelled(number: float) -> frozenset[str]:
    """A number in each of its spellings."""
    return frozenset((f"{number:.1f}", f"{number:g}"))


def _whole(number: float) -> frozenset[str]:
    return frozenset((f"{number:.0f}",))


def _measured(reason: Reason) -> Fact:
    figures: Sequence[float | None] = (reason.measured, reason.usual, reason.low_hz, reason.high_hz)
    kind = Kind.LEVEL if reason.kind in RELATIVE else OF_REASON.get(reason.kind, Kind.BAND)
    return Fact.of(kind, *(abs(figure) for figure in figures if figure is not None))
