"""Sentences that are no sentences: two run together without a mark, broken off, or with a verb that does not agree.

Each rule is narrow: what it finds is nearly always a fault, much that is one it does not find.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from explainer.advice.names import VOCABULARY
from explainer.phrasing.bundled import bundled

WORD = re.compile(r"track [A-Z]+\b|\d+(?:\.\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\s\w]")
MARKS = frozenset('.,;:()[]—–-…/“”"&+')
LEADS = frozenset("perhaps maybe probably possibly first next then finally last also besides likely very".split())
UNITS = frozenset("db lu hz khz %".split())
MEASURES = frozenset("measures measure".split())
OBJECTS = frozenset("them it the track everything".split())
NAME = "(a)"
ARTICLES = frozenset("the a an their every".split())
NOMINATIVE = frozenset("they i we".split())
NO_SUBJECT_AFTER = frozenset("of by between below above from at with under over".split())
SUBORDINATE = frozenset("where while as because since whereas".split())
REACH = 7  # words within which a clause has its verb


def fused(sentence: str) -> str | None:
    """Where a sentence goes over into another without a mark, if it does."""
    words = _words(sentence)
    opened = False  # whether a clause has been told, and nothing stands behind it that takes another one
    for at, word in enumerate(words):
        if word in MARKS or word in _words_of("openers"):
            opened = False
        collides = _collides(words, at)
        begins = opened and (_begins(words, at) or _orders(words, at))
        if collides or begins:
            return " ".join(words[max(at - 3, 0) : at + 3])
        opened = (
            opened
            or word in _words_of("finite")
            or (word in MEASURES and words[at + 1 : at + 2] != [] and words[at + 1][0].isdigit())
            or _orders(words, at)
            or (word in _words_of("orders") and at == 0)
        )
    return None


def _words(sentence: str) -> list[str]:
    """The words and marks, in small letters; a track is one, and a capital A within a sentence is a name."""
    found = WORD.findall(sentence)
    return [NAME if word == "A" and at else word.lower() for at, word in enumerate(found)]


def _is_subject(word: str) -> bool:
    return word in _words_of("subjects") or word.startswith("track ")


def _begins(words: Sequence[str], at: int) -> bool:
    """Whether a new clause begins there: a subject, and its verb with something behind it."""
    if not _is_subject(words[at]) or (at and words[at - 1] in ("not", "no")):
        return False
    for k in range(at + 1, min(at + REACH, len(words) - 1)):
        if words[k] in MARKS or words[k] in _words_of("openers"):
            return False
        if words[k] in _words_of("finite") and k + 1 < len(words) and words[k + 1] not in MARKS:
            if words[at] == "it":  # "makes it sit back"
                return k == at + 1 and words[k] not in _words_of("bare")
            return not (words[at] in ("a", "an", "any") and k == at + 1)  # "a lack of"
    return False


def _orders(words: Sequence[str], at: int) -> bool:
    """Whether an order stands there that nothing before it leads to."""
    if words[at] not in _words_of("orders") or at + 1 >= len(words):
        return False
    k = at - 1
    while k >= 0 and words[k] in LEADS:
        k -= 1
    led = k >= 0 and words[k] in _words_of("before_verbs")
    number = words[at + 1][0].isdigit() and at + 2 < len(words) and words[at + 2] in UNITS and words[at] != "back"
    return not led and (words[at + 1] in OBJECTS or words[at + 1].startswith("track ") or number)


def _collides(words: Sequence[str], at: int) -> bool:
    """Whether two words stand side by side that no sentence has so."""
    if at + 1 >= len(words):
        return False
    word, after = words[at], words[at + 1]
    if word in ARTICLES and after in _words_of("no_noun"):
        return not (after in ("a", "i", "an", "is") and word == "the")  # "the A of the record", "the I chord"
    if word in NO_SUBJECT_AFTER and after in NOMINATIVE:
        return True
    number = word[0].isdigit()
    if number and "." in word and after in ("the", "they", "i", "it"):
        return True
    if at and number and words[at - 1] in SUBORDINATE and after in UNITS and at + 2 < len(words):
        return words[at + 2] in ("the", "they", "it", "i", "track")
    return False


def broken_off(sentence: str) -> str | None:
    """The last word of a sentence that cannot be its last, if it is such a one."""
    words = _words(sentence)
    while words and words[-1] in {".", "!", "?", "…", ")", '"', "”"}:
        words.pop()
    if not words:
        return None
    if words[-1] in _words_of("open_ended") and len(words) > 1:
        return words[-1]
    if len(words) > 1 and "." in words[-1] and words[-2] in ("by", "between", "from", "is", "are", "sits", "to", "and"):
        return words[-1]
    if (
        words[-1] in ("of", "to", "at", "by", "from")
        and len(words) > 1
        and words[-2] in ("rest", "lower", "dB", "%", "lu")
    ):
        return words[-1]
    bare = words[0] in ("the", "track") and len(words) <= 4 and " ".join(words[1:]) in VOCABULARY
    return words[-1] if bare or words in (["they"], ["it"], ["i"]) else None


_ADVERB = r"(?:\s+(?:probably|perhaps|possibly|likely|clearly|also|still|really|just|now))?"
_START = r"(?:^|(?<!vs)[.;:!?]\s+|\b(?:so|because|as|since|that|where|while|(?<!nothing )but|if|though)\s+)(?:the\s+)?"
_ONE = r"(?:is|was|has|does|sits|needs|wants|lies|holds|carries|masks|covers|hides)\b"  # verbs of a singular
_MANY = r"(?:are|have|sit|lie|carry|(?:mask|cover|hide)\s+(?:them|it|the|track))\b"  # of a plural, and no nouns


def _named(plural: bool) -> str:
    names = (re.escape(name) for name, many in VOCABULARY.items() if many is plural)
    return "|".join(sorted(names, key=len, reverse=True))


DISAGREES = re.compile(
    rf"{_START}(?:(?:{_named(True)}){_ADVERB}\s+{_ONE}|(?:{_named(False)}|track [A-Z]){_ADVERB}\s+{_MANY})"
    rf"|\bthey\s+{_ONE}"
    r"|(?:^|[.;:!?,]\s+|\b(?:so|because|as|since|and|but)\s+)it\s+(?:are|have|sit|lie|carry|need|want|hold)\b",
    re.MULTILINE | re.IGNORECASE,
)


def disagreements(text: str) -> Iterator[str]:
    """Where a plural has the verb of a singular, or the other way round."""
    yield from (found[0].strip() for found in DISAGREES.finditer(text))


@lru_cache(maxsize=16)
def _words_of(kind: str) -> frozenset[str]:
    """The words of that kind."""
    return frozenset(bundled("reading/clauses.yaml")[kind].split())
