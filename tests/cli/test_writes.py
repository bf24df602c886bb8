"""`mixconsole correct`: what it writes, in the folder and as JSON."""

import json

import numpy as np
import pytest
import soundfile as sf
import torch
from commands import RATE, advice_in, correct, everything, mix_in

from console.audio.io import read_audio
from console.read.song import Song
from console.stream.loudness import integrated_lufs
from console.stream.peak import true_peak_dbtp
from explainer.advice.advice import Advice
from studio.export.folder import default_folder

pytestmark = pytest.mark.usefixtures("quick_words")


def test_correct_writes_beside_the_song(folder, hears):
    hears(vocals=6.0)
    result = correct(folder)
    out = folder.with_name("my song-corrected")
    assert everything(out) == ["advice.json", "faders.png", "mix.wav"]
    assert "The vocals are much too quiet: turn them up 6.0 dB." in result.stdout
    assert advice_in(out).moving[0].name == "vocals"
    assert sf.info(out / "mix.wav").subtype == "FLOAT"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["my song", "my song-corrected"]


@pytest.mark.parametrize("extra", [(), ("--headroom", "6"), ("--strength", "37"), ("--anchor", "drums")])
def test_the_mix_is_exactly_the_sum_of_the_written_stems(folder, tmp_path, hears, extra):
    hears(vocals=6.0, bass=-4.5)
    correct(folder, "--out", tmp_path / "out", "--stems", *extra)
    written = sorted((tmp_path / "out" / "stems").glob("*.wav"))
    stems = [torch.from_numpy(read_audio(path)[0].T) for path in written]
    total = stems[0]
    for stem in stems[1:]:
        total = total + stem
    assert torch.equal(mix_in(tmp_path / "out"), total)
    assert [path.stem for path in written] == [stem.name for stem in advice_in(tmp_path / "out").stems]


def test_the_gains_in_the_advice_give_the_same_mix(folder, tmp_path, hears):
    hears(vocals=6.0, bass=-4.5)
    correct(folder, "--out", tmp_path / "out", "--strength", "33.3")
    gains_db = [stem["gain_db"] for stem in json.loads((tmp_path / "out/advice.json").read_text())["stems"]]
    assert torch.equal(Song.load(folder).mix(gains_db), mix_in(tmp_path / "out"))


def test_a_raised_stem_is_louder_by_that_much(folder, tmp_path, hears):
    hears(bass=6.0)
    correct(folder, "--out", tmp_path / "out", "--stems")
    before, after = Song.load(folder), Song.load(tmp_path / "out" / "stems")
    rise_lu = [
        integrated_lufs(after.audio[i], RATE) - integrated_lufs(before.audio[i], RATE) for i in range(len(before.names))
    ]
    assert dict(zip(before.names, rise_lu, strict=True)) == pytest.approx(
        {"bass": 6.0, "drums": 0.0, "other": 0.0, "vocals": 0.0}, abs=0.01
    )


def test_what_is_said_of_the_mix_is_measured_on_the_mix(folder, tmp_path, hears):
    hears(bass=6.0)
    correct(folder, "--out", tmp_path / "out")
    levels, mix = advice_in(tmp_path / "out").mix, mix_in(tmp_path / "out")
    assert levels.loudness_lufs_before == pytest.approx(integrated_lufs(Song.load(folder).mix(), RATE), abs=0.01)
    assert levels.loudness_lufs_after == pytest.approx(integrated_lufs(mix, RATE), abs=0.01)
    assert levels.true_peak_dbtp == pytest.approx(true_peak_dbtp(mix, RATE), abs=0.01)
    assert levels.trim_db == 0


def test_nothing_moves_in_a_balanced_mix(folder, tmp_path):
    result = correct(folder, "--out", tmp_path / "out")
    assert advice_in(tmp_path / "out").balanced
    assert "Nothing needs to move" in result.stdout
    assert torch.equal(mix_in(tmp_path / "out"), Song.load(folder).mix())


