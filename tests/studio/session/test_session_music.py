"""A session's music: analysed once, kept, told in short, and known to be of other faders."""

import json

import pytest
from ears import LevelEar, levelled
from musics import music

from studio.session import Session


@pytest.fixture
def analysed(monkeypatch):
    """How often it was analysed, and with what known of before."""
    before = []

    def stand_in(song, tell, known=None):
        before.append(known)
        return music(stems=dict.fromkeys(song.names, "other"))

    monkeypatch.setattr("studio.measured.music_of", stand_in)
    return before


@pytest.fixture
def session():
    return Session(levelled({"vocals": 3.0}), LevelEar())


def test_it_is_analysed_once_and_told_in_short(session, analysed):
    assert session.table["music"] is None
    told = session.do("analyse_music")
    assert told.said.startswith("3:00 of music: 128.0 BPM")
    assert not told.changes
    assert "tempo: 128.0 BPM (0.90)" in told.data["report"]
    assert session.do("analyse_music") == told
    assert analysed == [None]
    row = session.table["music"]
    assert row["of_now"]
    assert {"name": "Key", "value": "D minor"}.items() <= row["facts"][2].items()
    json.dumps(session.table, allow_nan=False)


def test_faders_make_it_old_and_undo_makes_it_new(session, analysed):
    session.do("analyse_music")
    session.do("set", {"stem": "bass", "gain_db": 2})
    assert not session.table["music"]["of_now"]
    session.do("undo")
    assert session.table["music"]["of_now"]
    session.do("redo")
    session.do("analyse_music")
    assert session.table["music"]["of_now"]
    assert analysed[1] is not None
    session.do("role", {"stem": "bass", "role": "guitar"})
    session.do("analyse_music")
    assert analysed[2] is None  # another role is listened to anew


def test_it_is_kept_with_the_session(session, analysed):
    session.do("analyse_music")
    back = Session.from_json(session.to_json(), session.song, LevelEar())
    assert back.table["music"] == session.table["music"]
    assert back.do("analyse_music").said == session.do("analyse_music").said
    assert len(analysed) == 1
    assert back.to_json() == session.to_json()
