"""A real song with a flaw, from the upload to the download, by HTTP alone."""

import pytest
import torch
from pages import sound, stems, wav

from console import Song
from studio.trial.spoil import spoil

FLAW_DB = 10.0


@pytest.fixture(scope="module")
def real_song(falcon_path):
    return Song.load(falcon_path)


@pytest.fixture(scope="module")
def spoilt(real_song, tmp_path_factory):
    """As it is read from a folder, its stems sorted by name."""
    folder = tmp_path_factory.mktemp("spoilt")
    spoil(real_song, "vocals", FLAW_DB).song.save(folder, force=True)
    return Song.load(folder)


@pytest.fixture(scope="module")
def opened(studio, spoilt):
    return studio.opened(stems(spoilt))


@pytest.fixture
def id(studio, opened):
    """The session, with its faders where they were."""
    yield opened
    while studio.session(opened)["table"]["at"]:
        studio.do(opened, "undo")
    studio.rested(opened)


def test_the_stem_that_is_wrong_is_named_with_its_reason(studio, id):
    said = studio.session(id)
    table = said["table"]
    assert said["title"] == table["song"]["title"] == "my song"
    assert [stem["name"] for stem in table["stems"]] == ["bass", "drums", "other", "vocals"]
    assert table["advice"]["moving"] == ["vocals"]
    assert "vocals" in table["advice"]["headline"]
    (vocals,) = [stem for stem in table["stems"] if stem["name"] == "vocals"]
    assert vocals["suggested_db"] < -3
    assert vocals["reasons"]
    assert "vocals" in said["text"]["text"]
    assert said["text"]["style"] == "full"
    assert table["mix"] == table["mix_as_opened"] != None  # noqa: E711
    assert said["unjudged"] is None


def test_what_is_applied_is_what_is_downloaded(studio, id, spoilt):
    assert torch.equal(studio.mix(id), spoilt.mix())
    done = studio.do(id, "apply")
    gains_db = [stem["fader_db"] for stem in done["table"]["stems"]]
    assert gains_db == [0.0, 0.0, 0.0, done["table"]["stems"][3]["suggested_db"]]
    assert done["outcome"]["changes"] == [{"stem": "vocals", "what": "gain_db", "before": 0.0, "after": gains_db[3]}]
    assert torch.equal(studio.mix(id), spoilt.mix(gains_db))
    studio.do(id, "undo")
    assert torch.equal(studio.mix(id), spoilt.mix())


def test_what_the_browser_plays_is_the_mix(studio, id, spoilt):
    preview = studio.get(f"/api/sessions/{id}/preview").json()
    assert preview["whole"]
    assert preview["said"] == ""
    assert preview["seconds"] == spoilt.duration_s
    gains_db = (-3.0, 1.5, 0.0, -8.2)
    total = 0.0
    for at, gain_db in enumerate(gains_db):
        answer = studio.get(f"/api/sessions/{id}/audio/{at}?start_s=0")
        assert answer.headers["content-type"] == "audio/wav"
        stem, rate_hz = sound(answer.content)
        assert torch.equal(stem, spoilt.audio[at])
        total = total + stem * 10 ** (gain_db / 20)
    assert rate_hz == preview["sample_rate"] == spoilt.sample_rate
    assert torch.allclose(total, spoilt.mix(gains_db), atol=1e-5)


def test_every_download_is_there(studio, id):
    downloads = "mix.flac stems.zip advice.json advice.csv advice.md faders.png reaper.zip project.dawproject".split()
    for stem in ("bass", "drums", "other", "vocals"):
        studio.do(id, "set", stem=stem, gain_db=-20)  # FLAC holds nothing over full scale
    for what in downloads:
        answer = studio.get(f"/api/sessions/{id}/export/{what}")
        assert answer.status_code == 200, (what, answer.text)
        assert len(answer.content) > 100
        assert f"my%20song%20{what}" in answer.headers["content-disposition"]
    assert sound(studio.get(f"/api/sessions/{id}/export/mix.flac").content)[0].abs().max() < 1
    assert studio.get(f"/api/sessions/{id}/export/passwd").status_code == 404


