"""What has been said of the stems so far, as a text is read; what pronouns refer to; what holds in a sentence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from explainer.advice.claims import Direction, Severity
from explainer.reading.claims.event import Event, Kind
from explainer.reading.claims.nouns import Noun
from explainer.reading.items.quantities import Quantity
from explainer.reading.items.segments import Item, Segment


@dataclass(slots=True)
class Mention:
    """One thing that a text says of one stem.

    Args:
        stem: its index.
        direction: which way it should go; None: it is right, or should be left.
        denied: a direction that it should not go, or in which it is not off.
        db, low_db, high_db: size and range, as in `Claim`.
        severity: from words only.
        ordered: whether it is what to do, rather than what is wrong.
        left, fine: whether it should be left, or is right.
        sentence: the number of the sentence in which it stands.
    """

    stem: int
    direction: Direction | None
    denied: Direction | None = None
    db: float | None = None
    low_db: float | None = None
    high_db: float | None = None
    severity: Severity | None = None
    unsure: bool = False
    ordered: bool = False
    left: bool = False
    fine: bool = False
    sentence: int = 0

    def measure(self, quantity: Quantity | None, span: Quantity | None) -> None:
        """Takes a size and a range, where it has none."""
        if quantity is not None and quantity.value is not None and self.db is None:
            self.db = abs(quantity.value)
        span = span if span is not None else quantity
        if span is not None and span.low is not None and self.low_db is None:
            self.low_db, self.high_db = span.low, span.high


@dataclass(slots=True)
class Clause:
    """A segment as it was read: its items, and what was spoken of before it.

    Args:
        sentence: the number of its sentence.
        before: the mark or word that it follows.
        nouns: what its items name.
        topic, recent: the stems that were spoken of, and those that were named last, each with whether in the plural.
        by_number: the stems that were named last in the plural (True), and in the singular.
        last: the stems of which something was said last.
        mentions: what it says of stems.
    """

    sentence: int
    before: str
    items: Sequence[Item]
    nouns: Mapping[int, Noun]
    topic: tuple[tuple[int, ...], bool]
    recent: tuple[tuple[int, ...], bool]
    by_number: Mapping[bool, tuple[int, ...]]
    last: tuple[int, ...] = ()
    mentions: list[Mention] = field(default_factory=list)


@dataclass(slots=True)
class Said:
    """What a text has said up to some point.

    Args:
        mentions: all of it, in the text's order.
        balanced: whether it says somewhere that nothing needs to move; `fine_in`: the sentences that say so of all
            stems, rather than of the rest.
        topic: the stems that a pronoun means; none where something else is spoken of.
        plural: whether the topic was named in the plural.
        recent: the stems that were named last, whether or not anything was said of them.
        by_number: the stems that were named last in the plural (True), and in the singular, and in which sentence.
        turned_in: the sentence in which the topic was named.
        last: what was said last.
        moves: stems and the directions in which it has been said that they should go.
        clauses: its segments, in their order.
        sentence: how many sentences have been read.
    """

    mentions: list[Mention] = field(default_factory=list)
    balanced: bool = False
    fine_in: set[int] = field(default_factory=set)
    topic: tuple[int, ...] = ()
    plural: bool = False
    recent: tuple[tuple[int, ...], bool] = ((), False)
    by_number: dict[bool, tuple[tuple[int, ...], int]] = field(default_factory=dict)
    turned_in: int = 0
    last: list[Mention] = field(default_factory=list)
    moves: set[tuple[int, Direction]] = field(default_factory=set)
    clauses: list[Clause] = field(default_factory=list)
    sentence: int = 0

    def name(self, item: Item) -> None:
        """Remembers that stems were named."""
        self.recent = (item.stems, item.plural)
        self.by_number[item.plural] = (item.stems, self.sentence)

    def turn_to(self, item: Item | None) -> None:
        """Makes a stem, or None for anything else, what is spoken of."""
        self.topic = item.stems if item is not None else ()
        self.plural = item.plural if item is not None else False
        self.turned_in = self.sentence

    def meant_by(self, pronoun: str) -> tuple[int, ...]:
        """The stems that "it" or "them" stands for: the topic, unless only what was named before agrees in number."""
        singular = pronoun in ("it", "its", "this", "itself", "that")
        agreeing, sentence = self.by_number.get(not singular, ((), 0))
        older = sentence < self.sentence == self.turned_in  # "the vocals need gain on it": careless, but near
        return agreeing if self.topic and self.plural == singular and agreeing and not older else self.topic

    def begin(self, segment: Segment, named: Mapping[int, Noun]) -> None:
        """Takes note of a segment before it is read."""
        topic = (self.topic, self.plural)
        last = tuple(mention.stem for mention in self.last)
        by_number = {plural: stems for plural, (stems, _) in self.by_number.items()}
        place = (self.sentence, segment.before, segment.items, named)
        self.clauses.append(Clause(*place, topic, self.recent, by_number, last))

    def add(self, stems: Iterable[int], event: Event, unsure: bool) -> None:
        """Says something of stems."""
        self.last = []
        for stem in stems:
            ordered = event.kind in (Kind.MOVE, Kind.WISH)
            mention = Mention(
                stem, event.direction, severity=event.severity, unsure=unsure, ordered=ordered, sentence=self.sentence
            )
            if event.negated or event.kind in (Kind.LEAVE, Kind.FINE):
                mention.direction, mention.denied = None, event.direction
                mention.left, mention.fine = event.kind is Kind.LEAVE, event.kind is Kind.FINE and not event.negated
            else:
                mention.measure(event.quantity, event.span)
                if event.direction is not None:
                    self.moves.add((stem, event.direction))
            self.last.append(mention)
        self.mentions.extend(self.last)
        if self.clauses:
            self.clauses[-1].mentions.extend(self.last)


@dataclass(slots=True)
class State:
    """What holds while one sentence is read.

    Args:
        unsure: whether it hedges.
        compares: whether it is about two versions, A and B.
        respectively: whether its numbers belong to its stems in their order.
        start: how much had been said before it.
        cause: whether a cause is being given; `owing`: one that is only a name, which ends at the next comma.
        condition: whether it is after an "if"; `lapsed`: whether a move was only supposed, and so what follows from it.
        event: what was said last; `pending`: what still waits for its stem.
        moved: the stems that something has been said of.
        nobody: whether its subject is "nothing".
        named: whether a stem has been named, or a pronoun stood for one.
    """

    unsure: bool = False
    compares: bool = False
    respectively: bool = False
    start: int = 0
    cause: bool = False
    owing: bool = False
    condition: bool = False
    lapsed: bool = False
    event: Event | None = None
    pending: Event | None = None
    moved: set[int] = field(default_factory=set)
    nobody: bool = False
    named: bool = False
