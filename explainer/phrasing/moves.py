"""A step on one stem in words: clauses from the bank set into a frame, with doubt and pronouns where they belong."""

import re
from collections.abc import Sequence

from explainer.advice.claims import Confidence, ReasonKind
from explainer.phrasing.bank import Draw
from explainer.phrasing.grammar import agreement, confusable, plural_of
from explainer.phrasing.plan import RELATIVE, ZERO, Fact, Step, Style
from explainer.phrasing.slots import Slot

PLACE = re.compile(r"\{(\w+)\}|<(?:stem|masker|beside)>")
NEW_CLAUSE = (".", ":", ";")
CHANGED = {"up": {"louder": "louder", "back": "down"}, "down": {"louder": "quieter", "back": "up"}}
SURELY, LISTEN, TIP, ORDER = 0.12, 0.2, 0.25, 0.25  # how often something is added that need not be


def moved(step: Step, draw: Draw) -> str:
    """The text of a move, with its slots as tags."""
    telling = Telling(step, draw)
    style, sure = step.style, telling.sure
    frame = draw.one(*_frames(step), avoid=_twice(step))
    said = telling.expand(frame)
    place = step.facts.get(Fact.PLACE)
    plain_do = frame.startswith("{do}") and sure is Confidence.SURE and not said.startswith("the ")
    plain_start = said.startswith(Slot.STEM.tag) or plain_do
    if place in ("first", "next", "last") and plain_start and draw.chance(ORDER):
        said = f"{draw.one(f'moves.order.{place}')} {said}"
    if Fact.TASTE in step.facts:
        kind = "again" if draw.again("taste") else str(style)
        return f"{said} {draw.one(f'moves.taste.{kind}')}."
    if style is Style.FULL and sure is not Confidence.LIKELY:
        if draw.chance(SURELY if sure is Confidence.SURE else LISTEN):
            said += f" {draw.one(f'moves.end.{sure}')}."
    elif style is Style.PLAIN and draw.chance(TIP) and not draw.again("tip"):
        tip = draw.one("moves.plain.tip.any", f"moves.plain.tip.{telling.way}")
        said += f" {telling.expand(tip)}."
    return said


def changed(step: Step, draw: Draw) -> str:
    """The text of what differs in version B, and of the way back, with its slots as tags."""
    telling = Telling(step, draw)
    only = step.facts.get(Fact.PLACE) == "only"
    frame = draw.one(f"answers.change.{step.style}")
    said = draw.one("answers.change.said.any", *(["answers.change.said.only"] if only else []), avoid=_colons(frame))
    return telling.expand(frame.replace("{said}", said))


