"""One thing that a segment says of a stem, or of the mix."""

from dataclasses import dataclass
from enum import Enum, auto

from explainer.advice.claims import Direction, Severity
from explainer.reading.quantities import Quantity


class Kind(Enum):
    """How something is said."""

    MOVE = auto()  # turn it up
    STATE = auto()  # it is too loud
    WISH = auto()  # it should be louder
    AMOUNT = auto()  # too much of it
    HEARD = auto()  # (not) to be heard
    LEAVE = auto()  # leave it
    FINE = auto()  # it is right


@dataclass(slots=True)
class Event:
    """One thing that a segment says.

    Args:
        at: index of its item.
        direction: which way a fader should go if it is so; None for `LEAVE` and `FINE`.
        ahead: whether it is said of what follows ("lower the drums") rather than of what precedes.
        negated: whether it is denied.
        quantity, span: the size that goes with it, and the range.
    """

    at: int
    kind: Kind
    direction: Direction | None
    ahead: bool = False
    negated: bool = False
    severity: Severity | None = None
    quantity: Quantity | None = None
    span: Quantity | None = None
