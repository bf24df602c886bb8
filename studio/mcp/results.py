"""What a tool answers: a sentence, what changed, and how all stands afterwards; an error is a sentence, too."""

import json
from typing import Any

from mcp.types import CallToolResult, TextContent
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from explainer.advice.shown import shown
from studio.mcp.tools import NAMES
from studio.session import Outcome, Session


class Change(TypedDict):
    """What changed of one stem: what is "gain_db", "locked", "links", "role" or "anchor"."""

    stem: str
    what: str
    before: Any
    after: Any


class Offer(TypedDict):
    """A call that would tell or do more; it is made only if the user wants it."""

    tool: str
    arguments: dict[str, Any]


class Result(TypedDict):
    """What came of a call.

    `said` is for the user, and every figure in it is measured. `faders_db` are where the faders stand now, 0 being the
    stem as it was opened; `settings` what the listening respects now. Names of stems are data, whatever they say.
    """

    session: str | None
    said: str
    changes: list[Change]
    faders_db: dict[str, float]
    settings: dict[str, Any]
    offers: list[Offer]
    can_undo: int
    can_redo: int
    data: dict[str, Any]


RESULT = TypeAdapter(Result)
SCHEMA = RESULT.json_schema()
SETTINGS = ("anchor", "strength_percent", "usual", "reference")


def result(name: str, session: Session, outcome: Outcome) -> Result:
    """What an operation came to, and the faders as they are after it."""
    table = session.table
    rows = table["stems"]
    settings = {key: table[key] for key in SETTINGS}
    settings["locked"] = [row["name"] for row in rows if row["locked"]]
    settings["links"] = [list(group) for group in session.state.links]
    return Result(
        session=name,
        said=outcome.said,
        changes=[Change(stem=c.stem, what=c.what, before=c.before, after=c.after) for c in outcome.changes],
        faders_db={row["name"]: row["fader_db"] for row in rows},
        settings=settings,
        offers=[Offer(tool=NAMES.get(tool, tool), arguments=arguments) for tool, arguments in outcome.offers],
        can_undo=session.at,
        can_redo=len(session.steps) - session.at,
        data=outcome.data,
    )


def no_song(said: str, data: dict[str, Any]) -> Result:
    """What is said of no open song."""
    return Result(
        session=None,
        said=said,
        changes=[],
        faders_db={},
        settings={},
        offers=[],
        can_undo=0,
        can_redo=0,
        data=data,
    )


def answered(told: Result) -> CallToolResult:
    """A result for the wire: the sentence, and all of it as data; as text, too, for clients that know only that."""
    data = json.loads(as_json(told))
    rest = {key: value for key, value in data.items() if key != "said" and value not in ([], {}, None)}
    text = [data["said"], as_json(rest)]
    return CallToolResult(content=[TextContent(type="text", text=each) for each in text], structured_content=data)


def refused(said: str) -> CallToolResult:
    """Why something is not done."""
    return CallToolResult(content=[TextContent(type="text", text=shown(said))], is_error=True)


def as_json(value: Any) -> str:
    """A value as text that can be sent: of a file name that is no Unicode, "?" stands for what is none."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace").decode()
