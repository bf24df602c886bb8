"""Which files are the stems of a song, wherever they lie; the others are named."""

import json
import zipfile

import pytest
from stem_files import RATE, noise, write

from console.errors import InputError
from console.read import layout
from console.read.account import remarks, summary
from console.read.roles import Role
from console.read.song import Song

PLAIN = ("bass", "other", "vocals")


def put(folder, *files: str):
    for file in files:
        write(folder / f"{file}.wav", noise(1000, 2, seed=hash(file) % 2**32))
    return folder


def used(song: Song) -> dict[str, str | None]:
    return {use.file: use.used_as for use in song.account}


def left_out(song: Song) -> set[str]:
    return {use.file for use in song.account if use.left_out_because}


def test_stems_in_subfolders_are_stems(tmp_path):
    song = Song.load(put(tmp_path, *PLAIN, "Drums/Kick", "Drums/close/Snare"))
    assert song.names == ("bass", "Kick", "other", "Snare", "vocals")
    assert [role for role, name in zip(song.roles, song.names, strict=True) if name in ("Kick", "Snare")] == [
        Role.DRUMS
    ] * 2
    assert used(song)["Drums/close/Snare.wav"] == "Snare"
    assert left_out(song) == set()


def test_a_folder_tells_the_role_where_the_name_does_not(tmp_path):
    song = Song.load(put(tmp_path, "Drums/01", "Drums/02", "Guitars/Room", "Vox/Take A", "bass"))
    roles = dict(zip(song.names, song.roles, strict=True))
    assert roles == {
        "bass": Role.BASS,
        "Drums 01": Role.DRUMS,
        "Drums 02": Role.DRUMS,
        "Room": Role.OTHER,
        "Take A": Role.VOCALS,
    }


def test_one_name_in_two_folders_is_two_stems(tmp_path):
    song = Song.load(put(tmp_path, "Drums/Room", "Guitars/Room", "bass"))
    assert song.names == ("bass", "Drums Room", "Guitars Room")
    assert song.roles == (Role.BASS, Role.DRUMS, Role.OTHER)


@pytest.mark.parametrize("place", ["master", "Mixdown", "mixes/2024"])
def test_a_folder_of_mixes_is_left_out(tmp_path, place):
    song = Song.load(put(tmp_path, *(f"stems/{name}" for name in PLAIN), f"{place}/final"))
    assert song.names == PLAIN
    assert left_out(song) == {f"{place}/final.wav"}


def test_a_zip_with_stems_and_master_inside(tmp_path):
    put(tmp_path / "song", *(f"stems/{name}" for name in PLAIN), "master/Song final")
    with zipfile.ZipFile(tmp_path / "song.zip", "w") as packed:
        for file in sorted((tmp_path / "song").rglob("*.wav")):
            packed.write(file, f"My Song/{file.relative_to(tmp_path / 'song')}")
    song = Song.load(tmp_path / "song.zip")
    assert (song.names, song.title) == (PLAIN, "song")
    assert left_out(song) == {"master/Song final.wav"}


def test_other_versions_of_the_stems_are_left_out(tmp_path):
    put(tmp_path, *PLAIN, "old/bass", "old/vocals", "native/kick", "corrected/mix", "corrected/stems/bass")
    (tmp_path / "corrected" / "advice.json").write_text("{}")
    song = Song.load(tmp_path)
    assert song.names == PLAIN
    heard = {file for file in left_out(song) if file.endswith(".wav")}
    assert heard == {
        "old/bass.wav",
        "old/vocals.wav",
        "native/kick.wav",
        "corrected/mix.wav",
        "corrected/stems/bass.wav",
    }


def test_several_songs_are_not_taken_for_one(tmp_path):
    put(tmp_path, "One/bass", "One/vocals", "Two/bass", "Two/vocals")
    with pytest.raises(InputError, match=r"several folders of sounds \(One, Two\): give the one"):
        Song.load(tmp_path)
    put(tmp_path / "b", "Song A/gtr", "Song A/singer", "Song B/piano", "Song B/violin")
    with pytest.raises(InputError, match=r"several folders of sounds \(Song A, Song B\)"):
        Song.load(tmp_path / "b")


def test_songs_whose_names_speak_of_an_instrument_are_still_several(tmp_path):
    put(tmp_path, "Bass Song/bass", "Bass Song/vocals", "Drum Song/bass", "Drum Song/vocals")
    with pytest.raises(InputError, match=r"several folders of sounds \(Bass Song, Drum Song\)"):
        Song.load(tmp_path)


