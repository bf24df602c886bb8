"""`mixconsole mcp`: the session as an MCP server, for the language model in another program."""

import os
import signal
from pathlib import Path
from typing import Any

import click

from studio.commands import options
from studio.commands.options import plainly


@click.command()
@click.option(
    "--folder",
    type=options.folder,
    metavar="DIR",
    help="Read and write only below this folder; paths count from it. Default: wherever you may.",
)
@options.explainer
@click.option("--console", "source", metavar="PATH", help="Another trained console: a folder or a Hub id.")
@plainly
def mcp(folder: Path | None, explainer: str | None, source: str | None) -> None:
    """Serve songs to a language model by the Model Context Protocol, over stdin and stdout.

    It is not to be started by hand: a program with a language model in it (an MCP client) starts it, and the model then
    opens songs, listens, moves faders, measures and exports by its tools. What to write into the client's configuration
    stands in docs/mcp.md.

    \b
    mixconsole mcp
    mixconsole mcp --folder ~/Music/stems
    """
    from console.errors import InputError
    from studio.mcp.places import Places
    from studio.mcp.server import Server
    from studio.mcp.songs import OwnSongs

    if folder is not None and not folder.is_dir():
        raise InputError(f'There is no folder "{folder}".')
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    Server(OwnSongs(source, explainer), Places(folder)).run("stdio")


def _end(number: int, _: Any) -> None:
    """Ends at once: a thread waits for stdin, and would be waited for. What is written is whole, or not there."""
    os._exit(128 + number)
