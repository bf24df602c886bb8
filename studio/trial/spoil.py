"""Putting a flaw on a song, and keeping the truth of it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float
from torch import Tensor

from console.errors import InputError
from console.read.roles import Role
from console.read.song import Song
from console.stream.peak import true_peak_dbtp
from studio.mixdown import trim_for

HEADROOM_DB = 1.0  # true peak that no mix of a demonstration goes over, dB below full scale: so none clips in a player
INEXACT_DB = 1.0  # how much louder than the original a corrected mix may be
CLEAR_DB = (9.0, 12.0)  # a flaw that is drawn is one that anybody hears
FILE = "flaw.json"


@dataclass(frozen=True, eq=False)
class Spoilt:
    """A song after a flaw.

    Args:
        song: the stems with the flaw on one of them.
        stem, flaw_db: which one, and the gain that was wrongly put on it.
    """

    song: Song
    stem: str
    flaw_db: float

    @property
    def correction_db(self) -> list[float]:
        """The right correction of every stem, in the song's order."""
        return [-self.flaw_db if name == self.stem else 0.0 for name in self.song.names]


def spoil(song: Song, stem: str, flaw_db: float) -> Spoilt:
    """Puts `flaw_db` on one stem.

    Raises: InputError for an unknown stem, and for a silent one, which no gain can spoil.
    """
    at = song.index(stem)
    if song.silent[at]:
        raise InputError(f'The stem "{stem}" is silent: choose one that sounds.')
    gains_db = [0.0] * len(song.names)
    gains_db[at] = flaw_db
    return Spoilt(song.with_gains_db(gains_db), song.names[at], flaw_db)


def trim_below(mixes: Iterable[Float[Tensor, "channel time"]], sample_rate: int) -> float:
    """The gain, at most 0 dB, on all stems with which none of these mixes goes over -1 dBTP."""
    peak_dbtp = max(true_peak_dbtp(mix, sample_rate) for mix in mixes)
    return trim_for(peak_dbtp, HEADROOM_DB) if peak_dbtp > -HEADROOM_DB else 0.0


def softened(spoilt: Spoilt, original: Song) -> Spoilt:
    """The spoiled song, lower as a whole, so that neither it nor a correction of it goes over -1 dBTP."""
    louder_db = [INEXACT_DB] * len(original.names)
    trim_db = trim_below((spoilt.song.mix(), original.mix(louder_db)), original.sample_rate)
    return replace(spoilt, song=spoilt.song.with_gains_db([trim_db] * len(original.names)))


def draw_stem(song: Song, rng: np.random.Generator, anchor: str | None = None) -> str:
    """A stem that sounds and is not the anchor: vocals, drums or bass where there are any.

    Raises: InputError when no stem is free.
    """
    silent = song.silent.tolist()
    free = [i for i, name in enumerate(song.names) if not silent[i] and name != anchor]
    if not free:
        raise InputError(f'"{song.title}" has no stem that could be given a flaw.')
    main = [i for i in free if song.roles[i] is not Role.OTHER]
    return song.names[rng.choice(main or free)]


def draw_flaw_db(rng: np.random.Generator) -> float:
    """A clear flaw, up or down, in half dB."""
    return round(2 * rng.uniform(*CLEAR_DB)) / 2 * float(rng.choice([-1, 1]))


def write_truth(folder: Path, spoilt: Spoilt) -> None:
    """Writes flaw.json: the song, and each stem's flaw in dB."""
    flaw_db = {name: spoilt.flaw_db if name == spoilt.stem else 0.0 for name in spoilt.song.names}
    truth = {"song": spoilt.song.title, "flaw_db": flaw_db}
    (folder / FILE).write_text(json.dumps(truth, indent=2) + "\n", encoding="utf-8")
