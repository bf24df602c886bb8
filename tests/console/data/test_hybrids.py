"""Excerpts of two songs: who goes with whom, and that they measure as the two songs' stems together would."""

import json
import pickle
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from songs import RATE_HZ, noise_song

from console import InputError, Song
from console.balance import ROLES, BalancePrior
from console.data.examples import WINDOW, Example, FlawedExcerpts, Key, collate
from console.data.excerpt import Excerpt, draw_excerpt, draw_moment
from console.data.hybrids import draw_hybrid, partners, partners_in
from console.data.module import ConsoleData
from console.data.recipe import Recipe
from console.data.relevel import song_level_db
from console.data.sources.folder import FolderSource
from console.data.sources.identity import hash_of
from console.data.sources.style import MODES, Style, read_style
from console.data.sources.synthetic import SyntheticSource
from console.data.synth.harmony import KEYS
from console.data.synth.harmony import MODES as COMPOSED
from console.data.table import SongTable, tabulate
from console.desk.mixer import db_to_amplitude
from console.network.features import SECOND, cross_energies, measure, spectra
from console.read.roles import Role

ROOT = Path(__file__).resolve().parents[3]
C_MAJOR = Style(120.0, 0, "major", "4/4")
TOLD = {"tempo_bpm": 93.5, "key": "F#", "mode": "dorian", "meter": "6/8"}
EITHER = [np.array([1]), np.array([0])]  # two songs that go together
PLAIN = Recipe(mix_only=0.0, dropped=0.0, finer=0.0, windows=1, draws=6, hybrid=1.0)
PRIOR = BalancePrior.load()


def in_band(song: Song, low_hz: float, high_hz: float) -> Song:
    """Nothing of the song but a band, faded so that its ends do not click; the stems share some of what they play."""
    audio = song.audio + song.audio.mean(0)
    spectrum = torch.fft.rfft(audio)
    hz = torch.fft.rfftfreq(audio.shape[-1], 1 / song.sample_rate)
    inside = (hz > low_hz) & (hz < high_hz)
    samples = torch.arange(audio.shape[-1])
    fade = (torch.minimum(samples, samples.flip(0)) / (0.3 * song.sample_rate)).clamp(max=1) * torch.pi / 2
    return replace(song, audio=3 * fade.sin().square() * torch.fft.irfft(spectrum * inside, n=len(samples)))


@pytest.fixture(scope="module")
def songs() -> list[Song]:
    """Of exactly one window, and with no frequency in common."""
    return [in_band(noise_song(seed=1), 100, 1500), in_band(noise_song(seed=2), 3000, 12_000)]


@pytest.fixture(scope="module")
def tables(songs) -> list[SongTable]:
    return [tabulate(song) for song in songs]


@pytest.fixture(scope="module")
def long_tables() -> list[SongTable]:
    finer = (Role.OTHER, Role.DRUMS, Role.VOCALS, Role.DRUMS, Role.BASS)
    return [tabulate(noise_song(seconds=14.0, seed=3)), tabulate(noise_song(finer, seconds=23.0, seed=4))]


def equal(a: Example, b: Example) -> bool:
    parts = zip([*a.features, *a[1:]], [*b.features, *b[1:]], strict=True)
    return all(torch.equal(one, other) for one, other in parts)


def taken(excerpt: Excerpt) -> list[set[Role]]:
    """The roles that each song gives."""
    ends = np.cumsum([0, *(len(share.groups) for share in excerpt.shares)])
    return [set(excerpt.roles[start:end]) for start, end in pairwise(ends)]


def owners(example: Example, tables: Sequence[SongTable]) -> list[int]:
    """The song that each stem comes from, by its sound; songs of one moment and one stem a role."""
    stems = zip(example.role[0].tolist(), example.moment[0], strict=True)
    found = [
        [song for song, table in enumerate(tables) if torch.equal(sound, table.moments[0, role].float())]
        for role, sound in stems
    ]
    assert all(len(song) == 1 for song in found)
    return [song for (song,) in found]


