"""A judge on this machine: a tiny random model whose nonsense is counted, and one that is made to answer."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from types import SimpleNamespace

import pytest
import torch
from tiny import tiny_base, tiny_tokenizer

from console.errors import InputError
from explainer.evaluation.judge import Criterion, Endpoint, Local, judge
from explainer.language.chat import Chat


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A tiny model with room for the whole question."""
    folder = tiny_base(tmp_path_factory.mktemp("base"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 32_768}))
    return folder


def test_nonsense_of_a_model_is_counted_and_the_same_each_time(base, items):
    backend = Local.load(base, most_tokens=8)
    found = judge(items[:1], backend)
    assert found.judgements == ()
    assert [(invalid.id, invalid.order) for invalid in found.invalid] == [(items[0].id, 0), (items[0].id, 1)]
    assert {invalid.why for invalid in found.invalid} <= {
        "empty reply",
        "no JSON object with answers",
        "broken JSON",
    }
    assert judge(items[:1], backend) == found
    assert backend.name == base.name


def test_a_question_that_is_too_long_for_the_model_is_not_asked(tmp_path, items):
    found = judge(items[:1], Local.load(tiny_base(tmp_path), most_tokens=8))  # of 2048 tokens
    assert [invalid.why for invalid in found.invalid] == ["too long for the model"] * 2


def test_a_model_that_is_none_or_cannot_chat_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="is no model here"):
        Local.load(tmp_path / "none")
    with pytest.raises(InputError, match="has no chat template"):
        Local.load(tiny_base(tmp_path, template=None))


class Dictated(torch.nn.Module):
    """Writes what it is told, behind what it was asked."""

    device, config = torch.device("cpu"), SimpleNamespace()

    def __init__(self, chat: Chat, said: str):
        super().__init__()
        self.written = torch.tensor([[*chat.tokens(said), chat.ends[0], *chat.tokens("and more")]])
        self.asked: list[str] = []
        self.chat = chat

    def generate(self, input_ids, attention_mask, **options):
        assert attention_mask.shape == input_ids.shape
        assert not options["do_sample"]
        self.asked.append(self.chat.text(input_ids[0].tolist()))
        return torch.cat([input_ids, self.written], dim=1)


def test_a_models_verdict_is_read_up_to_its_end(items):
    chat = Chat.of(tiny_tokenizer(), "tiny")
    entries = [{"answer": n, "why": "so", **dict.fromkeys(Criterion, n + 1)} for n in (1, 2)]
    model = Dictated(chat, json.dumps({"answers": entries}))
    found = judge(items[:1], Local(model, chat, "tiny"))
    assert [(j.position, j.scores["fluency"], j.judge) for j in found.judgements] == [
        (1, 2, "tiny"),
        (2, 3, "tiny"),
        (1, 2, "tiny"),
        (2, 3, "tiny"),
    ]
    assert all("Turn" in asked or "turn it down by 4.0 dB" in asked for asked in model.asked)


SERVING = [name for name in ("fastapi", "uvicorn", "openai") if find_spec(name) is None]


@pytest.mark.slow
@pytest.mark.skipif(bool(SERVING), reason=f"`transformers serve` needs {', '.join(SERVING)}")
def test_transformers_serve_is_an_endpoint(base, items, tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = "import sys; from transformers.cli.transformers import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "serve", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with (tmp_path / "log").open("w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            _wait_for(f"http://127.0.0.1:{port}/health", process, log)
            options: dict[str, object] = {"temperature": 0.0, "max_tokens": 8}
            address = f"http://127.0.0.1:{port}/v1"
            backend = Endpoint(address, str(base), timeout_s=120.0, json_mode=False, options=options, most_at_once=1)
            found = judge(items[:1], backend)
        finally:
            process.terminate()
            process.wait(30)
    assert found.judgements == ()
    assert len(found.invalid) == 2  # it answers, and a random model writes no verdict
    assert not {invalid.why for invalid in found.invalid} & {"time-out", "no connection", "no chat completion"}
    assert not any(invalid.why.startswith("HTTP") for invalid in found.invalid)


def _wait_for(address: str, process: subprocess.Popen, log) -> None:
    until_s = time.monotonic() + 120
    while time.monotonic() < until_s and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
        else:
            return
    log.seek(0)
    pytest.fail(f"transformers serve did not start: {log.read()[-2000:]}")
