"""What people ask is understood, however they spell it: kinds of questions, and the stems that they name."""

import pytest
from asked import SONGS, Case, cases, song
from hypothesis import given
from hypothesis import strategies as st

from explainer.phrasing.questions.asked import Anew, Asked
from explainer.reading.questions.question import read_question

FOUR, NATIVE = song("four"), song("native")
ADVICES = {"four": FOUR, "native": NATIVE}


def understood(case: Case) -> bool:
    advice = ADVICES[case.song]
    read = read_question(case.text, advice)
    stems = {advice.names[at] for at in read.stems}
    named = case.kind == "outside" or (stems == set(case.stems) and (not case.absent or read.absent == case.absent))
    return read.kind == case.kind and named and (not case.anew or read.anew == case.anew)


@pytest.mark.parametrize(("file", "least"), [("asked.yaml", 0.99), ("unseen.yaml", 0.97)])
def test_questions_are_understood(file, least):
    asked = list(cases(file))
    wrong = [case for case in asked if not understood(case)]
    assert len(wrong) <= (1 - least) * len(asked), wrong


def test_of_all_questions_98_in_100_are_understood_and_every_kind_is_among_them():
    asked = [*cases("asked.yaml"), *cases("unseen.yaml")]
    assert len(asked) >= 600
    assert {case.kind for case in asked} == set(Asked) - {Asked.UNCLEAR}
    assert sum(map(understood, asked)) >= 0.98 * len(asked)
    assert len({case.text.casefold() for case in asked}) > 0.98 * len(asked)


@pytest.mark.parametrize(
    "spelt", ["why the vocals?", "WHY THE VOCALS", "why teh voacls ??", "how come the vox", "y vocals"]
)
def test_slips_capitals_and_nicknames_are_no_hindrance(spelt):
    read = read_question(spelt, FOUR)
    assert (read.kind, read.stems) == (Asked.WHY, (0,))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("why the kick?", {"Kick In"}),
        ("why the drums?", {"Kick In", "Snare Top", "OH"}),
        ("why the left guitar", {"GTR L"}),
        ("why gtr r", {"GTR R"}),
        ("why the guitars", {"GTR L", "GTR R"}),
        ("why the singer", {"Lead Vox"}),
        ("why keys 1", {"Keys 1"}),
        ("why bass di and snare top", {"Bass DI", "Snare Top"}),
    ],
)
def test_stems_are_meant_by_their_own_names_what_they_play_and_their_side(text, names):
    assert {NATIVE.names[at] for at in read_question(text, NATIVE).stems} == names


def test_an_instrument_that_the_song_lacks_is_noticed():
    read = read_question("why the trombone?", FOUR)
    assert (read.stems, read.absent) == ((), "trombone")
    assert read_question("why the other songs", FOUR).stems == ()


@pytest.mark.parametrize(
    ("text", "anew", "genre"),
    [
        ("what if the drums were the anchor", Anew.ANCHOR, ""),
        ("lock the bass please", Anew.LOCK, ""),
        ("and if it was metal", Anew.GENRE, "metal"),
        ("compare it with my last song", Anew.LIKE, ""),
        ("can you do half of it", Anew.STRENGTH, ""),
        ("listen again", Anew.PASSES, ""),
    ],
)
def test_what_takes_another_listening_is_told_apart(text, anew, genre):
    read = read_question(text, FOUR)
    assert (read.kind, read.anew, read.genre) == (Asked.AGAIN, anew, genre)


def test_who_covers_whom_is_told_by_the_order():
    assert not read_question("what covers the bass", FOUR).covers
    assert read_question("what does the bass cover", FOUR).covers


@given(st.text(max_size=80) | st.lists(st.sampled_from(["why", "bass", "not", "?", "\u202e", "3"])).map(" ".join))
def test_no_text_upsets_the_reader(text):
    for advice in ADVICES.values():
        read = read_question(text, advice)
        assert all(at < len(advice.stems) for at in read.stems)


def test_a_long_question_takes_no_longer_than_sixty_words():
    assert read_question("why the bass " * 50_000, FOUR).kind is Asked.WHY
    assert len(SONGS["native"]) == 10
