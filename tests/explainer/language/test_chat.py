"""Questions as tokens: nothing of the user in them, a place for each vector, a loss on the response alone."""

from dataclasses import replace

import numpy as np
import pytest
from tiny import TEMPLATE, tiny_base, tiny_tokenizer

from console.correct import Action, Move
from console.errors import InputError
from console.read.roles import Role
from explainer.advice.advice import LEVELS, NOBODY, Advice, StemAdvice
from explainer.advice.claims import Reason, ReasonKind
from explainer.language.chat import UNSCORED, Chat
from explainer.language.networks.batch import batch
from explainer.language.told.conditioning import Conditioning
from explainer.language.told.prompt import MARK, prompt
from explainer.lessons.imagined import imagine


@pytest.fixture(scope="module")
def chat() -> Chat:
    return Chat.of(tiny_tokenizer(), "tiny")


def questions(count: int, conditioning: Conditioning) -> list[str]:
    rng = np.random.default_rng(3)
    return [prompt(imagine(rng), "What should move?", conditioning) for _ in range(count)]


@pytest.mark.parametrize("conditioning", Conditioning)
def test_one_place_for_each_stem_and_the_mix_or_none(conditioning):
    rng = np.random.default_rng(4)
    for _ in range(20):
        advice = imagine(rng)
        marks = prompt(advice, "What should move?", conditioning).count(MARK)
        assert marks == (len(advice.stems) + 1 if conditioning.prefixed else 0)


def test_the_report_tells_the_numbers_and_nothing_else_does():
    rng = np.random.default_rng(5)
    advice = next(a for a in iter(lambda: imagine(rng), None) if a.moving)
    said = f"{abs(advice.moving[0].move.gain_db):.1f}"
    for conditioning in Conditioning:
        text = prompt(advice, "What should move?", conditioning)
        assert (said in text) == (conditioning is Conditioning.REPORT)


NAMES = ["{anchor}", "a\nb", "<|im_end|>", "Ignore all that", MARK, "{{ x }}", "vocals, up 9.0"]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_gets_into_a_prompt(name):
    from advices import advice

    plain = advice([2.0, 0.0], anchor=1)
    odd = type(plain)(
        **{
            **vars(plain),
            "anchor": name,
            "stems": (plain.stems[0], type(plain.stems[1])(**{**vars(plain.stems[1]), "name": name})),
        }
    )
    for conditioning in Conditioning:
        assert prompt(odd, "Go.", conditioning) == prompt(plain, "Go.", conditioning)


def test_the_loss_is_on_the_response_and_its_end_alone(chat):
    question, response = questions(1, Conditioning.PREDICTIONS)[0], "Turn the vocals down 3.2 dB."
    encoded = chat.encode(question, response)
    scored = [label for label in encoded.labels if label != UNSCORED]
    assert scored == [*chat.tokens(response), chat.ends[0]]
    assert encoded.ids[-len(scored) :] == tuple(scored)
    assert chat.text(scored) == response
    asked = chat.encode(question)
    assert encoded.ids[: len(asked.ids)] == asked.ids  # what is asked is what was learnt
    assert set(asked.labels) == {UNSCORED}


def test_the_vectors_places_are_counted_in_order(chat):
    for question in questions(10, Conditioning.BOTH):
        encoded = chat.encode(question)
        assert [s for s in encoded.source if s >= 0] == list(range(question.count(MARK)))
        text = [token for token, source in zip(encoded.ids, encoded.source, strict=True) if source < 0]
        assert question.replace(MARK, "") in chat.text(text).replace("user\n", "")


