"""Reading verdicts: exactly what was asked for, or nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainer.evaluation.judge.reply import Unreadable, read_reply
from explainer.evaluation.judge.rubric import Criterion

SCORES = st.lists(st.fixed_dictionaries(dict.fromkeys(Criterion, st.integers(1, 5))), min_size=1, max_size=4)


def verdict(*scores: dict | int, **more: object) -> str:
    entries = [
        {"answer": at, **(given if isinstance(given, dict) else dict.fromkeys(Criterion, given)), **more}
        for at, given in enumerate(scores, start=1)
    ]
    return json.dumps({"answers": entries})


@given(
    SCORES,
    st.sampled_from(
        ["{}", "```json\n{}\n```", "```\n{}```", "Sure! {}\nDone.", "<think>Is it {{1, 2}}?</think>{}", "{}\n{}"]
    ),
    st.randoms(),
)
def test_every_verdict_is_read_back(scores, wrapping, chance):
    entries = [{"answer": at, "why": "{it} is so", **given} for at, given in enumerate(scores, start=1)]
    chance.shuffle(entries)  # numbers count, not places
    text = json.dumps({"answers": entries}, indent=chance.choice([None, 2]))
    assert read_reply(wrapping.format(text, text), len(scores)) == scores


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty reply"),
        ("<think>hm</think>  ", "empty reply"),
        ("Both are fine: 4 and 5.", "no JSON object with answers"),
        ('{"scores": [4, 5]}', "no JSON object with answers"),
        (verdict(4, 5)[:-3], "broken JSON"),
        ("I {think} so. " + verdict(4, 5), "broken JSON"),
        (verdict(4), "not each answer once"),
        (verdict(4, 5, 3), "not each answer once"),
        ('{"answers": [{"answer": 1}, {"answer": 1}]}', "not each answer once"),
        (verdict(4, 5).replace('"answer": 2', '"answer": 1'), "not each answer once"),
        (verdict(4, 5).replace('"answer": 2', '"answer": true'), "not each answer once"),
        ('{"answers": 3}', "answers are no list of objects"),
        ('{"answers": [3, 4]}', "answers are no list of objects"),
        (verdict(4, {"fluency": 4}), "a criterion is missing"),
        (verdict(4, None), "a criterion is missing"),
        (verdict(4, 0), "a score is not from 1 to 5"),
        (verdict(4, 6), "a score is not from 1 to 5"),
        (verdict(4, -1), "a score is not from 1 to 5"),
        (verdict(4, 4.5), "a score is no whole number"),
        (verdict(4, "4"), "a score is no whole number"),
        (verdict(4, True), "a score is no whole number"),
        (verdict(4, float("nan")), "a score is no whole number"),
        (verdict(4, float("inf")), "a score is no whole number"),
        (verdict(4, [5]), "a score is no whole number"),
        (verdict(4, 5) + verdict(5, 4), "several verdicts"),
        (verdict(4, 5).replace('"fluency": 4', '"fluency": 4, "fluency": 2'), "a key twice"),
        ('{"answers": ' + "[" * 100_000, "nested too deeply"),
        ('{"answers": ' + "9" * 10_000 + "}", "broken JSON"),
    ],
)
def test_what_is_no_verdict_is_refused_with_its_reason(text, why):
    with pytest.raises(Unreadable, match=f"^{why}$"):
        read_reply(text, 2)


@given(st.text())
def test_no_text_upsets_the_reader(text):
    for reply in (text, verdict(4, 5) + text, text + verdict(4, 5)):
        try:
            found = read_reply(reply, 2)
        except Unreadable:
            assert reply == text or "{" in text  # words around a verdict are passed over
            continue
        assert [set(scores.values()) for scores in found] == [{4}, {5}]


def test_a_whole_number_may_be_written_with_a_point():
    assert read_reply(verdict(4.0, 5), 2)[0] == dict.fromkeys(Criterion, 4)
