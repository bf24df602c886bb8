"""The words in which things are ordered, by what they mean: what `words.yaml` holds."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from explainer.reading.items.words import Kind, Words, tokens
from explainer.reading.questions.question import PLAINER

LISTS = ("idle",)
EVERYDAY = "everyday"


class Found(NamedTuple):
    """A phrase in some words.

    Args:
        concept: what it means.
        at, size: which words it is.
    """

    concept: str
    at: int
    size: int


def plain_words(text: str) -> tuple[str, ...]:
    """The words and numbers of a text, contractions written out."""
    said = [token.text for token in tokens(text) if token.kind is not Kind.MARK]
    return tuple(word for piece in said for word in PLAINER.get(piece, piece).split())


def concepts_in(words: Sequence[str]) -> list[Found]:
    """What words mean, in their order; inside a longer phrase nothing counts."""
    found: list[Found] = []
    behind = 0
    for at in range(len(words)):
        size = next(
            (n for n in range(min(_longest(), len(words) - at), 0, -1) if words_at(words, at, n) in _tagged()), 0
        )
        if size and at + size > behind:
            behind = at + size
            found += [Found(concept, at, size) for concept in sorted(_tagged()[words_at(words, at, size)])]
    return found


def words_at(words: Sequence[str], at: int, size: int) -> Words:
    """Some of the words."""
    return tuple(words[at : at + size])


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Every word of every list, but for the everyday ones that say nothing here."""
    return frozenset(word for part in _phrases() if part != EVERYDAY for phrase in _phrases()[part] for word in phrase)


@lru_cache(maxsize=1)
def everyday() -> frozenset[str]:
    """Ordinary words that say nothing here, and are no misspelling of one that does."""
    return frozenset(word for phrase in _phrases()[EVERYDAY] for word in phrase)


@lru_cache(maxsize=1)
def words_of_genres() -> frozenset[str]:
    """Every word in which a genre is named."""
    return frozenset(word for words in genres() for word in words)


def has_phrase(words: Sequence[str], phrase: tuple[str, ...]) -> bool:
    """Whether a phrase is among some words."""
    return any(words_at(words, at, len(phrase)) == phrase for at in range(len(words)))


def length_of(words: Sequence[str], part: str, most: int = 8) -> int:
    """Of the longest phrase of a list with which words begin."""
    return next((n for n in range(min(most, len(words)), 0, -1) if words_at(words, 0, n) in phrases_of(part)), 0)


@lru_cache(maxsize=32)
def phrases_of(part: str) -> frozenset[Words]:
    """The phrases of a list."""
    return _phrases()[part]


def collective() -> frozenset[Words]:
    """Names in the singular that mean several: "the kit"."""
    return phrases_of("collective")


@lru_cache(maxsize=1)
def genres() -> Mapping[Words, str]:
    """Which genre each word for one means."""
    from console.balance.genre import Genre

    named = {(genre.value,): genre.value for genre in Genre}
    return named | {words: genre for genre, text in _data()["genres"].items() for words in _listed(text)}


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, frozenset[Words]]:
    data = _data()
    lists = {**data["orders"], **{part: text for part, text in data.items() if isinstance(text, str)}}
    return {part: frozenset(_listed(text)) for part, text in lists.items()} | {
        "genres": frozenset(words for text in data["genres"].values() for words in _listed(text))
    }


@lru_cache(maxsize=1)
def _tagged() -> Mapping[Words, frozenset[str]]:
    """What each phrase of an order means."""
    found: dict[Words, set[str]] = {}
    for concept, text in _data()["orders"].items():
        for words in _listed(text):
            found.setdefault(words, set()).add(concept)
    return {words: frozenset(concepts) for words, concepts in found.items()}


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(map(len, _tagged()))


def _listed(text: str) -> list[Words]:
    return [words for phrase in text.split(",") if (words := plain_words(phrase))]


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    import yaml  # only those who read what is typed need it

    text = files("studio.chat.grammar.heard").joinpath("words.yaml").read_text("utf-8")
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
