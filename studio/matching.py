"""`mixconsole match`: a song's stems are brought to the balance of a mix of the same song."""

from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from studio import options
from studio.options import finite, plainly, progress

if TYPE_CHECKING:  # imported where they are used, so that `mixconsole --help` answers at once
    from console.read.song import Song
    from studio.session import Session

NAME = "match"  # stands in the advice where a console's name does otherwise


@click.command()
@options.song
@click.argument("reference", type=options.folder)
@click.option("--anchor", metavar="NAME", help="The stem that keeps its level; the others are brought round it.")
@click.option("--out", type=options.folder, metavar="DIR", help="Default: SONG-matched, beside SONG.")
@click.option("--stems", "with_stems", is_flag=True, help="Also write the stems as they are in the mix.")
@click.option(
    "--strength",
    "strength_percent",
    type=click.FloatRange(0, 100),
    callback=finite,
    default=100,
    show_default=True,
    metavar="PERCENT",
    help="How much of the way to go.",
)
@click.option("--lock", metavar="NAME", multiple=True, help="Do not touch this stem. Repeatable.")
@options.roles
@options.link
@options.unlink
@click.option(
    "--headroom",
    "headroom_db",
    type=click.FloatRange(0, 60),
    callback=finite,
    metavar="DB",
    help="If the mix's true peak lies above -DB dBTP, lower all stems together until it does not.",
)
@click.option("--no-explain", is_flag=True, help="Numbers only, no words.")
@options.audio_format
@click.option("--json", "as_json", is_flag=True, help="Print the advice as JSON; write files only with --out.")
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
        from studio.outputs import default_folder, place, write_session
        from studio.report import gathered, report, warn

        if out is None and as_json and with_stems:
            raise InputError("With --json nothing is written without --out: say where the --stems are to go.")
        if out is None and not as_json:
            out = default_folder(song, "matched")
        with place(out, force, song) if out else nullcontext() as folder:
            tell("Reading the stems")
            loaded = Song.load(song, roles, link, unlink)
            session = run(loaded, reference, anchor, strength_percent, lock, headroom_db, not no_explain, tell)
            if folder is not None:
                tell("Writing")
                write_session(folder, session, audio_format, with_stems)
    if as_json:
        click.echo(session.advice.to_json().encode(), nl=False)
    else:
        gathered(session.advice)
        report(session.advice)
    if out is not None:
        click.echo(f"Written to {click.format_filename(out)}", err=as_json)
    warn(session.peak_dbtp, "match")


def run(
    song: "Song",
    reference: Path,
    anchor: str | None = None,
    strength_percent: float = 100.0,
    lock: Collection[str] = (),
    headroom_db: float | None = None,
    in_words: bool = True,
    tell: Callable[[str], None] = lambda step: None,
) -> "Session":
    """Brings a song to the balance of the mix in a sound file.

    Args:
        anchor: the stem that keeps its level.
        strength_percent: how much of the way to go, 0..100 %.
        lock: names of stems to leave alone.
        headroom_db: as of `studio.session.run`.
        in_words: whether the advice has a text.

    Raises: InputError for a reference that cannot be read, and as `console.match.match.match` does.
    """
    from console.match.match import Heard
    from console.match.match import match as matched
    from console.match.moves import moves
    from console.match.reading import read_mix
    from explainer.advice.advice import ModelStamp, Reference
    from explainer.advice.shown import shown
    from explainer.speak import in_words as with_words
    from studio.session import at_the_desk, loudness

    lock = [song.names[song.index(name)] for name in lock]  # said before the work, not after it
    tell("Reading the reference")
    mix, sample_rate = read_mix(reference)
    title = shown(reference.name)
    found = matched(song, mix, sample_rate, title, anchor, tell)
    correction = moves(song, found, strength_percent, lock)
    tell("Measuring loudness")
    session = at_the_desk(
        song, correction, loudness(song), ModelStamp(NAME, version("mixconsole"), ""), headroom_db, tell
    )
    told = {kind: tuple(n for n, heard in zip(song.names, found.heard, strict=True) if heard is kind) for kind in Heard}
    advice = replace(
        session.advice,
        reference=Reference(
            title,
            found.residual_db,
            round(found.offset_s, 4),
            round(found.common_s, 3),
            found.inverted,
            told[Heard.MUTED],
            told[Heard.UNTOLD],
        ),
    )
    return replace(session, advice=with_words([advice])[0] if in_words and strength_percent > 0 else advice)
