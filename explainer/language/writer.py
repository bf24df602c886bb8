"""Whoever puts advice into words: an explainer that was trained, or any model that follows instructions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from console.errors import InputError
from explainer.language.numbers import Numbers
from explainer.language.told.ask import Ask
from explainer.language.told.conditioning import Conditioning

UNTUNED = "hf:"  # before the folder or name of a model that was not trained here
FROM_WEB = ("http://", "https://")


@runtime_checkable
class Writer(Protocol):
    """Writes what is asked; nothing of it is verified yet.

    Args:
        name, version: what it is called.
        numbers: whether it writes an answer step by step, with slots, or whole, with its numbers.
        conditioning: what it is told of a mix.
        embedding_width: of the console's embeddings that it reads.
        answers: whether it words answers to questions, too.
    """

    name: str
    version: str
    numbers: Numbers
    conditioning: Conditioning
    embedding_width: int
    answers: bool

    @property
    def label(self) -> str:
        """What its rows are called in tables."""
        ...

    def write(self, asks: Sequence[Ask], temperature: float = 0.0, most_tokens: int = 400, seed: int = 0) -> list[str]:
        """An answer to each question, with the stems' aliases as names; of one step with its slots."""
        ...


def writer(source: str | Path | None = None) -> Writer:
    """Whoever is named.

    Args:
        source: a trained explainer, as `explainer.language.pretrained.from_pretrained` takes it; "hf:NAME": any
            instruct model, by its folder, its name on the Hub, or that of a fetched one; "http://HOST/v1#MODEL": one
            behind an OpenAI-compatible endpoint, with the key in $MIXCONSOLE_KEY, where it wants one.

    Raises: InputError for what is none of them.
    """
    named = "" if source is None else str(source)
    if named.startswith(UNTUNED):
        from explainer.language.instructed.instructed import Instructed

        name = named.removeprefix(UNTUNED)
        if not name.strip():
            raise InputError(f'A model is named behind "{UNTUNED}": its folder, its name on the Hub, or smollm2.')
        return Instructed.load(name)
    if named.startswith(FROM_WEB):
        return _behind(named)
    from explainer.language.pretrained import from_pretrained

    return from_pretrained(source)


def _behind(address: str) -> Writer:
    from explainer.language.endpoint.address import endpoint_at
    from explainer.language.instructed.instructed import Instructed

    return Instructed.behind(endpoint_at(address))
