"""`mixconsole report`: what the music is and how the mix measures, for people, programs and language models."""

import sys
from pathlib import Path

import click

from studio.commands import options
from studio.commands.options import plainly, progress

FORMS = {".json": "json", ".md": "md", ".markdown": "md", ".html": "html", ".htm": "html"}
STDOUT = "-"


@click.command()
@click.argument("song", type=options.folder, required=False)
@options.roles
@click.option("--json", "form", flag_value="json", help="As JSON: every figure, list and time, read back by report.")
@click.option("--md", "form", flag_value="md", help="As a page of Markdown.")
@click.option("--html", "form", flag_value="html", help="As one page of HTML with its pictures in it.")
@click.option(
    "--for-llm",
    "size",
    type=click.Choice(["short", "full"]),
    help="For a language model: short takes 600 tokens at most, full 2,000. Names that users gave stand in quotes.",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of --json, and end.")
@click.option(
    "-o", "--out", type=options.folder, metavar="FILE", help="Write it there; .json, .md or .html tell the form."
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@plainly
def report(
    song: Path | None,
    roles: dict[str, str],
    form: str | None,
    size: str | None,
    schema: bool,
    out: Path | None,
    force: bool,
) -> None:
    """Tell what the music is, and how the mix measures.

    Tempo, metre, key, chords and what comes again of them, the melody's range, sections with what enters and rests,
    genre, mood and instruments, timbre, loudness, spectrum, stereo, and the stems in the mix. What is estimated says
    how sure it is; what could not be heard says why. Nothing leaves this machine.

    SONG is a folder of stems, a .zip or .stem.mp4, or a report in JSON that was kept. A song of four minutes takes
    about half a minute. Some parts are heard better with models that are fetched once: mixconsole models fetch music.

    \b
    mixconsole report my-song/
    mixconsole report my-song/ -o my-song.html             # with pictures
    mixconsole report my-song/ --json > my-song.json
    mixconsole report my-song.json --for-llm short         # from what was kept, at once
    """
    with progress(quiet=out is None and form is not None) as tell:
        from console.errors import InputError
        from studio.report.report import SongReport
        from studio.report.report import schema as schema_of

        if schema:
            click.echo(schema_of(), nl=False)
            return
        if song is None:
            raise InputError("Name a song: a folder of stems, a .zip or a .stem.mp4, or a report in JSON.")
        if form is not None and size is not None:
            raise InputError(f"Choose one of --{form} and --for-llm.")
        form = form or (None if out is None or size else FORMS.get(out.suffix.casefold()))
        if form == "html" and out is None and sys.stdout.isatty():
            raise InputError("A page of HTML is nothing to read in a terminal: name a file by -o.")
        if out is not None and out.exists() and not force:
            raise InputError(f'"{out}" exists: choose another file, or --force to replace it.')
        if out is not None and not out.parent.is_dir():  # before the work
            raise InputError(f'"{out}" cannot be written: "{out.parent}" is no folder.')
        found = SongReport.of(song, roles, tell)
        if form == "html":
            tell("Drawing")
        made = {None: found.as_text, "json": found.as_json, "md": found.as_markdown, "html": found.as_html}
        text = found.for_model(size) if size else made[form]()
        if out is not None:
            _write(out, text)
    if out is None:
        click.echo(text.encode("utf-8", "replace") if form or size else text, nl=False)
    else:
        click.echo(f"Written to {click.format_filename(out)}")


def _write(out: Path, text: str) -> None:
    from console.files.whole import whole_file

    with whole_file(out) as part:
        part.write_bytes(text.encode("utf-8", "replace"))
