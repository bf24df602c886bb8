"""A conversation about a song with a language model: it remembers, within bounds."""

from explainer.feedback.checks.checked import Sentence
from explainer.feedback.model.graph import Graph, Opinion
from explainer.feedback.model.instruction import instruction
from explainer.feedback.model.told import as_lines
from explainer.feedback.rules.suggestions import suggestions
from explainer.language.endpoint.chat_endpoint import Messages, said

KEPT = 8  # messages of what was said before
MOST_LETTERS = 2000  # of each
NODE = "chat"


class Talk:
    """A conversation.

    Args:
        graph: of the song, and who answers.
        opinion: what the model thought of it.
    """

    def __init__(self, graph: Graph, opinion: Opinion | None = None) -> None:
        self.graph, self.opinion = graph, opinion
        self.before: Messages = []

    def say(self, text: str) -> tuple[Sentence, ...]:
        """The answer, sentence by sentence.

        Raises: Unanswered where none came; InputError for a model that cannot be had.
        """
        asked = said("user", text[:MOST_LETTERS])
        about = f"{instruction().system(NODE)}\n{self.graph.report}\n\n{self._given()}"
        answer = self.graph.speaker.say([said("system", about), *self.before, asked])
        self.before = [*self.before, asked, said("assistant", answer[:MOST_LETTERS] or "...")][-KEPT:]
        return self.graph.checked(answer)

    def _given(self) -> str:
        """The feedback that was given, by rules and by the model, in short."""
        evaluation = self.graph.evaluation
        rows = [f"{score.title}: {score.points or 'not judged'}" for score in evaluation.scores]
        if self.opinion is not None and self.opinion.scores:
            rows += [f"{each.title}, by you: {each.points or 'not judged'}" for each in self.opinion.scores]
        advised = [each.do for each in suggestions(self.graph.told)]
        given = "The scores that were given (out of ten):\n" + "\n".join(rows)
        if self.graph.versions:
            given += "\n\nAgainst an older version:\n" + as_lines(self.graph.versions, self.graph.budget)
        return "\n".join([given, "What was suggested:", *(f"- {do}" for do in advised or ["nothing"])])
