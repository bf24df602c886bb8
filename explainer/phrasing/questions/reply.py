"""Answers to questions about an advice: which steps tell what is asked, with slots for every number and name."""

from collections.abc import Callable, Mapping

from explainer.advice.advice import Advice
from explainer.phrasing.plan import Step, StepKind, plan_changes
from explainer.phrasing.questions import of_mix, of_moves, of_trust
from explainer.phrasing.questions.asked import Asked, Question
from explainer.phrasing.questions.case import Case, Reply, all_of
from explainer.phrasing.slots import Slot

OF_VERSIONS = (Asked.CHANGED, Asked.ALL, Asked.MOVE, Asked.FIRST, Asked.LOUDER)
SAID = (Asked.OUTSIDE, Asked.UNCLEAR)  # whatever the advice is


def reply(question: Question, advice: Advice, compare: bool = False) -> Reply:
    """What is to be said to a question about an advice.

    Args:
        compare: the advice is the way back from one version of a song to another, as `way_back` gives it.
    """
    case = Case(question, advice)
    if question.kind in SAID:
        return Reply((case.say(str(question.kind)),))
    if question.absent and not question.stems:
        slots = {Slot.ASKED: question.absent, Slot.STEMS: all_of(advice, range(len(advice.stems)))}
        return Reply((Step(StepKind.ANSWER, {}, slots, topic="absent"),))
    if not compare:
        return KINDS[question.kind](case)
    if question.kind not in OF_VERSIONS:
        return Reply((case.say("versions_only"),))
    return Reply(tuple(of_mix.versions(case)) if case.asked else plan_changes(advice).steps)


KINDS: Mapping[Asked, Callable[[Case], Reply]] = {
    Asked.WHY: of_moves.why,
    Asked.WHY_NOT: of_moves.why_not,
    Asked.FIRST: of_moves.first,
    Asked.SURE: of_trust.sure,
    Asked.LEAVE: of_moves.leave,
    Asked.ONLY: of_moves.only,
    Asked.AGAINST: of_trust.against,
    Asked.USUAL: of_trust.usual,
    Asked.TASTE: of_trust.taste,
    Asked.RANGE: of_moves.how_far,
    Asked.CHANGED: of_mix.changed,
    Asked.UNJUDGED: of_mix.unjudged,
    Asked.MASKED: of_moves.masked,
    Asked.LOUDNESS: of_mix.loudness,
    Asked.LOUDER: of_mix.louder,
    Asked.ANCHOR: of_mix.anchor,
    Asked.SOURCE: of_mix.source,
    Asked.MOVE: of_mix.move,
    Asked.ALL: of_mix.everything,
    Asked.AGAIN: of_mix.again,
}
