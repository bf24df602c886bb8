"""Slips of language that can be told without a model: few kinds, each nearly always a fault where it is found."""

import re
from collections.abc import Iterator

from explainer.reading.clauses import broken_off, disagreements
from explainer.reading.run_on import fused

DOUBLED = re.compile(r"\b([^\W\d_]+)\s+\1\b", re.IGNORECASE)
MAY_DOUBLE = frozenset(("had", "that", "very", "way", "far", "much"))
ARTICLE = re.compile(r"\b(a|an) ([^\W_]+)")  # in lower case: "A" is a version, too
CONSONANT = re.compile(r"(one\b|once\b|uni|unani|us[aeu]|ut[aei]|eu|ubi|u[kr]?\b)", re.IGNORECASE)  # as spoken
MUTE = re.compile(r"(hour|honest|honou?r|heir)", re.IGNORECASE)
SPELT_OUT = re.compile(r"[AEFHILMNORSX][A-Z0-9]{1,4}s?\b")  # "an LU", "an FX send"
EIGHTS = re.compile(r"(8\d*|11|18)(?!\d)")
STRAY = re.compile(r"\s[,;:!?](?=\s|$)|(?<=\w)\s\.(?=\s|$)|,,|;;|(?<!\.)\.\.(?!\.)")
BY = "differ differs vary varies disagree go goes stand stands come pass".split()  # "no more than engineers differ by"
LACKING = re.compile("".join(rf"(?<!\b{verb} )" for verb in BY) + r"\bby ?[-.,;)](?!\d)|\busual %")
UNFINISHED = re.compile(r"\b(?:\w+ )?\d+(?:\.\d+)?(?: (?:dB|LU|Hz|%))? ?(?:\.{3}|…)")
ENDS = re.compile(r"(?<=[.!?…])[\"”’')\]*]*\s+")
ABBREVIATED = re.compile(r"\b(e\.g|i\.e|cf|ca|vs|approx|resp|etc|no)\.[\"”’')\]*]*\s*\Z", re.IGNORECASE)
ITEM = re.compile(r"\s*(?:[-*•–]|\d{1,2}[.)])\s+")
PAIRS = {")": "(", "]": "[", "}": "{", "”": "“"}


def slips(text: str) -> tuple[str, ...]:
    """The slips in a text, a sentence each; the same slip twice is two.

    Doubled words, "a" for "an" and the other way round, brackets and quotation marks that are not closed, spaces before
    commas and doubled marks, numbers left out or left without what they measure, sentences that begin without a
    capital, break off or run into the next one, verbs that do not agree, and lines that end without a stop. Points of a
    list need no capital and no stop.
    """
    kinds = (_doubled, _articles, _brackets, _stray, _lacking, _disagreeing, _sentences)
    return tuple(slip for kind in kinds for slip in kind(text))


def _doubled(text: str) -> Iterator[str]:
    for found in DOUBLED.finditer(text):
        if found[1].casefold() not in MAY_DOUBLE and found[1] != "A":  # "lift track A a lot"
            yield f'"{found[1]}" stands twice.'


def _articles(text: str) -> Iterator[str]:
    for article, word in ARTICLE.findall(text):
        an = _takes_an(word)
        if an is not None and an != (article == "an"):
            yield f'"{article} {word}" has the wrong article.'


def _takes_an(word: str) -> bool | None:
    """Whether a word begins with a vowel as it is spoken; None where one cannot tell."""
    if word[0].isdigit():
        return bool(EIGHTS.match(word))
    if word.isupper() and len(word) <= 5:
        return True if SPELT_OUT.fullmatch(word) else None
    if len(word) == 1:
        return None
    if MUTE.match(word):
        return True
    if CONSONANT.match(word):
        return False
    return word[0].casefold() in "aeiou" if word.isascii() else None


def _brackets(text: str) -> Iterator[str]:
    open_now: list[str] = []
    for sign in text:
        if sign in PAIRS.values():
            open_now.append(sign)
        elif sign in PAIRS and (not open_now or open_now.pop() != PAIRS[sign]):
            yield f'A "{sign}" closes nothing.'
    yield from (f'A "{sign}" is not closed.' for sign in open_now)
    if text.count('"') % 2:
        yield "A quotation mark is left over."


def _stray(text: str) -> Iterator[str]:
    yield from ("A mark is doubled, or stands behind a space." for _ in STRAY.finditer(text))


def _lacking(text: str) -> Iterator[str]:
    yield from (f'A number is missing at "{found[0].strip()}".' for found in LACKING.finditer(text))
    yield from (f'It is not said what the number is at "{found[0]}".' for found in UNFINISHED.finditer(text))


def _disagreeing(text: str) -> Iterator[str]:
    yield from (f'At "{found}" the verb does not agree.' for found in disagreements(text))


def _sentences(text: str) -> Iterator[str]:
    for line in filter(str.strip, text.splitlines()):
        bullet = ITEM.match(line)
        plain = line[bullet.end() if bullet else 0 :].strip()
        for sentence in _parted(plain):
            first = next((sign for sign in sentence if sign.isalnum() or sign in '“"'), "")  # a name stays as it is
            if first.islower() and not bullet:
                yield f'"{sentence[:20]}" begins without a capital.'
            if not bullet:
                yield from _amiss(sentence)
        if not bullet and not re.search(r"[.!?…:][\"”’')\]*]*\Z", plain):
            yield "A line ends without a stop."


def _amiss(sentence: str) -> Iterator[str]:
    """What is wrong with how a sentence goes on, and how it ends."""
    place = None if sentence.rstrip("\"”’')]").endswith("?") else fused(sentence)
    if place is not None:
        yield f'At "{place}" a sentence runs into another.'
    last = broken_off(sentence)
    if last is not None:
        yield f'A sentence breaks off at "{last}".'


def _parted(line: str) -> Iterator[str]:
    """The sentences of a line; what is abbreviated ends none."""
    kept = ""
    for piece in ENDS.split(line):
        kept = f"{kept} {piece}" if kept else piece
        if not ABBREVIATED.search(kept):
            yield kept
            kept = ""
    if kept:
        yield kept
