"""The form of a song: which sections follow each other, and how dense they are."""

import numpy as np

from console.data.synth.score import Section

ENERGY = {"intro": 0.35, "verse": 0.6, "chorus": 1.0, "break": 0.25, "solo": 0.85, "outro": 0.4}
SECTIONS = tuple(ENERGY)
SUNG = frozenset({"verse", "chorus"})
ORDERS = (
    "intro verse chorus verse chorus break chorus outro",
    "intro verse chorus verse chorus solo chorus outro",
    "verse chorus break verse chorus solo chorus",
    "chorus verse chorus break verse chorus",
    "intro verse verse chorus solo verse chorus outro",
)
FULL = frozenset({"chorus", "solo"})  # which may have another groove and rhythm than the rest
SHORT = frozenset({"intro", "break", "outro"})


def draw_form(bars: int, rng: np.random.Generator) -> tuple[Section, ...]:
    """Sections that fill the bars, of which some are sung; a short song has short sections."""
    order = str(rng.choice(ORDERS)).split()
    unit = next((u for u in (8, 4, 2, 1) if bars >= 5 * u + int(rng.integers(2 * u))), 1)
    if bars < 4:
        order = ["verse", "chorus"]
    sections: list[Section] = []
    at = 0
    while at < bars:
        name = order[len(sections) % len(order)]
        length = min(max(1, unit // 2) if name in SHORT else unit, bars - at)
        sections.append(Section(name, at, length, ENERGY[name]))
        at += length
    return tuple(sections)
