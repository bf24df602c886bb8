"""Sources of songs, and the flawed examples made of them."""

import os
import pickle
import shutil

import numpy as np
import pytest
import soundfile
import torch
import torchaudio.functional
from torch.utils.data import DataLoader

from console import InputError, Song
from console.balance import ROLES, BalancePrior
from console.data.examples import RATE_HZ, FlawedExcerpts, Key, SongSampler, collate
from console.data.folder import FolderSource
from console.data.module import ConsoleData
from console.data.musdb import MusdbSource
from console.data.relevel import MIX_DB, relevel
from console.data.synthetic import SyntheticSource
from console.features import cross_energies, describe, gain_by_frame, measure, regained, spectra
from console.roles import Role

FFMPEG = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="musdb needs the ffmpeg binary"
)
PROTOCOLS = {"one": 1.0, "many": 1.0, "none": 1.0, "raw": 1.0}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


class OneSong:
    """A source of one given song, always from its start."""

    def __init__(self, song: Song):
        self.song = song

    def __len__(self) -> int:
        return 1

    def excerpt(self, index: int, seconds: float, rng: np.random.Generator) -> Song:
        return self.song


@pytest.fixture(scope="module")
def musdb_root(tmp_path_factory):
    """Four songs in the layout of MUSDB18-HQ, one of them an official validation song, some samples over full scale."""
    root = tmp_path_factory.mktemp("musdb18hq")
    names = ["train/B - Second", "train/A - First", "train/Actions - One Minute Smile", "test/C - Third"]
    for seed, name in enumerate(names):
        folder = root / name
        folder.mkdir(parents=True)
        stems = {role: 0.5 * rng(seed * 10 + i).standard_normal((RATE_HZ * 3, 2)) for i, role in enumerate(ROLES)}
        for role, audio in {**stems, "mixture": sum(stems.values())}.items():
            soundfile.write(folder / f"{role}.wav", audio, RATE_HZ, subtype="FLOAT")
    return root


@FFMPEG
def test_musdb_splits_are_the_official_ones(musdb_root):
    titles = {
        split: [track.name for track in MusdbSource(str(musdb_root), split).tracks]
        for split in ("train", "valid", "test")
    }
    assert titles["train"] == ["A - First", "B - Second"]
    assert titles["valid"] == ["Actions - One Minute Smile"]
    assert titles["test"] == ["C - Third"]


@FFMPEG
def test_musdb_stems_come_as_they_are_on_disk(musdb_root):
    song = MusdbSource(str(musdb_root), "test").excerpt(0, 10.0, rng())
    assert set(song.roles) == set(ROLES)
    for name, stem in zip(song.names, song.audio, strict=True):
        disk, _ = soundfile.read(musdb_root / "test" / "C - Third" / f"{name}.wav", dtype="float32")
        assert abs(disk).max() > 1  # float files may exceed full scale, and nothing clips them
        np.testing.assert_array_equal(stem.T.numpy(), disk)


@FFMPEG
def test_musdb_excerpts_are_where_the_seed_puts_them(musdb_root):
    source = MusdbSource(str(musdb_root), "test")
    one, again, other = (source.excerpt(0, 1.0, rng(seed)) for seed in (1, 1, 2))
    assert one.audio.shape == (4, 2, RATE_HZ)
    assert torch.equal(one.audio, again.audio)
    assert not torch.equal(one.audio, other.audio)


@FFMPEG
def test_compressed_musdb_through_ffmpeg_agrees_with_the_song_loader(falcon_path, tmp_path):
    (tmp_path / "test").mkdir()
    os.symlink(falcon_path, tmp_path / "test" / falcon_path.name)
    song = MusdbSource(str(tmp_path), "test", is_wav=False).excerpt(0, 10.0, rng())
    direct = Song.load(falcon_path)
    assert set(song.names) == set(direct.names)
    for name in song.names:
        ours, theirs = (s.audio[s.index(name)][:, 10_000:100_000] for s in (song, direct))
        assert (ours - theirs).square().mean() < 1e-3 * theirs.square().mean()


@FFMPEG
@pytest.mark.parametrize("is_wav", [True, False])
def test_a_folder_that_is_not_musdb_is_refused(tmp_path, is_wav):
    with pytest.raises(InputError, match="of the train split"):
        MusdbSource(str(tmp_path), "train", is_wav)


