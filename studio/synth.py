"""Shows how far the making of synthetic songs has come."""

import os
from pathlib import Path


def synthesise(
    out: Path, songs: int, seconds: float, seed: int, jobs: int | None, test_share: float, native: bool
) -> None:
    """Make the songs, with a progress bar where stderr is a terminal; raises `InputError` as `generate` does."""
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from console.data.synth.generate import Settings, generate

    terminal = Terminal(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    settings = Settings(seed, seconds, test_share, native)
    with Progress(*columns, console=terminal, disable=not terminal.is_terminal) as bar:
        task = bar.add_task("Songs", total=songs)
        for done in generate(out, songs, settings, jobs or os.cpu_count() or 1):
            bar.update(task, completed=done)
