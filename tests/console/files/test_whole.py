"""Files and folders appear whole or not at all, and nothing else is lost."""

import errno
import os
from pathlib import Path

import pytest

from console.errors import InputError
from console.files import swap
from console.files.earlier import Earlier
from console.files.whole import whole_file, whole_folder


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def fail_half_way(path: Path, error: type[BaseException]) -> None:
    path.write_text("half")
    raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, InputError])
def test_a_file_is_whole_or_not_there(tmp_path, error):
    path = tmp_path / "mix.wav"
    path.write_text("earlier")
    with pytest.raises(error), whole_file(path) as part:
        fail_half_way(part, error)
    assert path.read_text() == "earlier"
    with whole_file(path) as part:
        part.write_text("new")
        assert path.read_text() == "earlier"
    assert path.read_text() == "new"
    assert files(tmp_path) == ["mix.wav"]


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_appears_when_it_is_complete(tmp_path, force):
    out = tmp_path / "out"
    with whole_folder(out, force) as part:
        (part / "stems").mkdir()
        (part / "stems" / "kick.wav").write_text("kick")
        assert not out.exists()
    assert files(tmp_path) == ["out", "out/stems", "out/stems/kick.wav"]
    assert out.stat().st_mode & 0o777 == 0o777 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RuntimeError, InputError])
@pytest.mark.parametrize("out", ["out", "new/deep/out"])
def test_a_failure_leaves_nothing_behind(tmp_path, error, out):
    with pytest.raises(error), whole_folder(tmp_path / out) as part:
        fail_half_way(part / "mix.wav", error)
    assert files(tmp_path) == []


def test_missing_parents_are_made(tmp_path):
    with whole_folder(tmp_path / "new/deep/out") as part:
        (part / "mix.wav").write_text("mix")
    assert files(tmp_path) == ["new", "new/deep", "new/deep/out", "new/deep/out/mix.wav"]


@pytest.fixture
def earlier(tmp_path):
    """An earlier output."""
    out = tmp_path / "out"
    (out / "stems").mkdir(parents=True)
    (out / "mix.wav").write_text("earlier")
    return out


def test_an_existing_folder_is_kept_without_force(tmp_path, earlier):
    with pytest.raises(InputError, match=r"exists: choose another folder, or --force"), whole_folder(earlier):
        pytest.fail("nothing may be written")
    assert files(tmp_path) == ["out", "out/mix.wav", "out/stems"]


def test_force_replaces_an_existing_folder(tmp_path, earlier):
    with whole_folder(earlier, force=True) as part:
        (part / "new.wav").write_text("new")
        assert (earlier / "mix.wav").read_text() == "earlier"
    assert files(tmp_path) == ["out", "out/new.wav"]


def test_a_failure_under_force_keeps_the_earlier_folder(tmp_path, earlier):
    with pytest.raises(KeyboardInterrupt), whole_folder(earlier, force=True):
        raise KeyboardInterrupt
    assert files(tmp_path) == ["out", "out/mix.wav", "out/stems"]


@pytest.fixture(params=["at once", "in steps"])
def renaming(request, monkeypatch):
    """With what the system can do, and without."""
    if request.param == "in steps":
        monkeypatch.setattr(swap, "_renamed", lambda one, other, how: errno.ENOSYS)
    return request.param


