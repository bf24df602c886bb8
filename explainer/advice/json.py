"""The schema of advice.json, as pydantic checks it: exactly these fields, each of its kind."""

import math
import os
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from console.balance.usual import Usual
from console.correct import Action, Move
from console.errors import InputError
from console.files.untrusted import MB, parse_json, read_text
from console.read.account import FileUse
from console.read.layout import MOST_FILES
from console.read.roles import Role
from explainer.advice.advice import Advice, Faders, MixLevels, ModelStamp, Reference, StemAdvice, TextSource
from explainer.advice.claims import Reason, ReasonKind

MOST_STEMS = 512
MOST_BYTES = 4 * MB  # several times what so many stems take
Number = Annotated[float, Field(allow_inf_nan=False)]
Silence = AfterValidator(lambda level: -math.inf if level is None else level)
Level = Annotated[Number | None, Silence, Field(description="null is silence")]
Word = Field(strict=False)  # JSON has no enumerations: their words are read as strings
exactly = with_config(ConfigDict(strict=True, extra="forbid"))


def becomes(make: Callable[..., Any]) -> AfterValidator:
    """Makes of checked fields what they are the fields of."""
    return AfterValidator(lambda fields: make(**fields))


@exactly
class ReasonData(TypedDict):
    """One measured fact that speaks for a move."""

    kind: Annotated[ReasonKind, Word]
    measured: Number
    usual: Number | None
    other: str | None
    low_hz: Number | None
    high_hz: Number | None


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
    held_back_db: NotRequired[Number]
    reasons: NotRequired[list[Annotated[ReasonData, becomes(Reason)]]]


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
class FileData(TypedDict):
    """What became of one file of the song: which stem it is, or why it was left out."""

    file: str
    used_as: NotRequired[str]
    left_out_because: NotRequired[str]
    notes: NotRequired[list[str]]


@exactly
class LevelData(TypedDict):
    """What is usual of one role, dB: the songs' mean, and how they spread about it."""

    mean_db: Number
    spread_db: Number


@exactly
class UsualData(TypedDict):
    """What a song was judged against."""

    source: str
    levels: dict[Annotated[Role, Word], LevelData]


def _usual(source: str, levels: dict[Role, LevelData]) -> Usual:
    mean_db, spread_db = ({role: level[key] for role, level in levels.items()} for key in ("mean_db", "spread_db"))
    return Usual(mean_db, spread_db, source)


@exactly
class ReferenceData(TypedDict):
    """The mix that the stems were matched to."""

    title: str
    residual_db: Number
    offset_s: Number
    common_s: Number
    inverted: bool
    muted: list[str]
    untold: list[str]


@exactly
class FadersData(TypedDict):
    """Where a user put the faders, and the mix that this gives; a level of null is silence."""

    gains_db: list[Number]
    loudness_lufs: Level
    true_peak_dbtp: Level


def _faders(gains_db: Sequence[float], **levels: float) -> Faders:
    return Faders(tuple(gains_db), **levels)


def _file(notes: Sequence[str] = (), **use: Any) -> FileUse:
    return FileUse(**use, notes=tuple(notes))


def _stem(
    name: str, role: Role, file: str | None, loudness_lufs: float, reasons: Sequence[Reason] = (), **move: Any
) -> StemAdvice:
    return StemAdvice(name, role, file, loudness_lufs, Move(**move), tuple(reasons))


def _reference(muted: Sequence[str] = (), untold: Sequence[str] = (), **rest: Any) -> Reference:
    return Reference(**rest, muted=tuple(muted), untold=tuple(untold))


