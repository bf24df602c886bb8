"""A session that is closed while something of it comes in or goes out leaves nothing behind."""

import threading
import time

from pages import Page, noises, served

from studio.page import previews

FORM = "multipart/form-data; boundary=x"
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n'
END_S = 20


def left(page: Page, folder) -> list[str]:
    """What lies in the folder of the sessions once all is done."""
    end_s = time.monotonic() + END_S
    while page.app.state.work.busy:
        assert time.monotonic() < end_s
        time.sleep(0.01)
    return [path.relative_to(folder).as_posix() for path in sorted((folder / "sessions").rglob("*"))]


def test_while_stems_are_made_to_be_heard(tmp_path, monkeypatch):
    begun, go, write = threading.Event(), threading.Event(), previews.write_stem

    def slow(*told) -> None:
        begun.set()
        assert go.wait(END_S)
        write(*told)

    monkeypatch.setattr(previews, "write_stem", slow)
    with served(tmp_path) as page:
        id, other = page.opened(noises()), page.opened(noises("a", "b"))
        answers: list[int] = []

        def ask(each: str, stem: int) -> None:
            answers.append(page.get(f"/api/sessions/{each}/audio/{stem}").status_code)

        asking = [threading.Thread(target=ask, args=(id, stem)) for stem in range(3)]
        for thread in asking:
            thread.start()
        assert begun.wait(END_S)
        closing = threading.Thread(target=page.delete, args=(f"/api/sessions/{id}",))
        closing.start()
        while page.get(f"/api/sessions/{id}").status_code != 404:
            time.sleep(0.01)
        go.set()
        for thread in (*asking, closing):
            thread.join(END_S)
            assert not thread.is_alive()
        assert set(answers) <= {200, 404}
        assert 404 in answers
        assert {path.split("/")[1] for path in left(page, tmp_path) if "/" in path} == {other}


def test_while_a_reference_comes(tmp_path):
    with served(tmp_path) as page:
        id = page.opened(noises())

        async def close() -> None:
            assert (await page.sending("DELETE", f"/api/sessions/{id}"))[0] == 200

        big = bytes(1 << 20)
        pieces = [HEAD % b"a/mix.wav" + big, close, big + b"\r\n" + HEAD % b"b/c/mix.wav", big, b"\r\n--x--\r\n"]
        status, said = page.sends("POST", f"/api/sessions/{id}/reference", pieces, **{"content-type": FORM})
        assert status == 404
        assert b"gone" in said
        assert left(page, tmp_path) == []


def test_before_a_file_goes_out(tmp_path, monkeypatch):
    with served(tmp_path) as page:
        id = page.opened(noises())
        page.get(f"/api/sessions/{id}/peaks")

        async def all_gone(entry, path, *told) -> None:
            await page.app.state.work.remove(entry)

        monkeypatch.setattr("studio.page.routes.outputs.Outputs._made", lambda self, *told: all_gone(*told))
        answer = page.get(f"/api/sessions/{id}/peaks")
        assert answer.status_code == 404
        assert "gone" in answer.json()["error"]