def test_a_failure_to_rename_puts_the_earlier_folder_back(tmp_path, earlier, monkeypatch):
    rename = os.rename

    def fails_for_the_new_one(source, target):
        if (Path(source) / "new.wav").exists():
            raise PermissionError(1, "Operation not permitted")
        rename(source, target)

    monkeypatch.setattr(swap, "_renamed", lambda one, other, how: errno.ENOSYS)
    monkeypatch.setattr(os, "rename", fails_for_the_new_one)
    with pytest.raises(InputError, match=r"cannot be written"), whole_folder(earlier, force=True) as part:
        (part / "new.wav").write_text("new")
    assert files(tmp_path) == ["out", "out/mix.wav", "out/stems"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("appeared", ["folder", "empty", "file", "link"])
def test_what_appears_meanwhile_stays(tmp_path, renaming, force, appeared):
    out = tmp_path / "out"

    def write(part: Path) -> None:
        (part / "mix.wav").write_text("new")
        if appeared == "file":
            out.write_text("precious")
        elif appeared == "link":
            out.symlink_to("nowhere")
        else:
            out.mkdir()
            if appeared == "folder":
                (out / "letter").write_text("precious")

    with pytest.raises(InputError, match=r"appeared while this ran, and stays"), whole_folder(out, force) as part:
        write(part)
    assert files(tmp_path) == (["out", "out/letter"] if appeared == "folder" else ["out"])
    assert out.is_symlink() or out.is_dir() or out.read_text() == "precious"


@pytest.mark.parametrize("change", ["new.wav", "stems/new.wav", "mix.wav", "a/b/c", "other"])
def test_force_replaces_only_what_was_there_at_the_start(tmp_path, earlier, renaming, change):
    def write(part: Path) -> None:
        (part / "mix.wav").write_text("new")
        if change == "other":
            earlier.rename(tmp_path / "moved")
            earlier.mkdir()
        (earlier / change).parent.mkdir(parents=True, exist_ok=True)
        (earlier / change).write_text("precious")

    with pytest.raises(InputError, match=r"was changed while this ran"), whole_folder(earlier, force=True) as part:
        write(part)
    assert (earlier / change).read_text() == "precious"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_what_appears_at_the_last_moment_stays_too(tmp_path, earlier, renaming, monkeypatch):
    """Between the check and the renaming somebody writes into the folder that is to go."""
    news, asked = Earlier.news, []

    def and_then_somebody_writes(self, folder):
        told = news(self, folder)
        asked.append(folder)
        if len(asked) == 1:
            (earlier / "late.wav").write_text("precious")
        return told

    monkeypatch.setattr(Earlier, "news", and_then_somebody_writes)
    with pytest.raises(InputError, match=r"was changed.*late\.wav"), whole_folder(earlier, force=True) as part:
        (part / "new.wav").write_text("new")
    assert files(tmp_path) == ["out", "out/late.wav", "out/mix.wav", "out/stems"]


def test_a_folder_to_replace_that_is_gone_is_made(tmp_path, earlier, renaming):
    with whole_folder(earlier, force=True) as part:
        (part / "new.wav").write_text("new")
        earlier.rename(tmp_path / "moved")
    assert files(tmp_path) == ["moved", "moved/mix.wav", "moved/stems", "out", "out/new.wav"]


def test_a_folder_within_one_that_is_being_written(tmp_path):
    """A song is saved into the folder of a spoilt one."""
    with whole_folder(tmp_path / "out") as part:
        with whole_folder(part, force=True) as inner:
            (inner / "kick.wav").write_text("kick")
        with pytest.raises(InputError, match="another run"), whole_folder(tmp_path / "out"):
            pytest.fail("the part is in use")
        (part / "truth.json").write_text("{}")
    assert files(tmp_path) == ["out", "out/kick.wav", "out/truth.json"]


@pytest.mark.parametrize("source", ["out", "out/stems", "out/song.zip", "link/song"])
def test_force_never_replaces_what_holds_the_song(tmp_path, earlier, source):
    (tmp_path / "link").symlink_to(earlier)
    refused = pytest.raises(InputError, match=r"holds the song that was read")
    with refused, whole_folder(earlier, force=True, source=tmp_path / source):
        pytest.fail("nothing may be written")
    assert files(earlier) == ["mix.wav", "stems"]


@pytest.mark.parametrize("precious", [".git/config", "a/b/c/mix.wav", ".bashrc", "thesis.doc", "photos/a.jpg", "notes"])
def test_force_never_replaces_what_no_output_holds(tmp_path, earlier, precious):
    (earlier / precious).parent.mkdir(parents=True, exist_ok=True)
    (earlier / precious).write_text("precious")
    with pytest.raises(InputError, match=r"more than an earlier output"), whole_folder(earlier, force=True):
        pytest.fail("nothing may be written")
    assert (earlier / precious).read_text() == "precious"


def test_what_the_finder_leaves_is_no_hindrance(earlier):
    (earlier / ".DS_Store").write_text("icons")
    with whole_folder(earlier, force=True) as part:
        (part / "new.wav").write_text("new")
    assert files(earlier) == ["new.wav"]


def test_force_never_replaces_where_people_work_and_live(tmp_path, earlier, monkeypatch):
    monkeypatch.chdir(earlier / "stems")
    with pytest.raises(InputError, match=r"no folder to replace"), whole_folder(earlier, force=True):
        pytest.fail("nothing may be written")
    monkeypatch.chdir("/")
    monkeypatch.setenv("HOME", str(earlier))
    with pytest.raises(InputError, match=r"no folder to replace"), whole_folder(earlier, force=True):
        pytest.fail("nothing may be written")
    assert files(earlier) == ["mix.wav", "stems"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("out", ["file", "file/out", "x" * 300])
def test_a_folder_that_cannot_be_made_is_refused(tmp_path, out, force):
    (tmp_path / "file").write_text("precious")
    with pytest.raises(InputError, match=r"is a file|cannot be written"), whole_folder(tmp_path / out, force):
        pytest.fail("nothing may be written")
    assert (tmp_path / "file").read_text() == "precious"


def test_a_link_to_a_folder_stays_a_link(tmp_path, earlier):
    link = tmp_path / "link"
    link.symlink_to(earlier)
    with whole_folder(link, force=True) as part:
        (part / "new.wav").write_text("new")
    assert link.is_symlink()
    assert files(earlier) == ["new.wav"]


def test_force_works_for_people_without_a_home(earlier, monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    with whole_folder(earlier, force=True) as part:
        (part / "new.wav").write_text("new")
    assert files(earlier) == ["new.wav"]
