"""Who judges: anything that replies to questions."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from explainer.evaluation.judge.question import Question

MOST_TOKENS = 1000  # of a reply


class Reply(NamedTuple):
    """What came back on one question.

    Args:
        text: as `explainer.evaluation.judge.reply` reads it, or anything else.
        failure: why nothing came back; "" where something did.
        cut: the server says that it broke off, as longer than a reply may be.
    """

    text: str = ""
    failure: str = ""
    cut: bool = False


@runtime_checkable
class Judge(Protocol):
    """Replies to questions: an endpoint, a local model, rules."""

    @property
    def name(self) -> str:
        """What it goes by in the results."""
        ...

    def replies(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """A reply to each question, in their order, as soon as it is there."""
        ...


@runtime_checkable
class Checked(Judge, Protocol):
    """A judge that can tell beforehand whether it may be asked."""

    def check(self) -> None:
        """Raises: InputError where it cannot be asked, whatever the question."""
        ...
