"""Lessons of questions: what is asked of an advice, and each step of the answer, with slots."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from console.balance.genre import Genre, usual_in
from explainer.advice.advice import Advice, MixLevels
from explainer.language.told.ask import Ask
from explainer.lessons.lessons import Lessons
from explainer.phrasing.answers import worded
from explainer.phrasing.bank import Draw
from explainer.phrasing.plan import StepKind
from explainer.phrasing.questions.asked import Anew, Asked, Question
from explainer.phrasing.questions.reply import reply

OF_NO_STEM = 0.25  # how often a question names none
TOLD_USUAL, UNKNOWN = 0.3, 0.2  # shares of songs that are judged by a genre, and of those that are like nothing learnt
MOST = 2  # steps of one answer


@dataclass(frozen=True)
class QuestionLessons:
    """Steps of answers to questions about other lessons' advices; every kind of question comes equally often.

    Args:
        lessons: whose advices are asked about.
    """

    lessons: Lessons

    def asks(self, seed: int) -> Iterator[Ask]:
        """About as many as there are lessons."""
        rng = np.random.default_rng((seed, 2))
        for ask in self.lessons.asks(seed):
            if not ask.compare:
                yield from some_answers(ask, rng)


def some_answers(ask: Ask, rng: np.random.Generator) -> Iterator[Ask]:
    """The steps of the answer to a question about a lesson's advice, each with the text of the step before.

    What the bank of moves words, `explainer.lessons.steps` teaches.
    """
    advice = _as_heard(ask.advice, rng)
    draw, before = Draw(rng), ""
    for step in reply(a_question(advice, rng), advice).steps[:MOST]:
        text = worded(step, draw)
        if step.kind is StepKind.ANSWER:
            yield replace(ask, advice=advice, instruction="", response=text, step=step, before=before)
        before = text


def a_question(advice: Advice, rng: np.random.Generator) -> Question:
    """A question at random, on any stem or none."""
    kind = list(Asked)[int(rng.integers(len(Asked)))]
    stems = () if rng.random() < OF_NO_STEM else (int(rng.integers(len(advice.stems))),)
    anew = list(Anew)[int(rng.integers(len(Anew)))] if kind is Asked.AGAIN else None
    genre = str(list(Genre)[int(rng.integers(len(Genre)))]) if anew is Anew.GENRE and rng.random() < 0.7 else ""
    absent = "banjo" if not stems and rng.random() < 0.1 else ""
    return Question(kind, stems, absent, anew, genre)


def _as_heard(advice: Advice, rng: np.random.Generator) -> Advice:
    """An imagined advice with what else an answer may tell: levels of the mix, what is usual, how much is known."""
    before_lufs, after_db = float(rng.uniform(-24, -9)), float(rng.normal(0, 1.5)) * (rng.random() < 0.8)
    mix = MixLevels(
        round(before_lufs, 2),
        round(before_lufs + after_db, 2),
        round(float(rng.normal(-0.5, 2.0)), 2),
        round(-float(rng.uniform(0.1, 4)), 2) if rng.random() < 0.2 else 0.0,
    )
    usual = usual_in(list(Genre)[int(rng.integers(len(Genre)))]) if rng.random() < TOLD_USUAL else None
    familiarity = float(rng.uniform(0, 0.5)) if rng.random() < UNKNOWN else 1.0
    return replace(advice, mix=mix, usual=advice.usual or usual, familiarity=familiarity)
