"""What breaks or is stopped while writing leaves nothing, and no earlier output is lost."""

import os
import signal

import pytest
from commands import correct, everything, invoke

pytestmark = pytest.mark.usefixtures("quick_words")


@pytest.mark.parametrize(("error", "status"), [(RuntimeError("no ink"), 1), (KeyboardInterrupt(), 130)])
def test_what_breaks_while_writing_leaves_nothing(folder, monkeypatch, error, status):
    def draw(*arguments):
        raise error

    monkeypatch.setattr("studio.pictures.faders.draw_faders", draw)
    assert invoke("correct", folder, "--stems").exit_code == status
    assert [path.name for path in folder.parent.iterdir()] == ["my song"]


SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
SIGNALS += [(signal.SIGHUP, 129)] if hasattr(signal, "SIGHUP") else []


@pytest.mark.parametrize(("sent", "status"), SIGNALS)
def test_a_signal_while_writing_leaves_nothing(folder, monkeypatch, sent, status):
    monkeypatch.setattr("studio.pictures.faders.draw_faders", lambda *arguments: os.kill(os.getpid(), sent))
    assert invoke("correct", folder, "--stems").exit_code == status
    assert [path.name for path in folder.parent.iterdir()] == ["my song"]


def test_a_signal_that_a_library_makes_an_error_of_still_stops(folder, monkeypatch):
    def draw(*arguments):
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            raise AttributeError("half imported") from None

    monkeypatch.setattr("studio.pictures.faders.draw_faders", draw)
    result = invoke("correct", folder)
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "Stopped.\n")


def test_what_breaks_while_replacing_leaves_the_old(folder, tmp_path, monkeypatch):
    correct(folder, "--out", tmp_path / "out")
    before = (tmp_path / "out" / "advice.json").read_text()
    monkeypatch.setattr("studio.pictures.faders.draw_faders", lambda *arguments: 1 / 0)
    assert invoke("correct", folder, "--out", tmp_path / "out", "--force").exit_code == 1
    assert (tmp_path / "out" / "advice.json").read_text() == before
    assert everything(tmp_path) == ["my song", *everything_below("my song", folder), "out", *OUT]


OUT = [f"out/{name}" for name in ("advice.json", "faders.png", "mix.wav")]


def everything_below(name, folder):
    return [f"{name}/{path}" for path in everything(folder)]
