"""Models that nobody trained for it: what they are told, what they may write, and what becomes of what they wrote."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from answering import answering
from tiny import TEMPLATE, tiny_base

from console.correct import Action, Move
from console.errors import InputError
from console.read.roles import guess_role
from explainer.advice.advice import NOBODY, Advice, MixLevels, StemAdvice, TextSource
from explainer.advice.claims import Reason, ReasonKind
from explainer.ask import answer
from explainer.language.endpoint.address import KEY_FROM
from explainer.language.endpoint.chat_endpoint import ChatEndpoint, Messages
from explainer.language.instructed.contract import conversation, picked
from explainer.language.instructed.facts_in_english import MEANS, in_english
from explainer.language.instructed.instructed import Instructed
from explainer.language.instructed.local import LocalModel
from explainer.language.numbers import Numbers
from explainer.language.slot_mask import lacking, stray
from explainer.language.told.ask import Ask
from explainer.language.writer import Writer, writer
from explainer.lessons.lessons import ImaginedLessons
from explainer.lessons.questions import QuestionLessons
from explainer.lessons.steps import StepLessons
from explainer.phrasing.answers import respond, worded
from explainer.phrasing.bank import Draw
from explainer.phrasing.plan import Fact, StepKind, Style, plan
from explainer.phrasing.slots import Slot, slots_of
from explainer.speak import explain, explain_changes, faults, in_words

MOVES = {
    "vocals": Move(Action.RAISE, 4.3, 3.3, 5.3, 0.95),
    "drums": Move(Action.LOWER, -6.1, -7.1, -5.1, 0.75),
    "bass": Move(Action.LEAVE, 0.0, -1.2, 0.8, 0.21),
    "other": Move(Action.RAISE, 1.2, -0.3, 3.0, 0.8),
}
REASONS = {
    "vocals": (Reason(ReasonKind.MASKED, 61.0, None, "bass", 250.0, 500.0),),
    "drums": (Reason(ReasonKind.LEVEL, 0.7, -5.4),),
}
STEMS = tuple(
    StemAdvice(name, guess_role(name), None, -18.9, move, REASONS.get(name, ())) for name, move in MOVES.items()
)
MIX = Advice("riddle", 44_100, 180.0, None, 100.0, STEMS, NOBODY, MixLevels(-14.0, -12.9, -0.4, 0.0))
TURNED = {"up": "down", "down": "up", "little": "much", "plain": "much", "much": "plain"}
TURNED |= {"sure": "unsure", "likely": "sure", "unsure": "sure"}
WHOLE = Ask(MIX, "", style=Style.FULL)


def asks(number: int) -> list[Ask]:
    """Steps of every kind: of advices, of two versions, and of answers to questions."""
    steps = list(islice(StepLessons(ImaginedLessons(compared=0.3, short=0.2)).asks(5), number))
    return [*steps, *islice(QuestionLessons(ImaginedLessons()).asks(5), number)]


class Scripted:
    """In a model's place: what is told of a step in the phrase bank's words, or always the same."""

    def __init__(self, always: str | None = None):
        self.always = always
        self.asked: list[Messages] = []

    def answers(self, conversations: list[Messages], steps: list, *_: object) -> list[str]:
        self.asked += conversations
        rng = np.random.default_rng(len(self.asked))
        if self.always is not None:
            return [self.always] * len(steps)
        return [respond(MIX, Style.FULL, rng) if step is None else worded(step, Draw(rng)) for step in steps]


@pytest.fixture(scope="module", params=["llama", "qwen2"])
def base(request, tmp_path_factory) -> Path:
    return tiny_base(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def llama(tmp_path_factory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(autouse=True)
def near(monkeypatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv(KEY_FROM, raising=False)


def told(messages: Messages) -> Iterator[str]:
    """What is told beside the system's part, one message after another."""
    yield from (message["content"] for message in messages if message["role"] != "system")


