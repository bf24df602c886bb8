"""Reading of texts: hand-written sentences with their right readings, and what holds for any text."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from explainer.advice.claims import Claim, Direction, Severity
from explainer.advice.names import aliases
from explainer.lessons.imagined import imagine
from explainer.phrasing.answers import compare, respond
from explainer.phrasing.plan import Style
from explainer.reading import parse, parse_comparison

FILES = ("sentences.yaml", "registers.yaml")
GROUPS = [group for file in FILES for group in yaml.safe_load((Path(__file__).parent / file).read_text("utf-8"))]
SENTENCES = [(group["stems"], said, meant or "") for group in GROUPS for said, meant in group["said"]]
EXPECTED = re.compile(
    r"(?P<stem>.+?) (?P<way>up|down|leave)(?: (?P<db>[\d.]+))?(?: \((?P<low>-?[\d.]+)\.\.(?P<high>[\d.]+)\))?"
    r"(?: (?P<severity>little|plain|much))?(?P<unsure> unsure)?"
)


def _expected(meant: str) -> tuple[list[Claim], bool]:
    claims = []
    parts = [part.strip() for part in meant.split(";") if part.strip()]
    for part in parts:
        if part == "balanced":
            continue
        found = EXPECTED.fullmatch(part)
        assert found, f"the table has an entry that cannot be read: {part!r}"
        numbers = [None if found[key] is None else float(found[key]) for key in ("db", "low", "high")]
        way = None if found["way"] == "leave" else Direction(found["way"])
        severity = Severity(found["severity"]) if found["severity"] else None
        claims.append(Claim(found["stem"], way, *numbers, severity, bool(found["unsure"])))
    return claims, "balanced" in parts


def test_the_table_has_many_different_sentences() -> None:
    assert len({said for _, said, _ in SENTENCES}) >= 150


@pytest.mark.parametrize(("stems", "said", "meant"), SENTENCES, ids=[said[:60] for _, said, _ in SENTENCES])
def test_reads_what_people_say(stems: list[str], said: str, meant: str) -> None:
    claims = parse(said, stems)
    expected, balanced = _expected(meant)
    moves = {c.stem: (c.direction, c.db, c.low_db, c.high_db) for c in claims.moves}
    assert moves == {c.stem: (c.direction, c.db, c.low_db, c.high_db) for c in expected if c.direction}
    assert len(moves) == len(claims.moves)
    assert claims.balanced == balanced
    by_stem = {c.stem: c for c in claims.claims}
    for claim in expected:
        assert claim.stem in by_stem
        assert claim.severity is None or by_stem[claim.stem].severity is claim.severity
        assert by_stem[claim.stem].unsure or not claim.unsure


def test_a_text_that_contradicts_itself_has_a_claim_for_each_direction() -> None:
    claims = parse("Turn the vocals up 2 dB. The vocals are too loud.", ["vocals"])
    assert [claim.direction for claim in claims.moves] == [Direction.UP, Direction.DOWN]


def test_a_synonym_counts_only_where_it_fits_one_stem() -> None:
    said = "The guitar is too loud."
    assert [claim.stem for claim in parse(said, ["Guitars"]).moves] == ["Guitars"]
    assert [claim.stem for claim in parse(said, ["acoustic guitar"]).moves] == ["acoustic guitar"]
    assert parse(said, ["acoustic guitar", "electric guitar"]).moves == ()
    assert parse("The voice is too loud.", ["vocals", "singer"]).moves == ()


@pytest.mark.parametrize(
    "name", ["Kick {0}", "a\nb", "Gtr (L)", "¿qué?", "ÄRGER", "808", "“quoted”", "lead-vox_02.wav", "O'Neil"]
)
def test_any_name_is_found(name: str) -> None:
    claims = parse(f"Lower {name} by 3 dB. The vocals are fine.", [name, "vocals"])
    assert [(c.stem, c.direction, c.db) for c in claims.moves] == [(name, Direction.DOWN, 3.0)]


@pytest.mark.parametrize(
    "written",
    ["3.5 dB", "3,5 dB", "3.5dB", "3.50 DB", "3.5 decibels", "three and a half dB", "3.5 dBs", "three point five dB"],
)
def test_db_are_read_however_they_are_spelled(written: str) -> None:
    (claim,) = parse(f"Turn the bass down by {written}.", ["bass"]).moves
    assert claim.db == 3.5


@pytest.mark.parametrize(
    ("said", "changes_db"),
    [
        ("In B the vocals are 3 dB louder than in A.", {"vocals": 3}),
        ("In A the vocals are 3 dB louder than in B.", {"vocals": -3}),
        ("The bass went down 2.5 dB from A to B; turn it up again.", {"bass": -2.5}),
        ("B has 2 dB more bass than A, and the drums are 1 dB quieter.", {"bass": 2, "drums": -1}),
        ("The drums were lowered by 4 dB in B. To get back to A, turn the drums up 4 dB.", {"drums": -4}),
        ("Compared with B, A has the drums 4 dB louder.", {"drums": -4}),
        ("A and B are the same.", {}),
        ("Turn the vocals up 3 dB.", {}),
    ],
)
def test_reads_what_changed_between_two_versions(said: str, changes_db: dict[str, float]) -> None:
    assert parse_comparison(said, ["vocals", "drums", "bass"]) == changes_db


@pytest.mark.slow
def test_reads_back_what_the_phrase_bank_says_of_two_versions() -> None:
    rng = np.random.default_rng(1)
    names = ["vocals", "drums", "bass", "other instruments", "track A", "track B", "hi-hat", "strings"]
    for _ in range(2_000):
        some = rng.choice(names, int(rng.integers(1, 8)), replace=False).tolist()
        given_db = np.where(rng.random(len(some)) < 0.4, 0.0, rng.uniform(-12, 12, len(some))).round(1).tolist()
        text = compare(dict(zip(some, given_db, strict=True)), Style(rng.choice(list(Style))), rng)
        called = dict(zip(aliases(some), given_db, strict=True))
        changes_db = {name: db for name, db in called.items() if abs(db) >= 0.1}
        assert parse_comparison(text, list(called)) == changes_db, text
        back_db = {
            c.stem: (c.db or 0) * (1 if c.direction is Direction.UP else -1) for c in parse(text, list(called)).moves
        }
        assert back_db == {name: -db for name, db in changes_db.items()}, text


def _reads_back(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        advice = imagine(rng)
        text = respond(advice, Style(rng.choice(list(Style))), rng)
        called = aliases([stem.name for stem in advice.stems])
        meant, read = advice.claims(called), parse(text, called)
        assert {(c.stem, c.direction, c.db) for c in read.moves} == {
            (c.stem, c.direction, c.db) for c in meant.moves
        }, text
        assert read.balanced == meant.balanced, text


def test_reads_back_what_the_phrase_bank_says() -> None:
    _reads_back(0, 100)


@pytest.mark.slow
def test_reads_back_ten_thousand_times_what_the_phrase_bank_says() -> None:
    _reads_back(1, 10_000)


WORDS = sorted({word for said in SENTENCES for word in said[1].split()})


@settings(deadline=None, max_examples=100)
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=8)), max_size=60))
def test_any_text_is_read(words: list[str]) -> None:
    stems = SENTENCES[0][0]
    claims = parse(" ".join(words), stems)
    assert {claim.stem for claim in claims.claims} <= set(stems)
    assert not (claims.balanced and claims.moves)
    assert all(claim.db is None or claim.db >= 0 for claim in claims.claims)


@settings(deadline=None, max_examples=50)
@given(st.sampled_from([said for said in SENTENCES if " A" not in said[1] and " B" not in said[1]]))
def test_case_and_white_space_mean_nothing(sentence: tuple[list[str], str, str]) -> None:
    stems, said, _ = sentence  # of versions capitals tell
    spaced = f"  {said.upper()}".replace(" ", "  ")
    assert parse(spaced, stems) == parse(said, stems)


HARD = [
    "the drums drown the vocals. ",
    "the vocals are too loud, the bass 3 dB too quiet; ",
    "because the bass masks them, ",
    "vocals and ",
    "1,111,",
    "a ",
    "leave it. ",
    "-3 to ",
    "((",
    "ﷺ",
]


def test_100_kb_are_read_in_little_time() -> None:
    """Measured in a process of its own, in which types are not checked at each call."""
    script = f"""
import time
from explainer.reading import parse
parse("", ["vocals", "drums", "bass"])
for piece in {HARD!r}:
    start = time.process_time()
    parse((piece * 100_000)[:100_000], ["vocals", "drums", "bass"])
    print(time.process_time() - start)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    seconds = [float(line) for line in run.stdout.split()]
    assert len(seconds) == len(HARD)
    assert max(seconds) < 3  # time that grew with the square of the length would be minutes
