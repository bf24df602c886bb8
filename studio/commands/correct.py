"""`mixconsole correct`: songs are listened to, and their balance is corrected."""

import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import click

from studio.commands import options
from studio.commands.options import plainly, progress, sentence


@click.command()
@options.songs
@options.anchor
@click.option(
    "--out",
    type=options.folder,
    metavar="DIR",
    help="Default: SONG-corrected, beside SONG. Of several songs, each gets a folder of that name in DIR.",
)
@click.option("--stems", "with_stems", is_flag=True, help="Also write the stems as they are in the mix.")
@options.strength(help="How much of the correction to apply.")
@click.option(
    "--passes",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Above 1: listen again to what was corrected, and refine it, up to N passes in all.",
)
@click.option(
    "--windows",
    "most_windows",
    type=click.IntRange(min=1),
    metavar="N",
    help="Listen to N stretches of 10 s, evenly spread, at most. Default: to the whole song.",
)
@click.option(
    "--lock",
    metavar="NAME",
    multiple=True,
    help="Do not touch this stem; it is judged like any other, and what is heard of it is told. Repeatable.",
)
@options.roles
@options.link
@options.unlink
@options.headroom
@options.genre
@options.like
@options.usual
@options.style
@options.explainer
@options.no_explain
@options.audio_format
@options.as_json
@options.force
@options.each
@options.jobs
@options.dask
@options.slurm
@click.option("--console", "source", metavar="PATH", help="Another trained console: a folder or a Hub id.")
@plainly
def correct(
    songs: tuple[Path, ...],
    anchor: str | None,
    out: Path | None,
    with_stems: bool,
    strength_percent: float,
    passes: int,
    most_windows: int | None,
    lock: tuple[str, ...],
    roles: dict[str, str],
    link: tuple[tuple[str, str], ...],
    unlink: tuple[str, ...],
    headroom_db: float | None,
    genre: str | None,
    like: tuple[Path, ...],
    usual_file: Path | None,
    style: str,
    explainer: str | None,
    no_explain: bool,
    audio_format: str,
    as_json: bool,
    force: bool,
    each: bool,
    jobs: int | None,
    dask: str | None,
    slurm: Path | None,
    source: str | None,
) -> None:
    """Listen to songs and correct their balance.

    SONG is a folder of stems (any sound format, in subfolders too), a .stem.mp4, or a .zip of stems. What was read
    and what was left out, such as a mixture beside its stems, is said first. Written are
    advice.json (every number, and the words), the mix (exactly the sum of the corrected stems) and faders.png
    (what changed, as a picture). Several songs are corrected one after another; where one fails, the others go on.

    With --each, SONG is a whole catalogue: folders of songs, also in folders, or a URL (s3://, gs://). Every song in it
    goes to its own folder in DIR (default: SONG-corrected) as it is done; songs.csv (and songs.parquet, where pyarrow
    is installed) then tells every stem of all of them, failures.csv what could not be done. The same command again
    does what is missing: songs that are finished, with these settings, are passed over.

    \b
    mixconsole correct my-song/
    mixconsole correct my-song/ --anchor drums --strength 50 --stems
    mixconsole correct my-song.zip --lock "Lead Vox" --role "track 7=bass" --out fixed/
    mixconsole correct my-song/ --passes 3 --style short
    mixconsole correct my-song/ --genre metal
    mixconsole correct my-song/ --like my-last-song/
    mixconsole correct album/* --out corrected/
    mixconsole correct catalogue/ --each --jobs 8
    mixconsole correct my-song/ --json
    """
    with progress(quiet=as_json) as tell:
        from console.errors import InputError
        from explainer.advice.shown import shown
        from explainer.phrasing.plan import Style
        from studio import usual
        from studio.catalogue.asked import Asked, Desk
        from studio.export.folder import place
        from studio.mixdown import Mixdown
        from studio.terminal import several
        from studio.terminal.report import gathered, report, warn

        if not each and (jobs or dask or slurm):
            raise InputError("--jobs, --dask and --slurm go with --each, which takes a catalogue.")
        if each and (as_json or len(songs) != 1):
            raise InputError("--each takes one catalogue, and writes tables: leave out --json, and give one place.")
        if out is None and as_json and with_stems:
            raise InputError("With --json nothing is written without --out: say where the --stems are to go.")
        alone = len(songs) == 1
        songs, left_out = several.chosen(songs)
        asked = Asked(
            console=source,
            anchor=anchor,
            strength_percent=strength_percent,
            lock=lock,
            headroom_db=headroom_db,
            passes=passes,
            most_windows=most_windows,
            roles=roles,
            link=link,
            unlink=unlink,
            style=None if no_explain or strength_percent == 0 else Style(style),
            explainer=explainer,
            audio_format=audio_format,
            with_stems=with_stems,
        )
        places = [] if each else several.places(songs, out, write=not as_json, alone=alone)
        asked = replace(asked, told=usual.told(genre, like, usual_file, tell))
        tell("Loading the models")  # once, and before the work: a slip in a name costs none
        desk = None if each else Desk(asked)

    if desk is None:
        from studio.commands.each import correct_catalogue

        correct_catalogue(songs[0], out, asked, force, jobs, dask, slurm)
        return

    def corrected(song: Path, out: Path | None, tell: Callable[[str], None]) -> Mixdown:
        with place(out, force, song) if out else nullcontext() as folder:
            return desk.corrected(song, folder, tell)

    for path in left_out:
        click.echo(f"Left out: {several.called(path)}, which was written by an earlier correction.", err=True)
    outcomes = []
    for at, (song, to) in enumerate(zip(songs, places, strict=True), start=1):
        title = "" if alone else f"{at} of {len(songs)}, {several.called(song)}"
        if title and not as_json:
            click.echo(title)
        try:
            with progress(quiet=as_json, of=title and f"{title}: ") as tell:
                mixdown = corrected(song, to, tell)
        except Exception as error:
            said_wrong = sentence(error)
            if alone or said_wrong is None:
                raise
            outcomes.append(several.Told(song, failure=shown(said_wrong)))
            click.echo(f"Error: {outcomes[-1].failure}", err=True)
        else:
            outcomes.append(several.Told(song, mixdown.advice))
            if not as_json:
                gathered(mixdown.advice)
                report(mixdown.advice)
            if to is not None:
                click.echo(f"Written to {click.format_filename(to)}", err=as_json)
            warn(mixdown.peak_dbtp)
            del mixdown  # a song's memory is free before the next one is read
        if title and not as_json:
            click.echo()
    if as_json:
        click.echo(several.as_json(outcomes, alone).encode(), nl=False)
    elif not alone:
        click.echo(several.summary(outcomes))
    if any(told.advice is None for told in outcomes):
        sys.exit(2)
