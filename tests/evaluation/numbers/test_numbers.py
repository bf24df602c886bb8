"""Rows of numbers: what listeners say of items, and how right that is."""

from collections import Counter

import pytest
import torch
from consoles import random_console
from songs import noise_song

from console import Song
from console.balance import ROLES
from console.data.table import SongTable, tabulate
from console.evaluation.baselines import BASELINES
from console.evaluation.conditions import Condition
from console.evaluation.items import Items, Protocol
from console.evaluation.listeners import BOTH, CONSOLE, VERSIONS, Believed, Listener, listeners
from console.evaluation.numbers import COLUMNS, believe, numbers
from console.evaluation.protocol import ITEMS
from console.network.posterior import IMPOSSIBLE, N_BINS, bin_of
from console.read.roles import Role

TRUTH = [f"flaw_db_{role}" for role in ROLES]


@pytest.fixture(scope="module")
def song() -> Song:
    return noise_song(seconds=10.0, title="A Song")


@pytest.fixture(scope="module")
def table(song) -> SongTable:
    return tabulate(song)


def asked(table: SongTable, protocol: Protocol = Protocol.SINGLE, mix_only: bool = False):
    return Items([table], protocol, mix_only, short_songs=True)[0]


def of(rows, listener):
    return [row for row in rows if row["listener"] == listener]


def saying(*stems: dict[float, float]) -> dict[str, Listener]:
    """A listener who believes the same of every item: each stem's {correction_db: probability}, the rest at 0 dB."""
    probability = torch.zeros(len(stems), N_BINS)
    for stem, masses in enumerate(stems):
        for correction_db, mass in {0.0: 1 - sum(masses.values()), **masses}.items():
            probability[stem, bin_of(torch.tensor(correction_db))] = mass
    told = probability.log().clamp_min(IMPOSSIBLE)
    return {"always": Listener(lambda asked: Believed(told.expand(len(asked.ids), -1, -1)))}


@pytest.mark.parametrize("protocol", list(Protocol))
def test_every_listener_has_a_row_for_every_item(table, protocol):
    one = asked(table, protocol)
    who = listeners(random_console(), protocol)
    assert set(who) == {CONSOLE, BOTH, *BASELINES} | ({VERSIONS} if protocol is Protocol.AB else set())
    rows = numbers(one, who)
    assert all(tuple(row) == COLUMNS for row in rows)
    assert [(row["listener"], row["id"]) for row in rows] == [(name, item) for name in who for item in one.ids]
    assert {(row["song"], row["chunk"], row["start_s"], row["protocol"]) for row in rows} == {
        ("A Song", 0, 0.0, str(protocol))
    }
    for row, flaw_db in zip(rows, one.example.flaw_db.tolist() * len(who), strict=True):
        assert [row[name] for name in TRUTH] == pytest.approx(flaw_db, abs=1e-4)
        assert row["n_flawed"] == sum(db != 0 for db in flaw_db)
        assert row["n_free"] == 3
    assert all(isinstance(cell, str | int | float) for row in rows for cell in row.values())


@pytest.mark.parametrize("protocol", list(Protocol))
def test_the_oracle_is_right_and_doing_nothing_is_off_by_the_flaw(table, protocol):
    rows = numbers(asked(table, protocol), listeners(None, protocol))
    assert len(of(rows, "oracle")) == len(of(rows, "do nothing")) > 0
    for row in of(rows, "oracle"):
        assert row["joint"] == (1 if row["n_flawed"] < 2 else "")
        assert row["stem"] == row["direction"] == (1 if row["n_flawed"] == 1 else "")
        assert row["error_db"] <= 0.25
        assert row["crps_db"] == pytest.approx(row["error_db"], abs=1e-3)
        assert row["si_sdr_after_db"] >= min(row["si_sdr_before_db"], 30)
        assert row["stft_after"] <= row["stft_before"]
    for row in of(rows, "do nothing"):
        free = [db for name, db in zip(TRUTH, (row[name] for name in TRUTH), strict=True) if row["anchor"] not in name]
        assert row["error_db"] == pytest.approx(sum(map(abs, free)) / 3, abs=1e-4)
        assert (row["stft_after"], row["si_sdr_after_db"]) == (row["stft_before"], row["si_sdr_before_db"])
        assert (row["tp"], row["fp"], row["said_stem"], row["said_db"]) == (0, 0, "", 0)
        assert row["fn"] == sum(abs(db) >= 1 for db in free)
        assert row["moves_right"] == (row["fn"] == 0)
        assert row["width_db"] == 0
        if not row["n_flawed"]:
            assert (row["stft_before"], row["category"], row["target"]) == (0, "no_error", "")


