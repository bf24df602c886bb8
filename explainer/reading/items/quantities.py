"""Numbers in a text, with their units: "3 dB", "a couple of dB", "between 1.5 and 4 dB", "3 dB, give or take 1"."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from explainer.reading.items.words import Kind, Token

DB = "dB"
UNITS = {
    **dict.fromkeys(("db", "dbs", "decibel", "decibels"), DB),
    **dict.fromkeys(("lu", "lus"), "LU"),
    **dict.fromkeys(("lufs", "lkfs"), "LUFS"),
    **dict.fromkeys(("dbtp", "dbfs"), "dBTP"),
    **dict.fromkeys(("%", "percent"), "%"),
    **dict.fromkeys(("hz", "hertz"), "Hz"),
    **dict.fromkeys(("khz", "kilohertz", "k"), "kHz"),
    **dict.fromkeys(("s", "sec", "second", "seconds"), "s"),
}
_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
_NUMBERS = (
    {word: float(value) for value, word in enumerate(_WORDS, start=1)}
    | {word: float(value) for word, value in _TENS.items()}
    | {"zero": 0.0, "couple": 2.0, "hundred": 100.0}
)
NUMBER_WORDS = frozenset(_NUMBERS) | frozenset(UNITS)
_TO = (("to",), ("up", "to"), ("and",), ("or",), ("-",), ("through",), ("down", "to"))
_PLUS_MINUS = (("±",), ("+", "/", "-"), ("+", "-"), ("plus", "or", "minus"), ("give", "or", "take"))
_MARKS = tuple(
    tuple(mark.split())
    for mark in (
        "up to",
        "at most",
        "at least",
        "no more than",
        "less than",
        "more than",
        "as much as",
        "over",
        "under",
    )
)
_BOUND_FIRST = {words[0] for words in _MARKS}
_FIRST = (
    {words[0] for words in (*_MARKS, *_PLUS_MINUS)}
    | set(_NUMBERS)
    | set("between from - + minus plus a an another half".split())
)
_ABOUT = {"about", "around", "roughly", "approximately", "some", "say", "circa", "~", "nearly", "almost", "maybe"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, or a range of them.

    Args:
        unit: "dB", "LU", "LUFS", "dBTP", "%", "Hz" or "s"; None where none is said.
        value: None where only a range is said, or only a bound ("up to 4 dB").
        low, high: the range, if one is said.
        sign: 1 or -1 where the text puts a sign before the number, else 0.
        numbers: every number as it is written, in `unit`.
        end: the index of the token behind it.
    """

    unit: str | None
    value: float | None
    low: float | None
    high: float | None
    sign: int
    numbers: tuple[float, ...]
    end: int


def quantity_at(tokens: Sequence[Token], at: int) -> Quantity | None:
    """The quantity that begins with that token, if any."""
    if tokens[at].kind is not Kind.NUMBER and tokens[at].text not in _FIRST:
        return None
    start = at
    bound = 0
    if tokens[at].text in _BOUND_FIRST:
        bound = next((len(words) for words in _MARKS if _are(tokens, at, words)), 0)
    at += bound
    while bound and _word(tokens, at) in _ABOUT:
        at += 1
    spread = _plus_minus(tokens, at)
    if spread is not None and at == start:  # a deviation alone: "± 1 dB"
        return replace(spread, value=None, end=spread.end)
    between = _word(tokens, at) in ("between", "from")
    at += between
    while between and _word(tokens, at) in _ABOUT:
        at += 1
    first = _single(tokens, at)
    if first is None:
        return None
    if bound:
        return replace(first, value=None)
    whole = _range(tokens, first) or _with_deviation(tokens, first)
    return whole or (None if between else first)


def _range(tokens: Sequence[Token], first: Quantity) -> Quantity | None:
    for words in _TO:
        if not _are(tokens, first.end, words):
            continue
        at = first.end + len(words)
        while _word(tokens, at) in _ABOUT:
            at += 1
        last = _single(tokens, at)
        if last is None or first.value is None or last.value is None:
            continue
        unit = last.unit or first.unit
        if unit is None or (first.unit and last.unit and first.unit != last.unit):
            continue
        scale = last.numbers[0] / abs(last.value) if last.value and not first.unit else 1.0
        ends = [_signed(first) * scale, _signed(last)]
        if first.sign < 0 and last.sign < 0:  # "-5 to -3 dB" is a cut of 3 to 5
            ends = [-end for end in reversed(ends)]
            sign = -1
        else:
            sign = 0
        if ends[0] > ends[1]:
            if words == ("or",) or words == ("and",):
                continue
            ends.reverse()
        return Quantity(unit, None, ends[0], ends[1], sign, (*first.numbers, *last.numbers), last.end)
    return None


