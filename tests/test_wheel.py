"""The built wheel, installed into a clean environment, does all its work far from the repository."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("console", "explainer", "studio")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Runs a command in an environment with the wheel, away from the repository; returns its output."""
    place = tmp_path_factory.mktemp("wheel")
    environment = place / "venv"
    python = environment / "bin" / "python"

    def run(*command: str | Path) -> str:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return subprocess.run(command, cwd=place, env=clean, check=True, stdout=subprocess.PIPE, text=True).stdout

    pip = (sys.executable, "-m", "pip", "--quiet")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", place, ROOT)
    venv.create(environment)
    (wheel,) = place.glob("mixconsole-*.whl")
    run(*pip, "--python", python, "install", "--no-deps", "--no-index", wheel)
    # The dependencies come from where the tests run. Of the project itself only the wheel can be seen, as
    # the .pth file of an editable install counts only in an environment's own site-packages.
    site_packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(site_packages) / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return lambda command, *arguments: run(environment / "bin" / command, *arguments)


def test_it_is_the_wheel_that_runs(installed):
    files = installed("python", "-c", "import console, explainer, studio as s; print(console.__file__, s.__file__)")
    assert str(ROOT) not in files
    assert "site-packages" in files


def test_every_file_of_the_packages_is_in_it(installed):
    code = "import console; from pathlib import Path; print(Path(console.__file__).parent.parent)"
    site_packages = Path(installed("python", "-c", code).strip())
    for package in PACKAGES:
        files = [path for path in (ROOT / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        missing = [path for path in files if not (site_packages / path.relative_to(ROOT)).is_file()]
        assert missing == []


def test_help(installed):
    assert "correct" in installed("mixconsole", "--help")


def test_the_embedded_console_loads(installed):
    code = "from console import Console; print(Console.from_pretrained().checksum)"
    assert installed("python", "-c", code).strip()


def test_the_demo_runs(installed, tmp_path):
    out = tmp_path / "demo"
    installed("mixconsole", "demo", "--out", out)
    (advice,) = out.rglob("advice.json")
    names = {stem["name"] for stem in json.loads(advice.read_text())["stems"]}
    assert names == {"vocals", "drums", "bass", "other"}