def test_what_is_believed_is_told_in_db(table):
    belief = saying({-6.0: 1.0}, {3.0: 0.6, 6.0: 0.2}, {-9.0: 0.3}, {})
    for row in numbers(asked(table, Protocol.MANY), belief):
        median_db = {"vocals": -6.0, "drums": 3.0, "bass": 0.0, "other": 0.0} | {row["anchor"]: 0.0}
        chance = {"vocals": 1.0, "drums": 0.8, "bass": 0.3, "other": 0.0} | {row["anchor"]: 0.0}
        assert {role: row[f"median_db_{role}"] for role in median_db} == pytest.approx(median_db, abs=0.25)
        assert {role: row[f"chance_{role}"] for role in chance} == pytest.approx(chance, abs=1e-3)
        assert row["low_db_drums"] == 0.0
        assert row["low_db_bass"] == pytest.approx(0 if row["anchor"] == "bass" else -9, abs=0.25)
        assert row["high_db_drums"] == pytest.approx(0 if row["anchor"] == "drums" else 6, abs=0.26)
        said = ("drums", 3.0) if row["anchor"] == "vocals" else ("vocals", -6.0)
        assert (row["said_stem"], row["said_db"]) == (said[0], pytest.approx(said[1], abs=0.3))
        moved = {"vocals", "drums"} - {row["anchor"]}
        flawed = {role for role in median_db if row[f"flaw_db_{role}"]}
        assert (row["tp"], row["fp"], row["fn"]) == (
            len(moved & flawed),
            len(moved - flawed),
            len(flawed - moved),
        )


def test_a_move_needs_as_much_as_it_does_in_a_correction():
    """Two to one; an even chance among stems of one role that sound."""
    roles = [Role.VOCALS, Role.DRUMS, Role.OTHER, Role.OTHER]
    song = noise_song(roles, seconds=3.0)
    one = Items([tabulate(song)], Condition(Protocol.NONE, anchor=False, native=True), short_songs=True)[0]
    (row,) = numbers(one, saying(*[{4.0: 0.6}] * 4))
    assert [row[f"gain_db_{role}"] for role in (Role.VOCALS, Role.DRUMS)] == [0, 0]
    assert row["gain_db_other"] > 3


def test_moves_are_right_only_when_all_of_them_are(table):
    one = asked(table, Protocol.MANY)
    correction_db = -one.example.flaw_db
    wrong_way, one_missing = correction_db.clone(), correction_db.clone()
    for row in range(ITEMS):
        worst = int(correction_db[row].abs().argmax())
        wrong_way[row, worst] *= -1
        one_missing[row, worst] = 0

    def moves_right(said_db: torch.Tensor) -> set:
        told = torch.nn.functional.one_hot(bin_of(said_db), N_BINS).float().log().clamp_min(IMPOSSIBLE)
        return {row["moves_right"] for row in numbers(one, {"it": Listener(lambda _: Believed(told))})}

    assert moves_right(correction_db) == {1}
    assert moves_right(0.5 * correction_db) == {1}
    assert moves_right(wrong_way) == moves_right(one_missing) == {0}


