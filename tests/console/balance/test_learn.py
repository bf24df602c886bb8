"""What is usual, learnt: songs and decisions move it as far as they tell, and the spread is honest."""

import numpy as np
import pytest
import yaml

from console.balance.decisions import read_decisions
from console.balance.genre import Genre, usual_in, usual_in_all_music
from console.balance.learn import ALIKE_DB, VERSION_DB, Decision, learn_decisions, learn_songs
from console.balance.prior import ROLES, TOLD_DB
from console.balance.usual import Usual
from console.errors import InputError
from console.read.roles import Role

ALL = usual_in_all_music()
VOCALS, DRUMS, BASS, OTHER = ROLES
LOUD_VOCALS = np.array([5.0, -1.0, 0.0, -1.0])


def apart_db(usual: Usual, base: Usual = ALL) -> np.ndarray:
    """How far each role lies from the base's level, all roles together at 0."""
    off_db = np.array([usual.mean_db[role] - base.mean_db[role] for role in ROLES])
    return off_db - off_db.mean()


def songs(level_db: np.ndarray, count: int, spread_db: float = 1.0, seed: int = 0) -> list[dict[Role, float]]:
    """Songs of such levels against all music, each louder or softer as a whole."""
    rng = np.random.default_rng(seed)
    rows = np.array(list(ALL.mean_db.values())) + level_db + spread_db * rng.normal(size=(count, 4))
    return [dict(zip(ROLES, row, strict=True)) for row in (rows + rng.normal(0, 6, (count, 1))).tolist()]


def width_db(usual: Usual) -> float:
    return float(np.mean(list(usual.spread_db.values())))


def test_more_songs_come_nearer_to_their_levels_and_spread_less():
    true_db = LOUD_VOCALS - LOUD_VOCALS.mean()
    learnt = [learn_songs(songs(LOUD_VOCALS, count), "mine").usual for count in (1, 4, 16, 64)]
    errors = [np.abs(apart_db(usual) - true_db).mean() for usual in learnt]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.3
    widths = [width_db(usual) for usual in learnt]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 2.0
    assert widths[-1] == pytest.approx(1.0, abs=0.25)


def test_songs_that_differ_more_spread_more():
    narrow, wide = (learn_songs(songs(LOUD_VOCALS, 30, spread), "mine").usual for spread in (0.8, 2.2))
    assert all(wide.spread_db[role] > narrow.spread_db[role] + 0.5 for role in ROLES)


def test_one_odd_song_counts_for_little():
    plain = songs(LOUD_VOCALS, 8)
    odd = [{**plain[0], VOCALS: plain[0][VOCALS] + 20}, *plain[1:]]
    moved_db = learn_songs(odd, "mine").usual.mean_db[VOCALS] - learn_songs(plain, "mine").usual.mean_db[VOCALS]
    assert abs(moved_db) < 1.0  # of 2.5 in a plain mean


def test_one_gain_on_a_whole_song_changes_nothing():
    plain = songs(LOUD_VOCALS, 5)
    louder = [{role: db + 7 * at for role, db in song.items()} for at, song in enumerate(plain)]
    one, other = (learn_songs(given, "mine").usual for given in (plain, louder))
    assert apart_db(one) == pytest.approx(apart_db(other), abs=1e-3)
    assert one.spread_db == pytest.approx(other.spread_db, abs=1e-3)


@pytest.mark.parametrize("count", [1, 6])
def test_a_closer_kin_is_believed_more(count):
    given = songs(LOUD_VOCALS, count, spread_db=0.3)
    own, alike, version = (learn_songs(given, "", spread_db=db).usual for db in (2.2, ALIKE_DB, VERSION_DB))
    assert own.mean_db[VOCALS] < alike.mean_db[VOCALS] < version.mean_db[VOCALS]
    assert width_db(own) > width_db(alike) > width_db(version)


def test_two_versions_differ_by_what_is_said_of_them():
    version = learn_songs(songs(LOUD_VOCALS, 1, 0.0), "", spread_db=VERSION_DB).usual
    assert width_db(version) == pytest.approx(0.7, abs=0.1)
    alike = learn_songs(songs(LOUD_VOCALS, 1, 0.0), "", spread_db=ALIKE_DB).usual
    assert width_db(alike) == pytest.approx(1.9, abs=0.15)


@pytest.mark.parametrize("count", [1, 3, 10])
def test_a_new_song_lies_as_far_off_as_the_spread_says(count):
    """Kinds of music drawn among all, songs about each: heavy tails in both."""
    rng = np.random.default_rng(count)
    middle, wide = (np.array(list(of.values())) for of in (ALL.mean_db, ALL.spread_db))

    def tailed(*shape: int) -> np.ndarray:
        return rng.standard_t(5, shape) * np.sqrt(3 / 5)

    squares = []
    for _ in range(250):
        kind = middle + np.sqrt(wide**2 - ALIKE_DB**2) * tailed(4)
        rows = kind + ALIKE_DB * tailed(count + 1, 4)
        told = learn_songs([dict(zip(ROLES, row, strict=True)) for row in rows[1:].tolist()], "", None, ALIKE_DB).usual
        off_db = rows[0] - np.array(list(told.mean_db.values()))
        spread_db2 = np.square(list(told.spread_db.values()))
        squares.append(np.square(off_db - off_db.mean()).sum() / (0.75 * spread_db2.sum()))
    assert np.mean(squares) == pytest.approx(1.0, abs=0.25)


