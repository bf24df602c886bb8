"""A song that is never held whole is heard, measured and written as one that is in memory."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch

from console import Console
from console.errors import InputError
from console.read.song import Song
from console.stream.on_disk import OnDisk
from console.stream.sound import Sound
from explainer.phrasing.plan import Style
from studio.catalogue.asked import Asked, Desk
from studio.mixdown import asked_ahead, run

RATE = 44_100
LATE_S = 0.75


def noise(seconds: float, channels: int, seed: int, rate: int = RATE) -> np.ndarray:
    """Coloured noise whose level changes every second, time by channel."""
    rng = np.random.default_rng(seed)
    audio = rng.standard_normal((round(seconds * rate), channels))
    audio = audio + rng.uniform(-0.9, 0.9) * np.roll(audio, 1, 0)
    level = rng.uniform(0.2, 1, int(seconds) + 1).repeat(rate)[: len(audio)]
    return (0.05 * level[:, None] * audio).astype(np.float32)


def stamped(path: Path, audio: np.ndarray, rate: int, start_s: float) -> None:
    """A WAV with a `bext` chunk that tells where it begins (EBU Tech 3285)."""
    sf.write(path, audio, rate, "FLOAT")
    bext = bytearray(602)
    struct.pack_into("<Q", bext, 338, round(start_s * rate))
    data = bytearray(path.read_bytes())
    data[12:12] = b"bext" + struct.pack("<I", 602) + bext
    struct.pack_into("<I", data, 4, len(data) - 8)
    path.write_bytes(data)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> Path:
    """Stems of two rates, one and two channels, several formats and lengths; one begins later."""
    folder = tmp_path_factory.mktemp("mixed")
    stamped(folder / "vocals.wav", noise(9, 1, 1, 48_000), 48_000, 10 + LATE_S)
    stamped(folder / "other.wav", noise(11, 2, 2), RATE, 10)
    sf.write(folder / "drums.flac", noise(11, 2, 3), RATE, "PCM_24")
    sf.write(folder / "bass.mp3", noise(8, 2, 4), RATE)
    return folder


@pytest.fixture(scope="module")
def unlike_its_names(tmp_path_factory) -> Path:
    """Stems without roles, a silent one, linked ones, a copy, and a mixture that is late: nothing is as was guessed."""
    folder = tmp_path_factory.mktemp("unlike")
    parts = {name: noise(11, 2, seed) for seed, name in enumerate(("Audio 01", "Audio 02", "kick in", "kick out"))}
    parts["vox"] = parts["Audio 01"] * 0 + 0.1 + noise(11, 2, 9)  # an offset
    for name, audio in parts.items():
        sf.write(folder / f"{name}.wav", audio, RATE, "FLOAT")
    sf.write(folder / "empty.wav", np.zeros((RATE, 1), np.float32), RATE, "FLOAT")
    sf.write(folder / "master.wav", np.roll(sum(parts.values()) - 0.1, 777, 0), RATE, "FLOAT")
    sf.write(folder / "copy.wav", 0.5 * parts["Audio 02"], RATE, "FLOAT")
    return folder


@pytest.fixture
def never_whole(monkeypatch) -> list[int]:
    """Nothing is read whole; how often it is read at all."""

    def whole(_: Sound) -> None:
        raise AssertionError("it was read whole")

    passes = []
    blocks = OnDisk.blocks
    monkeypatch.setattr(Sound, "whole", whole)
    monkeypatch.setattr(OnDisk, "blocks", lambda sound: passes.append(1) or blocks(sound))
    return passes


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("mixed", {"style": Style.FULL}),
        ("mixed", {"headroom_db": 40.0, "with_stems": True}),
        ("mixed", {"passes": 3, "lock": ("vocals",)}),
        ("unlike_its_names", {"style": Style.SHORT, "passes": 2}),
    ],
    ids=["words", "headroom", "passes", "unlike its names"],
)
def test_what_is_written_is_what_is_made_in_memory(request, tmp_path, never_whole, monkeypatch, folder, told):
    path = request.getfixturevalue(folder)
    (tmp_path / "out").mkdir()
    streamed = Desk(Asked(**told)).corrected(path, tmp_path / "out")
    monkeypatch.undo()
    song = Song.load(path)
    keys = ("headroom_db", "passes", "style", "lock")
    held = run(song, Console.from_pretrained(), **{key: told[key] for key in keys if key in told})
    assert streamed.advice.to_json() == held.advice.to_json()
    mix, rate = sf.read(tmp_path / "out" / "mix.wav", dtype="float32", always_2d=True)
    assert rate == song.sample_rate
    torch.testing.assert_close(torch.from_numpy(mix.T.copy()), held.mix, rtol=0, atol=1e-6)
    if told.get("with_stems"):
        assert held.advice.mix.trim_db < 0
        stems = Song.load(tmp_path / "out" / "stems", dict.fromkeys(song.names, "other"))
        assert torch.equal(stems.mix(), torch.from_numpy(mix.T.copy()))


def test_a_song_passes_twice_and_once_more_for_a_headroom(mixed, tmp_path, never_whole):
    (tmp_path / "out").mkdir()
    Desk(Asked(style=Style.SHORT)).corrected(mixed, tmp_path / "out")
    assert len(never_whole) == 2
    Desk(Asked(headroom_db=40.0)).corrected(mixed)
    assert len(never_whole) == 2 + 3


@pytest.mark.parametrize("folder", ["mixed", "unlike_its_names"])
def test_it_is_read_as_it_is_loaded(request, folder):
    path = request.getfixturevalue(folder)
    held = Song.load(path)
    with Song.opened(path, ahead=asked_ahead) as song:
        assert (song.names, song.roles, song.links, song.account) == (held.names, held.roles, held.links, held.account)
        assert (song.balance_s, song.duration_s) == (held.balance_s, held.duration_s)
        assert torch.equal(song.silent, held.silent)
        assert "audio" not in vars(song)
        torch.testing.assert_close(song.audio, held.audio, rtol=0, atol=1e-6)
    if folder == "mixed":
        before = held.audio[held.index("vocals"), :, : round(LATE_S * held.sample_rate) - 10]
        assert before.abs().max() == 0
        assert held.audio[held.index("bass"), :, 9 * held.sample_rate :].abs().max() == 0


def test_nan_in_the_last_block_is_found_before_anything_is_written(mixed, tmp_path):
    for name in ("drums.flac", "bass.mp3"):
        (tmp_path / name).write_bytes((mixed / name).read_bytes())
    audio = noise(11, 2, 5)
    audio[-1] = np.nan
    sf.write(tmp_path / "vocals.wav", audio, RATE, "FLOAT")
    with pytest.raises(InputError, match=r'"vocals.wav" holds NaN'), Song.opened(tmp_path):
        pass


def test_silence_is_no_song(tmp_path):
    for name in ("vocals", "drums"):
        sf.write(tmp_path / f"{name}.wav", np.zeros((200_000, 2), np.float32), RATE)
    with pytest.raises(InputError, match="are silent"), Song.opened(tmp_path, ahead=asked_ahead):
        pass


def test_a_mix_over_full_scale_is_refused_as_flac_and_written_with_headroom(mixed, tmp_path):
    for at, name in enumerate(("vocals", "drums")):
        sf.write(tmp_path / f"{name}.wav", 12 * noise(11, 2, at), RATE, "FLOAT")
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="which FLAC cannot hold"):
        Desk(Asked(audio_format="flac")).corrected(tmp_path, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
