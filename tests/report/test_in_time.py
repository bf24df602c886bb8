"""Metre, changes of tempo and key, and tuning are told in words and as data."""

from dataclasses import replace

import pytest

from console.music.analyse import _with_keys
from console.music.music import Music, schema
from console.music.pulse_and_key import KeyStretch, Pace, Reading
from explainer.feedback.facts.of_music import facts_of
from explainer.music import in_time
from explainer.music.chapters import headline, told
from explainer.music.for_model import for_model
from tests.musics import music

SONG = music()
BEATS, KEY = SONG.beats, SONG.key
SIX = replace(
    BEATS, metre=2, feel="triple", metre_confidence=0.7, other_metre=Reading(3, "straight", 192.0), tempo_bpm=128.0
)
CHANGING = replace(BEATS, paces=(Pace(0.0, 45.2, 120.0), Pace(45.2, 180.0, 96.0)))
MODULATING = replace(KEY, stretches=(KeyStretch(0.0, 80.0, "D minor"), KeyStretch(80.0, 180.0, "E minor")))


@pytest.mark.parametrize(
    ("beats", "feel", "said"),
    [
        (4, None, "4 beats in a bar"),
        (3, "straight", "3 beats in a bar"),
        (4, "swung", "4 beats in a bar, swung"),
        (2, "triple", "6/8: 2 beats in a bar, each in three parts"),
        (4, "triple", "12/8: 4 beats in a bar, each in three parts"),
        (5, "triple", "5 beats in a bar, each in three parts"),
    ],
)
def test_metres_in_words(beats, feel, said):
    assert in_time.metre(beats, feel) == said


def test_both_readings_are_told_where_either_may_be_meant():
    text = for_model(music(beats=SIX))
    assert "metre: 6/8: 2 beats in a bar, each in three parts" in text
    assert "(0.70); it may be 3 beats in a bar at 192.0 BPM" in text
    rhythm = told(music(beats=SIX)).chapters[0]
    assert next(fact for fact in rhythm.facts if fact.name == "Metre").note.endswith(
        "it may be 3 beats in a bar at 192.0 BPM"
    )
    assert "it may be" not in for_model(SONG)


def test_a_change_of_tempo_or_key_is_told_everywhere():
    song = music(beats=CHANGING, key=MODULATING)
    for text in (headline(song), for_model(song)):
        assert "120.0 BPM until 0:45, then 96.0 BPM" in text
        assert "D minor until 1:20, then E minor" in text
    found = facts_of(song)
    assert found["tempo_course"].value == "120.0 BPM until 0:45, then 96.0 BPM"
    assert found["key_course"].value == "D minor until 1:20, then E minor"
    assert not {"tempo_course", "key_course", "tuning", "metre_name"} & set(facts_of(SONG))


def test_sections_have_the_key_that_most_of_them_is_in():
    form = _with_keys(SONG.form, MODULATING)
    assert [section.key for section in form.sections] == ["D minor"] * 3 + ["E minor"] * 3
    assert _with_keys(SONG.form, KEY) == SONG.form
    song = music(form=form, key=MODULATING)
    assert "section 4 B: 1:20 to 2:00, -15.5 LUFS, E minor" in for_model(song)
    sections = next(chapter for chapter in told(song).chapters if chapter.title == "Sections")
    assert next(grid for grid in sections.grids if grid.name == "Their keys").rows[3] == (
        "B",
        "1:20",
        "2:00",
        "E minor",
    )


@pytest.mark.parametrize(
    ("cents", "said"),
    [(None, ""), (9.4, ""), (-9.9, ""), (12.0, "12 cents above A = 440 Hz (A = 443 Hz)"),
     (-31.8, "32 cents below A = 440 Hz (A = 432 Hz)"),
     (49.0, "49 cents above A = 440 Hz (A = 453 Hz), between two keys")],
)  # fmt: skip
def test_tuning_is_told_where_it_is_off(cents, said):
    song = music(key=replace(KEY, tuning_cents=cents))
    assert in_time.tuning(song.key) == said
    assert ("tuning:" in for_model(song)) == bool(said)
    assert Music.from_json(song.to_json()).key.tuning_cents == cents


def test_all_of_it_is_read_back_and_stands_in_the_schema():
    song = music(beats=replace(SIX, paces=CHANGING.paces), key=MODULATING)
    assert Music.from_json(song.to_json()) == song
    known = schema()["$defs"]
    assert {"feel", "metre_confidence", "other_metre", "paces"} <= known["Beats"]["properties"].keys()
    assert {"tuning_cents", "stretches"} <= known["Key"]["properties"].keys()


def test_an_earlier_analysis_without_it_is_read():
    text = SONG.to_json()
    for name in ("feel", "metre_confidence", "other_metre", "paces", "tuning_cents", "stretches"):
        assert f'"{name}"' in text
    old = Music.from_json(SONG.to_json())
    assert old.beats.paces == ()
    assert for_model(old) == for_model(SONG)
