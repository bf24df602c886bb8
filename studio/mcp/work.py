"""What the tools do with one song; on a worker's thread."""

from dataclasses import replace
from pathlib import Path

from console.errors import InputError
from console.read.account import remarks, summary
from explainer.advice.shown import listed, quoted
from studio.export.downloads import DOWNLOADS
from studio.mcp.places import Places
from studio.mcp.results import Result, result
from studio.mcp.tools import Export, Match, SetUsual, Table
from studio.session import Outcome, Session
from studio.session.operations import Operation
from studio.session.sentences import levels_said
from studio.session.told import finite

OF_A_STEM = ("name", "file", "role", "group", "silent", "linked_with")  # what is told of it when it was opened


def opened(name: str, session: Session) -> Result:
    """What is told of a song that was just opened."""
    song = session.song
    stems = [{key: row[key] for key in OF_A_STEM} for row in session.table["stems"]]
    said = " ".join([f"{quoted(song.title)} is open: {summary(len(song.names), song.account)}", *remarks(song.account)])
    data = {"title": song.title, "duration_s": round(song.duration_s, 3), "stems": stems}
    return result(name, session, Outcome("open", said, data=data))


def done(told: Operation, operation: str | None, places: Places | None, name: str, session: Session) -> Result:
    """What comes of a tool that is about one song.

    Args:
        operation: of the session, where the tool is one.
        places: where a caller may read and write; None: nowhere.
        name: of the session.

    Raises: InputError as the operations do, and for a place that is not to be used.
    """
    match told:
        case Table():
            table = session.table
            said = "It was not listened yet." if table["advice"] is None else table["advice"]["headline"]
            outcome = Outcome("table", said, data=table)
        case Match():
            outcome = session.match(_place(places, told.reference))
        case SetUsual():
            file = None if told.file is None else _place(places, told.file)
            outcome = session.usual(told.genre, file, [_place(places, song) for song in told.like])
        case Export():
            outcome = _exported(told, _place(places, told.folder), session)
        case _:
            outcome = session.do(str(operation), told.model_dump())
    if operation == "analyse":
        outcome = replace(outcome, data=outcome.data | {"stems": session.table["stems"]})
    return result(name, session, outcome)


def _exported(told: Export, folder: Path, session: Session) -> Outcome:
    """Files, written; what is there already is replaced only if that was asked for."""
    unknown = [what for what in told.what if what not in DOWNLOADS]
    if unknown:
        raise InputError(f"There is no {quoted(unknown[0])} to export: there are {listed(list(DOWNLOADS))}.")
    files = {what: folder / what for what in dict.fromkeys(told.what)}
    there = [quoted(what) for what, file in files.items() if file.exists() or file.is_symlink()]
    if there and not told.replace:
        are = "is" if len(there) == 1 else "are"
        raise InputError(f'{listed(there)} {are} in "{folder}" already: take another folder, or ask to replace.')
    folder.mkdir(parents=True, exist_ok=True)
    for what, file in files.items():
        session.tell(f"Writing {what}")
        session.export(what, file)
    levels = session.heard.levels(session.state.gains_db)
    sizes = [{"path": str(file), "bytes": file.stat().st_size} for file in files.values()]
    said = f'Written to "{folder}": {listed(list(files))}. {levels_said(levels)}'
    return Outcome("export", said, data={"files": sizes, **finite(vars(levels))})


def _place(places: Places | None, path: str) -> Path:
    if places is None:
        raise InputError("This server opens and writes no files.")
    return places.find(path)
