"""What the commands share: options, how errors are told, and how progress is shown."""

import functools
import json
import math
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click


def plainly(command: Callable[..., None]) -> Callable[..., None]:
    """What is wrong with the input becomes one sentence and exit status 2; a signal becomes 128 and its number."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        interrupted = False

        # As exceptions, so that what is half written is removed on the way out.
        def interrupt(*_: Any) -> None:
            nonlocal interrupted
            interrupted = True  # a library that is being imported may make another error of it
            raise KeyboardInterrupt

        def terminate(number: int, _: Any) -> None:
            sys.exit(128 + number)

        handlers = {signal.SIGINT: interrupt, signal.SIGTERM: terminate}
        if hasattr(signal, "SIGHUP"):
            handlers[signal.SIGHUP] = terminate
        before = {
            number: signal.signal(number, handler)
            for number, handler in handlers.items()
            if signal.getsignal(number) != signal.SIG_IGN  # as nohup leaves it
        }
        try:
            command(*args, **kwargs)
        except BaseException as error:
            if interrupted or isinstance(error, KeyboardInterrupt):
                click.echo("Stopped.", err=True)
                sys.exit(130)
            said = sentence(error)
            if said is not None:
                _refuse(said)
            raise
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    return run


def _refuse(message: str) -> NoReturn:
    """Says what is wrong, and ends with status 2."""
    from explainer.advice.shown import shown

    click.echo(f"Error: {shown(message)}", err=True)
    try:
        sys.stdout.flush()
    except OSError:  # a full disk behind stdout: Python is not to try again on its way out
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    sys.exit(2)


def sentence(error: BaseException) -> str | None:
    """What is wrong with the input, or what the system refused, in one sentence; None for a fault of ours."""
    from console import errors

    return errors.sentence(error)


@contextmanager
def progress(quiet: bool = False, of: str = "") -> Iterator[Callable[[str], None]]:
    """Gives a function that shows the present step on stderr, where that is a terminal.

    Args:
        of: what the steps are of, shown before them.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda step: None
    else:
        from rich.console import Console as Terminal

        # This stderr, though another one stands in its place while a library is kept quiet.
        with Terminal(file=sys.stderr).status("Starting …") as status:
            yield lambda step: status.update(f"{of}{step} …")


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
            raise click.BadParameter(f"{json.dumps(value, ensure_ascii=False)} is not of the form NAME=ROLE.")
        roles[name] = role
    return roles


def flaw_gain(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """Lets through what changes a level, and leaves something to hear."""
    finite(context, parameter, value)
    if value == 0:
        raise click.BadParameter("0 dB changes nothing: give a flaw that can be heard.")
    if value is not None and abs(value) > MOST_FLAW_DB:
        raise click.BadParameter(f"{value:g} dB is too much: give -{MOST_FLAW_DB:g} to {MOST_FLAW_DB:g} dB.")
    return value


gain = functools.partial(click.option, "--gain", "gain_db", type=float, callback=flaw_gain, metavar="DB")


class _Place(click.Path):
    """A path that is not empty."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        if value == "":
            self.fail("an empty name leads nowhere.", param, ctx)
        return super().convert(value, param, ctx)


MOST_FLAW_DB = 96.0
folder = _Place(path_type=Path)

song = click.argument("song", type=folder)
songs = click.argument("songs", type=folder, nargs=-1, required=True, metavar="SONG...")
anchor = click.option(
    "--anchor", metavar="NAME", help="Judge the others by this stem: its level is taken as right, and stays."
)
roles = click.option(
    "--role",
    "roles",
    metavar="NAME=ROLE",
    multiple=True,
    callback=_roles,
    help="What a stem plays, where its name does not tell: vocals, drums, bass or other. Repeatable.",
)
link = click.option(
    "--link",
    "link",
    nargs=2,
    metavar="NAME NAME",
    multiple=True,
    help="Two stems that move together. Microphones and takes of one instrument do unasked (kick in, kick out). "
    "Repeatable.",
)
unlink = click.option("--unlink", "unlink", metavar="NAME", multiple=True, help="A stem that moves alone. Repeatable.")
audio_format = click.option(
    "--format",
    "audio_format",
    type=click.Choice(["wav", "flac"]),
    default="wav",
    show_default=True,
    help="wav is 32-bit float; flac is 24-bit, and cannot hold anything over full scale.",
)
style = click.option(
    "--style",
    type=click.Choice(["short", "full", "plain"]),
    default="full",
    show_default=True,
    help="What the words say: what to do; also why and how surely; or, for beginners, what to do in plain words.",
)
explainer = click.option(
    "--explainer",
    metavar="PATH",
    help="Who finds the words: a trained explainer (a folder, a Hub id, or smollm2: ours on a larger model), hf:NAME "
    "for any instruct model (a folder, a Hub id, hf:smollm2), or http://HOST/v1#MODEL for one behind an endpoint (its "
    "key in $MIXCONSOLE_KEY).",
)
genre = click.option("--genre", metavar="NAME", help="Judge by what is usual in this genre: rock, metal, pop, rap, ...")
usual = click.option(
    "--usual",
    "usual_file",
    type=folder,
    metavar="FILE",
    help="Judge by what is usual by this file, as mixconsole learn writes it.",
)
like = click.option(
    "--like",
    "like",
    type=folder,
    metavar="SONG",
    multiple=True,
    help="Judge by the balance of a song that you hold up: its stems, a folder of such songs, its advice.json, or a "
    "file as of --usual. Repeatable.",
)
strength = functools.partial(
    click.option,
    "--strength",
    "strength_percent",
    type=click.FloatRange(0, 100),
    callback=finite,
    default=100,
    show_default=True,
    metavar="PERCENT",
)
headroom = click.option(
    "--headroom",
    "headroom_db",
    type=click.FloatRange(0, 60),
    callback=finite,
    metavar="DB",
    help="If the mix's true peak lies above -DB dBTP, lower all stems together until it does not.",
)
no_explain = click.option("--no-explain", is_flag=True, help="Numbers only, no words.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the advice as JSON; write files only with --out.")
llm = click.option(
    "--llm",
    metavar="URL#MODEL",
    help="A language model for what the grammar of commands does not understand: http://HOST/v1#MODEL of an "
    "OpenAI-compatible endpoint, its key in $MIXCONSOLE_KEY. Default: the grammar alone.",
)
force = click.option("--force", is_flag=True, help="Replace the output folder if it exists.")
each = click.option(
    "--each",
    is_flag=True,
    help="SONG is a catalogue: correct every song in it and below. What is finished already is passed over.",
)
jobs = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="With --each: songs at a time, each in a process of its own. Default: one per core.",
)
dask = click.option(
    "--dask",
    metavar="SCHEDULER",
    help="With --each: on the workers of a Dask cluster, such as tcp://HOST:8786.",
)
slurm = click.option(
    "--slurm",
    type=folder,
    metavar="FILE",
    help="With --each: as an array of SLURM jobs, which a YAML file tells of (docs/catalogue.md).",
)
