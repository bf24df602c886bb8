"""The sentences of a text with their spelling mended, and how each of their words was typed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from explainer.reading.items.quantities import NUMBER_WORDS, UNITS
from explainer.reading.items.segments import END
from explainer.reading.items.words import Kind, Token, tokens, vocabulary
from explainer.reading.questions import question
from explainer.reading.questions.question import PLAINER
from explainer.reading.questions.spelling import is_slip, nearest
from studio.chat.grammar.heard import words as ordered
from studio.chat.grammar.heard.names import Names

LEADING_DOT = re.compile(r"(?<![\d.])\.(?=\d)")
HALF = re.compile(r"\b(?:(\d+) ?)?(?<!\d)(?:1/2(?!\d)|½)|(\d+)½")
RESPELT = (
    (re.compile(r"\ba ?/ ?b\b", re.I), "compare"),
    (re.compile(r"\bnot so much(?= \w)", re.I), "less"),
)
SPOKEN = {"abit": "a bit", "alot": "a lot", "lil": "little", "lill": "little", "tho": "though", "coz": "because"}
TRAILING = re.compile(r"\.{2,}|…")
COMPARATIVES = {
    **dict.fromkeys((("more", word) for word in ("quiet", "soft", "silent")), "quieter"),
    **dict.fromkeys((("less", word) for word in ("quiet", "soft")), "louder"),
}
DIGITS = "zero one two three four five six seven eight nine".split()
ENDINGS = ("ed", "d", "ing", "ly", "s", "er")
SHORT = 3  # letters of a stem's name that may be misspelt
BY_EAR = 6  # letters of a word that may be spelt as it sounds
VOWELS = re.compile("[aeiouy]+")
GENRED = frozenset("judge judged genre style as treat music".split())  # beside which a genre may be misspelt


@dataclass
class Spelt:
    """A sentence.

    Args:
        text: with its spelling mended; `end`: the mark behind it; `written`: as it was typed.
        pieces: each of its words, with what was typed for it.
    """

    text: str
    end: str
    written: str
    pieces: list[tuple[str, int, int]]
    source: str
    names: Names
    at: int = field(default=0, init=False)

    @property
    def slips(self) -> dict[str, str]:
        """What was typed for each word that was mended."""
        typed = {word: self.source[start:end] for word, start, end in self.pieces}
        return {word: what for word, what in typed.items() if what.casefold() != word and " " not in what}

    def typed(self, words: Sequence[str]) -> str:
        """What was typed for some of its words, which follow those that were asked for before."""
        places = []
        for word in words:
            found = next((i for i in range(self.at, len(self.pieces)) if self.pieces[i][0] == word), None)
            if found is not None:
                places.append(found)
                self.at = found + 1
        if not places:
            return " ".join(words)
        return self.names.unmarked(self.source[self.pieces[places[0]][1] : self.pieces[places[-1]][2]])


def spelt(text: str, names: Names) -> Iterator[Spelt]:
    """The sentences of a text."""
    text = names.marked(text)
    text = HALF.sub(lambda found: f"{found[1] or found[2] or 0}.5", TRAILING.sub(" ", LEADING_DOT.sub("0.", text)))
    for typed, meant in RESPELT:
        text = typed.sub(meant, text)
    said: list[Token] = []
    every = tokens(text)
    genres = frozenset() if GENRED & {token.text for token in every} else ordered.words_of_genres()
    known = known_words() | ordered.everyday() | names.vocabulary
    mending = _Mending(known, known - (genres - vocabulary()), names)
    for token in [*every, None]:
        if token is None or token.text in END:
            if said:
                end = "" if token is None else token.text
                mended, pieces = _joined(said, mending)
                yield Spelt(mended, end, names.unmarked(text[said[0].start : said[-1].end]), pieces, text, names)
            said = []
        else:
            said.append(token)


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Every word that is known, but for names."""
    return vocabulary() | NUMBER_WORDS | question.known_words() | ordered.known_words()


@dataclass(frozen=True)
class _Mending:
    """What words are mended by.

    Args:
        known: words that stay as they are; `likely`: those that a slip may have been meant for.
    """

    known: frozenset[str]
    likely: frozenset[str]
    names: Names

    def mended(self, word: str) -> str:
        """The word that was meant."""
        if word in self.known:
            return word
        names = self.names.vocabulary
        mended = nearest(word, self.likely)
        inflected = any(word == stem + end for end in ENDINGS for stem in (mended, mended.removesuffix("e")))
        slip = is_slip(word, mended) or (len(word) >= BY_EAR and VOWELS.sub("", word) == VOWELS.sub("", mended))
        if mended != word and mended not in names and (inflected or not slip):
            mended = word  # a word of its own, rather: a whisper is no whisker
        return nearest(word, names, SHORT) if mended == word else mended


def _joined(said: Sequence[Token], mending: _Mending) -> tuple[str, list[tuple[str, int, int]]]:
    """Tokens as a text that is read as them, but for their spelling; and its words, with where each was typed."""
    parts: list[str] = []
    pieces: list[tuple[str, int, int]] = []
    skip, later = False, ""
    for at, token in enumerate(said):
        before = said[at - 1] if at else None
        close = before is not None and before.touches(token) and before.kind is not token.kind
        text = token.text
        if text == "more" and _in_units(said, at):
            later = "more"
            continue
        if at and (said[at - 1].text, text) in COMPARATIVES:
            parts[-1] = COMPARATIVES[said[at - 1].text, text]
            pieces[-1] = (parts[-1], pieces[-1][1], token.end)
            continue
        if text == "point" and (digit := _decimal(said, at)):
            parts += [" ", f"0.{digit}"]
            skip = True
            continue
        if skip:
            skip = False
            continue
        if token.kind is Kind.WORD:
            if text == "'s" and before is not None:
                text = "us" if before.text == "let" else "is" if before.text in _IS_BEHIND else text
            text = text if text == "'s" else PLAINER.get(text, SPOKEN.get(text, text))
            text = mending.mended(text)
            text = _not_named(text, said, at)
        parts += [text] if close or not at else [" ", text]
        pieces += [(word, token.start, token.end) for word in text.split()]
        if later and text in UNITS:
            parts += [" ", later]
            later = ""
    return "".join(parts), pieces


def _in_units(said: Sequence[Token], at: int) -> bool:
    """Whether a "more" parts a number and its unit: "one more dB"."""
    numbered = at > 0 and (said[at - 1].kind is Kind.NUMBER or said[at - 1].text in NUMBER_WORDS)
    return numbered and at + 1 < len(said) and said[at + 1].text in UNITS


def _decimal(said: Sequence[Token], at: int) -> str:
    """The digit behind a "point" that no number stands before: "by point five"."""
    before, after = said[at - 1].text if at else "", said[at + 1].text if at + 1 < len(said) else ""
    if before.isdigit() or before in NUMBER_WORDS:
        return ""
    return after if after.isdigit() else str(DIGITS.index(after)) if after in DIGITS else ""


def _not_named(text: str, said: Sequence[Token], at: int) -> str:
    """ "Other" before another name is no stem of that name: "the other guitar", "the other way"."""
    after = said[at + 1].text if text == "other" and at + 1 < len(said) else ""
    return "opposite" if after in _TURNED else "remaining" if after in _AFTER_OTHER else text


_IS_BEHIND = frozenset("it that this what where who how there here everything he she when why".split())
_TURNED = ("way", "direction")
_AFTER_OTHER = frozenset("guitar guitars gtr vocal voice synth keys mic microphone drum".split())
