"""A song that is saved is the same song when it is read again."""

import os
import unicodedata

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from stem_files import STEMS, make, noise

from console.errors import InputError
from console.read.roles import Role
from console.read.song import Song


@given(
    names=st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_characters="/\\\0", exclude_categories=["Cc"]),
            min_size=1,
            max_size=40,
        )
        .map(lambda name: unicodedata.normalize("NFC", name))
        .filter(lambda name: not name.startswith(".")),
        min_size=2,
        max_size=5,
        unique_by=lambda name: unicodedata.normalize("NFC", name.casefold()),
    ),
    data=st.data(),
)
def test_a_saved_song_is_the_same_song(tmp_path_factory, names, data):
    out = tmp_path_factory.mktemp("saved") / "out"
    roles = tuple(data.draw(st.sampled_from(Role)) for _ in names)
    song = make(torch.from_numpy(noise(len(names), 2, 30)), tuple(names), roles=roles)
    song.save(out)
    loaded = Song.load(out)
    assert set(loaded.names) == set(names)
    assert loaded.sample_rate == song.sample_rate
    for name in names:
        assert torch.equal(loaded.audio[loaded.index(name)], song.audio[song.index(name)])
        assert loaded.roles[loaded.index(name)] is song.roles[song.index(name)]


@pytest.mark.parametrize("rate", [8000, 44100, 192000])
@pytest.mark.parametrize("channels", [1, 2])
def test_wav_is_saved_bit_for_bit_and_flac_to_24_bit(tmp_path, rate, channels):
    song = make(torch.from_numpy(noise(2, channels, 70_000)), rate=rate)
    song.save(tmp_path / "wav")
    song.save(tmp_path / "flac", format="flac")
    assert torch.equal(Song.load(tmp_path / "wav").audio, song.audio)
    assert (Song.load(tmp_path / "flac").audio - song.audio).abs().max() < 2**-22
    assert sorted(os.listdir(tmp_path / "wav")) == ["kick.wav", "vox.wav"]
    assert sorted(os.listdir(tmp_path / "flac")) == ["kick.flac", "vox.flac"]


def test_roles_are_written_where_names_do_not_tell_them(tmp_path):
    make(names=("kick", "thing"), roles=(Role.DRUMS, Role.BASS)).save(tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == ["kick.wav", "roles.yaml", "thing.wav"]
    make(names=("kick", "mix")).save(tmp_path / "mix")
    assert Song.load(tmp_path / "mix").names == ("kick", "mix")


@pytest.mark.parametrize(
    "names",
    [
        ("../../kick", "/etc/passwd"),
        ("a/b", "a\\b"),
        (".hidden", "..", "."),
        ("x" * 300, "x" * 301),
        ("🥁" * 99, "🥁" * 98),
        ("Kick", "kick"),
        ("a\0b", "a\nb"),
        ("kick.wav", "kick"),
    ],
)
def test_no_name_leads_outside_or_is_lost(tmp_path, names):
    song = make(names=names)
    song.save(tmp_path / "out")
    assert os.listdir(tmp_path) == ["out"]
    assert all(entry.is_file() for entry in (tmp_path / "out").iterdir())
    loaded = Song.load(tmp_path / "out")
    assert len(loaded.names) == len(names)
    assert {stem.numpy().tobytes() for stem in loaded.audio} == {stem.numpy().tobytes() for stem in song.audio}


def test_a_folder_that_exists_is_replaced_only_with_force(tmp_path):
    make().save(tmp_path / "out")
    with pytest.raises(InputError, match=r"exists"):
        make(names=("bass", "gtr")).save(tmp_path / "out")
    assert Song.load(tmp_path / "out").names == ("kick", "vox")
    make(names=("bass", "gtr")).save(tmp_path / "out", force=True)
    assert Song.load(tmp_path / "out").names == ("bass", "gtr")


def test_the_song_that_was_read_is_never_replaced(tmp_path, folder):
    song = Song.load(folder).with_gains_db(torch.zeros(4))
    for out in (folder, tmp_path):
        with pytest.raises(InputError, match=r"holds the song that was read"):
            song.save(out, force=True)
    song.save(folder / "out")
    assert Song.load(folder).names == STEMS


@pytest.mark.parametrize("format", ["mp3", "flac"])
def test_nothing_is_left_of_what_cannot_be_saved(tmp_path, format):
    with pytest.raises(InputError, match=r"output format|clipped"):
        make(2 * torch.ones(2, 2, 5)).save(tmp_path / "new" / "out", format)
    assert os.listdir(tmp_path) == []
