"""Slots under a mask: whatever the scores say, no number is written, each slot comes once, and none is left out."""

from itertools import islice

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import tiny_base

from explainer.language.chat import Chat
from explainer.language.slot_mask import SlotMask, Vocabulary, lacking, stray
from explainer.language.told.ask import Ask
from explainer.lessons.lessons import ImaginedLessons
from explainer.lessons.steps import StepLessons
from explainer.phrasing.plan import Fact, Step, StepKind
from explainer.phrasing.slots import Slot, fill, slots_of

END = 0
# Of several kinds: tags as one token, tags in pieces, digits, a number word, half of one, brackets that go on.
PIECES = (
    *("", " ", "a", "turn", " <", "<", "gain", "stem", "level", "ga", "in", "st", "em", ">", ">,", ">.", "> 3"),
    *("<gain>", "7", " two", "½", ".", " down", "<|user|>", "<x", "_", "beside", "bes", "ide"),
)
STEP = Step(
    StepKind.MOVE,
    {Fact.STYLE: "full"},
    {Slot.STEM: "the bass", Slot.GAIN: "3.2 dB", Slot.LEVEL: "1.0 LU above", Slot.BESIDE: "the drums"},
    0,
    "bass",
)


def text(ids) -> str:
    return "".join(PIECES[at] for at in ids)


def written(seed: int, steps: int = 400) -> str:
    mask = SlotMask(Vocabulary(dict(enumerate(PIECES)), [END]), text, [STEP])
    ids: list[int] = []
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        scores = torch.randn(1, len(PIECES), generator=generator)
        token = int(mask(scores, torch.tensor([ids], dtype=torch.long)).argmax())
        if token == END:
            return text(ids)
        ids.append(token)
    return text(ids)


@given(st.integers(0, 100_000))
def test_whatever_is_likely_slots_are_whole_and_each_comes_once(seed):
    told = written(seed)
    assert lacking(told, STEP) == ()
    assert told.count("<") == told.count(">") == len(slots_of(told))
    assert not any(sign.isnumeric() for sign in told)
    assert "3.2 dB" in fill(told, STEP.slots)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Turn <stem> down.", "does not tell <gain>"),
        ("Turn <stem> down by <gain>, <gain>; <level>.", "<gain> twice"),
        ("<stem>: <gain>, <level>, <share>.", "<share>, which"),
        ("Take <gain> off <stem>, <level>, or 3 dB.", '"3"'),
        ("Take <gain> off <stem>, <level>: Two dB.", '"two"'),
        ("<level>, so by <gain>.", "does not tell <stem>"),
    ],
)
def test_what_is_wrong_with_the_slots_of_a_text_is_told(said, why):
    assert any(why in wrong for wrong in lacking(said, STEP))


def test_a_text_with_its_slots_lacks_nothing():
    assert lacking("This one: take <gain> off <stem>, <level> <beside>. No doubt.", STEP) == ()
    assert stray("This one, at one go; no doubt.") == ()


def test_all_texts_of_the_phrase_bank_can_be_written(tmp_path):
    """Each next token of what a lesson says is allowed where it stands."""
    chat = Chat.read(tiny_base(tmp_path))
    asks: list[Ask] = list(islice(StepLessons(ImaginedLessons()).asks(4), 60))
    for ask in asks:
        mask = SlotMask(chat.vocabulary, chat.text, [ask.step])
        ids = [*chat.tokens(ask.response), chat.ends[0]]
        for at, token in enumerate(ids):
            scores = mask(torch.zeros(1, max(chat.vocabulary.pieces) + 1), torch.tensor([ids[:at]], dtype=torch.long))
            assert scores[0, token] == 0, (ask.response, chat.text(ids[:at]), chat.vocabulary.pieces[token])
