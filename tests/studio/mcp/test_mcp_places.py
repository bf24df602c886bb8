"""Where a server may read and write."""

from pathlib import Path

import pytest

from console.errors import InputError
from studio.mcp.places import Places


@pytest.fixture
def root(tmp_path) -> Path:
    root = tmp_path / "music"
    (root / "song").mkdir(parents=True)
    (tmp_path / "private").mkdir()
    (root / "way out").symlink_to(tmp_path / "private")
    (root / "way in").symlink_to(root / "song")
    return root


@pytest.mark.parametrize(
    "path", ["song", "./song", "song/..", "way in", "new/out", "{root}/song", "song/../song/x.wav"]
)
def test_what_lies_below_the_folder_is_found(root, path):
    found = Places(root).find(path.format(root=root))
    assert found == root or root in found.parents


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../private",
        "song/../../private",
        "/etc/passwd",
        "{root}x",
        "way out",
        "way out/new",
        "~",
        "{root}/../private",
    ],
)
def test_what_lies_outside_is_refused(root, path):
    if path == "~":  # a name like any other
        assert Places(root).find(path) == root / "~"
        return
    with pytest.raises(InputError, match=r'lies outside of ".*music", the folder that may be used[.]$'):
        Places(root).find(path.format(root=root))


def test_a_folder_that_is_reached_by_a_link_is_the_folder(root, tmp_path):
    (tmp_path / "link").symlink_to(root)
    assert Places(tmp_path / "link").find("song") == root / "song"


def test_without_a_folder_paths_are_as_for_a_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert Places().find("song") == tmp_path / "song"
    assert Places().find("~/song") == tmp_path / "home" / "song"
    assert Places().find("/etc") == Path("/etc")


@pytest.mark.parametrize("path", ["", " ", "a\0b"])
def test_no_name_is_none(root, path):
    for places in (Places(), Places(root)):
        with pytest.raises(InputError, match="Name a file or folder"):
            places.find(path)
