"""Users without a home: an unknown one, as in a container, with HOME unset."""

import pytest

from console.data.sources.folder import FolderSource
from console.errors import InputError
from console.files.home import expanded


@pytest.mark.parametrize("path", ["~nobody-of-that-name/songs"])
def test_a_home_that_is_not_known_is_one_sentence(path):
    with pytest.raises(InputError, match=r"nobody-of-that-name/songs.* home is not known"):
        FolderSource(path, "train")


def test_other_paths_are_as_they_are(monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    assert str(expanded("~/songs")) == "/somewhere/songs"
    assert str(expanded("a/~/songs")) == "a/~/songs"
