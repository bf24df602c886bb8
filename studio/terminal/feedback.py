"""Feedback on a song in the terminal, and the conversation about it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click

from explainer.feedback.checks.checked import marked
from explainer.feedback.evaluation import Evaluation, evaluate
from explainer.feedback.facts.changes import Change, both, changes
from explainer.feedback.model.graph import Graph, Opinion, opinion_of
from explainer.feedback.model.speaker import Local, Speaker
from explainer.feedback.model.talk import Talk
from explainer.feedback.model.told import SHORT, told_facts, unmeasured
from explainer.feedback.words import in_markdown, in_text
from explainer.language.endpoint.posting import Unanswered
from studio.measured import Measured
from studio.terminal.talking import answered, piped, typed


@dataclass(frozen=True)
class Feedback:
    """What is said of a song.

    Args:
        changed: since an older version; None where there is none.
        opinion: of a language model.
        graph: with which it can be talked on.
    """

    evaluation: Evaluation
    changed: tuple[Change, ...] | None = None
    opinion: Opinion | None = None
    graph: Graph | None = None

    @classmethod
    def of(
        cls,
        song: Path,
        older: Path | None,
        roles: Mapping[str, str],
        speaker: Speaker | None,
        budget: int,
        tell: Callable[[str], None],
    ) -> "Feedback":
        """Of a song, and perhaps an older version of it. Raises: InputError for what cannot be read."""
        was = None if older is None else Measured.of(older, roles, lambda step: tell(f"Before: {step.lower()}"))
        now = Measured.of(song, roles, tell)
        evaluation = evaluate(now.music, now.report, now.advice)
        before = None if was is None else evaluate(was.music, was.report, was.advice)
        changed = None if before is None else changes(before.facts, evaluation.facts)
        if speaker is None:
            return cls(evaluation, changed)
        told = told_facts(now.music, now.report, now.advice)
        budget = min(budget, SHORT) if isinstance(speaker, Local) else budget
        graph = Graph(speaker, evaluation, told, tuple(now.music.stems), budget, unmeasured(now.music), tell=tell)
        if was is not None and before is not None and changed:  # its slots as well
            slots = [change.slot for change in changed]
            graph.versions = both(told_facts(was.music, was.report, was.advice), told, slots)
            filling = both(before.facts, evaluation.facts, slots)
            graph.evaluation = replace(evaluation, facts={**evaluation.facts, **filling})
        return cls(evaluation, changed, opinion_of(graph), graph)

    def in_text(self) -> str:
        """In plain lines."""
        return in_text(self.evaluation, self.opinion, self.changed)

    def in_markdown(self) -> str:
        """In Markdown."""
        return in_markdown(self.evaluation, self.opinion, self.changed)

    def as_json(self) -> str:
        """All of it, with every fact."""
        data = self.evaluation.as_data()
        if self.changed is not None:
            data["changes"] = [vars(change) for change in self.changed]
        if self.opinion is not None:
            data["language_model"] = self.opinion.as_data()
        text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8", "backslashreplace").decode("utf-8")  # lone surrogates, as of file names


def conversation(made: Feedback, here: bool) -> None:
    """Answers line by line what is typed, or piped in, until there is no more.

    Args:
        here: whether somebody sits at the terminal.
    """
    assert made.graph is not None  # as --chat asks for a language model
    talk = Talk(made.graph, made.opinion)

    def answer(text: str) -> None:
        try:
            click.echo(marked(talk.say(text)) or "(It said nothing.)")
        except Unanswered as error:
            click.echo(f"The language model did not answer ({error}).")

    answered(typed() if here else piped(), not here, answer)
