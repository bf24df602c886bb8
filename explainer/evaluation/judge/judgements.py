"""Judging: every item asked in both orders, by any judge; what is no verdict is dropped and counted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from random import Random
from typing import NamedTuple

from console.errors import InputError
from explainer.evaluation.judge.backend import Judge, Reply
from explainer.evaluation.judge.judged import Judged
from explainer.evaluation.judge.question import Question
from explainer.evaluation.judge.reply import Unreadable, read_reply
from explainer.evaluation.judge.rubric import Criterion

COLUMNS = ("id", "judge", "order", "answer", "position", *Criterion, "invalid")


class Judgement(NamedTuple):
    """The scores of one answer, in one order.

    Args:
        id: of the item.
        answer: who gave it.
        scores: from 1 to 5.
        judge: who judged.
        order: 0, or 1 for the other way round.
        position: which one it was, from 1.
    """

    id: str
    answer: str
    scores: Mapping[Criterion, int]
    judge: str
    order: int
    position: int


class Invalid(NamedTuple):
    """A question that brought no verdict, and why.

    Args:
        answered: there was a reply; where there was none, one may come when the question is put again.
    """

    id: str
    judge: str
    order: int
    why: str
    answered: bool = True


class Judgements(NamedTuple):
    """What a judge said of items, and on which questions it said nothing that counts."""

    judgements: tuple[Judgement, ...]
    invalid: tuple[Invalid, ...]

    @property
    def rows(self) -> list[dict[str, str | int]]:
        """Rows of judge.csv, with `COLUMNS`: one for each answer and order, then one without scores for each question
        that brought no verdict."""
        rows: list[dict[str, str | int]] = [
            _row(id=j.id, judge=j.judge, order=j.order, answer=j.answer, position=j.position, **_plain(j.scores))
            for j in self.judgements
        ]
        return rows + [_row(id=i.id, judge=i.judge, order=i.order, invalid=i.why) for i in self.invalid]


def judge(
    items: Sequence[Judged], backend: Judge, seed: int = 0, advance: Callable[[], None] | None = None
) -> Judgements:
    """What a judge says of the answers on each item.

    Every item is asked twice: with its answers in an order that is drawn by chance, and the other way round. An item
    with one answer is asked once.

    Args:
        seed: of the orders; another one, other orders.
        advance: called after each reply, for a progress bar.

    Raises: InputError for two items of one id, and what the judge raises where it cannot be had at all.
    """
    if len({item.id for item in items}) < len(items):
        raise InputError("Two of the items to judge have the same id.")
    judgements: list[Judgement] = []
    invalid: list[Invalid] = []
    for found in verdicts([question for item in items for question in questions_of(item, seed)], backend):
        judgements.extend(found.judgements)
        invalid.extend(found.invalid)
        if advance is not None:
            advance()
    return Judgements(tuple(judgements), tuple(invalid))


def verdicts(questions: Sequence[Question], backend: Judge) -> Iterator[Judgements]:
    """What comes of each question, in their order, as soon as it is there: scores, or one `Invalid`.

    Raises: what the judge raises where it cannot be had at all.
    """
    for question, reply in zip(questions, backend.replies(questions), strict=True):
        asked = (question.judged.id, backend.name, question.order)
        if reply.failure:
            yield Judgements((), (Invalid(*asked, reply.failure, answered=False),))
            continue
        try:
            yield Judgements(tuple(_judged(question, reply, backend.name)), ())
        except Unreadable as error:
            why = f"{error}, broken off at the most tokens" if reply.cut else str(error)
            yield Judgements((), (Invalid(*asked, why),))


def questions_of(item: Judged, seed: int = 0) -> list[Question]:
    """The item with its answers in an order drawn by chance, and the other way round."""
    names = sorted(item.answers)  # whatever order they came in
    Random(sha256(f"{seed}\0{item.id}".encode("utf-8", "surrogatepass")).digest()).shuffle(names)
    orders = [tuple(names), tuple(reversed(names))]
    return [Question(item, order, at) for at, order in enumerate(orders[: len(names)])]


def _judged(question: Question, reply: Reply, name: str) -> Iterator[Judgement]:
    scores = read_reply(reply.text, len(question.names))
    for position, (answer, given) in enumerate(zip(question.names, scores, strict=True), start=1):
        yield Judgement(question.judged.id, answer, given, name, question.order, position)


def _row(**known: str | int) -> dict[str, str | int]:
    return {column: known.get(column, "") for column in COLUMNS}


def _plain(scores: Mapping[Criterion, int]) -> dict[str, int]:
    return {str(criterion): score for criterion, score in scores.items()}