def test_musdb_without_ffmpeg_says_what_is_missing(musdb_root, monkeypatch):
    monkeypatch.setenv("PATH", "")
    for module in ("musdb", "musdb.audio_classes", "stempeg", "stempeg.read", "stempeg.write", "stempeg.cmds"):
        monkeypatch.delitem(__import__("sys").modules, module, raising=False)
    with pytest.raises(InputError, match="ffmpeg"):
        MusdbSource(str(musdb_root), "train")


def test_a_folder_of_songs_is_split_and_sorted(small_song, tmp_path):
    for title in ("c", "a", "b"):
        small_song.save(tmp_path / title)
    (tmp_path / ".hidden").mkdir()
    titles = {split: [path.name for path in FolderSource(str(tmp_path), split).songs] for split in ("train", "valid")}
    assert titles == {"train": ["b", "c"], "valid": ["a"]}
    with pytest.raises(InputError, match="no song for the test split"):
        FolderSource(str(tmp_path), "test")
    excerpt = FolderSource(str(tmp_path), "train").excerpt(0, 1.0, rng())
    assert excerpt.audio.shape == (4, 2, RATE_HZ)
    assert excerpt.title == "b"


def test_a_folder_with_splits_of_its_own_keeps_them(small_song, tmp_path):
    small_song.save(tmp_path / "train" / "a")
    small_song.save(tmp_path / "valid" / "b")
    assert [path.name for path in FolderSource(str(tmp_path), "train").songs] == ["a"]
    assert [path.name for path in FolderSource(str(tmp_path), "valid").songs] == ["b"]
    with pytest.raises(InputError, match="no song for the test split"):
        FolderSource(str(tmp_path), "test")
    with pytest.raises(InputError, match="no such folder"):
        FolderSource(str(tmp_path / "nowhere"))


def test_synthetic_songs_are_sound_and_reproducible():
    source = SyntheticSource(4, seed=5)
    song, again, other = (source.excerpt(i, 3.0, rng()) for i in (0, 0, 1))
    assert song.names == ("vocals", "drums", "bass", "other")
    assert song.audio.shape == (4, 2, 3 * RATE_HZ)
    assert not song.silent.any()
    assert torch.equal(song.audio, again.audio)
    assert not torch.equal(song.audio, other.audio)


def test_synthetic_bass_is_low_and_drums_are_struck():
    centroids, crests = {role: [] for role in ROLES}, {role: [] for role in ROLES}
    for index in range(8):
        song = SyntheticSource(8).excerpt(index, 4.0, rng())
        for role, stem in zip(song.roles, song.audio.mean(1), strict=True):
            power = torch.fft.rfft(stem).abs().square()
            hz = torch.fft.rfftfreq(len(stem), 1 / RATE_HZ)
            centroids[role].append(float((power * hz).sum() / power.sum()))
            crests[role].append(float(stem.abs().max() / stem.std()))
    assert np.median(centroids[Role.BASS]) < 300 < np.median(centroids[Role.VOCALS])
    assert np.median(crests[Role.DRUMS]) > 1.5 * np.median(crests[Role.OTHER])


def test_relevelled_stems_have_the_levels_drawn(small_song):
    prior = BalancePrior.load()
    power = torch.rand(4, 10, generator=torch.Generator().manual_seed(0)) + 0.1
    roles = (Role.DRUMS, Role.VOCALS, Role.VOCALS)
    gain = relevel(power, roles, prior, rng(3))
    wanted_db = torch.from_numpy(prior.draw(10, rng(3))).float() + MIX_DB
    assert torch.equal(gain[1], gain[2])
    torch.testing.assert_close(10 * (power[1] * gain[0] ** 2).log10(), wanted_db[1], atol=1e-3, rtol=0)
    torch.testing.assert_close(10 * (power[0] * gain[1] ** 2).log10(), wanted_db[0], atol=1e-3, rtol=0)


def test_silence_is_not_raised_to_a_level():
    power = torch.ones(4, 10)
    power[2, 3:6] = 0
    gain = relevel(power, ROLES, BalancePrior.load(), rng())
    assert (gain[2, 3:6] == 0).all()
    assert gain.isfinite().all()


