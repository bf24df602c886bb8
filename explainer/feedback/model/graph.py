"""Feedback by a language model in a graph of thoughts: two nodes generate, one aggregates, one refines.

After Besta et al. (arXiv 2308.09687) and AI TrackMate (arXiv 2412.06617). Each node is a call of its own, and
code checks what passes from one to the next.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.errors import InputError
from explainer.feedback.checks.checked import Says, Sentence, checked
from explainer.feedback.evaluation import Evaluation
from explainer.feedback.facts.fact import Facts
from explainer.feedback.model.answered import Draft, Told, draft, impressions, object_in, observations
from explainer.feedback.model.instruction import instruction, schema
from explainer.feedback.model.speaker import Speaker
from explainer.feedback.model.told import as_lines
from explainer.feedback.rules.scores import categories
from explainer.language.endpoint.chat_endpoint import said
from explainer.language.endpoint.posting import Unanswered

TRIES = 2  # for an answer of the right form
MOST_REFINED = 2
MOST_FAULTS = 12  # that are told at once
HIGH, FACTS_FOR_HIGH = 8, 2
FAR = 3  # points between a score and the rule's that have to be explained


@dataclass(frozen=True)
class Judged:
    """A category as a language model judges it.

    Args:
        points: as far as it named facts for them.
        left_out: the points that it gave without, which do not count.
        because: its reasons.
    """

    category: str
    title: str
    points: int | None
    left_out: int | None
    because: tuple[Sentence, ...]


@dataclass(frozen=True)
class Suggested:
    """What a language model suggests, and why."""

    do: tuple[Sentence, ...]
    because: tuple[Sentence, ...]


@dataclass(frozen=True)
class Opinion:
    """Feedback by a language model.

    Args:
        by: the model.
        compared: what it says of the changes since an older version.
        failed: why there is none, or why a part of it is missing; "" where all went well.
        calls: answers that were asked for.
    """

    by: str
    scores: tuple[Judged, ...] = ()
    suggestions: tuple[Suggested, ...] = ()
    questions: tuple[Sentence, ...] = ()
    compared: tuple[Sentence, ...] = ()
    failed: str = ""
    calls: int = 0

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All that it says."""
        suggested = (sentence for each in self.suggestions for sentence in (*each.do, *each.because))
        reasons = (sentence for score in self.scores for sentence in score.because)
        return (*self.compared, *reasons, *suggested, *self.questions)

    @property
    def unverified(self) -> int:
        """Sentences that are marked."""
        return sum(not sentence.verified for sentence in self.sentences)

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "by": self.by,
            "scores": [{**vars(each), "because": _told(each.because)} for each in self.scores],
            "suggestions": [{"do": _told(each.do), "because": _told(each.because)} for each in self.suggestions],
            "questions": _told(self.questions),
            "compared": _told(self.compared),
            "failed": self.failed,
            "unverified": self.unverified,
        }


