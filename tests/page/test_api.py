"""The API at its edges: what is told before there is a song, the demonstration, and requests that make no sense."""

import json
import re
import time
from pathlib import Path

import pytest
from pages import everything, noises, served

from studio.page.answers import plain, without_places
from studio.session import OPERATIONS


@pytest.fixture(scope="module")
def id(studio):
    return studio.opened(noises())


def test_what_the_page_needs_to_know(studio):
    told = studio.get("/api").json()
    assert told["operations"].keys() == OPERATIONS.keys()
    assert told["operations"]["set"]["schema"]["required"] == ["stem", "gain_db"]
    assert told["operations"]["set"]["description"].startswith("Put a stem's fader")
    assert {"rock", "metal"} <= set(told["genres"])
    assert told["limits"]["stems"] == 64
    assert told["limits"]["duration_s"] == 1200
    assert (told["llm"], told["usual_learnt"]) == (False, False)


def test_the_page_is_there_with_all_its_parts(studio):
    page = studio.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    module = studio.get("/static/main.js")
    assert module.headers["content-type"].startswith("text/javascript")
    again = studio.get("/static/main.js", headers={"If-None-Match": module.headers["etag"]})
    assert again.status_code == 304
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/app.py", "/nothing"):
        answer = studio.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"]


def test_the_demonstration_is_a_real_song_with_a_flaw(studio, falcon_path):
    answer = studio.post("/api/sessions/demo", json={})
    assert answer.status_code == 201
    said = studio.rested(answer.json()["id"])
    assert said["demo"] == {"stem": "vocals", "flaw_db": 10.0}
    assert said["title"] == "The Easton Ellises - Falcon 69"
    assert said["table"]["advice"]["moving"] == ["vocals"]
    other = studio.rested(studio.post("/api/sessions/demo", json={"seed": 3}).json()["id"])
    assert other["demo"] != said["demo"]
    for wrong in (-1, "x", 1 << 40, True and 0.5):
        assert studio.post("/api/sessions/demo", json={"seed": wrong}).status_code == 422


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({}, 400),
        ({"operation": 3}, 400),
        ({"operation": "set", "arguments": []}, 400),
        ({"operation": "x" * 200}, 422),
        ({"operation": "to_json"}, 422),
        ({"operation": "__init__"}, 422),
        ({"operation": "match", "arguments": {"reference": "/etc/passwd"}}, 422),
        ({"operation": "export", "arguments": {"what": "mix.wav", "path": "/tmp/x"}}, 422),
        ({"operation": "usual", "arguments": {"file": "/etc/passwd"}}, 422),
        ({"operation": "usual", "arguments": {"like": ["/etc"]}}, 422),
        ({"operation": "set", "arguments": {"stem": "drums", "gain_db": 1e9}}, 422),
        ({"operation": "set", "arguments": {"stem": "drums"}}, 422),
        ({"operation": "set", "arguments": {"stem": "../drums", "gain_db": 1}}, 422),
        ({"operation": "undo"}, 422),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_what_makes_no_sense_is_a_sentence_and_changes_nothing(studio, id, said, status):
    before = studio.session(id)["table"]
    answer = studio.post(f"/api/sessions/{id}/operations", json=said)
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    assert answer.json()["error"].endswith((".", "?"))
    assert studio.session(id)["table"] == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 50_000, 400),
        (b'{"operation": "set", "arguments": {"stem": "drums", "gain_db": NaN}}', 422),
        (b'{"operation": "set", "arguments": {"stem": "\\ud800", "gain_db": 1}}', 422),
        (b"x" * 200_000, 413),
    ],
    ids=lambda value: str(value)[:60],
)
def test_bodies_that_are_no_request(studio, id, body, status):
    answer = studio.post(f"/api/sessions/{id}/operations", content=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


def test_methods_and_places_that_are_none(studio, id):
    for method, path, status in (
        ("PUT", f"/api/sessions/{id}", 405),
        ("GET", f"/api/sessions/{id}/operations", 405),
        ("GET", f"/api/sessions/{id}/export/..%2f..%2fsession.json", 404),
        ("GET", f"/api/sessions/{id}/audio/-1", 404),
        ("GET", f"/api/sessions/{id}/audio/99", 404),
        ("GET", "/api/sessions/..%2f..%2fetc", 404),
        ("GET", "/api/sessions/" + "x" * 5000, 404),
        ("GET", f"/api/sessions/{id}?revision=x&wait_s=y", 200),
        ("GET", f"/api/sessions/{id}?revision={'9' * 400}", 200),
    ):
        answer = studio.request(method, path)
        assert answer.status_code == status, (path, answer.text)
        assert answer.json()


def test_nothing_of_the_servers_places_is_told(studio, id, place):
    told = [studio.session(id), studio.do(id, "set", stem="drums", gain_db=-1), studio.do(id, "undo")]
    told.append(studio.post(f"/api/sessions/{id}/like", files=[("file", ("no.yaml", b"levels: {}"))]).json())
    told.append(studio.post(f"/api/sessions/{id}/reference", files=[("file", ("no.wav", b"RIFF"))]).json())
    assert "error" in told[-1]
    assert "“no.yaml”" in told[-2]["error"] or '"no.yaml"' in told[-2]["error"]
    assert str(place) not in json.dumps(told)
    assert not [path for path in everything(place / "sessions" / id) if "no." in path]


def test_a_silent_mix_has_no_level_and_is_json_all_the_same(studio, id):
    for stem in ("bass", "drums", "vocals"):
        studio.do(id, "set", stem=stem, gain_db=-60)
    done = studio.do(id, "measure")
    assert done["table"]["mix"].keys() == {"loudness_lufs", "true_peak_dbtp"}
    while studio.session(id)["table"]["at"]:
        studio.do(id, "undo")


def test_what_json_cannot_hold_is_made_plain(tmp_path):
    assert plain({"a": float("-inf"), "b": (1, float("nan")), 3: None, "c": tmp_path}) == {
        "a": None,
        "b": [1, None],
        "3": None,
        "c": str(tmp_path),
    }
    told = {"said": f'"{tmp_path}/a/b c/mix.wav" is none, nor is “{tmp_path}/x.wav”.', "rows": [f"{tmp_path}/q", 1]}
    assert without_places(told, tmp_path) == {"said": '"mix.wav" is none, nor is “x.wav”.', "rows": ["q", 1]}


def test_language_models_reach_the_songs_behind_the_same_guard(tmp_path):
    asked = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
    }
    headers = {"Accept": "application/json, text/event-stream"}
    with served(tmp_path, mcp=True) as page:
        page.get("/api")
        end_s = time.monotonic() + 20
        while (answer := page.post("/mcp", json=asked, headers=headers)).status_code == 404:
            assert time.monotonic() < end_s
        assert answer.status_code == 200
        assert "serverInfo" in answer.text
        for wrong in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}):
            assert page.post("/mcp", json=asked, headers=headers | wrong).status_code in (403, 421)
    with served(tmp_path) as page:
        assert page.post("/mcp", json=asked, headers=headers).status_code == 404


def test_every_route_is_documented(studio):
    text = (Path(__file__).parents[2] / "docs" / "page.md").read_text("utf-8")
    told = set(re.findall(r"^\| `(GET|POST|DELETE) (/api\S*)`", text, re.MULTILINE))
    served = {
        (method, re.sub(r":\w+}", "}", route.path))
        for route in studio.app.routes
        for method in (getattr(route, "methods", None) or set()) - {"HEAD"}
        if route.path.startswith("/api")
    }
    assert told == served
