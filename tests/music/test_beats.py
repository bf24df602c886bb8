"""Beats, bars and tempo: heard as BeatNet was trained to, counted as madmom's model does, and told with care."""

from pathlib import Path

import numpy as np
import pytest
import torch
from madmom_infer.audio.signal import FramedSignalProcessor, SignalProcessor
from madmom_infer.audio.spectrogram import (
    FilteredSpectrogramProcessor,
    LogarithmicSpectrogramProcessor,
    SpectrogramDifferenceProcessor,
)
from madmom_infer.audio.stft import ShortTimeFourierTransformProcessor
from madmom_infer.features.downbeats import DBNDownBeatTrackingProcessor
from madmom_infer.processors import SequentialProcessor

from console import Song
from console.files.fetched.fetch import FOLDER, ORIGIN
from console.music.beats import network
from console.music.beats.bars import count
from console.music.beats.features import FRAMES_PER_S, HOP, RATE_HZ, WINDOW, features
from console.music.beats.listen import NETWORK, listen, told_of, without_offbeats
from console.music.beats.network import FILE, BeatNet, chances
from console.music.sound import Sound
from console.read.roles import Role
from studio.trial.demo import example_song


@pytest.fixture(autouse=True)
def _nothing_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))


def hits(times_s: np.ndarray, seconds: float, rate: int = RATE_HZ) -> np.ndarray:
    """Short noises at these times."""
    rng = np.random.default_rng(0)
    audio = np.zeros(round(seconds * rate), np.float32)
    hit = (rng.normal(size=rate // 20) * np.exp(-np.arange(rate // 20) / (rate / 100))).astype(np.float32)
    for start in np.round(times_s * rate).astype(int):
        audio[start : start + len(hit)] += 0.3 * hit[: len(audio) - start]
    return audio


def of_drums(audio: np.ndarray) -> Sound:
    return Sound(("drums",), (Role.DRUMS,), audio[None].astype(np.float32), RATE_HZ)


def chances_at(frames: np.ndarray, heights: np.ndarray, down: np.ndarray, length: int) -> np.ndarray:
    """Chances of beats with a little doubt all round, `down` of them downbeats."""
    told = np.random.default_rng(1).uniform(0.005, 0.02, (length, 2))
    told[frames, down.astype(int)] = heights
    return told


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of madmom-infer
def test_features_are_those_of_madmom():
    audio = hits(np.arange(0.1, 3, 0.37), 3.01) + 0.05 * np.sin(np.arange(round(3.01 * RATE_HZ)) / 9).astype(np.float32)
    pipe = SequentialProcessor(
        (
            SignalProcessor(num_channels=1, sample_rate=RATE_HZ),
            FramedSignalProcessor(frame_size=WINDOW, hop_size=HOP),
            ShortTimeFourierTransformProcessor(),
            FilteredSpectrogramProcessor(num_bands=24, fmin=30, fmax=17_000, norm_filters=True),
            LogarithmicSpectrogramProcessor(mul=1, add=1),
            SpectrogramDifferenceProcessor(diff_ratio=0.5, positive_diffs=True, stack_diffs=np.hstack),
        )
    )
    wanted = pipe(audio)
    heard = features(audio).numpy()
    assert heard.shape == wanted.shape
    assert np.abs(heard - wanted).max() < 1e-5
    assert features(np.zeros(0, np.float32)).shape == (0, 272)


@pytest.mark.parametrize("seed", range(3))
def test_counting_beat_by_beat_finds_the_way_that_frame_by_frame_decoding_finds(seed: int):
    rng = np.random.default_rng(seed)
    frames = np.cumsum(rng.integers(22, 27, 20)) + seed
    told = chances_at(frames, rng.uniform(0.2, 0.9, 20), np.arange(20) % (2 + seed) == 0, int(frames[-1]) + 9)
    told += rng.uniform(0, 0.04, told.shape)
    wanted = DBNDownBeatTrackingProcessor(beats_per_bar=[2, 3, 4], fps=FRAMES_PER_S)(told)
    counted = count(told, FRAMES_PER_S, metres=(2, 3, 4))
    assert np.allclose(counted.frames / FRAMES_PER_S, wanted[:, 0])
    assert (counted.numbers == wanted[:, 1]).all()
    assert counted.metre == wanted[:, 1].max() == 2 + seed


@pytest.mark.parametrize("frames", [0, 1, 3, 20, 60])
def test_the_shortest_chances_are_counted_too(frames: int):
    for told in (np.zeros((frames, 2)), np.full((frames, 2), 0.5), np.full((frames, 2), 1.0)):
        counted = count(told, FRAMES_PER_S, metres=(2, 3, 4))
        assert len(counted.frames) == len(counted.numbers) <= max(frames, 0)
        assert told_of(told, counted, NETWORK) is None or frames == 60


def test_blocks_of_a_long_song_are_heard_as_one(monkeypatch: pytest.MonkeyPatch):
    torch.manual_seed(0)
    net, heard = BeatNet().eval(), torch.rand(2, 50, 272)
    whole = chances(net, heard)
    assert whole.shape == (2, 50, 2)
    assert (whole.sum(-1) < 1).all()
    monkeypatch.setattr(network, "BLOCK", 7)
    assert torch.allclose(chances(net, heard), whole, atol=1e-6)


def test_the_network_hears_the_past_alone():
    torch.manual_seed(0)
    net, heard = BeatNet().eval(), torch.rand(1, 30, 272)
    later = heard.clone()
    later[:, 20:] += 1
    assert torch.equal(chances(net, heard)[:, :20], chances(net, later)[:, :20])
    assert not torch.equal(chances(net, heard)[:, 20], chances(net, later)[:, 20])


def test_fetched_weights_are_listened_with_and_level_does_not_matter(tmp_path: Path):
    class Rising(BeatNet):
        """Says "beat" where the loudness of the frame is high, which is enough for clicks."""

        def __init__(self) -> None:
            super().__init__()
            for weight in self.parameters():
                torch.nn.init.zeros_(weight)

    torch.manual_seed(3)
    folder = tmp_path / "beatnet"
    folder.mkdir()
    (folder / ORIGIN).write_text("{}")
    net = Rising()
    with torch.no_grad():
        net.conv1.weight[0, 0, 0] = 1  # the rise of a band
        net.linear0.weight[:, 66:131] = 0.2  # of all bands in the second half: how much they rise
        net.lstm.weight_ih_l0[300:450, :] = 0.01  # cells take it in,
        net.lstm.bias_ih_l0[150:300] = -9  # forget it at once,
        net.lstm.weight_ih_l1[300:450, :] = 0.1
        net.lstm.bias_ih_l1[150:300] = -9
        net.linear.weight[0] = 1.0  # and say "beat"
        net.linear.bias[2] = 3.0
    torch.save(net.state_dict(), folder / FILE)
    network.read_network.cache_clear()
    audio = hits(np.arange(0.5, 20, 0.5), 20)
    beats, quiet = listen(of_drums(audio)), listen(of_drums(audio / 100))
    assert beats is not None
    assert beats.by == NETWORK.name
    assert abs(beats.tempo_bpm / 120 - 1) < 0.01
    assert quiet == beats


@pytest.mark.parametrize("bpm", [72.0, 97.3, 120.0, 151.0])
def test_without_weights_hits_are_heard_by_what_rises(bpm: float):
    true_s = np.arange(0.3, 20, 60 / bpm)
    beats = listen(of_drums(hits(true_s, 20)))
    assert beats is not None
    assert "flux" in beats.by
    ways = [beats.tempo_bpm, beats.other_tempo_bpm or 0]
    assert any(abs(way / bpm - 1) < 0.01 for way in ways)
    assert all(np.abs(true_s - beat).min() < 0.03 for beat in beats.beats_s[:: round(max(ways[0] / bpm, 1))])
    assert beats.steady_percent > 90
    assert beats.metre is None
    assert beats.downbeats_s == ()


def test_a_real_song_is_heard_without_weights():
    beats = listen(Sound.of(Song.load(example_song())))
    assert beats is not None
    assert beats.tempo_bpm == pytest.approx(117.5, rel=0.02)


def test_sure_of_hits_and_not_of_noise_or_speech_like_bursts():
    rng = np.random.default_rng(4)
    steady = listen(of_drums(hits(np.arange(0.5, 20, 0.5), 20)))
    noise = listen(of_drums(0.1 * rng.normal(size=20 * RATE_HZ)))
    bursts = listen(of_drums(hits(np.cumsum(rng.uniform(0.1, 0.9, 38)), 20)))
    assert steady is not None
    assert steady.confidence > 0.6
    assert all(each is None or each.confidence < 0.3 for each in (noise, bursts))


@pytest.mark.parametrize("seconds", [0.01, 0.5, 1.0, 20.0])
def test_what_does_not_beat_has_no_tempo(seconds: float):
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    assert listen(of_drums(0 * time)) is None
    if seconds < 20:
        assert listen(of_drums(0.1 * np.sin(2 * np.pi * 220 * time))) is None


def told(beat: int, heights: np.ndarray, bars: int = 4, between: float = 0.0):
    """What is said of even beats, `beat` frames long."""
    frames = np.arange(len(heights)) * beat + 5
    of = chances_at(frames, heights, np.arange(len(heights)) % bars == 0, int(frames[-1]) + beat)
    counted = count(of, FRAMES_PER_S)
    of[frames[:-1] + beat // 2, 0] += between
    return told_of(of, counted, NETWORK)


def test_the_other_way_to_count_is_given_where_either_may_be_meant():
    plain = told(25, np.full(40, 0.9))
    assert (plain.tempo_bpm, plain.other_tempo_bpm, plain.metre) == (120.0, None, 4)
    assert plain.steady_percent == 100
    assert plain.downbeats_s == plain.beats_s[::4]
    fast = told(17, np.full(60, 0.9))
    assert fast.other_tempo_bpm == pytest.approx(fast.tempo_bpm / 2, abs=0.06)
    limping = told(22, np.where(np.arange(40) % 2, 0.6, 0.9))
    assert limping.other_tempo_bpm == pytest.approx(limping.tempo_bpm / 2, abs=0.06)
    filled = told(40, np.full(40, 0.9), between=0.5)
    assert filled.tempo_bpm == pytest.approx(75, rel=0.01)
    assert filled.other_tempo_bpm == pytest.approx(150, rel=0.01)
    assert told(25, np.full(40, 0.9), bars=3).metre == 3


def test_faint_or_few_beats_are_told_with_less_confidence():
    sure = told(25, np.full(40, 0.9))
    assert sure.confidence > 0.8
    assert told(25, np.full(40, 0.5)).confidence < 0.3
    assert told(25, np.full(6, 0.9)).confidence < sure.confidence


@pytest.mark.parametrize(("height", "between", "halved"), [(0.6, 0.0, True), (0.9, 0.0, False), (0.6, 0.4, False)])
def test_faint_beats_with_nothing_between_are_taken_for_the_parts_of_slower_ones(
    height: float, between: float, halved: bool
):
    frames = np.arange(60) * 20 + 5  # 150 BPM
    heights = np.where(np.arange(60) % 2, height - 0.1, height)
    of = chances_at(frames, heights, np.arange(60) % 8 == 0, 1205)
    counted = count(of, FRAMES_PER_S)
    of[frames[:-1] + 10, 0] += between
    again = without_offbeats(of, counted)
    assert np.array_equal(again.frames, frames[::2] if halved else counted.frames)
    assert len(counted.frames) == 60
