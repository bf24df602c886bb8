"""What a song is judged against, in figures and in words."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from console.balance import ROLES, BalancePrior
from console.balance.genre import Genre, usual_in, usual_in_all_music
from console.balance.usual import Usual
from console.correct import Action, Move
from console.errors import InputError
from console.network.features import ROWS
from console.read.roles import Role
from explainer.advice.advice import Advice, MixLevels, ModelStamp, StemAdvice
from explainer.advice.claims import Reason, ReasonKind
from explainer.measured.figures import Figures, measure
from explainer.phrasing.answers import respond
from explainer.phrasing.plan import Style
from explainer.phrasing.usual import LONGEST, judged_against, with_place
from explainer.reading import parse

ALL = usual_in_all_music()
USUAL_DB = BalancePrior.load().mean_level_db


def figures(usual: Usual | None, anchor: int | None = None) -> Figures:
    noise = torch.rand(1, 5, 250, ROWS, generator=torch.Generator().manual_seed(0)) + 0.5
    energy = noise * (10 ** (torch.tensor([*USUAL_DB, 0.0]) / 10))[None, :, None, None]
    is_anchor = torch.zeros(1, 4, dtype=torch.bool)
    if anchor is not None:
        is_anchor[0, anchor] = True
    return measure(energy, torch.tensor([[0, 1, 2, 3]]), is_anchor, usual)


def moved(usual: Usual, **db: float) -> Usual:
    return Usual({role: level + db.get(role, 0.0) for role, level in usual.mean_db.items()}, usual.spread_db)


def test_told_what_is_usual_in_all_music_nothing_changes():
    for plain, told in zip(figures(None, 1), figures(ALL, 1), strict=True):
        torch.testing.assert_close(plain, told, equal_nan=True, atol=1e-3, rtol=1e-3)


@given(stem=st.integers(0, 3), db=st.floats(-6, 6), common_db=st.floats(-20, 20))
def test_a_stem_that_is_usually_louder_lies_as_much_lower(stem, db, common_db):
    role = ROLES[stem]
    louder = moved(ALL, **{str(each): common_db + (db if each is role else 0.0) for each in ROLES})
    before, after = figures(None), figures(louder)
    torch.testing.assert_close(before.level_lu, after.level_lu)  # what was measured
    off_db = float(after.off_db[0, stem] - before.off_db[0, stem])
    assert off_db == pytest.approx(-db, abs=0.1)
    assert float(after.usual_level_lu[0, stem] - before.usual_level_lu[0, stem]) == pytest.approx(db, abs=0.1)


def test_where_songs_spread_less_the_same_distance_says_more():
    sharp = Usual(ALL.mean_db, dict.fromkeys(ROLES, 0.25))
    assert (figures(sharp).spread_db < figures(None).spread_db).all()
    assert (figures(sharp, 1).anchor_spread_db <= figures(None, 1).anchor_spread_db).all()


def test_a_role_that_is_not_told_is_as_in_all_music():
    one = Usual({Role.VOCALS: -50.0}, {Role.VOCALS: 1.0})  # a level alone compares with nothing
    torch.testing.assert_close(figures(None).off_db, figures(one).off_db, atol=1e-3, rtol=1e-3)


def advice(usual: Usual | None, gain_db: float = 4.0) -> Advice:
    reasons = (Reason(ReasonKind.LEVEL, -7.3, -2.4), Reason(ReasonKind.SHARE, 9.0, 21.0))
    action = Action.RAISE if gain_db > 0 else Action.LOWER
    vocals = StemAdvice("vocals", Role.VOCALS, None, -20.0, Move(action, gain_db, 2.0, 6.0, 0.95), reasons)
    drums = StemAdvice("drums", Role.DRUMS, None, -20.0, Move(Action.LEAVE, 0.0, -1.0, 1.0, 0.1))
    mix = MixLevels(-14.0, -14.0, -1.0, 0.0)
    stamp = ModelStamp("", "", "")
    return Advice("song", 44100, 60.0, None, 100.0, (vocals, drums), stamp, mix, balance={}, usual=usual)


SOURCES = [
    usual_in(Genre.METAL).source,
    "what is usual in another version of this song (“rough mix”)",
    "what is usual in the 3 songs you gave (“A”, “B” and “C”)",
    "what is usual in 12 songs of my-songs",
    "what is usual for you (14 decisions, on top of what is usual in all music)",
    "My label",
]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("seed", range(12))
def test_the_words_say_where_it_is_usual_and_claim_the_same(source, seed):
    told = advice(Usual(ALL.mean_db, ALL.spread_db, source))
    plain = respond(told, Style.FULL, np.random.default_rng(seed))
    said = with_place(plain, told.usual)
    assert told.usual.where in said or source in said
    assert said.count(told.usual.where) <= 1
    stems = ["vocals", "drums"]
    assert parse(said, stems) == parse(plain, stems)


def test_a_name_that_would_upset_a_line_is_put_right():
    wild = Usual(ALL.mean_db, ALL.spread_db, "a\nb\x07" + "c" * 1000)
    said = judged_against(wild)
    assert "\n" not in said
    assert "\x07" not in said
    assert len(said) < LONGEST + 30
    assert judged_against(Usual({}, {}, "")) == "Judged against what you told to be usual."


def test_advice_keeps_what_it_was_judged_against():
    told = advice(usual_in(Genre.METAL).rounded())
    again = Advice.from_json(told.to_json())
    assert again == told
    assert again.usual.where == "in metal"
    assert Advice.from_json(advice(None).to_json()).usual is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('"levels": {"kazoo": {"mean_db": 0, "spread_db": 1}}', "kazoo"),
        ('"levels": {"vocals": {"mean_db": 0}}', "spread_db"),
        ('"levels": {"vocals": {"mean_db": 0, "spread_db": 99}}', "99"),
        ('"levels": {"vocals": {"mean_db": 0, "spread_db": "wide"}}', "spread_db"),
    ],
)
def test_a_usual_that_is_none_is_refused(wrong, said):
    text = (
        advice(None)
        .to_json()
        .replace('"usual": null,\n  "loudness"', f'"usual": {{"source": "", {wrong}}},\n  "loudness"')
    )
    assert "kazoo" in text or "vocals" in text
    with pytest.raises(InputError, match=said):
        Advice.from_json(text)
