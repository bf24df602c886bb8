"""Genre, tempo, key and meter of a song, as `song.json` beside it tells them."""

from pathlib import Path
from typing import Annotated, NamedTuple, Protocol, runtime_checkable

from pydantic import BaseModel, Field, ValidationError

from console.balance.genre import Genre

NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"": 0, "#": 1, "b": -1}
# By how many semitones the tonic lies above that of the major scale of the same notes.
MODES = {
    **{"major": 0, "dorian": 2, "phrygian": 4, "lydian": 5, "mixolydian": 7, "minor": 9, "locrian": 11},
    "harmonic minor": 9,  # but for its seventh
}


class Style(NamedTuple):
    """What decides whether two songs go together.

    Args:
        tempo_bpm: quarter notes a minute.
        key: pitch class of the tonic, 0 for C.
        mode: one of `MODES`.
        meter: such as 4/4.
    """

    tempo_bpm: float
    key: int
    mode: str
    meter: str

    @property
    def relative_major(self) -> int:
        """Pitch class of the tonic of the major key with the same notes."""
        return (self.key - MODES[self.mode]) % 12


class _Told(BaseModel):
    tempo_bpm: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    key: Annotated[str, Field(pattern="^[A-G][#b]?$")]
    mode: str
    meter: str


@runtime_checkable
class Labelled(Protocol):
    """A source that knows of its songs' genre."""

    def genre(self, index: int) -> Genre | None:
        """Of song `index`; None where it is not known."""
        ...


class _ToldGenre(BaseModel):
    genre: Genre


def read_genre(listing: Path) -> Genre | None:
    """None where there is no such file, or where it tells none that is known here."""
    try:
        return _ToldGenre.model_validate_json(listing.read_bytes()).genre
    except (OSError, ValidationError):
        return None


def read_style(listing: Path) -> Style | None:
    """None where there is no such file, or where it does not tell all of them."""
    try:
        told = _Told.model_validate_json(listing.read_bytes())
    except (OSError, ValidationError):
        return None
    if told.mode not in MODES:
        return None
    key = (NATURALS[told.key[0]] + ACCIDENTALS[told.key[1:]]) % 12
    return Style(told.tempo_bpm, key, told.mode, told.meter)
