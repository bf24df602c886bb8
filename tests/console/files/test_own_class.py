"""A console of a user's own class comes back as that class, and no file has anything imported."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from consoles import make_song
from torch import nn

from console import Console, InputError
from console.files.own_class import IMPORT

ROOT = Path(__file__).resolve().parents[3]
MODULE = """
    from pathlib import Path
    from console import Console
    Path("imported").touch()
    class Mine(Console):
        def __init__(self, width: int = 32, extra: int = 1):
            super().__init__(width=width, depth=1, song_depth=1, heads=2)
            self.config = {"width": width, "extra": extra}
"""


class Warm(Console):
    """With an argument of its own, and without those of its base."""

    def __init__(self, width: int = 32, warmth: float = 0.5):
        super().__init__(width=width, depth=1, song_depth=1, heads=2)
        self.config = {"width": width, "warmth": warmth}
        self.warmth = nn.Parameter(torch.tensor(warmth))


class Warmer(Warm):
    """Derived twice."""


def saved(console: Console, folder: Path) -> Path:
    console.save_pretrained(folder, "mine", "1")
    return folder


@pytest.mark.parametrize("kind", [Warm, Warmer])
def test_a_derived_console_comes_back_as_its_class(kind, tmp_path):
    folder = saved(kind(warmth=2.0), tmp_path)
    for asked in (Console, Warm, kind):
        again = asked.from_pretrained(folder)
        assert type(again) is kind
        assert float(again.warmth.detach()) == 2.0
        assert again.listen(make_song(4)).probability.isfinite().all()


def test_a_class_that_is_defined_in_a_function_is_found_too(tmp_path):
    class Local(Warm):
        pass

    assert type(Console.from_pretrained(saved(Local(), tmp_path))) is Local


def test_a_plain_console_names_no_class(tmp_path):
    folder = saved(Console(width=32, depth=1, song_depth=1, heads=2), tmp_path)
    assert "class" not in json.loads((folder / "config.json").read_text())
    assert type(Console.from_pretrained(folder)) is Console


def rename(folder: Path, path: str) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "class": path}))


def test_a_class_that_is_not_here_is_one_sentence_and_the_one_that_is_called_serves(tmp_path):
    folder = saved(Warm(), tmp_path)
    for path in ("gone.Warm", "gone", "os.system", "console.network.posterior.GainPosterior", ""):
        rename(folder, path)
        with pytest.raises(InputError, match="which is not here: import it first"):
            Console.from_pretrained(folder)
        assert type(Warm.from_pretrained(folder)) is Warm  # as after a module was renamed


@pytest.fixture
def elsewhere(tmp_path) -> Path:
    """A folder with a module of the user's, and a console of its class that another process has trained."""
    (tmp_path / "my_models.py").write_text(textwrap.dedent(MODULE))
    code = "from my_models import Mine; Mine(extra=7).save_pretrained('kept', 'mine', '1')"
    assert python(tmp_path, code).returncode == 0
    (tmp_path / "imported").unlink()
    return tmp_path


def python(folder: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{folder}:{ROOT}"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, env={"PYTHONPATH": path, **environment}, capture_output=True, text=True)


def test_a_module_is_imported_where_the_user_names_it_and_never_as_a_file_does(elsewhere):
    code = "from console import Console; c = Console.from_pretrained('kept'); print(type(c), c.config['extra'])"
    refused = python(elsewhere, code)
    assert refused.returncode == 1
    assert f"{IMPORT}=my_models" in refused.stderr
    assert not (elsewhere / "imported").exists()
    had = python(elsewhere, code, **{IMPORT: "my_models"})
    assert had.stdout.strip() == "<class 'my_models.Mine'> 7"


def test_a_module_that_cannot_be_imported_is_one_sentence(tmp_path, monkeypatch):
    folder = saved(Warm(), tmp_path)
    rename(folder, "no_such_module.Warm")
    monkeypatch.setenv(IMPORT, "no_such_module")
    with pytest.raises(InputError, match=f'"no_such_module" that {IMPORT} names cannot be imported'):
        Console.from_pretrained(folder)
