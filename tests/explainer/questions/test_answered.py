"""Answers to questions: they hold what the advice holds, and one that does not is found out."""

import re
from dataclasses import replace

import numpy as np
import pytest
from asked import SONGS, cases, down, song, up
from tiny import tiny_base

from console.balance.genre import Genre, usual_in
from console.correct import Action, Move
from console.errors import InputError
from console.read.account import FileUse
from explainer.advice.advice import MixLevels, Reference, TextSource
from explainer.advice.versions import back_from
from explainer.ask import answer, examples
from explainer.language.model import Explainer
from explainer.language.slot_mask import lacking
from explainer.lessons.imagined import imagine
from explainer.lessons.lessons import ImaginedLessons
from explainer.lessons.questions import QuestionLessons
from explainer.phrasing.answers import worded
from explainer.phrasing.bank import Draw, templates
from explainer.phrasing.plan import Fact, Step, StepKind
from explainer.phrasing.questions.asked import Anew, Asked, Question
from explainer.phrasing.questions.reply import reply
from explainer.phrasing.slots import Slot
from explainer.reading.questions.answered import misanswered
from explainer.reading.questions.question import read_question

MIX = song(vocals=up(4.3), drums=down(6.1, 0.75), other=up(1.2, 0.8, -0.3, 3.0))


@pytest.fixture(scope="module")
def untrained(tmp_path_factory) -> Explainer:
    return Explainer.build(tiny_base(tmp_path_factory.mktemp("base")))


def said(question: str, advice=MIX, seed: int = 0, **more) -> str:
    return answer(None, advice, question, seed=seed, **more).text


