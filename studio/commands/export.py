"""`mixconsole export`: an advice as a project for a DAW, as a table, as a page."""

from pathlib import Path

import click

from studio.commands import options
from studio.commands.options import plainly, progress

ADVICE, STDOUT = "advice.json", "-"


@click.command()
@click.argument("advice", type=options.folder, metavar="ADVICE")
@click.option(
    "--to",
    required=True,
    type=click.Choice(["reaper", "dawproject", "csv", "md"]),
    help="reaper: a folder with a project for REAPER. dawproject: one file for Bitwig Studio, Studio One and Cubase. "
    "csv: a table. md: a page of Markdown.",
)
@click.option(
    "--stems",
    type=options.folder,
    metavar="SONG",
    help="The stems that were corrected. Default: they are looked for beside the folder of ADVICE.",
)
@click.option(
    "--as",
    "put",
    type=click.Choice(["trim", "fader"]),
    help="Where a project puts the gains: before the faders, which stay at 0 dB and free (trim), or on them (fader). "
    "Default: trim for reaper, fader for dawproject.",
)
@click.option(
    "--out",
    type=options.folder,
    metavar="PATH",
    help="Default: beside the song; of csv and md beside ADVICE, or - to print.",
)
@click.option(
    "--force", is_flag=True, help="Replace a file that is there; a folder never, as you may have worked in it."
)
@plainly
def export(advice: Path, to: str, stems: Path | None, put: str | None, out: Path | None, force: bool) -> None:
    """Take a correction into a DAW, or into a table.

    ADVICE is an advice.json, or the folder that it lies in. A project holds the stems as tracks, with the gains of the
    advice, or of the faders where a session left them elsewhere: as it opens, it plays the mix. A copy of the sound
    lies in it; your stems are not touched.

    \b
    mixconsole export my-song-corrected/ --to reaper
    mixconsole export my-song-corrected/ --to reaper --as fader --out session/
    mixconsole export advice.json --to dawproject --stems my-song/
    mixconsole export my-song-corrected/advice.json --to csv
    """
    with progress() as tell:
        from console.errors import InputError
        from explainer.advice.json import load
        from studio.export.folder import beside
        from studio.export.formats import FORMATS, Text
        from studio.export.formats import export as write
        from studio.export.found import desk_of
        from studio.export.put import Put

        path = advice / ADVICE if advice.is_dir() else advice
        known, kind = load(path), FORMATS[to]
        if isinstance(kind, Text):
            if stems is not None:
                raise InputError(f"--stems is for projects: {to} holds no sound.")
            out = path.with_suffix(kind.suffix) if out is None else out
            if str(out) == STDOUT and put is None:
                click.echo(kind.text(known).encode(), nl=False)
                return
            write(known, to, out, None if put is None else Put(put), force)
        else:
            tell("Reading the stems")
            desk = desk_of(known, path, stems)
            out = beside(desk.song.source or path.parent, kind.suffix or f"-{to}") if out is None else out
            tell("Writing")
            write(desk, to, out, None if put is None else Put(put), force)
    click.echo(f"Written to {click.format_filename(out)}")
