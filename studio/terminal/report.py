"""What is said in the terminal: the advice as a table, in one sentence, and what to beware of."""

import math

import click
from rich.console import Console as Terminal
from rich.table import Table
from rich.text import Text

from console.correct import Action
from console.read.account import remarks, summary
from explainer.advice.advice import Advice, StemAdvice, TextSource
from explainer.advice.shown import shown
from explainer.phrasing.conclusion import conclusion, notes, refinement
from explainer.phrasing.usual import judged_against
from studio.terminal.asking import FALLEN_BACK

STYLE = {Action.RAISE: "cyan", Action.LOWER: "yellow"}
NOTHING = "–"
NARROWEST = 66  # columns: with fewer, lines run over, as no number is ever left out
LEFT = 10  # columns more, for what is left


def gathered(advice: Advice) -> None:
    """Prints what was read, what was left out and what is odd."""
    click.echo(summary(len(advice.stems), advice.files))
    for remark in remarks(advice.files):
        click.echo(remark)
    for group in advice.links:
        click.echo(f"{' and '.join(group)} move together (--unlink a stem to judge it by itself).")
    click.echo()


def report(advice: Advice) -> None:
    """Prints what was judged against, where that is not all music, the table and the sentence."""
    if advice.usual is not None:
        click.echo(f"{judged_against(advice.usual)}\n")
    terminal = Terminal()
    terminal.width = max(terminal.width, NARROWEST + (LEFT if advice.residual else 0))
    with terminal.capture() as said:
        terminal.print(stem_table(advice))
        terminal.print()
        first = [conclusion(advice), *notes(advice)]
        if advice.text:  # which holds the notes
            first = [sentence for sentence in first[:1] if sentence not in advice.text]
        first = list(filter(None, (*first, refinement(advice))))
        for sentence in first:
            terminal.print(Text(sentence), soft_wrap=True)
        if advice.text and first:
            terminal.print()
        if advice.text:
            terminal.print(Text(told(advice)), soft_wrap=True)
    click.echo(said.get(), nl=False)  # which can write any name, whatever the terminal's encoding
    if advice.mix.trim_db:
        click.echo(f"All stems are {abs(advice.mix.trim_db):.2f} dB lower to make headroom.")


def told(advice: Advice) -> str:
    """The text of the advice, and where it came from, where that is not the explainer."""
    asked = not (advice.reference or (advice.still and advice.held_back))
    return advice.text + (f"\n{FALLEN_BACK}" if asked and advice.text_source is TextSource.PHRASES else "")


def warn(peak_dbtp: float, command: str = "correct") -> None:
    """Says on stderr that the corrected mix goes over full scale, and what would keep it under."""
    if peak_dbtp > 0:
        from studio.mixdown import trim_for  # with all that listens, which words alone can do without

        trim_db = abs(trim_for(peak_dbtp))
        click.echo(
            f"Warning: the mix peaks at {peak_dbtp:+.2f} dBTP and clips where it is not kept as float; "
            f"lowering it {trim_db:.2f} dB would avoid that ({command} --headroom 0 does).",
            err=True,
        )


def stem_table(advice: Advice) -> Table:
    """One row per stem: role, loudness, correction, its range, the chance of a flaw, and what to do.

    Where the console listened again, also what it would still move afterwards.
    """
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("stem")  # the only column that may be narrowed: its names bring their own ellipsis
    table.add_column("role", no_wrap=True)
    table.add_column("LUFS", justify="right", no_wrap=True)
    table.add_column("gain", justify="right", no_wrap=True)
    table.add_column("range", justify="right", no_wrap=True)
    table.add_column("differs" if advice.reference else "flawed", justify="right", no_wrap=True)
    if advice.left_db is not None:
        table.add_column("left", justify="right", no_wrap=True)
    table.add_column("action", no_wrap=True)
    for stem, left_db in zip(advice.stems, advice.left_db or [None] * len(advice.stems), strict=True):
        cells = _cells(stem, left_db, ranged=advice.strength_percent > 0)
        table.add_row(*cells, style=STYLE.get(stem.move.action))
    return table


def _cells(stem: StemAdvice, left_db: float | None, ranged: bool) -> tuple[Text, ...]:
    move = stem.move
    heard = move.action not in (Action.ANCHOR, Action.SILENT)
    left = [] if left_db is None else [f"{left_db:+.1f} dB" if heard else NOTHING]
    cells = (
        stem.role,
        f"{stem.loudness_lufs:.1f}" if math.isfinite(stem.loudness_lufs) else NOTHING,
        f"{move.gain_db:+.1f} dB" if move.moves else NOTHING,
        f"{move.low_db:+.1f} to {move.high_db:+.1f}" if heard and ranged else NOTHING,
        f"{100 * move.flaw_probability:.0f} %" if heard else NOTHING,
        *left,
        move.action,
    )
    name = Text(shown(stem.name), no_wrap=True, overflow="ellipsis")
    return name, *map(Text, cells)  # as Text, so that no name is taken for markup
