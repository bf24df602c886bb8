"""The question that is put to a judge: the rubric, then the truth and the answers as data that can give no orders."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from explainer.advice.shown import shown
from explainer.evaluation.judge.judged import Judged
from explainer.evaluation.judge.rubric import Criterion, rubric

LONGEST_ANSWER, LONGEST_NAME = 4000, 200  # characters that are shown to a judge
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
# What ends the data, opens a fence or makes up a special token of a language model, as JSON may write it as well.
NEUTRAL = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>[]`&"}


@dataclass(frozen=True)
class Question:
    """One item with its answers in one order.

    Args:
        names: who gave each answer, in the order in which a judge sees them.
        order: 0 for the order that was drawn, 1 for the other way round.
    """

    judged: Judged
    names: tuple[str, ...]
    order: int

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers in their order."""
        return tuple(self.judged.answers[name] for name in self.names)

    @property
    def text(self) -> str:
        """What a language model is asked. Who gave an answer is not in it."""
        told = rubric()
        parts = [told.opening, _criteria(), told.material, f"<data>\n{_data(self)}\n</data>"]
        closing = told.closing.format(answers=len(self.names))
        return "\n\n".join([*parts, f"{closing}\n{_form(len(self.names))}"])


def neutral(text: str, longest: int) -> str:
    """A text without invisible signs, its line breaks kept, cut where it is longer than that."""
    lines = "\n".join(shown(line) for line in text.splitlines())
    return lines if len(lines) <= longest else f"{lines[:longest].rstrip()} …"


def _data(question: Question) -> str:
    """The item as JSON on one line, in whose strings nothing is left that could end it."""
    judged = question.judged
    data = {
        "question": judged.asked,
        "anchor": None if judged.anchor is None else _name(judged.anchor),
        "true_corrections": [
            {"stem": _name(stem), "db": round(db, 1) + 0.0} for stem, db in judged.correction_db.items()
        ],
        "answers": [
            {"answer": number, "text": neutral(answer, LONGEST_ANSWER)}
            for number, answer in enumerate(question.answers, start=1)
        ],
    }
    return STRING.sub(lambda string: string[0].translate(NEUTRAL), json.dumps(data, ensure_ascii=False))


def _name(stem: str) -> str:
    return neutral(stem, LONGEST_NAME)


@lru_cache(maxsize=1)
def _criteria() -> str:
    """The criteria as text, with their examples."""
    told = rubric()
    truth = ", ".join(f"{stem} {db:+.1f} dB" if db else f"{stem} 0 dB" for stem, db in told.correction_db.items())
    lines = [f"The examples are about one mix: true corrections {truth}; the anchor is the {told.anchor}."]
    for criterion, measure in told.measures.items():
        lines += ["", f"## {criterion}", measure.asks]
        lines += [f"{score}: {measure.levels[score]}" for score in sorted(measure.levels, reverse=True)]
        for title, example in (("Good", measure.good), ("Bad", measure.bad)):
            lines.append(f"{title}, {example.score}: {json.dumps(example.answer)} {example.why}")
    return "\n".join(lines)


def _form(answers: int) -> str:
    """What a reply looks like. Its scores are left open, so that none is suggested."""
    scores: Sequence[str] = [f'"{criterion}": ...' for criterion in Criterion]
    entries = [f'{{"answer": {number}, "why": "...", {", ".join(scores)}}}' for number in range(1, answers + 1)]
    return f'{{"answers": [{", ".join(entries)}]}}'
