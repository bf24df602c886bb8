"""What was measured of the music, as data; and what is listened to."""

import numpy as np
import pytest
import torch

from console.errors import InputError
from console.music.music import Beats, Chord, Chords, Key, Music, Progression, Share, schema
from console.music.sound import Sound
from console.read.roles import Role
from console.read.song import Song


def some_music() -> Music:
    beats = Beats(120.0, 60.0, (0.5, 1.0), (0.5,), 4, 100, 0.9, "by hand")
    chords = Chords(
        (Chord(0.0, 2.0, "A:min"),),
        30.0,
        (Share("A:min", 100),),
        100,
        2.0,
        (Progression(("i", "V"), 3),),
        "x",
        0.5,
        "y",
    )
    return Music("song", 2.0, {"a": "bass"}, beats, Key("A", "minor", "C major", "bass", 0.8, "z"), chords)


def test_music_as_text_is_read_back_the_same():
    music = some_music()
    assert Music.from_json(music.to_json()) == music
    assert "beats" in schema()["properties"]


@pytest.mark.parametrize("text", ["", "[]", '{"song": "a"}', '{"song": "a", "duration_s": "long", "stems": {}}'])
def test_what_is_no_music_is_refused(text):
    with pytest.raises(InputError, match="no analysis of music"):
        Music.from_json(text)


def test_a_sum_is_of_the_stems_named_at_the_rate_asked_for():
    time = torch.arange(44_100) / 44_100
    audio = torch.stack([torch.sin(2 * np.pi * 100 * time), torch.sin(2 * np.pi * 200 * time), 0 * time])[:, None]
    sound = Sound.of(Song(audio, ("bass", "vocals", "drums"), 44_100))
    assert sound.named({Role.BASS, Role.DRUMS}) == ("bass",)
    bass = sound.sum(["bass"], 22_050)
    assert len(bass) == 22_050
    assert np.abs(bass[2000:-2000] - audio[0, 0, ::2].numpy()[2000:-2000]).max() < 1e-3
    assert np.array_equal(sound.mix(44_100), audio.sum(0)[0].numpy())
    assert not sound.sum([], 44_100).any()
    assert sound.sum(["bass"], 22_050) is bass
