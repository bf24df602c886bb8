"""What can be taken from a session as a file: mix, stems, advice, picture, projects for a DAW."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from console.audio.io import write_audio
from console.errors import InputError
from console.files.whole import whole_file
from studio.export.desk import Desk, advice_of
from studio.export.formats import export
from studio.export.names import file_name
from studio.export.places import zipped
from studio.export.reaper import write_reaper
from studio.export.stems import write_stems
from studio.session import Session


@dataclass(frozen=True)
class Download:
    """One kind of file.

    Args:
        media_type: as HTTP names it; of a .dawproject not that of a zip, which some browsers unpack.
        write: writes it for a session.
    """

    media_type: str
    write: Callable[[Session, Path], None]


def write(session: Session, what: str, path: Path) -> None:
    """Writes a session's mix, advice or project as its faders stand now; the file appears whole.

    Args:
        what: one of `DOWNLOADS`.
        path: where to; a file that is there is replaced.

    Raises: InputError for another name, and for what cannot be written so.
    """
    if what not in DOWNLOADS:
        raise InputError(f'There is no "{what}" to download: there are {", ".join(DOWNLOADS)}.')
    DOWNLOADS[what].write(session, path)


def _mix(session: Session, path: Path) -> None:
    desk = Desk.of_session(session)
    write_audio(path, desk.mix, desk.song.sample_rate)


def _flac(session: Session, path: Path) -> None:
    desk = Desk.of_session(session)
    if max(map(abs, desk.mix.aminmax())) > 1:
        raise InputError("The mix goes over full scale, which FLAC cannot hold: take mix.wav, or lower the faders.")
    write_audio(path, desk.mix, desk.song.sample_rate, "flac")


def _json(session: Session, path: Path) -> None:
    _text(path, advice_of(session).to_json())


def _picture(session: Session, path: Path) -> None:
    from studio.pictures.faders import draw_faders

    with whole_file(path) as part:
        draw_faders(advice_of(session, worded=False), part)


def _csv(session: Session, path: Path) -> None:
    export(advice_of(session, worded=False), "csv", path, force=True)


def _markdown(session: Session, path: Path) -> None:
    export(advice_of(session), "md", path, force=True)


def _stems(session: Session, path: Path) -> None:
    with zipped(path, file_name(session.song.title)) as place:
        write_stems(Desk.of_session(session), place)


def _reaper(session: Session, path: Path) -> None:
    with zipped(path, file_name(session.song.title)) as place:
        write_reaper(Desk.of_session(session), place)


def _dawproject(session: Session, path: Path) -> None:
    export(Desk.of_session(session), "dawproject", path, force=True)


def _text(path: Path, text: str) -> None:
    with whole_file(path) as part:
        part.write_text(text, "utf-8", newline="")


DOWNLOADS = {
    "mix.wav": Download("audio/wav", _mix),
    "mix.flac": Download("audio/flac", _flac),
    "stems.zip": Download("application/zip", _stems),
    "advice.json": Download("application/json", _json),
    "advice.csv": Download("text/csv; charset=utf-8", _csv),
    "advice.md": Download("text/markdown; charset=utf-8", _markdown),
    "faders.png": Download("image/png", _picture),
    "reaper.zip": Download("application/zip", _reaper),
    "project.dawproject": Download("application/octet-stream", _dawproject),
}
