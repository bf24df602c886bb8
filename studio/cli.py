"""The command line: `mixconsole correct`, `explain`, `ask`, `compare`, `match`, `learn`, `flaw`, `demo` and more."""

import atexit
import gc
import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from pathlib import Path

import click

from studio import options
from studio.learn import learn
from studio.matching import match
from studio.models import models
from studio.options import finite, plainly, progress, sentence
from studio.study.commands import study
from studio.words import ask, compare, explain

# Everything heavy is imported where it is used, so that `mixconsole --help` answers at once.
GARBAGE_AFTER = 50_000  # new objects; Python looks for cycles after 700, again and again while libraries are imported


@cache
def _collect_seldom() -> None:
    """A command is short: to look for garbage all through its imports, and once more at its end, takes half of it."""
    gc.set_threshold(GARBAGE_AFTER)
    atexit.register(gc.freeze)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mixconsole", message="mixconsole %(version)s")
def main() -> None:
    """Listens to the stems of a mix, says which faders are wrong and by how many dB, and puts them right.

    \b
    mixconsole demo                  see and hear it on a real song
    mixconsole correct my-song/      correct a song of your own
    mixconsole match my-song/ rough.wav    bring it to the balance of a mix of it
    """
    _collect_seldom()


@main.command()
@options.songs
@options.anchor
@click.option(
    "--out",
    type=options.folder,
    metavar="DIR",
    help="Default: SONG-corrected, beside SONG. Of several songs, each gets a folder of that name in DIR.",
)
@click.option("--stems", "with_stems", is_flag=True, help="Also write the stems as they are in the mix.")
@click.option(
    "--strength",
    "strength_percent",
    type=click.FloatRange(0, 100),
    callback=finite,
    default=100,
    show_default=True,
    metavar="PERCENT",
    help="How much of the correction to apply.",
)
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
@click.option(
    "--headroom",
    "headroom_db",
    type=click.FloatRange(0, 60),
    callback=finite,
    metavar="DB",
    help="If the mix's true peak lies above -DB dBTP, lower all stems together until it does not.",
)
@options.genre
@options.like
@options.usual
@options.style
@options.explainer
@click.option("--no-explain", is_flag=True, help="Numbers only, no words.")
@options.audio_format
@click.option("--json", "as_json", is_flag=True, help="Print the advice as JSON; write files only with --out.")
@options.force
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
    source: str | None,
) -> None:
    """Listen to songs and correct their balance.

    SONG is a folder of stems (any sound format, in subfolders too), a .stem.mp4, or a .zip of stems. What was read
    and what was left out, such as a mixture beside its stems, is said first. Written are
    advice.json (every number, and the words), the mix (exactly the sum of the corrected stems) and faders.png
    (what changed, as a picture). Several songs are corrected one after another; where one fails, the others go on.

    \b
    mixconsole correct my-song/
    mixconsole correct my-song/ --anchor drums --strength 50 --stems
    mixconsole correct my-song.zip --lock "Lead Vox" --role "track 7=bass" --out fixed/
    mixconsole correct my-song/ --passes 3 --style short
    mixconsole correct my-song/ --genre metal
    mixconsole correct my-song/ --like my-last-song/
    mixconsole correct album/* --out corrected/
    mixconsole correct my-song/ --json
    """
    with progress(quiet=as_json) as tell:
        from console.errors import InputError
        from console.model import Console
        from console.read.song import Song
        from explainer.advice.shown import shown
        from explainer.language.writer import writer
        from explainer.phrasing.plan import Style
        from studio import several, usual
        from studio.outputs import place, write_session
        from studio.report import gathered, report, warn
        from studio.session import Session, run

        if out is None and as_json and with_stems:
            raise InputError("With --json nothing is written without --out: say where the --stems are to go.")
        alone = len(songs) == 1
        songs, left_out = several.chosen(songs)
        places = several.places(songs, out, write=not as_json, alone=alone)
        told = usual.told(genre, like, usual_file, tell)
        tell("Loading the models")  # once, and before the work: a slip in a name costs none
        console = Console.from_pretrained(source)
        said = None if no_explain or strength_percent == 0 else Style(style)
        words = None if said is None else writer(explainer)

    def corrected(song: Path, out: Path | None, tell: Callable[[str], None]) -> Session:
        with place(out, force, song) if out else nullcontext() as folder:
            tell("Reading the stems")
            loaded = Song.load(song, roles, link, unlink)
            judged_by = told.of(loaded)
            session = run(
                loaded,
                console,
                anchor,
                strength_percent,
                lock,
                headroom_db,
                passes,
                said,
                words,
                tell,
                judged_by,
                most_windows,
            )
            if folder is not None:
                tell("Writing")
                write_session(folder, session, audio_format, with_stems)
        return session

    for path in left_out:
        click.echo(f"Left out: {several.called(path)}, which was written by an earlier correction.", err=True)
    outcomes = []
    for at, (song, to) in enumerate(zip(songs, places, strict=True), start=1):
        title = "" if alone else f"{at} of {len(songs)}, {several.called(song)}"
        if title and not as_json:
            click.echo(title)
        try:
            with progress(quiet=as_json, of=title and f"{title}: ") as tell:
                session = corrected(song, to, tell)
        except Exception as error:
            said_wrong = sentence(error)
            if alone or said_wrong is None:
                raise
            outcomes.append(several.Told(song, failure=shown(said_wrong)))
            click.echo(f"Error: {outcomes[-1].failure}", err=True)
        else:
            outcomes.append(several.Told(song, session.advice))
            if not as_json:
                gathered(session.advice)
                report(session.advice)
            if to is not None:
                click.echo(f"Written to {click.format_filename(to)}", err=as_json)
            warn(session.peak_dbtp)
            del session  # a song's memory is free before the next one is read
        if title and not as_json:
            click.echo()
    if as_json:
        click.echo(several.as_json(outcomes, alone).encode(), nl=False)
    elif not alone:
        click.echo(several.summary(outcomes))
    if any(told.advice is None for told in outcomes):
        sys.exit(2)


