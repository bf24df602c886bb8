"""One stem's move as it is spoken of: the words and numbers that go into the slots of a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.correct import Action
from console.evaluation.engineers.consensus import SPREAD_LU
from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.claims import Confidence, Reason, ReasonKind, Severity, severity_of
from explainer.advice.names import is_plural, the


@dataclass(frozen=True)
class Spoken:
    """A move to be put into words.

    Args:
        alias: what the stem is called.
        up: whether it should be raised.
        db, low_db, high_db: the size of the move and its range, in the direction of the move.
        taste: whether engineers differ by as much as the move.
        reasons: what was measured, stems in it called by their aliases.
    """

    alias: str
    up: bool
    db: float
    low_db: float
    high_db: float
    severity: Severity
    confidence: Confidence = Confidence.SURE
    taste: bool = False
    reasons: tuple[Reason, ...] = ()

    @property
    def side(self) -> str:
        """Which way: "up" or "down", as groups of the bank are called."""
        return "up" if self.up else "down"

    @property
    def across(self) -> bool:
        """Whether the range takes in a move the other way."""
        return self.low_db < 0


def spoken(stem: StemAdvice, advice: Advice, called: Mapping[str, str]) -> Spoken:
    """What is to be said of a stem that moves; `called` has the alias of every stem's name."""
    move = stem.move
    up = move.action is Action.RAISE
    low_db, high_db = (move.low_db, move.high_db) if up else (-move.high_db, -move.low_db)
    strength = advice.strength_percent / 100
    return Spoken(
        alias=called[stem.name],
        up=up,
        db=abs(move.gain_db),
        low_db=low_db,
        high_db=high_db,
        severity=severity_of(move.gain_db),
        confidence=stem.confidence if low_db > 0 else Confidence.UNSURE,  # it may be no move at all
        taste=0 < abs(move.gain_db) <= SPREAD_LU[stem.role] * strength,
        reasons=_renamed(stem.reasons, called),
    )


def number(value: float) -> str:
    """A number of dB or LU as it is said, with one decimal; never "-0.0"."""
    return f"{round(value, 1) + 0.0:.1f}"


def grammar(alias: str, named: bool = False) -> dict[str, str]:
    """The slots that agree with a stem in number.

    Args:
        named: whether it has just been named, so that a pronoun stands for it.
    """
    plural = is_plural(alias)
    it, them = ("they", "them") if plural else ("it", "it")
    return {
        "the": it if named else the(alias),
        "them": them if named else the(alias),
        "bare": alias,
        "it": it,
        "its": ("their" if plural else "its")
        if named
        else the(alias) + ("'" if alias.endswith("s") and plural else "'s"),
        "is": "are" if plural else "is",
        "has": "have" if plural else "has",
        "do": "do" if plural else "does",
        "s": "" if plural else "s",
        "ies": "y" if plural else "ies",
    }


def figures(move: Spoken) -> dict[str, str]:
    """The slots with the numbers and directions of a move."""
    numbers = {"db": f"{number(move.db)} dB", "low": number(move.low_db), "high": number(move.high_db)}
    return numbers | directions(move.up)


def directions(up: bool) -> dict[str, str]:
    """The slots with words of direction."""
    words = {"down": "up", "less": "more", "lower": "higher", "louder": "quieter"}
    return words if up else {word: word for word in words}


def reason_slots(reason: Reason) -> dict[str, str]:
    """The slots with the figures of a reason and the other stem that it speaks of."""
    said = _relative if reason.kind in (ReasonKind.LEVEL, ReasonKind.ANCHOR) else "{:.0f}".format
    slots = {"measured": said(reason.measured)}
    if reason.usual is not None:
        slots["usual"] = said(reason.usual)
    if reason.other is not None:
        slots |= {"other": the(reason.other), "os": "" if is_plural(reason.other) else "s"}
    if reason.low_hz is not None and reason.high_hz is not None:
        slots |= {"low_hz": f"{reason.low_hz:.0f}", "high_hz": f"{reason.high_hz:.0f}"}
    return slots


def _relative(level_lu: float) -> str:
    level = number(level_lu)
    return f"{level.lstrip('-')} LU {'below' if level.startswith('-') else 'above'}"


def _renamed(reasons: Sequence[Reason], called: Mapping[str, str]) -> tuple[Reason, ...]:
    """The reasons with aliases in place of names; one that names no stem of the song is not given."""
    kept = (reason for reason in reasons if reason.other is None or reason.other in called)
    needs_other = (ReasonKind.ANCHOR, ReasonKind.MASKED)
    return tuple(
        Reason(**{**vars(reason), "other": called[reason.other] if reason.other is not None else None})
        for reason in kept
        if reason.other is not None or reason.kind not in needs_other
    )
