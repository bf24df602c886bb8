"""`mixconsole synth`: synthetic multitracks are made."""

import os
from pathlib import Path

import click

from studio.commands import options
from studio.commands.options import finite, plainly


@click.command()
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
    synthesise(out, songs, seconds, seed, jobs, test_share, native)
    click.echo(f"Written to {click.format_filename(out)}")


def synthesise(
    out: Path, songs: int, seconds: float, seed: int, jobs: int | None, test_share: float, native: bool
) -> None:
    """Make the songs, with a progress bar where stderr is a terminal; raises `InputError` as `generate` does."""
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from console.data.synth.generate import Settings, generate

    terminal = Terminal(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    settings = Settings(seed, seconds, test_share, native)
    with Progress(*columns, console=terminal, disable=not terminal.is_terminal) as bar:
        task = bar.add_task("Songs", total=songs)
        for done in generate(out, songs, settings, jobs or os.cpu_count() or 1):
            bar.update(task, completed=done)