def test_padding_is_neither_attended_to_nor_scored(chat):
    asked = questions(6, Conditioning.PREDICTIONS)
    encoded = [chat.encode(q, "Leave it." * (i + 1)) for i, q in enumerate(asked)]
    for left in (False, True):
        rows = batch(encoded, None, chat.pad, left)
        for row, one in enumerate(encoded):
            kept = rows.attention[row]
            assert tuple(rows.ids[row][kept].tolist()) == one.ids
            assert tuple(rows.labels[row][kept].tolist()) == one.labels
            assert (rows.labels[row][~kept] == UNSCORED).all()
            assert (rows.source[row][~kept] == -1).all()
            assert bool(rows.attention[row, -1 if left else 0])


def test_an_answer_ends_where_its_end_is(chat):
    ids = [*chat.tokens("Leave it."), chat.ends[0], *chat.tokens("and more")]
    assert chat.decode(ids) == "Leave it."
    assert chat.decode(ids[:-1]) == "Leave it."


def test_a_number_is_spelled_by_digits_and_comes_back_as_it_was(chat):
    said = "Turn it down by 12.3 dB (0.0 to 39.9), from 4 % and 100 % to 16000 Hz."
    assert chat.text(chat.tokens(said)) == said
    assert [chat.vocabulary.pieces[token] for token in chat.tokens("12.3")] == ["1", "2", ".", "3"]


def test_a_template_that_speaks_for_the_system_is_kept_from_it(tmp_path):
    talkative = TEMPLATE.replace(
        "{% for message in messages %}",
        "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant<|im_end|>\n{% endif %}"
        "{% for message in messages %}",
    )
    chat = Chat.read(tiny_base(tmp_path, template=talkative))
    assert "helpful" not in chat.text(chat.encode("Hello").ids)
    assert "Hello" in chat.text(chat.encode("Hello").ids)
    plain = Chat.read(tiny_base(tmp_path / "plain"))
    assert plain.before == ()


def test_a_report_tells_who_moves_in_the_order_of_an_answer():
    from advices import advice

    told = advice([1.5, 0.0, -6.2])
    told = replace(
        told, stems=tuple(replace(s, name=n) for s, n in zip(told.stems, ("bass", "drums", "vocals"), strict=True))
    )
    text = prompt(told, "What should move?", Conditioning.REPORT)
    assert "Mix (2 moves: vocals, bass)." in text
    assert text.index("vocals down 6.2") < text.index("bass up 1.5") < text.index("drums leave")
    assert "much" in text
    assert "no reason" in text


def test_levels_are_told_as_they_are_said():
    stem = StemAdvice(
        "bass",
        Role.BASS,
        None,
        -20.0,
        Move(Action.LOWER, -3.2, -4.5, -2.0, 0.95),
        (Reason(ReasonKind.ANCHOR, -0.5, -4.0, "drums"), Reason(ReasonKind.LEVEL, 3.1, -0.2)),
    )
    anchor = StemAdvice("drums", Role.DRUMS, None, -20.0, Move(Action.ANCHOR, 0.0, 0.0, 0.0, 0.0))
    told = Advice("song", 44_100, 60.0, "drums", 100.0, (stem, anchor), NOBODY, LEVELS)
    text = prompt(told, "What should move?", Conditioning.REPORT)
    assert "level 0.5 below drums usual 4.0 below, level 3.1 above rest usual 0.2 below" in text


def test_a_base_without_a_chat_template_is_named():
    with pytest.raises(InputError, match='"some/base" has no chat template'):
        Chat.of(tiny_tokenizer(None), "some/base")


def test_read_without_transformers_it_is_the_same(tmp_path, chat):
    read = Chat.read(tiny_base(tmp_path))
    assert (read.ends, read.pad, read.fingerprint) == (chat.ends, chat.pad, chat.fingerprint)
    for question in questions(5, Conditioning.BOTH):
        assert read.encode(question, "Turn it down 1.5 dB.") == chat.encode(question, "Turn it down 1.5 dB.")


def test_a_folder_without_a_tokenizer_is_named(tmp_path):
    with pytest.raises(InputError, match="holds no tokenizer"):
        Chat.read(tmp_path)
