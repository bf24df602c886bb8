"""Songs of noise: every stem another sound, none of them steady, all of them audible."""

from collections.abc import Sequence

import torch

from console import Song
from console.read.roles import Role

RATE_HZ = 44_100


def noise_song(
    roles: Sequence[Role] = tuple(Role), seconds: float = 10.0, seed: int = 0, rate: int = RATE_HZ, title: str = "noise"
) -> Song:
    """Stereo stems of coloured noise, whose loudness changes every second."""
    generator = torch.Generator().manual_seed(seed)
    audio = 0.1 * torch.randn(len(roles), 2, round(seconds * rate), generator=generator)
    colour = torch.rand(len(roles), 1, 1, generator=generator) * 1.8 - 0.9
    audio = audio + colour * audio.roll(1, -1)
    loudness = torch.rand(len(roles), 1, int(seconds) + 1, generator=generator) * 0.8 + 0.2
    names = tuple(f"{role} {index}" for index, role in enumerate(roles))
    audio = audio * loudness.repeat_interleave(rate, -1)[..., : audio.shape[-1]]
    return Song(audio, names, rate, roles=tuple(roles), title=title)