def test_a_correction_that_helps_shows_in_the_sound(table):
    one = asked(table, Protocol.RAW)
    told = torch.nn.functional.one_hot(bin_of(-one.example.flaw_db / 2), N_BINS).float().log().clamp_min(IMPOSSIBLE)
    rows = numbers(one, {"half": Listener(lambda _: Believed(told))})
    flawed = [row for row in rows if any(abs(row[name]) >= 2.5 for name in TRUTH)]
    assert flawed
    for row in flawed:
        assert row["stft_after"] < row["stft_before"]


def test_of_the_mix_alone_only_who_needs_no_stems_is_asked(table):
    who = listeners(random_console(), Protocol.AB)
    stems = asked(table, Protocol.AB)
    rows = numbers(stems.of_mix(), who)
    assert Counter(row["listener"] for row in rows) == {CONSOLE: 30, "do nothing": 30, "oracle": 30}
    assert {row["input"] for row in rows} == {"mix"}
    assert {row["input"] for row in numbers(stems, who)} == {"stems"}
    assert rows == numbers(asked(table, Protocol.AB, mix_only=True), who)


def test_the_gains_between_two_versions_are_recovered(table):
    rows = of(numbers(asked(table, Protocol.AB), listeners(None, Protocol.AB)), VERSIONS)
    assert rows
    for row in rows:
        assert [row[f"median_db_{role}"] for role in ROLES] == pytest.approx(
            [-row[f"flaw_db_{role}"] for role in ROLES], abs=0.001
        )
        assert (row["moves_right"], row["covered"], row["si_sdr_after_db"]) == (1, 1, 60)
        assert row["stft_after"] < 0.001
        assert row["error_db"] == row["crps_db"] < 0.001
        assert row["said_db"] == row[f"median_db_{row['said_stem']}"]
        assert abs(row["said_db"]) > max(abs(row[name]) for name in TRUTH) - 0.5  # of two as large, either


@pytest.mark.parametrize("protocol", [Protocol.SINGLE, Protocol.MANY])
def test_rows_are_the_same_every_time_and_for_stems_in_any_order(song, table, protocol):
    who = listeners(random_console(), protocol)
    rows = numbers(asked(table, protocol), who)
    assert rows == numbers(asked(table, protocol), who)
    assert rows == numbers(asked(table, protocol), who, believe(asked(table, protocol), who))
    turned = Song(song.audio.flip(0), song.names[::-1], song.sample_rate, song.roles[::-1], title=song.title)
    for row, other in zip(rows, numbers(asked(tabulate(turned), protocol), who), strict=True):
        assert {k: v for k, v in row.items() if isinstance(v, str)} == {
            k: v for k, v in other.items() if isinstance(v, str)
        }
        assert [v for v in row.values() if not isinstance(v, str)] == pytest.approx(
            [v for v in other.values() if not isinstance(v, str)], abs=0.01
        )


def test_a_silent_stem_and_one_that_is_not_there_have_no_numbers():
    song = noise_song(ROLES[:3], seconds=3.0)
    song.audio[0] = 0
    for row in numbers(asked(tabulate(song), Protocol.MANY), listeners(random_console(), Protocol.MANY)):
        assert {row[f"{name}_other"] for name in ("flaw_db", "median_db", "low_db", "high_db", "chance")} == {""}
        assert {row[f"{name}_vocals"] for name in ("median_db", "low_db", "high_db", "chance")} == {""}
        assert row["flaw_db_vocals"] == 0
        assert row["n_free"] == (1 if row["anchor"] else 2)


def test_a_lone_stem_that_sounds_is_no_item_to_be_wrong_about():
    song = noise_song(seconds=3.0)
    song.audio[[0, 1, 3]] = 0
    for row in numbers(asked(tabulate(song), Protocol.NONE), listeners(random_console(), Protocol.NONE)):
        assert row["anchor"] in ("", "bass")
        if row["anchor"]:
            assert (row["n_free"], row["error_db"], row["crps_db"], row["covered"], row["joint"]) == (0, "", "", "", 1)
