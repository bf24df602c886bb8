"""What is usual within a group: figures fitted to a table of mixes, and what is told for a group."""

import csv

import numpy as np
import pytest

from console.read.vocabulary import FinerRole, Role
from console.tracks.prior import Track, TracksPrior, fit, read_tracks

HEADER = ("song", "mix", "track", "type", "subtype", "channels", "source_lufs", "fader_db", "pan")


def table(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def test_a_level_is_the_source_and_its_fader(tmp_path):
    rows = [("a", "A", 0, "drums", "kick", "mono", -20, -3.5, 0), ("a", "B", 0, "vocals", "lead", "mono", -21, 0, 0)]
    tracks = read_tracks(table(tmp_path / "t.csv", rows))
    assert tracks == {("a", "A"): [Track(FinerRole.KICK, -23.5)], ("a", "B"): [Track(FinerRole.LEAD_VOCALS, -21.0)]}


def test_left_and_right_are_one_track(tmp_path):
    rows = [
        ("a", "A", 0, "drums", "overhead", "mono", -20, 0, -100),
        ("a", "A", 1, "drums", "overhead", "mono", -20, 0, 100),
        ("a", "A", 2, "drums", "overhead", "mono", -20, 0, 0),
        ("a", "A", 3, "keys", "electric", "stereo", -20, 0, "-100;100"),
        ("a", "A", 4, "misc", "misc", "mono", -20, 0, 0),
    ]
    (found,) = read_tracks(table(tmp_path / "t.csv", rows)).values()
    assert [track.kind for track in found] == [FinerRole.OVERHEADS, FinerRole.OVERHEADS, FinerRole.KEYS, Role.OTHER]
    assert [round(track.level_lufs, 1) for track in found] == [-17.0, -20.0, -20.0, -20.0]


def test_the_fit_finds_what_mixes_were_drawn_from():
    rng = np.random.default_rng(0)
    usual = {FinerRole.KICK: 3.0, FinerRole.SNARE: 0.0, FinerRole.HI_HAT: -6.0}
    mixes = [
        [Track(kind, float(common + mean + 2 * rng.standard_t(4))) for kind, mean in usual.items()]
        for common in rng.uniform(-40, -10, 120)
    ]
    prior = fit(mixes)
    apart_db = [prior.mean_db[kind] - prior.mean_db["snare"] for kind in usual]
    assert apart_db == pytest.approx([3, 0, -6], abs=0.8)
    assert [prior.spread_db[kind] for kind in usual] == pytest.approx([2, 2, 2], abs=0.7)
    assert prior.spread_db["drums"] > 3  # of which of the three is not known
    assert prior.lean == pytest.approx(1, abs=0.15)


def test_every_role_has_a_level_and_a_spread():
    prior = TracksPrior.load()
    for kind in (*Role, *FinerRole):
        mean_db, spread_db = prior.of([kind, kind])
        assert mean_db[0] == mean_db[1]
        assert 1 < spread_db[0] < 8
    assert prior.of([FinerRole.SNARE])[0] > prior.of([FinerRole.HI_HAT])[0]
    assert prior.of([FinerRole.TOMS] * 4)[0][0] < prior.of([FinerRole.TOMS])[0][0]
    assert "Mix Evaluation" in prior.source