class Telling:
    """Puts a step into words, left to right: what has been named is a pronoun, what has been doubted is told plainly.

    Args:
        step: a move or a change.
    """

    def __init__(self, step: Step, draw: Draw):
        self.step, self.draw = step, draw
        self.way, self.size = step.facts[Fact.WAY], step.facts.get(Fact.SIZE, "plain")
        self.sure = Confidence(step.facts.get(Fact.SURE, Confidence.SURE))
        if self.sure is Confidence.UNSURE and self.size == "much":
            self.size = "plain"  # nobody is unsure of what is "massively" off
        self.doubted = self.sure is Confidence.SURE  # whether the doubt there is has been told
        self.named = False  # whether a pronoun is clear
        self.bank = "moves.plain" if step.style is Style.PLAIN else "moves"
        energy = Slot.BESIDE in step.slots or Slot.SHARE in step.slots
        self.avoid = ["mix"] if energy and step.style is Style.FULL else []  # said of the figures
        if self.sure is not Confidence.SURE:
            self.avoid += ["noticeably", "audibly"]  # nobody says "possibly audibly too loud"

    def expand(self, template: str) -> str:
        """A template with everything put in but the slots."""
        return PLACE.sub(lambda found: self._put(found[0], found[1], template[: found.start()].rstrip()), template)

    def _put(self, tag: str, word: str | None, before: str) -> str:
        new = not before or before.endswith(NEW_CLAUSE)
        match word:
            case None:
                self.named = tag == Slot.STEM.tag or (self.named and not confusable(self.step, tag))
                return tag
            case "fault":
                return self.expand(self._fault(new, idioms=True))
            case "clause":
                return self.expand(self._fault(new, idioms=False))
            case "do":
                return self.expand(self._do(new))
            case "need":
                return self.expand(f"{self._hedge()} {self.draw.one(f'moves.need.{self.way}')}")
            case "maybe":
                return self.expand(self._maybe())
            case "soft":
                self.doubted = True
                return self.expand(self.draw.one(f"moves.soft.{self.way}"))
            case "too":
                return self.draw.one(f"moves.degree.{self.size}", avoid=self.avoid)
            case "why" | "part" | "tail" | "range" | "usual" | "band" | "undo":
                return self.expand(self._told(word))
        words = agreement(plural_of(self.step), self.named) | CHANGED[self.way]
        self.named = self.named or Slot.STEM.tag in words[word]
        return words[word]

    def _fault(self, new: bool, idioms: bool) -> str:
        """What is wrong. A doubt is told by the verb, or before the clause where the sentence begins with it."""
        groups = [f"{self.bank}.fault.{self.way}.{size}" for size in ("any", self.size)]
        if self.doubted:
            # Before "that is 5 LU too much" it is said plainly what is too much.
            idioms = idioms and Fact.PART not in self.step.facts
            if idioms and self.sure is Confidence.SURE and self.step.style is not Style.PLAIN:
                groups.append(f"moves.idiom.{self.way}.{self.size}")
            return self.draw.one(*groups, avoid=self.avoid)
        by_verb = not new or self.draw.chance(0.5)
        template = self.draw.one(*groups, avoid=self.avoid, having="{is}" if by_verb else "")
        if not by_verb:
            return f"{self._hedge()} {template}"
        self.doubted = True
        return template.replace("{is}", self.draw.one(f"moves.hedge.is.{self.sure}"), 1)

    def _do(self, new: bool) -> str:
        """What to do. Where a doubt has been told before, what follows from it is put softly now and then."""
        if not self.doubted:
            self.doubted = True
            follows = [] if new else ["I am not sure"]  # not "it is quiet, so I am not sure, but I might ..."
            return self._wrapped(f"moves.hedge.do.{self.sure}", [*self._strong(), *follows])
        if self.sure is Confidence.UNSURE and new and self.draw.chance(0.75):
            return self._wrapped("moves.hedge.then")
        return self._wrapped("moves.hedge.do.sure") if self.sure is Confidence.SURE else self._imperative()

    def _maybe(self) -> str:
        self.doubted = True
        return self._wrapped("moves.hedge.do.unsure", self._strong())

    def _strong(self) -> list[str]:
        """What does not go with a large move: "if anything" is said of a small one."""
        return ["if anything"] if self.step.facts.get(Fact.SIZE) == "much" else []

    def _wrapped(self, group: str, avoid: Sequence[str] = ()) -> str:
        return self.draw.one(group, avoid=avoid).replace("{do}", self._imperative())

    def _imperative(self) -> str:
        if self.step.style is Style.PLAIN:
            return self.draw.one(f"moves.plain.do.{self.way}")
        sizes = ("any",) if self.step.facts.get(Fact.PART) else ("any", self.size)
        return self.draw.one(*(f"moves.do.{self.way}.{size}" for size in sizes))

    def _hedge(self) -> str:
        """What goes before a clause to say how sure it is; nothing where that has been told."""
        if self.doubted:
            return ""
        self.doubted = True
        return self.draw.one(f"moves.hedge.clause.{self.sure}")

    def _told(self, word: str) -> str:
        """A group of which the facts and the slots of the step choose."""
        slots, why = self.step.slots, self.step.facts.get(Fact.WHY)
        match word:
            case "why":
                return self.draw.one(*_reason(self.step))
            case "part":
                if self.step.facts[Fact.PART] == "both":
                    return self.draw.one(f"moves.part.{self.way}.perhaps")
                taste = Fact.TASTE in self.step.facts or self.draw.again("engineers differ")
                return self.draw.one(f"moves.part.{self.way}.{'plain' if taste else 'engineers'}")
            case "tail" | "range":
                across = "zero." if self.step.facts.get(Fact.PART) in ZERO else ""
                return self.draw.one(f"moves.range.{across}{'tail' if word == 'tail' else 'said'}")
            case "band":
                return " from <band>" if Slot.BAND in slots else ""
            case "undo":
                return self.draw.one("answers.change.undo")
        known = Slot.USUAL in slots or Slot.USUAL_SHARE in slots
        group = f"moves.usual.{'share' if why == ReasonKind.SHARE else 'level'}"
        return self.draw.one(f"{group}.any", f"{group}.{self.way}") if known else ""


