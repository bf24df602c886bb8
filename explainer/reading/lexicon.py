"""The words that are used of levels, as data: which tags a run of tokens carries."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from explainer.phrasing.bundled import bundled
from explainer.reading.tokens import Token, tokens

Words = tuple[str, ...]
LISTS = ("stems", "plural", "singular")


class Phrases:
    """Finds the longest of many phrases that begins with a token. Its cost does not depend on how many there are.

    Args:
        values: what each phrase stands for.
    """

    def __init__(self, values: Mapping[Words, frozenset[str]]):
        self._values = dict(values)
        # For each first word the lengths that are worth a look, the longest first.
        lengths: dict[str, set[int]] = {}
        for words in self._values:
            lengths.setdefault(words[0], set()).add(len(words))
        self._lengths = {word: sorted(sizes, reverse=True) for word, sizes in lengths.items()}

    def at(self, words: Sequence[Token], start: int) -> tuple[frozenset[str], int] | None:
        """What the longest phrase stands for that begins with that token, and how many tokens it has."""
        for size in self._lengths.get(words[start].text, ()):
            if start + size <= len(words):
                found = self._values.get(tuple(token.text for token in words[start : start + size]))
                if found is not None:
                    return found, size
        return None

    def tags(self, *words: str) -> frozenset[str]:
        """What exactly these words stand for; nothing for others."""
        return self._values.get(words, frozenset())


@lru_cache(maxsize=1)
def phrases() -> Phrases:
    """All phrases of the lexicon with the tags that they carry."""
    tagged: dict[Words, set[str]] = {}
    for tag, text in _data().items():
        if tag not in LISTS:
            for phrase in _listed(text):
                tagged.setdefault(phrase, set()).add(tag)
    return Phrases({words: frozenset(tags) for words, tags in tagged.items()})


@lru_cache(maxsize=1)
def families() -> tuple[tuple[Words, ...], ...]:
    """Names of instruments; those in one tuple mean the same."""
    return tuple(tuple(_listed(line)) for line in _data()["stems"])


@lru_cache(maxsize=1)
def irregular() -> Mapping[Words, bool]:
    """Names whose number does not show in a final s, and whether they are plural."""
    data = _data()
    return MappingProxyType(
        dict.fromkeys(_listed(data["plural"]), True) | dict.fromkeys(_listed(data["singular"]), False)
    )


@lru_cache(maxsize=1)
def _data() -> dict:
    return bundled("reading/lexicon.yaml")


def _listed(text: str) -> list[Words]:
    return [tuple(token.text for token in tokens(phrase)) for phrase in text.split(",") if phrase.strip()]