def test_a_role_that_songs_lack_is_as_in_the_base():
    without = [{role: db for role, db in song.items() if role is not BASS} for song in songs(LOUD_VOCALS, 10)]
    learnt = learn_songs(without, "mine")
    assert learnt.counts == {VOCALS: 10, DRUMS: 10, BASS: 0, OTHER: 10}
    assert learnt.usual.mean_db[BASS] == pytest.approx(ALL.mean_db[BASS])
    assert learnt.usual.spread_db[BASS] == pytest.approx(ALL.spread_db[BASS])
    assert learnt.usual.mean_db[VOCALS] - learnt.usual.mean_db[DRUMS] > 3


def test_what_is_known_of_a_genre_counts_among_few_songs_only():
    metal = usual_in(Genre.METAL)
    for count, most in ((1, 1.5), (60, 0.2)):
        given = songs(LOUD_VOCALS, count, 1.0)
        by_metal, by_all = (learn_songs(given, "", base).usual for base in (metal, None))
        apart = abs(apart_db(by_metal)[0] - apart_db(by_all)[0])
        assert apart < most
        assert count > 1 or apart > 0.3


def test_nothing_that_can_be_compared_is_refused():
    for given in ([], [{VOCALS: -20.0}], [{}]):
        with pytest.raises(InputError, match="at least two"):
            learn_songs(given, "mine")


def test_what_is_told_lies_within_what_a_console_is_trained_on():
    calm = learn_songs(songs(LOUD_VOCALS, 60, 0.01), "", spread_db=0.1).usual
    wild = learn_songs(songs(LOUD_VOCALS, 60, 9.0), "").usual
    assert min(calm.spread_db.values()) == TOLD_DB[0]
    assert max(wild.spread_db.values()) == TOLD_DB[1]


@pytest.mark.parametrize("count", [1, 2, 5, 20])
def test_decisions_move_what_is_usual_by_their_number(count):
    learnt = learn_decisions([Decision(VOCALS, 1.5)] * count, "mine")
    moved_db = learnt.usual.mean_db[VOCALS] - ALL.mean_db[VOCALS]
    assert 0.5 * 1.5 < moved_db < 1.5
    fewer = learn_decisions([Decision(VOCALS, 1.5)] * (count - 1), "mine").usual if count > 1 else ALL
    assert moved_db > fewer.mean_db[VOCALS] - ALL.mean_db[VOCALS]
    assert learnt.usual.spread_db[VOCALS] < fewer.spread_db[VOCALS]
    assert [learnt.usual.mean_db[role] for role in ROLES[1:]] == [ALL.mean_db[role] for role in ROLES[1:]]
    assert learnt.counts[VOCALS] == count


def test_what_was_advised_is_no_habit():
    kept = learn_decisions([Decision(VOCALS, 4.0, advised_db=4.0)] * 5, "").usual
    assert kept.mean_db[VOCALS] == pytest.approx(ALL.mean_db[VOCALS])
    over = learn_decisions([Decision(VOCALS, 4.0, advised_db=2.5)] * 5, "").usual
    plain = learn_decisions([Decision(VOCALS, 1.5)] * 5, "").usual
    assert over.mean_db == pytest.approx(plain.mean_db)


def test_decisions_on_one_song_count_once():
    often = learn_decisions([Decision(VOCALS, 1.5, song="a")] * 9, "")
    once = learn_decisions([Decision(VOCALS, 1.5, song="a")], "")
    assert often == once


def test_decisions_that_differ_move_less_and_an_odd_one_hardly():
    agreed = [1.5] * 6
    split = [4.5, -1.5, 5.0, -2.0, 1.5, 1.5]
    odd = [1.5] * 6 + [-20.0]
    one, other, third = (
        learn_decisions([Decision(VOCALS, db) for db in moved], "").usual.mean_db[VOCALS]
        for moved in (agreed, split, odd)
    )
    assert other < one
    assert third == pytest.approx(one, abs=0.4)


def test_no_decision_is_refused():
    with pytest.raises(InputError, match="no decision"):
        learn_decisions([], "")


def test_what_is_learnt_is_kept_and_told_as_it_was(tmp_path):
    learnt = learn_songs(songs(LOUD_VOCALS, 4), "what is usual in 4 songs of mine").usual
    learnt.save(tmp_path / "my.yaml")
    again = Usual.load(tmp_path / "my.yaml")
    assert again == learnt.rounded()
    assert again.where == "in 4 songs of mine"
    assert list(yaml.safe_load((tmp_path / "my.yaml").read_text())["levels"]) == list(map(str, ROLES))


def test_a_table_of_decisions_is_read(tmp_path):
    table = tmp_path / "decisions.csv"
    table.write_text("song, role, gain_db, advised_db, by\nA, Lead Vox, 3.5, 2, me\n,kick,-1,,me\n", "utf-8")
    assert read_decisions(table) == [Decision(VOCALS, 3.5, 2.0, "A"), Decision(DRUMS, -1.0, 0.0, None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", 'column "role"'),
        ("role\nvocals\n", 'column "gain_db"'),
        ("role;gain_db\nvocals;1\n", 'column "role"'),
        ("role,role,gain_db\nvocals,bass,1\n", 'column "role"'),
        ("role,gain_db\n", "no decision"),
        ("role,gain_db\nvocals,loud\n", 'line 2: "loud"'),
        ("role,gain_db\nvocals,nan\n", 'line 2: "nan"'),
        ("role,gain_db\nvocals,99\n", 'line 2: "99"'),
        ("role,gain_db\nvocals\n", "line 2, has 1 cells"),
        ("role,gain_db\nwhatever,1\n", r'no role "whatever" \(.*line 2'),
        ("role,gain_db,advised_db\nvocals,1,some\n", 'line 2: "some"'),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_line(tmp_path, text, said):
    table = tmp_path / "decisions.csv"
    table.write_text(text, "utf-8")
    with pytest.raises(InputError, match=said) as refusal:
        read_decisions(table)
    assert str(table) in str(refusal.value)
