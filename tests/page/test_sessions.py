"""Sessions lie on the disk: they come back after a restart and from want of memory, and go when they are to go."""

import shutil
import threading
import time

import pytest
import torch
from pages import Page, everything, faders, noises, served, stems, zipped

from studio.session import Session


def moved(page: Page, files) -> str:
    """A session with some history."""
    id = page.opened(files)
    page.do(id, "set", stem="drums", gain_db=-3)
    page.do(id, "lock", stems=["drums"])
    page.do(id, "anchor", stem="bass")
    page.do(id, "nudge", stem="vocals", by_db=1.5)
    page.do(id, "undo")
    page.rested(id)
    return id


def same(before, after) -> None:
    """Whether a session is as it was."""
    for key in ("title", "table", "text", "demo", "failed", "unjudged"):
        assert after[key] == before[key], key


def test_a_restart_brings_everything_back(small_song, tmp_path):
    with served(tmp_path) as page:
        id = moved(page, stems(small_song))
        before, mix = page.session(id), page.mix(id)
        assert before["table"]["advice"] is not None
    with served(tmp_path) as page:
        same(before, page.session(id))  # before anything is read
        assert page.session(id)["revision"] > before["revision"]
        assert torch.equal(page.mix(id), mix)
        same(before, page.session(id))
        done = page.do(id, "redo")  # what could be redone still can
        assert [change["stem"] for change in done["outcome"]["changes"]] == ["vocals"]
        while page.session(id)["table"]["at"]:
            page.do(id, "undo")
        assert faders(page.session(id)) == [0.0] * 4


def test_a_server_that_was_killed_while_it_opened_a_song_goes_on(tmp_path, monkeypatch):
    read, slow = Session.open, threading.Event()
    monkeypatch.setattr(Session, "open", lambda *args, **told: slow.wait(30) and read(*args, **told))
    with served(tmp_path) as page:
        id = page.sent(noises()).json()["id"]
        assert page.session(id)["job"]["operation"] == "open"
        shutil.copytree(tmp_path, tmp_path / "killed")  # as the disk was when it was killed
        slow.set()
        page.rested(id)
    with served(tmp_path / "killed") as page:
        assert page.session(id)["job"] is not None
        assert len(page.rested(id)["table"]["stems"]) == 3


def test_a_zip_that_was_being_unpacked_is_unpacked_again(tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    def half(place, folder, *limits):
        (folder / "half.wav").write_bytes(b"RIFF")
        raise Killed

    with served(tmp_path) as page, monkeypatch.context() as patch:
        patch.setattr("console.read.archive.unpack", half)
        id = page.sent({"A Song.zip": zipped(noises())}).json()["id"]
        page.rested(id)
        assert page.session(id)["table"] is page.session(id)["failed"] is None
    with served(tmp_path) as page:
        page.session(id)
        said = page.rested(id)
        assert len(said["table"]["stems"]) == 3
    assert not [path for path in everything(tmp_path / "sessions" / id) if path.endswith(("half.wav", ".zip"))]


def test_what_a_killed_server_was_about_to_send_is_removed(tmp_path):
    with served(tmp_path) as page:
        id = page.opened(noises())
    half = tmp_path / "sessions" / id / "export" / "abc" / "mix.wav"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"RIFF")
    with served(tmp_path) as page:
        assert page.get(f"/api/sessions/{id}/export/mix.wav").status_code == 200
        assert not [path for path in everything(tmp_path / "sessions" / id) if path.startswith("export/")]


def test_what_a_killed_server_had_not_received_yet_is_removed(tmp_path):
    half = tmp_path / "sessions" / ("x" * 22) / "incoming"
    half.mkdir(parents=True)
    (half / "half.wav").write_bytes(b"RIFF")
    (tmp_path / "sessions" / "mine.txt").write_text("not theirs")
    with served(tmp_path) as page:
        assert page.get(f"/api/sessions/{'x' * 22}").status_code == 404
    assert everything(tmp_path / "sessions") == ["mine.txt"]


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"schema": 99}', b"\xff", b'{"schema": 1, "nothing": 2}'])
def test_a_damaged_record_says_that_the_session_is_gone(tmp_path, damage):
    folder = tmp_path / "sessions" / ("y" * 22)
    folder.mkdir(parents=True)
    (folder / "session.json").write_bytes(damage)
    with served(tmp_path) as page:
        answer = page.get(f"/api/sessions/{folder.name}")
        assert answer.status_code == 404
        assert "gone" in answer.json()["error"]


def test_a_session_is_closed_with_all_its_files(tmp_path):
    with served(tmp_path) as page:
        id, other = page.opened(noises()), page.opened(noises("a", "b"))
        page.get(f"/api/sessions/{id}/audio/0")
        page.get(f"/api/sessions/{id}/peaks")
        assert page.delete(f"/api/sessions/{id}").json() == {"removed": True}
        for answer in (page.get(f"/api/sessions/{id}"), page.asked(id, "undo"), page.delete(f"/api/sessions/{id}")):
            assert answer.status_code == 404
            assert "gone" in answer.json()["error"]
        assert {path.split("/")[0] for path in everything(tmp_path / "sessions")} == {other}


