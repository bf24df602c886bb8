"""Genres, and what each of them adds to what is usual in all music."""

from dataclasses import replace
from enum import StrEnum
from functools import cache
from importlib.resources import files

import numpy as np
import yaml
from jaxtyping import Float
from numpy import ndarray

from console.balance.prior import ROLES, BalancePrior
from console.balance.usual import Usual
from console.read.roles import Role


class Genre(StrEnum):
    """A style of music with conventions of balance of its own."""

    ROCK = "rock"
    METAL = "metal"
    POP = "pop"
    RAP = "rap"
    COUNTRY = "country"
    ELECTRONIC = "electronic"
    BALLAD = "ballad"
    FUNK = "funk"
    JAZZ = "jazz"
    LATIN = "latin"
    REGGAE = "reggae"
    FOLK = "folk"


@cache
def conventions_db() -> dict[Genre, Float[ndarray, " role"]]:
    """What a genre adds to the usual levels of the roles, dB."""
    told = yaml.safe_load(files("console.balance").joinpath("genres.yaml").read_text())
    return {genre: np.array([told[genre].get(role.value, 0.0) for role in ROLES]) for genre in Genre}


def usual_in(genre: Genre) -> Usual:
    """Levels of a genre.

    Its songs spread by what the songs of all music spread, less what the genres differ by: little less.
    """
    prior = BalancePrior.load()
    apart = np.var(list(conventions_db().values()), axis=0)
    spread_db = np.sqrt(np.square(prior.song_sd_db) - apart)
    mean_db = np.array(prior.song_mean_db) + conventions_db()[genre]
    return Usual.of_rows(mean_db, spread_db, f"what is usual in {genre}")


def usual_in_all_music() -> Usual:
    """Levels of all music, by which a console judges that is told nothing."""
    prior = BalancePrior.load()
    return Usual.of_rows(prior.song_mean_db, prior.song_sd_db, "what is usual in all music")


def completed(usual: Usual) -> Usual:
    """With the roles that it does not tell as in all music, raised by what those that it tells are higher on average.

    One that tells nothing stays as it is.
    """
    told = usual.mean_db.keys()
    if not told or told == set(ROLES):
        return usual
    all_music = usual_in_all_music()
    higher_db = sum(usual.mean_db[role] - all_music.mean_db[role] for role in told) / len(told)
    mean_db: dict[Role, float] = {role: db + higher_db for role, db in all_music.mean_db.items()} | dict(usual.mean_db)
    return replace(usual, mean_db=mean_db, spread_db={**all_music.spread_db, **usual.spread_db})
