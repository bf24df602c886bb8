"""Sessions lie on the disk: they come back after a restart and from want of memory, and go when they are to go."""

import asyncio
import shutil
import threading
import time
import weakref

import pytest
import torch
from pages import MODELS, Page, Ready, everything, noises, served, stems, zipped

from console.errors import InputError
from studio.page.working.jobs import Jobs
from studio.session import Session


def faders(said) -> list[float]:
    return [stem["fader_db"] for stem in said["table"]["stems"]]


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


def test_what_waits_for_a_session_that_is_closed_is_told_so(tmp_path, held):
    with served(tmp_path, models=held) as page:
        id = page.opened(noises())
        held.go.clear()
        page.do(id, "anchor", stem="drums")  # which is listened to
        answers = []

        def ask(operation, **arguments):
            answers.append(page.asked(id, operation, **arguments))

        waiting = [
            threading.Thread(target=ask, args=("apply",)),
            threading.Thread(target=ask, args=("measure",)),
        ]
        for thread in waiting:
            thread.start()
        entry = page.app.state.work.store.get(id)
        end_s = time.monotonic() + 20
        while entry.waiting < 2:
            assert time.monotonic() < end_s
            time.sleep(0.01)
        closing = threading.Thread(target=page.delete, args=(f"/api/sessions/{id}",))
        closing.start()
        while not entry.removed:
            assert time.monotonic() < end_s
            time.sleep(0.01)
        held.go.set()
        for thread in (*waiting, closing):
            thread.join(20)
        assert [answer.status_code for answer in answers] == [404, 404]
        assert everything(tmp_path / "sessions") == []


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


def test_what_an_error_held_is_let_go():
    """Such as the sound of a mix that was no mix of the song."""
    kept = []

    def fail():
        sound = torch.zeros(10)
        kept.append(weakref.ref(sound))
        try:
            raise ValueError("inner")
        except ValueError as error:
            raise InputError("outer") from error

    async def run():
        jobs = Jobs(1, 1, lambda ids: None)
        job = jobs.submit("a", [asyncio.Lock()], "fail", fail)
        with pytest.raises(InputError, match="outer") as caught:
            await job.done
        assert kept[0]() is None
        jobs.close(InputError("closed"))
        return caught.value

    assert str(asyncio.run(run()).__cause__) == "inner"


class Held(Ready):
    """Models whose console waits until it is told to listen."""

    def __init__(self) -> None:
        super().__init__()
        MODELS.load()
        self.go = threading.Event()
        self.go.set()
        self.console, self.explainer = MODELS.console, MODELS.explainer


@pytest.fixture
def held(monkeypatch):
    """A console that listens when it is let go."""
    models = Held()
    listen = Session.analyse
    monkeypatch.setattr(Session, "analyse", lambda session: models.go.wait(30) and listen(session))
    yield models
    models.go.set()


def test_what_is_quick_does_not_wait_for_what_takes_long(tmp_path, held):
    with served(tmp_path, models=held) as page:
        id, other = page.opened(noises()), page.opened(noises("vocals", "drums"))
        held.go.clear()
        page.do(other, "anchor", stem="drums")  # which is to be listened to, and takes long
        third = page.sent(noises("a", "b", "c")).json()["id"]
        end_s = time.monotonic() + 20
        while page.session(other)["job"]["place"]:
            assert time.monotonic() < end_s
        assert page.session(other)["job"] == {"operation": "analyse", "step": "Waiting", "place": 0}
        assert page.session(third)["job"] == {"operation": "open", "step": "Waiting", "place": 1}
        assert page.asked(third, "undo").status_code == 409
        begun_s = time.monotonic()
        for operation, arguments in (
            ("set", {"stem": "vocals", "gain_db": -2}),
            ("nudge", {"stem": "bass", "by_db": 1}),
            ("lock", {"stems": ["bass"]}),
            ("undo", {}),
        ):
            page.do(id, operation, **arguments)
        assert page.get(f"/api/sessions/{id}/audio/0").status_code == 200
        assert time.monotonic() - begun_s < 5
        assert faders(page.session(id)) == [1.0, 0.0, -2.0]
        held.go.set()
        assert page.rested(third)["table"]["advice"] is not None