@pytest.mark.parametrize(
    ("other", "together"),
    [
        pytest.param(C_MAJOR, True, id="alike"),
        pytest.param(Style(127.1, 0, "major", "4/4"), True, id="a little faster"),
        pytest.param(Style(127.3, 0, "major", "4/4"), False, id="too fast"),
        pytest.param(Style(113.3, 0, "major", "4/4"), True, id="a little slower"),
        pytest.param(Style(113.1, 0, "major", "4/4"), False, id="too slow"),
        pytest.param(Style(61.0, 0, "major", "4/4"), True, id="half"),
        pytest.param(Style(250.0, 0, "major", "4/4"), True, id="double"),
        pytest.param(Style(90.0, 0, "major", "4/4"), False, id="three quarters"),
        pytest.param(Style(30.0, 0, "major", "4/4"), False, id="a quarter"),
        pytest.param(Style(120.0, 9, "minor", "4/4"), True, id="relative minor"),
        pytest.param(Style(120.0, 0, "minor", "4/4"), False, id="minor of the same tonic"),
        pytest.param(Style(120.0, 7, "major", "4/4"), False, id="another key"),
        pytest.param(Style(120.0, 2, "dorian", "4/4"), True, id="another mode of the scale"),
        pytest.param(Style(120.0, 0, "major", "3/4"), False, id="another meter"),
        pytest.param(None, False, id="unknown"),
    ],
)
def test_songs_go_together_by_tempo_key_and_meter(other, together):
    assert [list(found) for found in partners([C_MAJOR, other])] == ([[1], [0]] if together else [[], []])


def test_all_partners_are_found_and_no_song_is_its_own():
    near, far = Style(124.0, 9, "minor", "4/4"), Style(131.0, 0, "major", "4/4")
    found = partners([C_MAJOR, None, near, far, near])
    assert [list(row) for row in found] == [[2, 4], [], [0, 3, 4], [2, 4], [0, 2, 3]]
    assert partners([]) == []


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "harmonic minor"])
def test_modes_are_where_the_composers_scales_are(mode):
    scales = {**COMPOSED, "lydian": (0, 2, 4, 6, 7, 9, 11), "locrian": (0, 1, 3, 5, 6, 8, 10)}
    relative = Style(100.0, 5, mode, "4/4").relative_major
    assert {(5 + step) % 12 for step in scales[mode]} == {(relative + step) % 12 for step in COMPOSED["major"]}


