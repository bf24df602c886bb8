"""`mixconsole learn`, and the options that tell what is usual."""

import shutil

import pytest
from commands import advice_in, correct, invoke, refused

from console import Song
from console.balance.usual import Usual
from console.read.roles import Role
from console.read.several import songs_in


@pytest.fixture
def album(folder):
    """Three songs in a folder of songs."""
    album = folder.with_name("album")
    for at, name in enumerate(("one", "two", "ten")):
        Song.load(folder).with_gains_db([0.0, 0.0, 0.0, 3.0 + at]).save(album / name)
    return album


def test_an_album_is_learnt_and_judged_by(album, folder, tmp_path, hears):
    hears(drums=-4.0)
    result = invoke("learn", album, "--out", tmp_path / "my.yaml")
    assert result.exit_code == 0, result.output
    header, vocals, *_ = result.stdout.splitlines()
    assert header.split() == ["role", "level", "change", "spread", "songs"]
    assert vocals.split()[0] == "vocals"
    assert vocals.split()[-1] == "3"
    usual = Usual.load(tmp_path / "my.yaml")
    assert usual.source == "what is usual in 3 songs of album"
    said = correct(folder, "--usual", tmp_path / "my.yaml", "--no-explain", "--out", tmp_path / "out").stdout
    assert "Judged against what is usual in 3 songs of album." in said
    assert advice_in(tmp_path / "out").usual == usual


def test_what_cannot_be_read_is_named_and_left_out(album, tmp_path):
    (album / "broken").mkdir()
    (album / "broken" / "vocals.wav").write_text("no sound")
    (album / "notes").mkdir()
    result = invoke("learn", album, "--out", tmp_path / "my.yaml")
    assert result.exit_code == 0, result.output
    left_out = result.stderr.splitlines()
    assert len(left_out) == 2
    assert all(line.startswith("Left out: ") for line in left_out)
    assert "broken" in left_out[0]
    assert "notes" in left_out[1]
    assert "3 songs" in Usual.load(tmp_path / "my.yaml").source


def test_decisions_are_learnt_on_top(album, tmp_path):
    table = tmp_path / "decisions.csv"
    table.write_text("role,gain_db\n" + "vocals,2\n" * 6)
    for arguments in (["--from", table], [album, "--from", table], ["--from", table, "--genre", "metal"]):
        result = invoke("learn", *arguments, "--out", tmp_path / "my.yaml", "--force")
        assert result.exit_code == 0, result.output
        assert "what is usual for you (6 decisions, on top of" in Usual.load(tmp_path / "my.yaml").source
    invoke("learn", album, "--out", tmp_path / "base.yaml")
    invoke("learn", "--from", table, "--usual", tmp_path / "base.yaml", "--out", tmp_path / "new.yaml")
    before, after = Usual.load(tmp_path / "base.yaml"), Usual.load(tmp_path / "new.yaml")
    assert 1.2 < after.mean_db[Role.VOCALS] - before.mean_db[Role.VOCALS] < 2.0
    assert after.mean_db[Role.BASS] == before.mean_db[Role.BASS]


def test_what_nothing_is_learnt_from_is_refused(folder, album, tmp_path):
    out = tmp_path / "my.yaml"
    table = tmp_path / "decisions.csv"
    table.write_text("role,gain_db\nvocals,loud\n")
    assert "nothing to learn from" in invoke("learn", "--out", out).stderr
    refused("learn", folder / "nothing", "--out", out)
    assert "line 2" in refused("learn", album, "--from", table, "--out", out).stderr
    out.write_text("mine")
    assert "--force" in refused("learn", album, "--out", out).stderr
    assert out.read_text() == "mine"


def test_options_that_contradict_are_refused_before_the_work(folder, tmp_path):
    Usual({}, {}, "").save(tmp_path / "empty.yaml")
    refused("correct", folder, "--genre", "polka")
    assert "not both" in refused("correct", folder, "--genre", "metal", "--usual", tmp_path / "x.yaml").stderr
    refused("correct", folder, "--usual", tmp_path / "empty.yaml")
    refused("correct", folder, "--like", tmp_path / "nothing")


def test_songs_are_found_where_people_keep_them(album, folder, tmp_path):
    names = ["one", "ten", "two"]
    assert [song.name for song in songs_in(album)] == names
    assert songs_in(folder) == [folder]
    shutil.make_archive(str(album / "zipped"), "zip", album / "two")
    assert [song.name for song in songs_in(album)] == [*names, "zipped.zip"]
    assert songs_in(album / "zipped.zip") == [album / "zipped.zip"]
    parts = tmp_path / "in parts"
    for part, stems in (("Drums", ("drums",)), ("Band", ("bass", "other")), ("Vox", ("vocals",))):
        (parts / part).mkdir(parents=True)
        for stem in stems:
            shutil.copy(folder / f"{stem}.wav", parts / part)
    shutil.copy(folder / "drums.wav", parts / "Drums" / "overhead.wav")
    assert songs_in(parts) == [parts]


def test_what_was_written_before_is_no_song_to_learn_from(folder, tmp_path, hears):
    hears(drums=-4.0)
    shutil.copytree(folder, tmp_path / "songs" / "a")
    shutil.copytree(folder, tmp_path / "songs" / "b")
    correct(tmp_path / "songs" / "a", "--stems", "--no-explain")
    assert [song.name for song in songs_in(tmp_path / "songs")] == ["a", "b"]
