"""Sections: of songs that are put together from others, and of what has no form."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from console.music.form import form
from console.music.music import Form
from console.music.sound import Sound
from console.read.roles import Role
from console.read.song import Song
from tests.songs import noise_song

RATE = 22_050


def tune(seconds: float, root_hz: float, seed: int, vocals: bool = True) -> torch.Tensor:
    """Bass, drums, chords and a voice in mono; every half second a note."""
    generator = torch.Generator().manual_seed(seed)
    time = torch.arange(round(seconds * RATE)) / RATE
    beat = torch.exp(-8 * (time % 0.5))
    steps = 2 ** (torch.randint(0, 5, (int(2 * seconds) + 1,), generator=generator) / 12)
    note = steps.repeat_interleave(RATE // 2)[: len(time)] * root_hz
    phase = 2 * np.pi * torch.cumsum(note, 0) / RATE
    drums = beat * torch.randn(len(time), generator=generator)
    chords = sum(torch.sin(2 * np.pi * root_hz * ratio * 4 * time) for ratio in (1, 1.26, 1.5))
    voice = torch.sin(8 * phase + 3 * torch.sin(2 * np.pi * 5 * time)) * vocals
    return torch.stack([beat * torch.sin(phase), 0.3 * drums, 0.2 * chords, 0.3 * voice])


def song(*parts: torch.Tensor) -> Song:
    return Song(0.3 * torch.cat(parts, -1)[:, None], ("bass", "drums", "keys", "vocals"), RATE)


@pytest.fixture(scope="module")
def verse_chorus() -> Form:
    """12 s of one tune, 14 s of another one without voice, 12 s of the first."""
    one, other = tune(12, 55, 0), tune(14, 70, 1, vocals=False)
    found = form(song(one, other, one))
    assert found is not None
    return found


def test_a_splice_is_cut_where_it_was_spliced(verse_chorus):
    starts_s = [section.start_s for section in verse_chorus.sections]
    assert starts_s == pytest.approx([0, 12, 26], abs=0.21)
    assert verse_chorus.sections[-1].end_s == pytest.approx(38)
    assert all(one.end_s == other.start_s for one, other in pairwise(verse_chorus.sections))


def test_what_comes_again_has_the_same_letter(verse_chorus):
    assert [section.label for section in verse_chorus.sections] == ["A", "B", "A"]


def test_who_enters_and_rests_is_told(verse_chorus):
    first, second, third = verse_chorus.sections
    assert first.enters == ("bass", "drums", "keys", "vocals")
    assert (second.enters, second.rests) == ((), ("vocals",))
    assert (third.enters, third.rests) == (("vocals",), ())
    assert set(second.stem_level_lufs) == {"bass", "drums", "keys"}


def test_half_the_amplitude_is_6_db_less():
    first, _, third = form(song(tune(12, 55, 0), tune(14, 70, 1, vocals=False), 0.5 * tune(12, 55, 0))).sections
    assert first.level_lufs - third.level_lufs == pytest.approx(6.0, abs=0.3)
    for name, level in first.stem_level_lufs.items():
        assert level - third.stem_level_lufs[name] == pytest.approx(6.0, abs=0.3)


def test_a_gain_on_all_changes_levels_alone(verse_chorus):
    one, other = tune(12, 55, 0), tune(14, 70, 1, vocals=False)
    quiet = form(song(0.01 * one, 0.01 * other, 0.01 * one))
    assert quiet is not None
    for was, now in zip(verse_chorus.sections, quiet.sections, strict=True):
        assert (now.start_s, now.label, now.enters, now.rests) == (was.start_s, was.label, was.enters, was.rests)
        assert now.level_lufs == pytest.approx(was.level_lufs - 40, abs=0.15)


def test_sections_begin_with_downbeats_that_are_near():
    spliced = song(tune(12, 55, 0), tune(14, 70, 1, vocals=False))
    near, far = np.arange(0.3, 26, 2.0).tolist(), np.arange(0.0, 8, 2.0).tolist()
    assert [section.start_s for section in form(spliced, downbeats_s=near).sections] == pytest.approx([0, 12.3])
    assert form(spliced, downbeats_s=far).sections[1].start_s == pytest.approx(12, abs=0.21)


def test_one_steady_thing_is_one_section():
    found = form(song(tune(30, 55, 0)))
    assert [section.label for section in found.sections] == ["A"]


def test_a_given_sound_serves():
    spliced = song(tune(12, 55, 0), tune(14, 70, 1))
    assert form(spliced, Sound.of(spliced)) == form(spliced)


@pytest.mark.parametrize(
    "audio", [torch.zeros(2, 2, 20 * RATE), 0.1 * torch.ones(2, 1, RATE)], ids=["silence", "one second"]
)
def test_what_has_no_form_has_none(audio):
    assert form(Song(audio, ("a", "b"), RATE)) is None


def test_noise_and_a_stem_alone_make_sense():
    for odd in (noise_song(seconds=9.0, rate=8000), noise_song((Role.VOCALS,), seconds=9.0, rate=48_000)):
        found = form(odd)
        assert found.sections[0].start_s == 0
        assert found.sections[-1].end_s == pytest.approx(9.0)
        assert 0 <= found.confidence <= 1
        assert all(np.isfinite(section.level_lufs) for section in found.sections)


def test_a_silent_beginning_is_a_section_without_level():
    found = form(song(torch.zeros(4, 10 * RATE), tune(20, 55, 0)))
    first, second = found.sections[:2]
    assert (first.level_lufs, first.stem_level_lufs, first.enters) == (None, {}, ())
    assert second.start_s == pytest.approx(10, abs=0.21)
    assert second.enters == ("bass", "drums", "keys", "vocals")
