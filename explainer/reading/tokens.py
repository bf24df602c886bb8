"""Text as tokens: words, numbers and marks, however they are spelled."""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

_PIECE = re.compile(
    r"""
    (?P<number>\d{1,3}(?:,\d{3}){1,3}(?![\d,])(?:\.\d+)?|\d+(?:[.,]\d+)?)
    |(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)
    |(?P<mark>\n|[^\s\w])
    """,
    re.VERBOSE,
)
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
