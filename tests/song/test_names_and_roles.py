"""What a song's stems are called, what they play, and what is no stem."""

import unicodedata

import pytest
from stem_files import STEMS, write

from console.errors import InputError
from console.read.roles import Role
from console.read.song import Song


@pytest.mark.parametrize(
    "name", ["Göteborg – 日本語", "  two  spaces ", "x" * 240, "kick.in (2)", 'O\'Neil "live" #1 %', "🥁"]
)
def test_names_stay_as_they_are(tmp_path, name):
    write(tmp_path / f"{name}.wav")
    write(tmp_path / "Bässe.wav")
    song = Song.load(tmp_path)
    assert name in song.names
    assert song.files[song.index(name)] == f"{name}.wav"


def test_names_are_composed(tmp_path):
    write(tmp_path / (unicodedata.normalize("NFD", "Bässe") + ".wav"))
    write(tmp_path / "vox.wav")
    song = Song.load(tmp_path, roles={unicodedata.normalize("NFD", "Bässe"): "other"})
    assert song.names == ("Bässe", "vox")
    assert song.files == ("Bässe.wav", "vox.wav")
    assert song.roles == (Role.OTHER, Role.VOCALS)


@pytest.mark.parametrize(
    "extra", ["mixture.wav", "Song - Mix.flac", "master.wav", "2mix.wav", "notes.txt", ".DS_Store"]
)
def test_mixtures_and_other_files_are_no_stems(folder, extra):
    (folder / extra).write_bytes(b"whatever")
    (folder / "._drums.wav").write_bytes(b"left by a Mac")
    assert Song.load(folder).names == STEMS


def test_roles_are_given_in_a_file_and_by_the_caller(tmp_path):
    for name in ("01", "pad", "no", "Mystery", "kick"):
        write(tmp_path / f"{name}.wav")
    (tmp_path / "roles.yaml").write_text("01: lead vocals\nno: Bass\nMystery: drums\n")
    song = Song.load(tmp_path, roles={"Mystery": "snare", "kick": "other", "no": "vox"})
    assert dict(zip(song.names, song.roles, strict=True)) == {
        "01": Role.VOCALS,
        "pad": Role.OTHER,
        "no": Role.VOCALS,
        "Mystery": Role.DRUMS,
        "kick": Role.OTHER,
    }


def test_what_is_given_a_role_is_a_stem_whatever_its_name(tmp_path):
    for name in ("Master", "Mix", "vox"):
        write(tmp_path / f"{name}.wav")
    (tmp_path / "roles.yaml").write_text("Master: bass")
    assert Song.load(tmp_path).names == ("Master", "vox")
    assert Song.load(tmp_path, roles={"Mix": "drums"}).names == ("Master", "Mix", "vox")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}"])
def test_an_empty_roles_file_says_nothing(folder, text):
    (folder / "roles.yaml").write_text(text)
    assert Song.load(folder).roles == (Role.BASS, Role.DRUMS, Role.OTHER, Role.VOCALS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kick: drums", 'no stem "kick".*bass, drums, other, vocals'),
        ("bass: banana", r'no role "banana" for "bass" \(roles.yaml\): choose vocals, drums, bass, other'),
        ("- bass", '"roles.yaml" needs one line'),
        ("bass: [drums]", '"roles.yaml" needs one line'),
        ("bass:", 'no role ""'),
        ("just words", '"roles.yaml" needs one line'),
        ("bass: {a: [", '"roles.yaml" cannot be read as YAML'),
        ("? [a, b]\n: bass", '"roles.yaml" (cannot|needs)'),
        ("\x00", '"roles.yaml" cannot be read as YAML'),
    ],
)
def test_a_bad_roles_file_is_refused(folder, text, message):
    (folder / "roles.yaml").write_text(text)
    with pytest.raises(InputError, match=message):
        Song.load(folder)


def test_a_bad_role_from_the_caller_is_refused(folder, falcon_path):
    for song in (folder, falcon_path):
        with pytest.raises(InputError, match=r'no stem "kick".*drums.*vocals'):
            Song.load(song, roles={"kick": "drums"})
        with pytest.raises(InputError, match=r'no role "loud"'):
            Song.load(song, roles={"bass": "loud"})