def test_a_step_is_told_with_its_slots_and_so_is_each_example():
    kinds = set()
    for ask in asks(150):
        step = ask.step
        kinds.add(step.kind)
        system, *rest = conversation(ask)
        assert system["role"] == "system"
        assert [message["role"] for message in rest] == ["user", "assistant"] * (len(rest) // 2) + ["user"]
        for text in told(rest):
            assert set(slots_of(text)) >= set(step.required)
            assert not stray(text)
        for example in rest[1:-1:2]:
            assert lacking(example["content"], step) == ()
        for slot in step.slots:
            assert f"{slot.tag}: {MEANS[slot]}" in system["content"]
        for slot in step.numbers:
            assert rest[-1]["content"].count(slot.tag) == 1
    assert kinds == set(StepKind)


def test_every_fact_of_a_move_is_told():
    moves = [ask.step for ask in asks(150) if ask.step.kind is StepKind.MOVE]
    for step in moves:
        for fact in (Fact.WAY, Fact.SIZE, Fact.SURE):
            other = replace(step, facts=dict(step.facts) | {fact: TURNED[step.facts[fact]]})
            assert in_english(other) != in_english(step)
        if Fact.TASTE in step.facts:
            other = replace(step, facts={fact: word for fact, word in step.facts.items() if fact is not Fact.TASTE})
            assert in_english(other) != in_english(step)


def test_examples_tell_something_else_where_a_step_has_anything_to_turn():
    for ask in asks(60):
        if ask.step.kind is StepKind.MOVE:
            own, *_, last = [text for text in told(conversation(ask)) if text.startswith("Facts")]
            assert own != last


def test_every_slot_has_a_meaning():
    assert set(MEANS) == set(Slot)


def test_a_whole_answer_is_told_with_its_figures():
    messages = conversation(WHOLE)
    assert not any(slots_of(text) for text in told(messages))
    assert "4.3 dB" in messages[-1]["content"]
    assert "4.3 dB" not in "".join(message["content"] for message in messages[:-1])


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ('"Turn <stem> down by <gain>."', "Turn <stem> down by <gain>."),
        ("Sure! Here it is:\n\nTurn <stem> down by <gain>.\n", "Turn <stem> down by <gain>."),
        ("<think>Two dB? <gain></think>\nTurn <stem> down by <gain>.", "Turn <stem> down by <gain>."),
        ("Turn <stem> down by <gain>. Facts: <stem> is fine.", "Turn <stem> down by <gain>."),
        ("Turn <stem> down.\nBy <gain>.", "Turn <stem> down. By <gain>."),
    ],
)
def test_the_answer_is_picked_out_of_what_stands_beside_it(said, kept):
    short = plan(MIX, Style.SHORT).steps[1]
    assert picked(said, short) == kept


@pytest.mark.parametrize("temperature", [0.0, 2.0])
def test_under_guard_no_number_and_no_foreign_slot_is_ever_written(base, temperature):
    some = asks(4)
    model = Instructed.load(base, dtype="float32")
    assert isinstance(model, Writer)
    for ask, text in zip(some, model.write(some, temperature, seed=3), strict=True):
        assert not stray(text.rpartition("<")[0] if text.rfind("<") > text.rfind(">") else text)  # it may be cut off
        assert set(slots_of(text)) <= set(ask.step.slots)
        assert all(slots_of(text).count(slot) <= 1 for slot in ask.step.slots if slot is not Slot.STEM)


def test_without_a_guard_anything_may_be_written(llama, monkeypatch):
    monkeypatch.setattr(LocalModel, "_text", lambda self, ids, ends: "Turn it down by 3 dB.")
    model = Instructed.load(llama, guarded=False)
    ask = asks(1)[0]
    assert model.label == "instructed, unguarded"
    assert any('"3" itself' in wrong for wrong in faults(model.write([ask])[0], ask))


def test_nothing_asked_is_nothing_written(llama):
    assert Instructed.load(llama).write([]) == []


def test_a_line_that_ends_within_a_token_keeps_its_stop(llama):
    model = LocalModel.load(llama)
    stop, end = model.chat.tokens(".")[0], model.chat.ends[0]
    broken = model.chat.tokens("\n")[0]
    assert broken in model.ends
    assert model._text([stop, broken, stop], model.ends) == "."
    assert model._text([stop, end, stop], model.ends) == "."


