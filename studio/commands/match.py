"""`mixconsole match`: a song's stems are brought to the balance of a mix of the same song."""

from contextlib import nullcontext
from pathlib import Path

import click

from studio.commands import options
from studio.commands.options import plainly, progress


@click.command()
@options.song
@click.argument("reference", type=options.folder)
@click.option("--anchor", metavar="NAME", help="The stem that keeps its level; the others are brought round it.")
@click.option("--out", type=options.folder, metavar="DIR", help="Default: SONG-matched, beside SONG.")
@click.option("--stems", "with_stems", is_flag=True, help="Also write the stems as they are in the mix.")
@options.strength(help="How much of the way to go.")
@click.option("--lock", metavar="NAME", multiple=True, help="Do not touch this stem. Repeatable.")
@options.roles
@options.link
@options.unlink
@options.headroom
@options.no_explain
@options.audio_format
@options.as_json
@options.force
@plainly
def match(
    song: Path,
    reference: Path,
    anchor: str | None,
    out: Path | None,
    with_stems: bool,
    strength_percent: float,
    lock: tuple[str, ...],
    roles: dict[str, str],
    link: tuple[tuple[str, str], ...],
    unlink: tuple[str, ...],
    headroom_db: float | None,
    no_explain: bool,
    audio_format: str,
    as_json: bool,
    force: bool,
) -> None:
    """Bring a song's stems to the balance of a mix of it.

    REFERENCE is one sound file: a rough mix, an old version, the record. It may be mastered, lossy, longer or shorter
    than the song, and begin elsewhere. Most stems keep their level, the others move to where they are in the reference;
    how well the stems explain it is told. Another song is refused. Written is what `correct` writes.

    \b
    mixconsole match my-song/ rough.wav
    mixconsole match my-song/ record.mp3 --anchor vocals --stems
    mixconsole match my-song.zip old-mix.flac --lock drums --out as-it-was/
    mixconsole match my-song/ rough.wav --json
    """
    with progress(quiet=as_json) as tell:
        from console.errors import InputError
        from console.read.song import Song
        from studio.export.folder import default_folder, place, write_mixdown
        from studio.matched import run
        from studio.terminal.report import gathered, report, warn

        if out is None and as_json and with_stems:
            raise InputError("With --json nothing is written without --out: say where the --stems are to go.")
        if out is None and not as_json:
            out = default_folder(song, "matched")
        with place(out, force, song) if out else nullcontext() as folder:
            tell("Reading the stems")
            loaded = Song.load(song, roles, link, unlink)
            mixdown = run(loaded, reference, anchor, strength_percent, lock, headroom_db, not no_explain, tell)
            if folder is not None:
                tell("Writing")
                write_mixdown(folder, mixdown, audio_format, with_stems)
    if as_json:
        click.echo(mixdown.advice.to_json().encode(), nl=False)
    else:
        gathered(mixdown.advice)
        report(mixdown.advice)
    if out is not None:
        click.echo(f"Written to {click.format_filename(out)}", err=as_json)
    warn(mixdown.peak_dbtp, "match")
