"""A real chat endpoint in another process, and items to be judged."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from explainer.evaluation.judge import Endpoint, Judged


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address of a server that answers well or badly, as `chat_server` tells."""
    program = Path(__file__).with_name("chat_server.py")
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.kill()


@pytest.fixture
def log(served, monkeypatch):
    """What the server has been asked of a model since the test began."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def told() -> dict:
        with urllib.request.urlopen(served.replace("/v1", "/log")) as response:
            return json.load(response)

    before = len(told()["requests"])  # the server outlives a test

    def read(model: str, most_at_once: bool = False) -> list[dict] | int:
        now = told()
        asked = [request for request in now["requests"][before:] if request["model"] == model]
        return now["most_at_once"][model] if most_at_once else asked

    return read


@pytest.fixture
def endpoint(served, monkeypatch):
    """An endpoint with little patience, of the model that behaves so."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def build(model: str, **options: object) -> Endpoint:
        return Endpoint(served, model, **{"timeout_s": 5.0, "tries": 3, "first_wait_s": 0.02, **options})

    return build


@pytest.fixture
def items() -> list[Judged]:
    """Three items of two songs, with the answers of two."""
    right = "The bass is plainly too loud, so turn it down by 4.0 dB (3.0 to 5.0 dB)."
    wrong = "Raise the drums by 3.0 dB."
    truth_db = {"vocals": 0.0, "drums": 0.0, "bass": -4.0, "other": 0.0}
    ids = ("A | B|0|single|drums|0", "A | B|0|single|drums|1", "C|3|single|vocals|7")
    return [Judged(name, truth_db, {"explainer": right, "phrases": wrong}, "drums") for name in ids]
