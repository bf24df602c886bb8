"""What is taken from a session: always the mix as its faders stand, and the advice as it was given."""

import json
import zipfile

import pytest
import soundfile
import torch
from exported import NASTY, dawproject_tracks, nasty_song, off_db, reaper_tracks, summed
from matplotlib.image import imread
from songs import noise_song

from console import Console, Song
from console.errors import InputError
from console.read.roles import Role
from explainer.advice.advice import Advice
from explainer.advice.json import load
from studio.export.downloads import DOWNLOADS, write
from studio.export.found import desk_of
from studio.session import Session
from studio.usual import told

GAIN_DB = -30.0  # so that nothing clips
ALL = (
    "mix.wav",
    "mix.flac",
    "stems.zip",
    "advice.json",
    "advice.csv",
    "advice.md",
    "faders.png",
    "reaper.zip",
    "project.dawproject",
)


@pytest.fixture(scope="module")
def worked():
    """A session that somebody listened to and moved two faders of."""
    song = noise_song(seconds=4, title="my song")
    session = Session(song.with_gains_db([GAIN_DB] * 4))
    session.analyse()
    session.set(song.names[0], -3.0)
    session.set(song.names[1], 7.5)
    return session


@pytest.fixture(scope="module")
def taken(worked, tmp_path_factory):
    """Everything that can be taken from it, in a folder."""
    folder = tmp_path_factory.mktemp("downloads")
    for what in DOWNLOADS:
        write(worked, what, folder / what)
    return folder


def test_all_that_the_page_offers_is_written_and_nothing_else(taken):
    assert tuple(DOWNLOADS) == ALL
    assert sorted(path.name for path in taken.iterdir()) == sorted(ALL)


@pytest.mark.parametrize(("what", "same_db"), [("mix.wav", -300), ("mix.flac", -90)])
def test_the_mix_is_that_of_the_faders(what, same_db, worked, taken):
    sound, rate = soundfile.read(taken / what, always_2d=True)
    mix = worked.song.mix(worked.state.gains_db)
    assert rate == 44_100
    assert off_db(sound.T, mix) < same_db
    assert off_db(worked.song.mix().double().numpy(), mix) > -20  # which is not the plain sum


def test_the_stems_sum_to_it_and_are_read_again(worked, taken):
    song = Song.load(taken / "stems.zip")
    gained = worked.song.with_gains_db(worked.state.gains_db)
    assert sorted(song.names) == sorted(gained.names)
    for name, role, audio in zip(gained.names, gained.roles, gained.audio, strict=True):
        assert song.roles[song.index(name)] is role
        assert torch.equal(song.audio[song.index(name)], audio)
    with zipfile.ZipFile(taken / "stems.zip") as archive:
        assert {entry.filename.split("/")[0] for entry in archive.infolist()} == {"my song"}
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_projects_sum_to_it(worked, taken):
    mix = worked.song.mix(worked.state.gains_db)
    with zipfile.ZipFile(taken / "project.dawproject") as archive:
        assert off_db(summed(dawproject_tracks(archive), archive.read), mix) < -120
    with zipfile.ZipFile(taken / "reaper.zip") as archive:
        tracks = reaper_tracks(archive.read("my song/my song.rpp").decode())
        assert off_db(summed(tracks, lambda file: archive.read(f"my song/{file}")), mix) < -120


def test_the_advice_stays_what_was_advised_and_tells_the_faders(worked, taken):
    known = Advice.from_json((taken / "advice.json").read_text("utf-8"))
    assert [stem.move for stem in known.stems] == [stem.move for stem in worked.advice.stems]
    assert known.mix == worked.advice.mix
    assert known.text
    assert known.faders.gains_db == known.gains_db == (-3.0, 7.5, 0.0, 0.0)
    assert known.faders.loudness_lufs == worked.heard.levels(worked.state.gains_db).loudness_lufs


