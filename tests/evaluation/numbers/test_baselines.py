"""Baselines on songs whose levels are drawn from the balance prior, with the protocol's flaws."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from figured import summaries_of

from console.balance import BalancePrior
from console.evaluation.answer import answer
from console.evaluation.baselines import (
    BASELINES,
    TOLD,
    WEIGHTED_LEVEL,
    GaussianBayes,
    Heard,
    bayes_on_loudest,
    bayes_on_mean,
)
from console.evaluation.protocol import NAMED, items, rendered
from console.network.features import LEVELS, SCALE_DB, Features, measure
from console.network.posterior import BINS_DB, N_BINS, ZERO_BIN, bin_of, quantile_db
from console.read.roles import Role

ROLES = tuple(Role)


def draw(mean_db, covariance_db2, chunk_covariance_db2, songs=60, chunks=5):
    """Flawed levels of the protocol's items, and the song of each."""
    rng = np.random.default_rng(0)
    song_db = rng.multivariate_normal(mean_db, covariance_db2, songs)
    chunk_db = rng.multivariate_normal(np.zeros(len(ROLES)), chunk_covariance_db2, (songs, chunks))
    asked = [rendered(items(f"song {s}", c, ROLES), ROLES) for s in range(songs) for c in range(chunks)]
    anchor, flaw_db = (torch.cat(part) for part in zip(*asked, strict=True))
    balanced_db = torch.tensor(song_db[:, None] + chunk_db).float().flatten(0, 1).repeat_interleave(30, 0)
    return heard(balanced_db + flaw_db, anchor, flaw_db), torch.arange(songs).repeat_interleave(30 * chunks)


def heard(level_db, anchor, flaw_db, role=None) -> Heard:
    role = torch.arange(len(ROLES)).expand_as(anchor) if role is None else role
    sure, untold = torch.ones_like(anchor), torch.zeros_like(level_db)
    return Heard(level_db, level_db, level_db, role, anchor, ~anchor, sure, -flaw_db, sure.long(), untold, untold)


@pytest.fixture(scope="module")
def loudest():
    prior = BalancePrior.load()
    return draw(prior.mean_db, prior.covariance_db2, prior.chunk_covariance_db2)


def judged(log_probability, told, song):
    truth = (told.correction_db, told.free, told.anchor, told.role, song)
    return {name: figure.value for name, figure in summaries_of(log_probability, *truth, 0.0)[0].figures.items()}


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_gives_log_probabilities_and_nothing_for_the_anchor(loudest, name):
    told, _ = loudest
    log_probability = BASELINES[name](told)
    assert log_probability.shape == (*told.role.shape, N_BINS)
    assert log_probability.isfinite().all()
    probability = log_probability.exp()
    torch.testing.assert_close(probability.sum(-1), torch.ones(told.role.shape))
    assert (probability[told.anchor][:, ZERO_BIN] == 1).all()


def test_doing_nothing_is_right_of_one_mix_in_five(loudest):
    figures = judged(BASELINES["do nothing"](loudest[0]), *loudest)
    assert figures["joint"] == pytest.approx(0.2)
    assert figures["mae_db"] == pytest.approx(1.80, abs=0.02)
    assert figures["no_error"] == 1


def test_the_oracle_is_right(loudest):
    figures = judged(BASELINES["oracle"](loudest[0]), *loudest)
    assert figures["joint"] == figures["joint_by_median"] == figures["stem"] == figures["direction"] == 1
    assert figures["mae_db"] <= 0.25  # half a bin


def test_bayes_on_loudest_seconds_does_as_well_as_levels_allow(loudest):
    figures = judged(bayes_on_loudest()(loudest[0]), *loudest)
    assert figures["joint"] == pytest.approx(0.66, abs=0.03)
    assert figures["mae_db"] < 1.15
    assert figures["coverage"] == pytest.approx(0.92, abs=0.03)  # the atom at 0 makes the range hold too often
    knowing = judged(replace(bayes_on_loudest(), targets=NAMED)(loudest[0]), *loudest)
    assert knowing["joint"] > figures["joint"] + 0.03  # it knows that "other" is never wrong ...
    assert (
        figures["joint"] + 0.03 < figures["joint_named"] <= knowing["joint"]
    )  # ... of which most can be had afterwards


