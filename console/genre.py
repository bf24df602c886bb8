"""Genres, and what is usual in each of their balances."""

from enum import StrEnum
from functools import cache
from importlib.resources import files

import numpy as np
import yaml
from jaxtyping import Float
from numpy import ndarray

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


UNKNOWN = 0  # the index of no declared genre; genre i of the list has index i + 1
N_GENRES = len(Genre) + 1


def genre_index(genre: Genre | None) -> int:
    """How the network is told a genre."""
    return UNKNOWN if genre is None else 1 + list(Genre).index(genre)


@cache
def conventions_db() -> Float[ndarray, "genre role"]:
    """What a genre adds to the usual levels of the roles, dB; the first row, of an unknown genre, is 0."""
    told = yaml.safe_load(files("console").joinpath("genres.yaml").read_text())
    of_genre = [[told[genre].get(role.value, 0.0) for role in Role] for genre in Genre]
    return np.array([[0.0] * len(Role), *of_genre])
