"""Sentences that are no sentences: two run together without a mark, broken off, or with a verb that does not agree.

Each rule is narrow: what it finds is nearly always a fault, much that is one it does not find.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from explainer.advice.names import VOCABULARY
from explainer.phrasing.bundled import bundled

WORD = re.compile(r"track [A-Z]+\b|(?<!\w)[-−]?\d+(?:\.\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\s\w]")
MARKS = frozenset('.,;:()[]—–-…/“”"&+')
LEADS = frozenset(
    "perhaps maybe probably possibly first next then finally last also besides likely very most rather".split()
)
ALONE = frozenset("its their it they no any".split())
DOUBTFUL = frozenset("perhaps maybe probably possibly".split())
UNITS = frozenset("db lu hz khz %".split())
MEASURES = frozenset("measures measure".split())
OBJECTS = frozenset("them it the track everything its their".split())
ORDERED = tuple(
    words.split()
    for words in (
        *("stay between", "try values", "allow for", "trust your", "let your", "treat this", "take this", "check by"),
        *("keep your", "expect a", "leave all", "take my", "begin with", "start with", "listen on", "listen to"),
        *("listen before", "turn your", "play the", "ask around", "no less", "take its", "take their"),
    )
)
MOVED = frozenset("up down higher lower back forward them it less more louder quieter ,".split())
BEING = frozenset("be is are was were been being".split())
PARTICIPLES = frozenset("set put cut let".split())
NAME = "(a)"
ARTICLES = frozenset("the a an their every".split())
SPEAKERS = frozenset("i you we they".split())
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
REACH = 9  # words within which a clause has its verb


def fused(sentence: str) -> str | None:
    """Where a sentence goes over into another without a mark, if it does."""
    words = _words(BRACKETED.sub("", sentence))
    opened = told = False  # whether a clause has been told, since what takes another one, and at all
    under = bool(words) and words[0] in SUBORDINATE  # whether a main clause is still to come
    for at, word in enumerate(words):
        begins = _begins(words, at) or _orders(words, at)
        after = opened or _behind_figure(words, at, told) or _behind_by(words, at)
        if (
            _collides(words, at)
            or (begins and after)
            or (words[at] in SPEAKERS and _behind_figure(words, at, told))
            or _spliced(words, at, opened)
        ):
            return " ".join(words[max(at - 3, 0) : at + 3])
        if word in MARKS or (word in _words_of("openers") and not _in_range(words, at)):
            opened = False
            under = under and word not in MARKS
        if (
            (word in _words_of("finite") and words[at - 1] != "to")
            or _figures(words, at)
            or (_is_order(words, at) and words[at - 1] != "to" and word != "let")
        ):
            opened = opened or not under
            told, under = True, False
    return None


def _in_range(words: Sequence[str], at: int) -> bool:
    """ "Between 3 and 5 dB": this "and" joins no clauses."""
    return 0 < at < len(words) - 1 and words[at - 1][-1].isdigit() and words[at + 1][-1].isdigit()


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
        first = k == 0 or words[k - 1] in _words_of("openers") or words[k - 1] in (":", ";") or not told
        if words[k] in FRONTED and first:
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
            return any(_is_subject(word) or word in _words_of("orders") for word in words[end + 1 : end + 4])
    return False


def _words(sentence: str) -> list[str]:
    """The words and marks, in small letters; a track is one, and a capital A within a sentence is a name."""
    found = WORD.findall(sentence)
    verbs = _words_of("finite")
    named = [word == "A" and (at > 0 or found[1:2] == [] or found[1] in verbs) for at, word in enumerate(found)]
    return [NAME if name else word.lower() for word, name in zip(found, named, strict=True)]


def _is_subject(word: str) -> bool:
    return word in _words_of("subjects") or word.startswith("track ")


def _begins(words: Sequence[str], at: int) -> bool:
    """Whether a new clause begins there: a subject, and its verb with something behind it."""
    if (
        at + 1 >= len(words)
        or not _is_subject(words[at])
        or (at and words[at - 1] in _words_of("openers_of_next") | {"not", "no"})
    ):
        return False
    if words[at] == "most" and words[at + 1] in ("likely", "probably"):
        return False
    for k in range(at + 1, min(at + REACH, len(words) - 1)):
        if words[k] in MARKS or words[k] in _words_of("openers") or words[k] == "than":
            return False
        if (
            words[k] in _words_of("finite")
            and words[k - 1] != "to"
            and k + 1 < len(words)
            and words[k + 1] not in MARKS
        ):
            if words[at] == "it":  # "makes it sit back"
                return k == at + 1 and words[k] not in _words_of("bare")
            return not (words[at] in ("a", "an", "any", "no") and k == at + 1)  # "a lack of"
    return False


def _orders(words: Sequence[str], at: int) -> bool:
    """Whether an order stands there that nothing before it leads to."""
    k = at - 1
    while k >= 0 and words[k] in LEADS:
        k -= 1
    if k >= 0 and (words[k] in _words_of("before_verbs") or (words[k] in BEING and words[at] in PARTICIPLES)):
        return False
    return _is_order(words, at)


def _is_order(words: Sequence[str], at: int) -> bool:
    """Whether a verb stands there with its object: "turn it", "take 3 dB"."""
    if words[at] not in _words_of("orders") or at + 1 >= len(words):
        return False
    number = words[at + 1][-1].isdigit() and at + 2 < len(words) and words[at + 2] in UNITS and words[at] != "back"
    return number or words[at + 1] in OBJECTS or words[at + 1].startswith("track ") or words[at : at + 2] in ORDERED


def _collides(words: Sequence[str], at: int) -> bool:
    """Whether two words stand side by side that no sentence has so."""
    if at + 1 >= len(words):
        return False
    word, after = words[at], words[at + 1]
    if word == after:
        return False  # a doubled word is a slip of its own
    if word in ARTICLES and after in _words_of("no_noun"):
        verb = words[at + 2 : at + 3]
        return not (after in ("a", "an", "is", "i") and word == "the") or (after == "i" and verb in (["would"], ["am"]))
    if word in NO_SUBJECT_AFTER and after in NOMINATIVE and not (at and words[at - 1] == "in"):  # "in between"
        return True
    if word in NO_SUBJECT_AFTER | ARTICLES and any(
        tuple(words[at + 1 : at + 4]) == phrase for phrase in ORDER if len(phrase) == 3
    ):
        return True
    if word in NO_SUBJECT_AFTER and (after in DOUBTFUL or after in _words_of("orders")):
        then = words[at + 2 : at + 3]
        return then in (["it"], ["them"]) or (
            after in DOUBTFUL and (_is_order(words, at + 2) or _begins(words, at + 2))
        )
    if word in ARTICLES and after in _words_of("orders") and words[at + 2 : at + 3] in (["it"], ["them"], ["the"]):
        return words[at + 3 : at + 4] != [] and words[at + 3] not in _words_of("finite")  # "the lift it needs"
    if word in ARTICLES and after in DOUBTFUL:
        return at + 2 < len(words) and _is_subject(words[at + 2])
    if word == "between" and after in ALONE and _begins(words, at + 1) and "and" not in words[at:]:
        return True
    number = word[-1].isdigit()
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
