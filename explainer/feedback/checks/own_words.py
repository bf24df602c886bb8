"""What a text states by itself and no slot wrote: figures, keys, chords, notes, sections, instruments."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from console.read.roles import Role, parse_role
from explainer.advice.names import VOCABULARY
from explainer.feedback.facts.fact import Facts
from explainer.language.slot_mask import NUMBER_WORDS as BARRED
from explainer.reading.items.quantities import NUMBER_WORDS, UNITS
from explainer.reading.items.words import Kind, tokens

DOUBLED = {"double", "doubles", "doubled", "doubling"}  # what is sung twice, mostly
NUMBERS = ((NUMBER_WORDS - set(UNITS) - {"one"}) | BARRED) - DOUBLED
ROOT = r"[A-G](?:[#♯b♭]|[ -](?:sharp|flat))?"
KEY = re.compile(
    rf"\b({ROOT}|[b-g](?:[#♯b♭]|[ -](?:sharp|flat))?)[ -](major|minor|dorian|mixolydian|lydian|phrygian)\b", re.I
)
A_SMALL = re.compile(r"^a[ -](?:minor|major)$", re.IGNORECASE)
CHORD = re.compile(rf"\b{ROOT}(?:m|min|maj|dim|aug|sus|add|°|ø)?(?:maj)?\d*\b(?:/{ROOT})?")
NUMERALS = re.compile(r"\b[ivIV]{1,4}7?(?:\s*[-–—>→]+\s*[b♭]?[ivIV]{1,4}7?)+")
LETTER = re.compile(r"(?<![\w'’])[A-HJ-Z](?![\w'’])")
BEHIND_A = re.compile(r"\s*(?:[,.;:!?→>–—-]|$|(?:to|and|or|is|has|into|then|comes|repeats|returns|again|vs)\b)")
HELD = re.compile(r"(-|−|minus )?(\d+(?:[.,]\d+)?)\s*(bpm|lufs|dbtp)\b", re.IGNORECASE)
HELD_BY = {"bpm": "tempo", "lufs": "lufs", "dbtp": "true_peak"}
ELSEWHERE = re.compile(
    r"\b(?:sections?|parts?|targets?|stems?|vocals?|bass|drums?|service|spotify|by)\b", re.IGNORECASE
)
PARTS = re.compile(r"\b(?:chorus(?:es)?|verses?|bridges?|intro|outro|breakdown|pre-chorus|hook)\b", re.IGNORECASE)
ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|last|final|opening|closing)\s+(?:section|part|chord)\b", re.IGNORECASE
)
MOVED = re.compile(r"\bmodulat\w+|\bkey changes?\b|\brelative (?:major|minor)\b", re.IGNORECASE)
IDIOMS = re.compile(r"\b(?:half|double)[- ]time\b|\ba second(?=\s+[a-z])", re.IGNORECASE)  # which count nothing
MODE = re.compile(r"\b(major|minor)\s+(?:key|mode|tonality)\b", re.IGNORECASE)
OF_KIND = ("song", "track", "tune", "record", "production", "piece", "number", "ballad")
GENRES = """rock metal jazz pop punk blues folk country soul funk house techno trance ambient classical reggae rap
    electronic disco gospel indie hip-hop""".split()
A_GENRE = re.compile(rf"\b({'|'.join(GENRES)})\s+(?:{'|'.join(OF_KIND)})\b", re.IGNORECASE)
SAID_ANYHOW = {
    "voice",
    "voices",
    "harmonies",
    "keys",
    "bells",
    "pad",
    "pads",
    "strings",
    "horns",
}  # words of more than one sense
INSTRUMENT = re.compile(
    rf"\b({'|'.join(sorted((re.escape(w) for w in VOCABULARY if w not in SAID_ANYHOW), key=len, reverse=True))})\b",
    re.IGNORECASE,
)


def stray(own: str, facts: Facts, states: bool) -> Iterator[str]:
    """What is wrong with a sentence's own words, in a few words each.

    Args:
        own: the sentence without its slots and without the stems' aliases.
        states: whether it states something; where not (advice, a question) it may speak of what is not there yet.
    """
    own = HELD.sub(lambda found: " " if _held(found, own, facts) else found[0], own)
    own, key_wrong = _keys(own, facts)
    yield from key_wrong
    own, chords_wrong = _chords(own, facts)
    yield from chords_wrong
    if _numbers(own):
        yield "a figure that was not measured so"
    if any(_is_letter(found, own) for found in LETTER.finditer(own)) or ORDINAL.search(own):
        yield "a section or note that no slot names"
    if states:
        yield from _named(own, facts)


def _held(found: re.Match[str], own: str, facts: Facts) -> bool:
    """Whether a figure is the one fact that has its unit."""
    unit = found[3].casefold()
    fact = facts.get(HELD_BY[unit])
    if fact is None or fact.number is None or (unit == "lufs" and ELSEWHERE.search(own)):
        return False
    _, _, decimals = found[2].replace(",", ".").partition(".")
    value = float(found[2].replace(",", ".")) * (-1 if found[1] else 1)
    return len(decimals) <= fact.kind.decimals and abs(round(fact.number, len(decimals)) - value) < 1e-9


def _keys(own: str, facts: Facts) -> tuple[str, list[str]]:
    """A sentence without its keys, and which of them is wrong."""
    key = facts.get("key")
    wrong: list[str] = []

    def read(found: re.Match[str]) -> str:
        named = found[0]
        if A_SMALL.match(named) and (named[0] == "a" or _is_small(own[found.end() :])):
            return named
        if key is None or not key.carries or _plain(named) != _plain(str(key.value)):
            wrong.append(f"a key that was not measured ({named})")
        return " "

    own = KEY.sub(read, own)
    for found in MODE.finditer(own):
        if key is None or found[1].casefold() not in str(key.value).casefold():
            wrong.append(f"a mode that was not measured ({found[0]})")
    return own, wrong


def _is_small(behind: str) -> bool:
    """Whether "A minor" goes on as in "A minor issue"."""
    return (
        re.match(r"\s+(?:issue|change|point|problem|detail|adjustment|tweak|flaw|concern|lift|dip|cut)", behind)
        is not None
    )


def _plain(key: str) -> str:
    text = key.casefold().replace("♯", "#").replace("♭", "b")
    return re.sub(r"[ -]sharp", "#", re.sub(r"[ -]flat", "b", text)).replace("-", " ")


def _chords(own: str, facts: Facts) -> tuple[str, list[str]]:
    """A sentence without its chords, and which of them is wrong."""
    known = facts.get("commonest_chords")
    names = set(re.split(r", | and ", str(known.value))) if known is not None else set()
    wrong: list[str] = []

    def read(found: re.Match[str]) -> str:
        if re.fullmatch("[A-G]", found[0]):
            return found[0]  # a letter, which is looked at next
        if found[0] not in names:
            wrong.append(f"a chord or note that was not measured ({found[0]})")
        return " "

    own = CHORD.sub(read, own)
    if NUMERALS.search(own):
        wrong.append("a progression that no slot names")
    return own, wrong


def _numbers(own: str) -> bool:
    if any(sign.isnumeric() for sign in own):
        return True
    words = [token.text for token in tokens(IDIOMS.sub(" ", own)) if token.kind is Kind.WORD]
    ones = any(word in ("one", "a", "another") and after in UNITS for word, after in pairwise(words))
    return ones or not NUMBERS.isdisjoint(words)


def _is_letter(found: re.Match[str], own: str) -> bool:
    """Whether a lone capital is a section or a note, and no article."""
    if found[0] != "A":
        return True
    starts = not own[: found.start()].strip(" \"“'(*-") or own[: found.start()].rstrip().endswith((".", ":", "!", "?"))
    return not starts or BEHIND_A.match(own[found.end() :]) is not None


def _named(own: str, facts: Facts) -> Iterator[str]:
    """What a statement names and nobody measured."""
    part = PARTS.search(own)
    if part:
        yield f"a part of the song that is not known by that name ({part[0]})"
    moved = MOVED.search(own)
    if moved:
        yield f"a change of key, which is not looked for ({moved[0]})"
    genre = facts.get("genre")
    for found in A_GENRE.finditer(own):
        if genre is None or found[1].casefold().replace("-", " ") not in str(genre.value).casefold():
            yield f"a genre that the tags do not find ({found[1]})"
    for found in INSTRUMENT.finditer(own):
        if not _plays(found[1].casefold(), facts):
            yield f"an instrument that nothing shows ({found[1]})"


def _plays(word: str, facts: Facts) -> bool:
    """Whether a stem or a tag bears an instrument out."""
    heard = " ".join(str(facts[slot].value) for slot in ("stems", "instruments") if slot in facts).casefold()
    if word.removesuffix("s") in heard:
        return True
    role = parse_role(word) if word else Role.OTHER
    return role is not Role.OTHER and role in heard


def without(text: str, called: Sequence[str]) -> str:
    """A text without the stems in it, some of which hold a number's word or a letter: "double bass", "track A"."""
    if not called:
        return text
    spelt = "|".join(map(re.escape, sorted(called, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)(?:{spelt})(?!\w)", " ", text, flags=re.IGNORECASE)