def test_bayes_on_mean_levels_fits_mean_levels():
    prior = BalancePrior.load()
    figures = prior.mean_level_db, prior.mean_level_covariance_db2, prior.mean_level_chunk_covariance_db2
    told, song = draw(*figures)
    assert judged(bayes_on_mean()(told), told, song)["joint"] == pytest.approx(0.59, abs=0.04)


def test_bayes_says_how_sure_it_is(loudest):
    told, _ = loudest
    log_probability = bayes_on_loudest()(told)
    at = bin_of(told.correction_db)
    flawed = told.free & (told.correction_db != 0)
    chance = 1 - log_probability.exp()[..., ZERO_BIN]
    for low, high in ((0.05, 0.2), (0.4, 0.6), (0.8, 0.95)):
        said = told.free & (low < chance) & (chance < high)
        assert flawed[said].float().mean() == pytest.approx(float(chance[said].mean()), abs=0.06)
    surprise = -log_probability.gather(-1, at[..., None])[told.free].mean()
    assert surprise < -torch.full((N_BINS,), 1 / N_BINS).log().mean() / 4


def test_one_gain_on_all_stems_changes_nothing(loudest):
    told = Heard(*(part[:60] for part in loudest[0]))
    louder = told._replace(mean_db=told.mean_db + 7, loudest_db=told.loudest_db + 7, weighted_db=told.weighted_db + 7)
    for name in BASELINES:
        torch.testing.assert_close(BASELINES[name](louder).exp(), BASELINES[name](told).exp(), atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", BASELINES)
def test_reordered_stems_reorder_the_answer(loudest, name):
    told = Heard(*(part[:60] for part in loudest[0]))
    order = [2, 0, 3, 1]
    moved = Heard(*(part[:, order] for part in told))
    torch.testing.assert_close(
        BASELINES[name](moved).exp(), BASELINES[name](told)[:, order].exp(), atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize("name", BASELINES)
def test_a_padded_stem_equals_leaving_it_out(loudest, name):
    three = Heard(*(part[:60, :3] for part in loudest[0]))
    silent = Heard(*(torch.nn.functional.pad(part, (0, 1)) for part in three))  # role 0, as vocals are
    told = BASELINES[name](silent).exp()
    torch.testing.assert_close(told[:, :3], BASELINES[name](three).exp(), atol=1e-6, rtol=1e-4)
    assert (told[:, 3, ZERO_BIN] == 1).all()


def test_a_stem_that_is_not_heard_keeps_what_is_known_without_hearing(loudest):
    told = Heard(*(part[:60] for part in loudest[0]))
    deaf = told._replace(told=torch.zeros_like(told.told))
    probability = bayes_on_loudest()(deaf).exp()
    free = probability[deaf.free]
    torch.testing.assert_close(free[:, ZERO_BIN], torch.full((len(free),), 1 - 0.8 / 3))
    torch.testing.assert_close(free, free.flip(-1))


def test_without_an_anchor_every_stem_may_be_the_one():
    level_db = torch.tensor([[0.0, 10.0, 0.0, 0.0]]) + torch.tensor(BalancePrior.load().mean_db)
    none = torch.zeros(1, 4, dtype=torch.bool)
    told = heard(level_db, none, torch.zeros(1, 4))
    said = answer(bayes_on_loudest()(told), told.free)
    assert said.stem.tolist() == [1]
    assert -12 < float(said.advised_db) < -6


def test_stems_of_one_role_share_its_level():
    """Two equal halves of the drums are as likely as the drums."""
    prior = torch.tensor(BalancePrior.load().mean_db)
    role = torch.tensor([[0, 1, 1, 2, 3]])
    level_db = prior[role] - 10 * torch.tensor([[1.0, 2, 2, 1, 1]]).log10()
    anchor = torch.tensor([[True, False, False, False, False]])
    probability = bayes_on_loudest()(heard(level_db, anchor, torch.zeros(1, 5), role)).exp()
    assert (quantile_db(probability, 0.5) == 0).all()
    torch.testing.assert_close(probability[0, 1], probability[0, 2])


def test_bayes_equals_weighing_every_flaw_by_hand():
    """Against the density of the differences to the anchor, over flaws of two stems, with scipy."""
    from scipy.stats import multivariate_normal

    mean_db, covariance = np.array([-3.0, -5.0, -6.0, -4.0]), np.diag([2.0, 3.0, 4.0, 5.0]) + 0.5
    level_db = np.array([-3.0, -9.0, -5.0, -4.0])
    contrast = np.array([[-1, 1, 0, 0], [-1, 0, 1, 0], [-1, 0, 0, 1]])
    density = multivariate_normal(contrast @ mean_db, contrast @ covariance @ contrast.T)
    middles = {
        side * g: 0.25 / n for lo, n in ((3, 24), (6, 48)) for g in lo + (np.arange(n) + 0.5) / 8 for side in (1, -1)
    }
    weights = np.zeros((4, N_BINS))
    nothing = 0.2 * density.pdf(contrast @ level_db)
    for stem in (1, 2, 3):
        for flaw_db, share in middles.items():
            at = int(bin_of(torch.tensor(-flaw_db)))
            weights[stem, at] += 0.8 / 3 * share * density.pdf(contrast @ (level_db - flaw_db * np.eye(4)[stem]))
    expected = weights / (weights.sum() + nothing)
    expected[:, ZERO_BIN] = 1 - expected.sum(-1)
    bayes = GaussianBayes(lambda told: told.loudest_db, torch.tensor(mean_db).float(), torch.tensor(covariance).float())
    anchor = torch.tensor([[True, False, False, False]])
    found = bayes(heard(torch.tensor(level_db)[None].float(), anchor, torch.zeros(1, 4))).exp()
    np.testing.assert_allclose(found[0].numpy(), expected, atol=1e-5)


def test_equal_loudness_brings_stems_to_the_anchor_or_to_their_mean():
    level_db = torch.tensor([[-6.0, -2.0, -12.0]])
    role, nothing = torch.tensor([[0, 1, 2]]), torch.zeros(1, 3)
    drums, none = torch.tensor([[False, True, False]]), torch.zeros(1, 3, dtype=torch.bool)
    moved = BINS_DB[BASELINES["equal loudness"](heard(level_db, drums, nothing, role)).argmax(-1)]
    assert moved.tolist() == [[4.0, 0.0, 10.0]]
    moved = BINS_DB[BASELINES["equal loudness"](heard(level_db, none, nothing, role)).argmax(-1)]
    assert moved.tolist() == [[-0.5, -4.5, 5.5]]  # to -6.67 dB, in bins


def test_levels_are_read_from_where_the_features_hold_them():
    """At 30 Hz K-weighting takes some 10 dB; the plain levels of two tones of one amplitude are equal."""
    time = torch.arange(10 * 8000) / 8000
    tones = torch.sin(2 * torch.pi * torch.tensor([[30.0], [1000.0]]) * time)[:, None].expand(-1, 2, -1)
    features = measure(torch.cat([tones, torch.zeros(1, 2, len(time))]), 8000)
    features = type(features)(*(part[None] for part in features))
    anchor = torch.tensor([[True, False, False]])
    free = torch.tensor([[False, True, False]])
    told = Heard.of(features, torch.tensor([[2, 0, 1]]), anchor, free, torch.tensor([[0.0, 6.0, 0.0]]))
    assert told.mean_db[0, :2].tolist() == pytest.approx([-3.01, -3.01], abs=0.1)
    assert told.loudest_db[0, :2].tolist() == pytest.approx([-3.01, -3.01], abs=0.1)
    assert float(told.weighted_db[0, 1] - told.weighted_db[0, 0]) == pytest.approx(8, abs=4)
    assert told.told.tolist() == [[True, True, False]]
    assert told.correction_db.tolist() == [[0.0, -6.0, 0.0]]
    assert float(features.levels[0, 1, WEIGHTED_LEVEL]) * SCALE_DB == pytest.approx(float(told.weighted_db[0, 1]))


def test_told_what_is_usual_in_the_song_levels_tell_more(loudest):
    """Of each song its own level, within a dB; untold, by what is usual in all music."""
    told, song = loudest
    balanced_db = told.loudest_db + told.correction_db
    own_db = torch.zeros(int(song.max()) + 1, 4).index_add_(0, song, balanced_db) / 150
    usual = told._replace(usual_db=own_db[song], spread_db=torch.full_like(told.loudest_db, 0.7))
    untold_figures = judged(BASELINES["Gaussian Bayes, loudest seconds"](usual), usual, song)
    figures, both = (judged(TOLD[name](usual), usual, song) for name in TOLD)
    assert untold_figures["joint"] == judged(BASELINES["Gaussian Bayes, loudest seconds"](told), told, song)["joint"]
    assert figures["joint"] > untold_figures["joint"] + 0.1
    assert figures["mae_db"] < untold_figures["mae_db"] - 0.3
    assert both["joint"] > figures["joint"]


def test_one_level_on_all_that_is_told_to_be_usual_changes_nothing(loudest):
    told = Heard(*(part[:60] for part in loudest[0]))
    usual_db, spread_db = torch.tensor([[1.0, -3.0, 2.0, 0.0], [0.5, 1.0, 2.0, 3.0]])
    some = told._replace(usual_db=usual_db.expand(60, 4), spread_db=spread_db.expand(60, 4))
    for told_of in (some, some._replace(spread_db=some.spread_db * torch.tensor([1.0, 1.0, 0.0, 1.0]))):
        louder = told_of._replace(usual_db=told_of.usual_db + 20 * (told_of.spread_db > 0))
        for baseline in TOLD.values():
            assert not torch.allclose(baseline(told_of).exp(), baseline(told).exp(), atol=1e-2)
            torch.testing.assert_close(baseline(louder).exp(), baseline(told_of).exp(), atol=1e-4, rtol=0)


def test_told_nothing_it_judges_as_ever(loudest):
    told = Heard(*(part[:60] for part in loudest[0]))
    torch.testing.assert_close(
        TOLD["Gaussian Bayes, told what is usual"](told).exp(), bayes_on_loudest()(told).exp(), atol=1e-6, rtol=0
    )


def test_more_windows_make_surer(loudest):
    told = Heard(*(part[:60] for part in loudest[0]))
    one, many = (
        bayes_on_loudest()(told._replace(windows=torch.full_like(told.windows, count))).exp() for count in (1, 20)
    )
    entropy = [-(p * p.clamp_min(1e-12).log()).sum(-1)[told.free].mean() for p in (one, many)]
    assert entropy[1] < entropy[0]


def test_levels_of_a_song_are_the_mean_of_the_windows_in_which_a_stem_sounds():
    """The second window lacks the first stem, the third is 6 dB lower for the second stem."""
    levels = torch.zeros(1, 3, 3, LEVELS)
    levels[0, :, 0] = torch.tensor([-0.4, -6.0, -0.2])[:, None]
    levels[0, :, 1] = torch.tensor([-0.2, -0.2, -0.8])[:, None]
    present = torch.ones(1, 3, 3, dtype=torch.bool)
    present[0, 1, 0] = False
    features = Features(levels, torch.zeros(1, 3, 3, 1, 1), present)
    anchor, free = torch.tensor([[True, False]]), torch.tensor([[False, True]])
    told = Heard.of_windows(features, torch.tensor([[0, 1]]), anchor, free, torch.zeros(1, 2), torch.zeros(1, 2, 2))
    assert told.loudest_db[0].tolist() == pytest.approx([-3.0, -4.0], abs=1e-5)
    assert told.windows.tolist() == [[2, 3]]
    assert told.told.tolist() == [[True, True]]
