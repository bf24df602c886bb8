"""A song on the desk: the state that a user works on, and the named operations that change it."""

from studio.session.operations import OPERATIONS, Changed, Outcome
from studio.session.session import Session

__all__ = ["OPERATIONS", "Changed", "Outcome", "Session"]
