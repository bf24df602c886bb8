"""A console whose judgement is known, and songs whose levels are."""

from collections.abc import Mapping

import torch
from songs import noise_song

from console import Console, Song
from console.network.posterior import GainPosterior

NAMES = ("vocals", "drums", "bass", "other")
LEVEL_DB = -20.0  # mean power of a stem that is right
RATE_HZ = 8_000


class LevelEar(Console):
    """Believes for certain that every stem belongs at one level, or, where there is an anchor, at the anchor's."""

    def listen(self, song, anchor=None, most_windows=None, mix_only=False, usual=None):
        level_db = 10 * song.audio.square().mean((1, 2)).clamp_min(1e-12).log10()
        aim_db = torch.tensor(LEVEL_DB) if anchor is None else level_db[song.index(anchor)]
        certain = GainPosterior.certain(song.names, (aim_db - level_db).clamp(-24, 24), anchor)
        return GainPosterior(song.names, certain.probability, anchor, song.silent)


def levelled(flaws_db: Mapping[str, float] | None = None, seconds: float = 4.0, names=NAMES, title="noise") -> Song:
    """Stems of noise, one of each role, that are right but for the flaws."""
    noise = noise_song(seconds=seconds, rate=RATE_HZ)
    flaws_db = flaws_db or {}
    audio = noise.audio / noise.audio.square().mean((1, 2), keepdim=True).sqrt() * 10 ** (LEVEL_DB / 20)
    gains = torch.tensor([10 ** (flaws_db.get(name, 0.0) / 20) for name in names])
    return Song(audio * gains[:, None, None], names, RATE_HZ, roles=noise.roles, title=title)


def faders(session) -> dict[str, float]:
    """Where they stand."""
    return dict(zip(session.song.names, session.state.gains_db, strict=True))
