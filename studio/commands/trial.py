"""`mixconsole flaw` and `mixconsole demo`: a song is spoiled, for guessing and for showing."""

from pathlib import Path

import click

from studio.commands import options
from studio.commands.options import plainly, progress


@click.command()
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
        from studio.export.folder import place, write_spoilt
        from studio.trial.spoil import spoil

        with place(out, force, song) as folder:
            tell("Reading the stems")
            spoilt = spoil(Song.load(song, roles), stem, gain_db)
            tell("Writing")
            write_spoilt(folder, spoilt, audio_format)
    click.echo(f"The level of {shown(stem)} was changed by {gain_db:+g} dB.")
    click.echo(f"Written to {click.format_filename(out)}")


@click.command()
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
        from studio.terminal.report import report, warn
        from studio.trial.demo import demonstrate, told

        judged_by = usual.told(genre, like, usual_file, tell).of
        outcome = demonstrate(song, stem, gain_db, seed, anchor, out, force, tell, judged_by)
    report(outcome.mixdown.advice)
    click.echo("\n" + "\n".join(told(outcome)))
    click.echo(f"Listen to the three mixes in {click.format_filename(out)}")
    warn(outcome.mixdown.peak_dbtp)
