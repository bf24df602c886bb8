"""`mixconsole critique`: what can be said of a finished mix without its stems."""

from pathlib import Path

import click

from studio.commands import options
from studio.commands.options import plainly, progress


@click.command()
@click.argument("mix", type=options.folder)
@click.option(
    "--separator",
    metavar="NAME",
    envvar="MIXCONSOLE_SEPARATOR",
    help="Your own separator: demucs (the package, if you have installed it), demucs:MODEL, or a file (.pt, "
    ".safetensors) with the weights of torchaudio's HDemucs. Default: $MIXCONSOLE_SEPARATOR, or none.",
)
@click.option(
    "--sources",
    metavar="NAME,NAME,...",
    help="What the file's network estimates, in its order. Default: what the file says, or drums,bass,other,vocals.",
)
@click.option("--stems", type=options.folder, metavar="DIR", help="Also write the estimated stems there.")
@click.option("--force", is_flag=True, help="Replace DIR if it exists.")
@click.option("--clap", type=options.folder, metavar="FOLDER", help="A ClapModel of transformers, to fit words by.")
@click.option("--word", "words", metavar="TEXT", multiple=True, help="What --clap holds against the sound. Repeatable.")
@click.option("--json", "form", flag_value="json", help="Print it as JSON, with every figure.")
@click.option("--md", "form", flag_value="md", help="Print it as Markdown.")
@plainly
def critique(
    mix: Path,
    separator: str | None,
    sources: str | None,
    stems: Path | None,
    force: bool,
    clap: Path | None,
    words: tuple[str, ...],
    form: str | None,
) -> None:
    """Say what can be said of a finished mix without its stems.

    MIX is one sound file. With --separator it is taken apart first, and the estimated stems are judged as any song's;
    such stems are not the recordings, so what is said of them is less sure. Without, the mixture alone is heard:
    loudness, spectrum, key, chords, beats, sections, genre, timbre; and nothing of the balance. Nothing that is heard
    leaves this machine; the package demucs gets its weights from the network when it is used first.

    \b
    mixconsole critique mix.wav
    mixconsole critique mix.wav --separator demucs --stems estimated/
    mixconsole critique mix.wav --separator hdemucs.pt --json
    """
    from console.errors import InputError

    if separator is None and (sources or stems):
        raise InputError("--sources and --stems go with --separator, which takes the mix apart.")
    if bool(clap) != bool(words):
        raise InputError("--clap and --word go together: a model, and words to hold against the sound.")
    if force and stems is None:
        raise InputError("--force goes with --stems.")
    if stems is not None and stems.exists() and not force:
        raise InputError(f'"{stems}" exists: choose another folder, or --force to replace it.')
    with progress(quiet=form == "json") as tell:
        from studio.terminal.critique import Critique

        tell("Loading the models")
        using = None
        if separator is not None:  # before the work, so that a slip in its name costs none
            from console.separate.separator import separator as named

            using = named(separator, sources.split(",") if sources else ())
        made = Critique.of(mix, using, tell, stems, force, (clap, words) if clap else None)
    said = made.as_json() if form == "json" else made.in_markdown() if form == "md" else made.in_text()
    click.echo(said.encode("utf-8", "replace") if form else said, nl=False)
    if stems is not None:
        click.echo(f"Estimated stems written to {click.format_filename(stems)}", err=form is not None)
