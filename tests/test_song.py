"""Songs: stems of every kind gathered, mixed, saved and read again; what is no song is refused."""

import os
import sys
import unicodedata
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch
from hypothesis import given
from hypothesis import strategies as st

from console._torchaudio import load_torchaudio
from console.errors import InputError
from console.roles import Role
from console.song import Song

RATE = 44100
STEMS = ("bass", "drums", "other", "vocals")


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(shape)).astype(np.float32)


def tone(seconds: float, rate: int, channels: int = 1) -> np.ndarray:
    time_s = np.arange(round(seconds * rate)) / rate
    return np.repeat(0.3 * np.sin(2 * np.pi * 440 * time_s)[:, None], channels, axis=1).astype(np.float32)


def write(path: Path, audio: np.ndarray | None = None, rate: int = RATE, subtype: str = "FLOAT") -> Path:
    """A stem's file, time by channel; noise of 1000 samples where no audio is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if audio is None:
        audio = noise(1000, 2, seed=len(path.name))
    subtype = "PCM_24" if path.suffix == ".flac" else subtype
    sf.write(path, audio, rate, subtype, format="FLAC" if path.suffix == ".flac" else "WAV")
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    """A song of four stems in a folder."""
    for name in STEMS:
        write(tmp_path / "song" / f"{name}.wav")
    return tmp_path / "song"


def make(audio: torch.Tensor | None = None, names=("kick", "vox"), rate: int = RATE, **details) -> Song:
    return Song(torch.from_numpy(noise(len(names), 2, 500)) if audio is None else audio, names, rate, **details)


def test_stems_of_one_format_come_as_they_are(folder):
    song = Song.load(folder)
    assert song.names == STEMS
    assert song.files == tuple(f"{name}.wav" for name in STEMS)
    assert song.roles == (Role.BASS, Role.DRUMS, Role.OTHER, Role.VOCALS)
    assert song.title == "song"
    assert song.sample_rate == RATE
    assert song.duration_s == pytest.approx(1000 / RATE)
    assert song.audio.dtype == torch.float32
    assert song.audio.is_contiguous()
    for name, stem in zip(STEMS, song.audio, strict=True):
        assert np.array_equal(stem.numpy().T, sf.read(folder / f"{name}.wav", dtype="float32")[0])


def test_stems_are_sorted_as_people_count(tmp_path):
    for name in ("Gtr 10", "gtr 2", "Gtr 1", "bass", "Äther", "01_kick"):
        write(tmp_path / f"{name}.wav")
    assert Song.load(tmp_path).names == ("01_kick", "bass", "Gtr 1", "gtr 2", "Gtr 10", "Äther")


def test_mono_sounds_on_both_sides_beside_stereo(tmp_path):
    mono, stereo = noise(500, 1), noise(500, 2)
    write(tmp_path / "bass.wav", mono)
    write(tmp_path / "gtr.wav", stereo)
    audio = Song.load(tmp_path).audio.numpy()
    assert np.array_equal(audio[0], np.repeat(mono.T, 2, axis=0))
    assert np.array_equal(audio[1], stereo.T)


def test_all_mono_stays_mono(tmp_path):
    write(tmp_path / "bass.wav", noise(500, 1))
    write(tmp_path / "gtr.wav", noise(400, 1))
    assert Song.load(tmp_path).audio.shape == (2, 1, 500)


@pytest.mark.parametrize("channels", range(3, 9))
def test_surround_is_folded_to_stereo(tmp_path, channels):
    surround = noise(500, channels)
    write(tmp_path / "pad.wav", surround)
    write(tmp_path / "bass.wav", noise(500, 1))
    folded = Song.load(tmp_path).audio[1].numpy().T
    half = np.sqrt(0.5)
    centre = half * surround[:, 2] if channels != 4 else 0
    left_only = {3: [], 4: [2], 5: [3], 6: [4], 7: [5], 8: [4, 6]}[channels]
    back = 0.5 * surround[:, 4] if channels == 7 else 0
    left = surround[:, 0] + centre + back + half * surround[:, left_only].sum(axis=1)
    assert np.allclose(folded[:, 0], left, atol=1e-6)


def test_shorter_stems_end_in_silence(tmp_path):
    write(tmp_path / "bass.wav", noise(300, 2))
    write(tmp_path / "gtr.wav", noise(70_000, 2))
    audio = Song.load(tmp_path).audio
    assert audio.shape == (2, 2, 70_000)
    assert np.array_equal(audio[0, :, :300].numpy().T, noise(300, 2))
    assert audio[0, :, 300:].abs().max() == 0


@pytest.mark.parametrize("high", [44100, 48000, 96000, 192000])
@pytest.mark.parametrize("low", [8000, 11025, 22050, 32000, 44100])
def test_mixed_rates_meet_at_the_highest(tmp_path, low, high):
    write(tmp_path / "bass.wav", tone(0.25, low), low)
    write(tmp_path / "gtr.wav", tone(0.25, high, channels=2), high)
    song = Song.load(tmp_path)
    assert song.sample_rate == high
    assert song.audio.shape[-1] == pytest.approx(0.25 * high, abs=high / low)
    # The same tone at the same time: what a resampler smears is at the ends only.
    middle = slice(round(0.05 * high), round(0.2 * high))
    assert (song.audio[0] - song.audio[1])[:, middle].abs().max() < 0.01


def test_rates_without_a_common_divisor_are_refused(tmp_path):
    write(tmp_path / "bass.wav", noise(100, 1), 44101)
    write(tmp_path / "gtr.wav", noise(100, 1), 96000)
    with pytest.raises(InputError, match=r'"bass.wav" has a rate of 44101 Hz.*convert'):
        Song.load(tmp_path)


def test_all_formats_go_together(tmp_path):
    audio = tone(0.2, RATE, channels=2)
    for name, format in (
        ("a.wav", "WAV"),
        ("b.flac", "FLAC"),
        ("c.mp3", "MP3"),
        ("d.ogg", "OGG"),
        ("e.aiff", "AIFF"),
    ):
        sf.write(tmp_path / name, audio, RATE, format=format)
    song = Song.load(tmp_path)
    assert song.names == ("a", "b", "c", "d", "e")
    for stem in song.audio:
        assert np.allclose(stem.numpy().T[2000:-2000], audio[2000:-2000], atol=0.03)


def test_the_example_song(falcon_path):
    song = Song.load(falcon_path)
    assert song.names == ("drums", "bass", "other", "vocals")
    assert song.roles == (Role.DRUMS, Role.BASS, Role.OTHER, Role.VOCALS)
    assert song.title == "The Easton Ellises - Falcon 69"
    assert set(song.files) == {falcon_path.name}
    assert song.audio.shape == (4, 2, 268288)
    assert Song.load(falcon_path, roles={"other": "guitar", "vocals": "other"}).roles[3] is Role.OTHER


# --- names, roles, mixtures ---


@pytest.mark.parametrize(
    "name", ["Göteborg – 日本語", "  two  spaces ", "x" * 240, "kick.in (2)", 'O\'Neil "live" #1 %', "🥁"]
)
def test_names_stay_as_they_are(tmp_path, name):
    write(tmp_path / f"{name}.wav")
    write(tmp_path / "Bässe.wav")
    song = Song.load(tmp_path)
    assert name in song.names
    assert song.files[song.index(name)] == f"{name}.wav"


def test_names_are_composed(tmp_path):
    write(tmp_path / (unicodedata.normalize("NFD", "Bässe") + ".wav"))
    write(tmp_path / "vox.wav")
    song = Song.load(tmp_path, roles={unicodedata.normalize("NFD", "Bässe"): "other"})
    assert song.names == ("Bässe", "vox")
    assert song.files == ("Bässe.wav", "vox.wav")
    assert song.roles == (Role.OTHER, Role.VOCALS)


@pytest.mark.parametrize(
    "extra", ["mixture.wav", "Song - Mix.flac", "master.wav", "2mix.wav", "notes.txt", ".DS_Store"]
)
def test_mixtures_and_other_files_are_no_stems(folder, extra):
    (folder / extra).write_bytes(b"whatever")
    (folder / "._drums.wav").write_bytes(b"left by a Mac")
    (folder / "takes").mkdir()
    write(folder / "takes" / "guitar.wav")
    assert Song.load(folder).names == STEMS


def test_roles_are_given_in_a_file_and_by_the_caller(tmp_path):
    for name in ("01", "pad", "no", "Mystery", "kick"):
        write(tmp_path / f"{name}.wav")
    (tmp_path / "roles.yaml").write_text("01: lead vocals\nno: Bass\nMystery: drums\n")
    song = Song.load(tmp_path, roles={"Mystery": "snare", "kick": "other", "no": "vox"})
    assert dict(zip(song.names, song.roles, strict=True)) == {
        "01": Role.VOCALS,
        "pad": Role.OTHER,
        "no": Role.VOCALS,
        "Mystery": Role.DRUMS,
        "kick": Role.OTHER,
    }


def test_what_is_given_a_role_is_a_stem_whatever_its_name(tmp_path):
    for name in ("Master", "Mix", "vox"):
        write(tmp_path / f"{name}.wav")
    (tmp_path / "roles.yaml").write_text("Master: bass")
    assert Song.load(tmp_path).names == ("Master", "vox")
    assert Song.load(tmp_path, roles={"Mix": "drums"}).names == ("Master", "Mix", "vox")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}"])
def test_an_empty_roles_file_says_nothing(folder, text):
    (folder / "roles.yaml").write_text(text)
    assert Song.load(folder).roles == (Role.BASS, Role.DRUMS, Role.OTHER, Role.VOCALS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kick: drums", 'no stem "kick".*bass, drums, other, vocals'),
        ("bass: banana", r'no role "banana" for "bass" \(roles.yaml\): choose vocals, drums, bass, other'),
        ("- bass", '"roles.yaml" needs one line'),
        ("bass: [drums]", '"roles.yaml" needs one line'),
        ("bass:", 'no role ""'),
        ("just words", '"roles.yaml" needs one line'),
        ("bass: {a: [", '"roles.yaml" cannot be read as YAML'),
        ("? [a, b]\n: bass", '"roles.yaml" (cannot|needs)'),
        ("\x00", '"roles.yaml" cannot be read as YAML'),
    ],
)
def test_a_bad_roles_file_is_refused(folder, text, message):
    (folder / "roles.yaml").write_text(text)
    with pytest.raises(InputError, match=message):
        Song.load(folder)


def test_a_bad_role_from_the_caller_is_refused(folder, falcon_path):
    for song in (folder, falcon_path):
        with pytest.raises(InputError, match=r'no stem "kick".*drums.*vocals'):
            Song.load(song, roles={"kick": "drums"})
        with pytest.raises(InputError, match=r'no role "loud"'):
            Song.load(song, roles={"bass": "loud"})


# --- what is no song ---


def test_a_missing_song_is_refused(tmp_path):
    for path in (tmp_path / "none", tmp_path / ("x" * 300), tmp_path / "none.zip", "no\0ne"):
        with pytest.raises(InputError, match=r"is not there: give a folder of stems"):
            Song.load(path)


def test_a_single_file_is_no_song(tmp_path):
    with pytest.raises(InputError, match=r'"kick.wav" is not a song: give a folder'):
        Song.load(write(tmp_path / "kick.wav"))


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r'^"\w+" is an empty folder'):
        Song.load(tmp_path)


def test_a_folder_without_audio_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("later")
    with pytest.raises(InputError, match=r"holds no audio"):
        Song.load(tmp_path)


@pytest.mark.parametrize("suffix", ["aac", "wma"])
def test_what_cannot_be_read_in_time_is_no_audio(tmp_path, suffix):
    (tmp_path / f"bass.{suffix}").write_bytes(b"raw")
    with pytest.raises(InputError, match=r"holds no audio: wav, flac, .* are read"):
        Song.load(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
@pytest.mark.parametrize("format", ["wav", "flac"])
def test_names_that_are_no_unicode(tmp_path, format):
    make().save(tmp_path / "song", format)
    (tmp_path / "song" / f"kick.{format}").rename(tmp_path / "song" / f"kick\udcff.{format}")
    song = Song.load(tmp_path / "song")
    assert song.names == ("kick\udcff", "vox")
    song.save(tmp_path / "copy")
    assert torch.equal(Song.load(tmp_path / "copy").audio, song.audio)


def test_a_folder_of_folders_is_refused(tmp_path):
    write(tmp_path / "Song A" / "kick.wav")
    write(tmp_path / "Song B.wav" / "kick.wav")
    with pytest.raises(InputError, match=r"only folders .*Song A, Song B.wav.*give the one that the stems are in"):
        Song.load(tmp_path)


def test_a_folder_of_songs_is_refused(tmp_path, falcon_path):
    (tmp_path / "one.stem.mp4").symlink_to(falcon_path)
    with pytest.raises(InputError, match=r'holds a song of its own \("one.stem.mp4"\)'):
        Song.load(tmp_path)


def test_one_stem_is_refused(tmp_path):
    write(tmp_path / "kick.wav")
    with pytest.raises(InputError, match=r"holds 1 stem: a song needs at least two stems"):
        Song.load(tmp_path)
    write(tmp_path / "mix.wav")
    with pytest.raises(InputError, match=r'holds 1 stem \("mix.wav" was taken for the mixture.*at least two stems'):
        Song.load(tmp_path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kick.wav", "kick.flac"),
        ("kick.wav", "Kick.wav"),
        ("Bässe.wav", unicodedata.normalize("NFD", "bässe.wav")),
    ],
)
def test_two_files_for_one_stem_are_refused(folder, one, other):
    write(folder / one)
    write(folder / other)
    with pytest.raises(InputError, match=r"holds two files for one stem"):
        Song.load(folder)


@pytest.mark.parametrize("content", [b"", b"just text\n" * 50, b"RIFF\0\0\0\0WAVE"], ids=["empty", "text", "stub"])
def test_a_bad_stem_is_named(folder, content):
    (folder / "bad stem.wav").write_bytes(content)
    with pytest.raises(InputError, match=r'^"bad stem.wav" '):
        Song.load(folder)


def test_a_truncated_stem_is_named(folder):
    path = write(folder / "long.wav", noise(50_000, 2))
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(InputError, match=r'^"long.wav" is truncated'):
        Song.load(folder)


def test_a_link_to_nowhere_is_named(folder):
    (folder / "gone.wav").symlink_to(folder / "nothing")
    with pytest.raises(InputError, match=r'^"gone.wav" cannot be read'):
        Song.load(folder)


def test_nan_is_refused(folder):
    write(folder / "bad.wav", np.full((100_000, 1), np.nan, dtype=np.float32))
    with pytest.raises(InputError, match=r'"bad.wav" holds NaN'):
        Song.load(folder)


@pytest.mark.parametrize("level", [0.0, 1e-9])
def test_one_silent_stem_is_allowed(folder, level):
    write(folder / "tacet.wav", np.full((100, 1), level, dtype=np.float32))
    song = Song.load(folder)
    assert [name for name, silent in zip(song.names, song.silent, strict=True) if silent] == ["tacet"]


def test_all_silent_is_refused(tmp_path):
    for name in STEMS:
        write(tmp_path / f"{name}.wav", np.zeros((100, 2)))
    with pytest.raises(InputError, match=r"All stems .* are silent"):
        Song.load(tmp_path)


def test_what_does_not_fit_into_memory_is_refused(folder, monkeypatch):
    def full(*shape, **_):
        raise MemoryError

    monkeypatch.setattr(np, "zeros", full)
    with pytest.raises(InputError, match=r"does not fit into memory"):
        Song.load(folder)


# --- a song in memory ---


def test_a_song_is_made_of_arrays():
    song = make(names=("01_Lead Vox", "DI bass"))
    assert song.roles == (Role.VOCALS, Role.BASS)
    assert song.files is None
    assert song.title == "song"
    assert make(roles=(Role.OTHER, Role.OTHER)).roles == (Role.OTHER, Role.OTHER)
    assert make(torch.rand(1, 1, 5), ("vox",)).names == ("vox",)
    assert make(torch.rand(2, 1, 5, dtype=torch.float64)).audio.dtype == torch.float32
    with pytest.raises(FrozenInstanceError):
        song.title = "other"


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ((2, 2, 5), ("a",)),
        ((2, 2, 5), ("a", "a")),
        ((2, 2, 5), ("a", "")),
        ((2, 3, 5), ("a", "b")),
        ((2, 2, 0), ("a", "b")),
        ((0, 2, 5), ()),
        ((2, 0, 5), ("a", "b")),
    ],
)
def test_what_does_not_fit_together_is_refused(shape, names):
    with pytest.raises(InputError):
        Song(torch.rand(shape), names, RATE)


def test_roles_and_files_are_one_for_each_stem():
    with pytest.raises(InputError, match=r"2 stems"):
        make(roles=(Role.OTHER,))
    with pytest.raises(InputError, match=r"2 stems"):
        make(files=("a.wav",))


def test_arrays_and_lists_will_do():
    audio = np.ones((2, 1, 4))
    song = Song(audio, ["kick", "vox"], RATE)
    assert (song.audio.dtype, song.names) == (torch.float32, ("kick", "vox"))
    expected = song.mix(torch.tensor([6.0, -20.0]))
    for gains_db in ([6.0, -20.0], [6, -20], (6.0, -20), np.array([6.0, -20.0]), torch.tensor([6.0, -20.0]).double()):
        assert torch.equal(song.mix(gains_db), expected)
        assert torch.equal(song.with_gains_db(gains_db).mix(), expected)


@pytest.mark.parametrize("rate", [0, 7999, 192001])
def test_a_rate_that_no_file_may_have_is_refused(rate):
    with pytest.raises(InputError, match=rf"8 to 192 kHz, not {rate} Hz"):
        make(rate=rate)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_bad_samples_are_refused(bad):
    audio = torch.rand(2, 2, 50)
    audio[1, 1, 7] = bad
    with pytest.raises(InputError, match=r'"vox" holds NaN or infinite'):
        make(audio)


def test_index_knows_a_name_however_it_is_composed():
    for names in (("Gr\u00f6\u00dfe", "vox"), ("Gro\u0308\u00dfe", "vox")):
        assert [make(names=names).index(name) for name in ("Gr\u00f6\u00dfe", "Gro\u0308\u00dfe")] == [0, 0]


def test_index_lists_the_names():
    assert make().index("vox") == 1
    with pytest.raises(InputError, match=r'no stem "bass": the stems are kick, vox'):
        make().index("bass")


@given(gain_db=st.floats(-120, 40), quiet=st.sampled_from([0.0, 1e-8, 9e-7, 2e-6, 0.5]))
def test_silence_is_relative(gain_db, quiet):
    audio = torch.tensor([1.0, quiet])[:, None, None] * torch.tensor([1.0, -1.0, 0.3])
    song = make(audio)
    assert song.silent.tolist() == [False, quiet < 1e-6]
    assert torch.equal(song.with_gains_db(torch.full((2,), gain_db)).silent, song.silent)


def test_all_zeros_are_all_silent():
    assert make(torch.zeros(2, 2, 5)).silent.tolist() == [True, True]


def test_a_gain_is_a_gain():
    song = make(title="t", files=("kick.wav", "vox.wav"), roles=(Role.OTHER, Role.BASS))
    louder = song.with_gains_db(torch.tensor([6.0, -20.0]))
    assert torch.allclose(louder.audio[0], song.audio[0] * 10 ** (6 / 20))
    assert torch.allclose(louder.audio[1], song.audio[1] / 10)
    for same in ("names", "roles", "files", "title", "sample_rate"):
        assert getattr(louder, same) == getattr(song, same)
    assert torch.equal(song.with_gains_db(torch.zeros(2)).audio, song.audio)
    assert song.with_gains_db(torch.tensor([0.0, -np.inf])).silent.tolist() == [False, True]


@pytest.mark.parametrize("gains_db", [[0.0], [0.0, 0.0, 0.0], [0.0, np.nan], [np.inf, 0.0]])
def test_bad_gains_are_refused(gains_db):
    for use in (make().mix, make().with_gains_db):
        with pytest.raises(InputError, match=r"2 stems need as many gains"):
            use(torch.tensor(gains_db))


@given(gains_db=st.lists(st.floats(-90, 24), min_size=1, max_size=9), seed=st.integers(0, 9))
def test_the_mix_is_the_sum_of_the_gained_stems_bit_for_bit(gains_db, seed):
    audio = torch.from_numpy(noise(len(gains_db), 2, 200, seed=seed))
    song = make(audio, tuple(f"stem {i}" for i in range(len(gains_db))))
    gained = song.with_gains_db(torch.tensor(gains_db))
    total = gained.audio[0].numpy().copy()
    for stem in gained.audio[1:].numpy():
        total = total + stem
    assert np.array_equal(song.mix(torch.tensor(gains_db)).numpy(), total)
    assert torch.equal(gained.mix(), song.mix(torch.tensor(gains_db)))
    assert torch.equal(song.mix(), song.mix(torch.zeros(len(gains_db))))
    assert torch.equal(song.audio, audio)


def test_a_mix_of_one_stem_is_a_copy():
    song = make(torch.rand(1, 2, 5), ("vox",))
    song.mix().zero_()
    assert song.audio.abs().max() > 0


# --- saved and loaded ---


@given(
    names=st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_characters="/\\\0", exclude_categories=["Cc"]),
            min_size=1,
            max_size=40,
        )
        .map(lambda name: unicodedata.normalize("NFC", name))
        .filter(lambda name: not name.startswith(".")),
        min_size=2,
        max_size=5,
        unique_by=lambda name: unicodedata.normalize("NFC", name.casefold()),
    ),
    data=st.data(),
)
def test_a_saved_song_is_the_same_song(tmp_path_factory, names, data):
    out = tmp_path_factory.mktemp("saved") / "out"
    roles = tuple(data.draw(st.sampled_from(Role)) for _ in names)
    song = make(torch.from_numpy(noise(len(names), 2, 30)), tuple(names), roles=roles)
    song.save(out)
    loaded = Song.load(out)
    assert set(loaded.names) == set(names)
    assert loaded.sample_rate == song.sample_rate
    for name in names:
        assert torch.equal(loaded.audio[loaded.index(name)], song.audio[song.index(name)])
        assert loaded.roles[loaded.index(name)] is song.roles[song.index(name)]


@pytest.mark.parametrize("rate", [8000, 44100, 192000])
@pytest.mark.parametrize("channels", [1, 2])
def test_wav_is_saved_bit_for_bit_and_flac_to_24_bit(tmp_path, rate, channels):
    song = make(torch.from_numpy(noise(2, channels, 70_000)), rate=rate)
    song.save(tmp_path / "wav")
    song.save(tmp_path / "flac", format="flac")
    assert torch.equal(Song.load(tmp_path / "wav").audio, song.audio)
    assert (Song.load(tmp_path / "flac").audio - song.audio).abs().max() < 2**-22
    assert sorted(os.listdir(tmp_path / "wav")) == ["kick.wav", "vox.wav"]
    assert sorted(os.listdir(tmp_path / "flac")) == ["kick.flac", "vox.flac"]


def test_roles_are_written_where_names_do_not_tell_them(tmp_path):
    make(names=("kick", "thing"), roles=(Role.DRUMS, Role.BASS)).save(tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == ["kick.wav", "roles.yaml", "thing.wav"]
    make(names=("kick", "mix")).save(tmp_path / "mix")
    assert Song.load(tmp_path / "mix").names == ("kick", "mix")


@pytest.mark.parametrize(
    "names",
    [
        ("../../kick", "/etc/passwd"),
        ("a/b", "a\\b"),
        (".hidden", "..", "."),
        ("x" * 300, "x" * 301),
        ("🥁" * 99, "🥁" * 98),
        ("Kick", "kick"),
        ("a\0b", "a\nb"),
        ("kick.wav", "kick"),
    ],
)
def test_no_name_leads_outside_or_is_lost(tmp_path, names):
    song = make(names=names)
    song.save(tmp_path / "out")
    assert os.listdir(tmp_path) == ["out"]
    assert all(entry.is_file() for entry in (tmp_path / "out").iterdir())
    loaded = Song.load(tmp_path / "out")
    assert len(loaded.names) == len(names)
    assert {stem.numpy().tobytes() for stem in loaded.audio} == {stem.numpy().tobytes() for stem in song.audio}


def test_a_folder_that_exists_is_replaced_only_with_force(tmp_path):
    make().save(tmp_path / "out")
    with pytest.raises(InputError, match=r"exists"):
        make(names=("bass", "gtr")).save(tmp_path / "out")
    assert Song.load(tmp_path / "out").names == ("kick", "vox")
    make(names=("bass", "gtr")).save(tmp_path / "out", force=True)
    assert Song.load(tmp_path / "out").names == ("bass", "gtr")


def test_the_song_that_was_read_is_never_replaced(tmp_path, folder):
    song = Song.load(folder).with_gains_db(torch.zeros(4))
    for out in (folder, tmp_path):
        with pytest.raises(InputError, match=r"holds the song that was read"):
            song.save(out, force=True)
    song.save(folder / "out")
    assert Song.load(folder).names == STEMS


@pytest.mark.parametrize("format", ["mp3", "flac"])
def test_nothing_is_left_of_what_cannot_be_saved(tmp_path, format):
    with pytest.raises(InputError, match=r"output format|clipped"):
        make(2 * torch.ones(2, 2, 5)).save(tmp_path / "new" / "out", format)
    assert os.listdir(tmp_path) == []


# --- memory, torchaudio ---


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="measures memory through /proc")
def test_a_song_takes_little_more_memory_than_its_own_size(tmp_path):
    for name in STEMS:
        write(tmp_path / f"{name}.wav", noise(2_000_000, 2), subtype="PCM_16")
    write(tmp_path / "short.flac", noise(100, 1))

    def peak_mb(line: str) -> float:
        status = Path("/proc/self/status").read_text()
        return int(next(row for row in status.splitlines() if row.startswith(line)).split()[1]) / 1024

    Song.load(tmp_path)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak until now
    before = peak_mb("VmRSS")
    song = Song.load(tmp_path)
    size_mb = song.audio.nbytes / 2**20
    assert peak_mb("VmHWM") - before < 1.1 * size_mb + 10
    song.mix()
    assert peak_mb("VmHWM") - before < 1.6 * size_mb + 10


def test_torchaudio_that_cannot_be_imported_says_what_to_do(tmp_path, monkeypatch):
    write(tmp_path / "bass.wav", noise(100, 1), 22050)
    write(tmp_path / "gtr.wav", noise(100, 1), 44100)
    monkeypatch.setitem(sys.modules, "torchaudio", None)
    with pytest.raises(InputError, match=r"torchaudio cannot be imported .*delete the \*\.so files"):
        Song.load(tmp_path)
    monkeypatch.undo()
    assert load_torchaudio().functional.resample is not None


def test_nothing_but_mixed_rates_needs_torchaudio(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchaudio", None)
    assert Song.load(folder).names == STEMS
