"""The tools: every operation of a session under its own name, and what takes a place on the disk or a song itself."""

from dataclasses import dataclass
from typing import Annotated, Any

from mcp.types import ToolAnnotations
from pydantic import Field

from studio.export.downloads import DOWNLOADS
from studio.session import operations
from studio.session.operations import OPERATIONS, Operation

SESSION = "session"
NAMES = {"analyse": "listen"}  # of an operation, where a caller would look for another
Place = Annotated[str, Field(min_length=1, max_length=4096)]
File = Annotated[str, Field(json_schema_extra={"enum": list(DOWNLOADS)})]


class Open(Operation):
    """Read a song: a folder of stems, a .zip of one, or a .stem.mp4. The session that it gives is named in every other
    tool. Told are its stems, what each was taken to play, and what was left out and why."""

    path: Annotated[Place, Field(description="the folder or file")]
    roles: dict[str, str] = Field({}, description='what stems play, where their names do not tell: {"track 7": "bass"}')
    unlink: list[str] = Field([], description="stems that move by themselves, although their names say otherwise")


class ListSongs(Operation):
    """List the songs that are open, each with its session."""


class Close(Operation):
    """Close a song. Its faders and history are forgotten; files that were exported stay."""


class Table(Operation):
    """Tell all that is known of a song: facts, every stem with its level, fader, suggestion, range, chance, reasons and
    what is left, groups, locks, the advice, the mix as measured, the history. Nothing is listened or moved."""


class Match(Operation):
    """Take the balance of a mix of this same song as the aim, such as a rough mix or the record: what leads there is
    suggested."""

    reference: Annotated[Place, Field(description="one sound file")]


class SetUsual(operations.SetUsual):
    """Judge by what is usual in a genre, in songs that the user holds up, or by a file of `mixconsole learn`; without
    any of them, in all music."""

    like: list[Place] = Field([], description="songs held up: folders of stems, or an advice.json")
    file: Place | None = Field(None, description="a .yaml that mixconsole learn wrote")


class Export(Operation):
    """Write files into a folder, as the faders stand now: the mix (the sum of the stems with these gains, nothing
    rescaled), the stems, the advice, a REAPER or DAWproject session. A file that is there is replaced only if that is
    asked for."""

    folder: Annotated[Place, Field(description="made where it is not there")]
    what: Annotated[list[File], Field(min_length=1)] = Field(["mix.wav"], description="which files")
    replace: bool = Field(False, description="replace files of these names")


READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
SETS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
STEPS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
LOSES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)
_READING = ("analyse", "measure", "explain", "ask", "analyse_music", "feedback", "compare")
_STEPPING = ("nudge", "shift", "undo", "redo")


@dataclass(frozen=True)
class Spec:
    """A tool.

    Args:
        kind: its arguments, but for the session; what it does is said there.
        annotations: what a client may know of it before it is called.
        operation: of the session, where it is one.
        of_session: whether it is about an open song.
    """

    kind: type[Operation]
    annotations: ToolAnnotations
    operation: str | None = None
    of_session: bool = True

    def schema(self, required: bool) -> dict[str, Any]:
        """Its arguments as JSON Schema; `required`: whether the session has to be named though only one is open."""
        schema = _untitled(self.kind.model_json_schema())
        schema.pop("description", None)
        schema.setdefault("properties", {})
        if self.of_session:
            said = "which song, as open gave it" + ("" if required else "; may be left out while only one is open")
            schema["properties"] = {SESSION: {"type": "string", "description": said}} | schema["properties"]
            if required:
                schema["required"] = [SESSION, *schema.get("required", [])]
        return schema


def tools(files: bool, listed: bool) -> dict[str, Spec]:
    """The tools of a server.

    Args:
        files: whether callers may name places on its disk; where not, songs are opened and closed elsewhere.
        listed: whether callers may know which songs are open.
    """
    named: dict[str, Spec] = {}
    if files:
        named["open"] = Spec(Open, STEPS, of_session=False)
    if listed:
        named["songs"] = Spec(ListSongs, READS, of_session=False)
    for name, kind in OPERATIONS.items():
        annotations = READS if name in _READING else STEPS if name in _STEPPING else SETS
        kind = SetUsual if files and name == "usual" else kind
        named[NAMES.get(name, name)] = Spec(kind, annotations, name)
    named["table"] = Spec(Table, READS)
    if files:
        named |= {"match": Spec(Match, SETS), "export": Spec(Export, LOSES), "close": Spec(Close, LOSES)}
    return named


def _untitled(schema: Any) -> Any:
    """A schema without the titles that pydantic makes of names."""
    if isinstance(schema, list):
        return [_untitled(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _untitled(each) for name, each in value.items()} if key == "properties" else _untitled(value)
        for key, value in schema.items()
        if key != "title" or not isinstance(value, str)
    }
