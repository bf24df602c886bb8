"""Songs and stems of noise, in memory and as files."""

import zlib
from pathlib import Path

import numpy as np
import soundfile as sf
import torch

from console.read.song import Song

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
        audio = noise(1000, 2, seed=zlib.crc32(path.name.encode("utf-8", "surrogateescape")))
    subtype = "PCM_24" if path.suffix == ".flac" else subtype
    sf.write(path, audio, rate, subtype, format="FLAC" if path.suffix == ".flac" else "WAV")
    return path


def make(audio: torch.Tensor | None = None, names=("kick", "vox"), rate: int = RATE, **details) -> Song:
    return Song(torch.from_numpy(noise(len(names), 2, 500)) if audio is None else audio, names, rate, **details)
