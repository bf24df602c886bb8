"""`mixconsole serve` as a process: how it begins, ends, and begins again."""

import signal
import threading
import time

import httpx2
import pytest
from click.testing import CliRunner
from pages import everything, noises
from server import Server, listening, rested

from studio.cli import main


def test_the_page_is_there_at_once_and_is_gone_with_ctrl_c(tmp_path):
    begun_s = time.monotonic()
    with Server(tmp_path) as server:
        assert server.client.get("/").status_code == 200
        assert time.monotonic() - begun_s < 3  # while the models are still loaded
        id = server.upload(noises())  # which waits for them
        assert [path for path in everything(tmp_path / "cache") if id in path]
        polling = threading.Thread(target=server.client.get, args=(f"/api/sessions/{id}?revision=999999&wait_s=30",))
        polling.start()
        time.sleep(0.3)
        status, said = server.end(signal.SIGINT)
        polling.join(10)
        assert not polling.is_alive()
    assert (status, said) == (130, "Stopped.\n")
    assert everything(tmp_path / "cache" / "mixconsole") == []


def test_sigterm_ends_it_and_another_server_has_another_folder(tmp_path):
    with Server(tmp_path) as server, Server(tmp_path) as other:
        folders = [path.name for path in (tmp_path / "cache" / "mixconsole" / "serve").iterdir()]
        assert sorted(folders) == ["1", "2"]
        assert server.url != other.url
        assert server.end(signal.SIGTERM) == (143, "")
        assert [path.name for path in (tmp_path / "cache" / "mixconsole" / "serve").iterdir()] == ["2"]
        assert other.client.get("/").status_code == 200


def test_what_cannot_be_served_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.delenv("MIXCONSOLE_AUTH", raising=False)
    with listening() as port:
        for arguments, words in (
            (["--port", str(port)], f"Port {port} is in use"),
            (["--host", "0.0.0.0", "--port", "0"], "--auth USER:PASSWORD"),
            (["--host", "192.0.2.1", "--port", "0", "--without-auth"], "192.0.2.1"),
            (["--host", "no such host", "--port", "0", "--without-auth"], "is no address of this machine"),
            (["--auth", "ana", "--port", "0"], "USER:PASSWORD"),
            (["--llm", "http://127.0.0.1:1/v1", "--port", "0"], "is named with its model"),
            (["--llm", "http://127.0.0.1:1/v1#m", "--port", "0"], "127.0.0.1:1"),
            (["--keep", str(tmp_path / "file"), "--port", "0"], "cannot be used"),
        ):
            (tmp_path / "file").touch()
            done = CliRunner().invoke(main, ["serve", *arguments])
            assert done.exit_code == 2, (arguments, done.output)
            assert done.stderr.startswith("Error: ")
            assert done.stderr.count("\n") == 1
            assert words in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("kept", [True, False])
def test_after_sigkill_sessions_come_back(tmp_path, kept):
    keep = ("--keep", str(tmp_path / "kept")) if kept else ()
    with Server(tmp_path, *keep) as server:
        id = server.upload(noises())
        server.rested(id)
        moved = {"operation": "set", "arguments": {"stem": "vocals", "gain_db": -2.5}}
        assert server.client.post(f"/api/sessions/{id}/operations", json=moved).status_code == 200
        before = server.rested(id)
        if kept:
            other = CliRunner().invoke(main, ["serve", *keep, "--port", "0"])
            assert "in use by another" in other.stderr
        half = server.upload(noises("a", "b"))
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(10)
    with Server(tmp_path, *keep) as server:
        after = server.client.get(f"/api/sessions/{id}").json()
        for key in ("table", "text", "title"):
            assert after[key] == before[key]
        undone = server.client.post(f"/api/sessions/{id}/operations", json={"operation": "undo"}).json()
        assert undone["table"]["stems"][2]["fader_db"] == 0.0
        assert server.rested(half)["table"]["advice"] is not None
        assert server.client.get(f"/api/sessions/{'x' * 22}").status_code == 404
        assert server.end(signal.SIGTERM)[0] == 143
    if kept:
        assert any(path.endswith("session.json") for path in everything(tmp_path / "kept"))
        with Server(tmp_path, *keep) as server:
            assert server.client.delete(f"/api/sessions/{id}").status_code == 200
    else:
        assert everything(tmp_path / "cache" / "mixconsole") == []


USERS = 20
SONG_S = 30.0


@pytest.mark.slow
@pytest.mark.parametrize("memory_gb", [0.2, 4.0], ids=["songs come and go", "all songs stay"])
def test_twenty_users_at_once(falcon_path, tmp_path, memory_gb):
    """Each sends a song of 30 s with another flaw, hears what is wrong, applies it, and takes the mix home."""
    import torch
    from pages import sound, stems

    from console import Song
    from studio.trial.spoil import spoil

    song = Song.load(falcon_path)
    length = round(SONG_S * song.sample_rate)
    audio = torch.cat([song.audio] * 5, -1)[..., :length].clone()
    whole = Song(audio, song.names, song.sample_rate)
    spoilt = [spoil(whole, ("vocals", "drums", "bass")[at % 3], (9.0, -9.0)[at % 2]).song for at in range(USERS)]
    failures: list[BaseException] = []
    judged_s: list[float] = []
    moved_s: list[float] = []

    def correct(at: int, server: Server) -> None:
        try:
            with httpx2.Client(base_url=server.url, timeout=600) as client:
                own = spoilt[at]
                sent = [("file", (name, data)) for name, data in stems(own, f"song {at}/").items()]
                begun_s = time.monotonic()
                answer = client.post("/api/sessions", files=sent)
                assert answer.status_code == 201, answer.text
                id = answer.json()["id"]
                said = rested(client, id)
                assert said["failed"] is None, said["failed"]
                assert said["table"]["advice"] is not None
                judged_s.append(time.monotonic() - begun_s)
                begun_s = time.monotonic()
                one = {"operation": "set", "arguments": {"stem": "other", "gain_db": -1.0}}
                assert client.post(f"/api/sessions/{id}/operations", json=one).status_code == 200
                moved_s.append(time.monotonic() - begun_s)
                done = client.post(f"/api/sessions/{id}/operations", json={"operation": "apply"})
                assert done.status_code == 200, done.text
                table = done.json()["table"]
                mix = client.get(f"/api/sessions/{id}/export/mix.wav")
                assert mix.status_code == 200, mix.text
                gains_db = {stem["name"]: stem["fader_db"] for stem in table["stems"]}
                expected = own.mix([gains_db[name] for name in own.names])
                assert torch.allclose(sound(mix.content)[0], expected, atol=1e-5)
        except BaseException as error:
            failures.append(error)

    with Server(tmp_path, "--memory", f"{memory_gb}") as server:
        server.client.get("/api")
        begun_s, before = time.monotonic(), server.most_bytes
        users = [threading.Thread(target=correct, args=(at, server)) for at in range(USERS)]
        for user in users:
            user.start()
        for user in users:
            user.join()
        whole_s, most = time.monotonic() - begun_s, server.most_bytes
    print(
        f"\n{USERS} users: {whole_s:.0f} s, judged after {min(judged_s):.1f} to {max(judged_s):.1f} s, "
        f"a fader moved within {max(moved_s):.2f} s, memory {before / 1e6:.0f} to {most / 1e6:.0f} MB"
    )
    assert failures == []
    assert most < 1.8e9 + USERS * spoilt[0].audio.nbytes * (memory_gb > 1)
    if memory_gb > 1:
        assert max(moved_s) < 5  # though others are listened to
