"""Sentences about one move: clauses from the bank, set into a frame, with pronouns and hedges where they belong."""

import re

from explainer.advice.claims import Confidence, Reason, ReasonKind
from explainer.phrasing.bank import Draw
from explainer.phrasing.spoken import Spoken, figures, grammar, reason_slots

CLAUSES = ("fault", "turn", "need")
SAME_WORD = "mix"  # said once in a sentence is enough
COMPARED = " than "  # one comparison in a clause is enough
SPEAKER = "I {would}"
SLOT = re.compile(r"\{(\w+)\}")


class Telling:
    """Puts one move into words, clause by clause.

    Args:
        anchor: the stem it is compared with, with its article; None: the rest of the mix.
        hedge: whether the first clause says how sure it is, where it is not quite.
        reason: what to give as the reason, if a frame asks for one.
    """

    def __init__(self, move: Spoken, draw: Draw, anchor: str | None, hedge: bool, reason: Reason | None = None):
        self.move, self.draw, self.anchor, self.reason = move, draw, anchor, reason
        self.hedge = hedge and move.confidence is not Confidence.SURE
        self.hedged = False
        self._named = False  # whether a pronoun is clear
        self._avoid: list[str] = []

    def frame(self, template: str, prefix: str = "") -> str:
        """A frame filled in, each slot in turn; `prefix` goes before its first clause."""
        self._avoid = [SAME_WORD] if "{against}" in template or SAME_WORD in prefix else []
        if "{against}" in template:
            self._avoid.append(COMPARED)
        if template.startswith("{against}"):
            self._avoid.append(SPEAKER)  # "measured against the drums, I ..."
        return f"{prefix} {SLOT.sub(lambda slot: self._fill(slot[1]), template)}"

    def clause(self, kind: str) -> str:
        """A clause: "fault" (what is wrong), "turn" (do that), "need" (that should be done)."""
        move, group = self.move, f"{kind}.{self.move.side}"
        groups = [f"{group}.any"] if kind == "need" else [f"{group}.any", f"{group}.{move.severity}"]
        template = self.draw.one(*groups, avoid=self._avoid)
        slots = self._slots() | {"would": "would"}
        if "{too}" in template:
            slots["too"] = self.draw.one(f"degree.{move.severity}")
        said = self._hedge(kind, template, slots) if self.hedge else template.format_map(slots)
        self.hedge, self._named = False, True
        return said

    def _hedge(self, kind: str, template: str, slots: dict[str, str]) -> str:
        """The clause, not quite sure: by a word inside it where it has a place for one, else by one before it."""
        confidence, unsure = self.move.confidence, self.move.confidence is Confidence.UNSURE
        before = ""
        self.hedged = True
        if "{is}" in template and kind == "fault":
            slots["is"] = self.draw.one(f"is_maybe.{confidence}").format_map(slots)
        elif "{would}" in template and unsure:
            slots["would"] = "might"
        elif kind == "turn" and unsure:
            before = self.draw.one("maybe.turn")
        elif kind == "turn" or "{would}" in template:
            self.hedged = False  # "probably turn them up" is no English; a sentence after it may say so
        else:
            before = self.draw.one(f"maybe.{confidence}")
        return f"{before} {template.format_map(slots)}"

    def _fill(self, slot: str) -> str:
        if slot in CLAUSES:
            return self.clause(slot)
        if slot == "why":
            return self._why()
        if slot == "against":
            groups = ["against.any"] if self._named else ["against.any", "against.front"]
            self._named = self._named and self.anchor is None
            return self.draw.one(*groups).format(ref=self.anchor or self.draw.one("rest"))
        if slot in ("tail", "range"):
            group = {"tail": "range.tail", "range": "range.said"}[slot] + ("_across" if self.move.across else "")
            return self.draw.one(group).format_map(figures(self.move))
        said = self._slots()[slot]
        self._named = True
        return said

    def _why(self) -> str:
        if self.reason is None:
            raise ValueError("a frame asks for a reason, and there is none")
        template = self.draw.one(f"reason.{_group(self.reason, self.move)}")
        said = template.format_map(self._slots() | reason_slots(self.reason))
        self._named = "{other}" not in template  # after another stem "it" could be either
        return said

    def _slots(self) -> dict[str, str]:
        return grammar(self.move.alias, self._named) | figures(self.move)


def _group(reason: Reason, move: Spoken) -> str:
    """The group of the bank that gives such a reason."""
    if reason.kind is ReasonKind.SOUNDS:
        return f"{reason.kind}.{move.side}"
    if reason.kind is ReasonKind.MASKED:
        return f"{reason.kind}.{'plain' if reason.low_hz is None or reason.high_hz is None else 'band'}"
    return f"{reason.kind}.{'plain' if reason.usual is None else 'usual'}"
