"""An explainer that was not trained: any language model that follows instructions, told the contract of the slots."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from explainer.language.endpoint.chat_endpoint import ChatEndpoint, Messages
from explainer.language.instructed.contract import conversation, picked
from explainer.language.numbers import Numbers
from explainer.language.told.ask import Ask
from explainer.language.told.conditioning import Conditioning
from explainer.phrasing.plan import Step

MOST_TOKENS = 400  # of a whole answer
STEP_TOKENS = 120  # of a step


@runtime_checkable
class Answering(Protocol):
    """Answers conversations."""

    def answers(
        self,
        conversations: Sequence[Messages],
        steps: Sequence[Step | None],
        temperature: float,
        most_tokens: int,
        seed: int,
    ) -> list[str]:
        """An answer to each conversation, as the model wrote it; each is about a step, or about none."""
        ...


class Instructed:
    """Words for advice by a model that was tuned to follow instructions, though not by us.

    Args:
        model: who answers.
        name: what the model is called.
        numbers: whether it writes an answer step by step, with slots, or whole, with its numbers.
        guarded: whether anything bars it from breaking the contract while it writes; for the tables' names.
    """

    conditioning = Conditioning.REPORT
    embedding_width = 0
    answers = True
    version = "untuned"

    def __init__(self, model: Answering, name: str, numbers: Numbers = Numbers.SLOTS, guarded: bool = True):
        self.model, self.name, self.numbers, self.guarded = model, name, numbers, guarded

    @property
    def label(self) -> str:
        """What its rows are called in tables."""
        written = ", numbers written" if self.numbers is Numbers.WRITTEN else ""
        guarded = self.guarded and self.numbers is Numbers.SLOTS
        return f"instructed{written}{'' if guarded else ', unguarded'}"

    @classmethod
    def load(
        cls, base: str | Path, guarded: bool = True, numbers: Numbers = Numbers.SLOTS, dtype: str | None = None
    ) -> "Instructed":
        """Of a model on this machine; arguments as of `explainer.language.instructed.local.LocalModel.load`.

        Raises: InputError, as that.
        """
        from explainer.language.instructed.local import LocalModel

        return cls(LocalModel.load(base, guarded, dtype), Path(base).name or str(base), numbers, guarded)

    @classmethod
    def behind(cls, endpoint: ChatEndpoint, numbers: Numbers = Numbers.SLOTS) -> "Instructed":
        """Of a model behind an endpoint, where nothing can guard it."""
        return cls(Remote(endpoint), endpoint.model, numbers, guarded=False)

    def write(
        self, asks: Sequence[Ask], temperature: float = 0.0, most_tokens: int = MOST_TOKENS, seed: int = 0
    ) -> list[str]:
        """An answer to each question, unverified, with the stems' aliases as names; of one step with its slots.

        Args:
            temperature: 0 writes what is likeliest; an endpoint that has options of its own goes by these.
            most_tokens: of an answer; a longer one is cut off. An endpoint has a limit of its own, and no seed.

        Raises: InputError where an endpoint cannot be had.
        """
        steps = [ask.step for ask in asks]
        most = most_tokens if None in steps else min(most_tokens, STEP_TOKENS)
        texts = self.model.answers([conversation(ask) for ask in asks], steps, temperature, most, seed)
        return [picked(text, step) for text, step in zip(texts, steps, strict=True)]


class Remote:
    """A model behind an endpoint: what it leaves unanswered is empty, and so taken for wrong."""

    def __init__(self, endpoint: ChatEndpoint):
        self.endpoint = endpoint

    def answers(
        self,
        conversations: Sequence[Messages],
        steps: Sequence[Step | None],
        temperature: float,
        most_tokens: int,
        seed: int,
    ) -> list[str]:
        """An answer to each conversation, at that temperature unless the endpoint has options of its own.

        Raises: InputError where the endpoint cannot be had.
        """
        return [answer.text for answer in self.endpoint.answers(conversations, temperature)]