def test_what_is_quick_does_not_wait_for_its_own_listening_which_is_then_done_for_what_was_decided(tmp_path, held):
    with served(tmp_path, models=held) as page:
        id, other = page.opened(noises()), page.opened(noises())
        orders = [
            ("anchor", {"stem": "drums"}),
            ("shift", {"stems": ["vocals", "bass"], "by_db": -2}),
            ("set", {"stem": "drums", "gain_db": 3}),  # of the anchor: it is judged anew
            ("lock", {"stems": ["bass"]}),
        ]
        held.go.clear()
        begun_s = time.monotonic()
        for operation, arguments in orders:
            said = page.do(id, operation, **arguments)
            assert said["table"]["advice"] is None
            assert said["job"]["operation"] == "analyse"
        page.do(id, "undo")
        page.do(id, "redo")
        assert faders(page.session(id)) == [-2.0, 3.0, -2.0]
        assert time.monotonic() - begun_s < 5
        held.go.set()
        heard = page.rested(id)
        for operation, arguments in orders:
            page.do(other, operation, **arguments)
            page.rested(other)
        assert heard["table"]["advice"] is not None
        for key in ("table", "text", "unjudged"):
            assert heard[key] == page.session(other)[key]


def test_what_is_heard_of_a_state_that_is_no_more_is_not_told_of_the_present_one(tmp_path, held):
    with served(tmp_path, models=held) as page:
        id = page.opened(noises())
        before = page.session(id)
        held.go.clear()
        page.do(id, "link", stems=["vocals", "drums", "bass"])  # of which there is no balance to judge
        while page.session(id)["job"]["place"]:
            time.sleep(0.01)
        page.do(id, "undo")
        held.go.set()
        after = page.rested(id)
        assert after["unjudged"] is None
        assert after["text"] == before["text"]
        assert after["table"]["advice"] == before["table"]["advice"]


def test_a_full_queue_says_so_and_goes_on(tmp_path, held):
    with served(tmp_path, models=held, waiting=1, waiting_each=2) as page:
        id = page.opened(noises())
        other = page.opened(noises("a", "b"))
        held.go.clear()
        page.do(id, "anchor", stem="drums")
        end_s = time.monotonic() + 20
        while page.session(id)["job"]["place"]:
            assert time.monotonic() < end_s
        page.do(other, "anchor", stem="a")  # which waits
        for answer in (page.sent(noises()), page.asked(other, "measure"), page.post("/api/sessions/demo", json={})):
            assert answer.status_code == 503
            assert "busy" in answer.json()["error"]
            assert int(answer.headers["retry-after"]) > 0
        assert len(everything(tmp_path / "sessions")) == 5 + 2  # nothing is left of what was refused
        held.go.set()
        assert page.rested(other)["table"]["advice"] is not None
        assert page.do(other, "measure")["outcome"]["data"]["loudness_lufs"] < 0


def test_a_change_that_cannot_be_written_down_is_not_made(tmp_path, monkeypatch):
    with served(tmp_path) as page:
        id = page.opened(noises())
        before = page.session(id)

        def full(self):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("studio.page.sessions.Entry.write", full)
            answer = page.asked(id, "set", stem="vocals", gain_db=-4)
            assert answer.status_code == 500
            assert "No space left" in answer.json()["error"]
        assert page.session(id)["table"] == before["table"]
        assert page.do(id, "nudge", stem="vocals", by_db=-1)["table"]["stems"][-1]["fader_db"] == -1.0


def test_what_cannot_be_judged_is_told_and_can_be_undone(tmp_path):
    with served(tmp_path) as page:
        id = page.opened(noises())
        page.do(id, "link", stems=["vocals", "drums", "bass"])
        said = page.rested(id)
        assert "moves together" in said["unjudged"]
        assert said["table"]["advice"] is None
        page.do(id, "undo")
        said = page.rested(id)
        assert said["unjudged"] is None
        assert said["table"]["advice"] is not None
