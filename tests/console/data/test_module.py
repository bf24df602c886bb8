"""The data module: its splits, its loaders, what it refuses."""

import pytest
import torch
from consoles import random_console
from lightning import Trainer
from songs import noise_song

from console import InputError, Song
from console.data.cache import SongTables
from console.data.examples import Example
from console.data.module import ConsoleData
from console.data.recipe import Recipe
from console.data.sources.identity import hash_of
from console.evaluation.protocol import ITEMS
from console.read.roles import Role
from console.system import ConsoleSystem

RECIPE = Recipe(draws=2)


class Songs:
    """A source of given songs."""

    def __init__(self, *songs: Song):
        self.songs = songs

    def __len__(self) -> int:
        return len(self.songs)

    def identity(self, index: int) -> str:
        return hash_of("songs", self.songs[index].title)

    def song(self, index: int) -> Song:
        return self.songs[index]


def source(*seeds: int, seconds: float = 10.0) -> Songs:
    return Songs(*(noise_song(seconds=seconds, seed=seed, title=f"{seed} {seconds}") for seed in seeds))


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> str:
    return str(tmp_path_factory.mktemp("tables"))


@pytest.fixture
def data(cache) -> ConsoleData:
    options = {"recipe": RECIPE, "batch_size": 4, "repeats": 3, "num_workers": 0, "cache": cache}
    return ConsoleData(source(0, 1), source(2), source(3), **options)


def equal(a: Example, b: Example) -> bool:
    return torch.equal(a.flaw_db, b.flaw_db) and torch.equal(a.features.levels, b.features.levels)


def test_training_takes_new_examples_every_epoch(data):
    loader = data.train_dataloader()
    first = list(loader)
    assert [len(batch.role) for batch in first] == [4, 4, 4]  # 2 songs, 3 times, 2 draws
    assert [len(batch.moment) for batch in first] == [2, 2, 2]
    assert sorted(torch.cat([batch.song for batch in first]).tolist()) == [0] * 6 + [1] * 6
    assert all(map(equal, first, loader))
    loader.sampler.set_epoch(1)
    assert not any(map(equal, first, loader))


def test_validation_has_the_same_examples_every_time_as_the_test_asks(data):
    loader = data.val_dataloader()
    first = list(loader)
    loader.sampler.set_epoch(7)
    assert all(map(equal, first, loader))
    for batch in first:
        assert batch.heard.all()
        assert batch.features.levels.shape[1] == 1
        assert (batch.anchor.sum(-1) == 1).all()
        assert ((batch.flaw_db != 0).sum(-1) <= 1).all()
        assert (batch.flaw_db[batch.role == 3] == 0).all()


def test_validation_sums_stems_of_one_role_as_the_test_does(cache):
    song = noise_song([Role.OTHER, Role.BASS, Role.OTHER, Role.DRUMS], seconds=10.0, title="finer")
    data = ConsoleData(source(0), Songs(song), recipe=Recipe(finer=1.0), num_workers=0, cache=cache)
    for batch in data.val_dataloader():
        assert batch.role.unique(dim=0).tolist() == [[1, 2, 3]]


def test_validation_hears_the_stems_as_they_are(cache):
    plain, other = (
        ConsoleData(source(0), source(2), recipe=recipe, num_workers=0, cache=cache)
        for recipe in (Recipe(), Recipe(equalise_db=6.0))
    )
    assert equal(next(iter(plain.val_dataloader())), next(iter(other.val_dataloader())))
    assert not equal(next(iter(plain.train_dataloader())), next(iter(other.train_dataloader())))


def test_only_levels_of_training_and_validation_are_drawn(cache):
    options = {"recipe": RECIPE, "batch_size": 4, "num_workers": 0, "cache": cache}
    drawn, as_is = (
        ConsoleData(source(0), source(2), source(3), relevel=relevel, **options) for relevel in (True, False)
    )
    for loader in ("train_dataloader", "val_dataloader"):
        assert (next(iter(getattr(as_is, loader)())).balance == 1).all()
        assert (next(iter(getattr(drawn, loader)())).balance != 1).any()
    of_test = (next(iter(data.test_dataloader())).example for data in (drawn, as_is))
    assert equal(*of_test)


@pytest.mark.parametrize("mix_only", [False, True])
def test_the_test_asks_the_protocols_items(mix_only, cache):
    data = ConsoleData(source(0), source(2), source(3), mix_only=mix_only, num_workers=0, cache=cache)
    for loader in (data.test_dataloader(), data.predict_dataloader()):
        (asked,) = loader
        assert len(asked.ids) == ITEMS
        assert asked.mix_only == mix_only


def test_another_seed_draws_other_examples(cache):
    one, again, other = (
        ConsoleData(source(0), source(2), recipe=RECIPE, num_workers=0, cache=cache, seed=seed) for seed in (0, 0, 1)
    )
    for loader in ("train_dataloader", "val_dataloader"):
        batches = [next(iter(getattr(data, loader)())) for data in (one, again, other)]
        assert equal(batches[0], batches[1])
        assert not equal(batches[0], batches[2])


@pytest.mark.parametrize(
    ("stage", "built"),
    [("fit", ["train", "valid"]), ("validate", ["valid"]), ("test", ["test"]), ("predict", ["test"])],
)
def test_what_a_stage_needs_is_measured_before_it_begins(stage, built, tmp_path):
    splits = {name: source(seed, seconds=1.0) for seed, name in enumerate(("train", "valid", "test"))}
    data = ConsoleData(**splits, cache=str(tmp_path))
    data.setup(stage)
    for name, songs in splits.items():
        assert all(path.is_file() for path in SongTables(songs, tmp_path).paths) == (name in built)


def test_nonsense_and_missing_test_songs_are_refused(tmp_path):
    for options in ({"batch_size": 0}, {"recipe": Recipe(draws=0)}):
        with pytest.raises(InputError, match="at least one"):
            ConsoleData(source(0), source(1), cache=str(tmp_path), **options)
    data = ConsoleData(source(0), source(1), cache=str(tmp_path))
    for ask in (data.test_dataloader, data.predict_dataloader, lambda: data.setup("test")):
        with pytest.raises(InputError, match="no songs to test on"):
            ask()


@pytest.mark.parametrize("recipe", [{"equalise_db": 3.0}, {"hybrid": 0.5}])
def test_of_levels_alone_no_sound_is_asked_for(recipe, cache):
    with pytest.raises(InputError, match=rf"set recipe\.{next(iter(recipe))} to 0"):
        ConsoleData(source(0), source(2), recipe=Recipe(**recipe), levels=True, cache=cache)


@pytest.mark.parametrize(("bands", "content"), [(True, False), (False, True), (False, False)])
def test_a_console_that_reads_more_than_levels_does_not_train_on_levels_alone(bands, content, cache, tmp_path):
    songs = source(0, seconds=1.0)
    data = ConsoleData(songs, songs, recipe=RECIPE, batch_size=4, levels=True, cache=cache, num_workers=0)
    system = ConsoleSystem(random_console(depth=1, bands=bands, content=content).train())
    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = Trainer("cpu", fast_dev_run=1, default_root_dir=tmp_path, **quiet)
    if bands or content:
        with pytest.raises(InputError, match="bands and content to false"):
            trainer.fit(system, datamodule=data)
    else:
        trainer.fit(system, datamodule=data)
        assert trainer.global_step == 1


def test_a_batch_smaller_than_the_draws_is_one_excerpt(cache):
    data = ConsoleData(source(0), source(2), recipe=Recipe(draws=8), batch_size=3, num_workers=0, cache=cache)
    assert len(next(iter(data.train_dataloader())).role) == 8
