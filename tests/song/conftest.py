"""A song on disk."""

from pathlib import Path

import pytest
from stem_files import STEMS, write


@pytest.fixture
def folder(tmp_path) -> Path:
    """A song of four stems in a folder."""
    for name in STEMS:
        write(tmp_path / "song" / f"{name}.wav")
    return tmp_path / "song"
