"""Judges behind an endpoint, against a real server: good, slow, busy and broken answers; a key that stays secret."""

import logging
import time
import traceback
from datetime import UTC, datetime

import pytest

from console.errors import InputError
from explainer.evaluation.judge import Endpoint, judge
from explainer.evaluation.judge.judgements import questions_of
from explainer.evaluation.judge.rubric import Criterion
from explainer.language.endpoint.posting import Patience, asked_wait_s

KEY = "sk-5ecret/with+signs="


@pytest.mark.parametrize("model", ["plain", "fenced", "in-parts"])
def test_a_verdict_is_read_however_it_is_wrapped(model, endpoint, items):
    found = judge(items, endpoint(model))
    assert found.invalid == ()
    assert len(found.judgements) == 2 * 2 * len(items)
    for judgement in found.judgements:
        answer = next(item for item in items if item.id == judgement.id).answers[judgement.answer]
        assert dict(judgement.scores) == dict.fromkeys(Criterion, 1 + len(answer) % 5)
        assert judgement.judge == model


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("nine", "a score is not from 1 to 5"),
        ("cut", "broken JSON, broken off at the most tokens"),
        ("silent", "empty reply"),
        ("page", "no chat completion"),
        ("no-choices", "no chat completion"),
        ("truncated", "broken connection"),
        ("broken", "HTTP 500"),
        ("moved", "HTTP 302"),
        ("endless", "too long an answer"),
        ("bad-request", "HTTP 400"),
    ],
)
def test_what_is_no_verdict_is_dropped_and_counted(model, why, endpoint, items):
    found = judge(items, endpoint(model))
    assert found.judgements == ()
    assert [(invalid.id, invalid.order, invalid.why) for invalid in found.invalid] == [
        (item.id, order, why) for item in items for order in (0, 1)
    ]


@pytest.mark.parametrize("model", ["broken-once", "truncated-once"])
def test_what_may_pass_is_tried_again(model, endpoint, items, log):
    assert judge(items[:1], endpoint(model, most_at_once=1)).invalid == ()
    assert len(log(model)) == 3  # two questions, the first of them twice


def test_tries_come_to_an_end(endpoint, items, log):
    before = len(log("broken"))
    judge(items[:1], endpoint("broken", tries=2))
    assert len(log("broken")) - before == 4


def test_what_another_try_cannot_mend_is_not_tried_again(endpoint, items, log):
    before = len(log("bad-request"))
    judge(items[:1], endpoint("bad-request"))
    assert len(log("bad-request")) - before == 2


@pytest.mark.parametrize("model", ["busy-once", "busy-until"])
def test_a_busy_server_is_given_the_time_it_asks_for(model, endpoint, items):
    started_s = time.monotonic()
    assert judge(items[:1], endpoint(model, most_at_once=1)).invalid == ()
    assert 1.0 <= time.monotonic() - started_s < 5.0  # a date has whole seconds


def test_a_server_that_asks_for_too_much_time_is_not_waited_for(endpoint, items, log):
    started_s = time.monotonic()
    found = judge(items[:1], endpoint("busy-for-an-hour"))
    assert [invalid.why for invalid in found.invalid] == ["HTTP 429", "HTTP 429"]
    assert time.monotonic() - started_s < 2.0
    assert len(log("busy-for-an-hour")) == 2


@pytest.mark.parametrize("model", ["slow", "drips"])
def test_a_slow_answer_is_a_time_out_even_if_single_bytes_keep_coming(model, endpoint, items):
    started_s = time.monotonic()
    found = judge(items[:1], endpoint(model, timeout_s=0.2, tries=2))
    assert [invalid.why for invalid in found.invalid] == ["time-out", "time-out"]
    assert time.monotonic() - started_s < 2.0


def test_a_server_that_was_slow_once_is_asked_again(endpoint, items):
    assert judge(items[:1], endpoint("slow-once", timeout_s=0.5)).invalid == ()


def test_only_so_many_requests_are_made_at_a_time(endpoint, items, log):
    judge(items, endpoint("side-by-side", most_at_once=2))
    assert len(log("side-by-side")) == 6
    assert log("side-by-side", most_at_once=True) == 2


