"""A real song with a flaw: the right stem is named, applied it is nearer to what it was, and the mix is the sum."""

import pytest
import torch

from console import Console, Song
from console.audio.io import write_audio
from console.errors import InputError
from console.stream.loudness import integrated_lufs
from console.stream.peak import true_peak_dbtp
from studio.session import Session
from studio.trial.spoil import spoil

ASKED_DB = {"bass": 3.0, "other": -2.0}  # of the reference


@pytest.fixture(scope="module")
def console() -> Console:
    return Console.from_pretrained()


@pytest.fixture(scope="module")
def song(falcon_path) -> Song:
    return Song.load(falcon_path)


@pytest.mark.parametrize(
    ("stem", "flaw_db", "anchor"),
    [("vocals", 10.0, None), ("vocals", 10.0, "drums"), ("vocals", -10.0, "drums"), ("bass", 9.0, "drums")],
)
def test_the_flaw_is_named_applied_and_less_of_it_is_left(console, song, stem, flaw_db, anchor):
    spoilt = spoil(song, stem, flaw_db)
    session = Session(spoilt.song, console)
    session.do("anchor", {"stem": anchor})
    assert session.do("analyse").data["moving"] == [stem]
    assert f"the {stem}" in session.headline.casefold()
    before = session.do("measure")
    after = session.do("apply")
    assert abs(before.data["left_db"][stem]) > 3
    assert max(map(abs, after.data["left_db"].values())) < 1
    at = song.index(stem)
    gain_db = session.state.gains_db[at]
    assert abs(gain_db + flaw_db) < 0.6 * abs(flaw_db)  # nearer to what it was
    assert sum(map(bool, session.state.gains_db)) == 1
    factors = torch.tensor([10 ** (db / 20) for db in session.state.gains_db])
    mix = (spoilt.song.audio * factors[:, None, None]).sum(0)
    assert torch.allclose(session.song.mix(session.state.gains_db), mix, atol=1e-5)
    levels = session.table["mix"]
    assert levels["loudness_lufs"] == pytest.approx(integrated_lufs(mix, song.sample_rate), abs=0.01)
    assert levels["true_peak_dbtp"] == pytest.approx(true_peak_dbtp(mix, song.sample_rate), abs=0.01)
    assert levels["true_peak_dbtp"] > 0
    assert "it clips unless it is kept as 32-bit float" in after.said
    row = session.table["stems"][at]
    assert row["low_db"] <= row["suggested_db"] <= row["high_db"]
    assert row["fader_db"] == row["suggested_db"]
    assert row["reasons"]


def test_the_song_as_it_is_is_left(console, song):
    session = Session(song, console)
    assert session.do("apply").changes == ()
    assert session.do("measure").said.endswith("I would move nothing.")


@pytest.fixture(scope="module")
def reference(song, tmp_path_factory):
    """A mix of the song at other levels."""
    path = tmp_path_factory.mktemp("reference") / "rough.wav"
    write_audio(path, song.mix([ASKED_DB.get(name, 0.0) for name in song.names]), song.sample_rate)
    return path


def test_matched_to_a_mix_of_itself_the_faders_go_to_its_balance_and_back(console, song, reference):
    session = Session(spoil(song, "vocals", 10.0).song, console)
    aim_db = {"drums": 0.0, "bass": 3.0, "other": -2.0, "vocals": -10.0}
    heard = session.do("analyse").said
    outcome = session.match(reference)
    assert outcome.said == "The aim is now the balance of “rough.wav”."
    assert {row["name"]: row["suggested_db"] for row in session.table["stems"]} == pytest.approx(aim_db, abs=0.05)
    assert "rough.wav" in session.headline
    assert session.table["reference"] == "rough.wav"
    assert str(reference.parent) not in str(session.table)
    applied = session.do("apply")
    assert applied.said.endswith("The balance is that of “rough.wav”.")
    assert max(map(abs, applied.data["left_db"].values())) < 0.05
    session.do("nudge", {"stem": "drums", "by_db": 2})
    measured = session.do("measure")
    assert measured.data["left_db"]["drums"] == pytest.approx(-2, abs=0.05)
    assert measured.said.endswith("For the balance of “rough.wav”, turn “drums” down 2.0 dB.")
    session.do("strength", {"percent": 50})
    session.do("apply")
    half_db = {name: db / 2 for name, db in aim_db.items()} | {"drums": 2.0}  # which the match leaves, and a hand put
    assert dict(zip(song.names, session.state.gains_db, strict=True)) == pytest.approx(half_db, abs=0.05)
    while session.table["reference"]:
        session.do("undo")
    assert session.do("analyse").said == heard
    session.do("redo")
    assert session.table["reference"] == "rough.wav"
    assert session.do("explain").said.startswith("To bring the balance to that of “rough.wav”:")
    assert session.do("unmatch").said == "The aim is no reference any more: what is heard is suggested."
    assert session.do("analyse").said == heard
    assert session.do("unmatch").said == "No reference is matched."


def test_matched_round_a_locked_stem_that_stands_elsewhere_the_others_come_to_their_balance(console, song, reference):
    session = Session(song, console)
    session.do("set", {"stem": "drums", "gain_db": 4})
    session.do("anchor", {"stem": "drums"})
    session.match(reference)
    session.do("apply")
    gains_db = dict(zip(song.names, session.state.gains_db, strict=True))
    assert gains_db == pytest.approx({"drums": 4.0, "bass": 7.0, "other": 2.0, "vocals": 4.0}, abs=0.05)


def test_another_song_or_no_sound_is_refused_and_nothing_has_changed(console, song, tmp_path):
    session = Session(song, console)
    noise = 0.1 * torch.randn(2, 6 * 44_100, generator=torch.Generator().manual_seed(0))
    write_audio(tmp_path / "noise.wav", noise, 44_100)
    (tmp_path / "text.wav").write_text("no sound")
    for name in ("noise.wav", "text.wav", "nowhere.wav"):
        with pytest.raises(InputError):
            session.match(tmp_path / name)
    assert not session.steps
    assert session.table["reference"] is None


def test_a_session_that_was_saved_with_a_reference_finds_it_again(console, song, reference, falcon_path):
    session = Session.open(falcon_path, console=console)
    session.match(reference)
    session.do("apply")
    again = Session.from_json(session.to_json(), song, console)
    assert again.do("measure").said == session.do("measure").said
