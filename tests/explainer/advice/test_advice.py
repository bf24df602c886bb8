"""Advice: its JSON, its strictness, and the sentence it comes to."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.correct import Action, Move
from console.errors import InputError
from console.read.roles import Role
from explainer.advice.advice import Advice, Faders, MixLevels, ModelStamp, StemAdvice, TextSource
from explainer.advice.claims import Reason, ReasonKind
from explainer.phrasing.conclusion import conclusion, notes, refinement

REST = Move(Action.LEAVE, 0.0, -0.5, 0.5, 0.1)
UNSURE = Move(Action.LEAVE, 0.0, -6.0, 0.0, 0.6)  # likelier off than right


def move(gain_db):
    return Move(Action.RAISE if gain_db > 0 else Action.LOWER, gain_db, gain_db - 1, gain_db + 1, 0.97)


def advice(strength_percent=100.0, anchor=None, lufs=-18.0, **moves):
    roles = {word: Role(word) for word in Role}
    stems = tuple(StemAdvice(n, roles.get(n, Role.OTHER), f"{n}.wav", lufs, m) for n, m in moves.items())
    return Advice(
        song="Falcon 69",
        sample_rate=44100,
        duration_s=12.5,
        anchor=anchor,
        strength_percent=strength_percent,
        stems=stems,
        model=ModelStamp("embedded", "0.1", "abc"),
        mix=MixLevels(-14.0, -13.5, -0.5, 0.0),
    )


finite = st.floats(-100, 100)
names = st.lists(st.text(st.characters(), min_size=1), min_size=1, max_size=5, unique=True)
moves = st.builds(Move, st.sampled_from(Action), finite, finite, finite, st.floats(0, 1), finite)


@given(names, st.lists(moves, min_size=5, max_size=5), finite | st.just(-math.inf), st.data())
def test_json_round_trip(stems, moves, level, data):
    given = advice(anchor=data.draw(st.none() | st.sampled_from(stems)), lufs=level)
    parts = (finite, st.sampled_from(stems), finite, finite)
    reasons = st.builds(Reason, st.sampled_from(ReasonKind), finite, *[st.none() | part for part in parts])
    rows = [
        StemAdvice(name, data.draw(st.sampled_from(Role)), data.draw(st.none() | st.text()), level, move, tuple(of))
        for name, move, of in zip(stems, moves, data.draw(st.lists(st.lists(reasons), min_size=5)), strict=False)
    ]
    heard = data.draw(st.lists(st.tuples(*[finite] * len(rows)), max_size=4))
    passes = data.draw(st.sampled_from([len(heard), len(heard) - 1])) if len(heard) > 1 else 1
    changes = {"stems": tuple(rows), "mix": MixLevels(level, level, level, -1.5)}
    said = {
        "text": data.draw(st.text()),
        "text_source": data.draw(st.none() | st.sampled_from(TextSource)),
    }
    if data.draw(st.booleans()):
        changes["faders"] = Faders(data.draw(st.tuples(*[finite] * len(rows))), level, -1.5)
    given = Advice(**{**vars(given), **changes, **said, "passes": passes, "residual": tuple(heard)})
    text = given.to_json()
    assert text.encode("utf-8")
    assert Advice.from_json(text) == given


def test_json_is_what_other_programs_read():
    data = json.loads(advice(vocals=move(-6.25), drums=REST, anchor="drums").to_json())
    assert list(data) == [
        "schema",
        "song",
        "sample_rate",
        "duration_s",
        "anchor",
        "strength_percent",
        "balanced",
        "familiarity",
        "stems",
        "text",
        "text_source",
        "passes",
        "residual",
        "model",
        "mix",
        "files",
        "links",
        "balance",
        "usual",
        "loudness",
    ]
    assert data["schema"] == 1
    assert data["balanced"] is False
    assert data["stems"][0] == {
        "name": "vocals",
        "role": "vocals",
        "file": "vocals.wav",
        "loudness_lufs": -18.0,
        "gain_db": -6.25,
        "low_db": -7.25,
        "high_db": -5.25,
        "flaw_probability": 0.97,
        "action": "lower",
        "held_back_db": 0.0,
        "reasons": [],
    }
    assert data["model"] == {"name": "embedded", "version": "0.1", "checksum": "abc"}
    assert (data["passes"], data["residual"]) == (1, [])
    assert set(data["mix"]) == {"loudness_lufs_before", "loudness_lufs_after", "true_peak_dbtp", "trim_db"}


def test_silence_is_null():
    silent = advice(vocals=Move(Action.SILENT, 0.0, 0.0, 0.0, 0.0), lufs=-math.inf)
    assert json.loads(silent.to_json())["stems"][0]["loudness_lufs"] is None


def test_advice_of_before_there_were_passes_is_read():
    given = advice(vocals=move(-6.0), drums=REST)
    data = json.loads(given.to_json())
    del data["passes"], data["residual"]
    for stem in data["stems"]:
        del stem["held_back_db"]
    assert Advice.from_json(json.dumps(data)) == given


def changed(path, value):
    """The JSON of a good advice with one field set to something else, or taken out."""
    data = json.loads(advice(vocals=move(-6.0), drums=REST, anchor="drums").to_json())
    *way, last = path
    at = data
    for step in way:
        at = at[step]
    if value is KeyError:
        del at[last]
    else:
        at[last] = value
    return json.dumps(data)


BESIDE = {"kind": "anchor", "measured": 1.0, "usual": None, "other": "kazoo", "low_hz": None, "high_hz": None}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["schema"], 2, "schema: Input should be 1"),
        (["schema"], True, "schema: Input should be 1"),
        (["schema"], KeyError, "schema: Field required"),
        (["mix"], KeyError, "mix: Field required"),
        (["mix"], [], "mix: Input should be a valid dict"),
        (["mix", "trim_db"], KeyError, r"mix\.trim_db: Field required"),
        (["mix", "trim_db"], None, r"mix\.trim_db: Input should be a valid number"),
        (["colour"], "red", "colour: Extra inputs are not permitted"),
        (["stems", 1, "pan"], 0.5, r"stems\[1\]\.pan: Extra"),
        (["stems"], [], "stems: List should have at least 1 item"),
        (["stems", 0], "vocals", r"stems\[0\]: Input should be a valid dict"),
        (["stems", 0, "gain_db"], "loud", r"stems\[0\]\.gain_db: Input should be a valid number"),
        (["stems", 0, "gain_db"], "6", r"gain_db: Input should be a valid number"),
        (["stems", 0, "gain_db"], True, "gain_db: Input should be a valid number"),
        (["stems", 0, "gain_db"], math.nan, "gain_db: Input should be a finite number"),
        (["stems", 0, "loudness_lufs"], -math.inf, "loudness_lufs: Input should be a finite number"),
        (["stems", 0, "flaw_probability"], 1.5, "less than or equal to 1"),
        (["stems", 0, "action"], "mute", "action: Input should be 'raise'"),
        (["stems", 0, "role"], "kazoo", "role: Input should be 'vocals'"),
        (["stems", 0, "name"], "drums", "twice"),
        (["sample_rate"], 44100.5, "sample_rate: Input should be a valid integer"),
        (["duration_s"], -1, "duration_s: Input should be greater than or equal to 0"),
        (["song"], 7, "song: Input should be a valid string"),
        (["anchor"], "kazoo", "anchor"),
        (["stems", 0, "reasons"], [BESIDE], 'a reason names "kazoo"'),
        (["balanced"], True, "contradicts"),
        (["balanced"], "no", "balanced: Input should be a valid boolean"),
        (["strength_percent"], 120, "less than or equal to 100"),
        (["passes"], 0, "passes: Input should be greater than or equal to 1"),
        (["passes"], 1.5, "passes: Input should be a valid integer"),
        (["residual"], None, "residual: Input should be a valid list"),
        (["residual"], [[0.0, math.inf]], r"residual\[0\]\[1\]: Input should be a finite number"),
        (["residual"], [[0.0]], "a number for each stem"),
        (["faders"], {"gains_db": [0.0]}, "faders.loudness_lufs: Field required"),
        (["faders"], {"gains_db": [0.0], "loudness_lufs": None, "true_peak_dbtp": 0.0}, "a gain for each stem"),
        (["faders"], {"gains_db": ["0", 0.0], "loudness_lufs": None, "true_peak_dbtp": 0.0}, r"faders.gains_db\[0\]"),
        (["residual"], [[0.0, 0.0]] * 3, "a row for each pass"),
    ],
)
def test_what_is_no_advice_is_refused(path, value, said):
    with pytest.raises(InputError, match=said):
        Advice.from_json(changed(path, value))


def test_advice_on_thousands_of_stems_is_refused_with_the_limit():
    stems = json.loads(changed(["song"], "x"))["stems"]
    with pytest.raises(InputError, match=r"it is on 20,000 stems, and 512 are the most"):
        Advice.from_json(changed(["stems"], stems[:1] * 20_000))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "valid JSON"),
        ("{", "valid JSON"),
        *((text, "valid dictionary") for text in ("[]", "null", '"advice"')),
        ("{}", "Field required"),
        ("[" * 50_000, "nested"),
        ("1" * 5000, "digits"),
    ],
)
def test_what_is_not_even_json_is_refused(text, why):
    with pytest.raises(InputError, match=f"This is no advice: .*{why}"):
        Advice.from_json(text)


@pytest.mark.parametrize(
    ("moves", "sentence"),
    [
        ({"vocals": REST, "drums": REST}, "Nothing needs to move: the balance sounds right."),
        ({"vocals": REST, "drums": UNSURE}, "Nothing is sure enough to move, though something may be off."),
        ({"vocals": move(6.25), "drums": UNSURE}, "The vocals are much too quiet: turn them up 6.2 dB."),
        (
            {"vocals": UNSURE, "drums": Move(Action.LOCKED, 0.0, -9.0, -7.0, 1.0)},
            "Nothing else is sure enough to move, though something may be off.",
        ),
        ({"vocals": move(6.25), "drums": REST}, "The vocals are much too quiet: turn them up 6.2 dB."),
        ({"vocals": REST, "bass": move(-4.0)}, "The bass is too loud: turn it down 4.0 dB."),
        ({"Lead Vox": move(-2.0), "drums": REST}, "“Lead Vox” is a little too loud: turn it down 2.0 dB."),
        (
            {"vocals": move(-3.0), "bass": move(5.0)},
            "Two stems should move: turn the bass up 5.0 dB and the vocals down 3.0 dB.",
        ),
        (
            {"a": move(-3.0), "b": move(5.0), "c": move(4.0), "d": move(9.0)},
            "Four stems should move, most of all: turn “d” up 9.0 dB, “b” up 5.0 dB and “c” up 4.0 dB.",
        ),
        (
            {"vocals": REST, "drums": Move(Action.LOCKED, 0.0, -9.0, -7.0, 1.0)},
            "Nothing else needs to move: the stems that are not locked sound right.",
        ),
        (
            {"vocals": Move(Action.ANCHOR, 0.0, 0.0, 0.0, 0.0), "drums": Move(Action.LOCKED, 0.0, -9.0, -7.0, 1.0)},
            "Nothing is free to move: every stem that sounds is locked or the anchor.",
        ),
        (
            {"vocals": REST, "drums": move(-2.0)},
            "The drums are a little too loud: turn them down 2.0 dB; engineers differ by as much, "
            "so this is a matter of taste.",
        ),
        (
            {"vocals": Move(Action.LOWER, -8.0, -12.0, 0.0, 0.75)},
            "The vocals may be too loud: if so, turn them down 8.0 dB.",
        ),
        (
            {"vocals": Move(Action.LOWER, -8.0, -12.0, 0.0, 0.75), "bass": Move(Action.RAISE, 4.0, 0.0, 9.0, 0.7)},
            "Two stems may have to move: turn the vocals down 8.0 dB and the bass up 4.0 dB.",
        ),
        (
            {"vocals": Move(Action.LOWER, -8.0, -12.0, 0.0, 0.75), "bass": move(4.0)},
            "Two stems should move: turn the vocals down 8.0 dB and the bass up 4.0 dB.",
        ),
    ],
)
def test_the_conclusion_is_one_plain_sentence(moves, sentence):
    assert conclusion(advice(**moves)) == sentence


@pytest.mark.parametrize(
    ("action", "low_db", "high_db", "chance", "confidence"),
    [
        (Action.RAISE, 1.0, 5.0, 0.95, "sure"),
        (Action.RAISE, 1.0, 5.0, 0.8, "likely"),
        (Action.RAISE, 1.0, 5.0, 0.6, "unsure"),
        (Action.RAISE, 0.04, 5.0, 0.95, "unsure"),  # is spoken as "0.0"
        (Action.RAISE, 0.06, 5.0, 0.95, "sure"),
        (Action.RAISE, -0.4, 5.0, 0.8, "unsure"),
        (Action.LOWER, -5.0, -1.0, 0.95, "sure"),
        (Action.LOWER, -5.0, 0.0, 0.95, "unsure"),
        (Action.LOWER, -5.0, 0.4, 0.95, "unsure"),
    ],
)
def test_a_range_that_takes_in_no_move_is_never_sure(action, low_db, high_db, chance, confidence):
    gain_db = 3.0 if action is Action.RAISE else -3.0
    told = advice(vocals=Move(action, gain_db, low_db, high_db, chance))
    assert told.stems[0].confidence == confidence
    assert told.claims().moves[0].unsure is (confidence == "unsure")


@given(st.floats(1, 24), st.floats(0, 9), st.floats(0, 9))
def test_ranges_are_sizes_in_the_direction_of_the_move(size_db, less_db, more_db):
    up = StemAdvice("a", Role.BASS, None, -18.0, Move(Action.RAISE, size_db, size_db - less_db, size_db + more_db, 1.0))
    down = replace(up, move=Move(Action.LOWER, -size_db, -size_db - more_db, less_db - size_db, 1.0))
    assert up.range_db == down.range_db == (size_db - less_db, size_db + more_db)
    assert (up.direction, down.direction) == ("up", "down")
    assert up.severity is down.severity


@pytest.mark.parametrize("strength_percent", [100.0, 50.0])
def test_engineers_differ_by_as_much_as_a_matter_of_taste_moves(strength_percent):
    for role, spread_db in {"vocals": 1.2, "other": 1.6, "bass": 2.4, "drums": 2.6}.items():
        for part, taste in ((0.0, False), (0.9, True), (1.1, False)):
            told = advice(strength_percent, **{role: move(-spread_db * part * strength_percent / 100)})
            assert told.is_taste(told.stems[0]) is taste
            if part:
                assert ("matter of taste" in conclusion(told)) is taste


@pytest.mark.parametrize(
    ("strength_percent", "gain_db", "sentence"),
    [
        (50.0, -3.5, "The vocals are much too loud: turn them down 3.5 dB (50 % of the full correction)."),
        (0.0, 0.0, "One stem should move, but at a strength of 0 % nothing does."),
    ],
)
def test_the_conclusion_tells_the_strength(strength_percent, gain_db, sentence):
    lower = Move(Action.LOWER, gain_db, gain_db, gain_db, 1.0)
    assert conclusion(advice(strength_percent, vocals=lower)) == sentence


@pytest.mark.parametrize(
    ("strength_percent", "passes", "residual", "sentence"),
    [
        (100.0, 1, (), ""),
        (100.0, 1, ((-1.5, 9.0),), "Left to move when heard again: at most 1.5 dB after pass 1."),
        (
            50.0,
            2,
            ((3.0, 9.0), (0.5, 9.0)),
            "Left to move when heard again, at full strength: at most 3.0 dB after pass 1 and 0.5 dB after pass 2.",
        ),
        (
            100.0,
            1,
            ((-6.0, 9.0), (6.0, 9.0)),
            "Left to move when heard again: at most 6.0 dB after pass 1; pass 2 left 6.0 dB and was taken back.",
        ),
    ],
)
def test_what_each_pass_left_is_told_of_the_free_stems(strength_percent, passes, residual, sentence):
    stems = advice(strength_percent, vocals=move(6.0), drums=Move(Action.LOCKED, 0.0, 8.0, 10.0, 1.0))
    assert refinement(replace(stems, passes=passes, residual=residual)) == sentence


def test_nothing_is_told_of_passes_that_moved_nothing():
    assert refinement(replace(advice(vocals=REST), residual=((0.5,),))) == ""


def locked(held_back_db):
    return Move(Action.LOCKED, 0.0, held_back_db - 1, held_back_db + 1, 0.97, held_back_db)


@pytest.mark.parametrize(
    ("strength_percent", "moves", "said"),
    [
        (100.0, {"vocals": move(6.0), "drums": REST}, ()),
        (0.0, {"vocals": move(6.0), "drums": REST}, ()),
        (50.0, {"vocals": move(3.0), "drums": REST}, ("Gains and ranges are 50 % of the full ones.",)),
        (100.0, {"vocals": REST, "drums": locked(0.0)}, ()),
        (
            100.0,
            {"vocals": REST, "drums": locked(-4.0)},
            (
                "The drums are locked, but 4.0 dB too loud. "
                "Balancing the mix round them would take every other stem up 4.0 dB.",
            ),
        ),
        (
            25.0,
            {"vocals": move(1.5), "bass": locked(2.5)},
            (
                "The bass is locked, but 2.5 dB too quiet. Balancing the mix round it would take every other stem down "
                "2.5 dB, on top of its full correction.",
                "Gains and ranges are 25 % of the full ones.",
            ),
        ),
        (
            100.0,
            {"vocals": move(6.0), "bass": locked(-4.0), "drums": locked(-4.6)},
            (
                "Two stems are locked, but off: the drums are 4.6 dB too loud and the bass is 4.0 dB too loud. "
                "Balancing the mix round them would take every other stem up 4.3 dB, on top of its own move.",
            ),
        ),
        (
            100.0,
            {"vocals": REST, "bass": locked(-4.0), "drums": locked(0.0)},
            (
                "The bass is locked, but 4.0 dB too loud. "
                "What is locked does not fit together: no gain on the others balances them round all of it.",
            ),
        ),
    ],
)
def test_what_has_to_be_known_beside_the_moves(strength_percent, moves, said):
    given = advice(strength_percent, **moves)
    assert notes(given) == said
    assert given.balanced == (given.still and not given.held_back)
    assert Advice.from_json(given.to_json()) == given


def test_a_long_name_is_cut_in_a_sentence():
    assert len(conclusion(advice(**{"vox " * 60: move(4.0), "drums": REST}))) < 100
