"""A song on disk, and a console that hears what a test tells it to."""

import pytest
from standin import stand_in


@pytest.fixture
def folder(small_song, tmp_path):
    """The small song as a folder of stems, the only thing in an otherwise empty place."""
    small_song.save(tmp_path / "my song")
    return tmp_path / "my song"


@pytest.fixture(autouse=True)
def hears(monkeypatch):
    return stand_in(monkeypatch)
