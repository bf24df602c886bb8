"""What a conversation answers."""

from dataclasses import dataclass
from typing import Any

from studio.session import Outcome

Offer = tuple[str, dict[str, Any]]  # an operation and its arguments


@dataclass(frozen=True)
class Reply:
    """What is said back, and what was done.

    Args:
        said: on one line or several, stems' names in it made fit to be shown.
        verified: every figure in it is measured, asked for, or read from the table of the session.
        steps: what each operation did, in their order; those that changed something can be undone one by one.
        offers: operations that would do or tell more; none of them was done.
    """

    said: str
    verified: bool = True
    steps: tuple[Outcome, ...] = ()
    offers: tuple[Offer, ...] = ()
