"""Consoles with random weights: what holds of them does not come from training."""

import torch

from console import Console, Song
from console.balance import ROLES as EVERY_ROLE
from console.network.features import Features, measure
from console.read.roles import Role

RATE_HZ = 8_000  # the lowest that a song may have
ROLES = (Role.VOCALS, Role.DRUMS, Role.BASS, Role.OTHER)


def random_console(seed: int = 0, **options: object) -> Console:
    """A small console whose head is not zero, in evaluation."""
    torch.manual_seed(seed)
    console = Console(**{"width": 32, "depth": 2, "song_depth": 1, "heads": 2, **options})
    torch.nn.init.normal_(console.head.weight, std=0.5)
    torch.nn.init.normal_(console.head.bias, std=0.5)
    torch.nn.init.normal_(console.encoder.unheard, std=1.0)
    return console.eval()


def make_song(stems: int, seed: int = 0, seconds: float = 1.5, rate: int = RATE_HZ) -> Song:
    """Stems of noise at different levels; their roles come round after four."""
    generator = torch.Generator().manual_seed(seed)
    audio = torch.randn(stems, 2, round(seconds * rate), generator=generator) * 0.1
    audio *= torch.rand(stems, 1, 1, generator=generator) + 0.2
    names = tuple(f"stem {i}" for i in range(stems))
    return Song(audio, names, rate, roles=tuple(ROLES[i % 4] for i in range(stems)))


def with_stems(song: Song, audio: torch.Tensor, order: list[int] | None = None) -> Song:
    """The song with other audio, and its stems in another order or only some of them."""
    order = list(range(len(song.names))) if order is None else order
    return Song(audio, tuple(song.names[i] for i in order), song.sample_rate, tuple(song.roles[i] for i in order))


def heard(song: Song, seconds: float = 10.0) -> Features:
    """Features "window source ..." of a song's windows, side by side."""
    length = round(seconds * song.sample_rate)
    windows = song.audio.split(length, -1)
    return Features(*map(torch.stack, zip(*(measure(w, song.sample_rate) for w in windows), strict=True)))


def rows(song: Song, anchor: int | None = None) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Role, anchor and heard (all of them) as `Console.forward` takes them, for a batch of one."""
    role = torch.tensor([[EVERY_ROLE.index(role) for role in song.roles]])
    is_anchor = torch.arange(role.shape[1])[None] == (-1 if anchor is None else anchor)
    return role, is_anchor, torch.ones_like(is_anchor)


def batch(features: Features) -> Features:
    """A batch of one."""
    return Features(*(part[None] for part in features))
