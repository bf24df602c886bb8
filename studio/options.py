"""What the commands share: options, how errors are told, and how progress is shown."""

import functools
import math
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click


def plainly(command: Callable[..., None]) -> Callable[..., None]:
    """What is wrong with the input becomes one sentence and exit status 2; Ctrl-C becomes 130, SIGTERM 143."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        from console.errors import InputError

        # As an exception, so that what is half written is removed on the way out.
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            command(*args, **kwargs)
        except InputError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            sys.exit(130)
        finally:
            signal.signal(signal.SIGTERM, before)

    return run


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Gives a function that shows the present step on stderr, where that is a terminal."""
    from rich.console import Console as Terminal

    terminal = Terminal(stderr=True)
    if quiet or not terminal.is_terminal:
        yield lambda step: None
    else:
        with terminal.status("Starting …") as status:
            yield lambda step: status.update(f"{step} …")


def finite(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """Lets no infinity through, and no NaN, which lies in every range."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number.")
    return value


def _roles(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    roles = {}
    for value in values:
        name, _, role = value.rpartition("=")
        if not name or not role:
            raise click.BadParameter(f"{value!r} is not of the form NAME=ROLE.")
        roles[name] = role
    return roles


folder = click.Path(path_type=Path)

song = click.argument("song", type=folder)
anchor = click.option("--anchor", metavar="NAME", help="The stem whose level is taken as right.")
roles = click.option(
    "--role",
    "roles",
    metavar="NAME=ROLE",
    multiple=True,
    callback=_roles,
    help="What a stem plays, where its name does not tell: vocals, drums, bass or other. Repeatable.",
)
audio_format = click.option(
    "--format",
    "audio_format",
    type=click.Choice(["wav", "flac"]),
    default="wav",
    show_default=True,
    help="wav is 32-bit float; flac is 24-bit, and cannot hold anything over full scale.",
)
force = click.option("--force", is_flag=True, help="Replace the output folder if it exists.")