def _with_deviation(tokens: Sequence[Token], first: Quantity) -> Quantity | None:
    at = first.end + (_word(tokens, first.end) == ",")
    spread = _plus_minus(tokens, at)
    if spread is None or spread.value is None or first.value is None or not (spread.unit or first.unit):
        return None
    low, high = first.value - spread.value, first.value + spread.value
    numbers = (*first.numbers, *spread.numbers)
    return Quantity(spread.unit or first.unit, first.value, low, high, first.sign, numbers, spread.end)


def _plus_minus(tokens: Sequence[Token], at: int) -> Quantity | None:
    for words in _PLUS_MINUS:
        if _are(tokens, at, words):
            return _single(tokens, at + len(words))
    return None


def _single(tokens: Sequence[Token], at: int) -> Quantity | None:
    """One number and its unit. A number in words counts only with a unit of level."""
    sign = 0
    if _word(tokens, at) in ("+", "-") and at + 1 < len(tokens) and tokens[at + 1].kind is Kind.NUMBER:
        behind_number = at > 0 and tokens[at - 1].touches(tokens[at]) and tokens[at - 1].kind is Kind.NUMBER
        if behind_number or not (tokens[at].touches(tokens[at + 1]) or tokens[at].text == "+"):
            return None
        sign = 1 if tokens[at].text == "+" else -1
        at += 1
    elif _word(tokens, at) in ("minus", "plus") and (
        at + 1 < len(tokens) and (tokens[at + 1].kind is Kind.NUMBER or tokens[at + 1].text in _NUMBERS)
    ):
        sign = 1 if tokens[at].text == "plus" else -1
        at += 1
    if at >= len(tokens):
        return None
    if tokens[at].kind is Kind.NUMBER:
        value, at, in_words = tokens[at].number, at + 1, False
    else:
        said = _in_words(tokens, at)
        if said is None:
            return None
        (value, at), in_words = said, True
    if _are(tokens, at, ("and", "a", "half")):
        value, at = value + 0.5, at + 3
    unit, end = _unit(tokens, at)
    if in_words and unit is None:  # "one", "a couple" are mostly no numbers, but "two to three dB" are
        ahead = at + (2 if _are(tokens, at, ("up", "to")) else 1)
        if _word(tokens, at) not in ("to", "or", "and", "-", "up") or _single(tokens, ahead) is None:
            return None
    if unit == DB and _are(tokens, end, ("and", "a", "half")):
        value, end = value + 0.5, end + 3
    if unit == "kHz":
        unit, value = "Hz", value * 1000
    return Quantity(unit, value, None, None, sign, (value,), end)


def _in_words(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    word = _word(tokens, at)
    if word in ("a", "an") and _word(tokens, at + 1) in ("couple", "half"):
        at, word = at + 1, _word(tokens, at + 1)
    if word == "half":
        at += 1 + (_word(tokens, at + 1) in ("a", "an"))
        return (0.5, at) if _unit(tokens, at)[0] == DB else None
    if word in ("a", "an", "another") and _unit(tokens, at + 1)[0] == DB:
        return 1.0, at + 1
    if word not in _NUMBERS:
        return None
    value, at = _NUMBERS[word], at + 1
    if word in _TENS and _word(tokens, at) in _WORDS[:9]:  # twenty-five
        value, at = value + _NUMBERS[_word(tokens, at)], at + 1
    if _word(tokens, at) == "point" and _word(tokens, at + 1) in _NUMBERS:
        value, at = value + _NUMBERS[_word(tokens, at + 1)] / 10, at + 2
    return value, at + (_word(tokens, at) == "of")


def _unit(tokens: Sequence[Token], at: int) -> tuple[str | None, int]:
    if _are(tokens, at, ("per", "cent")):
        return "%", at + 2
    unit = UNITS.get(_word(tokens, at))
    if _word(tokens, at) in ("k", "s") and not tokens[at - 1].touches(tokens[at]):
        unit = None
    return unit, at + (unit is not None)


def _signed(quantity: Quantity) -> float:
    value = quantity.numbers[0]
    return -value if quantity.sign < 0 else value


def _are(tokens: Sequence[Token], at: int, words: Sequence[str]) -> bool:
    return all(_word(tokens, at + i) == word for i, word in enumerate(words))


def _word(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if at < len(tokens) else ""