def test_no_server_at_all_is_one_sentence(items, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    nobody = Endpoint("http://127.0.0.1:9/v1", "m", tries=1, give_up_after=2)
    with pytest.raises(InputError, match=r"left \d questions in a row unanswered \(no connection\)"):
        judge(items, nobody)


def test_an_endpoint_that_never_answers_is_given_up_and_says_what_the_server_said(endpoint, items, log):
    before = len(log("bad-request"))
    with pytest.raises(InputError, match=r"3 questions .* \(HTTP 400: Unknown field response_format"):
        judge(items, endpoint("bad-request", give_up_after=3, most_at_once=1))
    assert len(log("bad-request")) - before <= 4


def test_a_wrong_path_is_one_sentence(served, items, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(InputError, match=r"no chat endpoint \(HTTP 404\)"):
        judge(items, Endpoint(f"{served}/elsewhere", "plain"))


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("127.0.0.1:8000/v1", "no address of a judge"),
        ("ftp://host/v1", "no address of a judge"),
        ("http://host:port/v1", "no address of a judge"),
        ("http://[::1/v1", "no address of a judge"),
        ("https:///v1", "no address of a judge"),
        (f"https://me:{KEY.replace('/', '')}@host/v1", "may hold no name, password or query"),
        (f"https://host/v1?api-key={KEY}", "may hold no name, password or query"),
    ],
)
def test_an_address_that_is_none_or_holds_a_key_is_refused(address, why):
    with pytest.raises(InputError, match=why) as caught:
        Endpoint(address, "m")
    assert KEY.replace("/", "") not in str(caught.value)


def test_nonsense_settings_are_refused():
    for nonsense in (
        {"tries": 0},
        {"most_at_once": 0},
        {"timeout_s": 0.0},
        {"most_tokens": 0},
        {"longest_wait_s": -1.0},
    ):
        with pytest.raises(InputError, match=r"at least 1|0 or more"):
            Endpoint("http://127.0.0.1/v1", "m", **nonsense)


@pytest.mark.parametrize(
    "model", ["plain", "refuses", "bad-request", "repeats-the-key", "broken", "page", "truncated", "slow"]
)
def test_the_key_is_sent_and_never_shown(model, endpoint, items, log, monkeypatch, caplog, capfd):
    monkeypatch.setenv("JUDGE_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    backend = endpoint(model, key_from="JUDGE_KEY", give_up_after=2, timeout_s=0.2, tries=1)
    shown = [repr(backend), repr(vars(backend))]
    try:
        found = judge(items, backend)
        shown += [repr(found), repr(found.rows)]
    except InputError as error:
        shown += [str(error), repr(error)]
        shown += traceback.TracebackException.from_exception(error, capture_locals=True).format()
    out, err = capfd.readouterr()
    assert "127.0.0.1" in caplog.text  # what the libraries log of a connection was there to be seen
    assert KEY not in "\n".join([*shown, out, err, caplog.text, *map(str, caplog.records)])
    assert {request["authorization"] for request in log(model)[-2:]} == {f"Bearer {KEY}"}


def test_a_reply_that_repeats_the_key_is_handed_on_without_it(endpoint, items, monkeypatch):
    monkeypatch.setenv("JUDGE_KEY", KEY)
    for reply in endpoint("repeats-the-key", key_from="JUDGE_KEY").replies(questions_of(items[0])):
        assert reply.text.endswith("by Bearer ***")


def test_no_key_is_sent_where_none_is_named(endpoint, items, log, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    before = len(log("plain"))
    judge(items[:1], endpoint("plain"))
    assert [request["authorization"] for request in log("plain")[before:]] == [None, None]


@pytest.mark.parametrize("key", [None, "", "  \n"])
def test_a_missing_key_is_one_sentence_that_names_the_variable(key, endpoint, items, monkeypatch):
    monkeypatch.delenv("JUDGE_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("JUDGE_KEY", key)
    with pytest.raises(InputError, match="variable JUDGE_KEY holds no key"):
        judge(items, endpoint("plain", key_from="JUDGE_KEY"))


@pytest.mark.parametrize("sign", ["\n", "é", " ", "\x07"])
def test_a_key_that_no_header_can_hold_is_refused_unseen(sign, endpoint, items, monkeypatch):
    monkeypatch.setenv("JUDGE_KEY", f"sk-5ecret{sign}more")
    with pytest.raises(InputError, match="JUDGE_KEY holds signs that no key has") as caught:
        judge(items, endpoint("plain", key_from="JUDGE_KEY"))
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    assert "5ecret" not in "".join(told)


def test_a_line_break_behind_a_key_is_not_part_of_it(endpoint, items, log, monkeypatch):
    monkeypatch.setenv("JUDGE_KEY", f"{KEY}\n")
    assert judge(items[:1], endpoint("plain", key_from="JUDGE_KEY")).invalid == ()
    assert log("plain")[-1]["authorization"] == f"Bearer {KEY}"


def test_the_request_is_what_the_configuration_says(endpoint, items, log):
    judge(items[:1], endpoint("plain", options={"temperature": 0.3, "seed": 7}, json_mode=False))
    asked = log("plain")[-1]["body"]
    assert {name: value for name, value in asked.items() if name != "messages"} == {
        "model": "plain",
        "temperature": 0.3,
        "seed": 7,
        "max_tokens": 1000,
    }
    judge(items[:1], endpoint("plain"))
    asked = log("plain")[-1]["body"]
    assert asked["temperature"] == 0.0
    assert asked["response_format"] == {"type": "json_object"}
    assert [message["role"] for message in asked["messages"]] == ["user"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"most_tokens": 70}, {"max_tokens": 70}),
        ({"most_tokens": None}, {}),
        ({"options": {"max_completion_tokens": 9}}, {"max_completion_tokens": 9}),
    ],
)
def test_the_server_is_told_how_long_a_reply_may_be(options, told, endpoint, items, log):
    judge(items[:1], endpoint("plain", **options))
    asked = log("plain")[-1]["body"]
    assert {name: value for name, value in asked.items() if name.startswith("max_")} == told


