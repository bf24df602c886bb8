"""The words of a text: tokens, however they are spelled, and what the lexicon says of them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from types import MappingProxyType

from explainer.phrasing.bundled import bundled

Words = tuple[str, ...]
LISTS = ("stems", "plural", "singular")

_PIECE = re.compile(
    r"""
    (?P<number>\d{1,3}(?:,\d{3}){1,3}(?![\d,])(?:\.\d+)?|\d+(?:[.,]\d+)?)
    |(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)
    |(?P<mark>\n|[^\s\w])
    """,
    re.VERBOSE,
)
_ARROWS = {"↓": "down", "↑": "up"}
_ALIKE = str.maketrans("’‘ʼ`´−‐‑‒–—", "'''''------")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_UNAPOSTROPHED = {
    f"{verb}nt": verb for verb in "do does did is are was were would should could have has had need".split()
}
_CONTRACTED = _UNAPOSTROPHED | {"can't": "can", "cant": "can", "won't": "will", "wont": "will", "ain't": "is"}
_ENDINGS = {"'s": "'s", "'re": "are", "'d": "would", "'ll": "will", "'ve": "have", "'m": "am"}


class Kind(Enum):
    """What a token is."""

    WORD = auto()
    NUMBER = auto()
    MARK = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text.

    Args:
        text: the piece, casefolded; of a contraction its part ("don't" is "do" and "not").
        start, end: where it stands in the text that was read.
        upper: whether it is all in capitals.
    """

    kind: Kind
    text: str
    start: int
    end: int
    upper: bool = False

    @property
    def number(self) -> float:
        """Its value, for a number; a comma before three digits parts thousands, else decimals."""
        text = self.text
        return float(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text.replace(",", "."))

    def touches(self, other: "Token") -> bool:
        """Whether the other token follows without a space."""
        return self.end == other.start


def tokens(text: str) -> list[Token]:
    """The tokens of a text. Quotation marks and lone apostrophes are left out; a hyphen inside a word parts it."""
    plain = unicodedata.normalize("NFKC", text)
    text = (plain if len(plain) < 2 * len(text) else text).translate(_ALIKE)  # one sign can stand for many words
    found: list[Token] = []
    for piece in _PIECE.finditer(text):
        start, end = piece.span()
        if piece["number"]:
            found.append(Token(Kind.NUMBER, piece[0], start, end))
        elif piece["word"]:
            folded, upper = piece[0].casefold(), piece[0].isupper()
            found.extend(Token(Kind.WORD, part, start, end, upper) for part in _parts(folded))
        elif piece[0] in _ARROWS:
            found.append(Token(Kind.WORD, _ARROWS[piece[0]], start, end))
        elif piece[0] not in "'\"“”„«»*_" and not _joins(text, start):
            found.append(Token(Kind.MARK, piece[0], start, end))
    return found


def _joins(text: str, at: int) -> bool:
    """Whether the mark there is the hyphen of a word."""
    return text[at] == "-" and 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalpha()


def _parts(word: str) -> tuple[str, ...]:
    if word in _CONTRACTED:
        return _CONTRACTED[word], "not"
    if word.endswith("n't"):
        return word[:-3], "not"
    head, apostrophe, tail = word.rpartition("'")
    ending = _ENDINGS.get(apostrophe + tail)
    return (head, ending) if head and ending else (word,)


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

    def at(self, words: Sequence[Token], start: int, most: int | None = None) -> tuple[frozenset[str], int] | None:
        """What the longest phrase stands for that begins with that token, and how many tokens it has."""
        for size in self._lengths.get(words[start].text, ()):
            if start + size <= len(words) and (most is None or size <= most):
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
def vocabulary() -> frozenset[str]:
    """Every word of the lexicon."""
    data = _data()
    listed = [text for tag, text in data.items() if tag != "stems"] + list(data["stems"])
    return frozenset(word for text in listed for phrase in _listed(text) for word in phrase)


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
    return bundled("reading/items/lexicon.yaml")


def _listed(text: str) -> list[Words]:
    return [tuple(token.text for token in tokens(phrase)) for phrase in text.split(",") if phrase.strip()]
