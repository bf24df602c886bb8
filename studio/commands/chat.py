"""`mixconsole chat`: a song is mixed by talking to it."""

from pathlib import Path

import click

from studio.commands import options
from studio.commands.options import plainly, progress


@click.command()
@options.song
@options.anchor
@click.option("--lock", metavar="NAME", multiple=True, help="A stem that is not to be touched. Repeatable.")
@options.strength(help="How much of each correction to suggest.")
@options.roles
@options.link
@options.unlink
@options.genre
@options.like
@options.usual
@options.llm
@options.explainer
@click.option("--out", type=options.folder, metavar="DIR", help="What is saved goes here. Default: SONG-corrected.")
@click.option("--stems", "with_stems", is_flag=True, help="Save the stems as well, as they are in the mix.")
@options.audio_format
@options.force
@click.option("--console", "source", metavar="PATH", help="Another trained console: a folder or a Hub id.")
@plainly
def chat(
    song: Path,
    anchor: str | None,
    lock: tuple[str, ...],
    strength_percent: float,
    roles: dict[str, str],
    link: tuple[tuple[str, str], ...],
    unlink: tuple[str, ...],
    genre: str | None,
    like: tuple[Path, ...],
    usual_file: Path | None,
    llm: str | None,
    explainer: str | None,
    out: Path | None,
    with_stems: bool,
    audio_format: str,
    force: bool,
    source: str | None,
) -> None:
    """Mix a song by talking to it.

    It listens first, and says what it would move. Then: "vocals up 2 dB but leave the bass", "why the bass?", "apply
    it", "undo that", "what if the drums are the anchor?"; :help tells more. Nothing is written until you say "save".
    What is piped in is answered line by line.

    \b
    mixconsole chat my-song/
    mixconsole chat my-song/ --anchor drums --genre rock
    echo "apply it and save" | mixconsole chat my-song/ --out fixed/
    mixconsole chat my-song/ --llm http://127.0.0.1:8080/v1#qwen
    """
    import sys

    with progress() as tell:
        from console.model import Console
        from explainer.language.writer import writer
        from studio.chat import Conversation
        from studio.export.folder import default_folder
        from studio.session import Session
        from studio.terminal.talking import Talk, begun, piped, typed

        model = None
        if llm is not None:
            from studio.chat.llm.model import Model

            tell("Asking the language model")
            model = Model.at(llm)
        tell("Loading the models")
        console, words = Console.from_pretrained(source), writer(explainer)
        session = Session.open(song, roles, link, unlink, console, words, tell)
        begun(session, anchor, lock, strength_percent, genre, usual_file, like)
    to = out or default_folder(song)
    talk = Talk(Conversation(session, model), song, to, audio_format, with_stems, force)
    with progress() as session.tell:
        talk.listen()
    here = sys.stdin.isatty()
    talk.go(typed() if here else piped(), echo=not here)