@pytest.mark.parametrize("protocol", ["none", "one", "many", "raw"])
def test_an_example_measures_what_its_flawed_stems_would(small_song, protocol):
    examples = FlawedExcerpts(OneSong(small_song), {protocol: 1.0}, seed=1)
    for draw in range(3):
        example = examples[Key(0, 0, draw)]
        flawed = small_song.with_gains_db(example.flaw_db)
        rendered = measure(flawed.audio, RATE_HZ)
        torch.testing.assert_close(example.features.levels, rendered.levels, atol=0.02, rtol=0)
        columns = rendered.content.shape[-1]
        torch.testing.assert_close(example.features.content[..., :columns], rendered.content, atol=0.02, rtol=0)
        assert (example.flaw_db[~example.free] == 0).all()
        assert not (example.anchor & example.free).any()
        assert protocol != "raw" or example.anchor.sum() == 1


def test_gains_that_change_between_seconds_measure_as_rendered(small_song):
    """Ramps of 5 ms keep the rendered joins from clicking; frames across a join then see nearly what was reckoned."""
    by_second = torch.tensor([[1.0, 0.3, 1.0], [0.5, 1.0, 0.1], [1.0, 1.0, 0.4], [0.2, 0.2, 1.0]])
    samples = small_song.audio.shape[-1]
    spectrum = spectra(small_song.audio, RATE_HZ)
    gain = gain_by_frame(by_second, spectrum.shape[-1], samples, RATE_HZ)
    reckoned = describe(regained(cross_energies(spectrum, RATE_HZ), gain), 3.0)
    curve = by_second.repeat_interleave(RATE_HZ, 1)[:, None]
    ramp = torch.nn.functional.avg_pool1d(torch.nn.functional.pad(curve, (110, 110), "replicate"), 221, 1)
    rendered = measure(small_song.audio * ramp, RATE_HZ)
    off_db = 10 * (reckoned.levels - rendered.levels).abs()
    assert off_db.median() < 0.1
    assert off_db.quantile(0.95) < 1


def test_a_stem_too_faint_to_be_judged_is_not_asked_about(small_song):
    faint = small_song.with_gains_db(torch.tensor([0.0, -75.0, 0.0, 0.0]))
    alone = small_song.with_gains_db(torch.tensor([0.0, -75.0, -75.0, -75.0]))
    for draw in range(12):
        example = FlawedExcerpts(OneSong(faint), PROTOCOLS)[Key(0, 0, draw)]
        assert not example.free[1]
        assert not example.anchor[1]
        assert example.flaw_db[1] == 0
        assert example.features.present[:4][example.free | example.anchor].all()
        single = FlawedExcerpts(OneSong(alone), PROTOCOLS)[Key(0, 0, draw)]
        assert not single.free.any()
        assert not single.anchor.any()


def test_examples_travel_to_workers_that_are_spawned(small_song):
    examples = FlawedExcerpts(OneSong(small_song), PROTOCOLS)
    first = examples[Key(0, 0, 0)]
    again = pickle.loads(pickle.dumps(examples))[Key(0, 0, 0)]
    assert torch.equal(first.features.levels, again.features.levels)


def test_the_moment_is_a_part_of_the_balanced_stems(small_song):
    example = FlawedExcerpts(OneSong(small_song), PROTOCOLS)[Key(0, 0, 0)]
    length = example.moment.shape[-1]
    starts = [at * RATE_HZ for at in range(3)]
    assert any(torch.equal(example.moment, small_song.audio[..., s : s + length]) for s in starts)


def test_examples_of_a_prior_follow_it(small_song):
    examples = FlawedExcerpts(OneSong(small_song), {"none": 1.0}, BalancePrior.load())
    levels = torch.stack([examples[Key(0, 0, draw)].features.levels[:4, 5] for draw in range(60)])  # mean energy
    assert (levels.std(0) > 0.1).all()  # units of 10 dB: every draw another balance
    assert float(levels.mean()) == pytest.approx(-0.7, abs=0.2)  # four stems of about a quarter each


