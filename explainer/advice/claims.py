"""What words say of a mix, in a form that can be compared: claims about stems, and the reasons behind a move."""

from dataclasses import dataclass
from enum import StrEnum

from console.flaws import MUCH_DB, PLAIN_DB


class Direction(StrEnum):
    """Which way a fader should go."""

    UP = "up"
    DOWN = "down"


class Severity(StrEnum):
    """How far off a stem is: a nudge (1 to 3 dB), plain (3 to 6 dB), much (6 dB and more)."""

    LITTLE = "little"
    PLAIN = "plain"
    MUCH = "much"


class Confidence(StrEnum):
    """How sure the console is that a stem is off at all."""

    SURE = "sure"
    LIKELY = "likely"
    UNSURE = "unsure"


class ReasonKind(StrEnum):
    """What was measured to speak for a move."""

    LEVEL = "level"  # LU against the rest of the mix
    ANCHOR = "anchor"  # LU against the anchor
    SHARE = "share"  # per cent of the mix's energy
    MASKED = "masked"  # per cent of its sounding time in which another stem covers it in a band
    SOUNDS = "sounds"  # per cent of the song in which it sounds


@dataclass(frozen=True)
class Reason:
    """One measured fact that speaks for a move.

    Args:
        kind: what was measured, and its unit.
        measured: the figure, rounded as it is spoken (LU to 0.1, per cent to 1).
        usual: what is usual for such a stem, where that is known.
        other: the stem that masks it, or the anchor.
        low_hz, high_hz: the band, for `MASKED`.
    """

    kind: ReasonKind
    measured: float
    usual: float | None = None
    other: str | None = None
    low_hz: float | None = None
    high_hz: float | None = None


@dataclass(frozen=True)
class Claim:
    """What a text says of one stem's fader.

    Args:
        direction: None: leave it as it is.
        db: by how much, positive; None where no number is said.
        low_db, high_db: the range that is said, as sizes in the direction of the move; negative beyond 0.
        severity: from words, or from the dB.
        unsure: whether the text hedges ("might", "perhaps").
    """

    stem: str
    direction: Direction | None
    db: float | None = None
    low_db: float | None = None
    high_db: float | None = None
    severity: Severity | None = None
    unsure: bool = False


@dataclass(frozen=True)
class Claims:
    """What a text says of a mix.

    Args:
        claims: one per stem that is spoken of, in the order of the text.
        balanced: whether it says that nothing needs to move.
    """

    claims: tuple[Claim, ...] = ()
    balanced: bool = False

    @property
    def moves(self) -> tuple[Claim, ...]:
        """The claims that a stem should move."""
        return tuple(claim for claim in self.claims if claim.direction is not None)


def severity_of(db: float) -> Severity:
    """The word for a move of that size (dB, either sign)."""
    size = abs(db)
    return Severity.MUCH if size >= MUCH_DB else Severity.PLAIN if size >= PLAIN_DB else Severity.LITTLE
