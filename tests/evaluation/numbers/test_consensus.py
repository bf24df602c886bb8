"""References with spread: the ranges that engineers' mixes tell, and what lies inside."""

import csv
import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from console.errors import InputError
from console.evaluation.engineers.consensus import SPREAD_LU, Consensus, inside, robust_sd
from console.evaluation.engineers.consensus_table import read
from console.evaluation.engineers.references import beside_references
from console.flaws import RANGE_DB, Category
from console.read.roles import Role

ROLES = tuple(Role)
SONG = "Night Owl"
GAINS = np.array([[0, 0, 0, 0], [2, -1, 1, 0], [1, -3, 2, 0.5], [-1, -2, 0, 1], [0.5, -2.5, 4, -1]])
NO_ANCHOR = torch.zeros(1, 4, dtype=torch.bool)
gains_db = arrays(float, (5, 4), elements=st.floats(-12, 12).map(lambda gain: round(gain, 2)))


def lu(gain_db: np.ndarray) -> np.ndarray:
    """Levels against their power sum."""
    return gain_db - 10 * np.log10((10 ** (gain_db / 10)).sum(1, keepdims=True))


def as_csv(path: Path, values: np.ndarray, unit: str = "_db", names: str = "ABCDEFGH") -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["song", "mix", *(f"{role}{unit}" for role in ROLES), "mean_rating"])
        for name, row in zip(names, values, strict=False):
            writer.writerow([SONG, name, *("" if math.isnan(value) else value for value in row), 0.5])
    return path


def anchored(*anchors: Role | None) -> torch.Tensor:
    return torch.tensor([[role is anchor for role in ROLES] for anchor in anchors])


@pytest.fixture
def gains(tmp_path: Path) -> Consensus:
    return Consensus.load(as_csv(tmp_path / "gains.csv", GAINS))


def test_a_range_holds_the_middle_of_what_engineers_did_against_the_anchor(gains):
    told = gains.range(SONG, ROLES, anchor=0)
    against = GAINS - GAINS[:, :1]
    np.testing.assert_allclose(told.median_db, np.median(against, 0))
    np.testing.assert_allclose(told.low_db, np.quantile(against, 0.1, axis=0))
    np.testing.assert_allclose(told.high_db, np.quantile(against, 0.9, axis=0))
    assert told.low_db[0] == told.high_db[0] == 0


def test_the_spread_is_that_of_a_normal_distribution_and_an_outlier_does_not_count():
    values = np.random.default_rng(0).normal(3, 2, (2000, 2))
    values[:100] = 60
    values[100, 1] = math.nan
    np.testing.assert_allclose(robust_sd(values), 2, rtol=0.12)


def test_levels_alone_leave_the_reference_at_the_median(tmp_path):
    told = Consensus.load(as_csv(tmp_path / "levels.csv", lu(GAINS), "")).range(SONG, ROLES, anchor=1)
    against = GAINS - GAINS[:, 1:2]
    against = against - np.median(against, 0)
    np.testing.assert_allclose(told.median_db, 0, atol=1e-9)
    np.testing.assert_allclose(told.low_db, np.quantile(against, 0.1, axis=0), atol=1e-9)


