"""Conditions: what is asked, heard and told under each, and the table that they are rows of."""

import json

import numpy as np
import pytest
import torch
from consoles import random_console
from evaluations import Noise, console, plan, tables
from songs import noise_song

from console import InputError, Song
from console.balance.genre import Genre, usual_in
from console.data.table import SongTable, tabulate
from console.evaluation.baselines import BASELINES, TOLD
from console.evaluation.conditions import Condition, Protocol, Told
from console.evaluation.items import Asked, Items
from console.evaluation.listeners import BOTH, CONSOLE, ONE_BY_ONE, listeners
from console.evaluation.numbers import numbers
from console.evaluation.parts import windows_of
from console.evaluation.protocol import ITEMS
from console.read.roles import Role
from explainer.evaluation.run import run

RATE_HZ = 44_100
ROLES = list(Role)
NATIVE = (Role.DRUMS, Role.BASS, Role.DRUMS, Role.OTHER)


@pytest.fixture(scope="module")
def song() -> Song:
    """A song of two halves; in the second one the drums are 6 dB louder."""
    song = noise_song(seconds=40.0, title="A Song")
    song.audio[1, :, 20 * RATE_HZ :] *= 2
    return song


@pytest.fixture(scope="module")
def table(song) -> SongTable:
    return tabulate(song)


@pytest.fixture(scope="module")
def short() -> SongTable:
    """One window."""
    return tabulate(noise_song(seconds=10.0, seed=1, title="One Window"))


@pytest.fixture(scope="module")
def native() -> SongTable:
    """Two drums among four stems."""
    return tabulate(noise_song(NATIVE, seconds=10.0, title="Native"))


class Tables(list):
    """Tables of a source that tells some genres."""

    def __init__(self, *tables: SongTable, genres: tuple[Genre | None, ...]):
        super().__init__(tables)
        self.source = self
        self.genres = genres

    def genre(self, index: int) -> Genre | None:
        return self.genres[index]


def asked(*tables: SongTable, **condition: object) -> list[Asked]:
    items = Items(tables, Condition.of("it", condition))
    return [items[index] for index in range(len(items))]


def equal(one: Asked, other: Asked) -> bool:
    parts = ((*of.example.features, *of.example[1:], of.energy, of.balanced, of.gram, of.moment) for of in (one, other))
    return one.ids == other.ids and all(map(torch.equal, *parts))


@pytest.mark.parametrize("protocol", [Protocol.SINGLE, Protocol.MANY, Protocol.NONE])
def test_a_song_of_one_window_is_asked_the_same_whole_as_by_chunk(short, protocol):
    (chunk,), (whole,) = (asked(short, protocol=protocol, whole=whole) for whole in (False, True))
    assert equal(chunk, whole)


def test_a_whole_song_is_heard_in_windows_all_of_which_have_the_flaw(table):
    (whole,) = asked(table, whole=True, protocol=Protocol.MANY)
    assert whole.example.features.levels.shape[:3] == (ITEMS, 4, 5)
    assert windows_of((0, 200)) == [0, 50, 100, 150]
    assert windows_of((100, 200), 1) == [125]
    by_window = whole.energy[..., 0].unflatten(-1, (4, 50)).mean(-1)[:, :-1]
    plain = whole.balanced[..., 0].unflatten(-1, (4, 50)).mean(-1)[:-1]
    off_db = 10 * (by_window / plain).log10()
    torch.testing.assert_close(off_db, whole.example.flaw_db[..., None].expand_as(off_db), atol=1e-3, rtol=0)
    (few,) = asked(table, whole=True, most_windows=2)
    assert few.example.features.levels.shape[1] == 2


@pytest.mark.parametrize("protocol", [Protocol.SINGLE, Protocol.MANY])
def test_in_a_whole_song_a_stem_may_rest_but_one_that_never_sounds_is_not_asked_about(protocol):
    song = noise_song(seconds=20.0, title="Resting")
    song.audio[0] = 0
    song.audio[2, :, : 10 * RATE_HZ] = 0
    tables = [tabulate(song)]
    assert len(Items(tables, Protocol.SINGLE)) == 0  # no chunk counts
    items = Items(tables, Condition(protocol, whole=True))
    (whole,) = (items[index] for index in range(len(items)))
    assert len(whole.ids) == items.count == (10 if protocol is Protocol.SINGLE else ITEMS)
    example = whole.example
    assert (example.free | example.anchor)[:, 1:].all()
    assert not (example.free | example.anchor)[:, 0].any()
    assert (example.flaw_db[:, 0] == 0).all()
    assert (example.flaw_db[:, 2] != 0).any()


def test_without_an_anchor_nobody_is_told_and_every_stem_that_sounds_is_free(table):
    told, alone = (asked(table, anchor=anchor) for anchor in (True, False))
    for one, other in zip(told, alone, strict=True):
        assert torch.equal(one.example.flaw_db, other.example.flaw_db)
        assert not other.example.anchor.any()
        assert other.example.free.all()
        assert {name.split("|")[3] for name in other.ids} == {"-"}
        assert len(set(other.ids)) == ITEMS
    (untouched,) = asked(table, anchor=False, protocol=Protocol.NONE, whole=True)
    assert len(untouched.ids) == 1  # every further one would be the same


