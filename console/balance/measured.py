"""What is measured of a song to tell its balance: the energy of each role over time, and from it their levels."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from console.balance.prior import ROLES
from console.balance.song import song_level_db
from console.network.features import FRAMES, STEP_S, offset, powers
from console.read.roles import Role
from console.read.song import Song

BLOCK = 50  # steps whose spectra are in memory at once
AROUND = 2  # steps: frames look 25 ms beyond theirs
QUIETEST_DB = -40.0  # a role this far below the loudest one is left over, and tells of no balance
FAINTEST, HOTTEST = 1e-6, 1e6  # peaks beyond which energies would leave the range of float32


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
def measure_song(song: Song, gains_db: Sequence[float] | Float[Tensor, " stem"] | None = None) -> Measured:
    """Measures a song with a gain on each stem, as its table for training would be; in blocks of 10 s of spectra.

    Args:
        gains_db: in the song's order; none by default.
    """
    peak = float(song.peaks.max())
    scale = 1.0 if FAINTEST < peak < HOTTEST or peak == 0 else 1 / peak
    gains = torch.zeros(len(song.names)) if gains_db is None else torch.as_tensor(gains_db, dtype=torch.float32)
    member = torch.tensor([[own is role for own in song.roles] for role in ROLES]).float()
    member = member * (~song.silent) * scale * 10 ** (gains / 20)
    step = FRAMES * round(STEP_S / FRAMES * song.sample_rate)
    steps = max(1, round(song.audio.shape[-1] / step))
    off = offset(song.audio)
    blocks = []
    for start in range(0, steps, BLOCK):
        stop = min(start + BLOCK, steps)
        first = max(start - AROUND, 0)
        last = stop + AROUND if stop < steps else None
        block = song.audio[..., first * step : last and last * step] - off
        roles = torch.einsum("rs,sct->rct", member, block)
        blocks.append(powers(roles, song.sample_rate)[:, start - first : stop - first])
    return Measured(song.title, torch.cat(blocks, dim=-1), 20 * float(torch.tensor(scale).log10()))