def test_a_chat_template_within_another_file_is_found(tmp_path):
    folder = tiny_base(tmp_path)
    (folder / "chat_template.jinja").unlink()
    config = folder / "tokenizer_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"chat_template": TEMPLATE}))
    assert isinstance(Instructed.load(folder).write(asks(1)[:1])[0], str)


def test_where_a_template_has_no_system_the_user_says_its_part(tmp_path):
    refusing = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('No system') }}{% endif %}" + TEMPLATE
    model = LocalModel.load(tiny_base(tmp_path, template=refusing))
    messages = conversation(asks(1)[0])
    ids = model._encoded(messages).ids
    assert messages[0]["content"] in model.chat.text(list(ids)).replace("\u0120", " ")


@pytest.mark.parametrize("style", Style)
def test_what_is_right_becomes_the_text(style):
    model = Instructed(Scripted(), "any")
    one = explain(model, [MIX], style)[0]
    assert (one.source, one.from_bank) == (TextSource.MODEL, 0)
    assert "4.3 dB" in one.text


def test_a_whole_answer_is_verified_too():
    model = Instructed(Scripted(), "any", Numbers.WRITTEN)
    assert model.label == "instructed, numbers written, unguarded"
    one = explain(model, [MIX])[0]
    assert (one.source, one.steps) == (TextSource.MODEL, 1)
    assert explain(Instructed(Scripted("Turn the bass up by 9.9 dB."), "any", Numbers.WRITTEN), [MIX])[0].source == (
        TextSource.PHRASES
    )


@pytest.mark.parametrize("said", ["", ".", "I am happy to help!", "Turn <stem> down by 3 dB."])
def test_what_is_no_step_is_said_by_the_phrase_bank(said):
    one = explain(Instructed(Scripted(said), "any"), [MIX])[0]
    assert one.from_bank >= one.steps - 1  # an opening that names nothing lacks its slots, too
    assert one.source is TextSource.PHRASES
    assert explain_changes(Instructed(Scripted(said), "any"), [{"vocals": 2.0, "bass": 0.0}])[0].source == (
        TextSource.PHRASES
    )


@pytest.mark.parametrize("question", ["why the vocals?", "how sure are you?", "what first?", "what did you not judge?"])
def test_questions_are_answered_by_it(question):
    said = answer(Instructed(Scripted(), "any"), MIX, question)
    assert said.source is TextSource.MODEL
    assert said.tries >= 1
    assert answer(Instructed(Scripted("By 3 dB, I guess."), "any"), MIX, question).source is TextSource.PHRASES


def test_an_endpoint_words_what_it_is_told_and_is_verified():
    by_facts = {f"Facts: {in_english(step)}": step for step in plan(MIX).steps}

    def right(messages: Messages) -> str:
        facts = messages[-1]["content"]
        return worded(by_facts[facts], Draw(np.random.default_rng(1)))

    with answering(right) as (address, asked):
        said = in_words([MIX], explainer=writer(f"{address}#any"))[0]
    assert said.text_source is TextSource.MODEL
    assert {body["model"] for body in asked} == {"any"}
    assert len(asked) == len(by_facts)


def test_an_endpoint_that_writes_a_number_is_not_believed_and_is_asked_again_for_something_else():
    with answering(lambda messages: "Turn <stem> down by <gain>, which is 3 dB.") as (address, asked):
        one = explain(writer(f"{address}#any"), [MIX])[0]
    assert one.source is TextSource.PHRASES
    assert any('"3" itself' in wrong for wrong in one.contradictions)
    assert len(asked) == 3 * one.steps
    assert all(body["temperature"] > 0 for body in asked)  # the same words three times would be of no use


def test_options_of_an_endpoint_count_for_more_than_the_temperature_asked_for():
    with answering(lambda messages: "") as (address, asked):
        Instructed.behind(ChatEndpoint(address, "any", options={"seed": 4})).write(asks(1), 0.8)
    assert all(body["seed"] == 4 and "temperature" not in body for body in asked)