def _advice(
    schema: int,
    balanced: bool,
    stems: list[StemAdvice],
    residual: Sequence[list[float]] = (),
    files: Sequence[FileUse] = (),
    links: Sequence[list[str]] = (),
    loudness: str = "",
    **rest: Any,
) -> Advice:
    advice = Advice(
        stems=tuple(stems),
        residual=tuple(map(tuple, residual)),
        files=tuple(files),
        links=tuple(map(tuple, links)),
        **rest,
    )
    names = [stem.name for stem in stems]
    if len(set(names)) < len(names):
        raise InputError("This advice is wrong: it names a stem twice.")
    if advice.anchor not in (None, *names):
        raise InputError(f'This advice is wrong: its anchor "{advice.anchor}" is not one of its stems.')
    strange = next((r.other for stem in stems for r in stem.reasons if r.other not in (None, *names)), None)
    if advice.reference is not None and not {*advice.reference.muted, *advice.reference.untold} <= set(names):
        raise InputError("This advice is wrong: its reference names a stem that is not one of its stems.")
    stray = next((name for group in advice.links for name in group if name not in names), None)
    if stray is not None:
        raise InputError(f'This advice is wrong: its links name "{stray}", which is not one of its stems.')
    if strange is not None:
        raise InputError(f'This advice is wrong: a reason names "{strange}", which is not one of its stems.')
    if balanced != advice.balanced:
        raise InputError("This advice contradicts itself: it is balanced exactly when no stem moves, nor is held back.")
    if advice.faders is not None and len(advice.faders.gains_db) != len(names):
        raise InputError("This advice contradicts itself: its faders have a gain for each stem.")
    if any(len(left_db) != len(names) for left_db in advice.residual):
        raise InputError("This advice contradicts itself: its residual has a number for each stem.")
    if len(advice.residual) not in (0, advice.passes, advice.passes + 1):
        raise InputError("This advice contradicts itself: its residual has a row for each pass, or one more, or none.")
    return advice


@exactly
class AdviceData(TypedDict):
    """The whole of advice.json. What is not required came later: an older file is without."""

    schema: Annotated[Literal[1], BeforeValidator(lambda version: None if version is True else version)]
    song: str
    sample_rate: Annotated[int, Field(gt=0)]
    duration_s: Annotated[Number, Field(ge=0)]
    anchor: str | None
    text: NotRequired[str]
    text_source: NotRequired[Annotated[TextSource | None, Word]]
    strength_percent: Annotated[float, Field(ge=0, le=100)]
    balanced: bool
    familiarity: NotRequired[Annotated[float, Field(ge=0, le=1)]]
    stems: Annotated[list[Annotated[StemData, becomes(_stem)]], Field(min_length=1)]
    passes: NotRequired[Annotated[int, Field(ge=1)]]
    residual: NotRequired[list[list[Number]]]
    files: NotRequired[Annotated[list[Annotated[FileData, becomes(_file)]], Field(max_length=MOST_FILES)]]
    links: NotRequired[list[list[str]]]
    balance: NotRequired[dict[Annotated[Role, Word], Number]]
    usual: NotRequired[Annotated[UsualData, becomes(_usual)] | None]
    loudness: NotRequired[str]
    model: Annotated[ModelData, becomes(ModelStamp)]
    mix: Annotated[MixData, becomes(MixLevels)]
    reference: NotRequired[Annotated[ReferenceData, becomes(_reference)]]
    faders: NotRequired[Annotated[FadersData, becomes(_faders)]]


def load(path: str | os.PathLike[str]) -> Advice:
    """The advice in an advice.json. Raises: InputError, as `read` does and for a file that is none or too large."""
    return read(read_text(path, "an advice.json", MOST_BYTES, "JSON", replace=True))


def read(text: str) -> Advice:
    """The advice in the text of an advice.json.

    Raises: InputError for anything else, naming the first field that is wrong.
    """
    try:
        told = parse_json(text)
        count = len(told["stems"]) if isinstance(told, dict) and isinstance(told.get("stems"), list) else 0
        if count > MOST_STEMS:
            raise InputError(f"This advice is too long: it is on {count:,} stems, and {MOST_STEMS} are the most.")
        fields = TypeAdapter[Any](AdviceData).validate_python(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"]).lstrip(".")
        raise InputError(f"This is no advice: {where or 'it'}: {first['msg']}.") from None
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"This is no advice: it is not valid JSON ({error}).") from None
    return _advice(**fields)
