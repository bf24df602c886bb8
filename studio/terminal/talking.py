"""A conversation in the terminal: line by line, with the faders as a table."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console as Terminal
from rich.table import Table
from rich.text import Text

from console.errors import InputError, plain_words
from console.read.account import remarks, summary
from explainer.advice.shown import shown
from studio.chat import Conversation
from studio.chat.examples import examples
from studio.chat.reply import Reply
from studio.export.folder import place
from studio.session import Session
from studio.session.sentences import position

PROMPT = "> "
NOTHING = "–"
NARROWEST = 60
HELP = """:table          where the faders stand
:undo  :redo    take back one step, or make it again
:like SONG      judge by a song that you hold up
:match FILE     suggest the balance of a mix of this song
:export [DIR]   write the mix, the advice and a picture; or say "save"
:export KIND FILE    one file: {kinds}
:quit           or Ctrl-D

All else is said to the mix, such as:"""


def answered(lines: Iterator[str], echo: bool, answer: Callable[[str], None]) -> None:
    """Answers line by line, until there are no more, or one says so; what cannot be done is told.

    Args:
        echo: print each line above its answer, as nobody typed it.
    """
    for line in lines:
        text = line.strip()
        if not text:
            continue
        if echo:
            click.echo(f"{PROMPT}{shown(text)}")
        if text in (":quit", ":q", ":exit"):
            break
        try:
            answer(text)
        except Exception as error:
            wrong = plain_words(error)
            if wrong is None:
                raise
            click.echo(shown(wrong))
        click.echo()


class Talk:
    """A conversation at a terminal, or with what is piped in.

    Args:
        conversation: with whom.
        song: where the song lies.
        out: the folder that is written to when none is named.
        audio_format: of the mix: wav or flac.
        with_stems: whether the stems are written as well, as they are in the mix.
        force: whether a folder that is there is replaced.
    """

    def __init__(
        self,
        conversation: Conversation,
        song: Path,
        out: Path,
        audio_format: str = "wav",
        with_stems: bool = False,
        force: bool = False,
    ) -> None:
        self.conversation, self.session = conversation, conversation.session
        self.song, self.out, self.audio_format = song, out, audio_format
        self.with_stems, self.force = with_stems, force
        conversation.save = self.save

    def listen(self) -> None:
        """Says what was read, and what would move."""
        song = self.session.song
        click.echo(summary(len(song.names), song.account))
        for remark in remarks(song.account):
            click.echo(remark)
        try:
            said = self.session.analyse().said
        except InputError as error:  # such as a song that is too short to judge: its faders still move
            said = str(error)
        click.echo(f"\n{shown(said)}\n")

    def go(self, lines: Iterator[str], echo: bool) -> None:
        """Answers line by line, until there are no more, or one says so.

        Args:
            echo: print each line above its answer, as nobody typed it.
        """
        self.show()
        answered(lines, echo, self._answer)

    def show(self) -> None:
        """Prints where the faders stand."""
        terminal = Terminal()
        terminal.width = max(terminal.width, NARROWEST)
        with terminal.capture() as said:
            terminal.print(fader_table(self.session))
        click.echo(said.get())

    def save(self, out: Path | None = None) -> str:
        """Writes the mix as it is now, the advice on it and its picture, and says where."""
        folder = self.out if out is None else out
        with place(folder, self.force, self.song) as at:
            for what in ("advice.json", "faders.png", f"mix.{self.audio_format}"):
                self.session.export(what, at / what)
            if self.with_stems:
                gained = self.session.song.with_gains_db(self.session.state.gains_db)
                gained.save(at / "stems", self.audio_format)
        return f"Written to {click.format_filename(folder)}"

    def _answer(self, text: str) -> None:
        if not text.startswith(":"):
            self._tell(self.conversation.say(text))
            return
        name, _, rest = text[1:].partition(" ")
        if name not in COMMANDS:
            raise InputError(
                f'There is no ":{name}": there are {", ".join(f":{each}" for each in COMMANDS)} and :quit.'
            )
        COMMANDS[name](self, rest.strip())

    def _tell(self, reply: Reply) -> None:
        for line in reply.said.splitlines():
            click.echo(shown(line))
        if any(step.changes for step in reply.steps):
            click.echo()
            self.show()

    def _help(self, rest: str) -> None:
        from studio.export.downloads import DOWNLOADS

        click.echo(
            "\n".join([HELP.format(kinds=", ".join(DOWNLOADS)), *(f"  {each}" for each in examples(self.session))])
        )

    def _step(self, operation: str) -> None:
        click.echo(shown(self.session.do(operation).said))
        self.show()

    def _export(self, rest: str) -> None:
        from studio.export.downloads import DOWNLOADS

        kind, _, to = rest.partition(" ")
        if kind not in DOWNLOADS:
            click.echo(self.save(Path(rest).expanduser() if rest else None))
            return
        if not to.strip():
            raise InputError(f'Say where to, as in ":export {kind} {self.out.name}-{kind}".')
        path = Path(to.strip()).expanduser()
        if path.exists() and not self.force:
            raise InputError(f'"{path}" exists: choose another file, or start with --force to replace it.')
        self.session.export(kind, path)
        click.echo(f"Written to {click.format_filename(path)}")

    def _judged(self, rest: str, match: bool) -> None:
        if not rest:
            raise InputError("Name it, as in :match rough-mix.wav." if match else "Name it, as in :like my-last-song/.")
        path = Path(rest).expanduser()
        outcome = self.session.match(path) if match else self.session.usual(like=[path])
        click.echo(shown(f"{outcome.said} {self.session.headline}"))


def begun(
    session: Session,
    anchor: str | None,
    lock: Sequence[str],
    strength_percent: float,
    genre: str | None,
    usual_file: Path | None,
    like: Sequence[Path],
) -> None:
    """Decides what was decided before the first word, so that no undo takes it back.

    Raises: InputError for what cannot be decided so.
    """
    if anchor is not None:
        session.anchor(anchor)
    if lock:
        session.lock(lock)
    if strength_percent != session.state.strength_percent:
        session.strength(strength_percent)
    if genre is not None or usual_file is not None or like:
        session.usual(genre, usual_file, like)
    session.start, session.steps, session.at = session.state, [], 0


def typed() -> Iterator[str]:
    """What somebody types, with the history of what was typed before."""
    try:
        import readline  # noqa: F401  # which gives `input` its history
    except ImportError:  # a Python without it
        pass
    while True:
        try:
            yield input(PROMPT)
        except EOFError:
            click.echo()
            return


def piped() -> Iterator[str]:
    """What is piped in."""
    yield from sys.stdin


def fader_table(session: Session) -> Table:
    """One row per stem: role, loudness, where its fader stands, where it is suggested, and what holds it."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("stem")
    table.add_column("role", no_wrap=True)
    for title in ("LUFS", "fader", "suggested"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in session.table["stems"]:
        level_lufs, suggested_db = row["level_lufs"], row.get("suggested_db")
        moves = suggested_db is not None and suggested_db != row["fader_db"]
        held = [word for word in ("locked", "anchor", "silent") if row[word]]
        held += ["linked"] if row["linked_with"] else []
        cells = (
            row["role"],
            NOTHING if level_lufs is None else f"{level_lufs:.1f}",
            f"{position(row['fader_db'])} dB",
            f"{position(suggested_db)} dB" if suggested_db is not None and moves else NOTHING,
            ", ".join(held),
        )
        name = Text(shown(row["name"]), no_wrap=True, overflow="ellipsis")
        table.add_row(name, *map(Text, cells), style="cyan" if row["fader_db"] else "")
    return table


COMMANDS: dict[str, Callable[[Talk, str], None]] = {
    "help": Talk._help,
    "table": lambda talk, rest: talk.show(),
    "undo": lambda talk, rest: talk._step("undo"),
    "redo": lambda talk, rest: talk._step("redo"),
    "like": lambda talk, rest: talk._judged(rest, match=False),
    "match": lambda talk, rest: talk._judged(rest, match=True),
    "export": Talk._export,
    "save": Talk._export,
}
