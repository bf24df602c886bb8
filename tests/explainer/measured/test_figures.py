"""What energies tell of a balance: gains move levels by themselves, and nothing else does."""

from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from console.balance import ROLES, BalancePrior
from console.meters.bands import BANDS_HZ
from console.network.features import ROWS
from explainer.measured.figures import Figures, measure

BASS, VOCALS, DRUMS, OTHER = (list(map(str, ROLES)).index(name) for name in ("bass", "vocals", "drums", "other"))
ALL = [VOCALS, DRUMS, BASS, OTHER]
STEPS = 100


def energies(level_db: list[float], steps: int = STEPS, seed: int = 0, noise_range: float = 1.0) -> torch.Tensor:
    """Noisy energies "1 source step row" of stems at such levels; the mix, last, is not read."""
    drawn = torch.rand(1, len(level_db) + 1, steps, ROWS, generator=torch.Generator().manual_seed(seed))
    noise = 1 + noise_range * (drawn - 0.5)
    gain = 10 ** (torch.tensor([*level_db, 0.0]) / 10)
    return noise * gain[None, :, None, None]


def figures(energy: torch.Tensor, roles: list[int], anchor: int | None = None) -> Figures:
    is_anchor = torch.zeros(1, len(roles), dtype=torch.bool)
    if anchor is not None:
        is_anchor[0, anchor] = True
    return measure(energy, torch.tensor([roles]), is_anchor)


def gained(energy: torch.Tensor, stem: int, gain_db: float) -> torch.Tensor:
    louder = energy.clone()
    louder[:, stem] *= 10 ** (gain_db / 10)
    return louder


@given(stem=st.integers(0, 3), gain_db=st.floats(-12, 12), anchor=st.sampled_from([None, 0, 1, 2, 3]))
def test_a_gain_moves_a_stems_level_by_as_much_and_leaves_what_is_usual(stem, gain_db, anchor):
    energy = energies([0, -3, 2, 1])
    before, after = figures(energy, ALL, anchor), figures(gained(energy, stem, gain_db), ALL, anchor)
    for name in ("level_lu", "off_db"):
        change = (getattr(after, name) - getattr(before, name))[0]
        assert change[stem] == pytest.approx(gain_db, abs=0.02)
        assert all(other * gain_db <= 1e-3 for i, other in enumerate(change.tolist()) if i != stem)
    assert after.usual_level_lu[0, stem] == pytest.approx(float(before.usual_level_lu[0, stem]), abs=0.02)
    torch.testing.assert_close(after.usual_share, before.usual_share)
    if anchor is not None and stem != anchor:
        assert after.anchor_lu[0, stem] - before.anchor_lu[0, stem] == pytest.approx(gain_db, abs=0.02)
        assert after.usual_anchor_lu[0, stem] == pytest.approx(float(before.usual_anchor_lu[0, stem]), abs=0.02)


def test_one_gain_on_all_stems_changes_nothing():
    energy = energies([0, -3, 2, 1])
    for quiet, loud in zip(figures(energy, ALL, 1), figures(1e-6 * energy, ALL, 1), strict=True):
        torch.testing.assert_close(quiet, loud, equal_nan=True, atol=1e-3, rtol=1e-3)


def test_reordering_stems_reorders_the_figures():
    energy, order = energies([0, -3, 2, 1]), [2, 0, 3, 1]
    plain = figures(energy, ALL, 1)
    moved = figures(energy[:, [*order, 4]], [ALL[i] for i in order], order.index(1))
    for a, b in zip(plain, moved, strict=True):
        expected = a[:, order] if a.dim() == 2 else a[:, order][:, :, order]
        torch.testing.assert_close(expected, b, equal_nan=True, atol=1e-3, rtol=1e-3)


def test_a_silent_stem_has_no_figures_and_changes_those_of_no_other():
    energy = energies([0, -3, 2, 1])
    silent = torch.cat([energy[:, :4], torch.zeros_like(energy[:, :1]), energy[:, 4:]], dim=1)
    without, with_it = figures(energy, ALL, 1), figures(silent, [*ALL, VOCALS], 1)
    assert not with_it.present[0, 4]
    assert with_it.level_lu[0, 4].isnan()
    assert with_it.share[0, 4].isnan()
    for a, b in zip(without, with_it, strict=True):
        torch.testing.assert_close(a, b[:, :4] if b.dim() == 2 else b[:, :4, :4], equal_nan=True)


