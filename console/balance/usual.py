"""What is usual: the level that each role has in some kind of music, and how far songs lie about it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import yaml
from jaxtyping import Float
from torch import Tensor

from console.errors import InputError
from console.files.untrusted import load_yaml
from console.files.whole import whole_file
from console.read.roles import Role

MOST_DB = 60.0  # of a level, either way
LONGEST_SOURCE = 500  # letters that are read
USUAL = "what is usual "
LEAST_SPREAD_DB, MOST_SPREAD_DB = 0.25, 12.0


@dataclass(frozen=True)
class Usual:
    """Levels of roles in music of one kind, in dB relative to each other: one offset on all changes nothing.

    A role's level in a song is `console.balance.song_level_db`: of every ten seconds the two loudest, and the mean in
    dB of those in which it can be heard.

    Args:
        mean_db: mean over songs, by role; one that is missing is taken as in all music
            (`console.balance.genre.completed`).
        spread_db: standard deviation of songs about it, by role.
        source: whose it is, in words ("what is usual in metal", "12 songs in my-songs").

    Raises: InputError for a level or a spread that is no sensible number, or a role with the one and not the other.
    """

    mean_db: Mapping[Role, float]
    spread_db: Mapping[Role, float]
    source: str = ""

    def __post_init__(self) -> None:
        if set(self.mean_db) != set(self.spread_db):
            raise InputError("What is usual needs a level and a spread for each of its roles.")
        for role, mean_db in self.mean_db.items():
            if not abs(mean_db) <= MOST_DB:
                raise InputError(f"What is usual of {role} lies within {MOST_DB:g} dB, not at {mean_db:g} dB.")
            spread_db = self.spread_db[role]
            if not LEAST_SPREAD_DB <= spread_db <= MOST_SPREAD_DB:
                raise InputError(
                    f"Songs spread by {LEAST_SPREAD_DB:g} to {MOST_SPREAD_DB:g} dB about what is usual of {role}, not "
                    f"by {spread_db:g} dB."
                )

    @classmethod
    def of_rows(cls, mean_db: Iterable[float], spread_db: Iterable[float], source: str) -> "Usual":
        """Of all roles, in the order of `Role`; a spread that is too narrow is widened."""
        spreads = (min(max(float(spread), LEAST_SPREAD_DB), MOST_SPREAD_DB) for spread in spread_db)
        return cls(dict(zip(Role, map(float, mean_db), strict=True)), dict(zip(Role, spreads, strict=True)), source)

    @classmethod
    def load(cls, path: str | Path) -> "Usual":
        """As `save` wrote it, or by hand.

        Raises: InputError where the file cannot be read or does not say what is usual.
        """
        told = load_yaml(path, "what is usual")
        levels = told.get("levels")
        if not isinstance(levels, dict) or not levels:
            raise InputError(
                f'"{path}" does not say what is usual: it needs "levels", as mixconsole learn writes them.'
            )
        mean_db, spread_db = {}, {}
        for name, row in levels.items():
            if name not in set(Role):
                raise InputError(f'"{path}" tells of "{name}", which is no role: choose {", ".join(Role)}.')
            if not isinstance(row, dict) or not all(_is_number(row.get(key)) for key in ("mean_db", "spread_db")):
                raise InputError(f'"{path}" needs "mean_db" and "spread_db" of {name}, in dB.')
            mean_db[Role(name)], spread_db[Role(name)] = float(row["mean_db"]), float(row["spread_db"])
        return cls(mean_db, spread_db, str(told.get("source") or Path(path).name)[:LONGEST_SOURCE])

    def save(self, path: str | Path) -> None:
        """Write it as YAML that people can read and change."""
        levels = {
            role.value: {"mean_db": round(self.mean_db[role], 2), "spread_db": round(self.spread_db[role], 2)}
            for role in Role
            if role in self.mean_db
        }
        with whole_file(Path(path)) as file:
            file.write_text(yaml.safe_dump({"source": self.source, "levels": levels}, sort_keys=False))

    def rounded(self) -> "Usual":
        """To hundredths, as it is written down."""
        mean_db, spread_db = ({role: round(db, 2) for role, db in of.items()} for of in (self.mean_db, self.spread_db))
        return replace(self, mean_db=mean_db, spread_db=spread_db)

    @property
    def where(self) -> str:
        """Where it is usual, in few words: "in metal"; for the place behind "is usual"."""
        short = self.source.partition(" (")[0]
        return short.removeprefix(USUAL) if short.startswith(USUAL) else f"in {short or 'what you told'}"

    def of(self, roles: Sequence[Role]) -> Float[Tensor, "stem 2"]:
        """How a console is told: mean and spread of each stem's role, dB; a spread of 0 where nothing is told.

        Each of several stems of a role is told the role's own level, which is that of their sum, as it is in training.
        """
        return torch.tensor([[self.mean_db.get(role, 0.0), self.spread_db.get(role, 0.0)] for role in roles])


def untold(stems: int) -> Float[Tensor, "stem 2"]:
    """How a console is told of so many stems that nothing is known of what is usual."""
    return torch.zeros(stems, 2)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
