"""Sentences that run into another without a mark: what stands side by side that no sentence has so.

Each rule is narrow: what it finds is nearly always a fault, much that is one it does not find.
"""

import re
from collections.abc import Sequence

from explainer.reading.sentence_words import (
    LEADS,
    MARKS,
    MODALS,
    OBJECTS,
    PRONOUNS,
    SPEAKERS,
    UNITS,
    begins,
    counts,
    in_range,
    is_number,
    is_order,
    is_subject,
    orders,
    predicates,
    speaks,
    words_in,
    words_of,
)

NAMING = frozenset("the a an this that these those".split())
ASIDE = frozenset(["above all", "most of all", "especially", "mostly", "mainly"])
DANGLING = frozenset("if instead since because although though unless once".split())
SUPPOSING = frozenset("if when once unless".split())
COORDINATE = frozenset("and or but".split())
OBJECTIVE = frozenset("them it him her me us everything anything nothing else".split())
ALONE = frozenset("its their it they no any".split())
DOUBTFUL = frozenset("perhaps maybe probably possibly".split())
MEASURES = frozenset("measures measure".split())
MOVED = frozenset("up down higher lower back forward them it less more louder quieter ,".split())
ARTICLES = frozenset("the a an their every".split())
NOMINATIVE = frozenset("they i we".split())
NO_SUBJECT_AFTER = frozenset("of by between below above from at with under over".split())
SUBORDINATE = frozenset("where while as because since whereas if when once although though unless until".split())
FRONTED = frozenset("of at between from in with for around above below under over against after to before".split())
BRACKETED = re.compile(r"\([^()]*\)")
ORDER = tuple(
    tuple(words.split())
    for words in (
        *("first", "first of all", "first and foremost", "to begin with", "to start with", "to finish", "in addition"),
        *("next", "also", "after that", "besides", "as well as that", "finally", "last", "lastly", "last of all"),
    )
)


def fused(sentence: str) -> str | None:
    """Where a sentence goes over into another without a mark, if it does."""
    words = words_in(BRACKETED.sub("", sentence))
    opened = told = False  # whether a clause has been told, since what takes another one, and at all
    here, start = False, 0  # whether one has been told since the last mark, and where that is
    under = bool(words) and words[0] in SUBORDINATE  # whether a main clause is still to come
    for at, word in enumerate(words):
        begun = begins(words, at) or orders(words, at)
        more = begun or speaks(words, at) or counts(words, at)
        after = opened or _behind_figure(words, at, told) or _behind_by(words, at)
        if (
            _collides(words, at)
            or (begun and after)
            or (more and (opened or _behind_name(words, start, at, here)) and not _led_to(words, at))
            or (opened and _points(words, at))
            or (words[at] in SPEAKERS and _behind_figure(words, at, told))
            or _spliced(words, at, opened or _behind_name(words, start, at, here))
            or _dangles(words, start, at, told)
        ):
            return " ".join(words[max(at - 3, 0) : at + 3])
        if word in MARKS or _opens(words, at):
            opened = False
            supposed = word in SUPPOSING and at > 0 and words[at - 1] in words_of("before_condition")
            under = (under or supposed) and word not in MARKS
        if word in MARKS:
            here, start = False, at + 1
        if (
            (word in words_of("finite") and words[at - 1] != "to")
            or predicates(words, at)
            or _figures(words, at)
            or (word in words_of("bare_orders") and (not at or words[at - 1] in COORDINATE | MARKS))
            or (is_order(words, at) and words[at - 1] != "to" and word != "let")
        ):
            opened = opened or not under
            told = here = True
            under = False
    return None


def _behind_name(words: Sequence[str], start: int, at: int, here: bool) -> bool:
    """Whether only a name or a figure stands since the last mark, so that nothing can be said behind it: "three stems
    are off, the bass most of all"."""
    if here or at < start + 2 or words[start - 1 : start] not in ([","], [":"]):
        return False
    first = start + (words[start] in ASIDE | COORDINATE)
    if orders(words, at) and words[at - 1].endswith("s"):  # "the guitars give it more"
        return False
    named = words[first] in NAMING or words[first].startswith("track ") or is_number(words[first])
    return named and at > first + 1


def _led_to(words: Sequence[str], at: int) -> bool:
    """Whether the word before leads to what stands there: "of the bass", "that the bass", "the level I would take"."""
    if orders(words, at):
        return False
    before = words[at - 1] if at else ""
    if before in words_of("openers") | words_of("openers_of_next") | words_of("leading"):
        return True
    # Behind a noun an "I" may begin what tells more of it: "the gain I would give".
    return words[at] in SPEAKERS and not (speaks(words, at) or _describes(words, at)) and before not in OBJECTIVE


def _describes(words: Sequence[str], at: int) -> bool:
    """ "It is probably best", with what it is behind it: no "the level it is at"."""
    end = next((k for k in range(at, len(words)) if words[k] in MARKS), len(words))
    if words[end - 1] in words_of("leading"):
        return False
    behind = words[at + 2 : at + 4]
    return words[at + 1 : at + 2] in (["is"], ["are"], ["should"]) and len(behind) == 2 and not MARKS & set(behind)


def _points(words: Sequence[str], at: int) -> bool:
    """Whether "that is why" or "what they need is" begins a sentence there."""
    before = words[at - 1] if at else ","
    if before in MARKS or before in words_of("openers"):
        return False
    if words[at] == "that":
        return words[at + 1 : at + 2] == ["is"] and words[at + 2 : at + 3] in (["why"], ["how"], ["because"], ["where"])
    if before in words_of("leading") | words_of("before_condition"):
        return False
    return words[at] == "what" and words[at + 1 : at + 2] != [] and words[at + 1] in PRONOUNS and "is" in words[at + 3 : at + 4]


