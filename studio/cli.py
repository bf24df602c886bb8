"""The command line: `mixconsole correct`, `explain`, `ask`, `match`, `export`, `demo` and more."""

import atexit
import gc
from functools import cache

import click

from studio.commands.chat import chat
from studio.commands.correct import correct
from studio.commands.critique import critique
from studio.commands.export import export
from studio.commands.feedback import feedback
from studio.commands.learn import learn
from studio.commands.match import match
from studio.commands.mcp import mcp
from studio.commands.models import models
from studio.commands.report import report
from studio.commands.serve import serve
from studio.commands.synth import synth
from studio.commands.trial import demo, flaw
from studio.commands.words import ask, compare, explain
from studio.study.commands import study

# Everything heavy is imported where it is used, so that `mixconsole --help` answers at once.
GARBAGE_AFTER = 50_000  # new objects; Python looks for cycles after 700, again and again while libraries are imported


@cache
def _collect_seldom() -> None:
    """A command is short: to look for garbage all through its imports, and once more at its end, takes half of it."""
    gc.set_threshold(GARBAGE_AFTER)
    atexit.register(gc.freeze)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mixconsole", message="mixconsole %(version)s")
def main() -> None:
    """Listens to the stems of a mix, says which faders are wrong and by how many dB, and puts them right.

    \b
    mixconsole demo                  see and hear it on a real song
    mixconsole correct my-song/      correct a song of your own
    mixconsole match my-song/ rough.wav    bring it to the balance of a mix of it
    """
    _collect_seldom()


for command in (
    correct,
    serve,
    chat,
    explain,
    ask,
    compare,
    report,
    feedback,
    critique,
    match,
    export,
    learn,
    flaw,
    demo,
    synth,
    models,
    study,
    mcp,
):
    main.add_command(command)
