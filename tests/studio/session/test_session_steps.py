"""Whatever is done to a session, in whatever order: undone it is as it was, and what must not move has not moved."""

import inspect
import json

import pytest
from consoles import random_console
from ears import levelled
from hypothesis import given, settings
from hypothesis import strategies as st

from console.errors import InputError
from studio.session import OPERATIONS, Session
from studio.session.history import STEPS
from studio.session.operations import LEAST_DB, MOST_DB

SONG = levelled({"vocals": 6.0, "bass": -5.0})
CONSOLE = random_console()
NAMES = (*SONG.names, "Vocals", "nobody")  # in another case; and none of them

stem = st.sampled_from(NAMES)
stems = st.lists(stem, min_size=1, max_size=3)
db = st.one_of(st.floats(-70, 30), st.sampled_from([0.0, 1.0, -1.0, 0.004, 24.0, -60.0]))
WISHES = st.one_of(
    st.tuples(st.just("apply"), st.fixed_dictionaries({}, optional={"stems": stems, "dry_run": st.booleans()})),
    st.tuples(st.just("set"), st.fixed_dictionaries({"stem": stem, "gain_db": db})),
    st.tuples(st.just("nudge"), st.fixed_dictionaries({"stem": stem, "by_db": db})),
    st.tuples(st.just("shift"), st.fixed_dictionaries({"stems": stems, "by_db": db})),
    st.tuples(st.just("reset"), st.fixed_dictionaries({}, optional={"stems": stems})),
    st.tuples(st.sampled_from(["lock", "unlock", "link"]), st.fixed_dictionaries({"stems": stems})),
    st.tuples(st.just("unlink"), st.fixed_dictionaries({"stem": stem})),
    st.tuples(
        st.just("role"), st.fixed_dictionaries({"stem": stem, "role": st.sampled_from(["kick", "Lead Vox", "x"])})
    ),
    st.tuples(st.just("anchor"), st.fixed_dictionaries({}, optional={"stem": stem})),
    st.tuples(st.just("usual"), st.fixed_dictionaries({}, optional={"genre": st.sampled_from(["Metal", "x"])})),
    st.tuples(st.just("strength"), st.fixed_dictionaries({"percent": st.sampled_from([0, 50, 100, 101])})),
    st.tuples(st.sampled_from(["undo", "redo", "analyse", "measure", "unmatch"]), st.just({})),
)


def plain(session: Session) -> dict:
    """Its table, as it comes out of JSON; NaN and infinity do not."""
    return json.loads(json.dumps(session.table, allow_nan=False))


def decided(session: Session) -> dict:
    """What of the table is decided, and not computed."""
    table = plain(session)
    rows = [
        {key: row[key] for key in ("name", "role", "fader_db", "locked", "anchor", "linked_with")}
        for row in table["stems"]
    ]
    return {key: table[key] for key in ("anchor", "strength_percent", "usual", "reference")} | {"stems": rows}


def spread_db(session: Session) -> dict[frozenset[str], list[float]]:
    """How the faders of what moves together differ."""
    at = dict(zip(session.song.names, session.state.gains_db, strict=True))
    return {frozenset(group): [at[name] - at[group[0]] for name in group] for group in session.state.links}


def tried(session: Session, operation: str, arguments: dict) -> None:
    """An operation, with all that has to hold of it."""
    before, history = session.state, (list(session.steps), session.at)
    locked = {name: db for name, db in zip(session.song.names, before.gains_db, strict=True) if name in before.locks}
    apart = spread_db(session)
    try:
        outcome = session.do(operation, arguments)
    except InputError as refused:
        said = str(refused)
        assert session.state == before
        assert (list(session.steps), session.at) == history
        assert said.endswith(".")
        assert "\n" not in said
        return
    now = session.state
    assert outcome.operation == operation
    assert outcome.said.endswith(".")
    assert outcome.said[0].isupper() or outcome.said[0] == "“"
    assert all(LEAST_DB <= db <= MOST_DB and round(db, 2) == db for db in now.gains_db)
    at = dict(zip(session.song.names, now.gains_db, strict=True))
    if operation not in ("undo", "redo"):
        assert {name: at[name] for name in locked} == locked
    if operation not in ("undo", "redo", "reset"):
        for group, differ in spread_db(session).items():
            assert apart.get(group, differ) == pytest.approx(differ, abs=1e-9)
    if arguments.get("dry_run") or operation in ("analyse", "measure"):
        assert now == before
    else:
        told = {change.stem: (change.before, change.after) for change in outcome.changes if change.what == "gain_db"}
        pairs = zip(session.song.names, before.gains_db, now.gains_db, strict=True)
        assert told == {name: (a, b) for name, a, b in pairs if a != b}
    with_locks = {name for group in now.links if not set(group).isdisjoint(now.locks) for name in group}
    assert with_locks <= set(now.locks)  # what moves with a locked stem is locked
    plain(session)