def test_strength_anchor_lock_and_role(folder, tmp_path, hears):
    hears(vocals=6.0, bass=-4.0)
    options = ("--strength", "50", "--anchor", "drums", "--lock", "bass", "--role", "other=lead vocals")
    correct(folder, "--out", tmp_path / "out", *options)
    advice = advice_in(tmp_path / "out")
    rows = {stem.name: (stem.role, stem.move.action, stem.move.gain_db) for stem in advice.stems}
    assert rows == {
        "bass": ("bass", "locked", 0.0),
        "drums": ("drums", "anchor", 0.0),
        "other": ("vocals", "leave", 0.0),
        "vocals": ("vocals", "raise", 3.0),
    }
    assert (advice.strength_percent, advice.anchor) == (50.0, "drums")


def test_a_silent_stem_among_others_gets_no_advice(folder, tmp_path, hears):
    hears(vocals=6.0)
    sf.write(folder / "bass.wav", np.zeros((RATE, 2)), RATE)
    result = correct(folder, "--out", tmp_path / "out")
    bass = json.loads((tmp_path / "out/advice.json").read_text())["stems"][0]
    assert (bass["action"], bass["loudness_lufs"], bass["gain_db"]) == ("silent", None, 0.0)
    assert "silent" in result.stdout


def test_stems_too_faint_to_have_a_loudness(folder, tmp_path):
    for seed, name in enumerate(("bass", "drums", "other")):
        faint = 1e-5 * np.random.default_rng(seed).uniform(-1, 1, (3 * RATE, 2))
        sf.write(folder / f"{name}.wav", faint, RATE, subtype="FLOAT")
    result = correct(folder, "--out", tmp_path / "out")
    bass = json.loads((tmp_path / "out/advice.json").read_text())["stems"][0]
    assert (bass["action"], bass["loudness_lufs"]) == ("leave", None)
    assert result.stderr == ""


def test_names_that_look_like_markup(folder, tmp_path, hears):
    for i, name in enumerate(["[red]vox", "$x^2$", "ドラム 💥", "a_b{c}", "long " * 30]):
        (folder / "other.wav").rename(folder / "spare.wav") if i == 0 else None
        sf.write(folder / f"{name}.wav", 0.1 * np.random.default_rng(i).standard_normal((RATE, 2)), RATE)
    hears(**{"[red]vox": 5.0, "$x^2$": -4.0, "ドラム 💥": 3.0})
    result = correct(folder, "--out", tmp_path / "out", "--stems")
    assert "[red]vox" in result.stdout
    assert {"[red]vox", "$x^2$", "ドラム 💥"} <= {stem.name for stem in advice_in(tmp_path / "out").stems}


def test_flac(folder, tmp_path):
    correct(folder, "--out", tmp_path / "out", "--stems", "--format", "flac")
    assert sf.info(tmp_path / "out" / "mix.flac").subtype == "PCM_24"
    assert everything(tmp_path / "out" / "stems") == ["bass.flac", "drums.flac", "other.flac", "vocals.flac"]
    mix = torch.from_numpy(read_audio(tmp_path / "out" / "mix.flac")[0].T)
    torch.testing.assert_close(mix, Song.load(folder).mix(), atol=2**-23, rtol=0)


@pytest.mark.parametrize(
    ("song", "out"),
    [
        ("a.stem.mp4", "a-corrected"),
        ("A.STEM.MP4", "A-corrected"),
        ("a.b.zip", "a.b-corrected"),
        ("Mr. Vain", "Mr. Vain-corrected"),
    ],
)
def test_where_the_output_goes_by_default(tmp_path, song, out):
    assert default_folder(tmp_path / song) == tmp_path / out


def test_a_folder_keeps_the_dots_of_its_name(tmp_path):
    (tmp_path / "demo.zip").mkdir()
    assert default_folder(tmp_path / "demo.zip") == tmp_path / "demo.zip-corrected"


def test_json_is_all_there_is_on_stdout(folder, hears):
    hears(drums=12.0)
    result = correct(folder, "--json")
    assert Advice.from_json(result.stdout).moving[0].name == "drums"
    assert "Warning" in result.stderr
    assert [path.name for path in folder.parent.iterdir()] == ["my song"]


def test_json_with_out_writes_the_same(folder, tmp_path, hears):
    hears(drums=12.0)
    result = correct(folder, "--json", "--out", tmp_path / "out")
    assert (tmp_path / "out" / "advice.json").read_text("utf-8") == result.stdout
