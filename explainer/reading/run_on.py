"""Sentences that run into another without a mark: what stands side by side that no sentence has so.

Each rule is narrow: what it finds is nearly always a fault, much that is one it does not find.
"""

import re
from collections.abc import Sequence

from explainer.reading.collisions import collides
from explainer.reading.sentence_words import (
    ARTICLES,
    LEADS,
    MARKS,
    MODALS,
    NAMING,
    ORDER,
    PRONOUNS,
    REACH,
    SPEAKERS,
    SUBORDINATE,
    UNITS,
    WHOLE,
    acts,
    begins,
    counts,
    is_number,
    is_order,
    is_subject,
    measures,
    observes,
    of_time,
    opens,
    orders,
    predicates,
    speaks,
    words_in,
    words_of,
)

ASIDE = frozenset(["above all", "most of all", "especially", "mostly", "mainly"])
DANGLING = frozenset("if instead since because although though unless once seeing compared".split())
RELATIVE = frozenset("where while whereas which".split())
SUPPOSING = frozenset("if when once unless".split())
WITHIN = frozenset("with within".split())
COORDINATE = frozenset("and or but".split())
OBJECTIVE = frozenset("them it him her me us everything anything nothing else".split())
GIVING = frozenset("is are was be has have give gives explain explains read note look at".split())
SINGULAR = frozenset("bass double-bass chorus loudness this".split())
BRINGING = frozenset("brings leaves makes gives takes lets".split())
MEASURES = frozenset("measures measure".split())
MOVED = frozenset("up down higher lower back forward them it less more louder quieter ,".split())
UNDER = (SUBORDINATE - {"because"}) | {"what", "whatever"}
FRONTED = frozenset("of at between from in with for around above below under over against after to before".split())
BRACKETED = re.compile(r"\([^()]*\)")


# "It and the figures show it": what shows it is not it.
ITSELF = re.compile(r"(?:^|[:;.] )(?:it and the \w+ \w+ it|they and the \w+ \w+ them)\b", re.IGNORECASE)


def fused(sentence: str) -> str | None:
    """Where a sentence goes over into another without a mark, if it does."""
    if itself := ITSELF.search(sentence):
        return itself[0]
    words = words_in(BRACKETED.sub("", sentence))
    opened = told = main = (
        False  # whether a clause has been told, since what takes another one, at all, as the main one
    )
    here, start = False, 0  # whether one has been told since the last mark, and where that is
    under = bool(words) and words[0] in UNDER  # whether a main clause is still to come
    observed = -1  # where something is said to be heard or measured
    for at, word in enumerate(words):
        begun = begins(words, at) or orders(words, at)
        more = begun or speaks(words, at) or counts(words, at)
        led = words[0] in UNDER and not main  # "once it is up by 3 dB the lyric comes through"
        figured = not led and _behind_figure(words, at, told)
        after = opened or figured or _behind_by(words, at)
        ended = opened or _behind_name(words, start, at, here)
        if (
            collides(words, at)
            or (begun and after)
            or (more and ended and not _led_to(words, at))
            or (main and not here and at > start + 2 and _is_new(words, at) and not _given(words, start, at))
            or ((after or ended) and (_points(words, at) or _heads(words, at) or measures(words, at)))
            or (words[at - 1] in ("of", "the", "by") and at > 1 and measures(words, at))
            or (words[at] in SPEAKERS and figured)
            or (of_time(words, at) and begun and not here and words[start] in NAMING | {"it", "they"})
            or _spliced(words, at, ended or after or (main and not here and at > start and not opens(words, at - 1)))
            or _dangles(words, 0, at)
        ):
            return " ".join(words[max(at - 3, 0) : at + 3])
        if word in MARKS or opens(words, at):
            opened = False
            supposed = word in SUPPOSING and at > 0 and words[at - 1] in COORDINATE | {"that", "so", "then"}
            under = (under or supposed) and word not in MARKS
        if word in SPEAKERS and not here and at > start + 1 and words[start] in NAMING:
            under = True  # "the level they need is another one"
        if word in MARKS:
            here, start = False, at + 1
            main = main and word not in (":", ";")
        if (
            (word in words_of("finite") and words[at - 1] not in MODALS | {"to"})
            or predicates(words, at)
            or (observes(words, at) and words[at - 1] not in PRONOUNS | words_of("before_verbs"))
            or _figures(words, at)
            or (word in words_of("bare_orders") and (not at or words[at - 1] in COORDINATE | MARKS))
            or (is_order(words, at) and words[at - 1] not in MODALS | {"to"} and word != "let")
        ):
            opened = opened or not under
            main = main or not under
            told = here = True
            under = False
        observed = at if word in words_of("observing") else -1 if word in MARKS else observed
        if word in UNITS and 0 <= observed < at - 2 and is_number(words[at - 1]):
            opened = True  # "I find the keys 7 LU above it"
    return None


