"""The report as text for people, in the terminal."""

import click
from rich.console import Console as Terminal
from rich.table import Table
from rich.text import Text

from explainer.advice.shown import shown
from explainer.music.chapters import Told
from explainer.music.pieces import Chapter, Fact, Grid
from explainer.music.said import UNSURE, percent

NARROWEST, NAME = 66, 18  # columns
METHODS = "Heard by"


def in_text(told: Told, width: int | None = None) -> str:
    """All chapters, one below the other.

    Args:
        width: in columns; the terminal's where None.
    """
    terminal = Terminal(width=width, color_system=None) if width else Terminal()
    terminal.width = max(terminal.width, NARROWEST)
    with terminal.capture() as said:
        _line(terminal, shown(told.title), "bold")
        _line(terminal, shown(told.headline))
        for chapter in told.chapters:
            _chapter(terminal, chapter)
        if told.missing:
            _head(terminal, "Not told")
            for sentence in told.missing:
                _line(terminal, shown(sentence))
        if told.methods:
            _head(terminal, METHODS)
            for name, method in told.methods:
                terminal.print(_row(name, shown(method)))
    return "".join(f"{line.rstrip()}\n" for line in said.get().removesuffix("\n").split("\n"))


def echo(text: str) -> None:
    """Prints it, whatever letters the terminal's encoding has."""
    click.echo(text, nl=False)


def sure(fact: Fact) -> str:
    """How sure an estimate is, in words; "" for what is measured."""
    if fact.confidence is None:
        return ""
    return f"{percent(fact.confidence)} sure" + ("; it may well be wrong" if fact.confidence < UNSURE else "")


def beside(fact: Fact) -> str:
    """All that is to be known beside a fact."""
    return "; ".join(filter(None, (fact.note, sure(fact))))


def _chapter(terminal: Terminal, chapter: Chapter) -> None:
    _head(terminal, chapter.title)
    for fact in chapter.facts:
        note = beside(fact)
        terminal.print(_row(fact.name, f"{fact.value} ({note})" if note else fact.value))
    for grid in chapter.grids:
        terminal.print()
        _line(terminal, grid.name, "dim")
        terminal.print(_table(grid))
    if chapter.said:
        terminal.print()
        for sentence in chapter.said:
            _line(terminal, sentence)


def _row(name: str, value: str) -> Table:
    row = Table(box=None, pad_edge=False, show_header=False)
    row.add_column(width=NAME, no_wrap=True, style="dim")
    row.add_column(overflow="fold")
    row.add_row(Text(name), Text(value))
    return row


def _table(grid: Grid) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for at, head in enumerate(grid.heads):
        table.add_column(Text(head), justify="right" if at in grid.numbers else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*map(Text, row))  # as Text, so that no name is taken for markup
    return table


def _head(terminal: Terminal, title: str) -> None:
    terminal.print()
    _line(terminal, title, "bold")


def _line(terminal: Terminal, text: str, style: str = "") -> None:
    terminal.print(Text(text, style), soft_wrap=True)