def test_a_role_that_is_left_out_is_not_there(table):
    whole, without = asked(table)[0], asked(table, without=("vocals",))[0]
    assert without.example.role[0].tolist() == [1, 2, 3]
    assert len(without.ids) == 10
    torch.testing.assert_close(without.gram, whole.gram[1:, 1:])
    mix = without.balanced[-1, :, 0]
    assert (mix < whole.balanced[-1, :, 0]).all()


def test_native_stems_are_the_songs_own_and_each_may_be_flawed(native):
    (one,) = asked(native, native=True)
    (summed,) = asked(native)
    assert one.example.role.tolist() == [[1, 2, 1, 3]] * ITEMS
    assert summed.example.role[0].tolist() == [1, 2, 3]
    assert {tuple(row) for row in one.example.anchor.int().tolist()} == set(map(tuple, np.eye(4, dtype=int).tolist()))
    flaws = (one.example.flaw_db != 0).sum(-1)
    assert sorted(flaws.tolist()) == [0] * (ITEMS // 5) + [1] * (4 * ITEMS // 5)
    assert not (one.example.flaw_db[one.example.anchor] != 0).any()
    rows = numbers(one, listeners(None, Protocol.SINGLE))
    for row, flaw_db in zip([r for r in rows if r["listener"] == "do nothing"], one.example.flaw_db, strict=True):
        assert row["error_db"] == pytest.approx(float(flaw_db.abs().sum()) / 3, abs=1e-4)
        assert abs(row["flaw_db_drums"]) == pytest.approx(float(flaw_db[[0, 2]].abs().max()), abs=1e-4)
        assert row["n_flawed_free"] == int((flaw_db != 0).sum())
    oracle = [row for row in rows if row["listener"] == "oracle"]
    assert {row["joint"] for row in oracle} == {1}
    assert max(row["error_db"] for row in oracle) <= 0.25 / 3


def test_the_other_half_is_told_of_a_chunk_and_of_half_a_song(table):
    chunks, halves = (asked(table, usual=Told.HALF, spread_db=0.7, whole=whole) for whole in (False, True))
    assert [len(chunks), len(halves)] == [4, 2]
    for told in (chunks, halves):
        early, late = (of.example.usual[0] for of in (told[0], told[-1]))
        torch.testing.assert_close(early[:, 1], torch.full((4,), 0.7))
        early_db, late_db = early[:, 0] - early[0, 0], late[:, 0] - late[0, 0]
        assert float(early_db[1] - late_db[1]) == pytest.approx(6.0, abs=2.0)  # of the half that was not asked about
        assert float((early_db - late_db)[2:].abs().max()) < 3
    assert halves[0].start_s == 0
    assert halves[1].start_s == 20
    assert [of.ids[0].split("|")[1] for of in halves] == ["0", "1"]


def test_what_is_told_of_a_song_is_its_level_in_the_balanced_mix(table, short):
    """Told of another song, the drums of the louder half and the rest are where they are."""
    told = asked(short, table, usual=Told.WRONG)[0].example.usual[0]
    expected = [10 * torch.log10(torch.stack([table.plain[k, k].unflatten(0, (-1, 5)).mean(-1)]))[0] for k in range(4)]
    loudest = [level.unflatten(0, (4, 10)).topk(2).values.mean(-1).mean() for level in expected]
    for k in range(1, 4):
        assert float(told[k, 0] - told[0, 0]) == pytest.approx(float(loudest[k] - loudest[0]), abs=0.2)
    assert torch.equal(asked(short, table, usual=Told.WRONG)[0].example.flaw_db, asked(short)[0].example.flaw_db)


def test_a_genre_is_told_of_the_songs_that_have_one(table, short):
    tables = Tables(table, short, genres=(None, Genre.METAL))
    items = Items(tables, Condition(usual=Told.GENRE))
    assert len(items) == 1
    torch.testing.assert_close(items[0].example.usual[0], usual_in(Genre.METAL).of(ROLES))
    assert Items(Tables(table, genres=(None,)), Condition(usual=Told.GENRE)).nothing().endswith("(in song.json).")


@pytest.mark.parametrize(
    ("condition", "why"), [({"usual": "half"}, "long enough"), ({"usual": "wrong"}, "one song alone"), ({}, "10 s")]
)
def test_where_nothing_can_be_asked_a_sentence_says_why(short, condition, why):
    tables = [short] if condition else [tabulate(noise_song([Role.BASS]))]
    items = Items(tables, Condition.of("it", condition))
    assert len(items) == 0
    with pytest.raises(InputError, match=why):
        items.check()


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ({"protocol": "raw", "anchor": False}, "anchor must be told"),
        ({"protocol": "some"}, '"it" has a protocol that is none of .*: some'),
        ({"usual": "mine"}, '"it" has a usual that is none of .*: mine'),
        ({"without": ["horns"]}, '"it" has a without that is none of .*: horns'),
        ({"whole": "yes"}, "not true or false: yes"),
        ({"most_windows": 1.5}, "not a whole number: 1.5"),
        ({"spread_db": 0}, "spread_db above 0"),
        ({"loud": True}, '"it" has no "loud": choose from protocol, anchor'),
    ],
)
def test_a_condition_that_cannot_be_is_refused(condition, why):
    with pytest.raises(InputError, match=why):
        Condition.of("it", condition)


