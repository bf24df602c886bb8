"""The care `make` takes of torchaudio, on stand-ins: one that loads, one held back, one beyond help."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "tools" / "mend_torchaudio.py"
LOADS = ""
NEEDS_NO_EXTENSION = """
from pathlib import Path
if list((Path(__file__).parent / "lib").glob("*.so")):
    raise OSError("libcudart.so.13: cannot open shared object file")
"""
NEVER_LOADS = "raise ImportError('no torch here')"


@pytest.fixture
def mend(tmp_path):
    """Runs the script beside a torchaudio of the given source; says whether its extension was kept."""
    extension = tmp_path / "torchaudio" / "lib" / "_torchaudio.abi3.so"
    extension.parent.mkdir(parents=True)
    extension.touch()

    def run(source: str) -> tuple[subprocess.CompletedProcess, bool]:
        (tmp_path / "torchaudio" / "__init__.py").write_text(source)
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, str(SCRIPT)]
        return subprocess.run(command, env=environment, capture_output=True, text=True), extension.exists()

    return run


def test_a_matching_pair_is_left_alone(mend):
    run, kept = mend(LOADS)
    assert (run.returncode, run.stdout, kept) == (0, "", True)


def test_an_extension_that_cannot_load_is_removed_once(mend):
    run, kept = mend(NEEDS_NO_EXTENSION)
    assert (run.returncode, kept) == (0, False)
    assert "compiled extension" in run.stdout
    run, _ = mend(NEEDS_NO_EXTENSION)
    assert (run.returncode, run.stdout) == (0, "")


def test_what_cannot_be_mended_is_said(mend):
    run, _ = mend(NEVER_LOADS)
    assert run.returncode == 1
    assert "no torch here" in run.stderr