def test_anchor_role_and_strength_are_listened_to_again(studio, id):
    done = studio.do(id, "anchor", stem="drums")
    assert done["table"]["advice"] is None
    assert done["job"]["operation"] == "analyse"
    said = studio.rested(id)
    assert said["table"]["anchor"] == "drums"
    assert said["table"]["stems"][1]["action"] == "anchor"
    assert said["text"] is not None
    full_db = said["table"]["stems"][3]["suggested_db"]
    studio.do(id, "strength", percent=50)
    half = studio.rested(id)["table"]["stems"][3]["suggested_db"]
    assert half == pytest.approx(full_db / 2, abs=0.06)
    done = studio.do(id, "undo")  # which was heard already
    assert done["table"]["stems"][3]["suggested_db"] == full_db
    assert done["job"] is None


def test_words_and_answers(studio, id):
    short = studio.do(id, "explain", style="short")["outcome"]["said"]
    assert studio.session(id)["text"] | {"source": None} == {"style": "short", "text": short, "source": None}
    assert len(short) < len(studio.do(id, "explain", style="full")["outcome"]["said"])
    assert "vocals" in studio.do(id, "ask", question="why the vocals?")["outcome"]["said"]
    assert "as it was opened" in studio.do(id, "compare")["outcome"]["said"]
    refused = studio.asked(id, "ask", question=" ")
    assert refused.status_code == 422


def test_pictures(studio, id, spoilt):
    peaks = studio.get(f"/api/sessions/{id}/peaks").json()
    assert len(peaks["stems"]) == 4
    assert peaks["peak"] == pytest.approx(spoilt.peaks.tolist())
    for row, stem in zip(peaks["stems"], spoilt.audio, strict=True):
        assert len(row) == 2 * peaks["points"]
        lowest, highest = min(row[::2]), max(row[1::2])
        top = stem.abs().max()
        assert lowest == pytest.approx(127 * float(stem.min() / top), abs=0.51)
        assert highest == pytest.approx(127 * float(stem.max() / top), abs=0.51)
    views = studio.get(f"/api/sessions/{id}/views").json()
    assert len(views["levels_lufs"]) == len(views["spectrum_db"]) == 4


def test_a_reference_is_matched_and_left_again(studio, id, real_song, spoilt):
    one = f"/api/sessions/{id}/reference"
    mix = wav(real_song.mix(), real_song.sample_rate)
    done = studio.post(one, files=[("file", ("../rough mix.wav", mix))])
    assert done.status_code == 200, done.text
    assert done.json()["table"]["reference"] == "rough mix.wav"
    assert "“rough mix.wav”" in done.json()["outcome"]["said"]
    said = studio.rested(id)
    assert said["table"]["stems"][3]["suggested_db"] == pytest.approx(-FLAW_DB, abs=0.05)
    assert studio.delete(one).json()["table"]["reference"] is None
    other = torch.randn(2, 44_100 * 6, generator=torch.Generator().manual_seed(1)) * 0.1
    refused = studio.post(one, files=[("file", ("noise.wav", wav(other, 44_100)))])
    assert refused.status_code == 422
    assert "noise.wav" in refused.json()["error"]
    assert studio.post(one, files=[("file", ("a.wav", mix)), ("file", ("b.wav", mix))]).status_code == 422
    long = wav(torch.zeros(1, 8_000 * 1201), 8_000, "PCM_U8")
    assert "lasts 20.0 minutes" in studio.post(one, files=[("file", ("long.wav", long))]).json()["error"]


def test_songs_held_up_and_genres_tell_what_is_usual(studio, id, real_song):
    genre = studio.do(id, "usual", genre="metal")
    assert genre["table"]["usual"] == {"genre": "metal", "file": None, "like": []}
    assert "in metal" in studio.rested(id)["table"]["advice"]["usual"]
    done = studio.post(
        f"/api/sessions/{id}/like", files=[("file", (n, d)) for n, d in stems(real_song, "love/").items()]
    )
    assert done.status_code == 200, done.text
    assert done.json()["table"]["usual"] == {"genre": "metal", "file": None, "like": ["love"]}
    said = studio.rested(id)
    assert "another version of this song" in said["table"]["advice"]["usual"]
    assert said["table"]["stems"][3]["suggested_db"] == pytest.approx(-FLAW_DB, abs=1.0)
    refused = studio.post(f"/api/sessions/{id}/like", files=[("file", ("one.wav", b"RIFF"))])
    assert refused.status_code == 422
    assert studio.session(id)["table"]["usual"]["like"] == ["love"]
    assert studio.do(id, "usual")["table"]["usual"]["like"] == []
