"""A judge that needs no model: each criterion by rules, from what the parser reads and what it can count."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from console.correct import AUDIBLE_DB
from console.flaws import PLAIN_DB
from explainer.advice.claims import Claim, Claims, Direction
from explainer.advice.shown import quoted
from explainer.evaluation.judge.backend import Reply
from explainer.evaluation.judge.judged import Judged
from explainer.evaluation.judge.question import Question
from explainer.evaluation.judge.rubric import LEAST, MOST, Criterion
from explainer.phrasing.bundled import bundled
from explainer.reading import parse, parse_comparison
from explainer.reading.items.quantities import DB, Quantity
from explainer.reading.reader import quantities
from explainer.reading.slips import slips

CLOSE_DB, NEAR_DB = 1.0, 3.0  # how far a size may be off
CLOSE, NEAR, FAR = 1.0, 0.75, 0.5  # what a stem counts whose direction is right, by its size; FAR without one
NAMELESS = "“Track”"  # what stands for a user's name where only the language counts
DENIED = 40  # characters between a denial and what it denies, at most


class Rules:
    """Scores answers by rules: rough, but blind to order and the same every time.

    technical_accuracy: each stem that is off by 1 dB or more, or that is moved, counts 1 where its direction is right
        and its size within 1 dB, 0.75 within 3 dB, 0.5 beyond or without a size, 0 otherwise; the mean of these,
        from 1 (0) to 5 (1). Where nothing is off: 5 for saying so, 3 for saying nothing, 2 for moves under 3 dB
        only, 1.
    helpfulness: each move has 2 for a direction, 4 with dB or a range, 5 with both, 1 where directions contradict each
        other; their mean. Without a move: 4 for saying that nothing is to be moved, 5 with a reason or a figure, or 1.
    fluency: 5, less one for each slip of `explainer.reading.slips.slips`.
    reasoning_specificity: 5 for two figures that are no gains (LU, per cent, Hz ...) for each move, 4 for two figures
        or one for each move, 3 for one, 2 for words that give a reason, 1 for none. Whether a figure is true is not
        known here. Where nothing is moved, every figure counts.
    staying_within_gain_advice: 5, 3 for one kind of processing that is no gain (equaliser, dynamics, space, colour,
        another recording), 2 for two, 1 for more, or for one or more and no move. What is denied does not count.

    An answer without a word has 1 by each.
    """

    name = "rules"

    def replies(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """A verdict on each question."""
        for question in questions:
            entries = [
                {"answer": number, **scored(answer, question.judged)}
                for number, answer in enumerate(question.answers, start=1)
            ]
            yield Reply(json.dumps({"answers": entries}))


def scored(answer: str, judged: Judged) -> dict[Criterion, int]:
    """The scores of one answer, by the rules that `Rules` tells."""
    if not re.search(r"\w", answer):
        return dict.fromkeys(Criterion, LEAST)
    said = _claims(answer, judged)
    nameless = _nameless(answer, judged.stems)
    return {
        Criterion.ACCURACY: _accuracy(said, judged.correction_db),
        Criterion.HELPFULNESS: _helpfulness(said, answer, judged.stems),
        Criterion.FLUENCY: max(LEAST, MOST - len(slips(nameless))),
        Criterion.SPECIFICITY: _specificity(said, answer, judged.stems),
        Criterion.GAIN_ONLY: _gain_only(said, nameless),
    }


def _claims(answer: str, judged: Judged) -> Claims:
    """What an answer says should move; of two versions, what has changed says so as well."""
    said = parse(answer, judged.stems)
    if not judged.compare:
        return said
    changes = parse_comparison(answer, judged.stems)
    told = [Claim(stem, Direction.DOWN if db > 0 else Direction.UP, abs(db)) for stem, db in changes.items() if db]
    return Claims((*told, *(claim for claim in said.moves if claim.stem not in changes)), said.balanced)


def _accuracy(said: Claims, correction_db: Mapping[str, float]) -> int:
    wanted = {stem: db for stem, db in correction_db.items() if abs(db) >= AUDIBLE_DB}
    if not wanted and not said.moves:
        return MOST if said.balanced else 3
    if not wanted:
        return 2 if all((_size(claim) or PLAIN_DB) < PLAIN_DB for claim in said.moves) else LEAST
    at_stake = wanted.keys() | {claim.stem for claim in said.moves}
    return _between(sum(_right(stem, said, wanted.get(stem, 0.0)) for stem in at_stake) / len(at_stake))


def _right(stem: str, said: Claims, wanted_db: float) -> float:
    """How right what is said of a stem is, from 0 to 1."""
    moves = [claim for claim in said.moves if claim.stem == stem]
    if len(moves) != 1 or not wanted_db or (moves[0].direction is Direction.UP) != (wanted_db > 0):
        return 0.0
    size = _size(moves[0])
    if size is None:
        return FAR
    off_db = abs(size - abs(wanted_db)) - 1e-9
    return CLOSE if off_db <= CLOSE_DB else NEAR if off_db <= NEAR_DB else FAR


def _size(claim: Claim) -> float | None:
    """The dB of a move; the middle of a range where only that is said."""
    if claim.db is None and claim.low_db is not None and claim.high_db is not None:
        return abs(claim.low_db + claim.high_db) / 2
    return claim.db


def _helpfulness(said: Claims, answer: str, stems: Sequence[str]) -> int:
    if not said.moves:
        grounds = bool(_quantities(answer, stems)) or _found(_reasons(), answer)
        return (MOST if grounds else 4) if said.balanced else LEAST
    directions = [claim.stem for claim in said.moves]
    points = [LEAST if directions.count(c.stem) > 1 else _use(c) for c in said.moves]
    return int(sum(points) / len(points) + 0.5)


def _use(claim: Claim) -> int:
    known = (claim.db is not None) + (claim.low_db is not None)
    return (2, 4, 5)[known]


def _specificity(said: Claims, answer: str, stems: Sequence[str]) -> int:
    moves = len({claim.stem for claim in said.moves})
    counted = [quantity for quantity in _quantities(answer, stems) if not moves or quantity.unit != DB]
    figures = sum(len(quantity.numbers) for quantity in counted)
    if figures >= 2 * max(moves, 1):
        return 5
    if figures >= 2 or (moves and figures >= moves):
        return 4
    return 3 if figures else 2 if _found(_reasons(), answer) else LEAST


def _gain_only(said: Claims, nameless: str) -> int:
    kinds = sum(_found(pattern, nameless) for pattern in _not_asked())
    if kinds and not said.moves and not said.balanced:
        return LEAST
    return (5, 3, 2, 1)[min(kinds, 3)]


def _quantities(answer: str, stems: Sequence[str]) -> list[Quantity]:
    """The numbers of an answer that have units."""
    return [quantity for quantity in quantities(answer, stems) if quantity.unit is not None]


def _nameless(answer: str, stems: Sequence[str]) -> str:
    """The answer without the users' own names, in which any word may stand."""
    for stem in sorted(stems, key=len, reverse=True):
        answer = answer.replace(quoted(stem), NAMELESS)
    bare = [stem for stem in stems if any(_found(pattern, stem) for pattern in _not_asked())]
    for stem in bare:
        answer = re.sub(rf"(?<!\w){re.escape(stem)}(?!\w)", NAMELESS, answer, flags=re.IGNORECASE)
    return answer


def _between(share: float) -> int:
    """A score for a share from 0 to 1."""
    return LEAST + int((MOST - LEAST) * share + 0.5)


def _found(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a text says it anywhere without denying it."""
    return any(
        not _denials().search(text[max(found.start() - DENIED, 0) : found.start()]) for found in pattern.finditer(text)
    )


@lru_cache(maxsize=1)
def _lists() -> dict:
    return bundled("evaluation/judge/rules.yaml")


@lru_cache(maxsize=1)
def _reasons() -> re.Pattern[str]:
    return _any_of(_lists()["reasons"])


@lru_cache(maxsize=1)
def _not_asked() -> tuple[re.Pattern[str], ...]:
    return tuple(_any_of(words) for words in _lists()["not_asked"].values())


@lru_cache(maxsize=1)
def _denials() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(_lists()['denials'])})\b[^.;:!?,]*\Z", re.IGNORECASE)


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE)
