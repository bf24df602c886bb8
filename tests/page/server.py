"""The server as a process of its own, as somebody starts it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from studio.cli import main; main()", "serve"]
ENDS_S = 15


class Server:
    """A server and a client of it.

    Args:
        home: in the place of the user's own folders.
        arguments: of `mixconsole serve`.
    """

    def __init__(self, home: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        places = {"XDG_CACHE_HOME": str(home / "cache"), "XDG_DATA_HOME": str(home / "data")}
        environment = {**os.environ, **places, "MIXCONSOLE_AUTH": "", **(environment or {})}
        command = [*COMMAND, "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+:\d+/", line)
        assert found, (line, self.process.communicate())
        self.url = found.group()
        self.client = httpx2.Client(base_url=self.url, timeout=120)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def end(self, signal: int) -> tuple[int, str]:
        """Sends a signal; returns the exit status and what was said on stderr."""
        self.process.send_signal(signal)
        _, said = self.process.communicate(timeout=ENDS_S)
        return self.process.returncode, said

    def upload(self, files: Mapping[str, bytes]) -> str:
        """The id of a new session."""
        answer = self.client.post("/api/sessions", files=[("file", (name, data)) for name, data in files.items()])
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def rested(self, id: str):
        """A session, once nothing is done with it any more."""
        return rested(self.client, id)

    @property
    def most_bytes(self) -> int:
        """Of memory that it ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


def rested(client: httpx2.Client, id: str):
    said = client.get(f"/api/sessions/{id}").json()
    while said.get("job"):
        said = client.get(f"/api/sessions/{id}?revision={said['revision']}&wait_s=20").json()
    return said


@contextmanager
def listening() -> Iterator[int]:
    """A port that somebody else has."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]
