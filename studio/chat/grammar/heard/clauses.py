"""A text as clauses: stems found, each with how it is meant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from explainer.reading.claims.event import Event
from explainer.reading.claims.events import events
from explainer.reading.claims.nouns import Noun, grouped, nouns
from explainer.reading.items.segments import Item, Segment, sentences
from studio.chat.grammar.heard import words as ordered
from studio.chat.grammar.heard.mood import Mood, asks_anew, begins_request, mood_of, opening, said_from
from studio.chat.grammar.heard.names import Names
from studio.chat.grammar.heard.spelt import spelt

VERBS = ("move", "raise", "lower", "lower_word", "leave", "come")
NAME = ("*",)
DETERMINERS = frozenset("the my our his her their your a an one".split())
EXCEPT = Item(("except",), frozenset({"against"}))


@dataclass(eq=False)
class Clause:
    """A part of a sentence.

    Args:
        before: the mark or word that it follows; "" at the start of a sentence.
        items: what it consists of.
        mood: how it is meant.
        sentence: the number of its sentence; `text`: that sentence as it was written.
        either: whether that sentence leaves a choice: "the vocals or the bass".
        typed: what was typed for it; `slips`: for each word in it that was mended.
    """

    before: str
    items: list[Item]
    mood: Mood
    sentence: int
    text: str
    either: bool = False
    typed: str = ""
    slips: dict[str, str] = field(default_factory=dict)
    nouns: dict[int, Noun] = field(init=False)
    events: list[Event] = field(init=False)

    def __post_init__(self) -> None:
        for item in self.items:
            item.words = NAME if item.stems else item.words  # whatever a name says, it says nothing here
        self.nouns = nouns(self.items)
        self.events = events(self.items, self.nouns)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """All of its words; a "*" for each name."""
        return tuple(word for item in self.items for word in item.words)

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Its words; a "*" for each name, a "#" for each number."""
        said: list[str] = []
        for item in self.items:
            said += ["*"] if item.stems or item.other else ["#"] if item.quantity else item.words
        return tuple(said)

    @cached_property
    def start(self) -> int:
        """Where what is to be done begins among the free words."""
        return said_from(self.free)

    @cached_property
    def found(self) -> list[ordered.Found]:
        """What the free words mean in an order."""
        return ordered.concepts_in(self.free)

    @cached_property
    def concepts(self) -> frozenset[str]:
        """The same, without the places."""
        return frozenset(each.concept for each in self.found)

    def starts(self, *concepts: str) -> bool:
        """Whether it begins with one of these, but for small words."""
        return any(each.concept in concepts and each.at == self.start for each in self.found)

    def starts_with(self, *words: str) -> bool:
        """Whether it begins with one of these words, but for small ones."""
        return self.free[self.start : self.start + 1] in {(word,) for word in words}

    def is_all(self, concept: str) -> bool:
        """Whether it says nothing else."""
        covered = {at for each in self.found if each.concept == concept for at in range(each.at, each.at + each.size)}
        rest = [word for at, word in enumerate(self.free) if at not in covered]
        return bool(covered) and opening(rest) == len(rest)

    def has(self, *words: str) -> bool:
        """Whether one of these words is in it."""
        return not set(words).isdisjoint(self.words)

    @property
    def begins_anew(self) -> bool:
        """Whether it has a verb of its own, or a "but" before it."""
        first = self.items[min(self.start, len(self.items) - 1)]
        wishes = self.free[:1] in (("i",), ("we",)) and any(item.has("wish") for item in self.items)
        verb = first.has(*VERBS) or first.words[0] in ("set", "put", "lock", "apply")
        return wishes or verb or "but" in self.before.split()

    @property
    def named(self) -> list[Item]:
        """The items that name stems of the song."""
        return [item for item in self.items if item.stems]

    @property
    def absent(self) -> str:
        """An instrument that is named, and that the song has not; "" where none is."""
        return next((" ".join(item.words) for item in self.items if item.other), "")


