"""Our own instruments: a subtractive synthesiser and a drum machine, another sound for every number."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from scipy.signal import butter, sosfilt

from console.data.synth.drums import TOMS
from console.data.synth.perform import RATE_HZ, Event

SHAPES = ("saw", "square", "triangle", "sine", "fm")
RELEASE_S = {"pad": 0.5, "keys": 0.15, "pluck": 0.2, "lead": 0.1, "synth bass": 0.04}


def synthesise(events: Sequence[Event], patch: int, style: str, seconds: float) -> Float32[ndarray, "2 time"]:
    """The events on one to four detuned oscillators through a low pass that closes as a note decays."""
    rng = np.random.default_rng(patch)
    length = round(seconds * RATE_HZ)
    bass = style == "synth bass"
    shape = str(rng.choice(SHAPES, p=[0.45, 0.2, 0.1, 0.1, 0.15]))
    voices = 1 if bass else int(rng.integers(2, 5))
    cents = rng.normal(0, rng.uniform(3, 14), voices)
    sides = np.linspace(-1, 1, voices) * rng.uniform(0.3, 1.0) if voices > 1 else np.zeros(1)
    attack_s = rng.uniform(0.1, 0.6) if style == "pad" else rng.uniform(0.002, 0.02)
    decay_s = rng.uniform(1.5, 8) if style in ("pad", "lead") else rng.uniform(0.12, 1.2)
    dark_hz = rng.uniform(120, 500) if bass else rng.uniform(400, 2500)
    bright_hz = dark_hz * rng.uniform(2, 8)
    release_s = RELEASE_S.get(style, 0.1)
    raw = np.zeros((2, 2, length), dtype=np.float32)  # what passes the bright filter, and what the dark one; channels
    for event in events:
        start = round(event.start_s * RATE_HZ)
        count = min(round((event.length_s + release_s) * RATE_HZ), length - start)
        if count <= 0:
            continue
        time = np.arange(count, dtype=np.float32) / RATE_HZ
        envelope = np.minimum(time / attack_s, 1) * np.exp(-time / decay_s)
        envelope *= np.clip((event.length_s + release_s - time) / release_s, 0, 1) * (event.velocity / 100) ** 1.5
        opening = np.exp(-time / (0.3 * decay_s)) * event.velocity / 110
        hz = 440 * 2 ** ((event.pitch - 69) / 12)
        for cent, side in zip(cents, sides, strict=True):
            wave = _wave(shape, hz * 2 ** (cent / 1200), count, rng.random(), time) * envelope
            for channel, gain in enumerate((1 - side, 1 + side)):
                raw[0, channel, start : start + count] += gain * wave * opening
                raw[1, channel, start : start + count] += gain * wave * (1 - opening)
    for layer, corner_hz in zip(raw, (bright_hz, dark_hz), strict=True):
        layer[:] = sosfilt(butter(4, min(corner_hz, 18_000), fs=RATE_HZ, output="sos").astype(np.float32), layer)
    audio: ndarray = raw.sum(0)
    if bass and rng.random() < 0.6:  # a sine below keeps the root where the ear wants it
        audio = audio + 0.8 * synthesise_sine(events, seconds)
    return audio


def synthesise_sine(events: Sequence[Event], seconds: float) -> Float32[ndarray, "1 time"]:
    """Sines, as sub-basses are."""
    audio = np.zeros((1, round(seconds * RATE_HZ)), dtype=np.float32)
    for event in events:
        start = round(event.start_s * RATE_HZ)
        count = min(round((event.length_s + 0.03) * RATE_HZ), audio.shape[1] - start)
        time = np.arange(max(count, 0), dtype=np.float32) / RATE_HZ
        envelope = np.minimum(time / 0.005, 1) * np.clip((event.length_s + 0.03 - time) / 0.03, 0, 1)
        hz = 440 * 2 ** ((event.pitch - 69) / 12)
        audio[0, start : start + len(time)] += event.velocity / 100 * envelope * np.sin(2 * np.pi * hz * time)
    return audio


def _wave(shape: str, hz: float, count: int, phase: float, time: ndarray) -> ndarray:
    if shape == "sine":
        return np.sin(2 * np.pi * (hz * time + phase))
    if shape == "fm":
        return np.sin(2 * np.pi * hz * time + 2 * np.exp(-3 * time) * np.sin(4 * np.pi * hz * time))
    step = np.float32(hz / RATE_HZ)
    turn = ((np.arange(count) * float(step) + phase) % 1).astype(np.float32)
    if shape == "triangle":
        return 4 * np.abs(turn - 0.5) - 1
    saw = _smooth_saw(turn, step)
    return saw if shape == "saw" else saw - _smooth_saw((turn + np.float32(0.4)) % 1, step)


def _smooth_saw(turn: ndarray, step: np.float32) -> ndarray:
    """A saw whose jump is rounded over two samples (PolyBLEP), which keeps most aliases away."""
    saw = 2 * turn - 1
    late, early = turn < step, turn > 1 - step
    after, before = turn[late] / step, (turn[early] - 1) / step
    saw[late] -= 2 * after - after**2 - 1
    saw[early] -= before**2 + 2 * before + 1
    return saw


def beat(events: Sequence[Event], patch: int, seconds: float) -> Float32[ndarray, "2 time"]:
    """The events on the drum machine: each pitch is one sound, made once and struck at each event."""
    rng = np.random.default_rng(patch)
    makers = {36: _kick, 38: _snare, 37: _rim, 39: _clap}
    length = round(seconds * RATE_HZ)
    audio = np.zeros((2, length), dtype=np.float32)
    hits: dict[int, ndarray] = {}
    for pitch in sorted({event.pitch for event in events}):
        own = np.random.default_rng([patch, pitch])
        if pitch in makers:
            hits[pitch] = makers[pitch](own)
        else:
            hits[pitch] = _tom(own, pitch) if pitch in TOMS else _cymbal(own, pitch)
    for event in events:
        start = round(event.start_s * RATE_HZ)
        hit = hits[event.pitch][: length - start] * (event.velocity / 110) ** 1.5 * rng.uniform(0.93, 1)
        audio[:, start : start + len(hit)] += hit.astype(np.float32)
    return audio


def _time(length_s: float) -> ndarray:
    return np.arange(round(length_s * RATE_HZ)) / RATE_HZ


def _noise(length_s: float, low_hz: float, high_hz: float, rng: np.random.Generator) -> ndarray:
    band = butter(2, [low_hz, high_hz], "band", fs=RATE_HZ, output="sos")
    return sosfilt(band, rng.standard_normal(round(length_s * RATE_HZ)))


def _faded(hit: ndarray) -> ndarray:
    fade = min(400, len(hit))
    hit[-fade:] *= np.linspace(1, 0, fade)
    return hit / np.abs(hit).max()


def _kick(rng: np.random.Generator) -> ndarray:
    time = _time(rng.uniform(0.25, 0.8))
    sweep_hz = rng.uniform(42, 62) * (1 + rng.uniform(2, 7) * np.exp(-time / rng.uniform(0.01, 0.04)))
    body = np.sin(2 * np.pi * np.cumsum(sweep_hz) / RATE_HZ) * np.exp(-time * rng.uniform(1, 2) / time[-1] * 2.5)
    click = rng.standard_normal(len(time)) * np.exp(-time / 0.003) * rng.uniform(0.02, 0.3)
    return _faded(np.tanh(rng.uniform(1, 3) * (body + click)))


def _snare(rng: np.random.Generator) -> ndarray:
    length_s = rng.uniform(0.15, 0.4)
    time = _time(length_s)
    tone = np.sin(2 * np.pi * rng.uniform(160, 240) * time) * np.exp(-time / rng.uniform(0.03, 0.08))
    noise = _noise(length_s, rng.uniform(300, 1500), rng.uniform(7000, 14000), rng)
    return _faded(rng.uniform(0.3, 1) * tone + noise * np.exp(-time / rng.uniform(0.04, 0.15)))


def _clap(rng: np.random.Generator) -> ndarray:
    time = _time(0.3)
    noise = _noise(0.3, rng.uniform(600, 1100), rng.uniform(2500, 8000), rng)
    bursts = sum(np.exp(-((time - late) % 9) / 0.008) * (time >= late) for late in (0, 0.011, 0.022))
    return _faded(noise * (bursts + 0.6 * np.exp(-time / rng.uniform(0.05, 0.12)) * (time > 0.03)))


def _rim(rng: np.random.Generator) -> ndarray:
    time = _time(0.08)
    return _faded(np.sin(2 * np.pi * rng.uniform(900, 2200) * time) * np.exp(-time / rng.uniform(0.008, 0.02)))


def _tom(rng: np.random.Generator, pitch: int) -> ndarray:
    time = _time(0.5)
    sweep_hz = 75 * 2 ** ((pitch - 41) / 9) * (1 + 0.6 * np.exp(-time / 0.04))
    return _faded(np.sin(2 * np.pi * np.cumsum(sweep_hz) / RATE_HZ) * np.exp(-time / rng.uniform(0.1, 0.25)))


def _cymbal(rng: np.random.Generator, pitch: int) -> ndarray:
    length_s = {42: 0.12, 44: 0.1, 46: 0.45, 49: 2.0, 51: 0.8}.get(pitch, 0.2)
    time = _time(length_s)
    metal = sum(np.sign(np.sin(2 * np.pi * hz * time)) for hz in rng.uniform(2000, 9000, 6)) / 6
    band = butter(2, rng.uniform(5000, 8500), "high", fs=RATE_HZ, output="sos")
    mixed = sosfilt(band, metal + rng.uniform(0.3, 1.5) * rng.standard_normal(len(time)))
    return _faded(mixed * np.exp(-time / (length_s * rng.uniform(0.2, 0.4))))
