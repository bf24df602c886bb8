"""Two versions of a song: what differs in what was measured, and how the flow changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from explainer.advice.shown import capital
from explainer.feedback.facts.fact import Fact, Facts, kinds
from explainer.feedback.facts.slots import filled

FLOW = (
    "form",
    "enters_later",
    "section_count",
    "section_kinds",
    "section_contrast",
    "loudest_section",
    "softest_section",
    "arc",
)
BEFORE, NOW, CHANGE = "before_", "now_", "change_"
APART = {"LUFS": "LU", "dBTP": "dB", "%": "points"}  # the unit of a difference
OCTAVE = 0.04  # how far half or double the tempo may be from it
SAME = "Nothing that was measured differs by more than it takes to be told."
STEADY = ("key", "genre", "register", "lowest_note", "highest_note", "progression", *FLOW)  # words that are compared


@dataclass(frozen=True)
class Change:
    """A fact that differs.

    Args:
        slot: of the fact.
        said: in a sentence.
        flow: whether it is about how the song goes on.
        weight: by how many times what is worth telling.
    """

    slot: str
    said: str
    flow: bool
    weight: float


def changes(before: Facts, now: Facts) -> tuple[Change, ...]:
    """What differs, the flow first, then what differs most."""
    found = list(_changes(before, now))
    order = {slot: at for at, slot in enumerate(FLOW)}
    return tuple(sorted(found, key=lambda each: (not each.flow, order.get(each.slot, 0), -each.weight)))


def both(before: Facts, now: Facts, only: Sequence[str] | None = None) -> Facts:
    """The facts of both versions and their differences, under slots of their own.

    Args:
        only: facts by their slots; all by default.
    """
    told: dict[str, Fact] = {}
    for slot in _slots(before, now) if only is None else only:
        for prefix, facts in ((BEFORE, before), (NOW, now)):
            if slot in facts:
                told[prefix + slot] = replace(facts[slot], slot=prefix + slot)
        difference = _difference(slot, before, now)
        if difference is not None:
            kind = kinds()[slot]
            kind = replace(kind, about=f"difference in {kind.about}", unit=APART.get(kind.unit, kind.unit))
            told[CHANGE + slot] = Fact(CHANGE + slot, kind, kind.said(abs(difference)) + _way(difference))
    return told


def _slots(before: Facts, now: Facts) -> list[str]:
    return [slot for slot in kinds() if slot in before or slot in now]


def _changes(before: Facts, now: Facts) -> Iterator[Change]:
    facts = both(before, now)
    for slot in _slots(before, now):
        kind = kinds()[slot]
        one, other = before.get(slot), now.get(slot)
        flow = slot in FLOW
        if one is None or other is None:
            if slot in STEADY:
                known, which = (one, "older") if other is None else (other, "newer")
                said = "" if known is None else f"The {kind.about} is known of the {which} version only: {known.said}."
                yield Change(slot, said, flow, 1.0)
            continue
        if one.unsure or other.unsure or _the_same(slot, one, other, before, now):
            continue
        difference = _difference(slot, before, now)
        if difference is not None and kind.least and abs(difference) >= kind.least:
            said = f"{kind.about}: {{{BEFORE}{slot}}} before, {{{NOW}{slot}}} now ({{{CHANGE}{slot}}})."
            yield Change(slot, filled(said, facts), flow, abs(difference) / kind.least)
        elif difference is None and slot in STEADY and one.value != other.value:
            yield Change(slot, f"{capital(kind.about)}: {one.said} before, {other.said} now.", flow, 1.0)


def _the_same(slot: str, one: Fact, other: Fact, before: Facts, now: Facts) -> bool:
    """Whether two facts that differ mean the same, or cannot be compared."""
    match slot:
        case "tempo":  # one beat, counted in half or double time
            return one.number is not None and other.number is not None and _is_octave(one.number, other.number)
        case "loudest_section" | "softest_section":  # whose ends moved a little
            return str(one.value).split(" ")[0] == str(other.value).split(" ")[0]
        case "genre_steady" | "genre_chance":  # of another genre
            return "genre" in before and "genre" in now and before["genre"].value != now["genre"].value
        case "progression_times":
            return "progression" in before and before["progression"].value != now["progression"].value
    return False


def _is_octave(one: float, other: float) -> bool:
    return any(abs(one * factor - other) <= OCTAVE * other for factor in (0.5, 2.0))


def _difference(slot: str, before: Facts, now: Facts) -> float | None:
    """The newer value less the older."""
    one, other = before.get(slot), now.get(slot)
    if one is None or other is None or one.number is None or other.number is None:
        return None
    return round(other.number - one.number, 6)


def _way(difference: float) -> str:
    return " more" if difference > 0 else " less" if difference < 0 else ""