def test_the_same_key_gives_the_same_example_in_any_order(small_song):
    source = SyntheticSource(3)
    first = FlawedExcerpts(source, PROTOCOLS, BalancePrior.load())
    second = FlawedExcerpts(source, PROTOCOLS, BalancePrior.load())
    keys = [Key(0, 1, 0), Key(0, 2, 1), Key(1, 1, 0), Key(0, 1, 1)]
    one = [first[key] for key in keys]
    two = [second[key] for key in reversed(keys)][::-1]
    for a, b in zip(one, two, strict=True):
        assert torch.equal(a.flaw_db, b.flaw_db)
        assert torch.equal(a.features.levels, b.features.levels)
    assert not torch.equal(one[0].flaw_db, one[3].flaw_db) or not torch.equal(one[0].anchor, one[3].anchor)


def test_a_batch_pads_songs_of_fewer_stems_with_silence(small_song):
    two = Song(small_song.audio[:2], small_song.names[:2], RATE_HZ)
    batch = collate([FlawedExcerpts(OneSong(song), PROTOCOLS)[Key(0, 0, 0)] for song in (small_song, two)])
    assert batch.flaw_db.shape == (2, 4)
    assert batch.features.present.tolist() == [[True] * 5, [True, True, False, False, True]]
    assert not batch.free[1, 2:].any()
    assert (batch.moment[1, 2:] == 0).all()


def test_other_rates_are_resampled(small_song):
    rate = 48_000
    upsampled = torchaudio.functional.resample(small_song.audio, RATE_HZ, rate)
    songs = (small_song, Song(upsampled, small_song.names, rate))
    native, resampled = (FlawedExcerpts(OneSong(song), {"none": 1.0})[Key(0, 0, 0)] for song in songs)
    assert (
        native.features.levels - resampled.features.levels
    ).abs().median() < 0.03  # units of 10 dB; the filters take a little of the noise above 20 kHz


def test_very_short_songs_are_refused(small_song):
    with pytest.raises(InputError, match="shorter than one second"):
        FlawedExcerpts(OneSong(Song(small_song.audio[..., :9000], small_song.names, RATE_HZ)), PROTOCOLS)[Key(0, 0, 0)]


def test_the_sampler_visits_every_draw_once_and_shuffles_songs_anew():
    sampler = SongSampler(6, 3, shuffle=True)
    first = list(sampler)
    sampler.set_epoch(1)
    second = list(sampler)
    assert len(first) == len(sampler) == 18
    assert sorted((key.song, key.draw) for key in first) == [(song, draw) for song in range(6) for draw in range(3)]
    assert [key.song for key in first] != [key.song for key in second]
    assert {key.epoch for key in second} == {1}
    assert all(len({key.song for key in first[i : i + 3]}) == 1 for i in range(0, 18, 3))
    fixed = SongSampler(6, 3, shuffle=False)
    before = list(fixed)
    fixed.set_epoch(5)
    assert list(fixed) == before == sorted(before)


def test_nonsense_and_missing_test_songs_are_refused():
    source = SyntheticSource(1)
    for options in ({"batch_size": 0}, {"draws": 0}):
        with pytest.raises(InputError, match="at least one"):
            ConsoleData(source, source, **options)
    with pytest.raises(InputError, match="no songs to test on"):
        ConsoleData(source, source).test_dataloader()


def test_workers_change_nothing(small_song):
    examples = FlawedExcerpts(OneSong(small_song), PROTOCOLS)
    batches = [
        list(DataLoader(examples, 2, sampler=SongSampler(1, 4, False), num_workers=n, collate_fn=collate))
        for n in (0, 1)
    ]
    for alone, worked in zip(*batches, strict=True):
        assert torch.equal(alone.features.levels, worked.features.levels)


def test_the_data_module_keeps_its_splits_apart():
    data = ConsoleData(SyntheticSource(2, 1), SyntheticSource(2, 2), draws=2, batch_size=4, relevel=True, num_workers=0)
    train, valid = (next(iter(loader)) for loader in (data.train_dataloader(), data.val_dataloader()))
    assert len(train.role) == len(valid.role) == 4
    assert not torch.equal(train.features.content, valid.features.content)
    again = next(iter(data.val_dataloader()))
    assert torch.equal(valid.flaw_db, again.flaw_db)
