"""Feedback as people read it: in plain lines, or in Markdown."""

from collections.abc import Iterator, Sequence

from explainer.advice.shown import capital, listed, shown
from explainer.feedback.checks.checked import Sentence, marked
from explainer.feedback.evaluation import Evaluation
from explainer.feedback.facts.changes import SAME, Change
from explainer.feedback.model.graph import Opinion
from explainer.music.said import UNSURE

MOST_IN_SHORT = 3  # suggestions
NOT_JUDGED = "not judged"
BY_RULE = (
    "I judge by what was measured, from 1 to 10: a figure says how much there is of something, not how good it is."
)
BY_MODEL = (
    "What {} makes of it. Its scores are opinions; its figures are measured, or the sentence says that they are not."
)
NO_MODEL = "The language model gave no scores ({}): those above are by rules alone."
NOTHING_TO_DO = "No measurement asks for a change."
MARKS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>#|!"})


def in_short(evaluation: Evaluation) -> str:
    """The scores and what comes first, in a few sentences."""
    judged = [f"{score.title.lower()} {score.points} of 10" for score in evaluation.scores if score.points is not None]
    not_judged = [score.title.lower() for score in evaluation.scores if score.points is None]
    said = [f"{BY_RULE} {capital(listed(judged))}." if judged else "Nothing that was measured carries a score."]
    if judged and not_judged:
        said.append(f"Not judged: {listed(not_judged)}.")
    first = evaluation.suggestions[:MOST_IN_SHORT]
    said += [f"{each.do} {each.because}" for each in first] or [NOTHING_TO_DO]
    return " ".join([*said, evaluation.questions[0]])


def in_text(evaluation: Evaluation, opinion: Opinion | None = None, changed: Sequence[Change] | None = None) -> str:
    """The whole of it in plain lines."""
    return "\n".join(_lines(evaluation, opinion, changed, markdown=False))


def in_markdown(evaluation: Evaluation, opinion: Opinion | None = None, changed: Sequence[Change] | None = None) -> str:
    """The whole of it in Markdown."""
    return "\n".join(_lines(evaluation, opinion, changed, markdown=True))


def _lines(
    evaluation: Evaluation, opinion: Opinion | None, changed: Sequence[Change] | None, markdown: bool
) -> Iterator[str]:
    plain = _escaped if markdown else shown
    yield f"# {plain(evaluation.song)}" if markdown else plain(evaluation.song)
    yield ""
    if changed is not None:
        yield from _title("What changed", markdown)
        yield from (f"- {plain(change.said)}" for change in changed)
        if not changed:
            yield SAME
        yield ""
    yield BY_RULE
    yield ""
    for score in evaluation.scores:
        points = NOT_JUDGED if score.points is None else f"{score.points} of 10, {score.means}"
        if score.points is not None and score.confidence is not None and score.confidence < UNSURE:
            points += " (roughly: what it rests on is unsure)"
        yield f"- **{score.title}**: {points}." if markdown else f"{score.title}: {points}."
        yield f"  {plain(' '.join(score.evidence) or score.why_not)}"
    yield ""
    yield from _title("What to do, the weightiest first", markdown)
    for at, each in enumerate(evaluation.suggestions, start=1):
        yield f"{at}. {plain(each.do)} {plain(each.because)}"
    if not evaluation.suggestions:
        yield NOTHING_TO_DO
    yield ""
    yield from _title("Questions to you", markdown)
    yield from (f"- {plain(question)}" for question in evaluation.questions)
    if evaluation.missing:
        yield ""
        yield from _title("Not measured", markdown)
        yield from (f"- {plain(sentence)}" for sentence in evaluation.missing)
    if opinion is not None:
        yield ""
        yield from _opinion(opinion, markdown)


def _opinion(opinion: Opinion, markdown: bool) -> Iterator[str]:
    def plain(sentences: Sequence[Sentence]) -> str:
        return (_escaped if markdown else shown)(marked(sentences))

    if opinion.compared or not opinion.failed:
        yield from _title(BY_MODEL.format(shown(opinion.by)), markdown)
    if opinion.compared:
        yield plain(opinion.compared)
        yield ""
    if opinion.failed:
        yield NO_MODEL.format(shown(opinion.failed).removesuffix("."))
        return
    for score in opinion.scores:
        points = NOT_JUDGED if score.points is None else f"{score.points} of 10"
        if score.left_out is not None:
            points = f"{NOT_JUDGED} (it gave {score.left_out}, without facts enough for that)"
        yield f"- **{score.title}**: {points}." if markdown else f"{score.title}: {points}."
        if score.because:
            yield f"  {plain(score.because)}"
    yield ""
    for at, each in enumerate(opinion.suggestions, start=1):
        yield f"{at}. {plain((*each.do, *each.because))}"
    yield ""
    yield from (f"- {plain([question])}" for question in opinion.questions)


def _title(text: str, markdown: bool) -> Iterator[str]:
    yield f"## {text}" if markdown else text
    if markdown:
        yield ""


def _escaped(text: str) -> str:
    """A text in which no name is markup."""
    return shown(text).translate(MARKS)