@settings(max_examples=30)
@given(st.lists(WISHES, max_size=12))
def test_whatever_was_done_it_comes_back_from_json_and_undo_leads_back_exactly_and_redo_forth(wishes):
    session = Session(SONG, CONSOLE)
    opened, table = session.state, decided(session)
    for operation, arguments in wishes:
        tried(session, operation, arguments)
    end, tables = session.state, [decided(session)]
    saved = session.to_json()
    again = Session.from_json(saved, SONG, CONSOLE)
    assert (again.state, again.steps, again.at) == (session.state, session.steps, session.at)
    assert again.to_json() == saved
    assert decided(again) == decided(session)
    for one in (session, again):
        undone, at = 0, one.at
        while one.at:
            one.do("undo")
            undone += 1
            tables += [decided(one)] if one is session else []
        assert undone == at
        assert one.state == opened
        assert decided(one) == table
        with pytest.raises(InputError, match="nothing to undo"):
            one.do("undo")
        for known in reversed(tables[:-1]):
            one.do("redo")
            assert decided(one) == known
        assert one.state == end


def test_several_faders_are_shifted_in_one_step_or_none_is():
    session = Session(SONG, CONSOLE)
    session.do("link", {"stems": ["bass", "drums"]})
    session.do("set", {"stem": "vocals", "gain_db": 20})
    outcome = session.do("shift", {"stems": ["vocals", "BASS"], "by_db": -2.5})
    moved = {change.stem: (change.before, change.after) for change in outcome.changes}
    assert moved == {"vocals": (20.0, 17.5), "bass": (0.0, -2.5), "drums": (0.0, -2.5)}
    assert session.steps[-1].arguments == {"stems": ["vocals", "bass"], "by_db": -2.5}
    before = session.state
    session.do("lock", {"stems": ["other"]})
    for stems, by_db, said in (
        (["vocals", "bass"], 7, "“vocals” would stand at"),
        (["vocals", "other"], 1, "“other” is locked"),
        (["vocals", "nobody"], 1, "no stem “nobody”"),
        ([], 1, "at least 1 stem"),
    ):
        with pytest.raises(InputError, match=said):
            session.do("shift", {"stems": stems, "by_db": by_db})
    session.do("undo")
    assert session.state == before
    session.do("undo")
    assert dict(zip(SONG.names, session.state.gains_db, strict=True)) == dict.fromkeys(SONG.names, 0.0) | {
        "vocals": 20.0
    }
    assert session.do("shift", {"stems": ["bass", "vocals"], "by_db": 0}).said == (
        "“bass” stands at 0.0 dB and “vocals” stands at +20.0 dB already."
    )


def test_a_new_step_takes_the_place_of_what_was_undone():
    session = Session(SONG, CONSOLE)
    session.do("nudge", {"stem": "bass", "by_db": 2})
    session.do("undo")
    session.do("nudge", {"stem": "drums", "by_db": 1})
    with pytest.raises(InputError, match="nothing to redo"):
        session.do("redo")
    assert [step["operation"] for step in session.table["history"]] == ["nudge"]


def test_an_undone_step_is_still_in_the_history_and_can_be_compared_with():
    session = Session(SONG, CONSOLE)
    session.do("nudge", {"stem": "bass", "by_db": 2})
    session.do("undo")
    assert session.table["at"] == 0
    assert session.do("compare", {"step": 1}).data["changes_db"]["bass"] == -2


def test_of_a_very_long_history_the_oldest_steps_go_but_not_how_it_was_opened():
    session = Session(SONG, CONSOLE)
    for step in range(STEPS + 3):
        session.do("set", {"stem": "bass", "gain_db": 1 + step % 2})
    assert len(session.steps) == STEPS
    again = Session.from_json(session.to_json(), SONG, CONSOLE)
    for one in (session, again):
        while one.at:
            one.do("undo")
        assert one.state.gains_db == (0.0, 0.0, 1.0, 0.0)  # after the third step
        assert one.do("compare").data["changes_db"]["bass"] == 1.0  # as it was opened: 0
        assert one.do("reset").changes[0].after == 0.0


def test_every_operation_has_a_method_of_its_arguments_and_says_what_it_does():
    for name, kind in OPERATIONS.items():
        parameters = list(inspect.signature(getattr(Session, name)).parameters)[1:]
        assert set(kind.model_fields) <= set(parameters), name
        assert (kind.__doc__ or "").rstrip().endswith("."), name


def test_the_table_listens_and_measures_nothing(monkeypatch):
    session = Session(SONG, CONSOLE)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was computed")

    for what in ("loudness", "listen_grouped", "integrated_lufs", "true_peak_dbtp", "at_the_desk"):
        monkeypatch.setattr(f"studio.session.heard.{what}", never)
    table = session.table
    assert table["advice"] is table["mix"] is table["mix_as_opened"] is None
    assert all(row["level_lufs"] is None and "suggested_db" not in row for row in table["stems"])
    monkeypatch.undo()
    session.do("analyse")
    session.do("measure")
    for what in ("loudness", "listen_grouped", "integrated_lufs", "true_peak_dbtp", "at_the_desk"):
        monkeypatch.setattr(f"studio.session.heard.{what}", never)
    known = session.table
    assert known["advice"]["headline"]
    assert known["mix"] == known["mix_as_opened"]
    session.do("role", {"stem": "bass", "role": "drums"})  # what was heard is of other roles
    assert session.table["advice"] is None
    assert session.table["mix"] == known["mix"]
    session.do("undo")
    assert session.table == known | {"history": session.table["history"]}
