"""How sound has to be for an encoder: its rate, and how many channels."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from console.audio._torchaudio import resampler
from console.errors import InputError


@dataclass(frozen=True)
class HeardAs:
    """A rate in Hz, and 1 channel or 2."""

    rate_hz: int = 16_000
    channels: int = 1

    def __post_init__(self) -> None:
        if self.rate_hz < 1 or self.channels not in (1, 2):
            raise InputError(
                f"Sound is heard at a rate, in one channel or two, not at {self.rate_hz} Hz in {self.channels}."
            )

    def of(self, audio: Float[Tensor, "stem channel time"], rate_hz: int) -> Float[Tensor, "stem channel2 time2"]:
        """Stems at another rate, brought to this: mono is the mean of both sides, and stereo of mono is twice the same.

        Raises: InputError for a rate from which there is no way.
        """
        if self.channels == 1:
            audio = audio.mean(1, keepdim=True)
        elif audio.shape[1] == 1:
            audio = audio.expand(-1, 2, -1)
        if rate_hz == self.rate_hz:
            return audio
        resample = resampler(rate_hz, self.rate_hz)
        if resample is None:
            raise InputError(f"Sound at {rate_hz} Hz cannot be brought to {self.rate_hz} Hz: convert it first.")
        return torch.stack([resample(stem) for stem in audio])
