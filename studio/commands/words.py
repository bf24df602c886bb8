"""The commands that put numbers into words: `mixconsole explain`, `mixconsole ask` and `mixconsole compare`."""

from pathlib import Path

import click

from studio.commands import options
from studio.commands.options import plainly, progress


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
        from explainer.advice.json import load
        from explainer.phrasing.plan import Style
        from explainer.speak import in_words
        from studio.terminal.report import told

        known = load(advice)
        tell("Finding words")
        said = in_words([known], Style(style), explainer)[0]
    click.echo(said.to_json().encode() if as_json else told(said), nl=not as_json)


@click.command()
@click.argument("advice", type=options.folder, metavar="ADVICE")
@click.argument("questions", nargs=-1, metavar="[QUESTION]...")
@options.explainer
@click.option("--json", "as_json", is_flag=True, help="Print the answers as JSON: how each was understood, and more.")
@plainly
def ask(advice: Path, questions: tuple[str, ...], explainer: str | None, as_json: bool) -> None:
    """Ask about an advice.json, in your own words.

    Why a stem moves, what comes first, how sure it is, how far you may go, what if you leave it, what is usual, what
    covers it: every number in an answer is the advice's. What levels do not tell is said to be so. Where only another
    listening would tell, the command for it stands below the answer. Without a QUESTION, examples on this very advice
    are listed.

    \b
    mixconsole ask my-song-corrected/advice.json
    mixconsole ask my-song-corrected/advice.json "why the bass?"
    mixconsole ask my-song-corrected/advice.json "what first?" "how sure are you?"
    """
    with progress(quiet=as_json) as tell:
        from explainer.advice.json import load
        from explainer.ask import answer, examples, understood
        from studio.terminal.asking import as_data, can_be_asked, in_text

        known = load(advice)
        for question in questions:  # before the model is loaded, so that an empty one costs nothing
            understood(question, known)
        if not questions:
            said = can_be_asked(examples(known), as_json)
        else:
            from explainer.language.writer import writer

            words = writer(explainer)
            tell("Finding words")
            told = [answer(words, known, question) for question in questions]
            said = as_data(told) if as_json else in_text(told)
    click.echo(said)


@click.command()
@click.argument("a", type=options.folder)
@click.argument("b", type=options.folder)
@options.style
@options.explainer
@options.roles
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
@plainly
def compare(a: Path, b: Path, style: str, explainer: str | None, roles: dict[str, str], as_json: bool) -> None:
    """Explain what differs between two versions of a song's stems.

    A and B are two exports of the same song: folders of stems, .zip or .stem.mp4, or what correct --stems wrote. They
    are aligned first, up to 0.2 s either way. Where a stem differs by a delay, its polarity and a gain only, that gain
    is recovered exactly; where more was changed, this is said.

    \b
    mixconsole compare my-song/ my-song-new/
    mixconsole compare my-song/ my-song-corrected/
    mixconsole compare rough.zip final.zip --style short
    """
    with progress(quiet=as_json) as tell:
        from console.correct.compare import compare as changes_between
        from console.read.song import Song
        from studio.terminal.versions import as_data, in_text, stems_of

        places = [stems_of(path) for path in (a, b)]
        words = None
        if not as_json:  # before the work, so that a slip in its name costs none
            from explainer.language.writer import writer

            words = writer(explainer)
        tell("Reading the stems")
        songs = [Song.load(path, roles) for path in places]
        tell("Comparing")
        comparison = changes_between(*songs)
        if words is not None:
            tell("Finding words")
        said = as_data(comparison) if words is None else in_text(comparison, style, words)
    click.echo(said)
