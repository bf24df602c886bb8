"""`mixconsole feedback`: what can be said of a production, by rules and by a language model."""

from pathlib import Path

import click

from studio.commands import options
from studio.commands.options import plainly, progress


@click.command()
@options.song
@click.option(
    "--compare",
    "older",
    type=options.folder,
    metavar="OTHER",
    help="An older version of the song, or its analysis: what changed since is told first.",
)
@click.option(
    "--llm",
    metavar="URL#MODEL",
    help="A language model that judges as well: http://HOST/v1#MODEL of an OpenAI-compatible endpoint, its key in "
    "$MIXCONSOLE_KEY, or hf:NAME for one on this machine.",
)
@click.option("--chat", "talk", is_flag=True, help="Go on talking about it with the language model.")
@click.option("--short", is_flag=True, help="Tell the language model the most important facts only.")
@options.roles
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, with every fact.")
@click.option("--md", "as_markdown", is_flag=True, help="Print it as Markdown.")
@plainly
def feedback(
    song: Path,
    older: Path | None,
    llm: str | None,
    talk: bool,
    short: bool,
    roles: dict[str, str],
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Say how a production stands: scores, suggestions, questions.

    SONG is a folder of stems, a .zip or .stem.mp4, or an analysis that mixconsole report --json printed. By rules, each
    score rests on what was measured, and what cannot be measured is not judged. With --llm a language model judges as
    well: its figures are filled in from the measurements, and a sentence with others is marked.

    \b
    mixconsole feedback my-song/
    mixconsole feedback my-song/ --compare my-song-last-week/
    mixconsole feedback my-song/ --llm http://127.0.0.1:8080/v1#qwen --chat
    """
    import sys

    from console.errors import InputError

    if talk and llm is None:
        raise InputError("To talk about a song takes a language model: name one by --llm.")
    if as_json and as_markdown:
        raise InputError("Choose one of --json and --md.")
    with progress(quiet=as_json) as tell:
        from explainer.feedback.model.told import FULL, SHORT
        from studio.terminal.feedback import Feedback, conversation

        speaker = None
        if llm is not None:  # before the work, so that a slip in its name costs none
            from explainer.feedback.model.speaker import speaker as named

            tell("Asking the language model")
            speaker = named(llm)
        made = Feedback.of(song, older, roles, speaker, SHORT if short else FULL, tell)
    click.echo(made.as_json() if as_json else made.in_markdown() if as_markdown else made.in_text())
    if talk:
        conversation(made, sys.stdin.isatty())
