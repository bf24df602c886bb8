"""Catalogues on disk, and a console that hears what a test tells it to."""

import shutil

import pytest
from standin import stand_in

from studio.catalogue import work


@pytest.fixture(autouse=True)
def hears(monkeypatch):
    monkeypatch.setattr(work, "_desks", {})
    # A picture takes longer than all else of such a song.
    monkeypatch.setattr("studio.pictures.faders.draw_faders", lambda advice, path: path.write_bytes(b"a picture"))
    monkeypatch.setattr(work, "give_memory_back", lambda: None)  # of the tests' process, which holds far more
    return stand_in(monkeypatch)


@pytest.fixture
def catalogue(small_song, tmp_path):
    """Three songs in folders and a zip, one that cannot be read, and a folder without sound."""
    root = tmp_path / "catalogue"
    small_song.save(root / "album" / "a")
    shutil.copytree(root / "album" / "a", root / "album" / "b")
    shutil.make_archive(str(root / "=c"), "zip", root / "album" / "a")
    (root / "broken").mkdir()
    (root / "broken" / "vocals.wav").write_text("no sound")
    (root / "papers").mkdir()
    (root / "papers" / "contract.txt").write_text("none")
    return root
