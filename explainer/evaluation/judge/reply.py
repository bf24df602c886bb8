"""Reading a judge's reply: the scores as it gave them, or why they cannot be had. Nothing is guessed."""

import json
import re
from collections.abc import Iterator

from explainer.evaluation.judge.rubric import LEAST, MOST, Criterion

THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)  # what models that think aloud write first
Scores = dict[Criterion, int]


class Unreadable(ValueError):
    """A reply is no verdict. The message says why in a few words, none of them the reply's own."""


def read_reply(text: str, answers: int) -> list[Scores]:
    """The scores of each answer, in their order.

    What stands around the JSON object is passed over: Markdown fences, a sentence before it, thoughts. Two verdicts
    that differ are none.

    Args:
        text: the reply.
        answers: how many were judged.

    Raises: Unreadable where there is no verdict, an answer or a score is missing, too many, or no whole number from 1
        to 5.
    """
    text = THOUGHT.sub("", text)
    if not text.strip():
        raise Unreadable("empty reply")
    verdicts = [found["answers"] for found in _objects(text) if "answers" in found]
    if not verdicts:
        raise Unreadable("no JSON object with answers")
    if any(verdict != verdicts[0] for verdict in verdicts[1:]):
        raise Unreadable("several verdicts")
    return _scores(verdicts[0], answers)


def _objects(text: str) -> Iterator[dict]:
    """The outermost JSON objects in a text."""
    decoder = json.JSONDecoder(object_pairs_hook=_once)
    at = text.find("{")
    while at >= 0:
        try:
            found, end = decoder.raw_decode(text, at)
        except RecursionError as error:
            raise Unreadable("nested too deeply") from error
        except json.JSONDecodeError:
            # Nothing within what is broken is read: a part of a verdict is none.
            raise Unreadable("broken JSON") from None
        except ValueError as error:  # a number of thousands of digits, a key that comes twice
            raise Unreadable(str(error) if isinstance(error, Unreadable) else "broken JSON") from None
        if isinstance(found, dict):
            yield found
        at = text.find("{", end)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unreadable("a key twice")
    return found


def _scores(verdict: object, answers: int) -> list[Scores]:
    if not isinstance(verdict, list) or not all(isinstance(entry, dict) for entry in verdict):
        raise Unreadable("answers are no list of objects")
    numbered = {number: entry for entry in verdict if (number := _whole(entry.get("answer"))) is not None}
    if len(verdict) != answers or sorted(numbered) != list(range(1, answers + 1)):
        raise Unreadable("not each answer once")
    return [{criterion: _score(numbered[n].get(criterion)) for criterion in Criterion} for n in sorted(numbered)]


def _score(value: object) -> int:
    if value is None:
        raise Unreadable("a criterion is missing")
    score = _whole(value)
    if score is None:
        raise Unreadable("a score is no whole number")
    if not LEAST <= score <= MOST:
        raise Unreadable(f"a score is not from {LEAST} to {MOST}")
    return score


def _whole(value: object) -> int | None:
    """A whole number, also where it is written 4.0; True is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value)
