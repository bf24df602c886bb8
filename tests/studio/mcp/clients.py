"""Real MCP clients against the server: within the process, and over stdin and stdout of another one."""

import functools
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from console import Console
from explainer.language.writer import Writer, writer
from studio.mcp.places import Places
from studio.mcp.server import Server
from studio.mcp.songs import OwnSongs

ROOT = Path(__file__).resolve().parents[3]
TIME_S = 120


class Refused(AssertionError):
    """A tool said that it does not do that."""


class Caller:
    """A client whose calls give their structured result, and remember what was told meanwhile."""

    def __init__(self, client: Client) -> None:
        self.client, self.steps = client, []

    async def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        async def told(progress: float, total: float | None, message: str | None) -> None:
            self.steps.append((progress, message))

        self.steps = []
        result = await self.client.call_tool(tool, arguments, progress_callback=told)
        if result.is_error:
            assert [block.type for block in result.content] == ["text"]
            raise Refused(result.content[0].text)
        assert result.content[0].text == result.structured_content["said"]
        return result.structured_content

    async def refused(self, tool: str, **arguments: Any) -> str:
        """The sentence with which it is not done."""
        try:
            told = await self(tool, **arguments)
        except Refused as refusal:
            return str(refusal)
        raise AssertionError(f"it was done: {told['said']}")


def drive(server: object, talk: Callable[[Caller], Awaitable[None]], mode: str = "auto") -> None:
    """Lets a client talk to a server; `mode`: "legacy" as clients of 2025 do."""

    async def main() -> None:
        with anyio.fail_after(TIME_S):
            async with Client(server, mode=mode) as client:
                await talk(Caller(client))

    anyio.run(main)


def own_server(console: Console | None = None, root: Path | None = None, guessable: bool = True) -> Server:
    """A server that opens songs; `console`: in place of the embedded one."""
    return Server(OwnSongs(console, embedded_writer(), guessable), Places(root))


@functools.cache
def embedded_writer() -> Writer:
    """The embedded explainer."""
    return writer(None)


def command(*arguments: str) -> StdioServerParameters:
    """`mixconsole mcp` in a process of its own."""
    env = {name: os.environ[name] for name in ("HF_HUB_OFFLINE", "OMP_NUM_THREADS") if name in os.environ}
    program = "from studio.cli import main; main()"
    return StdioServerParameters(
        command=sys.executable,
        args=["-c", program, "mcp", *arguments],
        env={**env, "PYTHONPATH": str(ROOT)},
        cwd=str(ROOT),
    )
