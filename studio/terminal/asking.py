"""Answers to questions about an advice, as text and as JSON."""

import json
from collections.abc import Sequence

from explainer.advice.advice import TextSource
from explainer.advice.shown import shown
from explainer.ask import Answered

FALLEN_BACK = "(From the phrase bank: what the explainer wrote contradicted the numbers.)"


def in_text(answers: Sequence[Answered]) -> str:
    """The answers, each with the command for what they leave open; several with their questions above them."""
    return "\n\n".join(_told(answer, several=len(answers) > 1) for answer in answers)


def as_data(answers: Sequence[Answered]) -> str:
    """The answers as JSON: a list, even of one."""
    return json.dumps([_row(answer) for answer in answers], indent=2)


def can_be_asked(questions: Sequence[str], as_json: bool) -> str:
    """Examples of questions."""
    if as_json:
        return json.dumps(list(questions), indent=2)
    return "\n".join(["You can ask, in your own words:", "", *(f"  {shown(question)}" for question in questions)])


def _told(answer: Answered, several: bool) -> str:
    lines = [f"> {shown(answer.question.text)}"] if several else []
    lines.append(answer.text)
    if answer.operation is not None:
        lines.append(f"  {shown(answer.operation.command())}")
    if answer.contradictions and answer.source is TextSource.PHRASES:
        lines.append(FALLEN_BACK)
    return "\n".join(lines)


def _row(answer: Answered) -> dict[str, object]:
    operation = answer.operation
    return {
        "question": answer.question.text,
        "kind": answer.kind,
        "answer": answer.text,
        "source": answer.source,
        "operation": None if operation is None else {"name": operation.name, "arguments": operation.arguments},
    }
