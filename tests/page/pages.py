"""The page as tests use it: within this process, by its HTTP API."""

import io
import os
import time
import zipfile
import zlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
import torch
from starlette.testclient import TestClient

from console import Song
from studio.page.app import page
from studio.page.guard import Names
from studio.page.limits import Limits
from studio.page.models import Models

HOST = "127.0.0.1:8377"
RATE_HZ = 8_000
PATIENCE_S = 60.0


class Ready(Models):
    """The embedded models, loaded once for all tests, and not warmed."""

    def warm(self) -> None:
        pass


MODELS = Ready()


Pieces = Iterable[bytes | Callable[[], Awaitable[object]]]


class Page(TestClient):
    """A client of one page."""

    def sends(self, method: str, path: str, pieces: Pieces = (), **headers: str) -> tuple[int, bytes]:
        """What is answered to a body that comes piece by piece, on the loop's thread."""
        return self.portal.call(self.sending, method, path, pieces, headers)

    async def sending(self, method: str, path: str, pieces: Pieces = (), headers: Mapping[str, str] | None = None):
        """The same for who is on that thread; a piece may be something else that is to be done first."""
        told = [(b"host", HOST.encode()), *((name.encode(), value.encode()) for name, value in (headers or {}).items())]
        scope = {"type": "http", "method": method, "path": path, "headers": told, "query_string": b""}
        answers, rest = [], iter(pieces)

        async def receive():
            while callable(piece := next(rest, None)):
                await piece()
            return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

        async def send(message):
            answers.append(message)

        await self.app({**scope, "client": ("192.0.2.1", 1), "state": {}}, receive, send)
        return answers[0]["status"], b"".join(each.get("body", b"") for each in answers[1:])

    def sent(self, files: Mapping[str, bytes], **fields: str):
        """What is answered to files that are dropped."""
        form = [("file", (name, data)) for name, data in files.items()]
        return self.post("/api/sessions", files=form, data=fields)

    def opened(self, files: Mapping[str, bytes], **fields: str) -> str:
        """The id of a session, once nothing is done with it any more."""
        answer = self.sent(files, **fields)
        assert answer.status_code == 201, answer.text
        session = self.rested(answer.json()["id"])
        assert session["failed"] is None, session["failed"]
        return session["id"]

    def session(self, id: str):
        return self.get(f"/api/sessions/{id}").json()

    def rested(self, id: str):
        """A session, once nothing is done with it any more."""
        end_s, said = time.monotonic() + PATIENCE_S, self.session(id)
        while said["job"] is not None:
            assert time.monotonic() < end_s, said["job"]
            said = self.get(f"/api/sessions/{id}?revision={said['revision']}&wait_s=5").json()
        return said

    def do(self, id: str, operation: str, **arguments):
        """What comes of an operation that is done."""
        answer = self.asked(id, operation, **arguments)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def asked(self, id: str, operation: str, **arguments):
        """What is answered to an operation."""
        said = {"operation": operation, "arguments": arguments}
        return self.post(f"/api/sessions/{id}/operations", json=said)

    def mix(self, id: str) -> torch.Tensor:
        """The mix that is downloaded."""
        answer = self.get(f"/api/sessions/{id}/export/mix.wav")
        assert answer.status_code == 200, answer.text
        return sound(answer.content)[0]


@contextmanager
def served(
    folder: Path, auth: str | None = None, models: Models = MODELS, mcp: bool = False, **limits
) -> Iterator[Page]:
    """A page whose sessions lie in a folder; what is learnt lies beside them."""
    sessions = folder / "sessions"
    sessions.mkdir(parents=True, exist_ok=True)
    app = page(sessions, folder / "home", Names.served("127.0.0.1"), replace(Limits(), **limits), auth, models, mcp)
    with Page(app, base_url=f"http://{HOST}") as client:
        yield client


def wav(audio: torch.Tensor | np.ndarray, rate_hz: int, subtype: str = "FLOAT") -> bytes:
    """A WAV file of audio "channel time"."""
    file = io.BytesIO()
    soundfile.write(file, np.asarray(audio).T, rate_hz, subtype, format="WAV")
    return file.getvalue()


def sound(data: bytes) -> tuple[torch.Tensor, int]:
    """The audio "channel time" in a file, and its rate."""
    audio, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    return torch.from_numpy(audio.T.copy()), rate_hz


def stems(song: Song, folder: str = "my song/", subtype: str = "FLOAT") -> dict[str, bytes]:
    """A song as somebody drops it."""
    pairs = zip(song.names, song.audio, strict=True)
    return {f"{folder}{name}.wav": wav(stem, song.sample_rate, subtype) for name, stem in pairs}


def noises(*names: str, seconds: float = 4.0, rate_hz: int = RATE_HZ, folder: str = "noises/") -> dict[str, bytes]:
    """Mono files of noise, each with its own level, that take hardly any time."""
    rng = np.random.default_rng(zlib.crc32("".join(names).encode("utf-8", "surrogatepass")))
    length = round(seconds * rate_hz)
    return {
        f"{folder}{name}.wav": wav(0.1 / (1 + at % 3) * rng.standard_normal((1, length)), rate_hz, "PCM_16")
        for at, name in enumerate(names or ("vocals", "drums", "bass"))
    }


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip of files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def everything(folder: Path) -> list[str]:
    """All files below a folder, also while others are removed from it."""
    walked = os.walk(folder)  # which passes over a folder that has gone since it was seen
    return sorted((Path(place) / name).relative_to(folder).as_posix() for place, _, names in walked for name in names)


def faders(said: dict) -> list[float]:
    """Where the faders of a session stand, dB."""
    return [stem["fader_db"] for stem in said["table"]["stems"]]
