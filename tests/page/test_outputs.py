"""What is heard and drawn of songs that are too large for a browser, and what is learnt from users."""

import pytest
import torch
import yaml
from pages import Page, everything, noises, served, sound, stems

from console.audio._torchaudio import resampler
from console.balance.decisions import read_decisions
from console.balance.genre import usual_in_all_music
from console.balance.usual import Usual
from studio.page.learnt import Learnt
from studio.page.previews import SAMPLE_BYTES, peaks, planned, write_stem

MB = 1_000_000


@pytest.mark.parametrize(
    ("stems", "minutes", "rate", "channels", "heard"),
    [
        (4, 4, 44_100, 2, (44_100, 2, True)),  # 339 MB
        (4, 4, 48_000, 2, (48_000, 2, True)),  # 369 MB
        (8, 4, 44_100, 2, (24_000, 2, False)),
        (8, 4, 44_100, 1, (44_100, 1, True)),
        (16, 4, 96_000, 2, (24_000, 1, False)),
        (64, 20, 44_100, 2, (24_000, 1, False)),
        (64, 20, 8_000, 1, (8_000, 1, False)),
        (64, 20, 192_000, 2, (24_000, 1, False)),
        (8, 4, 44_101, 2, (44_101, 1, False)),  # which hardly any rate goes into
        (16, 4, 44_101, 2, (44_101, 1, False)),
    ],
)
def test_the_best_that_fits_is_heard(stems, minutes, rate, channels, heard):
    most = 400 * MB
    for start_s in (0.0, 30.7, 1e9):
        preview = planned(stems, 60.0 * minutes, rate, channels, most, start_s)
        assert (preview.sample_rate, preview.channels, preview.whole) == heard
        taken = stems * preview.channels * preview.sample_rate * preview.seconds * SAMPLE_BYTES
        assert taken <= most
        assert (preview.said == "") == preview.whole
        assert 0 <= preview.start_s <= 60 * minutes - preview.seconds
        if preview.seconds < 60 * minutes:
            assert taken > 0.98 * most
            assert preview.start_s == min(float(int(start_s)), int(60 * minutes - preview.seconds))
            assert f"{preview.seconds:g} s of {60 * minutes} s" in preview.said


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000, 192_000])
def test_resampled_in_blocks_it_is_the_same(tmp_path, rate_hz, monkeypatch):
    monkeypatch.setattr("studio.page.previews.BLOCK_S", 0.7)
    audio = torch.randn(2, 3 * rate_hz + 17, generator=torch.Generator().manual_seed(0)) * 0.1
    duration_s = audio.shape[1] / rate_hz
    preview = planned(1, duration_s, rate_hz, 2, round(24_000 * duration_s * SAMPLE_BYTES * 2.01))
    assert (preview.sample_rate, preview.channels) == (24_000, 2)
    write_stem(tmp_path / "a" / "stem.wav", audio, rate_hz, preview)
    heard, at_hz = sound((tmp_path / "a" / "stem.wav").read_bytes())
    whole = resampler(rate_hz, 24_000)(audio)
    assert at_hz == 24_000
    assert heard.shape == whole.shape
    assert torch.allclose(heard, whole, atol=1e-6)
    assert everything(tmp_path) == ["a/stem.wav"]


def test_a_stretch_is_that_stretch_in_mono(tmp_path):
    rate_hz = 48_000
    audio = torch.randn(2, 10 * rate_hz, generator=torch.Generator().manual_seed(0)) * 0.1
    preview = planned(2, 10.0, rate_hz, 2, 2 * 24_000 * 3 * SAMPLE_BYTES, start_s=5.6)
    assert (preview.start_s, preview.seconds, preview.channels) == (5.0, 3.0, 1)
    write_stem(tmp_path / "a" / "stem.wav", audio, rate_hz, preview)
    heard, _ = sound((tmp_path / "a" / "stem.wav").read_bytes())
    stretch = audio[:, 5 * rate_hz : 8 * rate_hz].mean(0, keepdim=True)
    assert torch.allclose(heard, resampler(rate_hz, 24_000)(stretch), atol=1e-6)


def test_a_large_song_is_heard_in_part_over_http(small_song, tmp_path):
    with served(tmp_path, preview_bytes=500_000) as page:
        id = page.opened(stems(small_song))
        at = f"/api/sessions/{id}"
        preview = page.get(f"{at}/preview?start_s=1").json()
        assert (preview["whole"], preview["channels"], preview["start_s"]) == (False, 1, 1.0)
        assert "downloads are whole" in preview["said"]
        sizes = [len(page.get(f"{at}/audio/{n}?start_s=1").content) for n in range(4)]
        assert sum(sizes) <= 500_000 + 4 * 60
        page.get(f"{at}/audio/0?start_s=0")  # in the place of the stretch before
        kept = [path for path in everything(tmp_path / "sessions" / id) if path.startswith("preview/")]
        assert kept == ["preview/24000-1-0/0.wav"]
        assert page.get(f"{at}/audio/4").status_code == 404
        for wrong in ("nan", "-1", "inf", "x"):
            assert page.get(f"{at}/preview?start_s={wrong}").status_code == 422
        part = page.get(f"{at}/audio/0", headers={"Range": "bytes=0-3"})
        assert (part.status_code, part.content) == (206, b"RIFF")


