"""A session on disk: it comes back as it was, or says in a sentence why it does not."""

import json

import numpy as np
import pytest
import soundfile
from ears import LevelEar, levelled

from console.errors import InputError
from studio.session import Session


@pytest.fixture
def folder(tmp_path):
    levelled({"vocals": 6.0}, title="song").save(tmp_path / "song")
    return tmp_path / "song"


def again(session: Session, **changed) -> Session:
    saved = json.loads(session.to_json()) | changed
    return Session.from_json(json.dumps(saved), console=LevelEar())


def test_it_is_read_from_where_it_lay(folder):
    session = Session.open(folder, console=LevelEar())
    session.do("apply")
    session.do("lock", {"stems": ["bass"]})
    session.do("undo")
    told: list[str] = []
    back = Session.from_json(session.to_json(), console=LevelEar(), tell=told.append)
    assert told == ["Reading the stems"]
    assert (back.state, back.steps, back.at) == (session.state, session.steps, 1)
    assert back.do("redo").said == "Redone: “bass” is locked at 0.0 dB."
    assert back.do("measure").data == session.do("measure").data


def test_roles_links_and_unlinks_that_it_was_opened_with_are_kept(tmp_path):
    folder = tmp_path / "song"
    folder.mkdir()
    noise = np.random.default_rng(0)
    for name in ("kick in", "kick out", "Synth.L", "Synth.R", "thing", "other thing"):
        soundfile.write(folder / f"{name}.wav", 0.1 * noise.standard_normal(32_000), 8000)
    plain = Session.open(folder, console=LevelEar())
    assert plain.state.links == (("kick in", "kick out"),)
    assert "Synth" in plain.song.names  # of two sides
    session = Session.open(
        folder, {"thing": "vocals"}, [("thing", "other thing")], ["kick in", "Synth.L"], console=LevelEar()
    )
    assert session.state.links == (("other thing", "thing"),)
    assert "Synth.R" in session.song.names
    back = again(session)
    assert (back.song.names, back.state, back.opened) == (session.song.names, session.state, session.opened)
    assert dict(zip(back.song.names, back.state.roles, strict=True))["thing"] == "vocals"
    assert back.song.links == session.song.links
    assert again(back).to_json() == session.to_json()


def test_of_a_song_that_is_gone_it_says_so(folder):
    session = Session.open(folder, console=LevelEar())
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(InputError, match="is not there: give a folder of stems"):
        again(session)
    assert again(session, song=str(folder.with_name("elsewhere"))).state == session.state


def test_a_song_that_came_from_no_file_has_to_be_given():
    song = levelled({"vocals": 6.0})
    session = Session(song, LevelEar())
    session.do("apply")
    with pytest.raises(InputError, match="was read from no file: give the song, too"):
        again(session)
    assert Session.from_json(session.to_json(), song, LevelEar()).state == session.state


@pytest.mark.parametrize("change", ["renamed", "fewer", "more"])
def test_a_song_with_other_stems_is_refused(folder, change):
    session = Session.open(folder, console=LevelEar())
    if change == "renamed":
        (folder / "bass.wav").rename(folder / "contrabass.wav")
    elif change == "fewer":
        (folder / "bass.wav").unlink()
    else:
        soundfile.write(folder / "more.wav", 0.1 * np.random.default_rng(0).standard_normal((32_000, 2)), 8000)
    with pytest.raises(InputError, match="has other stems than when the session was saved: open it anew"):
        again(session)


def test_stems_in_another_order_are_other_stems():
    song = levelled()
    session = Session(song, LevelEar())
    session.do("set", {"stem": "vocals", "gain_db": -3})
    turned = type(song)(song.audio.flip(0), song.names[::-1], 8000)
    with pytest.raises(InputError, match="has other stems"):
        Session.from_json(session.to_json(), turned, LevelEar())


def mended(session: Session, where: str, value: object) -> str:
    saved = json.loads(session.to_json())
    *path, last = where.split(".")
    place = saved
    for part in path:
        place = place[int(part) if isinstance(place, list) else part]
    place[int(last) if isinstance(place, list) else last] = value
    return json.dumps(saved)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("at", 3),
        ("at", -1),
        ("schema", 99),
        ("steps.0.state.gains_db", [0.0, 0.0]),
        ("steps.0.state.gains_db.0", float("nan")),
        ("steps.0.state.gains_db.0", 99.0),
        ("steps.0.state.gains_db.0", "loud"),
        ("steps.0.state.locks", ["nobody"]),
        ("steps.0.state.links", [["bass", "nobody"]]),
        ("opened.anchor", "nobody"),
        ("start.roles", ["vocals"]),
        ("names", ["vocals"]),
    ],
)
def test_a_damaged_one_is_refused_in_a_sentence(where, value):
    song = levelled()
    session = Session(song, LevelEar())
    session.do("nudge", {"stem": "bass", "by_db": 2})
    with pytest.raises(InputError, match=r"saved session.*[.]$"):
        Session.from_json(mended(session, where, value), song, LevelEar())


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"song": 1}', "\x00", "[" * 10_000])
def test_what_is_none_is_refused(text):
    with pytest.raises(InputError, match="This is no saved session, or one of another version: open the song anew"):
        Session.from_json(text, levelled(), LevelEar())
