"""The words of one sentence: their kinds, orders, and where clauses begin."""

import re
from collections.abc import Sequence
from functools import lru_cache

from explainer.phrasing.bundled import bundled

WORD = re.compile(r"track [A-Z]+\b|(?<!\w)[-−]?\d+(?:\.\d+)?|[^\W\d_]+(?:['’-][^\W\d_]+)*|[^\s\w]")
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
        *("expect a", "leave all", "take my", "listen before", "ask around", "look at", "go back", "go by"),
        "move within",
    )
)
BEING = frozenset("be is are was were been being".split())
PARTICIPLES = frozenset("set put cut let".split())
NAME = "(a)"
ONE = tuple(
    tuple(phrase.split())
    for phrase in (
        "most of all",
        "above all",
        "before and after",
        "all but",
        "at all",
        "in all",
        "as a whole",
        "as well",
    )
)  # each counts as a word
ASIDES = {("i", verb, ",") for verb in ("think", "believe", "suspect", "guess", "feel", "suppose")}
VERSIONED = frozenset("and or to from versus vs against ,".split())  # behind a version: "A and B are alike"
PRONOUNS = frozenset("i you we they it he she nobody somebody everybody everything nothing".split())
SPEAKERS = frozenset("i you we they it".split())
MODALS = frozenset("would should could can will might may must cannot".split())
ARTICLES = frozenset("the a an their every".split())
NAMING = frozenset("the a an no my this that these those".split())
SUBORDINATE = frozenset("where while as because since whereas if when once although though unless until".split())
WHOLE = frozenset("it them anything everything nothing".split())
ORDER = (
    ("as well", "as", "that"),
    *(
        tuple(phrase.split())
        for phrase in """first, first of all, first and foremost, to begin with, to start with, to finish, in addition,
        next, also, after that, besides, finally, last, lastly, last of all, apart from that, beyond that,
        other than that, in that case, all in all, at the same time, as a trial, as far as i can tell,
        as far as i can hear, as far as i can see""".split(",")
    ),
)
REACH = 9  # words within which a clause has its verb


def words_in(sentence: str) -> list[str]:
    """The words and marks, in small letters; a track is one, and a capital A within a sentence is a name."""
    found = WORD.findall(sentence)
    verbs = words_of("finite")
    named = [
        word == "A" and (at > 0 or found[1:2] == [] or found[1] in verbs | VERSIONED) for at, word in enumerate(found)
    ]
    words = [NAME if name else word.lower() for word, name in zip(found, named, strict=True)]
    joined: list[str] = []
    at = 0
    while at < len(words):
        size = next((len(phrase) for phrase in ONE if tuple(words[at : at + len(phrase)]) == phrase), 1)
        if words[at] == "," and tuple(words[at + 1 : at + 4]) in ASIDES:
            size = 4  # "it is, I think, too loud"
        else:
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


def opens(words: Sequence[str], at: int) -> bool:
    """Whether a clause may begin without a mark behind that word; "beyond that" and "to hear it" open none."""
    word, after = words[at], words[at + 1] if at + 1 < len(words) else "."
    if word == "like":
        return at > 0 and words[at - 1] in words_of("seeming")
    if word not in words_of("openers") or in_range(words, at):
        return False
    before = words[at - 1] if at else ","
    if word == "as":
        # "As loud as here", "by as much", "as the worst"; but "as present as they could be".
        if after in ("a", "an") or not is_subject(after):  # "as a test", but "as a bass is low"
            verbs = (k for k in range(at + 2, min(at + 6, len(words))) if words[k] in words_of("finite"))
            return not any(is_subject(word) for word in words[at + 2 : next(verbs, len(words))])
        compared = "as" in words[max(at - 3, 0) : max(at - 1, 0)] and not is_subject(after)
        return not (compared or before in ("by", "of") or words[at + 2 : at + 3] in (["worst"], ["trial"], ["as"]))
    if word == "that":
        return before not in words_of("before_that")
    if word in words_of("perceiving"):
        if after in ("it", "them", "nothing") or (after == "you" and word in ("tell", "let", "show")):
            return words[at + 2 : at + 3] != [] and words[at + 2] in words_of("finite")
        return is_subject(after) or after in words_of("openers") or after in LEADS or after in MARKS
    if word in ("help", "helps"):
        return after != "to"
    return True


def _ended(words: Sequence[str], at: int) -> bool:
    """Whether what stands right before ends a clause, although it looks as if it led to one: "they do not fit yet"."""
    return of_time(words, at) or (words[at - 1] == "yet" and at > 1 and words[at - 2] not in MARKS)


def of_time(words: Sequence[str], at: int) -> bool:
    """Whether "61 % of the time" stands right before."""
    behind = tuple(words[max(at - 4, 0) : at]) == ("%", "of", "the", "time")
    # At the beginning of a clause it is a part of what follows.
    return behind and at > 6 and words[at - 6] not in MARKS - {","} and not opens(words, at - 6)


