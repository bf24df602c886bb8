"""The command line: what it writes, what it says, and how it refuses."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch
from click.testing import CliRunner
from rich.cells import cell_len
from standin import stand_in

from console.audio_io import read_audio
from console.loudness import integrated_lufs, true_peak_dbtp
from console.model import Console
from console.posterior import GainPosterior
from console.song import Song
from explainer.advice import Advice
from studio.cli import main
from studio.outputs import default_folder

ROOT = Path(__file__).resolve().parent.parent
RATE = 44100
LISTEN = Console.listen  # the real one


@pytest.fixture
def folder(small_song, tmp_path):
    """The small song as a folder of stems, the only thing in an otherwise empty place."""
    Song(small_song.audio[..., :RATE], small_song.names, RATE).save(tmp_path / "my song")
    return tmp_path / "my song"


@pytest.fixture(autouse=True)
def hears(monkeypatch):
    return stand_in(monkeypatch)


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def correct(*arguments):
    result = invoke("correct", *arguments)
    assert result.exit_code == 0, result.output
    return result


def advice_in(folder):
    return Advice.from_json((folder / "advice.json").read_text("utf-8"))


def mix_in(folder):
    audio, sample_rate = read_audio(folder / "mix.wav")
    assert sample_rate == RATE
    return torch.from_numpy(audio.T)


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# --- correct: what it writes ---


def test_correct_writes_beside_the_song(folder, hears):
    hears(vocals=6.0)
    result = correct(folder)
    out = folder.with_name("my song-corrected")
    assert everything(out) == ["advice.json", "faders.png", "mix.wav"]
    assert "The vocals are too quiet: turn them up 6.0 dB." in result.stdout
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
    for name in ("bass", "drums", "other"):
        sf.write(folder / f"{name}.wav", np.full((RATE, 2), 1e-5), RATE, subtype="FLOAT")
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


# --- correct: passes ---


@pytest.fixture
def hears_half(folder, monkeypatch):
    """A console that says half of what is still to do; the returned function sets the right corrections."""
    right, given = {}, Song.load(folder)

    def listen(self, song, anchor=None):
        done_db = 20 * torch.log10(song.peaks / given.peaks)
        left_db = torch.tensor([right.get(name, 0.0) for name in song.names]) - done_db
        return GainPosterior.certain(song.names, left_db / 2, anchor)

    monkeypatch.setattr(Console, "listen", listen)
    return right.update


def test_passes_come_nearer_and_tell_what_is_left(folder, tmp_path, hears_half):
    hears_half(vocals=8.0)
    result = correct(folder, "--out", tmp_path / "out", "--passes", "3", "--stems")
    advice = advice_in(tmp_path / "out")
    assert advice.passes == 3
    assert [stem.move.gain_db for stem in advice.stems] == [0.0, 0.0, 0.0, 7.0]
    assert advice.residual == ((0.0, 0.0, 0.0, 2.0), (0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 0.5))
    gains_db = [stem.move.gain_db for stem in advice.stems]
    assert torch.equal(Song.load(folder).mix(gains_db), mix_in(tmp_path / "out"))
    header, *_, vocals = result.stdout.split("\n\n")[0].splitlines()
    assert header.split()[-2:] == ["left", "action"]
    assert vocals.split()[-3:] == ["+0.5", "dB", "raise"]
    assert "2.0 dB after pass 1, 1.0 dB after pass 2 and 0.5 dB after pass 3." in result.stdout


def test_a_pass_that_is_taken_back_is_told(folder, tmp_path, hears):
    hears(vocals=6.0)  # whatever is done
    result = correct(folder, "--out", tmp_path / "out", "--passes", "4")
    advice = advice_in(tmp_path / "out")
    assert (advice.passes, advice.took_back, advice.moving[0].move.gain_db) == (1, True, 6.0)
    assert "pass 2 left 6.0 dB and was taken back." in result.stdout


def test_by_default_nothing_is_heard_again(folder, tmp_path, hears):
    hears(vocals=6.0)
    result = correct(folder, "--out", tmp_path / "out")
    advice = advice_in(tmp_path / "out")
    assert (advice.passes, advice.residual) == (1, ())
    assert "left" not in result.stdout


# --- correct: headroom ---


def test_a_mix_over_full_scale_is_kept_and_warned_of(folder, tmp_path, hears):
    hears(drums=12.0)
    result = correct(folder, "--out", tmp_path / "out")
    peak_dbtp = true_peak_dbtp(mix_in(tmp_path / "out"), RATE)
    assert peak_dbtp > 0
    assert f"{peak_dbtp:+.2f} dBTP" in result.stderr
    assert advice_in(tmp_path / "out").mix.trim_db == 0


@pytest.mark.parametrize("headroom_db", [0.0, 1.0, 7.5])
def test_headroom_puts_the_true_peak_there(folder, tmp_path, hears, headroom_db):
    hears(drums=12.0)
    result = correct(folder, "--out", tmp_path / "out", "--headroom", headroom_db)
    assert -headroom_db - 0.02 <= true_peak_dbtp(mix_in(tmp_path / "out"), RATE) <= -headroom_db + 1e-3
    assert "Warning" not in result.stderr
    advice = advice_in(tmp_path / "out")
    assert advice.mix.trim_db < 0
    gains_db = [stem.move.gain_db + advice.mix.trim_db for stem in advice.stems]
    assert torch.equal(Song.load(folder).mix(gains_db), mix_in(tmp_path / "out"))


def test_the_warning_advises_what_headroom_does(folder, tmp_path, hears):
    trims_db = []
    for gain_db in (12.0, 12.37, 12.81, 13.19):
        hears(drums=gain_db)
        warned = correct(folder, "--out", tmp_path / "out", "--force").stderr
        correct(folder, "--out", tmp_path / "out", "--force", "--headroom", "0")
        trims_db.append(
            (re.search(r"lowering it ([\d.]+) dB", warned).group(1), advice_in(tmp_path / "out").mix.trim_db)
        )
    assert [f"{-trim_db:.2f}" for _, trim_db in trims_db] == [advised for advised, _ in trims_db]


def test_headroom_that_is_there_changes_nothing(folder, tmp_path):
    correct(folder, "--out", tmp_path / "out", "--headroom", "0")
    assert advice_in(tmp_path / "out").mix.trim_db == 0
    assert torch.equal(mix_in(tmp_path / "out"), Song.load(folder).mix())


def test_flac_over_full_scale_says_what_to_do(folder, tmp_path, hears):
    hears(drums=12.0)
    result = refused("correct", folder, "--out", tmp_path / "out", "--format", "flac")
    assert "--headroom 0" in result.stderr
    correct(folder, "--out", tmp_path / "out", "--format", "flac", "--headroom", "0")


# --- correct: JSON ---


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


# --- bad input ---


def refused(*arguments):
    """Runs a command that has to end with status 2 and one sentence, and leave nothing behind."""
    place = Path(arguments[1]).parent
    before = everything(place)
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert everything(place) == before
    return result


def only_one(folder):
    for name in ("bass", "drums", "other"):
        (folder / f"{name}.wav").unlink()


def no_stem(folder):
    only_one(folder)
    (folder / "vocals.wav").rename(folder / "notes.txt")


def cut(folder):
    path = folder / "bass.wav"
    path.write_bytes(path.read_bytes()[:100_000])


def silence(folder, *names):
    for name in names:
        sf.write(folder / f"{name}.wav", np.zeros((RATE, 2)), RATE)


def not_a_number(folder):
    sf.write(folder / "bass.wav", np.full((RATE, 2), np.nan), RATE, subtype="FLOAT")


SPOILERS = {
    "one stem only": only_one,
    "no audio files": no_stem,
    "truncated": cut,
    "text": lambda folder: (folder / "bass.wav").write_text("la la la"),
    "empty file": lambda folder: (folder / "bass.wav").write_bytes(b""),
    "no samples": lambda folder: sf.write(folder / "bass.wav", np.zeros((0, 2)), RATE),
    "all silent": lambda folder: silence(folder, "bass", "drums", "other", "vocals"),
    "all silent but one": lambda folder: silence(folder, "bass", "drums", "other"),
    "not a number": not_a_number,
    "same name twice": lambda folder: sf.write(folder / "bass.flac", np.ones((RATE, 2)) / 9, RATE),
}


@pytest.mark.parametrize("spoil", SPOILERS.values(), ids=SPOILERS)
@pytest.mark.parametrize("extra", [(), ("--json",)], ids=["", "json"])
def test_a_song_that_cannot_be_used(folder, spoil, extra):
    spoil(folder)
    refused("correct", folder, *extra)


@pytest.mark.parametrize("extra", [(), ("--json",)], ids=["", "json"])
def test_a_song_that_is_not_there(tmp_path, extra):
    result = refused("correct", tmp_path / "nowhere", *extra)
    assert "nowhere" in result.stderr


@pytest.mark.parametrize("option", ["--anchor", "--lock"])
def test_an_unknown_stem_lists_those_there_are(folder, option):
    result = refused("correct", folder, option, "drum")
    assert '"drum"' in result.stderr
    assert "bass, drums, other, vocals" in result.stderr


@pytest.mark.parametrize("extra", [(), ("--json",)], ids=["", "json"])
def test_a_silent_anchor(folder, monkeypatch, extra):
    monkeypatch.setattr(Console, "listen", LISTEN)
    silence(folder, "drums")
    assert "silent" in refused("correct", folder, "--anchor", "drums", *extra).stderr


def test_an_unknown_stem_is_told_before_the_listening(folder, monkeypatch):
    monkeypatch.setattr(Console, "listen", lambda *arguments: pytest.fail("listened"))
    refused("correct", folder, "--lock", "drum")


@pytest.mark.parametrize("role", ["drum=bass", "drums=kazoo"])
def test_an_unknown_role(folder, role):
    assert "drums" in refused("correct", folder, "--role", role).stderr


def test_an_output_that_exists_is_replaced_only_with_force(folder, tmp_path, hears):
    correct(folder, "--out", tmp_path / "out", "--stems")
    assert "--force" in refused("correct", folder, "--out", tmp_path / "out").stderr
    hears(vocals=6.0)
    correct(folder, "--out", tmp_path / "out", "--force")
    assert everything(tmp_path / "out") == ["advice.json", "faders.png", "mix.wav"]
    assert not advice_in(tmp_path / "out").balanced


def test_the_song_is_never_replaced(folder):
    refused("correct", folder, "--out", folder, "--force")
    refused("flaw", folder, "--stem", "bass", "--gain", "3", "--out", folder, "--force")


def test_an_output_that_cannot_be_written(folder, tmp_path):
    (tmp_path / "file").write_text("in the way")
    refused("correct", folder, "--out", tmp_path / "file" / "out")
    refused("correct", folder, "--out", tmp_path / "file", "--force")


def test_stems_need_a_place(folder):
    assert "--out" in refused("correct", folder, "--json", "--stems").stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--strength", "101"),
        ("--strength", "nan"),
        ("--passes", "0"),
        ("--passes", "1.5"),
        ("--headroom", "-1"),
        ("--headroom", "inf"),
        ("--headroom", "61"),
        ("--out", ""),
        ("--role", "drums"),
        ("--role", "=drums"),
        ("--format", "mp3"),
        ("--loudness", "11"),
    ],
)
def test_a_wrong_option_is_told_with_status_2(folder, options):
    result = invoke("correct", folder, *options)
    assert result.exit_code == 2
    assert options[0] in result.stderr
    assert [path.name for path in folder.parent.iterdir()] == ["my song"]


@pytest.mark.parametrize(("error", "status"), [(RuntimeError("no ink"), 1), (KeyboardInterrupt(), 130)])
def test_what_breaks_while_writing_leaves_nothing(folder, monkeypatch, error, status):
    def draw(*arguments):
        raise error

    monkeypatch.setattr("studio.outputs.draw_faders", draw)
    assert invoke("correct", folder, "--stems").exit_code == status
    assert [path.name for path in folder.parent.iterdir()] == ["my song"]


SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
SIGNALS += [(signal.SIGHUP, 129)] if hasattr(signal, "SIGHUP") else []


@pytest.mark.parametrize(("sent", "status"), SIGNALS)
def test_a_signal_while_writing_leaves_nothing(folder, monkeypatch, sent, status):
    monkeypatch.setattr("studio.outputs.draw_faders", lambda *arguments: os.kill(os.getpid(), sent))
    assert invoke("correct", folder, "--stems").exit_code == status
    assert [path.name for path in folder.parent.iterdir()] == ["my song"]


def test_a_signal_that_a_library_makes_an_error_of_still_stops(folder, monkeypatch):
    def draw(*arguments):
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            raise AttributeError("half imported") from None

    monkeypatch.setattr("studio.outputs.draw_faders", draw)
    result = invoke("correct", folder)
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "Stopped.\n")


def test_what_breaks_while_replacing_leaves_the_old(folder, tmp_path, monkeypatch):
    correct(folder, "--out", tmp_path / "out")
    before = (tmp_path / "out" / "advice.json").read_text()
    monkeypatch.setattr("studio.outputs.draw_faders", lambda *arguments: 1 / 0)
    assert invoke("correct", folder, "--out", tmp_path / "out", "--force").exit_code == 1
    assert (tmp_path / "out" / "advice.json").read_text() == before
    assert everything(tmp_path) == ["my song", *everything_below("my song", folder), "out", *OUT]


OUT = [f"out/{name}" for name in ("advice.json", "faders.png", "mix.wav")]


def everything_below(name, folder):
    return [f"{name}/{path}" for path in everything(folder)]


# --- flaw ---


def test_a_flaw_changes_one_stem_by_that_much(folder, tmp_path):
    result = invoke("flaw", folder, "--stem", "bass", "--gain", "-4.5", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    before, after = Song.load(folder), Song.load(tmp_path / "out")
    assert after.names == before.names
    assert after.roles == before.roles
    bass = before.index("bass")
    torch.testing.assert_close(after.audio[bass], before.audio[bass] * 10 ** (-4.5 / 20))
    others = [i for i in range(len(before.names)) if i != bass]
    assert torch.equal(after.audio[others], before.audio[others])
    truth = json.loads((tmp_path / "out" / "flaw.json").read_text())
    assert truth == {"song": "my song", "flaw_db": {"bass": -4.5, "drums": 0.0, "other": 0.0, "vocals": 0.0}}


def test_a_flaw_and_its_correction_give_the_song_again(folder, tmp_path, hears):
    invoke("flaw", folder, "--stem", "bass", "--gain", "6", "--out", tmp_path / "flawed")
    hears(bass=-6.0)
    correct(tmp_path / "flawed", "--out", tmp_path / "out")
    torch.testing.assert_close(mix_in(tmp_path / "out"), Song.load(folder).mix())


def test_a_flawed_copy_keeps_roles_that_its_names_do_not_tell(folder, tmp_path):
    options = ("--stem", "other", "--gain", "3", "--role", "other=bass", "--format", "flac")
    invoke("flaw", folder, *options, "--out", tmp_path / "out")
    assert Song.load(tmp_path / "out").roles[2] == "bass"


@pytest.mark.parametrize(
    ("stem", "gain_db", "said"),
    [
        ("drum", "3", "drums"),
        ("vocals", "3", "silent"),
        ("drums", "inf", "finite"),
        ("drums", "1000", "1000 dB"),
        ("drums", "0", "0 dB"),
    ],
)
def test_a_flaw_that_cannot_be_made(folder, tmp_path, stem, gain_db, said):
    silence(folder, "vocals")
    result = invoke("flaw", folder, "--stem", stem, "--gain", gain_db, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_flaw_replaces_only_with_force(folder, tmp_path):
    command = ("flaw", folder, "--stem", "bass", "--gain", "3", "--out", tmp_path / "out")
    assert invoke(*command).exit_code == 0
    refused(*command)
    assert invoke(*command, "--force").exit_code == 0


# --- names of every kind ---

SAID = ("Drum Overheads L", "Electric Guitar Rhythm L", "ドラ" * 30, "x" * 250)


@pytest.mark.parametrize("columns", ["40", "80"])
@pytest.mark.parametrize(("passes", "narrowest"), [((), 66), (("--passes", "2"), 76)])
def test_the_table_shortens_nothing_but_names(folder, tmp_path, hears, monkeypatch, columns, passes, narrowest):
    monkeypatch.setenv("COLUMNS", columns)
    for new, path in zip(SAID, sorted(folder.glob("*.wav")), strict=True):
        path.rename(folder / f"{new}.wav")
    hears(**{name: (-1) ** i * (i + 12.5) for i, name in enumerate(SAID)})
    rows = correct(folder, "--out", tmp_path / "out", *passes).stdout.split("\n\n")[0].splitlines()
    assert len(rows) == 5
    assert all(word in rows[0] for word in ("stem", "role", "LUFS", "gain", "range", "flawed", "action"))
    assert ("left" in rows[0]) == bool(passes)
    for stem, row in zip(advice_in(tmp_path / "out").stems, rows[1:], strict=True):
        move = stem.move
        numbers = f"{stem.loudness_lufs:.1f} {move.gain_db:+.1f} dB {move.low_db:+.1f} to {move.high_db:+.1f} 100 %"
        numbers += f" {move.gain_db:+.1f} dB" if passes else ""  # it hears the same again
        said = [stem.role, *numbers.split(), move.action]
        assert row.split()[-len(said) :] == said
        assert "…" in row or stem.name in row
        assert cell_len(row) <= max(int(columns), narrowest)


def test_a_name_may_be_given_decomposed(folder, tmp_path, hears):
    for old, new in (("bass", "Größe"), ("drums", "Höhe")):
        (folder / f"{old}.wav").rename(folder / f"{new}.wav")
    anchor, locked = (unicodedata.normalize("NFD", name) for name in ("Größe", "Höhe"))
    correct(folder, "--out", tmp_path / "out", "--anchor", anchor, "--lock", locked)
    advice = advice_in(tmp_path / "out")
    assert advice.anchor == "Größe"
    assert {stem.name: stem.move.action for stem in advice.stems}["Höhe"] == "locked"
    assert invoke("flaw", folder, "--stem", anchor, "--gain", "3", "--out", tmp_path / "riddle").exit_code == 0
    assert json.loads((tmp_path / "riddle" / "flaw.json").read_text())["flaw_db"]["Größe"] == 3


def test_what_is_said_of_a_name_stays_on_its_line(tmp_path):
    said = refused("correct", tmp_path / "a\nb\x1b[31m\u202ec").stderr
    assert "a b\N{REPLACEMENT CHARACTER}[31mc" in said


@pytest.mark.parametrize("arguments", [("correct", ""), ("flaw", "", "--stem", "a", "--gain", "3", "--out", "b")])
def test_an_empty_name_is_refused(arguments):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "empty name" in result.stderr


def test_the_folder_one_is_in_is_called_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    result = invoke("correct", ".")
    assert (result.exit_code, result.stderr) == (2, 'Error: "empty" is an empty folder.\n')


def test_places_that_the_system_refuses(folder, tmp_path, monkeypatch):
    long = "x" * 300
    (tmp_path / "loop").symlink_to("loop")
    refused("correct", tmp_path / long)
    refused("correct", folder, "--out", tmp_path / long)
    refused("correct", tmp_path / "loop")
    refused("correct", folder, "--out", tmp_path / "loop")
    for options in (("--song", tmp_path / long), ("--song", folder, "--out", tmp_path / long)):
        result = invoke("demo", *options)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)

    def exists(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", exists)
    result = invoke("correct", folder)
    assert (result.exit_code, result.stderr) == (2, f'Error: "{folder}" cannot be used: Permission denied.\n')


# --- as people run it ---


def run(*arguments, stdout=subprocess.PIPE, **environment):
    script = "from studio.cli import main; main(prog_name='mixconsole')"
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize("command", [(), ("correct",), ("flaw",), ("demo",)])
def test_help_teaches_by_example(command):
    result = invoke(*command, "--help")
    assert result.exit_code == 0
    assert result.stdout.count("  mixconsole ") >= 2


def test_the_version():
    result = run("--version")
    assert result.returncode == 0
    assert result.stdout.startswith("mixconsole ")


def test_a_real_run_refuses_without_a_traceback(tmp_path):
    result = run("correct", tmp_path / "nowhere")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [f'Error: There is no song at "{tmp_path / "nowhere"}".']


def test_a_real_run_in_a_plain_ascii_terminal(folder, tmp_path):
    (folder / "bass.wav").rename(folder / "ベース.wav")
    command = ("flaw", folder, "--stem", "ベース", "--gain", "3", "--out", tmp_path / "out")
    result = run(*command, PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_real_run_where_names_are_plain_ascii(folder, tmp_path):
    (folder / "bass.wav").rename(folder / "ベース.wav")
    command = ("flaw", folder, "--stem", "ベース", "--gain", "3", "--out", tmp_path / "out")
    result = run(*command, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "out" / "ベース.wav").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_real_run_that_nobody_can_hear(folder, tmp_path):
    with open("/dev/full", "w") as full:
        result = run("flaw", folder, "--stem", "bass", "--gain", "3", "--out", tmp_path / "out", stdout=full)
    assert (result.returncode, result.stderr) == (2, "Error: No space left on device.\n")