def test_what_holds_no_sound_is_named_and_listings_are_used(tmp_path):
    put(tmp_path, "a", "b")
    (tmp_path / "notes.txt").write_text("louder!")
    (tmp_path / "cover.png").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "roles.yaml").write_text("a: bass\nb: vocals\n")
    song = Song.load(tmp_path)
    assert used(song) == {"a.wav": "a", "b.wav": "b", "notes.txt": None, "cover.png": None, "roles.yaml": "roles"}
    assert summary(2, song.account) == "2 stems; left out: cover.png, notes.txt."
    assert remarks(song.account) == []


def test_medleydb_is_read_by_its_metadata(tmp_path):
    song = tmp_path / "Band_Song"
    put(
        song,
        "Band_Song_STEMS/Band_Song_STEM_01",
        "Band_Song_STEMS/Band_Song_STEM_02",
        "Band_Song_STEMS/Band_Song_STEM_03",
    )
    put(song, "Band_Song_RAW/Band_Song_RAW_01_01", "Band_Song_MIX")
    stems = "".join(
        f"  S0{i}: {{component: '', filename: Band_Song_STEM_0{i}.wav, instrument: {instrument}, raw: {{}}}}\n"
        for i, instrument in enumerate(("male singer", "electric bass", "male singer"), 1)
    )
    (song / "Band_Song_METADATA.yaml").write_text(f"title: Song\nstem_dir: Band_Song_STEMS\nstems:\n{stems}")
    read = Song.load(song)
    assert read.names == ("electric bass", "male singer", "male singer 2")
    assert read.roles == (Role.BASS, Role.VOCALS, Role.VOCALS)
    assert read.title == "Song"
    assert read.links == ()  # a dataset's word for an instrument is no microphone or take
    assert left_out(read) == {"Band_Song_RAW/Band_Song_RAW_01_01.wav", "Band_Song_MIX.wav"}
    assert used(read)["Band_Song_METADATA.yaml"] == "names and roles"


def test_moisesdb_is_read_by_its_listing_and_by_its_folders(tmp_path):
    put(tmp_path, "bass/7f3a", "vocals/0d1c", "vocals/9e2b")
    tracks = {"bass": [("7f3a", "Bass Guitar")], "vocals": [("0d1c", "lead male singer"), ("9e2b", "backing vocals")]}
    listing = {
        "song": "Tune",
        "stems": [
            {"stemName": stem, "tracks": [{"id": file, "trackType": what, "extension": "wav"} for file, what in rows]}
            for stem, rows in tracks.items()
        ],
    }
    (tmp_path / "data.json").write_text(json.dumps(listing))
    song = Song.load(tmp_path)
    assert song.names == ("backing vocals", "Bass Guitar", "lead male singer")
    assert song.roles == (Role.VOCALS, Role.BASS, Role.VOCALS)
    assert song.title == "Tune"
    (tmp_path / "data.json").unlink()
    assert sorted(Song.load(tmp_path).roles) == [Role.BASS, Role.VOCALS, Role.VOCALS]


def test_far_more_files_than_a_song_has_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "MOST_FILES", 20)
    for i in range(25):
        (tmp_path / f"{i}.txt").write_text("")
    with pytest.raises(InputError, match=r"more than 20 files"):
        Song.load(put(tmp_path, *PLAIN))


def test_nothing_lies_too_deep_to_be_named(tmp_path):
    put(tmp_path, *PLAIN, "a/b/c/d/e/f/kick")
    assert "kick" in Song.load(tmp_path).names
    put(tmp_path, "a/b/c/d/e/f/g/snare")
    with pytest.raises(InputError, match=r"holds folders more than 6 deep"):
        Song.load(tmp_path)


def test_folders_that_go_round_end(tmp_path):
    put(tmp_path, *PLAIN)
    (tmp_path / "again").symlink_to(tmp_path)
    assert Song.load(tmp_path).names == PLAIN


def test_the_rate_of_a_stem_in_a_folder_counts(tmp_path):
    put(tmp_path, *PLAIN)
    write(tmp_path / "Drums" / "Kick.wav", noise(2000, 1, seed=9), 2 * RATE)
    song = Song.load(tmp_path)
    assert (song.sample_rate, song.audio.shape[-1]) == (2 * RATE, 2000)
