"""A run before a judge at an endpoint that fails: what is kept, what the same command asks again, and how it ends."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from evaluations import TITLES, Noise, explainer, plan, tables

import explainer.evaluation.run as running
from console import InputError
from explainer.evaluation.chosen import ChosenExplainer
from explainer.evaluation.judge import Criterion, Endpoint
from explainer.evaluation.judging import AGAIN
from explainer.evaluation.plan import Wording
from explainer.evaluation.run import run

QUESTIONS = 10  # five items in both orders
ENTRIES = [{"answer": n, "why": "so", **dict.fromkeys(Criterion, 2 + n)} for n in (1, 2)]
VERDICT = {"choices": [{"message": {"content": json.dumps({"answers": ENTRIES})}, "finish_reason": "stop"}]}


@dataclass
class Server:
    """Replies to the requests whose number (from 0) it is told of, to all by default, and to others with a status."""

    replies_to: range = range(1000)
    status: int = 503
    asked: list[dict] = field(default_factory=list)
    url: str = ""

    def reset(self, replies_to: range = range(1000), status: int = 503) -> None:
        self.replies_to, self.status = replies_to, status
        self.asked.clear()

    @property
    def questions(self) -> list[str]:
        """The questions of a judge that it was asked."""
        return [text for text in (body["messages"][0]["content"] for body in self.asked) if "<data>" in text]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if "<data>" in body["messages"][0]["content"]:
                good = len(told.questions) in told.replies_to
            else:
                good = told.status >= 500  # the short question of a check
            told.asked.append(body)
            sent = json.dumps(VERDICT if good else {"error": "no"}).encode()
            self.send_response(200 if good else told.status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = Thread(target=serving.serve_forever)
        thread.start()
        told.url = f"http://127.0.0.1:{serving.server_address[1]}/v1"
        yield told
        serving.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    return explainer(tmp_path_factory.mktemp("base"))


@pytest.fixture
def go(server, cache, writer, monkeypatch, tmp_path):
    """Runs the same command, and returns the rows of judge.csv and what is left out."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(ChosenExplainer, "opened", lambda self: (writer,))
    monkeypatch.setattr(ChosenExplainer, "identity", lambda self: {"explainer": "scripted"})
    for drawn in ("number_figures", "word_figures"):
        monkeypatch.setattr(running, drawn, lambda *_: None)

    def once(place: str = "run", **options: object) -> tuple[list[dict], dict]:
        backend = Endpoint(server.url, "m", **{"tries": 1, "first_wait_s": 0.0, "most_at_once": 1, **options})
        try:
            asked = plan(cache, source=Noise(TITLES[:1]), inputs=("stems",), words=Wording(sample=5), judge=backend)
            run(asked, tmp_path / place, progress=False)
        finally:
            found = once.of(place)
        return found

    def of(place: str = "run") -> tuple[list[dict], dict]:
        table, summary = tmp_path / place / "judge.csv", tmp_path / place / "summary.json"
        rows = list(csv.DictReader(table.read_text().splitlines())) if table.exists() else []
        return rows, json.loads(summary.read_text()) if summary.exists() else {}

    once.of = of
    return once


@pytest.mark.parametrize("give_up_after", [8, 100])
def test_no_reply_at_all_is_an_error_that_keeps_the_rest_and_the_same_command_goes_on(
    go, server, tmp_path, give_up_after
):
    server.reset(range(0))
    with pytest.raises(InputError, match=r"HTTP 503.*same command asks again") as caught:
        go(give_up_after=give_up_after)
    rows, told = go.of()
    assert rows == []
    assert told["left_out"]["judge"] == str(caught.value)
    assert set(tables(tmp_path / "run")) == {"numbers.csv", "words.csv", "agreement.csv"}
    assert AGAIN in (tmp_path / "run" / "summary.md").read_text()
    server.reset()
    rows, told = go()
    assert len(server.questions) == QUESTIONS
    assert not any(what.startswith("judge") for what in told["left_out"])
    assert (told["judge"]["m"]["valid"], told["judge"]["m"]["invalid"]) == (QUESTIONS, 0)


def test_only_what_had_no_reply_is_asked_again_and_the_figures_are_those_of_a_run_without_trouble(go, server, capsys):
    server.reset(range(2, 7))
    rows, told = go()
    assert len(rows) == 2 * 5
    assert told["judge"]["m"]["questions"] == 5
    said = told["left_out"]["judge: questions without a reply"]
    assert said == f"The judge has not replied to 5 of {QUESTIONS} questions (HTTP 503: 5). {AGAIN}"
    assert said in capsys.readouterr().err
    failed = server.questions[:2] + server.questions[7:]
    server.reset()
    rows, told = go()
    assert server.questions == failed
    assert len(rows) == 2 * QUESTIONS
    server.reset()
    _, undisturbed = go("undisturbed")
    assert told == undisturbed
    assert capsys.readouterr().err == ""


def test_a_judge_that_falls_silent_keeps_what_it_said(go, server):
    server.reset(range(4))
    with pytest.raises(InputError, match="3 questions in a row unanswered"):
        go(give_up_after=3)
    rows, told = go.of()
    assert len(rows) == 2 * 4
    assert told["judge"]["m"]["valid"] == 4
    server.reset()
    go()
    assert len(server.questions) == QUESTIONS - 4


def test_a_run_that_is_judged_needs_the_judge_no_more(go, server):
    server.reset()
    go()
    server.reset()
    go(key_from="NO_SUCH_KEY")
    assert server.asked == []


def test_key_and_endpoint_are_checked_before_any_work(go, server, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "SongTables", lambda *_: pytest.fail("work was begun"))
    server.reset(status=401)
    with pytest.raises(InputError, match="refuses the key"):
        go()
    with pytest.raises(InputError, match="NO_SUCH_KEY holds no key"):
        go(key_from="NO_SUCH_KEY")
    assert list(tmp_path.iterdir()) == []
