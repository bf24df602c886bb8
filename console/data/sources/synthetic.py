"""The simplest synthetic stems: beats, bass notes, chords and a vowel-like voice, each of another make every time.

Each song has a balance drawn from the balance prior.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from console.balance import BalancePrior
from console.data.relevel import static_gain
from console.data.sources.identity import hash_of
from console.network.features import STEP_S
from console.read.roles import Role
from console.read.song import Song

RATE_HZ = 44_100
VERSION = 4  # goes up when the same seed makes other songs
SCALE = np.array([0, 2, 4, 5, 7, 9, 11])


@dataclass(frozen=True)
class SyntheticSource:
    """Four-stem songs made up on the spot; song `index` is always the same.

    Args:
        songs: how many there are.
        seed: another seed, other songs.
        seconds: length of each song.
    """

    songs: int
    seed: int = 0
    seconds: float = 30.0

    def __len__(self) -> int:
        return self.songs

    def identity(self, index: int) -> str:
        """Of what the song is composed from."""
        return hash_of(type(self).__name__, VERSION, self.seed, index, self.seconds)

    def song(self, index: int) -> Song:
        """Song `index`, composed anew."""
        own = np.random.default_rng((self.seed, index))
        beat_s = 60 / own.uniform(70, 160)
        key_hz = 55 * 2 ** (own.integers(12) / 12)
        chords = own.integers(7, size=64)
        length = round(self.seconds * RATE_HZ)
        make = {Role.VOCALS: _voice, Role.DRUMS: _drums, Role.BASS: _bass, Role.OTHER: _chords}
        stems = [_stereo(render(length, beat_s, key_hz, chords, own), own) for render in make.values()]
        audio = torch.from_numpy(np.stack(stems).astype(np.float32))
        audio = audio * static_gain(_power(audio), BalancePrior.load().draw_songs(1, own))[0, :, None, None]
        return Song(audio, tuple(make), RATE_HZ, roles=tuple(make), title=f"synthetic {self.seed}-{index}")


def _power(audio: Float[Tensor, "role channel time"]) -> Float[Tensor, "role step"]:
    step = round(STEP_S * RATE_HZ)
    whole = audio.shape[-1] // step * step
    return audio[..., :whole].unflatten(-1, (-1, step)).square().mean(-1).sum(1)


def _stereo(mono: ndarray, rng: np.random.Generator) -> Float[ndarray, "2 time"]:
    """A panned copy with a short, quieter reflection in the other channel."""
    pan, delay = rng.uniform(-0.5, 0.5), rng.integers(1, 1500)
    reflection = np.concatenate([np.zeros(delay), mono[:-delay]]) * rng.uniform(0, 0.5)
    return np.stack([(1 - pan) * mono, (1 + pan) * mono]) + np.stack([reflection, -reflection])


def _shape(mono: ndarray, response_of_hz: ndarray) -> ndarray:
    return np.fft.irfft(np.fft.rfft(mono) * response_of_hz, len(mono))


def _hz(length: int) -> ndarray:
    return np.fft.rfftfreq(length, 1 / RATE_HZ)


def _tilt(length: int, corner_hz: float, db_per_octave: float) -> ndarray:
    """Flat below the corner, falling above it."""
    octaves = np.log2(np.maximum(_hz(length), corner_hz) / corner_hz)
    return 10 ** (-db_per_octave * octaves / 20)


def _bell(length: int, centre_hz: float, width_octaves: float, gain: float) -> ndarray:
    octaves = np.log2(np.maximum(_hz(length), 1.0) / centre_hz)
    return gain * np.exp(-0.5 * (octaves / width_octaves) ** 2)


def _since(length: int, onsets_s: ndarray) -> tuple[ndarray, ndarray]:
    """For every sample the seconds since the last onset, and which onset that was."""
    time = np.arange(length) / RATE_HZ
    which = np.maximum(np.searchsorted(onsets_s, time, side="right") - 1, 0)
    return np.maximum(time - onsets_s[which], 0), which


def _saw(hz: ndarray, rng: np.random.Generator) -> ndarray:
    phase = np.cumsum(hz) / RATE_HZ + rng.random()
    return 2 * (phase % 1) - 1


def _grid(length: int, step_s: float, keep: float, rng: np.random.Generator) -> ndarray:
    """Onsets on a grid, some left out; the first always sounds."""
    grid = np.arange(0, length / RATE_HZ, step_s)
    return grid[(rng.random(len(grid)) < keep) | (grid == 0)]


def _drums(length: int, beat_s: float, key_hz: float, chords: ndarray, rng: np.random.Generator) -> ndarray:
    since, _ = _since(length, _grid(length, 2 * beat_s, 0.9, rng))
    sweep_hz = rng.uniform(40, 70) * (1 + rng.uniform(1, 5) * np.exp(-since / 0.03))
    kick = np.sin(2 * np.pi * np.cumsum(sweep_hz) / RATE_HZ) * np.exp(-since / rng.uniform(0.05, 0.2))
    noise = rng.standard_normal(length)
    since, _ = _since(length - round(beat_s * RATE_HZ), _grid(length, 2 * beat_s, 0.95, rng))
    since = np.concatenate([np.full(length - len(since), 9.0), since])
    snare = _shape(noise, _bell(length, rng.uniform(180, 3000), 1.5, 1.0)) * np.exp(-since / rng.uniform(0.04, 0.2))
    since, _ = _since(length, _grid(length, beat_s / rng.choice([1, 2, 4]), 0.9, rng))
    hats = _shape(noise[::-1], _bell(length, rng.uniform(5000, 12000), 0.8, 1.0))
    hats = hats * np.exp(-since / rng.uniform(0.02, 0.15))
    parts = [(kick, rng.uniform(0.5, 1)), (snare, rng.uniform(0.3, 1)), (hats, rng.uniform(0.05, 0.4))]
    return np.sum([gain * part / part.std() for part, gain in parts], axis=0)


def _bass(length: int, beat_s: float, key_hz: float, chords: ndarray, rng: np.random.Generator) -> ndarray:
    since, which = _since(length, _grid(length, beat_s / rng.choice([0.5, 1, 2]), 0.85, rng))
    root_hz = key_hz * 2 ** (SCALE[chords[which % len(chords)]] / 12)
    notes = _saw(np.where(root_hz > 90, root_hz / 2, root_hz), rng) * np.exp(-since / rng.uniform(0.15, 2))
    low = _tilt(length, rng.uniform(60, 300), rng.uniform(6, 18)) * (_hz(length) > 25)
    return _shape(notes, low + _bell(length, rng.uniform(400, 2000), 0.7, rng.uniform(0, 0.2)))


def _chords(length: int, beat_s: float, key_hz: float, chords: ndarray, rng: np.random.Generator) -> ndarray:
    since, which = _since(length, _grid(length, beat_s * rng.choice([0.5, 1, 4]), 0.9, rng))
    degree = chords[which % len(chords)]
    octave = 2.0 ** rng.integers(1, 4)
    voices = [
        _saw(octave * key_hz * 2 ** (SCALE[(degree + third) % 7] / 12) * (1 + rng.normal(0, 0.002)), rng)
        for third in (0, 2, 4)
    ]
    notes = np.sum(voices, axis=0) * np.exp(-since / rng.uniform(0.2, 5))
    tone = _tilt(length, rng.uniform(200, 4000), rng.uniform(3, 15)) * (_hz(length) > rng.uniform(30, 200))
    return _shape(notes, tone + _bell(length, rng.uniform(300, 6000), 0.8, rng.uniform(0, 1)))


def _voice(length: int, beat_s: float, key_hz: float, chords: ndarray, rng: np.random.Generator) -> ndarray:
    since, which = _since(length, _grid(length, beat_s / rng.choice([1, 2]), 0.7, rng))
    degree = rng.integers(7, size=len(chords))[which % len(chords)]
    time = np.arange(length) / RATE_HZ
    vibrato = 1 + 0.01 * np.sin(2 * np.pi * rng.uniform(4, 7) * time) * np.minimum(since / 0.3, 1)
    octave = rng.choice([2.0, 4.0])
    sung = _saw(octave * key_hz * 2 ** (SCALE[degree] / 12) * vibrato, rng)
    breath = rng.standard_normal(length) * rng.uniform(0.02, 0.3)
    centres = ((600, 1.0), (1300, 0.5), (2800, 0.3), (7000, rng.uniform(0.02, 0.3)))
    bells = [_bell(length, centre * rng.uniform(0.8, 1.25), 0.25, gain) for centre, gain in centres]
    onset = np.minimum(since / 0.04, 1) * np.exp(-since / rng.uniform(0.3, 2))
    return _shape((sung + breath) * onset, np.sum(bells, axis=0))