def _is_new(words: Sequence[str], at: int) -> bool:
    if orders(words, at) or speaks(words, at):
        return True
    return (words[at] in NAMING | WHOLE or of_time(words, at)) and begins(words, at) and not _led_to(words, at)


def _given(words: Sequence[str], start: int, at: int) -> bool:
    """Whether a verb that looks like an order has its subject before it, or an order what leads to it: "the guitars
    give it more", "in that case raise it"."""
    if words[start] in words_of("openers") | LEADS | COORDINATE | {"in", "at", "on", "after", "before"}:
        return True
    before = words[at - 1]
    if before.endswith("s") and is_order(words, at):  # "the vocals | bring the others up by 3 dB"
        end = next((k for k in range(at, len(words)) if words[k] in MARKS), len(words))
        return words[end - 1] not in UNITS or "by" not in words[at:end]
    return before.endswith("s") or before in PRONOUNS | MARKS | words_of("leading") | words_of("openers")


def _behind_name(words: Sequence[str], start: int, at: int, here: bool) -> bool:
    """Whether only a name or a figure stands since the last mark, so that nothing can be said behind it: "three stems
    are off, the bass most of all"."""
    if here or at < start + 2 or words[start - 1 : start] not in ([","], [":"]):
        return False
    first = start + (words[start] in ASIDE | COORDINATE)
    if orders(words, at) and words[at - 1].endswith("s") and words[at - 1] not in LEADS:  # "the guitars give it more"
        return False
    if words[first + 1 : first + 2] == ["with"] and words[first] in ("beginning", "starting"):
        first += 2
    first += words[first] in ("on", "at", "in") and words[first - 1] in ASIDE
    named = words[first] in NAMING or words[first].startswith("track ") or is_number(words[first])
    return named and at > first + (not words[first].startswith("track "))


def _led_to(words: Sequence[str], at: int) -> bool:
    """Whether the word before leads to what stands there: "of the bass", "that the bass", "the level I would take"."""
    if orders(words, at):
        return False
    before = words[at - 1] if at else ""
    if acts(words, at) and before in OBJECTIVE - {"me", "us"}:
        return False
    if before in words_of("closing") or of_time(words, at):
        return False
    if before in words_of("openers") | words_of("openers_of_next") | words_of("leading"):
        return True
    # Behind a noun an "I" may begin what tells more of it: "the gain I would give".
    return words[at] in SPEAKERS and not (speaks(words, at) or _complete(words, at)) and before not in OBJECTIVE


def _complete(words: Sequence[str], at: int) -> bool:
    """Whether a clause that begins with a pronoun lacks nothing that a noun before it could be: "it is best", "you can
    see it", but "the level it is at", "the gain you would give it"."""
    ends = (k for k in range(at + 1, len(words)) if words[k] in MARKS | SUBORDINATE | {"that"} or opens(words, k))
    end = next(ends, len(words))
    if words[at + 1] in words_of("seeming") and end < len(words) and words[end] in ("as", "like"):
        return True
    if end - at < 3 or words[end - 1] in words_of("prepositions"):
        return False
    if words[end : end + 1] == ["that"] and words[end - 1] in ("be", "sure", "certain", "confident", "afraid"):
        return True
    if words[at + 1] in ("is", "are", "am"):
        return end - at > 3 and words[at + 2] not in words_of("prepositions")
    given = {"give", "gives", "do", "leave"}
    return any(
        (words[k] in ARTICLES | WHOLE or words[k].startswith("track ") or _measured(words, k))
        and words[k - 1] not in words_of("prepositions")
        and words[k - 1] not in given
        for k in range(at + 2, end)
    )


def _measured(words: Sequence[str], k: int) -> bool:
    return is_number(words[k]) and words[k + 1 : k + 2] != [] and words[k + 1] in UNITS


