"""What holds while one sentence is read."""

from dataclasses import dataclass, field

from explainer.reading.event import Event


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
