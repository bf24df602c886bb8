"""What is to come of something said: operations, a sentence, a question for the explainer, or nothing and why."""

from dataclasses import dataclass, field

from studio.chat.reply import Offer


@dataclass(frozen=True)
class Open:
    """A move that lacks something, which was asked back.

    Args:
        choice: the stems of which one is meant; empty where that is known: `stems`.
        sign: 1 up, -1 down, 0 not known.
        size_db: by how much; None where that is not known.
        to_db: to which position, in place of a move.
        operation: another operation that waits for its stem.
    """

    stems: tuple[int, ...] = ()
    choice: tuple[int, ...] = ()
    sign: int = 0
    size_db: float | None = None
    to_db: float | None = None
    operation: str = ""


@dataclass(frozen=True)
class Part:
    """What is to come of one clause.

    Args:
        orders: operations that are to be done.
        said: what is told beside them.
        offers: operations that are not to be done unless somebody says so.
        question: what the explainer is to answer.
        supposed: operations whose outcome is asked for, without doing them.
        unclear: why nothing can be done; then nothing of the whole is.
        open: what has been asked back by that.
        topic: the stems that it speaks of; None: of none.
        of_all: its orders are on all stems, so that others may be excepted later.
        excepted: stems that are to be left out of what was ordered of all.
        soft: it was only found or told so: "too much"; another order beside it counts instead.
    """

    orders: tuple[Offer, ...] = ()
    said: str = ""
    offers: tuple[Offer, ...] = ()
    question: str = ""
    supposed: tuple[Offer, ...] = ()
    unclear: str = ""
    open: Open | None = None
    topic: tuple[int, ...] | None = None
    of_all: bool = False
    excepted: tuple[int, ...] = ()
    soft: bool = False


@dataclass
class Memory:
    """What is remembered of a conversation.

    Args:
        topic: the stems that were spoken of last.
        moves: by how much each stem was moved by what was said last, dB.
        offers: what was offered last.
        open: what was asked back last.
        spans: where the history stood before and after each thing said that changed something.
        undone: steps that what was said last took back.
        sizes_told: whether it was told how much "a bit" is.
    """

    topic: tuple[int, ...] = ()
    moves: dict[int, float] = field(default_factory=dict)
    offers: tuple[Offer, ...] = ()
    open: Open | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)
    undone: int = 0
    sizes_told: bool = False