@given(gain_db=gains_db, anchor=st.sampled_from([None, 0, 1, 2, 3]))
def test_levels_that_name_the_reference_tell_what_gains_on_it_tell(tmp_path_factory, gain_db, anchor):
    folder = tmp_path_factory.mktemp("tables")
    gain_db[2] = 0
    reference_lu = np.array([-3.0, -6, -9, -12])
    as_csv(folder / "gains.csv", gain_db)
    as_csv(folder / "levels.csv", lu(reference_lu + gain_db), "", names=["A", "B", "Reference", "D", "E"])
    of_gains, of_levels = (
        Consensus.load(folder / name).range(SONG, ROLES, anchor) for name in ("gains.csv", "levels.csv")
    )
    for one, other in zip(of_gains, of_levels, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


@given(gain_db=gains_db, anchor=st.sampled_from([None, *ROLES]), mix=st.integers(0, 4), common_db=st.floats(-20, 20))
def test_one_gain_on_all_stems_changes_nothing(tmp_path_factory, gain_db, anchor, mix, common_db):
    folder = tmp_path_factory.mktemp("tables")
    shifted = gain_db.copy()
    shifted[mix] += round(common_db, 2)  # of one engineer's mix
    marks = anchored(anchor)
    consensus, same = (
        Consensus.load(as_csv(folder / f"{name}.csv", values)) for name, values in [("a", gain_db), ("b", shifted)]
    )
    low_db, high_db = consensus.ranges_db(SONG, ROLES, marks)
    for one, other in zip((low_db, high_db), same.ranges_db(SONG, ROLES, marks), strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=0)
    flaw_db = torch.from_numpy(gain_db[:1]).float()
    wide = (low_db - 0.01, high_db + 0.01)
    assert not (
        inside(flaw_db, 0 * flaw_db, marks, low_db, high_db) & ~inside(flaw_db + common_db, 0 * flaw_db, marks, *wide)
    ).any()


@pytest.mark.parametrize("anchor", [None, *ROLES])
def test_the_middle_of_what_engineers_did_counts_as_right_and_far_off_does_not(gains, anchor):
    marks = anchored(anchor)
    low_db, high_db = gains.ranges_db(SONG, ROLES, marks)
    told = gains.range(SONG, ROLES, None if anchor is None else ROLES.index(anchor))
    middle_db = torch.from_numpy(told.median_db).float()[None]
    middle_db = middle_db - middle_db.mean() * (anchor is None)  # medians need not have a mean of 0
    nothing_db = torch.zeros(1, 4)
    assert inside(middle_db, nothing_db, marks, low_db, high_db).all()
    assert inside(middle_db - 7, nothing_db + 7, marks, low_db, high_db).all()
    for stem in range(4):
        for side in (-1, 1):
            off_db = middle_db.clone()
            off_db[0, stem] += side * 10
            assert not inside(off_db, nothing_db, marks, low_db, high_db).all()
            assert inside(off_db, middle_db - off_db, marks, low_db, high_db).all()


def test_items_with_different_anchors_are_told_their_own_ranges(gains):
    marks = anchored(Role.BASS, None, Role.VOCALS, Role.BASS)
    together = gains.ranges_db(SONG, ROLES, marks)
    for at, of_item in enumerate(marks.split(1)):
        for both, alone in zip(together, gains.ranges_db(SONG, ROLES, of_item), strict=True):
            assert both[at].equal(alone[0])


def test_stems_that_do_not_sound_end_anywhere_and_judge_nothing(gains):
    sounds = torch.tensor([[True, True, True, False]])
    low_db, high_db = gains.ranges_db(SONG, ROLES, NO_ANCHOR, sounds)
    assert low_db[0, 3] == -torch.inf
    assert high_db[0, 3] == torch.inf
    alone = gains.ranges_db(SONG, ROLES[:3], NO_ANCHOR[:, :3])
    assert low_db[:, :3].equal(alone[0])
    left_db = torch.tensor([[0.5, -1.5, 1.0, 40.0]])
    verdict = inside(left_db, torch.zeros(1, 4), NO_ANCHOR, low_db, high_db)
    assert verdict[:, :3].equal(inside(left_db[:, :3], torch.zeros(1, 3), NO_ANCHOR[:, :3], *alone))
    assert verdict[0, 3]


def test_the_published_spread_is_the_tolerance_where_no_table_is():
    low_db, high_db = Consensus.published().ranges_db("any song", ROLES, NO_ANCHOR)
    assert high_db[0].tolist() == pytest.approx([SPREAD_LU[role] for role in ROLES])
    assert low_db.equal(-high_db)
    assert max(SPREAD_LU.values()) < RANGE_DB[Category.LOUD][0]  # no flaw of the protocol passes for taste


def test_the_measure_tells_what_a_correction_adds_to_doing_nothing():
    flaw_db = torch.tensor([[0.0, 6, 0, 0], [0.0, 2, 0, 0], [0.0, 0, 0, 0], [0.0, -8, 5, 0]])
    correction_db = torch.tensor([[0.0, -5, 0, 0], [0.0, 1, 0, 0], [0.0, 0, 0, 0], [0.0, 8, -1, 0]])
    joint = Consensus.published().joint("x", ROLES, flaw_db, correction_db, anchored(*[Role.VOCALS] * 4))
    assert joint.before.tolist() == [False, True, True, False]
    assert joint.after.tolist() == [True, False, True, False]


def test_csv_and_yaml_of_the_same_gains_tell_the_same(tmp_path, gains):
    lines = [f"{SONG}:"]
    for number, row in enumerate(GAINS):
        lines.append(f"  {number}: {{{', '.join(f'{role}: {gain}' for role, gain in zip(ROLES, row, strict=True))}}}")
    (tmp_path / "gains.yaml").write_text("\n".join(lines))
    for one, other in zip(
        Consensus.load(tmp_path / "gains.yaml").range("night owl", ROLES), gains.range(SONG, ROLES), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_stems_of_gains_may_go_by_their_names(tmp_path):
    mixes = "\n".join(f"  {mix}: {{Lead Vox: {mix}, Kick: 0, Room: }}" for mix in range(4))
    (tmp_path / "gains.yml").write_text(f"No:\n{mixes}\n")
    consensus = Consensus.load(tmp_path / "gains.yml")
    assert consensus.range("No", ["kick", "lead vox"], anchor=0).median_db.tolist() == [0, 1.5]
    with pytest.raises(InputError, match='"room" of "No" in 0 mixes'):
        consensus.range("No", ["kick", "room"], anchor=0)
    with pytest.raises(InputError, match='has no "snare" of "No": its stems are lead vox, kick, room'):
        consensus.range("No", ["kick", "snare"])


def test_a_mix_that_lacks_a_stem_still_tells_of_the_others(tmp_path):
    values = GAINS.copy()
    values[1, 3] = math.nan
    consensus = Consensus.load(as_csv(tmp_path / "gains.csv", values))
    against = GAINS - GAINS[:, :1]
    told = consensus.range(SONG, ROLES, anchor=0)
    np.testing.assert_allclose(told.median_db[:3], np.median(against[:, :3], 0))
    np.testing.assert_allclose(told.median_db[3], np.median(np.delete(against[:, 3], 1)))
    without = np.delete(GAINS, 1, 0)
    np.testing.assert_allclose(
        consensus.range(SONG, ROLES).median_db, np.median(without - without.mean(1, keepdims=True), 0)
    )


def test_the_published_spread_serves_elsewhere_only_where_that_is_said(tmp_path, gains):
    with pytest.raises(InputError, match=r'gains.csv" has no mixes of "Day Owl"'):
        gains.range("Day Owl", ROLES)
    both = Consensus.load(tmp_path / "gains.csv", published_else=True)
    np.testing.assert_array_equal(both.range("Day Owl", ROLES).high_db, Consensus.published().range("", ROLES).high_db)
    np.testing.assert_array_equal(both.range(SONG, ROLES).high_db, gains.range(SONG, ROLES).high_db)
    with pytest.raises(InputError, match='no published spread for "kazoo"'):
        both.range(SONG, ["vocals", "kazoo"])


def a_row(song: str, anchor: str, flaws: list, medians: list, as_text: bool) -> dict[str, str | float | int]:
    row = {"id": "x", "song": song, "anchor": anchor}
    for role, flaw_db, median_db in zip(ROLES, flaws, medians, strict=True):
        row |= {f"flaw_db_{role}": flaw_db, f"median_db_{role}": median_db}
    return {name: str(value) for name, value in row.items()} if as_text else row


@pytest.mark.parametrize("as_text", [False, True])
def test_rows_of_numbers_gain_two_columns(as_text):
    rows = [
        a_row("a", "vocals", [0, 6, 0, 0], [0, -6.4, 0, 0], as_text),
        a_row("b", "vocals", [0, 6, 0, ""], [0, -0.9, 0, ""], as_text),  # a song of three stems; not moved
        a_row("a", "", [0, 0, 0, 9], [0, 0.9, 0, ""], as_text),  # a silent stem; what is under 1 dB stays
        a_row("a", "bass", [0, 2, 0, 0], [0, 1, 0, 0], as_text),
    ]
    told = beside_references(rows, Consensus.published())
    assert [(row["inside_before"], row["inside_after"]) for row in told] == [(0, 1), (0, 0), (1, 1), (1, 0)]
    assert [{name: row[name] for name in rows[0]} for row in told] == rows
    assert beside_references([], Consensus.published()) == []


@pytest.fixture(scope="module")
def real_table() -> Path:
    root = Path(os.environ.get("MIXCONSOLE_SHARED", Path(__file__).resolve().parents[4] / "shared"))
    path = root / "data" / "mix_evaluation" / "levels.csv"
    if not path.is_file():
        pytest.skip(f"no table of real mixes: {path} is missing")
    return path


def test_the_published_spread_is_that_of_the_real_mixes(real_table):
    """Deviations from the median of the song's own mixes, all songs together."""
    songs = read(real_table)
    level_lu = [mixes.level_db[:, [mixes.stems.index(role) for role in ROLES]] for mixes in songs.values()]
    assert (len(songs), sum(map(len, level_lu))) == (13, 88)
    deviation_lu = np.concatenate([levels - np.nanmedian(levels, axis=0) for levels in level_lu])
    spread_lu = robust_sd(deviation_lu)
    np.testing.assert_array_equal(spread_lu.round(1), [SPREAD_LU[role] for role in ROLES])
    with real_table.open(newline="") as file:
        rating = np.array([float(row["mean_rating"]) for row in csv.DictReader(file)])
    distance = np.nanmean(np.abs(deviation_lu) / spread_lu, axis=1)
    assert abs(np.corrcoef(distance, rating)[0, 1]) < 0.21  # what 88 mixes give by chance: no figure of quality


def test_real_tables_tell_a_range_for_every_anchor(real_table):
    consensus = Consensus.load(real_table)
    marks = anchored(None, *ROLES)
    for song in consensus.songs:
        low_db, high_db = consensus.ranges_db(song, ROLES, marks)
        assert (low_db <= 0).all()
        assert (high_db >= 0).all()
        assert ((high_db > low_db) | marks).all()
    loud = torch.tensor([[0.0, 12, 0, 0]])
    none = torch.zeros(1, 4)
    for song in consensus.songs:
        joint = consensus.joint(song, ROLES, loud, none, anchored(Role.VOCALS))
        assert not joint.before.any()
        assert consensus.joint(song, ROLES, none, none, anchored(None)).before.all()
