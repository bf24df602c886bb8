"""What a language model is told: the contract, the operations, and the state of the session as a small table."""

from collections.abc import Mapping, Sequence
from typing import Any

from studio.chat.llm.aliases import Aliases
from studio.chat.llm.model import Message
from studio.session import OPERATIONS, Session
from studio.session.sentences import position

ROLE = (
    "You sit at a mixing desk and do what the user wants with the faders of one song, by calling operations. dB are "
    "positive upwards. Call only what the user asked for, each thing once, and nothing for a mere question. A stem is "
    "called by its name in the table. An operation's outcome is told to you; where it failed, mend the call or say so."
)
SAYING = (
    "At the end say in one or two short sentences what was done, or answer. Never write a figure or a number in words: "
    "write a slot, which is filled in from the table, such as {{vocals.fader_db}}, {{vocals.suggested_db}}, "
    "{{vocals.level_lufs}}, {{mix.loudness_lufs}}, {{mix.true_peak_dbtp}} or {{strength_percent}}."
)
PLAIN = (
    'Answer with one JSON object and nothing else: {"do": [{"operation": "nudge", "arguments": {"stem": STEM, '
    '"by_db": NUMBER}}], "say": ""}. When nothing is left to do, "do" is [] and "say" is your answer. On '
    '"piano up by 1.5" that is '
    '{"do": [{"operation": "nudge", "arguments": {"stem": "piano", "by_db": 1.5}}], "say": ""}.'
)
SIDES = (("left", ("l", "left")), ("right", ("r", "right")))
CLOSING = "The operations are:"


def system(session: Session, aliases: Aliases, plain: bool) -> Message:
    """The first message: what it is about, and the table."""
    parts = [ROLE, SAYING]
    if plain:
        parts += [PLAIN, CLOSING + "\n" + "\n".join(map(_signature, OPERATIONS))]
    parts.append(table_text(session, aliases))
    return {"role": "system", "content": "\n\n".join(parts)}


def tools() -> list[Message]:
    """The operations as tools."""
    return [{"type": "function", "function": _function(name)} for name in OPERATIONS]


def table_text(session: Session, aliases: Aliases, only: Sequence[str] | None = None) -> str:
    """The table of the session, a line for each stem.

    Args:
        only: stems' own names, where not all are wanted.
    """
    table = session.table
    lines = ["stem | plays | level_lufs | fader_db | suggested_db | state"]
    for row in table["stems"]:
        if only is None or row["name"] in only:
            lines.append(" | ".join(_cells(row, aliases)))
    if only is not None:
        return "\n".join(lines)
    anchor = table["anchor"]
    lines.append(f"anchor: {'none' if anchor is None else aliases.of(anchor)}")
    lines.append(f"strength_percent: {table['strength_percent']:g}")
    given = table["usual"]["file"] or table["usual"]["like"]
    lines.append(f"judged by: {table['usual']['genre'] or ('songs of the user' if given else 'all music')}")
    if table["mix"] is not None:
        lines.append(
            f"mix: {table['mix']['loudness_lufs']:.1f} LUFS, true peak {table['mix']['true_peak_dbtp']:.1f} dBTP"
        )
    lines.append(f"changes that can be undone: {table['at']}")
    return "\n".join(lines)


def _cells(row: Mapping[str, Any], aliases: Aliases) -> list[str]:
    level, suggested = row["level_lufs"], row.get("suggested_db")
    state = [word for word in ("locked", "anchor", "silent") if row[word]]
    if row["linked_with"]:
        state.append("moves with " + ", ".join(map(aliases.of, row["linked_with"])))
    return [
        aliases.of(row["name"]),
        _plays(row),
        "-" if level is None else f"{level:.1f}",
        position(row["fader_db"]),
        "-" if suggested is None else position(suggested),
        ", ".join(state) or "-",
    ]


def _plays(row: Mapping[str, Any]) -> str:
    """What a stem plays, in our words, and on which side, where its name says so."""
    from console.read.roles import words_of

    words = words_of(row["name"])
    side = next((side for side, spelt in SIDES if set(spelt) & set(words)), "")
    return " ".join(filter(None, (side, row["role"])))


def _function(name: str) -> Message:
    schema = OPERATIONS[name].model_json_schema()
    schema = {key: value for key, value in schema.items() if key not in ("title", "description")}
    for told in schema.get("properties", {}).values():
        told.pop("title", None)
    return {"name": name, "description": " ".join((OPERATIONS[name].__doc__ or "").split()), "parameters": schema}


def _signature(name: str) -> str:
    """An operation on one line: nudge(stem, by_db): ..."""
    fields = OPERATIONS[name].model_fields
    arguments = ", ".join(key if told.is_required() else f"{key}?" for key, told in fields.items())
    return f"{name}({arguments}): {' '.join((OPERATIONS[name].__doc__ or '').split())}"