def test_an_endpoint_that_answers_nothing_is_no_explainer_though_it_is_asked_step_by_step():
    """Else it would be said that what it wrote contradicts the numbers."""
    with answering(lambda messages: "", lambda body: "Out of memory.") as (address, asked):
        model = writer(f"{address}#any")
        with pytest.raises(InputError, match=r"left 3 questions in a row unanswered \(HTTP 400: Out of memory"):
            explain(model, [MIX])
    assert len(asked) == 3


def test_what_an_endpoint_refuses_once_it_is_not_sent_again():
    def refusing(body: dict) -> str | None:
        if "max_tokens" in body:
            return "Use max_completion_tokens in its place."
        return "Of temperature only 1 is supported." if body.get("temperature", 1) != 1 else None

    with answering(lambda messages: "Turn it down.", refusing) as (address, asked):
        model = Instructed.behind(ChatEndpoint(address, "any", most_tokens=50))
        for _ in range(3):
            assert model.write(asks(1)[:1], 0.8) == ["Turn it down."]
    sent = [sorted(body.keys() - {"model", "messages"}) for body in asked]
    refused = [["max_tokens", "temperature"], ["max_completion_tokens", "temperature"]]
    assert sent == [*refused, *[["max_completion_tokens"]] * 3]


def test_the_key_of_an_endpoint_is_sent_and_not_shown(monkeypatch):
    monkeypatch.setenv(KEY_FROM, "sk-5ecret")
    with answering(lambda messages: "") as (address, _):
        model = writer(f"{address}#any")
        assert "5ecret" not in repr(vars(model)) + repr(vars(model.model.endpoint))
        assert model.model.endpoint.key_from == KEY_FROM


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("hf:", "is named behind"),
        ("hf:nowhere-at-all", '"nowhere-at-all" is no model here'),
        ("hf:a/b/c", r"'namespace/repo_name': 'a/b/c'\)\.$"),  # one sentence of what transformers says
        ("hf:nobody/nothing", '"nobody/nothing" is no folder here'),
        ("hf:smollm2", "mixconsole models fetch smollm2"),
        ("http://127.0.0.1:9/v1", "named with its model"),
        ("http://me:5ecret@127.0.0.1:9/v1", "named with its model"),
        ("http://me:5ecret@127.0.0.1:9/v1#any", "may hold no name, password or query"),
        ("http://127.0.0.1:9/v1#any", "cannot be reached"),
        ("nowhere-at-all", "is not an explainer"),
    ],
)
def test_who_is_nobody_is_one_sentence(source, why, tmp_path, monkeypatch):
    monkeypatch.setenv("MIXCONSOLE_MODELS", str(tmp_path))
    with pytest.raises(InputError, match=why) as caught:
        writer(source)
    assert "5ecret" not in str(caught.value)


def test_a_model_without_a_chat_template_or_of_another_dtype_is_one_sentence(tmp_path, llama):
    with pytest.raises(InputError, match="has no chat template"):
        writer(f"hf:{tiny_base(tmp_path, template=None)}")
    with pytest.raises(InputError, match='float32 or bfloat16, not in "int3"'):
        Instructed.load(llama, dtype="int3")


def test_the_phrase_bank_tells_ranges_whole_and_speaks_of_what_is_left():
    for seed, ask in enumerate(asks(150)):
        if Slot.LOW in ask.step.slots or ask.step.kind in (StepKind.CLOSE, StepKind.KEPT):
            text = worded(ask.step, Draw(np.random.default_rng(seed)))
            assert not any("one range" in wrong or "what is left" in wrong for wrong in faults(text, ask)), text


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("I hear a fine mix.", "does not speak of what is left"),
        ("", "says nothing"),
        ("Leave the rest.", ""),
        ("Nothing else needs to move.", ""),
    ],
)
def test_a_close_has_to_say_that_the_rest_can_stay(said, why):
    close = plan(MIX).steps[-1]
    wrong = faults(said, Ask(MIX, "", step=close))
    assert close.kind is StepKind.CLOSE
    assert any(why in one for one in wrong) if why else wrong == ()
