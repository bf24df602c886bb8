"""The commands that put numbers into words: `mixconsole explain` and `mixconsole compare`."""

from pathlib import Path

import click

from studio import options
from studio.options import plainly, progress


@click.command()
@click.argument("advice", type=options.folder, metavar="ADVICE")
@options.style
@options.explainer
@click.option("--json", "as_json", is_flag=True, help="Print the whole advice, the new words in it.")
@plainly
def explain(advice: Path, style: str, explainer: str | None, as_json: bool) -> None:
    """Put an advice.json into words.

    The words are verified: read again and held against the numbers. What contradicts them is written anew, and at last
    taken from the phrase bank.

    \b
    mixconsole explain my-song-corrected/advice.json
    mixconsole explain my-song-corrected/advice.json --style short
    mixconsole explain my-song-corrected/advice.json --json > advice-in-words.json
    """
    with progress(quiet=as_json) as tell:
        from explainer.phrases import Style
        from explainer.schema import load
        from explainer.words import in_words
        from studio.report import told

        known = load(advice)
        tell("Finding words")
        said = in_words([known], Style(style), explainer)[0]
    click.echo(said.to_json().encode() if as_json else told(said), nl=not as_json)


@click.command()
@click.argument("a", type=options.folder)
@click.argument("b", type=options.folder)
@options.style
@options.explainer
@options.roles
@click.option("--json", "as_json", is_flag=True, help="Print each stem's change as JSON.")
@plainly
def compare(a: Path, b: Path, style: str, explainer: str | None, roles: dict[str, str], as_json: bool) -> None:
    """Explain what differs between two versions of a song's stems.

    A and B are two exports of the same song: folders of stems, .zip or .stem.mp4. Where a stem differs by a gain only,
    that gain is recovered exactly; where more was changed, this is said.

    \b
    mixconsole compare my-song/ my-song-new/
    mixconsole compare rough.zip final.zip --style short
    """
    with progress(quiet=as_json) as tell:
        from console.compare import compare as changes_between
        from console.read.song import Song
        from studio.versions import as_data, in_text

        tell("Reading the stems")
        songs = [Song.load(path, roles) for path in (a, b)]
        tell("Comparing")
        changes = changes_between(*songs)
    click.echo(as_data(changes) if as_json else in_text(changes, style, explainer))