def test_a_server_that_knows_the_newer_name_of_the_limit_alone_is_told_by_that(endpoint, items, log):
    assert judge(items, endpoint("newer", most_at_once=1, give_up_after=1)).invalid == ()
    limits = [{name for name in asked["body"] if name.startswith("max_")} for asked in log("newer")]
    assert limits == [{"max_tokens"}, *[{"max_completion_tokens"}] * 2 * len(items)]  # refused once, then known


@pytest.mark.parametrize("model", ["plain", "newer", "broken", "busy-for-an-hour", "truncated", "bad-request"])
def test_a_judge_that_may_yet_reply_passes_the_check_at_the_cost_of_one_short_question(model, endpoint, log):
    before = len(log(model))
    endpoint(model).check()
    asked = [request["body"] for request in log(model)[before:]]
    assert len(asked) == (2 if model == "newer" else 1)
    assert all(16 in body.values() and len(body["messages"][0]["content"]) < 100 for body in asked)


def test_the_check_finds_what_no_question_could_mend(endpoint, served, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("JUDGE_KEY", raising=False)
    for judge_of, why in (
        (endpoint("refuses"), r"refuses the key \(HTTP 401\)"),
        (endpoint("plain", key_from="JUDGE_KEY"), "JUDGE_KEY holds no key"),
        (Endpoint(f"{served}/elsewhere", "plain"), r"no chat endpoint \(HTTP 404\)"),
        (Endpoint("http://127.0.0.1:9/v1", "plain"), r"cannot be reached \(no connection\)"),
    ):
        with pytest.raises(InputError, match=why):
            judge_of.check()


NOON = datetime(2025, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Sat, 01 Mar 2025 12:01:30 GMT", 90.0),
        ("Sat, 01 Mar 2025 12:01:30 -0000", 90.0),
        ("Sat, 01 Mar 2025 11:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(said, wait_s):
    assert asked_wait_s({"retry-after": said}, NOON) == wait_s


def test_waits_double_up_to_the_longest_and_are_never_shorter_than_asked_for():
    patience = Patience(first_wait_s=1.0, longest_wait_s=30.0)
    for attempt, least_s in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0)]:
        waits = [patience.wait_s(attempt, None) for _ in range(50)]
        assert least_s <= min(waits) < max(waits) <= 1.5 * least_s  # spread, so that not all come back at once
    assert patience.wait_s(1000, None) == 30.0
    assert patience.wait_s(1, 20.0) == 20.0