def _points(words: Sequence[str], at: int) -> bool:
    """Whether "that is why" or "what they need is" begins a sentence there."""
    before = words[at - 1] if at else ","
    if before in MARKS or before in words_of("openers") or at + 1 >= len(words):
        return False
    if words[at] == "what":
        for k in range(at + 2, min(at + REACH, len(words) - 1)):
            if words[k] in ("need", "needs", "want", "wants") and words[k + 1] == "is":
                return before not in words_of("prepositions") | words_of("before_condition")
    if words[at : at + 3] == ["here", "is", "why"]:
        return True
    if words[at : at + 2] == ["less", "than"] and words[at + 3 : at + 4] == ["or"]:
        return "would" in words[at + 4 : at + REACH]  # "less than 2 or more than 5 dB would surprise me"
    if words[at : at + 3] == ["no", "less", "than"]:
        return before not in words_of("leading") | words_of("finite")
    if (
        words[at] == "that"
        and words[max(at - 3, 0)] == "by"
        and before in UNITS
        and words[at + 1] in words_of("finite")
    ):
        return True  # "lower it by 3 dB that leaves room"
    if words[at] == "that" and before.endswith("s") and before not in SINGULAR and words[at + 1] in BRINGING:
        return True  # "behind the drums that brings it out"
    closed = before in words_of("closing") | {"them", "it"}
    if words[at] == "that" and closed and words[at + 1] in words_of("finite"):  # "they are too loud that leaves room"
        return True
    if words[at] == "that":
        if words[at + 1 : at + 4] == ["is", "within", "what"]:
            return True
        return words[at + 1 : at + 2] == ["is"] and words[at + 2 : at + 3] in (
            ["why"],
            ["how"],
            ["because"],
            ["where"],
            ["all"],
        )
    if words[at] == "whatever":
        return {"is", "are"} >= {*words[at + 1 : at + 2], *words[at + 3 : at + 4]} and len(words) > at + 4
    if before in words_of("leading") | words_of("before_condition"):
        return False
    return (
        words[at] == "what"
        and words[at + 1 : at + 2] != []
        and words[at + 1] in PRONOUNS
        and "is" in words[at + 3 : at + 4]
    )


def _heads(words: Sequence[str], at: int) -> bool:
    """Whether "the reason:" or the like stands right behind what ends a clause: "it is too low the figures: 7 LU"."""
    if words[at] != "the" or len(words) < at + 4 or not at:
        return False
    ranged = words[at + 1 : at + 3] == ["range", ","] and (is_number(words[at + 3]) or words[at + 3] == "from")
    if not ranged and not (words[at + 1] in words_of("announcing") and words[at + 2] == ":"):
        return False
    before = words[at - 1]
    led = words_of("prepositions") | words_of("openers") | MARKS | COORDINATE | GIVING
    return before not in led or before in ("between", "by", "of")


def _dangles(words: Sequence[str], start: int, at: int) -> bool:
    """Whether a condition stands between two main clauses and only its end has a comma: "it is low if you agree,
    raise it"."""
    after = at + 1
    if words[at] != "," or after >= len(words):
        return False
    if not (begins(words, after) or orders(words, after) or speaks(words, after) or words[after] == "what"):
        return False
    ends = [k for k in range(start, at) if words[k] in (":", ";")]
    first = ends[-1] + 1 if ends else start
    for k in range(at - 1, first, -1):
        if words[k] == ",":
            first = k + 1
            if words[first] in COORDINATE | UNDER - RELATIVE | {"so", "then"}:
                return False
        bounded = words[k] in WITHIN and words[k + 1] == "a" and (orders(words, after) or words[after] == "no")
        if (words[k] in DANGLING or bounded) and words[k - 1] not in (
            words_of("before_condition") | MARKS | words_of("openers")
        ):
            begun = max((j + 1 for j in range(k) if words[j] in MARKS), default=0)
            since = ends[-1] + 1 if ends else start
            if _clause(words, since, k) or words[k - 1] in UNITS or _behind_name(words, begun, k, False):
                return not any(word in COORDINATE for word in words[k:at])
    return False


def _clause(words: Sequence[str], start: int, end: int) -> bool:
    """Whether a clause is told between these words, that nothing makes a part of another."""
    verb = any(
        (words[k] in words_of("finite") and words[k - 1] != "to") or predicates(words, k) or is_order(words, k)
        for k in range(start, end)
    )
    return verb and words[start] not in UNDER


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
        if words[k] in FRONTED and first and not (words[k] == "to" and not is_number(words[k + 1])):
            return False
        k -= 1
    return True


def _behind_by(words: Sequence[str], at: int) -> bool:
    """Whether an amount is begun right before: "turn it down by the exact amount is open"."""
    return at > 1 and words[at - 1] == "by" and words[at - 2] in MOVED and words[at : at + 2] != ["the", "way"]


def _spliced(words: Sequence[str], at: int, opened: bool) -> bool:
    """Whether "first of all," or the like begins a sentence there that nothing parts from the one before it."""
    if not (opened or words[at - 1] == "too") or words[at - 1] in MARKS:
        return False
    for phrase in ORDER:
        end = at + len(phrase)
        if tuple(words[at:end]) != phrase:
            continue
        if phrase[-1] == "that" and words[end : end + 1] != [] and words[end] != ",":
            return begins(words, end)
        if words[end : end + 1] == [","]:
            return any(
                is_subject(word) or word in words_of("orders") or is_number(word) for word in words[end + 1 : end + 4]
            )
    return False
