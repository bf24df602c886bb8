"""Audio written to WAV and FLAC."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sounds import RATE, sines

from console.audio.io import (
    read_audio,
    write_audio,
)
from console.errors import InputError


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


float32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(audio=arrays(np.float32, st.tuples(st.integers(1, 2), st.integers(1, 50)), elements=float32))
def test_wav_keeps_every_bit(tmp_path_factory, audio):
    path = tmp_path_factory.mktemp("out") / "mix.wav"
    write_audio(path, torch.from_numpy(audio), RATE)
    read, rate = read_audio(path)
    assert rate == RATE
    assert np.array_equal(read.T.view(np.uint32), audio.view(np.uint32))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 44100, 192000])
def test_long_wav_and_flac_come_back(tmp_path, channels, rate):
    audio = np.random.default_rng(0).uniform(-1, 1, (channels, 200_000)).astype(np.float32)
    write_audio(tmp_path / "mix.wav", audio, rate)
    write_audio(tmp_path / "mix.flac", torch.from_numpy(audio), rate, "flac")
    assert sf.info(tmp_path / "mix.wav").subtype == "FLOAT"
    assert sf.info(tmp_path / "mix.flac").subtype == "PCM_24"
    assert sf.info(tmp_path / "mix.wav").samplerate == rate
    assert np.array_equal(read_audio(tmp_path / "mix.wav")[0].T, audio)
    assert np.abs(read_audio(tmp_path / "mix.flac")[0].T - audio).max() < 2**-22
    assert files(tmp_path) == ["mix.flac", "mix.wav"]


def test_double_precision_and_gradients_are_no_hindrance(tmp_path):
    audio = torch.full((1, 10), 0.1, dtype=torch.float64, requires_grad=True)
    write_audio(tmp_path / "mix.wav", audio, RATE)
    assert np.array_equal(read_audio(tmp_path / "mix.wav")[0], np.full((10, 1), 0.1, dtype=np.float32))


def test_the_same_audio_is_the_same_file(tmp_path, monkeypatch):
    for name, now in (("a.wav", 0), ("b.wav", 10**9)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        write_audio(tmp_path / name, sines(100, 2).T, RATE)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


@pytest.mark.parametrize("peak", [1.0, -1.0])
def test_flac_holds_full_scale(tmp_path, peak):
    write_audio(tmp_path / "mix.flac", np.full((1, 10), peak, dtype=np.float32), RATE, "flac")
    assert np.allclose(read_audio(tmp_path / "mix.flac")[0], peak, atol=1e-6)


@pytest.mark.parametrize("peak", [1.0001, -1.5, np.nan, np.inf])
def test_flac_is_never_clipped(tmp_path, peak):
    audio = np.zeros((2, 100_000), dtype=np.float32)
    audio[1, 90_000] = peak
    (tmp_path / "mix.flac").write_text("earlier")
    with pytest.raises(InputError, match=r'"mix.flac" would be clipped'):
        write_audio(tmp_path / "mix.flac", audio, RATE, "flac")
    assert (tmp_path / "mix.flac").read_text() == "earlier"
    assert files(tmp_path) == ["mix.flac"]


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(InputError, match=r'no output format "mp3": choose wav or flac'):
        write_audio(tmp_path / "mix.mp3", sines(10, 1).T, RATE, "mp3")
    assert files(tmp_path) == []


@pytest.mark.parametrize("format", ["wav", "flac"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, format):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "mix", tmp_path / "nowhere" / "mix", tmp_path / ("m" * 300)):
        with pytest.raises(InputError, match=r"cannot be written"):
            write_audio(path, sines(10, 1).T, RATE, format)
    assert files(tmp_path) == ["file"]


def test_a_wav_beyond_4_gb_is_refused(tmp_path):
    endless = np.broadcast_to(np.float32(0), (2, 2**29))
    with pytest.raises(InputError, match=r"4 GB"):
        write_audio(tmp_path / "mix.wav", endless, RATE)
    assert files(tmp_path) == []