def test_who_is_told_what_is_usual_is_asked_where_something_is(table):
    ear = random_console()
    plain, told = (listeners(ear, Protocol.SINGLE, told) for told in (False, True))
    assert set(plain) == {CONSOLE, BOTH, *BASELINES}
    assert set(told) == {*plain, *TOLD}
    one = asked(table, usual=Told.HALF)[0]
    rows = numbers(one, told)
    assert {row["listener"] for row in rows} == set(told)


def test_a_console_judges_window_by_window_too(table, short):
    ear = random_console()
    who = listeners(ear, Protocol.SINGLE, windows=True)
    (one,) = asked(short, whole=True)
    alone, together = (who[name].believe(one).log_probability.exp() for name in (ONE_BY_ONE, CONSOLE))
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=1e-4)
    (whole,) = asked(table, whole=True)
    believed = who[ONE_BY_ONE].believe(whole).log_probability
    torch.testing.assert_close(believed.exp().sum(-1), torch.ones(believed.shape[:2]))
    assert not torch.allclose(believed.exp(), who[CONSOLE].believe(whole).log_probability.exp(), atol=1e-2)


def test_console_and_gaussian_together_lie_between_them(table):
    one = asked(table)[0]
    who = listeners(random_console(), Protocol.SINGLE)
    ear, levels, both = (
        who[name].believe(one).log_probability
        for name in (CONSOLE, "Gaussian Bayes, told that other is never flawed", BOTH)
    )
    torch.testing.assert_close(both.exp().sum(-1), torch.ones(both.shape[:2]))
    mean = ((ear + levels) / 2).log_softmax(-1)
    torch.testing.assert_close(both.exp(), mean.exp(), atol=1e-6, rtol=1e-4)
    other = one.example.role == 3
    assert (both[other].exp().max(-1).values > 0.999).all()  # which one of them knows


def test_the_table_has_a_row_for_every_condition_and_listener(tmp_path):
    rows = {
        "chunk": Condition(),
        "untouched": Condition(Protocol.NONE, whole=True, anchor=False),
        "wrong": Condition(usual=Told.WRONG),
        "half": Condition(usual=Told.HALF),
    }
    asks = plan(tmp_path / "tables", conditions=rows, explainer=None, console=console())
    place = run(asks, tmp_path / "run", progress=False)
    told = json.loads((place / "summary.json").read_text(), parse_constant=pytest.fail)
    found = [(of["condition"], of["listener"]) for of in told["numbers"]]
    heard = [CONSOLE, BOTH, *BASELINES]
    expected = {"chunk": heard, "untouched": [CONSOLE, ONE_BY_ONE, *heard[1:]], "wrong": [*heard, *TOLD]}
    assert found == [(name, who) for name, names in expected.items() for who in names]
    assert "long enough" in told["left_out"]["songs: half"]
    text = (place / "summary.md").read_text()
    for name, who in found:
        assert f"| songs | {name} | {who} |" in text
    untouched = {of["listener"]: of["figures"] for of in told["numbers"] if of["condition"] == "untouched"}
    assert untouched["do nothing"]["touched"][0] == 0
    assert untouched["equal loudness"]["touched"][0] == 1
    before = tables(place), text
    assert run(asks, place, progress=False) == place  # nothing is measured again
    assert (tables(place), (place / "summary.md").read_text()) == before


def test_where_no_condition_has_anything_to_ask_a_sentence_says_so(tmp_path):
    asks = plan(tmp_path / "tables", conditions={"half": Condition(usual=Told.HALF)}, explainer=None)
    with pytest.raises(InputError, match="long enough"):
        run(asks, tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()


def test_further_songs_have_a_name_of_their_own(tmp_path):
    rows = {"none": Condition(Protocol.NONE, whole=True, anchor=False)}
    asks = plan(tmp_path / "tables", conditions=rows, explainer=None, console=None, also={"more": Noise(("Third",))})
    numbers = json.loads((run(asks, tmp_path / "run", progress=False) / "summary.json").read_text())["numbers"]
    assert [(of["songs_of"], of["songs"]) for of in numbers if of["listener"] == "oracle"] == [
        ("songs", 2),
        ("more", 1),
    ]
    with pytest.raises(InputError, match="another name"):
        run(plan(tmp_path / "tables", conditions=rows, explainer=None, also={"songs": Noise()}), tmp_path / "other")