def test_draws_of_a_batch_do_not_touch_each_other():
    rows = [energies([0, -3, 2, 1], seed=1), energies([5, 5, -20, 0], seed=2)]
    both = measure(torch.cat(rows), torch.tensor([ALL, ALL]), torch.eye(4, dtype=torch.bool)[:2])
    for draw, energy in enumerate(rows):
        for whole, alone in zip(both, figures(energy, ALL, draw), strict=True):
            torch.testing.assert_close(whole[draw], alone[0], equal_nan=True)


def test_nothing_is_off_in_a_mix_with_the_usual_shares():
    told = figures(energies(BalancePrior.load().mean_level_db, steps=2000), list(range(4)), 1)
    assert told.off_db.abs().max() < 0.1
    torch.testing.assert_close(told.share, told.usual_share, atol=0.005, rtol=0)
    torch.testing.assert_close(told.level_lu, told.usual_level_lu, atol=0.1, rtol=0)


@pytest.mark.parametrize("roles", [[DRUMS, BASS], [VOCALS, OTHER], [VOCALS, DRUMS, OTHER], ALL])
def test_what_is_usual_is_shared_out_among_the_roles_that_sound(roles):
    told = figures(energies([0.0] * len(roles)), roles)
    assert told.usual_share.sum() == pytest.approx(1, abs=1e-4)


def test_stems_that_share_a_role_are_judged_together_and_have_nothing_usual_of_their_own():
    one = figures(energies([0, 0, 3]), [VOCALS, BASS, DRUMS])
    energy = energies([0, 0, 3, 3])
    energy[:, 2:4] = energy[:, 2:3] / 2
    two = figures(energy, [VOCALS, BASS, DRUMS, DRUMS])
    assert two.usual_level_lu[0, 2:].isnan().all()
    assert two.usual_share[0, 2:].isnan().all()
    assert two.off_db[0, 2] == two.off_db[0, 3] == pytest.approx(float(one.off_db[0, 2]), abs=0.2)
    assert not two.usual_level_lu[0, :2].isnan().any()


def test_a_stem_alone_has_no_level_against_anything():
    told = figures(energies([0.0]), [DRUMS])
    assert told.present.all()
    for nothing in (told.level_lu, told.off_db, told.usual_share, told.anchor_lu):
        assert nothing.isnan().all()