def clauses(text: str, names: Names) -> list[Clause]:
    """The clauses of what was said, in their order."""
    found: list[Clause] = []
    for number, sentence in enumerate(spelt(text, names)):
        end = sentence.end
        segments = [segment for part in sentences(sentence.text, names.phrases) for segment in part.segments]
        segments = _with_neither(segments)
        either = any("or" in segment.before.split() for segment in segments)
        segments = [part for segment in grouped(_with_exceptions(segments)) for part in _parted(segment)]
        segments = [Segment(segment.before, _without_person(segment.items)) for segment in segments]
        items = [item for segment in segments for item in segment.items]
        if not items:
            continue
        words = [word for item in items for word in item.words]
        asks = any(begins_request(_words(segment)) for segment in segments[1:])
        mood = mood_of(words, "" if asks else end, items)
        for at, segment in enumerate(segments):
            if at:
                mood = _goes_on(mood, segment, end)
            typed = sentence.typed(_words(segment))
            clause = Clause(
                segment.before, segment.items, mood, number, sentence.written, either, typed, sentence.slips
            )
            found.append(clause)
    return found


def _goes_on(mood: Mood, segment: Segment, end: str) -> Mood:
    """How a clause is meant, by how the one before it was."""
    words = _words(segment)
    if begins_request(words):
        return mood_of(words, "", segment.items)
    if asks_anew(words) and not segment.items[0].has("leave") and words[0] not in ("has", "was", "were"):
        return Mood.QUESTION
    begins = segment.items[min(opening(words), len(segment.items) - 1)]
    if mood is Mood.TOLD:
        return mood_of(words, end, segment.items)
    if mood is not Mood.ORDER and "," in segment.before and end != "?" and mood is not Mood.SUPPOSED:
        return Mood.ORDER if begins.has(*VERBS) else mood
    return mood


def _words(segment: Segment) -> list[str]:
    return [word for item in segment.items for word in item.words]


def _with_neither(segments: list[Segment]) -> list[Segment]:
    """ "Neither the bass | nor the drums" as one list, which is denied."""
    denied = False
    for segment in segments:
        if denied and segment.before == "nor" and segment.items[0].words == ("nor",):
            segment.items = segment.items[1:]
        denied = denied or any(item.words == ("neither",) for item in segment.items)
    return [segment for segment in segments if segment.items]


def _without_person(items: list[Item]) -> list[Item]:
    """ "The client wants the vocals up" as "I want the vocals up"; of a stem's player only where another is wanted."""
    words = [word for item in items for word in item.words]
    at = opening(words)
    at += bool(words[at : at + 1]) and words[at] in DETERMINERS
    size = ordered.length_of(words[at:], "persons")
    wants = size and ordered.length_of(words[at + size :], "wanting")
    if not wants:
        return items
    end, count = 0, 0
    while end < len(items) and count < at + size:
        count += len(items[end].words)
        end += 1
    stems = any(item.stems for item in items[:end])
    if count != at + size or (stems and not any(item.stems for item in items[end:])):
        return items
    return [Item(("i",), frozenset({"people"})), *items[end:]]


def _with_exceptions(segments: Sequence[Segment]) -> list[Segment]:
    """Joins "everything | but the vocals"."""
    joined: list[Segment] = []
    for segment in segments:
        names = bool(segment.items) and any(item.stems for item in segment.items[:3])
        after_all = joined and joined[-1].items and joined[-1].items[-1].has("mix", "levels", "rest")
        after_all = after_all or (joined and joined[-1].items and joined[-1].items[-1].words == ("all",))
        if segment.before == "but" and names and after_all and not segment.items[0].has("leave", "denial", *VERBS):
            rest = segment.items[1:] if segment.items[0].words == ("but",) else segment.items
            joined[-1].items.extend([EXCEPT, *rest])
        elif segment.before == "with" and joined:
            joined[-1].items.extend(segment.items)
        else:
            joined.append(segment)
    return joined


def _parted(segment: Segment) -> Iterator[Segment]:
    """Parts "snare up 1 kick down 1", where a name follows upon a finished order."""
    items = segment.items
    for at in range(2, len(items) - 1):
        finished = items[at - 1].quantity or items[at - 1].has("up", "down")
        begun = any(item.stems for item in items[:at]) and any(map(_has_way, items[:at]))
        if items[at].stems and finished and begun and any(map(_has_way, items[at + 1 :])):
            yield Segment(segment.before, items[:at])
            yield from _parted(Segment(",", items[at:]))
            return
    yield segment


def _has_way(item: Item) -> bool:
    """Whether an item says up or down: a word, or a number with a sign."""
    return item.has("up", "down") or (item.quantity is not None and bool(item.quantity.sign))
