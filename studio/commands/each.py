"""`mixconsole correct CATALOGUE --each`: how far it is, and what came of it."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from console.catalogue.task import Outcome
    from studio.catalogue.asked import Asked
    from studio.catalogue.run import Engine, Tally

EVERY_S = 60.0  # between two lines, where there is no terminal


def correct_catalogue(
    catalogue: Path,
    out: Path | None,
    asked: "Asked",
    force: bool,
    jobs: int | None,
    dask: str | None,
    slurm: Path | None,
) -> None:
    """Corrects every song of a catalogue; ends with status 2 where any failed. Raises: InputError, as what it calls."""
    from console.catalogue.places import joined, place_of
    from console.catalogue.table import FAILURES, SONGS
    from studio.catalogue.run import correct_each, default_out

    engine = _engine(jobs, dask, slurm)
    at = place_of(catalogue)
    to = default_out(at) if out is None else place_of(out)
    with _bar() as tell:
        tally = correct_each(at, to, asked, engine, force, tell)
    new = tally.done - tally.found
    found = f" ({tally.found} of them before)" if tally.found else ""
    speed = f", {tally.per_minute:.1f} songs a minute" if new else ""
    click.echo(f"{_songs(tally.songs)}: {tally.done} done{found}, {len(tally.failed)} failed{speed}.")
    click.echo(f"Written to {click.format_filename(joined(to, SONGS))}")
    if tally.failed:
        click.echo(f"What failed: {click.format_filename(joined(to, FAILURES))}")
        sys.exit(2)


def _engine(jobs: int | None, dask: str | None, slurm: Path | None) -> "Engine":
    from console.errors import InputError

    if sum(each is not None for each in (jobs, dask, slurm)) > 1:
        raise InputError("--jobs, --dask and --slurm each say where the work is done: give one of them.")
    if dask is not None:
        from studio.catalogue.on_dask import on_dask

        return partial(on_dask, scheduler=dask)
    if slurm is not None:
        from studio.catalogue.on_slurm import Array, on_slurm

        return partial(on_slurm, array=Array.load(slurm))
    from studio.catalogue.pool import in_processes

    return partial(in_processes, jobs=jobs or os.cpu_count() or 1)


@contextmanager
def _bar() -> Iterator[Callable[["Tally", "Outcome | None"], None]]:
    """Shows on stderr how far it is: a bar on a terminal, else a line a minute; and what fails, at once."""
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from explainer.advice.shown import shown

    terminal = Terminal(stderr=True)
    columns = (
        TextColumn("Songs"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=terminal, disable=not terminal.is_terminal) as bar:
        row = bar.add_task("Songs", total=None, speed="")
        told_s = time.monotonic()

        def tell(tally: "Tally", outcome: "Outcome | None") -> None:
            nonlocal told_s
            speed = f"{tally.per_minute:.1f} a minute" if outcome else ""
            bar.update(row, total=tally.songs, completed=tally.done + len(tally.failed), speed=speed)
            if outcome is not None and outcome.failure:
                click.echo(f"Error: {shown(outcome.task.name)}: {shown(outcome.failure)}", err=True)
            if not terminal.is_terminal and time.monotonic() > told_s + EVERY_S:
                click.echo(f"{tally.done} of {_songs(tally.songs)} done, {len(tally.failed)} failed; {speed}", err=True)
                told_s = time.monotonic()

        yield tell


def _songs(count: int) -> str:
    return f"{count} song{'' if count == 1 else 's'}"
