"""What is quick does not wait for what takes long; what waits is told how it ends, and what is stale is not shown."""

import asyncio
import threading
import time
import weakref

import pytest
import torch
from pages import MODELS, Ready, everything, faders, noises, served

from console.errors import InputError
from studio.page.working.jobs import Jobs
from studio.session import Session


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
