"""CLAP, where the user has it as a folder of transformers: how well words fit a sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray

from console.audio._torchaudio import resampler
from console.errors import InputError
from console.music.music import Tag

PIECES, PIECE_S = 6, 10.0  # evenly spread over the song: as long as what CLAP was trained on


@dataclass(frozen=True)
class Fit:
    """How likely each word is, the others being the only ones there are; and a vector to compare songs by."""

    words: tuple[Tag, ...]
    embedding: tuple[float, ...]


@torch.no_grad()
def fit(folder: Path, mono: Float[ndarray, " time"], sample_rate: int, words: Sequence[str]) -> Fit:
    """How well words fit a sound, the best first. Raises: InputError for no words, and for a folder without CLAP."""
    if len(set(words)) < 2:
        raise InputError("CLAP holds words against each other: give two at least.")
    try:
        from transformers import AutoTokenizer, ClapFeatureExtractor, ClapModel

        model: Any = ClapModel.from_pretrained(str(folder), local_files_only=True, use_safetensors=True).eval()
        hear = ClapFeatureExtractor.from_pretrained(str(folder), local_files_only=True)
        read = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except Exception as error:  # whatever transformers raises at a folder that is none
        reason = str(error).splitlines()[0][:200].rstrip(".")
        raise InputError(f'"{folder}" is no folder with a ClapModel of transformers ({reason}).') from error
    resample = resampler(sample_rate, hear.sampling_rate)
    if resample is None:
        raise InputError(f"A mix at {sample_rate} Hz cannot be brought to CLAP's rate: convert it first.")
    length = min(len(mono), round(PIECE_S * sample_rate))
    starts = sorted({round(at) for at in np.linspace(0, len(mono) - length, PIECES)})
    pieces = [resample(torch.from_numpy(mono[start : start + length])).numpy() for start in starts]
    heard = hear(pieces, sampling_rate=hear.sampling_rate, truncation="rand_trunc", return_tensors="pt")
    given = model(**read(list(dict.fromkeys(words)), padding=True, return_tensors="pt"), **heard)
    chances = given.logits_per_audio.mean(0).softmax(-1).tolist()
    rows = sorted(zip(dict.fromkeys(words), chances, strict=True), key=lambda row: -row[1])
    mean = given.audio_embeds.mean(0)
    embedding = (mean / mean.norm()).tolist()
    return Fit(tuple(Tag(word, round(chance, 4)) for word, chance in rows), tuple(round(x, 6) for x in embedding))
