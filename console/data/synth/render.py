"""One song on disk: four stems and their mixture as MUSDB18-HQ has them, the native stems, and song.json."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import soundfile
from jaxtyping import Int32
from numpy import ndarray

from console.balance import ROLES
from console.data.sources.native import LISTING, NATIVE
from console.data.synth.compose import compose
from console.data.synth.level import set_levels
from console.data.synth.perform import RATE_HZ
from console.data.synth.produce import produce
from console.data.synth.score import Score


def render_song(folder: Path, seed: int, index: int, seconds: float, native: bool = True) -> None:
    """Compose, play and write song `index` of a seed into an existing folder.

    Raises `InputError` where an instrument cannot be played.
    """
    score = compose(seed, index, seconds)
    natives, balance = set_levels(score, produce(score))
    roles = [part.role for part in score.parts]
    stems = {role: _sum([native for native, its in zip(natives, roles, strict=True) if its == role]) for role in ROLES}
    for role, stem in stems.items():
        write_24_bit(folder / f"{role}.wav", stem)
    write_24_bit(folder / "mixture.wav", _sum(list(stems.values())))
    if native:
        (folder / NATIVE).mkdir()
        for part, audio in zip(score.parts, natives, strict=True):
            write_24_bit(folder / NATIVE / f"{part.name}.wav", audio)
    (folder / LISTING).write_text(json.dumps(described(score, balance), indent=1) + "\n", "utf-8")


def _sum(stems: list[Int32[ndarray, "2 time"]]) -> Int32[ndarray, "2 time"]:
    return np.stack(stems).sum(0, dtype=np.int32)


def described(score: Score, balance: dict[str, object]) -> dict[str, object]:
    """What song.json tells: what was drawn, not every note."""
    beat_s = 60 / score.tempo_bpm
    told = {
        key: value for key, value in asdict(score).items() if key not in ("parts", "chords", "sections", "swing_step")
    }
    sections = [
        {
            "name": section.name,
            "start_s": round(section.start_bar * score.bar_beats * beat_s, 3),
            "bars": section.bars,
        }
        for section in score.sections
    ]
    native = [
        {
            "name": part.name,
            "file": f"{NATIVE}/{part.name}.wav",
            "role": str(part.role),
            "player": part.player,
            "patch": part.patch,
            "style": part.style,
        }
        for part in score.parts
    ]
    return {**told, "sections": sections, "native": native, "balance": balance}


def write_24_bit(path: Path, audio: Int32[ndarray, "2 time"]) -> None:
    """24-bit WAV of integers of that width, unchanged."""
    soundfile.write(path, audio.T << 8, RATE_HZ, "PCM_24")
