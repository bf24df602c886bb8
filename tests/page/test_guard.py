"""Nobody but the page itself drives the studio: other names, other sites, and whoever does not know the password."""

import base64
import time

import pytest
from pages import HOST, Page, noises, served

from console.errors import InputError
from studio.page.guard import ADDRESSES, LONGEST_WAIT_S, SHORTEST_WAIT_S, Guesses, Names, password

ELSEWHERE = "http://evil.example"


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    with served(tmp_path_factory.mktemp("locked"), auth="ana:séc:ret") as page:
        yield page


@pytest.fixture
def at_once(monkeypatch):
    """Nobody waits after wrong passwords."""
    monkeypatch.setattr("studio.page.guard.LONGEST_WAIT_S", 0.0)


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8377", "LOCALHOST", "[::1]:8377", "127.0.0.1:1"])
def test_its_own_names_are_answered(studio, host):
    assert studio.get("/api/usual.yaml", headers={"Host": host}).status_code == 404


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8377",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "",
        "10.0.0.1",
        "a@localhost",
    ],
)
def test_other_names_are_not(studio, host):
    for path in ("/", "/static/main.js", "/api", "/api/sessions/x"):
        answer = studio.get(path, headers={"Host": host})
        assert answer.status_code == 421
        assert "address" in answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ELSEWHERE},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1.evil.example"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "http://localhost:8377"},  # which is another origin than 127.0.0.1
        {"Origin": f"http://{HOST}@evil.example"},
        {"Origin": "file://"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_another_site_changes_nothing(studio, place, headers):
    before = sorted(place.rglob("*"))
    form = [("file", (name, data)) for name, data in noises().items()]
    assert studio.post("/api/sessions", files=form, headers=headers).status_code == 403
    assert studio.post("/api/sessions/demo", json={}, headers=headers).status_code == 403
    assert studio.delete("/api/sessions/x", headers=headers).status_code == 403
    assert sorted(place.rglob("*")) == before


def test_another_site_reads_nothing_but_may_link_to_the_page(studio):
    away = {"Sec-Fetch-Site": "cross-site"}
    assert studio.get("/api", headers=away).status_code == 403
    assert studio.get("/static/main.js", headers=away).status_code == 403
    link = away | {"Sec-Fetch-Mode": "navigate"}
    assert studio.get("/", headers=link).status_code == 200
    assert studio.get("/api", headers=link).status_code == 403
    answer = studio.options("/api/sessions", headers={"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST"})
    assert answer.status_code in (403, 405)
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize("headers", [{}, {"Origin": f"http://{HOST}"}, {"Sec-Fetch-Site": "same-origin"}], ids=str)
def test_the_page_itself_and_programs_are_let_in(studio, headers):
    assert studio.post("/api/sessions/nobody/operations", json={}, headers=headers).status_code == 404


def test_behind_a_proxy_it_is_called_by_the_name_that_was_told():
    names = Names.served("127.0.0.1", ["Mix.Example.org"])
    assert names.have("mix.example.org")
    assert names.have("mix.example.org:443")
    assert not names.have("example.org")


def test_on_a_network_it_is_called_by_address_too():
    names = Names.served("0.0.0.0")
    assert names.have("192.168.1.5:8377")
    assert names.have("[fe80::1]:8377")
    assert not names.have("evil.example")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("ana:wrong"),
        basic("ana:séc:ret "),
        basic("ana"),
        basic(":"),
        {"Authorization": "Basic ???"},
        {"Authorization": "Bearer " + base64.b64encode("ana:séc:ret".encode()).decode()},
        {"Authorization": "Basic"},
    ],
    ids=str,
)
@pytest.mark.usefixtures("at_once")
def test_without_the_password_nothing_is_answered(locked: Page, headers):
    for path in ("/", "/static/main.js", "/api", "/nothing"):
        answer = locked.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic")
    assert locked.post("/api/sessions/demo", json={}, headers=headers).status_code == 401


@pytest.mark.usefixtures("at_once")
def test_with_it_everything_is(locked: Page):
    assert locked.get("/", headers=basic("ana:séc:ret")).status_code == 200
    assert locked.get("/api/usual.yaml", headers=basic("ana:séc:ret")).status_code == 404
    answer = locked.delete("/api/sessions/x", headers=basic("ana:séc:ret") | {"Origin": ELSEWHERE})
    assert answer.status_code == 403


def test_guesses_take_longer_and_longer_but_for_who_knows_the_password():
    guesses = Guesses()
    assert guesses.wait_s("192.0.2.1", right=True) == 0.0
    waits_s = [guesses.wait_s("192.0.2.2", right=False) for _ in range(50)]
    assert waits_s[:4] == [0.25, 0.5, 1.0, 2.0]
    assert set(waits_s[5:]) == {LONGEST_WAIT_S}
    assert guesses.wait_s("192.0.2.2", right=True) == LONGEST_WAIT_S  # or it would be told from those at once
    assert guesses.wait_s("192.0.2.2", right=True) == 0.0
    assert guesses.wait_s("192.0.2.1", right=True) == guesses.wait_s("192.0.2.3", right=True) == 0.0
    for at in range(ADDRESSES + 50):
        guesses.wait_s(str(at), right=False)
    assert guesses.wait_s("192.0.2.2", right=False) == SHORTEST_WAIT_S


def test_a_wrong_password_is_answered_later_than_none(tmp_path):
    with served(tmp_path, auth="ana:secret") as page:
        begun_s = time.monotonic()
        for _ in range(3):
            assert page.get("/").status_code == 401
        assert page.get("/", headers=basic("ana:secret")).status_code == 200
        assert time.monotonic() - begun_s < 0.25
        assert [page.get("/", headers=basic("ana:wrong")).status_code for _ in range(2)] == [401, 401]
        assert time.monotonic() - begun_s >= 0.75


def test_every_answer_forbids_what_the_page_does_not_need(studio):
    for path in ("/", "/static/main.js", "/static/nothing.js", "/api", "/api/sessions/x", "/nothing"):
        headers = studio.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == headers["cross-origin-opener-policy"] == "same-origin"
    assert studio.get("/api", headers={"Host": "evil.example"}).headers["x-content-type-options"] == "nosniff"


def test_the_password_is_told_or_in_the_environment(monkeypatch):
    monkeypatch.delenv("MIXCONSOLE_AUTH", raising=False)
    assert password(None) is None
    assert password("ana:secret:more") == "ana:secret:more"
    monkeypatch.setenv("MIXCONSOLE_AUTH", "eve:other")
    assert password(None) == "eve:other"
    assert password("ana:secret") == "ana:secret"
    for wrong in ("ana", "ana:", ":secret"):
        with pytest.raises(InputError, match="USER:PASSWORD"):
            password(wrong)
