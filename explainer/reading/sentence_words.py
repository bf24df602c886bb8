"""The words of one sentence, for rules of what may stand beside what: kinds of words, orders, and where clauses begin."""

import re
from collections.abc import Sequence
from functools import lru_cache

from explainer.phrasing.bundled import bundled

WORD = re.compile(r"track [A-Z]+\b|(?<!\w)[-−]?\d+(?:\.\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\s\w]")
MARKS = frozenset('.,;:()[]—–-…/“”"&+')
UNITS = frozenset("db lu hz khz %".split())
LEADS = frozenset(
    "perhaps maybe probably possibly first next then finally last also besides likely very most rather".split()
)
OBJECTS = frozenset("them it the track everything its their your".split())
ORDERED = tuple(
    words.split()
    for words in (
        *("stay between", "try values", "allow for", "begin with", "start with", "listen on", "listen to", "check by"),
        *("expect a", "leave all", "take my", "listen before", "ask around", "no less"),
    )
)
BEING = frozenset("be is are was were been being".split())
PARTICIPLES = frozenset("set put cut let".split())
NAME = "(a)"
ONE = tuple(tuple(phrase.split()) for phrase in ("most of all", "above all", "before and after"))  # each counts as a word
PRONOUNS = frozenset("i you we they it he she nobody somebody everybody everything nothing".split())
SPEAKERS = frozenset("i you we they it".split())
MODALS = frozenset("would should could can will might may must cannot".split())
REACH = 9  # words within which a clause has its verb


def words_in(sentence: str) -> list[str]:
    """The words and marks, in small letters; a track is one, and a capital A within a sentence is a name."""
    found = WORD.findall(sentence)
    verbs = words_of("finite")
    named = [word == "A" and (at > 0 or found[1:2] == [] or found[1] in verbs) for at, word in enumerate(found)]
    words = [NAME if name else word.lower() for word, name in zip(found, named, strict=True)]
    joined: list[str] = []
    at = 0
    while at < len(words):
        size = next((len(phrase) for phrase in ONE if tuple(words[at : at + len(phrase)]) == phrase), 1)
        joined.append(" ".join(words[at : at + size]))
        at += size
    return joined


@lru_cache(maxsize=32)
def words_of(kind: str) -> frozenset[str]:
    """The words of that kind."""
    return frozenset(bundled("reading/clauses.yaml")[kind].split())


def is_number(word: str) -> bool:
    return word[-1].isdigit()


def is_subject(word: str) -> bool:
    """Whether a clause may begin with a word."""
    return word in words_of("subjects") or word.startswith("track ")


def in_range(words: Sequence[str], at: int) -> bool:
    """ "Between 3 and 5 dB": this "and" joins no clauses."""
    return 0 < at < len(words) - 1 and is_number(words[at - 1]) and is_number(words[at + 1])


def begins(words: Sequence[str], at: int) -> bool:
    """Whether a new clause begins there: a subject, and its verb with something behind it."""
    if (
        at + 1 >= len(words)
        or not is_subject(words[at])
        or (at and words[at - 1] in words_of("openers_of_next") | {"not", "no"})
    ):
        return False
    if words[at] == "most" and words[at + 1] in ("likely", "probably"):
        return False
    for k in range(at + 1, min(at + REACH, len(words) - 1)):
        if words[k] in MARKS or words[k] == "than" or (words[k] in words_of("openers") and not in_range(words, k)):
            return False
        if words[k] in words_of("finite") and words[k - 1] != "to" and words[k + 1] not in MARKS:
            if words[at] == "it":  # "makes it sit back"
                return k == at + 1 and words[k] not in words_of("bare")
            return not (words[at] in ("a", "an", "any", "no") and k == at + 1)  # "a lack of"
    return False


def is_order(words: Sequence[str], at: int) -> bool:
    """Whether a verb stands there with its object: "turn it", "take 3 dB"."""
    if at + 1 >= len(words) or words[at] not in words_of("orders"):
        return False
    number = is_number(words[at + 1]) and at + 2 < len(words) and words[at + 2] in UNITS and words[at] != "back"
    return number or words[at + 1] in OBJECTS or words[at + 1].startswith("track ") or words[at : at + 2] in ORDERED


def orders(words: Sequence[str], at: int) -> bool:
    """Whether an order stands there that nothing before it leads to."""
    k = at - 1
    while k >= 0 and words[k] in LEADS:
        k -= 1
    if k >= 0 and (words[k] in words_of("before_verbs") or (words[k] in BEING and words[at] in PARTICIPLES)):
        return False
    return is_order(words, at)


def predicates(words: Sequence[str], at: int) -> bool:
    """Whether a pronoun that begins a clause stands right before: then any full word is its verb."""
    if not at or words[at - 1] not in PRONOUNS or not words[at].isalpha() or words[at] in words_of("no_verb") | words_of("openers"):
        return False
    if words[at] in words_of("leading") - words_of("finite"):
        return False
    if words[at] not in words_of("finite") and at + 1 < len(words) and is_subject(words[at + 1]):
        return words[at + 1] in ("the", "a", "an", "this", "my", "your", "its", "their") and not begins(words, at + 1)
    before = words[at - 2] if at > 1 else ","
    return before in MARKS or before in words_of("openers") - words_of("leading")


def speaks(words: Sequence[str], at: int) -> bool:
    """Whether somebody says there what they think or would do, in full: "I would leave the rest", "I think that"."""
    if at + 2 >= len(words):
        return False
    short = words[at].replace("’", "'") in ("i'd", "we'd", "i'll", "you'd", "we'll", "you'll")
    if not short and words[at] not in SPEAKERS:
        return False
    k = _past_adverbs(words, at + 1)
    if k + 1 < len(words) and words[k] in words_of("opinions") and not short:
        return words[k + 1] in ("that", "the", "it", "they", "i", "this", "you", "we") or words[k + 1].startswith("track ")
    if not short:
        if k >= len(words) or words[k] not in MODALS:
            return False
        k = _past_adverbs(words, k + 1)
    if k + 1 >= len(words) or words[k] in MARKS:
        return False
    return words[k + 1] in OBJECTS or is_order(words, k) or words[k] in words_of("opinions")


def _past_adverbs(words: Sequence[str], k: int) -> int:
    while k < len(words) and (words[k] in LEADS or words[k] == "not" or words[k].endswith("ly")):
        k += 1
    return k


def counts(words: Sequence[str], at: int) -> bool:
    """Whether a figure stands there that a clause begins with: "8 % of the energy comes from it"."""
    if at + 4 >= len(words) or not is_number(words[at]) or words[at + 1] not in UNITS:
        return False
    for k in range(at + 2, min(at + REACH, len(words) - 1)):
        if words[k] in MARKS or words[k] == "than" or words[k] in words_of("openers"):
            return False
        if words[k] in words_of("finite"):
            return words[k - 1] != "to"
    return False