def listing(folder: Path, **changes: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    told = {key: value for key, value in {**TOLD, **changes}.items() if value is not None}
    (folder / "song.json").write_text(json.dumps(told))
    return folder / "song.json"


def test_a_folder_tells_the_style_of_its_songs(tmp_path):
    listing(tmp_path / "test" / "A")
    listing(tmp_path / "test" / "B", key="Bb", mode="mixolydian", tempo_bpm=96)
    (tmp_path / "test" / "C").mkdir()
    (tmp_path / "test" / "D.zip").touch()
    source = FolderSource(str(tmp_path), "test")
    assert source.style(0) == Style(93.5, 6, "dorian", "6/8")
    assert source.style(1) == Style(96.0, 10, "mixolydian", "6/8")
    assert source.style(2) is source.style(3) is None
    assert [list(row) for row in partners_in(source)] == [[], [], [], []]
    listing(tmp_path / "test" / "B", key="E", mode="major", tempo_bpm=46)
    assert [list(row) for row in partners_in(source)] == [[1], [0], [], []]


def test_every_key_that_the_composer_writes_is_read(tmp_path):
    for pitch_class, key in enumerate(KEYS):
        for mode in COMPOSED:
            assert read_style(listing(tmp_path, key=key, mode=mode)) == Style(93.5, pitch_class, mode, "6/8")
    assert read_style(listing(tmp_path, key="Cb")).key == 11


@pytest.mark.parametrize(
    "changes",
    [*({key: None} for key in TOLD), {"tempo_bpm": 0}, {"tempo_bpm": "fast"}, {"key": "H"}, {"mode": "blues"}],
)
def test_a_listing_that_does_not_tell_everything_tells_nothing(changes, tmp_path):
    assert read_style(listing(tmp_path, **changes)) is None


def test_a_damaged_listing_tells_nothing(tmp_path):
    listing(tmp_path).write_text("{")
    assert read_style(tmp_path / "song.json") is None


def test_a_source_without_styles_has_no_partners():
    assert [list(row) for row in partners_in(SyntheticSource(3))] == [[], [], []]


def test_a_hybrids_energies_are_those_of_both_songs_audio(songs, tables):
    excerpt = draw_hybrid(*tables, 0.0, 1, np.random.default_rng(0))
    stems = [
        torch.einsum("ai,ict->act", share.groups, song.audio) for share, song in zip(excerpt.shares, songs, strict=True)
    ]
    assert [len(part) > 0 for part in stems] == [True, True]
    cross = cross_energies(spectra(torch.cat(stems), RATE_HZ), RATE_HZ)
    torch.testing.assert_close(excerpt.cross[0], cross, atol=1e-6 * float(cross.max()), rtol=1e-3)


@pytest.mark.parametrize("prior", [None, PRIOR], ids=["as they are", "releveled"])
def test_a_hybrid_example_measures_what_its_flawed_stems_would(songs, tables, prior):
    recipe = replace(PLAIN, second_by_second=0.0, protocols={"many": 1.0})
    for epoch in range(3):
        example = FlawedExcerpts(tables, recipe, prior, partners=EITHER)[Key(epoch, 0, epoch)]
        from_song = owners(example, tables)
        assert set(from_song) == {0, 1}
        stems = zip(example.role[0].tolist(), from_song, strict=True)
        audio = torch.stack([songs[song].audio[role] for role, song in stems])
        gain = example.balance * db_to_amplitude(example.flaw_db)
        for draw in range(2):
            rendered = measure(audio * gain[draw, :, None, None], RATE_HZ)
            for ours, theirs in zip(example.features, rendered, strict=True):
                torch.testing.assert_close(ours[draw, 0], theirs, atol=0.01, rtol=0)


def test_windows_moments_and_native_stems_are_each_songs_own(long_tables):
    for seed in range(8):
        excerpt = draw_hybrid(*long_tables, 1.0, 4, np.random.default_rng(seed))
        first = len(excerpt.shares[0].groups)
        assert (excerpt.cross[:, :first, first:] == 0).all()
        assert (excerpt.cross[:, first:, :first] == 0).all()
        blocks = excerpt.cross[:, :first, :first], excerpt.cross[:, first:, first:]
        for share, block, table in zip(excerpt.shares, blocks, long_tables, strict=True):
            assert share.table is table
            assert len(share.at) == len(block) == 4
            assert all(start % SECOND == 0 and start + WINDOW <= table.steps for start in share.at)
            for start, window in zip(share.at, block, strict=True):
                own = torch.einsum("ai,bj,ijtr->abtr", share.groups, share.groups, table.window(start, WINDOW))
                torch.testing.assert_close(window, own)


def test_the_balance_of_the_moment_is_that_of_each_stems_own_second(long_tables):
    """Every gain tells here which window, stem and step it is of."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        excerpt = draw_hybrid(*long_tables[:: 1 if seed % 2 else -1], 0.2, 3, rng)
        windows, stems = excerpt.cross.shape[:2]
        balance = torch.arange(float(windows * stems * WINDOW)).view(1, windows, stems, WINDOW)
        moment, gain = draw_moment(excerpt.shares, balance, rng)
        window, stem, step = np.unravel_index(gain[0].long().numpy(), (windows, stems, WINDOW))
        assert stem.tolist() == list(range(stems))
        assert len(set(window)) == 1
        ends = np.cumsum([0, *(len(share.groups) for share in excerpt.shares)])
        for (table, groups, at), (start, end) in zip(excerpt.shares, pairwise(ends), strict=True):
            sounds = torch.einsum("ai,micn->macn", groups, table.moments.float())
            (which,) = (m for m, sound in enumerate(sounds) if torch.equal(sound, moment[start:end]))
            inside = min(max(table.moment_step[which] - at[window[0]], 0), WINDOW - 1)
            assert step[start:end].tolist() == [inside] * (end - start)


def test_a_role_has_the_level_of_its_whole_song(long_tables):
    alone = [song_level_db(draw_excerpt(t, 0.0, 1, np.random.default_rng(0)).song_power) for t in long_tables]
    for pair in (long_tables, long_tables[::-1]):
        excerpt = draw_hybrid(*pair, 0.0, 1, np.random.default_rng(1))
        level_db = song_level_db(excerpt.song_power)
        for share, roles in zip(excerpt.shares, taken(excerpt), strict=True):
            wanted_db = alone[0 if share.table is long_tables[0] else 1]
            rows = [ROLES.index(role) for role in roles]
            torch.testing.assert_close(level_db[rows], wanted_db[rows])


def test_every_role_comes_once_and_from_either_song(tables):
    drawn = [taken(draw_hybrid(*tables, 0.0, 1, np.random.default_rng(seed))) for seed in range(150)]
    for mine, theirs in drawn:
        assert mine
        assert theirs
        assert mine | theirs == set(ROLES)
        assert not mine & theirs
    assert len({tuple(sorted(mine)) for mine, _ in drawn}) == 2**4 - 2


def test_a_role_that_one_song_lacks_comes_from_the_other():
    few = tabulate(noise_song([Role.BASS, Role.DRUMS], seconds=2.0))
    sung = tabulate(noise_song([Role.VOCALS, Role.DRUMS], seconds=1.0))
    drawn = [taken(draw_hybrid(few, sung, 0.0, 1, np.random.default_rng(seed))) for seed in range(20)]
    bass, vocals, drums = {Role.BASS}, {Role.VOCALS}, {Role.DRUMS}
    assert all(way in ([bass | drums, vocals], [bass, vocals | drums]) for way in drawn)
    assert drawn[0] in drawn[1:]
    only_bass = tabulate(noise_song([Role.BASS], seconds=1.0))
    assert taken(draw_hybrid(only_bass, only_bass, 0.0, 1, np.random.default_rng(0))) == [bass]


@pytest.fixture(scope="module")
def short_tables() -> list[SongTable]:
    return [tabulate(noise_song(seconds=1.0, seed=seed)) for seed in (5, 6, 7)]


def test_with_a_short_song_there_is_one_window(long_tables, short_tables):
    for pair in ((long_tables[0], short_tables[0]), (short_tables[0], long_tables[0])):
        excerpt = draw_hybrid(*pair, 0.0, 3, np.random.default_rng(0))
        assert excerpt.cross.shape[:4] == (1, 4, 4, WINDOW)
        assert [len(share.at) for share in excerpt.shares] == [1, 1]


def test_off_or_without_partners_nothing_changes(short_tables):
    none = np.array([], dtype=int)
    plain = FlawedExcerpts(short_tables, Recipe(draws=2), PRIOR)
    off = FlawedExcerpts(short_tables, Recipe(draws=2, hybrid=0.0), PRIOR, partners=[*EITHER, none])
    on = FlawedExcerpts(short_tables, Recipe(draws=2, hybrid=1.0), PRIOR, partners=[*EITHER, none])
    for epoch in range(4):
        for song in range(3):
            key = Key(epoch, song, epoch)
            assert equal(plain[key], off[key])
            assert equal(plain[key], on[key]) == (song == 2)


def test_hybrids_come_as_often_as_asked_and_keep_the_songs_number(short_tables):
    recipe = replace(PLAIN, draws=1, hybrid=0.3)
    examples = FlawedExcerpts(short_tables, recipe, partners=[np.array([1, 2]), *EITHER])
    drawn = [examples[Key(epoch, 0, epoch)] for epoch in range(300)]
    assert {int(example.song) for example in drawn} == {0}
    found = [frozenset(owners(example, short_tables)) for example in drawn]
    assert set(found) == {frozenset({0}), frozenset({0, 1}), frozenset({0, 2})}
    assert sum(len(song) == 2 for song in found) / 300 == pytest.approx(0.3, abs=0.08)


def test_the_same_key_gives_the_same_hybrid_in_spawned_workers_too(long_tables):
    examples = FlawedExcerpts(long_tables, Recipe(draws=2, hybrid=1.0, equalise_db=2.0), PRIOR, partners=EITHER)
    sent = pickle.loads(pickle.dumps(examples))
    keys = [Key(epoch, song, epoch) for epoch in range(3) for song in range(2)]
    assert all(equal(examples[key], sent[key]) for key in keys)
    batch = collate([examples[key] for key in keys])
    assert all(part.isfinite().all() for part in (*batch.features, batch.balance, batch.moment))


class Songs:
    """A source that knows the styles of its songs."""

    def __init__(self, *styles: Style | None):
        self.styles = styles

    def __len__(self) -> int:
        return len(self.styles)

    def identity(self, index: int) -> str:
        return hash_of("hybrids", index)

    def song(self, index: int) -> Song:
        return noise_song(seconds=1.0, seed=index, title=str(index))

    def style(self, index: int) -> Style | None:
        return self.styles[index]


def test_training_alone_takes_hybrids(tmp_path):
    source = Songs(C_MAJOR, None, C_MAJOR)
    options = {"relevel": True, "num_workers": 0, "batch_size": 12, "cache": str(tmp_path)}
    on, off = (ConsoleData(source, source, recipe=replace(PLAIN, hybrid=share), **options) for share in (1.0, 0.0))
    (with_hybrids, *_), (without, *_) = on.train_dataloader(), off.train_dataloader()
    assert with_hybrids.song.tolist() == without.song.tolist()
    same = (with_hybrids.features.levels == without.features.levels).flatten(1).all(1)
    assert torch.equal(same, with_hybrids.song == 1)
    assert all(map(equal, on.val_dataloader(), off.val_dataloader()))


@pytest.mark.parametrize("source", [Songs(C_MAJOR, None), SyntheticSource(2, seconds=1.0)])
def test_hybrids_of_songs_that_do_not_go_together_are_refused(source, tmp_path):
    with pytest.raises(InputError, match=r"recipe\.hybrid = 0\.5"):
        ConsoleData(source, source, recipe=Recipe(hybrid=0.5), cache=str(tmp_path))
    ConsoleData(source, source, recipe=Recipe(), cache=str(tmp_path))


def test_a_configuration_switches_hybrids_on(tmp_path, monkeypatch):
    for split in ("train", "valid", "test"):
        for song in "AB":
            native = tmp_path / "data" / "songs" / split / song / "native"
            native.mkdir(parents=True)
            told = [{"file": f"native/{role}.wav", "role": role} for role in ROLES]
            listing(native.parent, native=told)
            for seed, role in enumerate(ROLES):
                noise = 0.1 * np.random.default_rng(seed + ord(song)).standard_normal((RATE_HZ, 2))
                for folder in (native, native.parent):
                    soundfile.write(folder / f"{role}.wav", noise, RATE_HZ)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr(sys, "argv", ["train.py"])
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")
    from train import main

    config = str(ROOT / "configs/console/folder.yaml")
    options = ["--trainer.accelerator=cpu", "--data.init_args.recipe.hybrid=1.0"]
    cli = main(["-c", config, *options], run=False)
    examples = cli.datamodule.train_dataloader().dataset
    example = examples[Key(0, 0, 0)]
    assert not equal(example, FlawedExcerpts(examples.tables, examples.recipe, examples.prior)[Key(0, 0, 0)])
    assert cli.model.predict_step(example, 0).isfinite().all()
