"""Batches of excerpts of different songs: padding equals leaving out; and the order in which songs are taken."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from consoles import random_console
from songs import noise_song
from torch.utils.data import DataLoader

from console.balance import BalancePrior
from console.data.examples import Example, FlawedExcerpts, Key, SongSampler, collate
from console.data.recipe import Recipe
from console.data.table import SongTable, tabulate
from console.desk.losses import mix_loss, posterior_loss
from console.desk.stem_spectra import StemSpectra
from console.read.roles import Role

RECIPE = Recipe(draws=3, mix_only=0.0, dropped=0.5, finer=0.0, windows=3)


@pytest.fixture(scope="module")
def tables() -> list[SongTable]:
    """Of four, two and three stems, long and short."""
    rolled = (tuple(Role), (Role.BASS, Role.VOCALS), (Role.DRUMS, Role.OTHER, Role.VOCALS))
    lengths_s = (13.0, 2.0, 12.0)
    songs = zip(rolled, lengths_s, strict=True)
    return [tabulate(noise_song(roles, seconds=length_s, seed=seed)) for seed, (roles, length_s) in enumerate(songs)]


@pytest.fixture(scope="module")
def excerpts(tables) -> list[Example]:
    """Of three, one and two windows."""
    examples = FlawedExcerpts(tables, RECIPE, BalancePrior.load())
    wanted = {0: 3, 1: 1, 2: 2}
    found = {
        song: next(
            e for epoch in range(50) if (e := examples[Key(epoch, song, epoch)]).features.levels.shape[1] == windows
        )
        for song, windows in wanted.items()
    }
    return [found[song] for song in wanted]


def test_missing_stems_are_silent_and_before_the_mix_and_missing_windows_at_the_end(excerpts):
    batch = collate(excerpts)
    assert batch.flaw_db.shape == batch.balance.shape == (9, 4)
    assert batch.features.levels.shape[:3] == (9, 3, 5)
    assert batch.moment.shape[:2] == (3, 4)
    assert batch.song.tolist() == [0] * 3 + [1] * 3 + [2] * 3
    for index, excerpt in enumerate(excerpts):
        draws = slice(3 * index, 3 * index + 3)
        stems, windows = excerpt.role.shape[1], excerpt.features.levels.shape[1]
        for ours, theirs in zip(batch.features, excerpt.features, strict=True):
            assert torch.equal(ours[draws, :windows, :stems], theirs[:, :, :-1])
            assert torch.equal(ours[draws, :windows, -1], theirs[:, :, -1])
            assert (ours[draws, windows:] == 0).all()
            assert (ours[draws, :, stems:-1] == 0).all()
        for name in ("role", "anchor", "free", "heard", "flaw_db", "balance"):
            assert torch.equal(getattr(batch, name)[draws, :stems], getattr(excerpt, name))
        assert not (batch.anchor | batch.free)[draws, stems:].any()
        assert (batch.flaw_db[draws, stems:] == 0).all()
        assert (batch.moment[index, stems:] == 0).all()


def test_a_console_judges_a_batch_as_each_excerpt_by_itself(excerpts):
    console, batch = random_console(), collate(excerpts)
    with torch.no_grad():
        together = console(batch.features, batch.role, batch.anchor, batch.heard)
        alone = [console(e.features, e.role, e.anchor, e.heard) for e in excerpts]
    for index, scores in enumerate(alone):
        ours = together[3 * index : 3 * index + 3, : scores.shape[1]]
        torch.testing.assert_close(ours.exp(), scores.exp(), atol=1e-4, rtol=0)


def test_both_losses_of_a_batch_are_those_of_its_excerpts(excerpts):
    console, batch = random_console(), collate(excerpts)

    def losses(example: Example) -> tuple[torch.Tensor, torch.Tensor, int]:
        with torch.no_grad():
            scores = console(example.features, example.role, example.anchor, example.heard)
            parts = (x.unflatten(0, (len(example.moment), -1)) for x in (scores, example.flaw_db, example.balance))
            grouped, flaw_db, balance = parts
            mix = mix_loss(grouped, StemSpectra.of(example.moment), flaw_db, balance)
            return posterior_loss(scores, -example.flaw_db, example.free), mix, int(example.free.sum())

    together, alone = losses(batch), [losses(excerpt) for excerpt in excerpts]
    weight = torch.tensor([free for *_, free in alone]).float()
    posterior = (torch.stack([nll for nll, *_ in alone]) * weight).sum() / weight.sum()
    torch.testing.assert_close(together[0], posterior, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(together[1], torch.stack([mix for _, mix, _ in alone]).mean(), rtol=1e-3, atol=1e-4)


def test_workers_change_nothing(tables):
    examples = FlawedExcerpts(tables, replace(RECIPE, windows=1))
    batches = [
        list(DataLoader(examples, 2, sampler=SongSampler(3, 2, False), num_workers=n, collate_fn=collate))
        for n in (0, 1)
    ]
    for alone, worked in zip(*batches, strict=True):
        assert torch.equal(alone.features.levels, worked.features.levels)
        assert torch.equal(alone.flaw_db, worked.flaw_db)


def test_the_sampler_takes_every_song_as_often_as_asked_and_shuffles_anew():
    sampler = SongSampler(6, 3, shuffle=True)
    first = list(sampler)
    sampler.set_epoch(1)
    second = list(sampler)
    for keys in (first, second):
        assert len(keys) == len(sampler) == len(set(keys)) == 18
        assert np.bincount([key.song for key in keys]).tolist() == [3] * 6
    assert not set(first) & set(second)  # never the same excerpt again
    assert [key.song for key in first] != [key.song for key in second]
    assert [key.song for key in first] != [key.song for key in SongSampler(6, 3, shuffle=True, seed=1)]


def test_excerpts_of_a_batch_have_as_many_windows_and_finer_stems_or_not():
    roles = (Role.OTHER, Role.VOCALS, Role.OTHER, Role.OTHER)
    tables = [tabulate(noise_song(roles, seconds=12.0, seed=seed)) for seed in range(2)]
    examples = FlawedExcerpts(tables, replace(RECIPE, draws=1, finer=0.5, windows=3))
    sampler = SongSampler(2, 20, shuffle=True, batch=4)
    batches = list(DataLoader(examples, 4, sampler=sampler, collate_fn=lambda excerpts: excerpts))
    windows = [{e.features.levels.shape[1] for e in batch} for batch in batches]
    assert [len(counts) for counts in windows] == [1] * 10
    assert set.union(*windows) == {1, 2, 3}
    finer = [max(e.role.shape[1] for e in batch) > 2 for batch in batches]
    assert len(set(finer)) == 2  # in some batches no stem is split at all
    sampler.set_epoch(1)
    assert not {key.batch for key in sampler} & {key.batch for key in SongSampler(2, 20, shuffle=True, batch=4)}


def test_without_shuffling_every_epoch_is_the_same():
    fixed = SongSampler(6, 3, shuffle=False)
    before = list(fixed)
    fixed.set_epoch(5)
    assert list(fixed) == before == sorted(before)
