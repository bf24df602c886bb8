"""Clips: short pieces of sound that a language model with ears is given, and what each of them is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Float, Float32
from torch import Tensor

from console.audio._torchaudio import resampler
from console.errors import InputError


class Part(StrEnum):
    """What of a song a clip has."""

    MIX = "mix"
    STEM = "stem"  # one of them
    REST = "rest"  # the mix without that stem


@dataclass(frozen=True, eq=False)
class Clip:
    """A piece of sound, in one channel.

    Args:
        audio: at the level that it has in the mix; full scale is 1.0.
        rate_hz: of the audio.
        part: what it is.
        stem: that it is, or that it is the rest of; None for the mix.
        version: of the song, "A" or "B", where there are two.
    """

    audio: Float[Tensor, " time"]
    rate_hz: int
    part: Part
    stem: str | None = None
    version: str = ""

    def at(self, rate_hz: int) -> Float32[np.ndarray, " time2"]:
        """The samples at another rate."""
        audio: Float32[np.ndarray, " time2"] = resampled(self.audio, self.rate_hz, rate_hz).float().numpy()
        return audio


def resampled(audio: Float[Tensor, "*shape time"], rate_hz: int, to_hz: int) -> Float[Tensor, "*shape time2"]:
    """Audio at another rate.

    Raises: InputError for rates with hardly a common divisor.
    """
    if rate_hz == to_hz:
        return audio
    resample = resampler(rate_hz, to_hz)
    if resample is None:
        raise InputError(f"Audio at {rate_hz} Hz cannot be brought to {to_hz} Hz: convert it to 44100 Hz first.")
    return resample(audio)


def listing(clips: Sequence[Clip], called: Mapping[str, str]) -> str:
    """Which clip is what, in the words of a prompt: "Audio 1: drums in A. Audio 2: the rest in A." ...

    Args:
        called: the stems' aliases by their names.
    """

    def label(clip: Clip) -> str:
        what = called[clip.stem] if clip.part is Part.STEM and clip.stem is not None else f"the {clip.part}"
        return f"{what} in {clip.version}" if clip.version else what

    return " ".join(f"Audio {at}: {label(clip)}." for at, clip in enumerate(clips, start=1))
