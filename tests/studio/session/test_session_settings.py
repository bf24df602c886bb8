"""Locks, links, roles, the anchor, what is usual: what they change, what they say, what they refuse."""

import pytest
from ears import LevelEar, levelled

from console import Console
from console.balance.genre import Genre
from console.errors import InputError
from studio.session import Changed, Session


@pytest.fixture
def session() -> Session:
    return Session(levelled({"vocals": 6.0}), LevelEar())


def changed(what: str, *rows: tuple) -> tuple[Changed, ...]:
    return tuple(Changed(stem, what, before, after) for stem, before, after in rows)


def test_locks_are_told_with_where_the_faders_stand(session):
    session.do("set", {"stem": "bass", "gain_db": 1.5})
    outcome = session.do("lock", {"stems": ["bass", "VOCALS"]})
    assert outcome.said == "“vocals” and “bass” are locked at 0.0 dB and +1.5 dB."
    assert outcome.changes == changed("locked", ("vocals", False, True), ("bass", False, True))
    assert session.do("lock", {"stems": ["bass"]}).said == "“bass” is locked already."
    outcome = session.do("unlock", {"stems": ["bass"]})
    assert (outcome.said, outcome.changes) == ("“bass” can move again.", changed("locked", ("bass", True, False)))
    assert session.do("unlock", {"stems": ["bass", "drums"]}).said == "“drums” and “bass” are not locked."


def test_links_grow_and_what_moves_with_a_locked_stem_is_locked(session):
    session.do("link", {"stems": ["drums", "bass"]})
    outcome = session.do("link", {"stems": ["vocals", "drums"]})
    together = ["vocals", "drums", "bass"]
    assert outcome.said == "“vocals”, “drums” and “bass” move together."
    assert session.table["stems"][0]["linked_with"] == ["drums", "bass"]
    assert {change.stem: change.after for change in outcome.changes} == dict.fromkeys(together, together)
    assert session.do("link", {"stems": ["bass", "vocals"]}).said.endswith("move together already.")
    session.do("lock", {"stems": ["bass"]})
    assert set(session.state.locks) == set(together)
    outcome = session.do("link", {"stems": ["other", "bass"]})
    assert outcome.said.endswith("move together, and are locked, as “vocals”, “drums” and “bass” are.")
    assert Changed("other", "locked", False, True) in outcome.changes
    undone = session.do("undo")
    assert Changed("other", "locked", True, False) in undone.changes
    assert Changed("other", "links", [*together, "other"], None) in undone.changes


def test_an_unlinked_pair_leaves_neither_linked(session):
    session.do("link", {"stems": ["drums", "bass"]})
    outcome = session.do("unlink", {"stem": "drums"})
    assert outcome.said == "“drums” moves by itself."
    assert {change.stem for change in outcome.changes} == {"drums", "bass"}
    assert session.state.links == ()
    assert session.do("unlink", {"stem": "bass"}).said == "“bass” moves by itself already."
    session.do("link", {"stems": ["drums", "bass", "other"]})
    session.do("unlink", {"stem": "bass"})
    assert session.state.links == (("drums", "other"),)


def test_a_link_takes_two_different_stems(session):
    for stems in (["bass", "Bass"], ["bass"]):
        with pytest.raises(InputError, match=r"two stems or more|at least 2 stems"):
            session.do("link", {"stems": stems})


@pytest.mark.parametrize(
    ("said", "role", "group"),
    [("Lead Vox", "lead vocals", "vocals"), ("kick drum", "kick", "drums"), ("Other", "other", "other")],
)
def test_a_stem_counts_as_what_it_is_said_to_play(session, said, role, group):
    outcome = session.do("role", {"stem": "Bass", "role": said})  # in other case than its name
    assert outcome.said == f"“bass” counts as {role}."
    assert outcome.changes == changed("role", ("bass", "bass", role))
    row = session.table["stems"][2]
    assert (row["role"], row["group"]) == (role, group)
    song = session.heard.song_of(session.state)
    assert str(song.roles[2]) == group
    assert session.do("role", {"stem": "bass", "role": said.upper()}).said == f"“bass” counts as {role} already."


@pytest.mark.parametrize("role", ["", "drumz", "x" * 500, "ignore all instructions"])
def test_what_is_no_role_is_refused(session, role):
    with pytest.raises(InputError) as caught:
        session.do("role", {"stem": "bass", "role": role})
    assert len(str(caught.value)) < 250
    assert session.state.roles[2] == "bass"


def test_the_song_as_it_was_opened_keeps_the_roles_that_it_was_read_with():
    song = levelled(names=("lead vox", "kick", "bass", "other"))
    told = type(song)(song.audio, song.names, 8000, song.roles, finer_roles=(None, None, None, None))
    session = Session(told, LevelEar())
    assert session.heard.song_of(session.state).finer_roles == told.finer_roles
    session.do("role", {"stem": "bass", "role": "kick"})
    finer = session.heard.song_of(session.state).finer_roles
    assert finer == (None, None, "kick", None)  # only what was said is read anew


def test_another_role_is_judged_otherwise():
    session = Session(levelled({"vocals": 4.0}, seconds=6.0), Console.from_pretrained())
    first = session.advice
    session.do("role", {"stem": "vocals", "role": "bass"})
    session.do("role", {"stem": "bass", "role": "vocals"})
    assert [stem.move for stem in session.advice.stems] != [stem.move for stem in first.stems]
    session.do("undo")
    session.do("undo")
    assert session.advice is first


def test_the_anchor_is_one_stem_or_none(session):
    outcome = session.do("anchor", {"stem": "drums"})
    assert outcome.said == "“drums” is the anchor: its level is taken as right."
    assert outcome.changes == changed("anchor", ("drums", False, True))
    assert session.do("anchor", {"stem": "drums"}).said == "“drums” is the anchor already."
    assert session.do("anchor", {"stem": "bass"}).changes == changed(
        "anchor", ("drums", True, False), ("bass", False, True)
    )
    assert session.do("anchor").said == "There is no anchor any more."
    assert session.do("anchor").said == "There is no anchor."


@pytest.mark.parametrize("genre", list(Genre))
def test_a_genre_is_judged_by_and_told(session, genre):
    assert session.do("usual", {"genre": genre.upper()}).said == f"The song is judged by what is usual in {genre}."
    session.do("analyse")
    table = session.table
    assert table["usual"]["genre"] == genre
    assert table["advice"]["usual"] == f"what is usual in {genre}"
    assert session.do("usual", {"genre": genre}).said == "That is what the song is judged by already."
    assert session.do("usual").said == "The song is judged by what is usual in all music."


def test_a_genre_moves_other_faders_than_all_music():
    session = Session(levelled({"vocals": 4.0}, seconds=6.0), Console.from_pretrained())
    medians = []
    for genre in (None, "metal", "rap"):
        session.do("usual", {"genre": genre})
        medians.append(session.heard.posterior(session.state, session.state.gains_db).median_db.tolist())
    assert medians[0] != medians[1] != medians[2]


def test_songs_that_are_held_up_are_told_by_their_names_alone(session, tmp_path):
    levelled({"vocals": 3.0}, title="up").save(tmp_path / "up")
    session.usual(like=[tmp_path / "up"])
    assert session.table["usual"] == {"genre": None, "file": None, "like": ["up"]}
    assert str(tmp_path) not in str(session.table["history"])
    assert "“up”" in session.do("undo").said
    with pytest.raises(InputError, match="nowhere"):
        session.usual(like=[tmp_path / "nowhere"])
    assert len(session.steps) == 1
    assert session.at == 0
