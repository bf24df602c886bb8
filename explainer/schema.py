"""The schema of advice.json, as pydantic checks it: exactly these fields, each of its kind."""

import json
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from console.correct import Action
from console.errors import InputError
from console.roles import Role

Number = Annotated[float, Field(allow_inf_nan=False)]
Level = Annotated[Number | None, Field(description="null is silence")]
Word = Field(strict=False)  # JSON has no enumerations: their words are read as strings
exactly = with_config(ConfigDict(strict=True, extra="forbid"))


@exactly
class StemData(TypedDict):
    """What is said of one stem; `loudness_lufs` is null for a silent one."""

    name: str
    role: Annotated[Role, Word]
    file: str | None
    loudness_lufs: Level
    gain_db: Number
    low_db: Number
    high_db: Number
    flaw_probability: Annotated[float, Field(ge=0, le=1)]
    action: Annotated[Action, Word]


@exactly
class ModelData(TypedDict):
    """Which console gave the advice."""

    name: str
    version: str
    checksum: str


@exactly
class MixData(TypedDict):
    """The mix before and after; a level of null is silence."""

    loudness_lufs_before: Level
    loudness_lufs_after: Level
    true_peak_dbtp: Level
    trim_db: Number


@exactly
class AdviceData(TypedDict):
    """The whole of advice.json."""

    schema: Annotated[Literal[1], BeforeValidator(lambda version: None if version is True else version)]
    song: str
    sample_rate: Annotated[int, Field(gt=0)]
    duration_s: Annotated[Number, Field(ge=0)]
    anchor: str | None
    strength_percent: Annotated[float, Field(ge=0, le=100)]
    balanced: bool
    stems: Annotated[list[StemData], Field(min_length=1)]
    model: ModelData
    mix: MixData


def read(text: str) -> AdviceData:
    """The data of an advice.json.

    Raises: InputError for anything else, naming the first field that is wrong.
    """
    try:
        return TypeAdapter(AdviceData).validate_python(json.loads(text))
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"]).lstrip(".")
        raise InputError(f"This is no advice: {where or 'it'}: {first['msg']}.") from None
    except ValueError as error:
        raise InputError(f"This is no advice: it is not valid JSON ({error}).") from None
