"""Examples of levels alone: they measure as sound of such levels would, and ask as the recipe has it."""

import numpy as np
import pytest
import torch
from songs import noise_song

from console.balance import BalancePrior
from console.data.examples import Key, collate
from console.data.levels import LevelDraws
from console.data.recipe import Recipe
from console.data.table import tabulate
from console.desk.stem_spectra import StemSpectra
from console.network.features import LOUDEST_LEVEL, MEAN_LEVEL, OF_SECONDS, SCALE_DB, levels_over_time, measure

PRIOR = BalancePrior.load()
FIRST = Key(0, 0)
PLAIN = Recipe(draws=200, windows=3, more_anchors=0.0, mix_only=0.0, dropped=0.0, finer=0.0, told=0.0)


@pytest.fixture(scope="module")
def tables():
    return [tabulate(noise_song(seconds=2.0, seed=seed)) for seed in range(2)]


def drawn(tables, key=FIRST, **changes):
    return LevelDraws(tables, Recipe(**{**vars(PLAIN), **changes}), PRIOR)[key]


def test_levels_follow_from_seconds_as_they_do_from_sound():
    song = noise_song(seconds=10.0)
    audio = song.audio * (1 + torch.arange(song.audio.shape[-1]) // song.sample_rate)
    by_second = torch.cat([audio, audio.sum(0, keepdim=True)]).unflatten(-1, (10, -1)).square().mean((1, 3))
    told = levels_over_time(by_second.float()) * SCALE_DB
    measured = measure(audio, song.sample_rate).levels[:, :OF_SECONDS] * SCALE_DB
    torch.testing.assert_close(told, measured, atol=0.3, rtol=0)


def test_what_is_measured_are_the_levels_with_their_flaws(tables):
    example = drawn(tables, protocols={"one": 1.0}, no_anchor=0.0)
    levels_db = example.features.levels * SCALE_DB
    assert levels_db.shape[2] == 5
    assert (levels_db[..., OF_SECONDS:] == 0).all()  # nothing is made up of what was not drawn
    present = example.features.present[:, :, :4]
    sounds = present.any(1)
    asked = example.free | example.anchor
    assert sounds[asked].all()  # what is asked about is heard
    assert asked[sounds].float().mean() > 0.95  # and but for what is very faint all of it
    assert ((example.flaw_db != 0).sum(-1) <= 1).all()
    loud = levels_db[:, 0, :4, LOUDEST_LEVEL] - levels_db[:, 0, :4, MEAN_LEVEL]
    assert (loud[present[:, 0]] >= -1e-4).all()
    # Flaws are in what is heard: of the flawed, loud ones lie above and quiet ones below the others of their role.
    loudest_db = levels_db[:, 0, :4, LOUDEST_LEVEL]
    high, low = (loudest_db[side & present[:, 0]] for side in (example.flaw_db > 3, example.flaw_db < -3))
    assert high.mean() - low.mean() > 5


def test_the_mix_is_about_the_sum_of_the_stems(tables):
    levels = drawn(tables).features.levels[..., MEAN_LEVEL] * SCALE_DB
    total_db = 10 * (10 ** (levels[..., :4] / 10)).sum(-1).log10()
    assert total_db.abs().max() < 0.3
    assert total_db.std() > 0.005  # stems partly add and partly cancel


def test_batches_have_one_window_or_many_and_as_many_rows_as_are_worth_it(tables):
    shapes = {drawn(tables, Key(0, 0, batch)).features.levels.shape[:2] for batch in range(30)}
    assert shapes == {(200, 1), (100, 2), (66, 3)}


def test_a_key_names_an_example_for_ever(tables):
    one, again = drawn(tables), drawn(tables)
    other = drawn(tables, Key(1, 0))
    assert torch.equal(one.features.levels, again.features.levels)
    assert torch.equal(one.flaw_db, again.flaw_db)
    assert not torch.equal(one.features.levels, other.features.levels)


def test_excerpts_of_a_batch_go_together_also_when_a_role_is_split(tables):
    for finer, stems in ((0.0, 4), (1.0, 5)):
        batch = collate([drawn(tables, Key(0, song, 5), finer=finer) for song in (0, 1)])
        assert batch.features.levels.shape[2] == stems + 1
        assert batch.role.shape == batch.flaw_db.shape == batch.balance.shape
        assert batch.role.shape[1] == stems
        assert batch.moment.shape[:2] == (2, stems)


def test_the_moment_is_heard_at_the_drawn_balance(tables):
    example = drawn(tables, protocols={"none": 1.0}, draws=50)
    balanced = StemSpectra.of(example.moment[0]).distance(example.balance, example.balance)
    assert balanced.abs().max() < 1e-5
    assert (example.balance[~(example.free | example.anchor | example.features.present[:, :, :4].any(1))] == 0).all()


def test_as_many_are_told_what_is_usual_as_asked(tables):
    told = drawn(tables, told=0.4, draws=2000, windows=1).usual[..., 1] > 0
    assert float(told.any(-1).float().mean()) == pytest.approx(0.4, abs=0.05)
    assert torch.equal(told.any(-1), told.all(-1))
    np.testing.assert_array_equal(drawn(tables, told=0.0).usual, 0)
