"""Slots: the places of numbers and names in a text, which code fills from the advice."""

import re
from collections.abc import Mapping
from enum import StrEnum

TAG = re.compile(r"<([a-z_]+)>")
START = re.compile(r"(^|[.?!] )([a-z])")


class Slot(StrEnum):
    """What a text leaves to code, by the name in its tag: `<gain>`."""

    STEM = "stem"  # "the vocals"
    GAIN = "gain"  # "3.2 dB"
    LOW = "low"  # "2.1", of "between <low> and <high>"
    HIGH = "high"  # "4.4 dB"
    LEVEL = "level"  # "7.3 LU below"
    BESIDE = "beside"  # what that level is against: "the rest of the mix", or the anchor: "the drums"
    USUAL = "usual"  # "2.4 LU below"
    OFF = "off"  # "4.9 LU": between the two
    SHARE = "share"  # "12 %", of the mix's energy
    USUAL_SHARE = "usual_share"  # "25 %"
    MASKER = "masker"  # "the bass"
    BAND = "band"  # "250 to 500 Hz"
    COVERED = "covered"  # "61 %", of its time
    HEARD = "heard"  # "17 %", of the song
    COUNT = "count"  # "three stems"
    ANCHOR = "anchor"  # "the drums"
    CHANGE = "change"  # "3.2 dB", from version A to B
    # Of answers to questions:
    CHANCE = "chance"  # "87 %", that a stem is off
    NEXT = "next"  # another stem: "the bass"
    NEXT_GAIN = "next_gain"  # "2.1 dB", of that
    NEXT_CHANCE = "next_chance"  # "71 %", of that
    STEMS = "stems"  # "the vocals and the bass"
    ASKED = "asked"  # "banjo", which is none of the stems
    SPREAD = "spread"  # "2.4 LU", between engineers
    WHERE = "where"  # "in metal", of what is usual
    LOUDNESS = "loudness"  # "-18.9 LUFS"
    AFTER = "after"  # "-17.2 LUFS"
    PEAK = "peak"  # "-0.4 dBTP"
    TRIM = "trim"  # "1.2 dB", taken off all stems
    HELD = "held"  # "3.1 dB", by which a locked stem is off
    FILES = "files"  # "three files"
    PASSES = "passes"  # "two passes"
    GENRE = "genre"  # "metal"

    @property
    def tag(self) -> str:
        """As it stands in a text."""
        return f"<{self.value}>"


NAMES = frozenset((Slot.STEM, Slot.BESIDE, Slot.MASKER, Slot.ANCHOR, Slot.NEXT))


def slots_of(text: str) -> list[str]:
    """The names in the tags of a text, in order."""
    return TAG.findall(text)


def fill(text: str, slots: Mapping[Slot, str]) -> str:
    """A text with its slots filled, single spaces, and a capital at the start of each sentence.

    Raises: KeyError for a slot that is not among them.
    """
    return finished(TAG.sub(lambda found: slots[Slot(found[1])], text))


def finished(text: str) -> str:
    """A text with single spaces and a capital at the start of each sentence."""
    text = re.sub(r"\s+", " ", text).strip()
    return START.sub(lambda found: found[1] + found[2].upper(), text)
