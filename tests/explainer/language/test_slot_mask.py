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
        ("Take <gain> off <stem>, <level>: about fifteen dB.", '"fifteen"'),
        ("Take <gain> off <stem>, <level>: two-thirds of it.", '"thirds"'),
        ("Take <gain> off <stem>, <level>, or halve it.", '"halve"'),
        ("<level>, so by <gain>.", "does not tell <stem>"),
    ],
)
def test_what_is_wrong_with_the_slots_of_a_text_is_told(said, why):
    assert any(why in wrong for wrong in lacking(said, STEP))


@pytest.mark.parametrize(
    ("said", "torn"),
    [
        ("Turn <stem> down by <gain> (<low> to <high>).", False),
        ("Take <gain> off <stem>: no less than <low> and no more than <high>.", False),
        ("Turn <stem> down by <gain>, <low>–<high>.", False),
        ("Turn <stem> from <low> down by <gain>, between <high> and more.", True),
        ("Between <high> and <low>: <gain> off <stem>.", True),
    ],
)
def test_the_ends_of_a_range_are_told_together(said, torn):
    step = Step(StepKind.MOVE, {}, dict.fromkeys((Slot.STEM, Slot.GAIN, Slot.LOW, Slot.HIGH), ""), 0, "bass")
    assert any("one range" in wrong for wrong in lacking(said, step)) is torn


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


def test_the_mask_tells_how_far_it_went_against_the_model():
    mask = SlotMask(Vocabulary(dict(enumerate(PIECES)), [END]), text, [STEP, STEP])
    ready, early = torch.zeros(2, len(PIECES))
    ready[PIECES.index("<gain>")] = 20.0  # may come
    early[END] = 20.0  # may not, before all is told
    begun = torch.tensor([[PIECES.index("turn")]] * 2)
    mask(torch.stack([ready, early]), begun)
    assert mask.forced[0] < 0.01 < 0.99 < mask.forced[1]
    mask(torch.stack([ready, ready]), begun)
    assert mask.forced[1] > 0.99, "what was barred once stays so"
    ended = torch.tensor([[END], [PIECES.index("turn")]])
    mask(torch.stack([early, ready]), ended)
    assert mask.forced[0] < 0.01, "behind the end nothing counts"


def test_a_step_in_which_the_model_was_held_back_is_drawn_again():
    from types import SimpleNamespace

    from explainer.language.model import DRAFTS, Explainer

    asks = list(islice(StepLessons(ImaginedLessons()).asks(3), 3))
    drafts = []

    def answer(rows, temperature, most, seed, mask):
        drafts.append((rows, seed))
        held = {"a": [0.1, 0.9, 0.9], "b": [0.2, 0.8], "c": [0.7]}["abc"[len(drafts) - 1]]
        mask.forced[:] = held
        return [f"draft {len(drafts)}, row {at}" for at in range(len(held))]

    model = SimpleNamespace(
        chat=SimpleNamespace(vocabulary=Vocabulary({}, [END]), text=text),
        batch=lambda some, left: len(some),
        answer=answer,
    )
    texts = Explainer.write(model, asks, temperature=0.8)
    assert DRAFTS == 3
    assert [rows for rows, _ in drafts] == [3, 2, 1]
    assert len({seed for _, seed in drafts}) == 3
    assert texts == ["draft 1, row 0", "draft 2, row 0", "draft 3, row 0"]  # at last the least held back
    drafts.clear()
    Explainer.write(model, asks, temperature=0.0)
    assert len(drafts) == 1, "the likeliest words are the same each time"
