"""Explainers of a run that nobody trained: any instruct model, on this machine or behind an endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from console.errors import InputError
from explainer.evaluation.chosen import content_of
from explainer.language.endpoint.chat_endpoint import ChatEndpoint
from explainer.language.instructed.instructed import Instructed
from explainer.language.numbers import Numbers
from explainer.language.writer import Writer


@dataclass(frozen=True)
class ChosenModel:
    """An instruct model on this machine.

    Args:
        base: its folder, its name on the Hub, or that of a fetched one.
        guarded: whether it is barred from numbers and foreign slots while it writes; None: both, side by side.
        numbers: "slots" or "written"; whole answers with their numbers are never guarded.
        dtype: as of `explainer.language.instructed.local.LocalModel.load`.

    Raises: InputError for other numbers.
    """

    base: str
    guarded: bool | None = None
    numbers: str = str(Numbers.SLOTS)
    dtype: str | None = None

    def __post_init__(self) -> None:
        _ = _numbers(self.numbers)

    def ready(self) -> None:
        """Raises: InputError for a model that is not to be had or was not tuned to answer, or no dtype."""
        from explainer.language.instructed.local import chat_of, check_dtype

        check_dtype(self.dtype)
        _ = chat_of(self.folder, self.base)

    @property
    def folder(self) -> Path:
        """Where its files are.

        Raises: InputError where it is not to be had.
        """
        from explainer.language.instructed.local import folder_of

        found = folder_of(self.base)
        if not self.base.strip() or not found.is_dir():
            raise InputError(
                f'"{self.base}" is no model: explainer.base is a folder, a name on the Hub (OWNER/NAME), or smollm2.'
            )
        return found

    def opened(self) -> tuple[Writer, ...]:
        """It, once for each way to write."""
        from explainer.language.instructed.local import LocalModel

        numbers = _numbers(self.numbers)
        ways = (True, False) if self.guarded is None else (self.guarded,)
        ways = ways if numbers is Numbers.SLOTS else (False,)
        one = LocalModel.load(self.folder, dtype=self.dtype)
        models = [LocalModel(one.language, one.chat, guarded) for guarded in ways]
        return tuple(Instructed(m, self.folder.name, numbers, m.guarded) for m in models)

    def identity(self) -> dict[str, str]:
        """What tells this model from another one."""
        return {"explainer": str(self.folder), "content": content_of(self.folder)}


@dataclass(frozen=True)
class ChosenEndpoint:
    """An instruct model behind an OpenAI-compatible endpoint, where nothing can guard it.

    Args:
        numbers: "slots" or "written".
        base_url, model, key_from, timeout_s, tries, first_wait_s, longest_wait_s, most_at_once, most_tokens, options,
            give_up_after: as of `explainer.language.endpoint.chat_endpoint.ChatEndpoint`.

    Raises: InputError, as that, and for other numbers.
    """

    base_url: str
    model: str
    key_from: str | None = None
    numbers: str = str(Numbers.SLOTS)
    timeout_s: float = 60.0
    tries: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    most_at_once: int = 4
    most_tokens: int | None = 1000
    options: Mapping[str, object] | None = None
    give_up_after: int = 8

    def __post_init__(self) -> None:
        _ = _numbers(self.numbers), self.endpoint

    @property
    def endpoint(self) -> ChatEndpoint:
        """The connection."""
        waits = (self.timeout_s, self.tries, self.first_wait_s, self.longest_wait_s)
        more = (self.most_at_once, self.most_tokens, self.options, self.give_up_after)
        return ChatEndpoint(self.base_url, self.model, self.key_from, *waits, *more)

    def ready(self) -> None:
        """Nothing to be had before it is asked."""

    def check(self) -> None:
        """Raises: InputError where it cannot be asked, whatever the question."""
        self.endpoint.check()

    def opened(self) -> tuple[Writer, ...]:
        """It alone."""
        return (Instructed.behind(self.endpoint, _numbers(self.numbers)),)

    def identity(self) -> dict[str, str]:
        """What tells this model from another one, as far as anybody can tell from here."""
        return {"explainer": self.base_url, "content": self.model}


def _numbers(named: str) -> Numbers:
    try:
        return Numbers(named)
    except ValueError:
        raise InputError(f'explainer.numbers is {" or ".join(Numbers)}, not "{named}".') from None