def test_what_nobody_asks_for_goes(tmp_path):
    with served(tmp_path, unused_s=1.0) as page:
        id, other = page.opened(noises()), page.opened(noises("a", "b"))
        end_s = time.monotonic() + 20
        while any(path.startswith(id) for path in everything(tmp_path / "sessions")):
            assert page.session(other)["table"] is not None
            assert time.monotonic() < end_s
            time.sleep(0.1)
        assert page.get(f"/api/sessions/{id}").status_code == 404
        assert page.get(f"/api/sessions/{other}").status_code == 200
    time.sleep(1.1)
    with served(tmp_path, unused_s=1.0) as page:  # what was not used since before a restart goes, too
        end_s = time.monotonic() + 20
        while everything(tmp_path / "sessions"):
            assert time.monotonic() < end_s
            time.sleep(0.1)


def test_songs_that_could_not_be_opened_take_nobodys_place(tmp_path):
    with served(tmp_path, sessions=3) as page:
        id = page.opened(noises())
        failed = [page.sent({"a.wav": b"x"}).json()["id"] for _ in range(2)]
        assert all(page.rested(each)["failed"] for each in failed)
        third = page.opened(noises("a", "b"))  # in the place of the older one
        assert [page.get(f"/api/sessions/{each}").status_code for each in (id, *failed, third)] == [200, 404, 200, 200]
    with served(tmp_path, sessions=3) as page:
        page.opened(noises("c", "d"))  # also where nobody asked for them since the start
        answer = page.sent(noises("e", "f"))
        assert answer.status_code == 503
        assert "which are the most" in answer.json()["error"]
        assert page.get(f"/api/sessions/{failed[1]}").status_code == 404
        assert len(list((tmp_path / "sessions").iterdir())) == 3


def test_songs_that_could_not_be_opened_go_soon(tmp_path):
    with served(tmp_path, failed_s=0.4) as page:
        id = page.opened(noises())
        failed = page.sent({"a.wav": b"x"}).json()["id"]
        assert page.rested(failed)["failed"]
        end_s = time.monotonic() + 20
        while (tmp_path / "sessions" / failed).exists():
            assert time.monotonic() < end_s
            time.sleep(0.1)
        assert page.session(id)["table"] is not None


def test_memory_is_bounded_and_nobody_notices(small_song, tmp_path):
    song_bytes = small_song.audio.nbytes
    with served(tmp_path, memory_bytes=5 * song_bytes) as page:
        ids = [moved(page, stems(small_song, f"song {at}/")) for at in range(3)]
        store = page.app.state.work.store

        def held() -> list[str]:
            return [entry.id for entry in store if entry.session is not None]

        assert held() == ids[1:]
        before = page.session(ids[0])
        assert held() == ids[1:]  # to look at it takes no memory
        page.do(ids[0], "nudge", stem="vocals", by_db=0.5)
        assert held() == [ids[0], ids[2]]
        after = page.rested(ids[0])
        assert faders(after) == [*faders(before)[:3], 0.5]
        assert after["table"]["advice"] == before["table"]["advice"]
        assert after["table"]["at"] == before["table"]["at"] + 1


def test_a_song_that_is_more_than_the_memory_is_refused(small_song, tmp_path):
    with served(tmp_path, memory_bytes=4 * small_song.audio.nbytes - 1) as page:
        id = page.sent(stems(small_song)).json()["id"]
        assert "when it is decoded" in page.rested(id)["failed"]


def test_the_longest_waiting_poll_ends_with_the_next_change(tmp_path):
    with served(tmp_path) as page:
        id = page.opened(noises())
        revision = page.session(id)["revision"]
        begun_s = time.monotonic()
        assert page.get(f"/api/sessions/{id}?revision={revision}&wait_s=0.2").json()["revision"] == revision
        assert 0.15 < time.monotonic() - begun_s < 5
        assert page.get(f"/api/sessions/{id}?revision={revision - 1}&wait_s=20").json()["revision"] == revision
        change = threading.Timer(0.3, page.do, (id, "set"), {"stem": "vocals", "gain_db": -1})
        change.start()
        begun_s = time.monotonic()
        said = page.get(f"/api/sessions/{id}?revision={revision}&wait_s=20").json()
        assert faders(said)[-1] == -1.0
        assert time.monotonic() - begun_s < 10
        change.join()
        gone = threading.Timer(0.3, page.delete, (f"/api/sessions/{id}",))
        gone.start()
        revision = page.rested(id)["revision"]
        assert page.get(f"/api/sessions/{id}?revision={revision}&wait_s=20").status_code == 404
        gone.join()