@dataclass
class Graph:
    """One song, thought over.

    Args:
        evaluation: what the rules say of it, with the facts that slots are filled from.
        told: the same facts, as a model may read them.
        names: of the stems, their own.
        budget: tokens of the report.
        missing: parts that were not measured.
        versions: where there is an older version, what differs, with slots as `changes.both` gives them.
        tell: is told what is being done.
    """

    speaker: Speaker
    evaluation: Evaluation
    told: Facts
    names: Sequence[str]
    budget: int
    missing: Sequence[str] = ()
    versions: Facts | None = None
    tell: Callable[[str], None] = lambda step: None
    calls: int = field(default=0, init=False)
    tries: int = field(default=TRIES, init=False)

    @property
    def facts(self) -> Facts:
        """Those that slots are filled from."""
        return self.evaluation.facts

    @property
    def report(self) -> str:
        """What the model reads."""
        return as_lines(self.told, self.budget, self.missing)

    def opinion(self) -> Opinion:
        """What the model thinks, checked. Raises: InputError for a model that cannot be had."""
        failed = ""
        compared: tuple[Sentence, ...] = ()
        try:
            compared = self._compared()
            seen = self._objective()
            felt = self._subjective()
            made = self._aggregate(seen, felt)
            if made.empty:
                failed = "it answered in no form that could be read"
            else:
                made = self._refined(made)
        except Unanswered as error:
            return Opinion(self.speaker.name, compared=compared, failed=str(error), calls=self.calls)
        return Opinion(
            self.speaker.name,
            tuple(self._judged(made)),
            tuple(self._suggested(made)),
            tuple(sentence for each in made.questions for sentence in self.checked(each, Says.ASKS)),
            compared,
            failed,
            self.calls,
        )

    def checked(self, text: str, says: Says = Says.STATES) -> tuple[Sentence, ...]:
        """A text of the model, its slots filled and its own figures caught."""
        return checked(text, self.facts, self.names, says)

    def _compared(self) -> tuple[Sentence, ...]:
        """What it says of the changes since the older version."""
        if not self.versions:
            return ()
        self.tell("Asking what changed")
        self.calls += 1
        told = [said("system", instruction().system("compare")), said("user", as_lines(self.versions, self.budget))]
        return self.checked(self.speaker.say(told))

    def _objective(self) -> list[str]:
        self.tell("Asking for observations")
        told = self._asked("objective", self.report)
        return [each for each in observations(told) if all(sentence.verified for sentence in self.checked(each))]

    def _subjective(self) -> list[tuple[str, str]]:
        self.tell("Asking for impressions")
        told = self._asked("subjective", self.report)
        return [row for row in impressions(told) if all(sentence.verified for sentence in self.checked(row[1]))]

    def _aggregate(self, seen: Sequence[str], felt: Sequence[tuple[str, str]]) -> Draft:
        self.tell("Weighing them")
        rules = [
            f"{score.category}: " + ("not judged" if score.points is None else f"{score.points} of 10")
            for score in self.evaluation.scores
        ]
        parts = [
            self.report,
            "Observations:\n" + "\n".join(f"- {each}" for each in seen or ["none"]),
            "Impressions:\n" + "\n".join(f"- {key}: {text}" for key, text in felt or [("all", "none")]),
            "What rules of thumb give, from measurements alone:\n" + "\n".join(rules),
        ]
        return draft(self._asked("aggregate", "\n\n".join(parts)))

    def _refined(self, made: Draft) -> Draft:
        """The draft, mended as far as that lessens what is wrong with it."""
        faults = list(self._faults(made))
        for _ in range(MOST_REFINED):
            if not faults:
                break
            self.tell("Refining")
            wrong = "\n".join(f"- {fault}" for fault in faults[:MOST_FAULTS])
            told = self._asked("refine", f"{self.report}\n\nThe draft:\n{made.as_json()}\n\nFaults:\n{wrong}")
            other = draft(told)
            left = list(self._faults(other))
            if other.empty or len(left) >= len(faults):
                break
            made, faults = other, left
        return made

    def _asked(self, node: str, about: str) -> Told:
        """A node's answer; an empty one where it never has the form."""
        told = instruction()
        messages = [said("system", told.system(node)), said("user", f"{about}\n\n{told.asked(node)}")]
        for _ in range(self.tries):
            self.calls += 1
            text = self.speaker.say(messages, schema(node))
            found = object_in(text)
            if found is not None:
                return found
            messages = [*messages[:2], said("assistant", text[:1000] or "..."), said("user", told.mend)]
        self.tries = 1  # a model that does not know the form once will hardly know it later
        return {}

    def _faults(self, made: Draft) -> Iterator[str]:
        """What is wrong with a draft, each in a sentence."""
        rows = [(f"reason for {key}", text, Says.STATES) for key, (_, text) in made.scores.items()]
        for do, because in made.suggestions:
            rows += [("suggestion", do, Says.ADVISES), ("reason for a suggestion", because, Says.STATES)]
        rows += [("question", each, Says.ASKS) for each in made.questions]
        for where, text, says in rows:
            for sentence in self.checked(text, says):
                yield from (f"{where}: {fault}." for fault in sentence.faults)
        by_rule = {score.category: score.points for score in self.evaluation.scores}
        for key in categories():
            points, because = made.scores.get(key, (None, ""))
            if key not in made.scores:
                yield f"{key} is missing: give it a score, or null with the reason."
            elif points is not None:
                has, needs = len(self._evidence(because)), _least(points)
                if has < needs:
                    yield f"{key}: a score of {points} needs {needs} facts by their slots, and has {has}."
                rule = by_rule[key]
                if rule is not None and abs(rule - points) > FAR and has < FACTS_FOR_HIGH:
                    yield f"{key}: the rules give {rule}, the draft {points}: give facts for that, or come nearer."

    def _evidence(self, because: str) -> set[str]:
        """The facts that a reason rests on."""
        return {
            slot
            for sentence in self.checked(because)
            if sentence.verified
            for slot in sentence.slots
            if self.facts[slot].carries
        }

    def _judged(self, made: Draft) -> Iterator[Judged]:
        for key, category in categories().items():
            points, because = made.scores.get(key, (None, ""))
            borne_out = points is not None and len(self._evidence(because)) >= _least(points)
            yield Judged(
                key,
                category.title,
                points if borne_out else None,
                None if borne_out else points,
                self.checked(because),
            )

    def _suggested(self, made: Draft) -> Iterator[Suggested]:
        for do, because in made.suggestions:
            yield Suggested(self.checked(do, Says.ADVISES), self.checked(because))


def opinion_of(graph: Graph) -> Opinion:
    """What the model thinks; where it cannot be had, why."""
    try:
        return graph.opinion()
    except InputError as error:
        return Opinion(graph.speaker.name, failed=str(error), calls=graph.calls)


def _least(points: int) -> int:
    """The facts that a score needs: praise is kept in check."""
    return FACTS_FOR_HIGH if points >= HIGH else 1


def _told(sentences: Sequence[Sentence]) -> list[dict[str, Any]]:
    return [{"text": each.text, "verified": each.verified, "faults": list(each.faults)} for each in sentences]
