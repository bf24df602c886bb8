"""Many stems of one role: groups are judged first, then what is off within them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from console.model import Console
from console.network.posterior import BINS_DB, GainPosterior, quantile_db
from console.read.song import Song
from console.tracks.judge import listen_grouped

RATE = 8000
NAMES = ("lead vox", "kick", "snare", "hat", "oh", "bass", "e gtr", "ac gtr", "keys")
USUAL_DB = (0.0, -1.0, 0.0, -8.0, -1.0, -3.0, -6.0, -6.0, -8.0)


def tracks(off_db: dict[str, float] | None = None, names=NAMES, usual_db=USUAL_DB, seed: int = 0) -> Song:
    """A song of noise at usual levels, with some stems off."""
    noise = torch.randn(len(names), 1, 6 * RATE, generator=torch.Generator().manual_seed(seed))
    gains_db = torch.tensor(usual_db) + torch.tensor([(off_db or {}).get(name, 0.0) for name in names])
    return Song(0.05 * noise * (10 ** (gains_db / 20))[:, None, None], names, RATE)


class Ear:
    """A console that knows how loud each group should be, and hears it as exactly as `width_db` says."""

    def __init__(self, width_db: float = 1.0):
        self.width_db = width_db
        self.right = self.levels(tracks())
        self.asked: list[tuple[tuple[str, ...], str | None]] = []

    @staticmethod
    def levels(song: Song) -> dict[str, float]:
        power: dict[str, float] = {}
        for role, stem in zip(song.roles, song.audio, strict=True):
            power[role] = power.get(role, 0.0) + float(stem.var())
        return {role: 10 * np.log10(each) for role, each in power.items()}

    def __call__(self, song: Song, anchor: str | None) -> GainPosterior:
        self.asked.append((song.names, anchor))
        levels = self.levels(song)
        scale_db = np.median([levels[role] - self.right[role] for role in song.roles])
        rows = []
        for name, role in zip(song.names, song.roles, strict=True):
            miss_db = self.right[role] + scale_db - levels[role]
            row = torch.exp(-0.5 * ((BINS_DB - miss_db) / self.width_db) ** 2) * 0.02 + 1e-6
            row[len(row) // 2] *= 50
            rows.append(torch.eye(len(row))[len(row) // 2] if name == anchor else row / row.sum())
        return GainPosterior(song.names, torch.stack(rows), anchor, torch.zeros(len(rows), dtype=torch.bool))


def moves(song: Song, ear=None, anchor: str | None = None) -> dict[str, float]:
    median_db = listen_grouped(song, ear or Ear(), anchor).median_db
    return {name: float(db) for name, db in zip(song.names, median_db, strict=True) if abs(db) >= 1}


@pytest.mark.parametrize("name", ["kick", "snare", "e gtr", "lead vox"])
def test_one_stem_10_db_too_loud_is_found_and_no_other_is_moved(name):
    moved = moves(tracks({name: 10.0}))
    assert set(moved) == {name}
    assert moved[name] == pytest.approx(-10, abs=2.5)


def test_nothing_is_moved_where_nothing_is_off():
    assert moves(tracks()) == {}


def test_a_group_that_is_off_as_one_moves_as_one():
    moved = moves(tracks(dict.fromkeys(("kick", "snare", "hat", "oh"), 9.0)))
    assert set(moved) == {"kick", "snare", "hat", "oh"}
    assert all(db == pytest.approx(-9, abs=2.5) for db in moved.values())


def test_two_stems_of_different_groups_are_both_found():
    assert set(moves(tracks({"kick": 11.0, "e gtr": 11.0}))) == {"kick", "e gtr"}


def test_the_order_of_the_stems_does_not_count():
    song = tracks({"snare": 8.0})
    order = torch.randperm(len(NAMES), generator=torch.Generator().manual_seed(1))
    mixed = Song(song.audio[order], [NAMES[i] for i in order], RATE)
    heard, again = (listen_grouped(each, Ear(), None).probability for each in (song, mixed))
    torch.testing.assert_close(heard[order], again, atol=1e-4, rtol=0)


def test_one_gain_on_all_stems_changes_nothing():
    song = tracks({"snare": 8.0})
    heard = listen_grouped(song, Ear(), None).probability
    for gain_db in (-30.0, 12.0):
        again = listen_grouped(song.with_gains_db([gain_db] * len(NAMES)), Ear(), None).probability
        torch.testing.assert_close(heard, again, atol=1e-3, rtol=0)


def test_a_silent_stem_changes_nothing():
    song = tracks({"kick": 8.0})
    silent = Song(torch.cat([song.audio, torch.zeros(1, 1, 6 * RATE)]), (*NAMES, "tom"), RATE)
    heard, with_silent = (listen_grouped(each, Ear(), None) for each in (song, silent))
    torch.testing.assert_close(heard.probability, with_silent.probability[:-1])
    assert with_silent.silent.tolist() == [False] * len(NAMES) + [True]
    assert float(with_silent.flaw_probability[-1]) == 0


@pytest.mark.parametrize("anchor", ["lead vox", "hat"])
def test_the_anchor_stays_and_a_loud_kick_is_found_beside_it(anchor):
    ear = Ear()
    heard = listen_grouped(tracks({"kick": 10.0}), ear, anchor)
    assert heard.anchor == anchor
    assert float(heard.flaw_probability[NAMES.index(anchor)]) == 0
    assert float(heard.median_db[NAMES.index("kick")]) < -6
    group = {"lead vox": "lead vox", "hat": "kick"}[anchor]  # a group goes by the name of its first stem
    assert ear.asked[-1] == (("lead vox", "kick", "bass", "e gtr"), group)


def test_of_the_anchors_group_it_is_told_what_may_be_off_within_it():
    """A quiet flaw that is not sure enough to be mended is not taken to be impossible for that."""
    song = tracks({"kick": 3.0})
    free, anchored = (listen_grouped(song, Ear(), anchor) for anchor in (None, "hat"))
    for name in ("kick", "snare", "oh"):
        stem = NAMES.index(name)
        assert float(anchored.flaw_probability[stem]) > 0.02
        assert float(anchored.flaw_probability[stem]) <= float(free.flaw_probability[stem]) + 0.01
        low_db, high_db = (float(bound[stem]) for bound in anchored.interval_db(0.8))
        assert low_db < high_db
    hat = NAMES.index("hat")
    assert float(anchored.flaw_probability[hat]) == 0


def test_of_an_unfamiliar_song_less_is_believed_of_stems_within_groups_too():
    song, ear = tracks({"kick": 10.0}), Ear()
    known, strange = (
        listen_grouped(song, lambda *asked, as_known=known: replace(ear(*asked), familiarity=as_known), None)
        for known in (1.0, 0.0)
    )
    kick = NAMES.index("kick")
    assert abs(float(strange.median_db[kick])) < abs(float(known.median_db[kick]))


def test_one_stem_of_each_role_is_what_the_console_says():
    torch.manual_seed(0)
    console = Console(width=8, depth=1, song_depth=1, heads=1)
    torch.nn.init.normal_(console.head.weight)
    song = tracks(names=("vox", "drums", "bass", "keys"), usual_db=(0.0,) * 4)
    for anchor in (None, "bass"):
        heard, told = listen_grouped(song, console.listen, anchor), console.listen(song, anchor)
        assert torch.equal(heard.probability, told.probability)
        assert torch.equal(heard.embedding, told.embedding)


def test_linked_stems_get_one_correction():
    names = ("lead vox", "kick in", "kick out", "snare", "hat", "bass", "keys")
    song = tracks(names=names, usual_db=(0.0, -4.0, -4.0, 0.0, -6.0, -3.0, -4.0))
    song = Song(song.audio, names, RATE, links=(("kick in", "kick out"),))
    ear = Ear()
    ear.right = ear.levels(song)
    heard = listen_grouped(song.with_gains_db([0, 11, 11, 0, 0, 0, 0]), ear, None)
    assert torch.equal(heard.probability[1], heard.probability[2])
    assert float(heard.median_db[1]) < -6


def test_of_a_group_alone_what_is_far_off_is_suspected_and_the_group_stays():
    names = ("kick", "snare", "hat", "oh", "tom")
    usual_db = (0.0, 0.0, -6.0, 0.0, -6.0)
    ear = Ear()
    ear.right = {"drums": 0.0}
    assert moves(tracks(names=names, usual_db=usual_db), ear) == {}
    heard = listen_grouped(tracks({"kick": 14.0}, names, usual_db), ear, None)
    suspected, *others = sorted(heard.flaw_probability.tolist(), reverse=True)
    assert suspected == float(heard.flaw_probability[0])
    assert suspected > 0.3
    assert max(others) < 0.15


def test_probabilities_are_probabilities():
    heard = listen_grouped(tracks({"kick": 10.0, "keys": -12.0}), Ear(3.0), None)
    torch.testing.assert_close(heard.probability.sum(-1), torch.ones(len(NAMES)))
    assert float(heard.probability.min()) >= 0
    assert quantile_db(heard.probability, 0.1).le(quantile_db(heard.probability, 0.9)).all()
