"""What is measured of a song to tell its balance: the energy of each role over time, and from it their levels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from console.balance.prior import ROLES
from console.balance.song import song_level_db
from console.network.features import steps_of
from console.read.roles import Role
from console.read.song import Song
from console.stream.extremes import as_key
from console.stream.sound import Sound
from console.stream.steps import AskPowers

QUIETEST_DB = -40.0  # a role this far below the loudest one is left over, and tells of no balance

Gains = Sequence[float] | Float[Tensor, " stem"]


@dataclass(frozen=True, eq=False)
class Measured:
    """One song's roles, each the sum of its stems.

    Args:
        title: of the song.
        power: mean square in steps of 0.2 s, in the order of `Role`; 0 for a role that the song lacks.
        scale_db: what the samples were measured louder than they are.
    """

    title: str
    power: Float[Tensor, "role step"]
    scale_db: float = 0.0

    @property
    def level_db(self) -> dict[Role, float]:
        """Level of each role that is to be heard, dB, as `song_level_db` has it."""
        level_db = song_level_db(self.power)
        there = self.power.sum(-1) > 0
        heard = there & (level_db > level_db[there].amax() + QUIETEST_DB) if bool(there.any()) else there
        rows = zip(ROLES, level_db.tolist(), heard.tolist(), strict=True)
        return {role: db - self.scale_db for role, db, sounds in rows if sounds}


@torch.no_grad()
def measure_song(song: Song, gains_db: Gains | None = None) -> Measured:
    """Measures a song with a gain on each stem, as its table for training would be.

    Args:
        gains_db: in the song's order; none by default.
    """
    roles, question = asked_of(song, gains_db)
    power = torch.zeros(len(ROLES), steps_of(song.sound.frames, song.sample_rate))
    power[_there(song)] = roles.ask(question).to(power)
    return Measured(song.title, power, 20 * math.log10(song.extremes.scale))


def asked_of(song: Song, gains_db: Gains | None = None) -> tuple[Sound, AskPowers]:
    """What `measure_song` asks, for whoever asks it beside other things: the powers of the roles that there are."""
    gains = torch.zeros(len(song.names)) if gains_db is None else torch.as_tensor(gains_db, dtype=torch.float32)
    member = torch.tensor([[own is ROLES[at] for own in song.roles] for at in _there(song)]).float()
    member = member * (~song.silent) * 10 ** (gains / 20)
    offset = torch.einsum("rs,sc->rc", member, song.extremes.offset)
    return song.sound.mixed(member), AskPowers(as_key(offset), song.extremes.scale)


def _there(song: Song) -> list[int]:
    return [at for at, role in enumerate(ROLES) if role in song.roles]
