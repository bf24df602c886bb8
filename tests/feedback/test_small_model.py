"""A real language model that knows nothing of music, behind a server on loopback: what it invents is caught."""

import re

import pytest
from musics import music
from scripted import endpoint, says

from console.files.fetched.fetch import is_fetched
from explainer.feedback.evaluation import evaluate
from explainer.feedback.model.graph import Graph, opinion_of
from explainer.feedback.model.speaker import Remote
from explainer.feedback.model.talk import Talk
from explainer.feedback.model.told import told_facts
from explainer.feedback.words import in_text
from explainer.language.endpoint.chat_endpoint import ChatEndpoint

SONG = music()
BUDGET, MOST_TOKENS = 200, 80
QUESTIONS = ("How fast is it, and in which key?", "What are the loudest and the softest section?", "Is it loud enough?")


@pytest.mark.slow
@pytest.mark.skipif(not is_fetched("smollm2"), reason="mixconsole models fetch smollm2")
def test_no_figure_of_its_own_passes_for_measured():
    from explainer.language.instructed.local import LocalModel

    model = LocalModel.load("smollm2", guarded=False)

    def answer(body, at):
        return says(model.answers([body["messages"]], [None], 0.0, MOST_TOKENS, 0)[0])

    with endpoint(answer) as (url, asked):
        remote = Remote(ChatEndpoint(url, "smollm2", None, timeout_s=300.0, tries=1, first_wait_s=0.0))
        graph = Graph(remote, evaluate(SONG), told_facts(SONG), tuple(SONG.stems), BUDGET)
        opinion = opinion_of(graph)
        said = [*opinion.sentences, *(sentence for text in QUESTIONS for sentence in Talk(graph).say(text))]
    assert in_text(graph.evaluation, opinion)
    assert len(asked) >= len(QUESTIONS) + 3
    assert said
    measured = " ".join(fact.said for fact in graph.facts.values())
    for sentence in said:
        figures = re.findall(r"\d+(?:\.\d+)?", sentence.text)
        assert not sentence.verified or all(figure in measured for figure in figures), sentence