def _frames(step: Step) -> list[str]:
    """The groups of frames that fit what a move has to tell."""
    facts, why = step.facts, step.facts.get(Fact.WHY, "none")
    if step.style is Style.SHORT:
        return [f"moves.short.{'certain' if facts[Fact.SURE] == Confidence.SURE else 'doubtful'}"]
    explains = {"none": "bare", "sounds": "stands"}.get(why)
    if step.style is Style.PLAIN:
        return [f"moves.plain.{explains or 'why_frame'}"]
    if facts.get(Fact.PART) == "zero":
        return [f"moves.full.zero.{explains or 'why'}"]
    if facts.get(Fact.PART) in ("part", "both"):
        return [f"moves.full.{'zero.' if facts[Fact.PART] == 'both' else ''}part"]
    if explains is not None:
        return [f"moves.full.{explains}"]
    kind = "level" if why in RELATIVE else why
    ways = [f"moves.full.cause.level_{facts[Fact.WAY]}"] if kind == "level" else []
    return ["moves.full.cause.any", f"moves.full.cause.{kind}", *ways]


def _twice(step: Step) -> list[str]:
    """What a frame may not hold, since the reason says it: in plain words a level alone is no more than the fault."""
    alone = step.facts.get(Fact.WHY) in RELATIVE and Fact.USUAL not in step.facts
    if step.style is Style.PLAIN and alone:
        return ["{fault}"]
    # "Perhaps turn it down, since it is too loud": what is in doubt is what is wrong, so that comes first.
    doubted = step.facts[Fact.SURE] == Confidence.UNSURE
    return [f"{before} {{fault}}" for before in (":", ".", "because", "as", "since")] if doubted else []


def _reason(step: Step) -> list[str]:
    """The groups of clauses that tell the reason."""
    slots, why, way = step.slots, step.facts[Fact.WHY], step.facts[Fact.WAY]
    if step.style is Style.PLAIN:
        known = "usual" if Fact.USUAL in step.facts else "plain"
        by = {"masked": "", "sounds": f".{way}"}.get(why, f".{known}.{way}")
        return [f"moves.plain.why.{why}{by}"]
    kind = "level" if why in RELATIVE else why
    if kind == ReasonKind.SOUNDS:
        return [f"moves.why.sounds.{way}"]
    if kind == ReasonKind.MASKED:
        return [f"moves.why.masked.{'band' if Slot.BAND in slots else 'plain'}"]
    if {Slot.USUAL, Slot.USUAL_SHARE} & slots.keys():
        return [f"moves.why.{kind}.usual.any", f"moves.why.{kind}.usual.{way}"]
    return [f"moves.why.{kind}.plain{f'.{way}' if kind == ReasonKind.SHARE else ''}"]


def _colons(frame: str) -> list[str]:
    """One colon in a sentence is enough."""
    return [":"] if ":" in frame else []
