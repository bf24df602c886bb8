"""Judging answers by a rubric: the criteria, the question to a judge, its reply, and who judges."""

from explainer.judge.backend import Checked, Judge, Reply
from explainer.judge.endpoint import Endpoint
from explainer.judge.judged import Judged
from explainer.judge.judgements import Invalid, Judgement, Judgements, judge, questions_of, verdicts
from explainer.judge.local import Local
from explainer.judge.question import Question
from explainer.judge.rubric import Criterion
from explainer.judge.rules import Rules
from explainer.judge.summary import summarise

__all__ = [
    "Checked",
    "Criterion",
    "Endpoint",
    "Invalid",
    "Judge",
    "Judged",
    "Judgement",
    "Judgements",
    "Local",
    "Question",
    "Reply",
    "Rules",
    "judge",
    "questions_of",
    "summarise",
    "verdicts",
]