def test_held_up_it_is_the_balance_of_the_faders(worked, taken):
    (held_up,) = told(like=[taken / "advice.json"]).held_up
    level_db = worked.advice.balance
    moved = {role: held_up.level_db[role] - level_db[role] for role in (Role.VOCALS, Role.DRUMS)}
    suggested = {stem.role: stem.move.gain_db for stem in worked.advice.stems}
    expected = {Role.VOCALS: -3.0 - suggested[Role.VOCALS], Role.DRUMS: 7.5 - suggested[Role.DRUMS]}
    assert moved == pytest.approx(expected, abs=0.02)


def test_faders_that_stand_as_advised_are_not_told_apart(tmp_path):
    song = noise_song(seconds=4)
    session = Session(song)
    session.apply()
    write(session, "advice.json", tmp_path / "a.json")
    assert "faders" not in json.loads((tmp_path / "a.json").read_text("utf-8"))


def test_the_picture_shows_the_faders_where_they_stand(worked, taken, tmp_path):
    shown = imread(taken / "faders.png")
    worked.undo()
    write(worked, "faders.png", tmp_path / "other.png")
    worked.redo()
    other = imread(tmp_path / "other.png")
    assert shown.shape == other.shape
    assert (shown != other).any()


def test_a_mix_is_taken_without_listening(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("nobody was asked to listen")

    monkeypatch.setattr(Console, "listen", refuse)
    song = noise_song(seconds=1)
    session = Session(song)
    session.set(song.names[2], -6.0)
    for what in ("mix.wav", "stems.zip", "reaper.zip", "project.dawproject"):
        write(session, what, tmp_path / what)
    assert off_db(soundfile.read(tmp_path / "mix.wav")[0].T, song.mix((0.0, 0.0, -6.0, 0.0))) < -300


def test_what_flac_cannot_hold_is_refused(tmp_path):
    song = noise_song(seconds=1)
    with pytest.raises(InputError, match="FLAC cannot hold"):
        write(Session(song.with_gains_db([30.0] * 4)), "mix.flac", tmp_path / "a.flac")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["", "../mix.wav", "mix.mp3", "advice"])
def test_nothing_else_is_written(what, worked, tmp_path):
    with pytest.raises(InputError, match=r"there are mix\.wav, mix\.flac"):
        write(worked, what, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays_where_writing_fails(worked, tmp_path, monkeypatch):
    (tmp_path / "stems.zip").write_text("of before")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studio.export.places.wav_pieces", full)
    with pytest.raises(InputError, match="No space left"):
        write(worked, "stems.zip", tmp_path / "stems.zip")
    assert (tmp_path / "stems.zip").read_text() == "of before"
    assert len(list(tmp_path.iterdir())) == 1


def test_names_of_any_kind(tmp_path):
    song = nasty_song(seconds=4.0)
    session = Session(song, console=None)
    session.set(NASTY[2], -6.0)
    for what in ("stems.zip", "advice.csv", "advice.md", "reaper.zip", "project.dawproject"):
        write(session, what, tmp_path / what)
    back = Song.load(tmp_path / "stems.zip")
    assert torch.allclose(back.mix(), song.mix(session.state.gains_db), atol=1e-6)
    assert sorted(back.roles) == sorted(song.roles)
    with zipfile.ZipFile(tmp_path / "reaper.zip") as archive:
        assert len({name.split("/")[0] for name in archive.namelist()}) == 1
        assert all(".." not in name.split("/") for name in archive.namelist())


def test_its_advice_is_on_the_stems_as_they_lie_on_disk(tmp_path):
    """Whatever stands on the faders while it listens: so the stems are known again."""
    noise_song(seconds=4).save(tmp_path / "song")
    session = Session.open(tmp_path / "song")
    first, second, *_ = session.song.names
    session.set(first, -4.0)
    session.lock([first])
    session.anchor(second)
    session.apply()
    write(session, "advice.json", tmp_path / "advice.json")
    known = load(tmp_path / "advice.json")
    assert known.gains_db == session.state.gains_db
    assert known.gains_db[0] == -4
    desk = desk_of(known, tmp_path / "advice.json", tmp_path / "song")
    assert torch.equal(desk.mix, session.song.mix(session.state.gains_db))
    assert known.mix.loudness_lufs_before == pytest.approx(session.heard.levels((0.0,) * 4).loudness_lufs, abs=0.01)