def test_a_stem_is_measured_while_it_sounds():
    energy = energies([0, 0, 0, 0])
    halved = energy.clone()
    halved[:, 0, STEPS // 2 :] *= 1e-5
    told, whole = figures(halved, ALL), figures(energy, ALL)
    assert told.sounds.tolist() == [[0.5, 1, 1, 1]]
    assert told.level_lu[0, 0] == pytest.approx(float(whole.level_lu[0, 0]), abs=0.3)
    assert told.share[0, 0] == pytest.approx(float(whole.share[0, 0]), abs=0.02)


SECONDS = st.sets(st.integers(0, STEPS // 5 - 1))


def resting(energy: torch.Tensor, stems: list[int], seconds: set[int]) -> torch.Tensor:
    """The energies with some stems silent in all seconds but these."""
    sounds = torch.tensor([step // 5 in seconds for step in range(energy.shape[2])])
    rested = energy.clone()
    rested[:, stems] *= sounds[:, None]
    return rested


@given(stem=st.integers(0, 3), seconds=SECONDS, gain_db=st.floats(-12, 12), anchor=st.sampled_from([None, 0, 1, 2, 3]))
@example(stem=VOCALS, seconds={4, 5, 6, 7}, gain_db=0.0, anchor=DRUMS)
def test_what_is_usual_of_a_stem_does_not_hang_on_how_much_of_the_time_it_sounds(stem, seconds, gain_db, anchor):
    whole_energy = gained(energies([0, -3, 2, 1], noise_range=0.1), stem, gain_db)
    told, whole = figures(resting(whole_energy, [stem], seconds), ALL, anchor), figures(whole_energy, ALL, anchor)
    assert told.sounds[0, stem] == len(seconds) / (STEPS // 5)
    if not seconds:
        for nothing in (told.usual_level_lu, told.off_db, told.usual_anchor_lu, told.usual_share):
            assert nothing[0, stem].isnan()
        return
    for name in ("usual_level_lu", "off_db"):
        assert getattr(told, name)[0, stem] == pytest.approx(float(getattr(whole, name)[0, stem]), abs=0.2)
    if anchor is not None and anchor != stem:
        assert told.usual_anchor_lu[0, stem] == pytest.approx(float(whole.usual_anchor_lu[0, stem]), abs=0.2)
    # In its own seconds it has the usual share; in the others of those ten it has none.
    tens = [sum(1 for second in seconds if second // 10 == ten) / 10 for ten in (0, 1)]
    usual = float(whole.usual_share[0, stem]) * float(np.exp(np.mean([np.log(part) for part in tens if part])))
    assert told.usual_share[0, stem] == pytest.approx(usual, rel=0.1)
    assert (told.share[0, stem] > told.usual_share[0, stem]) == (told.off_db[0, stem] > 0)


@given(stem=st.integers(0, 3), seconds=SECONDS, anchor=st.sampled_from([None, 0, 1, 2, 3]))
def test_what_is_usual_of_a_stem_does_not_hang_on_how_long_it_plays_alone(stem, seconds, anchor):
    energy = energies([0, -3, 2, 1], noise_range=0.1)
    others = [other for other in range(4) if other != stem]
    told, whole = figures(resting(energy, others, seconds), ALL, anchor), figures(energy, ALL, anchor)
    if not seconds:
        assert told.usual_level_lu[0, stem].isnan()
        return
    assert told.off_db[0, stem] == pytest.approx(float(whole.off_db[0, stem]), abs=0.2)
    alone_lu = 10 * np.log10(STEPS // 5 / len(seconds))  # by so much more it has, against what the rest has
    assert told.usual_level_lu[0, stem] == pytest.approx(float(whole.usual_level_lu[0, stem]) + alone_lu, abs=0.2)


@pytest.mark.parametrize(("stem", "anchor"), list(permutations(range(4), 2)))
def test_nothing_is_usual_between_stems_that_never_sound_together(stem, anchor):
    energy = resting(
        resting(energies([0, -3, 2, 1], noise_range=0.1), [stem], set(range(10))), [anchor], set(range(10, 20))
    )
    told = figures(energy, ALL, anchor)
    assert told.usual_anchor_lu[0, stem].isnan()
    assert -20 < float(told.usual_level_lu[0, stem]) < 10


def test_covering_is_found_with_its_band_its_time_and_its_size():
    energy = torch.full((1, 4, STEPS, ROWS), 1e-9)
    mel = energy[..., 2:]
    mel[:, 0, :, 20:24] = 1.0  # all that there is of stem 0 ...
    mel[:, 1, :70, 20:24] = 10**1.4  # ... is covered by stem 1 for 70 of 100 steps
    mel[:, 2, :, 0] = 1e3  # and not by stem 2, which is elsewhere
    energy[..., :2] = mel.sum(-1, keepdim=True)
    told = figures(energy, [VOCALS, DRUMS, BASS])
    assert told.covered[0, 0].tolist() == pytest.approx([0, 0.7, 0])
    assert told.over_db[0, 0, 1] == pytest.approx(14.0, abs=0.01)
    band = int(told.band[0, 0, 1])
    assert (BANDS_HZ[band], BANDS_HZ[band + 1]) == (1000, 2000)
    assert told.covered[0, 2].tolist() == [0, 0, 0]


def test_silence_is_no_trouble():
    told = figures(torch.zeros(1, 5, STEPS, ROWS), ALL, 1)
    assert not told.present.any()
    assert told.level_lu.isnan().all()
    assert told.covered.eq(0).all()
    assert told.sounds.eq(0).all()
