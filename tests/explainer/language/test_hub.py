"""Uploading: what the Hub is sent is what can be loaded again, with its card, and a refusal is one sentence."""

import shutil
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch
from consoles import random_console
from tiny import tiny_base

from console.errors import InputError
from console.model import Console
from explainer.language.model import Explainer
from explainer.language.numbers import Numbers
from explainer.language.pretrained import from_pretrained, push_to_hub, save_pretrained
from explainer.lessons.lessons import ImaginedLessons

ADDRESS = "https://huggingface.co/somebody/model"


class Hub:
    """Keeps what is uploaded in a folder."""

    folder: Path
    made: list[dict[str, Any]]

    def create_repo(self, repo_id: str, **options: Any) -> None:
        self.made.append({"repo_id": repo_id, **options})

    def upload_folder(self, repo_id: str, folder_path: str) -> str:
        assert self.made[-1]["repo_id"] == repo_id
        shutil.copytree(folder_path, self.folder)
        return ADDRESS


class Closed:
    """Takes nothing."""

    def create_repo(self, *_: Any, **__: Any) -> None:
        raise PermissionError("403: not yours\nand more")


@pytest.fixture
def hub(tmp_path, monkeypatch) -> type[Hub]:
    fresh = type("FreshHub", (Hub,), {"folder": tmp_path / "hub", "made": []})
    monkeypatch.setattr(huggingface_hub, "HfApi", fresh)
    return fresh


def test_a_console_is_uploaded_with_its_card(hub, tmp_path):
    console = random_console()
    console.name, console.version = "mine", "1.2"
    card = tmp_path / "card.md"
    card.write_text("---\nlicense: apache-2.0\n---\n# Mine\n")
    assert console.push_to_hub("somebody/model", card) == ADDRESS
    assert hub.made == [{"repo_id": "somebody/model", "private": True, "exist_ok": True}]
    assert sorted(p.name for p in hub.folder.iterdir()) == ["README.md", "config.json", "model.safetensors"]
    assert (hub.folder / "README.md").read_text() == card.read_text()
    again = Console.from_pretrained(hub.folder)
    assert (again.name, again.version) == ("mine", "1.2")
    weights = again.state_dict()
    assert all(torch.equal(weights[name], weight) for name, weight in console.state_dict().items())


def test_a_console_needs_no_card_but_one_that_is_named_must_be_there(hub):
    with pytest.raises(InputError, match="card"):
        random_console().push_to_hub("somebody/model", "no/such/card.md")
    assert hub.made == []
    random_console().push_to_hub("somebody/model", private=False)
    assert hub.made[0]["private"] is False
    assert not (hub.folder / "README.md").exists()


def test_an_explainer_is_uploaded_with_its_card(hub, tmp_path):
    explainer = Explainer.build(tiny_base(tmp_path / "base"), numbers=Numbers.WRITTEN)
    card = tmp_path / "card.md"
    card.write_text("# Voice\n")
    save_pretrained(explainer, tmp_path / "voice", "voice", "1.0", carry_base=True, card=card)
    assert push_to_hub(tmp_path / "voice", "somebody/model", private=False) == ADDRESS
    assert hub.made == [{"repo_id": "somebody/model", "private": False, "exist_ok": True}]
    assert (hub.folder / "README.md").read_text() == "# Voice\n"
    shutil.rmtree(tmp_path / "base")
    ask = next(ImaginedLessons().asks(0))
    written = [from_pretrained(folder).write([ask], most_tokens=8) for folder in (hub.folder, tmp_path / "voice")]
    assert written[0] == written[1]


def test_a_hub_that_refuses_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(huggingface_hub, "HfApi", Closed)
    with pytest.raises(InputError, match=r'could not be uploaded as "somebody/model" \(403: not yours\)\.$'):
        random_console().push_to_hub("somebody/model")
    save_pretrained(Explainer.build(tiny_base(tmp_path / "base")), tmp_path / "voice", "voice", "1.0")
    with pytest.raises(InputError, match="not yours"):
        push_to_hub(tmp_path / "voice", "somebody/model")