def _dangles(words: Sequence[str], start: int, at: int, told: bool) -> bool:
    """Whether a condition stands between two main clauses and only its end has a comma: "it is low if you agree,
    raise it"."""
    after = at + 1
    if words[at] != "," or not told or after >= len(words):
        return False
    if not (begins(words, after) or orders(words, after) or speaks(words, after)):
        return False
    for k in range(start + 2, at):
        if words[k] in DANGLING and words[k - 1] not in words_of("before_condition") and _clause(words, start, k):
            return not any(word in COORDINATE for word in words[k:at])
    return False


def _clause(words: Sequence[str], start: int, end: int) -> bool:
    """Whether a clause is told between these words, that nothing makes a part of another."""
    verb = any(
        (words[k] in words_of("finite") and words[k - 1] != "to") or predicates(words, k) or is_order(words, k)
        for k in range(start, end)
    )
    return verb and (words[start] not in SUBORDINATE or start > 0)


def _opens(words: Sequence[str], at: int) -> bool:
    """Whether a clause may begin behind that word; "beyond that" and "in that case" open none."""
    if words[at] == "like":
        return at > 0 and words[at - 1] in words_of("seeming")
    if words[at] not in words_of("openers") or in_range(words, at):
        return False
    return words[at] != "that" or not at or words[at - 1] not in words_of("before_that")


def _figures(words: Sequence[str], at: int) -> bool:
    """ "They measure 7 LU": a verb before a number, a noun elsewhere."""
    return words[at] in MEASURES and at + 1 < len(words) and words[at + 1][-1].isdigit()


def _behind_figure(words: Sequence[str], at: int, told: bool) -> bool:
    """Whether a figure and its unit stand right before, that begin nothing: "by 3.2 dB the right amount"."""
    k = at - 1
    while k >= 0 and words[k] in LEADS:
        k -= 1
    if k < 1 or words[k] not in UNITS or not words[k - 1][-1].isdigit():
        return False
    while k >= 0 and words[k] not in MARKS:
        first = k == 0 or words[k - 1] in words_of("openers") or words[k - 1] in (":", ";") or not told
        if words[k] in FRONTED and first and not (words[k] == "to" and words[k + 1] in words_of("orders")):
            return False
        k -= 1
    return True


def _behind_by(words: Sequence[str], at: int) -> bool:
    """Whether an amount is begun right before: "turn it down by the exact amount is open"."""
    return at > 1 and words[at - 1] == "by" and words[at - 2] in MOVED and words[at : at + 2] != ["the", "way"]


def _spliced(words: Sequence[str], at: int, opened: bool) -> bool:
    """Whether "first of all," or the like begins a sentence there that nothing parts from the one before it."""
    if not opened or words[at - 1] in MARKS:
        return False
    for phrase in ORDER:
        end = at + len(phrase)
        if tuple(words[at:end]) == phrase and words[end : end + 1] == [","]:
            return any(is_subject(word) or word in words_of("orders") for word in words[end + 1 : end + 4])
    return False


def _collides(words: Sequence[str], at: int) -> bool:
    """Whether two words stand side by side that no sentence has so."""
    if at + 1 >= len(words):
        return False
    word, after = words[at], words[at + 1]
    if word == after:
        return False  # a doubled word is a slip of its own
    if word in ARTICLES and after in words_of("no_noun"):
        verb = words[at + 2 : at + 3]
        if after == "i":
            return verb == [] or verb[0] in MODALS | {"am"} | words_of("opinions")
        return not (after in ("a", "an", "is") and word == "the")
    if word in NO_SUBJECT_AFTER and after in NOMINATIVE and not (at and words[at - 1] == "in"):  # "in between"
        return True
    if word in NO_SUBJECT_AFTER | ARTICLES and any(
        tuple(words[at + 1 : at + 4]) == phrase for phrase in ORDER if len(phrase) == 3
    ):
        return True
    if word in NO_SUBJECT_AFTER and (after in DOUBTFUL or after in words_of("orders")):
        then = words[at + 2 : at + 3]
        return then in (["it"], ["them"]) or (
            after in DOUBTFUL and (is_order(words, at + 2) or begins(words, at + 2))
        )
    if word in ARTICLES and after in words_of("orders") and words[at + 2 : at + 3] != [] and words[at + 2] in OBJECTS:
        return words[at + 3 : at + 4] != [] and words[at + 3] not in words_of("finite")  # "the lift it needs"
    if word in ARTICLES and after in DOUBTFUL:
        return at + 2 < len(words) and (is_subject(words[at + 2]) or is_order(words, at + 2))
    if word == "between" and after in ALONE and begins(words, at + 1) and "and" not in words[at:]:
        return True
    number = is_number(word)
    if word in UNITS and at and is_number(words[at - 1]):
        if is_number(after) or (after == "no" and words[at + 2 : at + 3] in (["less"], ["more"])):
            return True
    if word == "too" and after in ("the", "their", "its", "they", "i", "we"):
        return True
    if number and "." in word and after in ("the", "they", "i", "it"):
        return True
    if at and number and words[at - 1] in SUBORDINATE and after in UNITS and at + 2 < len(words):
        return words[at + 2] in ("the", "they", "it", "i", "track")
    return False
