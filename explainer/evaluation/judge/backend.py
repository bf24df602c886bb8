"""Who judges: anything that replies to questions."""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from explainer.evaluation.judge.question import Question
from explainer.language.endpoint.chat_endpoint import Answer as Reply

MOST_TOKENS = 1000  # of a reply


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
