"""The operations of a session, each a name with typed arguments: one table for Python, HTTP, MCP and language models.

Every stem is called by its own name, every gain is in dB.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LEAST_DB, MOST_DB = -60.0, 24.0  # where a fader can stand
Stem = Annotated[str, Field(description="a stem's own name, as the table of the session has it")]
Stems = Annotated[list[str], Field(min_length=1, description="stems' own names")]
Only = Annotated[list[str], Field(min_length=1)] | None
Gain = Annotated[float, Field(ge=LEAST_DB, le=MOST_DB, allow_inf_nan=False, description="the position, dB")]

By = Annotated[float, Field(ge=-48, le=48, allow_inf_nan=False, description="dB; positive is louder")]


class Operation(BaseModel):
    """An operation's arguments; its docstring says what it does."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Analyse(Operation):
    """Listen to the stems as they were opened, and suggest a position for every fader; nothing is moved. The anchor and
    locked stems are heard where their faders stand."""


class Apply(Operation):
    """Move the faders to where they are suggested, and measure again; what is left is told. Locked stems stay, and what
    was moved by hand and is not to move; what an earlier apply moved comes back where it should no longer move."""

    stems: Only = Field(None, description="only these; all that should move where left out")
    dry_run: bool = Field(False, description="only say what would move")


class Set(Operation):
    """Put a stem's fader to a position in dB; 0 is the stem as it was opened. What is linked moves along."""

    stem: Stem
    gain_db: Gain


class Nudge(Operation):
    """Move a stem's fader by some dB, up (positive) or down (negative). What is linked moves along."""

    stem: Stem
    by_db: By


class Shift(Operation):
    """Move several stems' faders by the same dB, such as a group of them, in one step. What is linked moves along."""

    stems: Stems
    by_db: By


class Reset(Operation):
    """Put faders back to 0 dB, where they were when the song was opened, linked ones too. Locked stems stay."""

    stems: Only = Field(None, description="only these; all where left out")


class Lock(Operation):
    """Leave these stems alone from now on: no operation moves them."""

    stems: Stems


class Unlock(Operation):
    """Let these stems be moved again."""

    stems: Stems


class Link(Operation):
    """Let two or more stems move together from now on, and be judged as one."""

    stems: Annotated[list[str], Field(min_length=2, description="stems' own names")]


class Unlink(Operation):
    """Let a stem move by itself again."""

    stem: Stem


class SetRole(Operation):
    """Say what a stem plays: vocals, drums, bass, other, or a finer word such as kick."""

    stem: Stem
    role: str = Field(description="such as vocals, lead vocals, bass, kick, snare, guitar or other")


class SetAnchor(Operation):
    """Take one stem's level as right, and judge the others by it; without a stem: none."""

    stem: str | None = Field(None, description="the anchor; none where left out")


class SetUsual(Operation):
    """Judge by what is usual in a genre; without one, in all music."""

    genre: str | None = Field(None, description="rock, metal, pop, rap, ...; all music where left out")


class SetStrength(Operation):
    """How much of each correction is suggested, in per cent."""

    percent: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False, description="100 is the full correction")]


class Unmatch(Operation):
    """Suggest what is heard again, and no longer the balance of a reference mix."""


class Undo(Operation):
    """Take back the last change."""


class Redo(Operation):
    """Make the change that was taken back last once more."""


class Measure(Operation):
    """Measure the mix at the present faders: loudness, true peak, and by how many dB stems would still be moved."""


class Explain(Operation):
    """Say in words what is wrong with the balance, and why."""

    style: Literal["short", "full", "plain"] = Field("full", description="plain: in words for beginners")


class Ask(Operation):
    """Answer a question about the advice, such as "why the bass?" or "how sure are you?"."""

    question: Annotated[str, Field(min_length=1, max_length=1000)]


class AnalyseMusic(Operation):
    """Tell what the music is: tempo, metre, key, chords, melody, sections with what enters and rests, genre, mood,
    instruments, timbre, and the mix as meters have it, each estimate with how sure it is. It takes about half a minute
    for a song of four minutes, and is kept; faders do not change what the music is."""


class Feedback(Operation):
    """Say how the production stands beyond its balance, by rules: scores where measurements carry them, suggestions,
    questions to the producer. The music is analysed for it first, which takes a while."""


class Compare(Operation):
    """Say what differs between the mix as it was opened, or as it was after a step of the history, and the mix now."""

    step: Annotated[int, Field(ge=0)] = Field(0, description="0: as opened; 1: after the first step, ...")


OPERATIONS: dict[str, type[Operation]] = {
    "analyse": Analyse,
    "apply": Apply,
    "set": Set,
    "nudge": Nudge,
    "shift": Shift,
    "reset": Reset,
    "lock": Lock,
    "unlock": Unlock,
    "link": Link,
    "unlink": Unlink,
    "role": SetRole,
    "anchor": SetAnchor,
    "usual": SetUsual,
    "strength": SetStrength,
    "unmatch": Unmatch,
    "undo": Undo,
    "redo": Redo,
    "measure": Measure,
    "explain": Explain,
    "ask": Ask,
    "analyse_music": AnalyseMusic,
    "feedback": Feedback,
    "compare": Compare,
}


@dataclass(frozen=True)
class Changed:
    """What one operation changed of one stem.

    Args:
        what: "gain_db", "locked", "links" (the names of what moves together, or None), "role" or "anchor".
    """

    stem: str
    what: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Outcome:
    """What came of an operation.

    Args:
        said: in a sentence or more, what changed or what was asked for; every figure is measured or asked for.
        changes: of which stems; empty where nothing moved.
        offers: operations that would tell or do more, as name and arguments.
        data: figures.
    """

    operation: str
    said: str
    changes: tuple[Changed, ...] = ()
    offers: tuple[tuple[str, dict[str, Any]], ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
