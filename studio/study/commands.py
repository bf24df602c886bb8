"""The commands of a listening test: `mixconsole study export` and `mixconsole study import`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from studio.commands import options
from studio.commands.options import plainly


@click.group()
def study() -> None:
    """Put mixes and texts before people, and read their answers.

    \b
    mixconsole study export songs/ --out test/       a blind listening test for webMUSHRA
    mixconsole study import mushra.csv lss.csv --key test-key.json
    """


@study.command()
@click.argument("songs", type=options.folder)
@click.option("--out", type=options.folder, metavar="DIR", required=True, help="Where the test goes.")
@click.option("--key", type=options.folder, metavar="FILE", help="Where its key goes. Default: DIR-key.json.")
@click.option("--items", type=click.IntRange(min=1), default=12, show_default=True, metavar="N", help="Pages, at most.")
@click.option("--songs", "most_songs", type=click.IntRange(min=1), metavar="N", help="Songs, at most. Default: all.")
@click.option(
    "--protocol",
    type=click.Choice(["single", "many", "raw", "none"]),
    default="single",
    show_default=True,
    help="What is wrong with the mixes: one stem, several, all but the anchor, nothing.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="K",
    help="Each draws other items, and another order.",
)
@click.option(
    "--listeners",
    default="console,equal-loudness",
    show_default=True,
    metavar="NAMES",
    help="Whose corrections are heard: console and baselines, with commas between.",
)
@click.option("--texts/--no-texts", default=True, show_default=True, help="Have the console's advice rated as well.")
@options.style
@options.explainer
@click.option("--console", "source", metavar="PATH", help="Another trained console: a folder or a Hub id.")
@click.option("--force", is_flag=True, help="Replace test and key if they exist.")
@plainly
def export(
    songs: Path,
    out: Path,
    key: Path | None,
    items: int,
    most_songs: int | None,
    protocol: str,
    seed: int,
    listeners: str,
    texts: bool,
    style: str,
    explainer: str | None,
    source: str | None,
    force: bool,
) -> None:
    """Make a blind listening test of corrected mixes and of advice.

    SONGS is a folder of songs at the levels of a balanced mix, each a folder of stems. On each page people rate,
    against the balanced mix, the same mix hidden, a low-passed one (the low anchor), the flawed one, and what each
    listener made of it: excerpts of 10 s, all equally loud. File names tell nothing; what is what stands in the key.

    The test is for webMUSHRA (github.com/audiolabs/webMUSHRA): copy what is in DIR/configs into its folder configs, and
    open it with ?config=NAME.yaml. Give every rater a code of his own.

    \b
    mixconsole study export songs/ --out test/
    mixconsole study export songs/ --out test/ --items 20 --protocol many --listeners console --no-texts
    """
    with _bar() as (tell, done):
        from console.evaluation.items import Protocol
        from explainer.phrasing.plan import Style
        from studio.study.export import Plan, key_beside
        from studio.study.export import export as made
        from studio.study.raters import advice

        names = tuple(filter(None, (name.strip() for name in listeners.split(","))))
        plan = Plan(songs, Protocol(protocol), items, most_songs, seed, names, texts, Style(style), explainer, source)
        known = made(plan, out, key, force, tell, done)
    for test, pages in ((known.mixes_test, len(known.mixes)), (known.texts_test, len(known.texts))):
        if test:
            click.echo(f"{test}.yaml: {pages} page{'s' * (pages != 1)}")
    if len(known.mixes) < items:
        click.echo(f"The songs have no more than {len(known.mixes)} items of this protocol.", err=True)
    click.echo(f"Written to {click.format_filename(out)}")
    click.echo(f"The key is {click.format_filename(key or key_beside(out))}: keep it from the raters.")
    click.echo(advice())


@study.command("import")
@click.argument("results", type=options.folder, nargs=-1, required=True)
@click.option("--key", type=options.folder, metavar="FILE", required=True, help="The key that the export wrote.")
@click.option(
    "--metrics",
    type=options.folder,
    metavar="CSV",
    multiple=True,
    help="A table of evaluate.py, such as numbers.csv or words.csv, to hold against people. Repeatable.",
)
@click.option("--out", type=options.folder, metavar="DIR", help="For study.json and study.md. Default: beside the key.")
@click.option("--force", is_flag=True, help="Replace them if they exist.")
@plainly
def import_(results: tuple[Path, ...], key: Path, metrics: tuple[Path, ...], out: Path | None, force: bool) -> None:
    """Read the answers to a listening test.

    RESULTS are the files that webMUSHRA's service wrote: mushra.csv (mixes), lss.csv (texts), or both. Told are means
    with intervals, who was screened out by the hidden reference, how far raters agree, and how automatic metrics rank
    what people rated.

    \b
    mixconsole study import results/mixes-*/mushra.csv results/texts-*/lss.csv --key test-key.json --out outcome/
    mixconsole study import mushra.csv --key test-key.json --metrics numbers.csv
    """
    with options.progress() as tell:
        from studio.study.key import Key
        from studio.study.outcome import check_free, evaluate, folder_beside, write

        out = out or folder_beside(key)
        check_free(out, force)
        tell("Reading the answers")
        outcome = evaluate(results, Key.load(key), metrics)
        write(outcome, out, force)
    click.echo(outcome.to_markdown())
    click.echo(f"Written to {click.format_filename(out)}")


@contextmanager
def _bar() -> Iterator[tuple[Callable[[str], None], Callable[[int, int], None]]]:
    """Functions that show the step and how many items are done, on stderr where that is a terminal."""
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    terminal = Terminal(stderr=True)
    columns = (TextColumn("{task.description} …"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=terminal, disable=not terminal.is_terminal, transient=True) as progress:
        task = progress.add_task("Starting", total=None)
        yield (
            lambda step: progress.update(task, description=step),
            lambda items, of: progress.update(task, completed=items, total=of),
        )
