"""What can be said of a production from measurements alone: no opinion, and "not judged" where nothing is measured."""

from dataclasses import dataclass
from typing import Any

from console.music.music import Music
from explainer.advice.advice import Advice
from explainer.feedback.facts.fact import Facts
from explainer.feedback.facts.of_music import facts_of
from explainer.feedback.rules.scores import Score, scores
from explainer.feedback.rules.suggestions import Suggestion, questions, suggestions
from explainer.measured.kept import AnyReport

SCHEMA = "mixconsole/feedback/1"


@dataclass(frozen=True)
class Evaluation:
    """A song, judged by rules.

    Args:
        facts: what it rests on.
        scores: of the five categories, judged or not.
        suggestions: the weightiest first.
        questions: to the producer.
        missing: what was not measured, and why.
    """

    song: str
    facts: Facts
    scores: tuple[Score, ...]
    suggestions: tuple[Suggestion, ...]
    questions: tuple[str, ...]
    missing: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "schema": SCHEMA,
            "song": self.song,
            "scores": [vars(score) for score in self.scores],
            "suggestions": [vars(each) for each in self.suggestions],
            "questions": list(self.questions),
            "facts": {slot: _told(fact.said, fact.value, fact.confidence) for slot, fact in self.facts.items()},
            "missing": list(self.missing),
        }


def evaluate(music: Music, report: AnyReport | None = None, advice: Advice | None = None) -> Evaluation:
    """Judges a song by the rules of `scores.yaml` and `suggestions.yaml`.

    Args:
        report: what was measured of its stems, where they are at hand.
        advice: what the console hears of the balance.
    """
    facts = facts_of(music, report, advice)
    missing = music.missing
    if report is None:
        missing = (*missing, "Who covers whom was not measured, as the stems are not at hand.")
    return Evaluation(music.song, facts, scores(facts, music.duration_s), suggestions(facts), questions(facts), missing)


def _told(said: str, value: float | str, confidence: float | None) -> dict[str, Any]:
    return {"said": said, "value": value, "confidence": confidence}