main.add_command(explain)
main.add_command(ask)
main.add_command(compare)
main.add_command(learn)
main.add_command(match)
main.add_command(models)
main.add_command(study)


@main.command()
@options.song
@click.option("--stem", metavar="NAME", required=True, help="The stem to put the flaw on.")
@options.gain(required=True, help="How much louder; negative is quieter.")
@click.option("--out", type=options.folder, metavar="DIR", required=True, help="Where the copy goes.")
@options.roles
@options.audio_format
@options.force
@plainly
def flaw(
    song: Path, stem: str, gain_db: float, out: Path, roles: dict[str, str], audio_format: str, force: bool
) -> None:
    """Write a spoiled copy of a song, for trying and teaching.

    One stem is made louder (positive DB) or quieter (negative). What was done is kept in its flaw.json,
    to be looked up when the guessing is over.

    \b
    mixconsole flaw my-song/ --stem drums --gain 6 --out riddle/
    mixconsole flaw my-song.zip --stem "Lead Vox" --gain -4.5 --out riddle/ --format flac
    """
    with progress() as tell:
        from console.read.song import Song
        from explainer.advice.shown import shown
        from studio.outputs import place, write_spoilt
        from studio.spoil import spoil

        with place(out, force, song) as folder:
            tell("Reading the stems")
            spoilt = spoil(Song.load(song, roles), stem, gain_db)
            tell("Writing")
            write_spoilt(folder, spoilt, audio_format)
    click.echo(f"The level of {shown(stem)} was changed by {gain_db:+g} dB.")
    click.echo(f"Written to {click.format_filename(out)}")


@main.command()
@click.option("--song", type=options.folder, metavar="SONG", help="Default: the song in the package stempeg.")
@click.option("--stem", metavar="NAME", help="The stem to put a flaw on. Default: drawn.")
@options.gain(help="How much louder; negative is quieter. Default: drawn.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Each draws another flaw."
)
@options.anchor
@options.genre
@options.like
@options.usual
@click.option(
    "--out",
    type=options.folder,
    metavar="DIR",
    default=Path("mixconsole-demo"),
    show_default=True,
    help="Replaced if an earlier demo left it.",
)
@options.force
@plainly
def demo(
    song: Path | None,
    stem: str | None,
    gain_db: float | None,
    seed: int,
    anchor: str | None,
    genre: str | None,
    like: tuple[Path, ...],
    usual_file: Path | None,
    out: Path,
    force: bool,
) -> None:
    """Spoil a real song, correct it, and show what happened.

    DIR then holds the original, the flawed and the corrected mix to listen to, advice.json, faders.png, and
    flaw.json with the truth. If one of the mixes would clip in a player, all three are lowered alike.

    \b
    mixconsole demo
    mixconsole demo --stem vocals --gain -9
    mixconsole demo --song my-song/ --seed 7 --out trial/
    """
    with progress() as tell:
        from studio import usual
        from studio.demo import demonstrate, told
        from studio.report import report, warn

        judged_by = usual.told(genre, like, usual_file, tell).of
        outcome = demonstrate(song, stem, gain_db, seed, anchor, out, force, tell, judged_by)
    report(outcome.session.advice)
    click.echo("\n" + "\n".join(told(outcome)))
    click.echo(f"Listen to the three mixes in {click.format_filename(out)}")
    warn(outcome.session.peak_dbtp)


@main.command()
@click.option("--songs", type=click.IntRange(min=1), required=True, metavar="N", help="How many there shall be in DIR.")
@click.option(
    "--seconds",
    type=click.FloatRange(5, 1200),
    callback=finite,
    default=60.0,
    show_default=True,
    metavar="S",
    help="Length of each song.",
)
@click.option("--out", type=options.folder, metavar="DIR", required=True, help="Gains what it lacks of them.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="K", help="Each makes other songs."
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="J", help="Songs made at once. Default: one per core.")
@click.option(
    "--test-share",
    type=click.FloatRange(0, 1),
    callback=finite,
    default=0.1,
    show_default=True,
    metavar="SHARE",
    help="Of the songs, those that go to DIR/test.",
)
@click.option("--native/--no-native", default=True, show_default=True, help="Keep kick, snare, guitars ... as well.")
@plainly
def synth(songs: int, seconds: float, out: Path, seed: int, jobs: int | None, test_share: float, native: bool) -> None:
    """Make synthetic multitracks to train on, laid out as MUSDB18-HQ is.

    Songs are composed by rule, played by FluidSynth, our own oscillators and a singing espeak-ng, and mixed at
    levels drawn from the balance prior. The same seed makes the same files. A run that was stopped is taken up
    again by the same command; a larger N adds songs.

    \b
    mixconsole synth --songs 200 --out data/synth/
    mixconsole synth --songs 40 --seconds 40 --seed 1 --jobs 1 --no-native --out data/synth-small/
    """
    from studio.synth import synthesise

    synthesise(out, songs, seconds, seed, jobs, test_share, native)
    click.echo(f"Written to {click.format_filename(out)}")