def begins(words: Sequence[str], at: int) -> bool:
    """Whether a new clause begins there: a subject, and its verb with something behind it."""
    if (
        at + 1 >= len(words)
        or not is_subject(words[at])
        or (at and words[at - 1] in words_of("openers_of_next") | {"not", "no"} and not _ended(words, at))
        or (words[at] == "people" and at and words[at - 1] in ("more", "many", "most", "few", "some", "other"))
        or (words[at] == "most" and (words[at + 1] in ("likely", "probably") or words[at + 1] in words_of("finite")))
    ):
        return False
    k, end = at + 1, at + REACH
    while k < min(end, len(words) - 1):
        if words[k] == "who" or (words[k] in ("that", "which") and k > at + 1 and words[k + 1] in words_of("finite")):
            k, end = k + 2, end + 2  # "the differences that remain are small"
            continue
        if k == at + 1 and acts(words, at):
            return True
        if observes(words, k):
            return words[at] not in ("it", "a", "an", "any", "no")
        if words[k] in MARKS or words[k] == "than" or opens(words, k):
            return False
        if words[k] in words_of("seeming") | {"get"} and words[k - 1].endswith("s") and words[k - 1] not in LEADS:
            return words[k + 1] not in MARKS
        if words[k] in words_of("finite") and words[k - 1] != "to" and (words[k + 1] not in MARKS or _aside(words, k)):
            if words[at] == "it":  # "makes it sit back"
                return k == at + 1 and words[k] not in words_of("bare")
            return not (words[at] in ("a", "an", "any", "no") and k == at + 1)  # "a lack of"
        k += 1
    return False


def _aside(words: Sequence[str], k: int) -> bool:
    """ "They are, I think, too loud"."""
    return words[k + 1] == "," and words[k + 2 : k + 3] in (["i"], ["to"], ["in"], ["however"])


def acts(words: Sequence[str], at: int) -> bool:
    """Whether a verb with its object, or one of seeming, stands behind a pronoun: "they take 68 %", "I miss a bit"."""
    if words[at] not in ("they", "i", "we", "you"):
        return False
    k = _past_adverbs(words, at + 1)
    if k + 2 >= len(words) or not words[k].isalpha() or words[k] in words_of("prepositions") | words_of("no_verb"):
        return False
    if words[k] in words_of("seeming") or (words[k] in words_of("orders") and words[at] != "you"):
        return words[k + 1] not in MARKS
    if opens(words, k):
        return False
    return words[k + 1] in ("a", "an", "the") or (is_number(words[k + 1]) and words[k + 2] in UNITS)


def observes(words: Sequence[str], k: int) -> bool:
    """ "The meters show it at 7 LU", "I find them too loud"."""
    after = words[k + 1 : k + 2]
    return words[k] in words_of("observing") and words[k - 1] != "to" and after != [] and _is_object(after[0])


def _is_object(word: str) -> bool:
    return word in OBJECTS or word == "hardly" or word.startswith("track ")


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
    if not at or words[at - 1] not in PRONOUNS or not words[at].isalpha() or words[at] in words_of("no_verb"):
        return False
    if words[at] in words_of("prepositions") or opens(words, at):
        return False
    before = words[at - 2] if at > 1 else ","
    if before not in MARKS and (at < 2 or not opens(words, at - 2)):
        return False
    if words[at] in words_of("finite") | words_of("seeming") | words_of("observing") | {"commit"}:
        return True
    if words[at].endswith("ly"):
        return False
    if at + 1 < len(words) and is_subject(words[at + 1]):
        return words[at + 1] in ("the", "a", "an", "this", "my", "your", "its", "their", "no", "any") and not begins(
            words, at + 1
        )
    return True


def speaks(words: Sequence[str], at: int) -> bool:
    """Whether somebody says there what they think or would do, in full: "I would leave the rest", "I think that"."""
    if at + 2 >= len(words):
        return False
    short = words[at].replace("’", "'") in ("i'd", "we'd", "i'll", "you'd", "we'll", "you'll")
    if not short and words[at] not in SPEAKERS:
        return False
    k = _past_adverbs(words, at + 1)
    if not short and k + 1 < len(words) and observes(words, k):
        return True
    if k + 1 < len(words) and words[k] in words_of("opinions") and not short:
        return (
            words[k + 1] in ("that", "the", "it", "they", "i", "this", "you", "we")
            or is_number(words[k + 1])
            or words[k + 1].startswith("track ")
        )
    if not short:
        if k >= len(words) or words[k] not in MODALS:
            return False
        k = _past_adverbs(words, k + 1)
    if k + 1 >= len(words) or words[k] in MARKS:
        return False
    return words[k + 1] in OBJECTS or is_order(words, k) or words[k] in words_of("opinions")


def _past_adverbs(words: Sequence[str], k: int) -> int:
    while k < len(words) and (words[k] in LEADS | {"not", "only", "just"} or words[k].endswith("ly")):
        k += 1
    return k


def counts(words: Sequence[str], at: int) -> bool:
    """Whether a figure stands there that a clause begins with: "8 % of the energy comes from it", "2 to 4 dB is it"."""
    if not is_number(words[at]):
        return False
    first = at + 2 if words[at + 1 : at + 2] == ["to"] else at
    if first + 4 >= len(words) or not is_number(words[first]) or words[first + 1] not in UNITS:
        return False
    return _verb_behind(words, first)


def measures(words: Sequence[str], at: int) -> bool:
    """Whether a range stands there with "is" right behind it, so that nothing before can be a part of it."""
    if words[at + 1 : at + 2] != ["to"] or not is_number(words[at]) or at + 5 >= len(words):
        return False
    return is_number(words[at + 2]) and words[at + 3] in UNITS and words[at + 4] in ("is", "would", "takes")


def _verb_behind(words: Sequence[str], first: int) -> bool:
    for k in range(first + 2, min(first + REACH, len(words) - 1)):
        if words[k] in MARKS or words[k] == "than" or words[k] in words_of("openers"):
            return False
        if words[k] in words_of("finite"):
            return words[k - 1] != "to"
    return False
