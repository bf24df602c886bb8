"""Genres and rhythms as the YAML files here hold them."""

from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

_HERE = "console.data.synth"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BassRule(_Strict):
    """Programs, how likely it is an oscillator instead (0 to 1), and rhythms."""

    programs: list[int]
    synth: float
    rhythms: list[str]


class PartRule(_Strict):
    """An accompanying part; `synth` is how likely oscillators play it, `chance` that it is there at all."""

    name: str
    programs: list[int]
    play: Literal["chords", "strum", "power", "arpeggio", "line"]
    style: str
    rhythms: list[str] = []
    chance: float = 1.0
    synth: float = 0.0
    double: bool = False


class SingingRule(_Strict):
    """How likely backing vocals and a doubled lead are (0 to 1), and how rough the voice is."""

    manner: Literal["sung", "rap", "sparse"] = "sung"
    backing: float
    double: float
    grit: tuple[float, float]


class Genre(_Strict):
    """The rules of a genre; tempo in quarter notes per minute."""

    tempo_bpm: tuple[float, float]
    meters: dict[str, float]
    modes: list[str]
    progressions: list[list[int]]
    grooves: list[str]
    grooves_of_three: list[str] = []
    percussion: dict[str, float]
    kits: list[int]
    bass: BassRule
    parts: list[PartRule]
    singing: SingingRule
    machine: float = 0.0
    swing: tuple[float, float] = (0.0, 0.0)
    swing_step: float = 0.25
    sevenths: bool = False
    sparse: bool = False


class Patterns(_Strict):
    """Rhythms by name."""

    grooves: dict[str, dict[str, str]]
    percussion: dict[str, dict[str, str]]
    bass: dict[str, str]
    chords: dict[str, str]
    arpeggios: dict[str, str]


@cache
def genres() -> dict[str, Genre]:
    """Every genre by its name."""
    return {name: Genre(**rules) for name, rules in _read("genres.yaml").items()}


@cache
def patterns() -> Patterns:
    """Every rhythm."""
    return Patterns(**_read("patterns.yaml"))


def fitted(pattern: str, steps: int) -> str:
    """The pattern in a bar of that many sixteenths: cut, or begun again."""
    return (pattern * 2)[:steps]


def _read(name: str) -> dict:
    return yaml.safe_load(files(_HERE).joinpath(name).read_text())
