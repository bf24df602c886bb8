"""`mixconsole serve`: the studio as a page in the browser."""

from collections.abc import Callable
from pathlib import Path

import click

from studio.commands import options
from studio.commands.options import finite, plainly

PORT = 8377
Decorator = Callable[[Callable[..., None]], Callable[..., None]]
PART_OF_MEMORY, LEAST_GB, MOST_GB = 0.5, 1.0, 32.0


def _limit(option: str, name: str, kind: click.ParamType, default: int, metavar: str, said: str) -> Decorator:
    callback = finite if isinstance(kind, click.FloatRange) else None
    return click.option(
        option, name, type=kind, callback=callback, default=default, show_default=True, metavar=metavar, help=said
    )


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, metavar="N", help="0: any that is free."
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="The address to bind to.")
@click.option("--open", "open_browser", is_flag=True, help="Open it in the browser.")
@click.option(
    "--auth",
    metavar="USER:PASSWORD",
    help="Let nobody in who does not know these. Better in $MIXCONSOLE_AUTH, as others can see a command line.",
)
@click.option("--without-auth", "to_all", is_flag=True, help="Let others on the network in who know nothing.")
@click.option("--name", "names", metavar="HOST", multiple=True, help="Another name of it, as of a proxy. Repeatable.")
@click.option(
    "--keep",
    type=options.folder,
    metavar="DIR",
    help="Keep sessions here, and votes and what is learnt; they are there again at the next start. Default: sessions "
    "go when it ends.",
)
@options.llm
@click.option("--mcp", is_flag=True, help="Let language models work on the songs that are open, by MCP at /mcp.")
@_limit("--stems", "stems", click.IntRange(2), 64, "N", "Most stems of a song.")
@_limit("--minutes", "minutes", click.FloatRange(0, min_open=True), 20, "N", "Longest song.")
@_limit("--upload", "upload_mb", click.IntRange(1), 2000, "MB", "Most that is sent at once.")
@click.option(
    "--memory",
    "memory_gb",
    type=click.FloatRange(0, min_open=True),
    callback=finite,
    metavar="GB",
    help="Most memory that songs take; one alone may have a quarter of this, decoded. Default: half of the machine's.",
)
@_limit(
    "--preview",
    "preview_mb",
    click.IntRange(1),
    400,
    "MB",
    "Most of a song that a browser has to hold; what is more is heard at a lower rate, or in part.",
)
@_limit("--jobs", "jobs", click.IntRange(1), 1, "N", "Songs that are listened to at a time.")
@_limit("--waiting", "waiting", click.IntRange(1), 64, "N", "Most that wait for that.")
@_limit(
    "--unused",
    "unused_hours",
    click.FloatRange(0, min_open=True),
    24,
    "HOURS",
    "How long a session is kept that nobody asks for.",
)
@plainly
def serve(
    port: int,
    host: str,
    open_browser: bool,
    auth: str | None,
    to_all: bool,
    names: tuple[str, ...],
    keep: Path | None,
    llm: str | None,
    mcp: bool,
    stems: int,
    minutes: float,
    upload_mb: int,
    memory_gb: float | None,
    preview_mb: int,
    jobs: int,
    waiting: int,
    unused_hours: float,
) -> None:
    """Open the studio as a page in the browser.

    Drop stems on it, see and hear what is wrong, move the faders, and take the mix home. Everything stays on this
    machine; nobody else reaches it unless you say --host, and then it wants --auth.

    \b
    mixconsole serve --open
    mixconsole serve --keep my-sessions/
    MIXCONSOLE_AUTH=ana:secret mixconsole serve --host 0.0.0.0
    """
    from studio.page.guard import password
    from studio.page.limits import HOUR_S, MB, Limits
    from studio.page.server import Settings
    from studio.page.server import serve as run

    memory_bytes = int((_memory_gb() if memory_gb is None else memory_gb) * 1e9)
    limits = Limits(
        stems=stems,
        duration_s=60.0 * minutes,
        upload_bytes=upload_mb * MB,
        jobs=jobs,
        waiting=waiting,
        memory_bytes=memory_bytes,
        preview_bytes=preview_mb * MB,
        unused_s=unused_hours * HOUR_S,
    )
    settings = Settings(host, port, names, password(auth), to_all, keep, llm, mcp, limits)
    run(settings, lambda address: click.echo(f"The studio is at {address} (Ctrl-C ends it)"), open_browser)


def _memory_gb() -> float:
    """Half of this machine's memory, within reason."""
    import os

    try:
        whole_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):  # a system that does not tell
        return LEAST_GB
    return min(max(LEAST_GB, PART_OF_MEMORY * whole_gb), MOST_GB)
