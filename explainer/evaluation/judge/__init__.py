"""Judging answers by a rubric: the criteria, the question to a judge, its reply, and who judges."""

from explainer.evaluation.judge.backend import Checked, Judge, Reply
from explainer.evaluation.judge.endpoint import Endpoint
from explainer.evaluation.judge.judged import Judged
from explainer.evaluation.judge.judgements import Invalid, Judgement, Judgements, judge, questions_of, verdicts
from explainer.evaluation.judge.local import Local
from explainer.evaluation.judge.question import Question
from explainer.evaluation.judge.rubric import Criterion
from explainer.evaluation.judge.rules import Rules
from explainer.evaluation.judge.summary import summarise

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
