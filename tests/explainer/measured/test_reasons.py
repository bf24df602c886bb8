"""Reasons speak for the move, and say what was measured."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from console.balance import ROLES, BalancePrior
from console.network.features import ROWS
from console.read.song import Song
from console.stream.steps import heard_energies
from explainer.advice.claims import Reason, ReasonKind
from explainer.measured.figures import measure
from explainer.measured.reasons import MOST, reasons

NAMES = tuple(map(str, ROLES))
USUAL_DB = BalancePrior.load().mean_level_db


def told(
    energy: torch.Tensor, gains_db: list[float], roles: list[int] | None = None, anchor: int | None = None
) -> list[tuple[Reason, ...]]:
    stems = len(gains_db)
    is_anchor = torch.zeros(1, stems, dtype=torch.bool)
    if anchor is not None:
        is_anchor[0, anchor] = True
    figures = measure(energy, torch.tensor([roles or list(range(4))]), is_anchor)
    names = NAMES if roles is None else [f"stem {i}" for i in range(stems)]
    return list(reasons(figures, [gains_db], [names])[0])


def energies(level_db: list[float], steps: int = 250, seed: int = 0) -> torch.Tensor:
    noise = torch.rand(1, len(level_db) + 1, steps, ROWS, generator=torch.Generator().manual_seed(seed)) + 0.5
    return noise * (10 ** (torch.tensor([*level_db, 0.0]) / 10))[None, :, None, None]


def kinds(found: tuple[Reason, ...]) -> set[ReasonKind]:
    return {reason.kind for reason in found}


@pytest.mark.parametrize("stem", range(4))
@pytest.mark.parametrize("flaw_db", [-9.0, -4.0, 4.0, 9.0])
@pytest.mark.parametrize("anchored", [False, True])
def test_a_flaw_is_told_by_its_size(stem, flaw_db, anchored):
    level_db = list(USUAL_DB)
    level_db[stem] += flaw_db
    anchor = (stem + 1) % 4 if anchored else None
    move_db = [-flaw_db if i == stem else 0.0 for i in range(4)]
    found = told(energies(level_db), move_db, anchor=anchor)
    assert [bool(of_stem) for of_stem in found] == [i == stem for i in range(4)]
    by_kind = {reason.kind: reason for reason in found[stem]}
    level = by_kind[ReasonKind.LEVEL]
    assert level.measured - level.usual == pytest.approx(flaw_db, abs=0.3)
    assert (ReasonKind.ANCHOR in by_kind) == anchored
    if anchored:
        against = by_kind[ReasonKind.ANCHOR]
        assert against.other == NAMES[anchor]
        assert against.measured - against.usual == pytest.approx(flaw_db, abs=0.3)
    wrong_way = told(energies(level_db), [-db for db in move_db], anchor=anchor)
    assert not kinds(wrong_way[stem]) & {ReasonKind.LEVEL, ReasonKind.ANCHOR, ReasonKind.SHARE}


@given(
    seed=st.integers(0, 10_000),
    level_db=st.lists(st.floats(-40, 10), min_size=2, max_size=7),
    anchor=st.sampled_from([None, 0, 1]),
    silent=st.booleans(),
    data=st.data(),
)
def test_every_reason_speaks_for_its_move(seed, level_db, anchor, silent, data):
    stems = len(level_db)
    roles = data.draw(st.lists(st.integers(0, 3), min_size=stems, max_size=stems))
    gains_db = data.draw(st.lists(st.sampled_from([-9.0, -2.0, 0.0, 0.0, 2.0, 9.0]), min_size=stems, max_size=stems))
    energy = energies(level_db, steps=50, seed=seed)
    energy *= torch.rand(energy.shape, generator=torch.Generator().manual_seed(seed)) ** 8  # so that some cover others
    if silent:
        energy[:, -2] = 0
    found = told(energy, gains_db, roles, anchor)
    assert len(found) == stems
    for stem, (of_stem, gain_db) in enumerate(zip(found, gains_db, strict=True)):
        assert len(of_stem) <= MOST
        assert len(kinds(of_stem)) == len(of_stem)
        assert not of_stem or gain_db
        assert not of_stem or not (silent and stem == stems - 1)
        for reason in of_stem:
            assert math.isfinite(reason.measured)
            assert reason.measured > 0 or reason.kind in (ReasonKind.LEVEL, ReasonKind.ANCHOR)
            assert reason.other != f"stem {stem}"
            assert (reason.other is not None) == (reason.kind in (ReasonKind.ANCHOR, ReasonKind.MASKED))
            assert (reason.low_hz is not None) == (reason.high_hz is not None) == (reason.kind is ReasonKind.MASKED)
            if reason.kind in (ReasonKind.MASKED, ReasonKind.SOUNDS):
                assert gain_db > 0
                assert reason.usual is None
                assert reason.measured == int(reason.measured) <= 100
            elif reason.usual is not None:
                assert (reason.usual - reason.measured) * gain_db > 0
            elif reason.kind is not ReasonKind.SHARE:
                assert reason.measured * gain_db < 0


def test_a_stem_that_is_covered_until_it_is_raised_is_masked_by_what_covers_it():
    energy = torch.full((1, 4, 250, ROWS), 1e-9)
    mel = energy[..., 2:]
    mel[:, 0, :, 20:24] = 1.0
    mel[:, 1, :200, 20:24] = 10**1.4  # 14 dB above for 80 % of the time
    mel[:, 2, :, 0] = 1.0
    energy[..., :2] = mel.sum(-1, keepdim=True)
    roles = [0, 1, 2]
    masked = [r for r in told(energy, [5.0, 0.0, 0.0], roles)[0] if r.kind is ReasonKind.MASKED]
    assert masked == [Reason(ReasonKind.MASKED, 80.0, None, "stem 1", 1000.0, 2000.0)]
    # 3 dB would not bring it out; and nobody is masked who is to be lowered.
    for gain_db in (3.0, -5.0):
        assert ReasonKind.MASKED not in kinds(told(energy, [gain_db, 0.0, 0.0], roles)[0])


def test_a_stem_that_seldom_sounds_says_so_when_it_is_to_be_raised():
    energy = energies(USUAL_DB)
    energy[:, 0, 100:] *= 1e-5
    assert told(energy, [4.0, 0.0, 0.0, 0.0])[0][-1] == Reason(ReasonKind.SOUNDS, 40.0)
    assert told(energy, [-4.0, 0.0, 0.0, 0.0])[0] == ()


@pytest.mark.parametrize("quiet_db", [-26.0, -40.0])
def test_what_rounds_to_0_percent_is_no_reason(quiet_db):
    level_db = list(USUAL_DB)
    level_db[0] += quiet_db
    found = told(energies(level_db), [9.0, 0.0, 0.0, 0.0])[0]
    assert ReasonKind.SHARE not in kinds(found)
    seldom = energies(USUAL_DB, steps=1500)
    seldom[:, 0, 5:] *= 1e-7
    assert ReasonKind.SOUNDS not in kinds(told(seldom, [4.0, 0.0, 0.0, 0.0])[0])


def test_of_stems_that_share_a_role_nothing_usual_is_claimed():
    level_db = [USUAL_DB[0], USUAL_DB[1] + 8, USUAL_DB[1] - 8, USUAL_DB[2], USUAL_DB[3]]
    loud, quiet = told(energies(level_db), [0.0, -6.0, -6.0, 0.0, 0.0], roles=[0, 1, 1, 2, 3])[1:3]
    assert kinds(loud) == {ReasonKind.LEVEL, ReasonKind.SHARE}
    assert all(reason.usual is None for reason in loud)
    assert quiet == ()  # it does not stand out, whatever its role does


def test_draws_gains_and_names_have_to_agree():
    figures = measure(energies(USUAL_DB), torch.tensor([[0, 1, 2, 3]]), torch.zeros(1, 4, dtype=torch.bool))
    with pytest.raises(ValueError, match="1 draws"):
        reasons(figures, [[1.0] * 4] * 2, [NAMES] * 2)


def test_a_real_stem_raised_by_9_db_is_said_to_be_louder_by_9_db(real_songs):
    for path in real_songs:
        song = Song.load(path)
        song = replace(song, audio=song.audio[..., : 10 * song.sample_rate])
        roles = torch.tensor([[ROLES.index(role) for role in song.roles]])
        nobody = torch.zeros(1, len(song.names), dtype=torch.bool)
        balanced = measure(heard_energies(song.sound)[None], roles, nobody)
        for stem, name in enumerate(song.names):
            flaw_db = [9.0 * (i == stem) for i in range(len(song.names))]
            flawed = measure(heard_energies(song.with_gains_db(flaw_db).sound)[None], roles, nobody)
            for figure, change in (("level_lu", 9.0), ("off_db", 9.0), ("usual_level_lu", 0.0)):
                before, after = (float(getattr(told, figure)[0, stem]) for told in (balanced, flawed))
                assert after - before == pytest.approx(change, abs=0.05), (path.name, name, figure)
            found = reasons(flawed, [[-gain_db for gain_db in flaw_db]], [song.names])[0][stem]
            level = next(reason for reason in found if reason.kind is ReasonKind.LEVEL)
            assert level.measured - level.usual == pytest.approx(float(flawed.off_db[0, stem]), abs=0.11)
