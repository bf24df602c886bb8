"""A song on disk, and a console that hears what a test tells it to."""

import pytest
from commands import RATE
from standin import stand_in

from console.read.song import Song


@pytest.fixture
def folder(small_song, tmp_path):
    """The small song as a folder of stems, the only thing in an otherwise empty place."""
    Song(small_song.audio[..., :RATE], small_song.names, RATE).save(tmp_path / "my song")
    return tmp_path / "my song"


@pytest.fixture(autouse=True)
def hears(monkeypatch):
    return stand_in(monkeypatch)
