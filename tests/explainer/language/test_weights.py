"""Explainers whose files do not belong together, or hold what is no number: one sentence, before they are used."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import tiny_base

from console.errors import InputError
from explainer.language.networks.base import LoraSettings, adapt, load_base, with_adapter
from explainer.language.networks.small import SmallLlama
from explainer.language.pretrained import EMBEDDED, from_pretrained


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(EMBEDDED, tmp_path / "explainer")


@pytest.mark.parametrize(
    ("file", "told", "why"),
    [
        ("explainer.json", "[" * 5000, "explainer.json.*nested more than 64 deep"),
        ("explainer.json", "[]", "is not an explainer"),
        ("explainer.json", {"embedding_width": 1e400}, "is not an explainer"),
        ("explainer.json", {"merged": 1, "base": "x" * 2_000_000}, "over 1 MB"),
        ("adapter_config.json", {"r": 0}, "not a small Llama"),
        ("adapter_config.json", {"lora_alpha": float("nan")}, "no finite number"),
        ("adapter_config.json", "[" * 5000, "nested more than 64 deep"),
        ("base/config.json", {"rms_norm_eps": "x" * 2_000_000}, "over 1 MB|is no model here"),
    ],
)
def test_what_an_explainer_tells_is_held_within_bounds(folder, file, told, why):
    known = json.loads((folder / file).read_text())
    (folder / file).write_text(told if isinstance(told, str) else json.dumps(known | told))
    with pytest.raises(InputError, match=why) as caught:
        from_pretrained(folder)
    assert "\n" not in str(caught.value)


def with_nan(path):
    weights = load_file(path)
    next(iter(weights.values())).view(-1)[0] = torch.nan
    save_file(weights, path)


@pytest.mark.parametrize("file", ["adapter_model.safetensors", "base/model.safetensors"])
def test_weights_that_are_no_numbers_are_refused(folder, file):
    with_nan(folder / file)
    with pytest.raises(InputError, match="no finite number"):
        from_pretrained(folder)


@pytest.mark.parametrize(
    "told", [{"num_hidden_layers": 10**9}, {"num_key_value_heads": 0}, {"hidden_size": 7}, {"intermediate_size": 5}]
)
def test_a_llama_of_another_size_than_its_weights_is_refused(folder, told):
    path = folder / "base" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | told))
    with pytest.raises(InputError, match="not a small Llama of this version"):
        SmallLlama.read(folder / "base")


def test_an_adapter_that_transformers_would_load_is_looked_at_first(tmp_path):
    model, _ = load_base(tiny_base(tmp_path / "base"))
    with pytest.raises(InputError, match="holds no adapter"):
        with_adapter(model, tmp_path / "none")
    adapt(model, LoraSettings(rank=2)).save_pretrained(tmp_path / "adapter")
    with_nan(tmp_path / "adapter" / "adapter_model.safetensors")
    with pytest.raises(InputError, match=r"holds no adapter for its base model .*no finite number"):
        with_adapter(load_base(tmp_path / "base")[0], tmp_path / "adapter")