def steps(seeds: range):
    """Steps of answers to every kind of question, on imagined songs, each with its advice and chance."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        advice = replace(imagine(rng), mix=MixLevels(-14.0, *rng.normal(0, 1, 1).round(1) - 13, 0.4, 0.0))
        for kind in Asked:
            for stems in [(), *((at,) for at in range(len(advice.stems)))]:
                anew = list(Anew)[seed % len(Anew)] if kind is Asked.AGAIN else None
                for step in reply(Question(kind, stems, anew=anew), advice).steps:
                    if step.kind is StepKind.ANSWER:
                        yield step, advice, rng


def faults(text: str, step: Step, advice) -> tuple[str, ...]:
    return lacking(text, step) or misanswered(text, step, advice)


# What is said


@pytest.mark.parametrize(
    ("question", "pattern"),
    [
        ("why the vocals?", r"(?=.*61 %)(?=.*250 to 500 Hz)(?=.*the bass)(?=.*4\.3 dB)"),
        ("why the drums?", r"(?=.*0\.7 LU above)(?=.*the rest of the mix)(?=.*5\.4 LU below)"),
        ("why not the bass?", r"21 %"),
        ("what first?", r"(?=.*drums)(?=.*6\.1 dB)(?=.*vocals)"),
        ("how sure are you about the drums", r"75 %"),
        ("how sure are you about the other instruments", r"(?=.*80 %)(?=.*-0\.3 to 3\.0 dB)"),
        ("how far may I go with the vocals", r"(?=.*3\.3)(?=.*5\.3 dB)(?=.*4\.3 dB)"),
        ("what if I leave the drums", r"(?=.*too loud)(?=.*6\.1 dB)"),
        ("what if I only raise the vocals", r"(?=.*4\.3 dB)(?=.*the drums)(?=.*6\.1 dB)"),
        ("what covers the vocals", r"the bass"),
        ("does the bass cover the vocals", r"(?=.*[Yy]es|.*[Ii]ndeed)(?=.*61 %)"),
        ("how loud are the vocals", r"(?=.*-18\.9 LUFS)(?=.*-14\.6 LUFS)"),
        ("will the mix get louder", r"(?=.*-14\.0 LUFS)(?=.*-12\.9 LUFS)(?=.*louder)(?=.*-0\.4 dBTP)"),
        ("is that a matter of taste with the drums", r"2\.6 LU"),
        ("what is usual for the drums", r"(?=.*5\.4 LU below)(?=.*0\.7 LU above)"),
        ("why the banjo", r"(?=.*banjo)(?=.*the vocals, the drums, the bass and the other instruments)"),
        ("is the singer in tune", r"levels"),
    ],
)
def test_an_answer_holds_what_the_advice_holds(question, pattern):
    for seed in range(8):
        assert re.search(pattern, said(question, seed=seed)), said(question, seed=seed)


@pytest.mark.parametrize(
    ("question", "command"),
    [
        ("what if the drums were the anchor", "correct SONG --anchor drums"),
        ("lock the vocals", "correct SONG --lock vocals"),
        ("what if I leave the vocals", "correct SONG --lock vocals"),
        ("what if I leave the vocals and the drums", "correct SONG --lock vocals --lock drums"),
        ("and if it was metal", "correct SONG --genre metal"),
        ("what changed between A and B", "compare A B"),
        ("why the vocals", None),
    ],
)
def test_what_needs_another_listening_is_an_operation(question, command):
    operation = answer(None, MIX, question).operation
    assert (None if operation is None else operation.command()) == (command and f"mixconsole {command}")


def test_a_name_with_spaces_is_one_argument():
    operation = answer(None, song("native"), "lock the lead vocal").operation
    assert operation.arguments == ("--lock", "Lead Vox")
    assert operation.command() == "mixconsole correct SONG --lock 'Lead Vox'"


def test_stems_that_do_not_move_say_why():
    fixed = song(
        anchor="drums",
        vocals=Move(Action.LOCKED, 0.0, 1.0, 4.0, 0.9, 2.5),
        bass=Move(Action.SILENT, 0.0, 0.0, 0.0, 0.0),
        other=Move(Action.LEAVE, 0.0, -1.0, 4.0, 0.62),
    )
    assert "anchor" in said("why the drums", fixed)
    assert re.search(r"lock.*2\.5 dB", said("why the vocals", fixed))
    assert re.search("silen|sound|hear nothing", said("why the bass", fixed))
    assert "62 %" in said("why the other instruments", fixed)
    left = said("what did you not judge", fixed)
    assert all(word in left for word in ("vocals", "drums", "bass"))
    assert "three files" in said(
        "what did you not judge", replace(fixed, files=tuple(FileUse(f"{n}.wav", None, "a mix") for n in "abc"))
    )


def test_one_move_alone_is_neither_first_nor_last():
    for stem in ("vocals", "drums", "other instruments"):
        for seed in range(60):
            text = said(f"what about the {stem}?", seed=seed)
            assert not re.match(r"First|Next|Last|Then|After|Finally|To begin|Start|Begin", text), text


def test_what_headroom_took_is_no_fault_of_the_moves():
    trimmed = replace(MIX, mix=MixLevels(-14.0, -19.0, -1.0, -4.0))
    assert "4.0 dB" in said("how loud is the mix?", trimmed)


def test_the_yardstick_is_named():
    metal = replace(MIX, usual=usual_in(Genre.METAL))
    assert "in metal" in said("compared with what", metal)
    assert "in all music" in said("compared with what")
    assert re.search("little|hardly|unknown|new to me", said("how do you know", replace(MIX, familiarity=0.3)))


def test_where_a_reference_was_followed_nothing_is_called_wrong():
    matched = replace(MIX, reference=Reference("rough", -30.0, 0.0, 180.0, untold=("bass",)))
    for question in (
        "why the vocals",
        "what about the drums",
        "how sure are you",
        "compared with what",
        "what is usual",
    ):
        text = said(question, matched)
        assert not re.search(r"too (loud|quiet)|\boff\b", text), text
        assert re.search("reference|fit", text), text
    assert "4.3 dB" in said("what should I do", matched)


def test_of_two_versions_only_what_changed_is_told():
    back = back_from({"vocals": 3.0, "drums": 0.0})
    assert "3.0 dB louder" in said("what changed", back, compare=True)
    assert re.search("same|[Nn]othing changed", said("did the drums change", back, compare=True))
    assert re.search("compar", said("how sure are you", back, compare=True))


def test_own_names_come_back_and_none_is_taken_for_a_template():
    advice = song("native", **{"GTR L": up(3.0)})
    assert "“GTR L”" in said("why gtr l", advice)
    odd = replace(MIX, stems=(replace(MIX.stems[0], name="take {0} <gain>"), *MIX.stems[1:]))
    assert "“take {0} <gain>”" in said("what should I do", replace(odd, stems=(odd.stems[0], *MIX.stems[2:])))


def test_the_same_question_has_the_same_answer_and_another_seed_other_words():
    assert said("what first") == said("what first")
    assert len({said("what first", seed=seed) for seed in range(10)}) > 2


# What must hold


def test_every_question_of_the_test_set_is_answered_rightly():
    moves = dict(zip(SONGS["native"][::3], (up(3.3), down(2.0, 0.8), up(7.0, 0.7)), strict=False))
    advices = {"four": MIX, "native": song("native", **moves)}
    asked = [*cases("asked.yaml"), *cases("unseen.yaml")]
    wrong = []
    for at, case in enumerate(asked):
        advice, draw = advices[case.song], Draw(np.random.default_rng(at))
        told = reply(read_question(case.text, advice), advice)
        found = [
            f for step in told.steps if step.kind is StepKind.ANSWER for f in faults(worded(step, draw), step, advice)
        ]
        wrong += [(case.text, found)] if found or not (told.steps or told.asides) else []
    assert len(wrong) <= 6  # of 670


@pytest.mark.parametrize("songs", [8, pytest.param(25, marks=pytest.mark.slow)])
def test_every_thought_has_three_wordings_and_hardly_any_is_called_wrong(songs):
    groups = [group for group in templates() if group.startswith("questions.")]
    assert len(groups) > 60
    assert [group for group in groups if len(templates()[group]) < 3] == []
    checked = [(worded(step, Draw(rng)), step, advice) for step, advice, rng in steps(range(songs))]
    wrong = [text for text, step, advice in checked if faults(text, step, advice)]
    assert len(wrong) <= 0.002 * len(checked), wrong


def test_a_wrong_certainty_is_found_out():
    mutants = [
        faults(worded(replace(step, facts={**step.facts, Fact.SURE: other}), Draw(rng)), step, advice)
        for step, advice, rng in steps(range(100, 130))
        if step.topic in ("why", "why_none", "sure", "leave") and Fact.TASTE not in step.facts
        for other in {"sure", "likely", "unsure"} - {step.facts[Fact.SURE]}
    ]
    assert len(mutants) > 200
    assert sum(map(bool, mutants)) >= 0.99 * len(mutants)


def test_the_wrong_way_is_found_out():
    turned = {"up": "down", "down": "up"}
    mutants = []
    for step, advice, _ in steps(range(100, 125)):
        if Fact.WAY not in step.facts:
            continue
        other = replace(step, facts={**step.facts, Fact.WAY: turned[step.facts[Fact.WAY]]})
        right, wrong = (worded(each, Draw(np.random.default_rng(1))) for each in (step, other))
        if right != wrong:
            mutants.append(faults(wrong, step, advice))
    assert len(mutants) > 200
    assert sum(map(bool, mutants)) >= 0.99 * len(mutants)


@pytest.mark.parametrize("songs", [12, pytest.param(25, marks=pytest.mark.slow)])
def test_a_wrong_stem_is_found_out(songs):
    mutants = []
    for step, advice, rng in steps(range(100, 100 + songs)):
        text = worded(step, Draw(rng))
        for slot in (Slot.NEXT, Slot.MASKER, Slot.ANCHOR):
            if {slot, Slot.STEM} <= step.slots.keys() and slot.tag in text and step.topic != "masked_pair":
                swapped = {slot.tag: Slot.STEM.tag, Slot.STEM.tag: slot.tag}
                mutants.append(
                    faults(re.sub("<[a-z]+>", lambda tag, to=swapped: to.get(tag[0], tag[0]), text), step, advice)
                )
        stranger = next((s.name for at, s in enumerate(advice.stems) if s.name == "drums" and at != step.stem), None)
        if stranger and "the drums" not in step.slots.values() and Slot.STEMS not in step.slots:
            mutants.append(faults(f"{text} So are the drums.", step, advice))
    assert len(mutants) > 20 * songs
    assert sum(map(bool, mutants)) >= 0.99 * len(mutants)


@pytest.mark.parametrize(
    ("topic", "other"),
    [
        ("taste_all", "taste_none"),
        ("taste_none", "taste_all"),
        ("masked_nothing", "source_once"),
        ("outside", "unjudged_none"),
        ("anchor_none", "unclear"),
    ],
)
def test_the_opposite_answer_is_found_out(topic, other):
    step = Step(StepKind.ANSWER, topic=topic)
    for seed in range(12):
        draw = Draw(np.random.default_rng(seed))
        assert faults(worded(step, draw), step, MIX) == ()
        assert faults(worded(replace(step, topic=other), draw), step, MIX)


def test_a_number_of_its_own_or_a_missing_one_is_found_out():
    step = reply(read_question("how sure about the drums", MIX), MIX).steps[0]
    text = worded(step, Draw(np.random.default_rng(0)))
    assert faults(text, step, MIX) == ()
    for wrong in (text.replace("<chance>", "75 %"), f"{text} It is {{3}}.", text.replace("<chance>", "<gain>")):
        assert faults(wrong.replace("{3}", "3"), step, MIX)


# With a model


def test_a_model_that_has_not_learnt_answers_is_not_asked(untrained, monkeypatch):
    monkeypatch.setattr(untrained, "answers", False)
    monkeypatch.setattr(untrained, "write", lambda *_, **__: pytest.fail("asked"))
    assert answer(untrained, MIX, "why the vocals").source is TextSource.PHRASES


def test_a_model_writes_again_what_is_wrong_and_at_last_the_bank_answers(untrained, monkeypatch):
    tried = []

    def write(asks, *_, **__):
        tried.append(asks[0].step.topic)
        if len(tried) < 2:
            return ["<stem> are too loud by <gain>."]
        return [worded(asks[0].step, Draw(np.random.default_rng(len(tried))))]

    monkeypatch.setattr(untrained, "answers", True)
    monkeypatch.setattr(untrained, "write", write)
    told = answer(untrained, MIX, "why the vocals")
    assert (told.source, told.tries, told.contradictions, tried) == (TextSource.MODEL, 2, (), ["why", "why"])
    monkeypatch.setattr(untrained, "write", lambda *_, **__: ["I cannot say."])
    told = answer(untrained, MIX, "why the vocals", tries=2)
    assert (told.source, told.tries) == (TextSource.PHRASES, 2)
    assert told.contradictions
    assert "4.3 dB" in told.text


def test_lessons_are_right_and_come_of_every_kind():
    asks = [ask for _, ask in zip(range(300), QuestionLessons(ImaginedLessons()).asks(3), strict=False)]
    assert len({ask.step.topic for ask in asks}) > 50
    wrong = [ask.response for ask in asks if faults(ask.response, ask.step, ask.advice)]
    assert len(wrong) <= 2, wrong
    assert [ask.response for _, ask in zip(range(9), QuestionLessons(ImaginedLessons()).asks(3), strict=False)] == [
        ask.response for ask in asks[:9]
    ]


# What is refused


@pytest.mark.parametrize(("text", "why"), [("", "empty"), (" ?! ", "empty"), ("why " * 400, "too long")])
def test_no_question_is_refused(text, why):
    with pytest.raises(InputError, match=why):
        answer(None, MIX, text)


def test_nothing_is_asked_of_silence():
    silent = Move(Action.SILENT, 0.0, 0.0, 0.0, 0.0)
    with pytest.raises(InputError, match="silent"):
        answer(None, song(**dict.fromkeys(SONGS["four"], silent)), "why")


def test_examples_are_understood():
    for advice in (MIX, song(), song("native", **{"GTR L": up(3.0)}), song(anchor="bass")):
        asked = [read_question(question, advice) for question in examples(advice)]
        assert len({read.kind for read in asked}) >= 16
        assert Asked.UNCLEAR not in {read.kind for read in asked}
        assert all(not read.absent for read in asked)