def test_pictures_have_no_more_points_than_samples():
    few = torch.tensor([[[0.5, -1.0, 0.25]], [[0.0, 0.0, 0.0]]])
    assert peaks(few, 1.0) == {
        "points": 3,
        "duration_s": 1.0,
        "stems": [[64, 64, -127, -127, 32, 32], [0] * 6],
        "peak": [1.0, 0.0],
    }


def test_what_is_heard_is_there_after_a_restart_without_reading_the_song(tmp_path):
    with served(tmp_path) as page:
        id = page.opened(noises())
        at = f"/api/sessions/{id}"
        before = [page.get(f"{at}/{what}").content for what in ("audio/0", "peaks")]
        etag = page.get(f"{at}/audio/0").headers["etag"]
    with served(tmp_path) as page:
        assert [page.get(f"{at}/{what}").content for what in ("audio/0", "peaks")] == before
        assert page.get(f"{at}/audio/0").headers["etag"] == etag
        assert [entry.session for entry in page.app.state.work.store] == [None]
        assert page.get(f"{at}/audio/1").status_code == 200  # for which it is read


def test_votes_are_counted_over_all_sessions_and_kept(tmp_path):
    with served(tmp_path) as page:
        ids = [page.opened(noises()), page.opened(noises("a", "b"))]
        for id, preferred in zip(ids * 2, ("after", "before", "after", "none"), strict=True):
            votes = page.post(f"/api/sessions/{id}/votes", json={"preferred": preferred}).json()["votes"]
        assert votes == {"before": 1, "after": 2, "none": 1}
        for wrong in ("louder", "", None, 1):
            assert page.post(f"/api/sessions/{ids[0]}/votes", json={"preferred": wrong}).status_code in (400, 422)
    (tmp_path / "home" / "votes.json").write_text('{"before": "many"}')  # which somebody changed
    with served(tmp_path) as page:
        assert page.get("/api").json()["votes"] == {"before": 0, "after": 0, "none": 0}


def learn(page: Page, id: str):
    return page.post(f"/api/sessions/{id}/learn", json={})


def test_what_a_user_does_to_the_advice_becomes_their_usual(small_song, tmp_path):
    all_music = usual_in_all_music()
    with served(tmp_path) as page:
        id = page.opened(stems(small_song))
        assert page.post(f"/api/sessions/{id}/usual", json={"learnt": True}).status_code == 409
        assert page.get("/api/usual.yaml").status_code == 404
        assert "nothing to learn" in learn(page, id).json()["error"]
        page.do(id, "apply")
        rows = page.session(id)["table"]["stems"]
        suggested_db = {stem["name"]: stem["suggested_db"] for stem in rows}
        before = {stem["name"]: (stem["low_db"], stem["high_db"]) for stem in rows}
        page.do(id, "set", stem="vocals", gain_db=suggested_db["vocals"] + 4)
        said = learn(page, id).json()
        assert said["file"] == "usual.yaml"
        assert "1 song" in said["said"]
        assert "vocals +" in said["said"]
        told = Usual.load(tmp_path / "home" / "usual.yaml")
        shift_db = {role: told.mean_db[role] - all_music.mean_db[role] for role in told.mean_db}
        assert 1.0 < shift_db["vocals"] < 4.0
        assert all(abs(db) < 0.1 for role, db in shift_db.items() if role != "vocals")
        rows = read_decisions(tmp_path / "home" / "decisions.csv")  # as mixconsole learn --from reads them
        assert {row.role: row.gain_db - row.advised_db for row in rows}["vocals"] == pytest.approx(4, abs=0.02)
        assert id not in (tmp_path / "home" / "decisions.csv").read_text("utf-8")
        learn(page, id)  # once more is no more
        assert Usual.load(tmp_path / "home" / "usual.yaml") == told
        assert yaml.safe_load(page.get("/api/usual.yaml").text)["levels"]["vocals"]
        assert page.get("/api").json()["usual_learnt"] is True
        done = page.post(f"/api/sessions/{id}/usual", json={"learnt": True}).json()
        assert done["table"]["usual"]["file"] == "usual.yaml"
        assert str(tmp_path) not in str(done)
        after = page.rested(id)["table"]
        assert "for you" in after["advice"]["usual"]
        (vocals,) = [stem for stem in after["stems"] if stem["name"] == "vocals"]
        assert vocals["low_db"] + vocals["high_db"] > sum(before["vocals"])


def test_a_title_that_is_a_formula_is_none_in_the_table(tmp_path):
    from studio.page.learnt import Decided

    learnt = Learnt(tmp_path)
    learnt.learn("x" * 22, "=HYPERLINK()\n,1", [Decided("bass", 3.0, 0.0)])
    text = (tmp_path / "decisions.csv").read_text("utf-8")
    assert text.count("\n") == 2
    assert not text.splitlines()[1].lstrip('"').startswith(("=", "+", "-", "@"))
    assert read_decisions(tmp_path / "decisions.csv")[0].gain_db == 3.0
    learnt.learn("y" * 22, "other", [Decided("bass", 1.0, 0.0)])
    assert len({row.song for row in read_decisions(tmp_path / "decisions.csv")}) == 2
