"""Synthetic songs: composed alike each time, in key and in range; summed exactly; whole on disk or not there."""

import json
import multiprocessing
import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from scipy.signal import resample_poly

from console.balance import ROLES
from console.data.synth import needs
from console.data.synth.compose import compose, genre_of
from console.data.synth.effects import add_room, compress, draw_room, second_energies, soften_peaks
from console.data.synth.form import SUNG
from console.data.synth.generate import Settings, alone, make_song, place_of, prepare, sweep
from console.data.synth.genres import genres, patterns
from console.data.synth.harmony import Scale
from console.data.synth.level import gains_db, loudest_db, set_levels
from console.data.synth.oscillators import beat, synthesise
from console.data.synth.perform import RATE_HZ, Event, perform
from console.data.synth.produce import styles
from console.data.synth.render import render_song
from console.errors import InputError
from console.read.roles import Role, read_roles
from studio.cli import main


@pytest.fixture(scope="session")
def can_render():
    try:
        needs.check_needs()
    except InputError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("genre", list(genres()))
def test_a_song_is_whole(genre):
    for index in range(3):
        score = compose(3, index, 30.0, genre)
        names = [part.name for part in score.parts]
        assert {part.role for part in score.parts} == set(Role)
        assert 6 <= len(names) <= 14
        assert len(set(names)) == len(names)
        read = [role or Role.OTHER for role, _ in read_roles(names)]
        assert read == [part.role for part in score.parts]
        ends = [section.start_bar + section.bars for section in score.sections]
        assert [0, *ends[:-1]] == [section.start_bar for section in score.sections]
        assert score.time_s(float(ends[-1] * score.bar_beats)) >= score.seconds
        assert {part.style for part in score.parts} <= set(styles())


@pytest.mark.parametrize("index", range(12))
def test_notes_are_in_key_in_range_and_in_time(index):
    score = compose(5, index, 40.0)
    scale = Scale(score.key, score.mode)
    sung = [s for s in score.sections if s.name in SUNG]
    for part in score.parts:
        starts = [note.start for note in part.notes]
        assert starts == sorted(starts)
        assert all(note.length > 0 and 1 <= note.velocity <= 127 for note in part.notes)
        if part.role == Role.BASS:
            assert all(24 <= note.pitch <= 60 for note in part.notes)
        if part.role == Role.VOCALS:
            assert all(36 <= note.pitch <= 90 for note in part.notes)
            for note in part.notes:
                bar = note.start / score.bar_beats
                assert any(s.start_bar <= bar < s.start_bar + s.bars for s in sung)
        pitched = part.role != Role.DRUMS and not (part.name == "lead vocals" and score.genre == "rap")
        if pitched and score.genre not in ("rap", "metal", "rock"):  # speech; fifths that are not of the scale
            assert all(note.pitch % 12 in scale.pitch_classes for note in part.notes)
        for event in perform(score, part):
            assert 0 <= event.start_s < score.seconds


def test_the_same_number_is_the_same_song_and_others_differ():
    assert compose(1, 7, 30.0) == compose(1, 7, 30.0)
    assert compose(1, 7, 30.0).parts != compose(1, 8, 30.0).parts
    assert compose(1, 7, 30.0).parts != compose(2, 7, 30.0).parts
    many = len(genres())
    assert {genre_of(1, index) for index in range(many)} == set(genres())


def test_rules_name_what_there_is():
    known = patterns()
    for genre in genres().values():
        assert set(genre.grooves) | set(genre.grooves_of_three) <= set(known.grooves)
        assert set(genre.percussion) <= set(known.percussion)
        assert set(genre.bass.rhythms) <= set(known.bass)
        assert set(genre.meters) == {"4/4"} or genre.grooves_of_three
        for part in genre.parts:
            assert part.style in styles()
            assert set(part.rhythms) <= set(known.arpeggios if part.play == "arpeggio" else known.chords)


def test_own_instruments_sound_where_they_are_played():
    events = [Event(0.5, 0.4, 45, 100), Event(1.5, 0.3, 57, 60)]
    for patch in range(6):
        for style in ("synth bass", "pad", "pluck"):
            audio = synthesise(events, patch, style, 3.0)
            assert second_energies(audio)[:2].min() > 1e-3
            assert np.abs(audio[:, round(2.5 * RATE_HZ) :]).max() < 1e-3 * np.abs(audio).max()
            assert np.abs(audio[:, : RATE_HZ // 2]).max() == 0
        drums = beat([Event(0.1, 0.1, pitch, 100) for pitch in (36, 37, 38, 39, 42, 46, 49, 51, 45)], patch, 2.0)
        assert np.isfinite(drums).all()
        assert np.abs(drums[:, : RATE_HZ // 20]).max() == 0


def test_effects_do_what_they_say():
    rng = np.random.default_rng(0)
    quiet, loud = 0.01 * rng.standard_normal((1, RATE_HZ)), rng.standard_normal((1, RATE_HZ))
    audio = np.concatenate([quiet, loud], axis=1).astype(np.float32)
    pressed = compress(audio, 20.0, 4.0, 0.005, 0.1)
    before, after = (second_energies(each)[1] / second_energies(each)[0] for each in (audio, pressed))
    assert 10 * np.log10(before / after) > 6
    assert np.abs(soften_peaks(audio, 0.5)).max() <= 0.5
    np.testing.assert_array_equal(soften_peaks(audio, 50.0), audio)
    room = draw_room(rng, 0.5)
    echoed = add_room(np.repeat(audio, 2, axis=0), room, -20.0)
    change = second_energies(echoed)[1] / second_energies(np.repeat(audio, 2, axis=0))[1]
    assert 1.0 < change < 1.1


def test_levels_differ_as_wanted():
    rng = np.random.default_rng(1)
    energies = rng.lognormal(0, 1, (4, 40)) * np.array([[1], [30], [0.01], [5]])
    wanted_db = np.array([-3.0, -5.0, -7.0, -6.0])
    gains = gains_db(energies, wanted_db)
    reached_db = loudest_db(energies * 10 ** (gains[:, None] / 10))
    np.testing.assert_allclose(reached_db - reached_db.mean(), wanted_db - wanted_db.mean(), atol=0.05)


def test_stored_stems_sum_exactly_and_do_not_clip():
    score = compose(2, 0, 6.0)
    rng = np.random.default_rng(2)
    natives = [rng.standard_normal((2, 6 * RATE_HZ)).astype(np.float32) for _ in score.parts]
    integers, told = set_levels(score, natives)
    assert np.abs(np.sum(integers, 0)).max() < 2**23
    assert told["loudness_lufs"] == pytest.approx(-18, abs=5)


SETTINGS = Settings(seed=4, seconds=5.0, test_share=0.25)


def quick(folder: Path, seed: int, index: int, seconds: float, native: bool) -> None:
    """A renderer for what concerns folders only."""
    (folder / "song.json").write_text(f"{seed} {index}")


def slow(folder: Path, seed: int, index: int, seconds: float, native: bool) -> None:
    quick(folder, seed, index, seconds, native)
    (folder / "started").touch()
    time.sleep(60)


def test_a_killed_run_leaves_no_half_song(tmp_path):
    prepare(tmp_path, SETTINGS)
    process = multiprocessing.get_context("fork").Process(target=make_song, args=(tmp_path, 0, SETTINGS, slow))
    process.start()
    while not list(tmp_path.glob(".*.part/started")):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert list(tmp_path.glob("*/Synth*")) == []
    sweep(tmp_path)
    assert list(tmp_path.glob(".*")) == []
    make_song(tmp_path, 0, SETTINGS, quick)
    assert (tmp_path / "train" / "Synth 4 - 00000" / "song.json").read_text() == "4 0"


def test_places_do_not_depend_on_the_number_of_songs(tmp_path):
    places = [place_of(index, SETTINGS) for index in range(100)]
    assert sum(place.parent.name == "test" for place in places) == 25
    assert len(set(places)) == 100


def test_other_settings_are_refused_in_one_sentence(tmp_path):
    prepare(tmp_path, SETTINGS)
    with pytest.raises(InputError, match="seed 4"):
        prepare(tmp_path, Settings(seed=5, seconds=5.0, test_share=0.25))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").touch()
    with pytest.raises(InputError, match="holds no synthetic songs"):
        prepare(tmp_path / "other", SETTINGS)


def test_two_runs_do_not_share_a_folder(tmp_path):
    prepare(tmp_path, SETTINGS)
    with alone(tmp_path), pytest.raises(InputError, match="Another run"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


def test_missing_programs_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(needs.shutil, "which", lambda program: None)
    run = CliRunner().invoke(main, ["synth", "--songs", "1", "--out", str(tmp_path / "new")])
    assert run.exit_code == 2
    assert "apt-get install fluidsynth espeak-ng fluid-soundfont-gm" in run.output
    assert not (tmp_path / "new").exists()


@pytest.fixture(scope="session")
def rendered(can_render, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rendered")
    render_song(folder, 1, 1, 5.0)
    return folder


def test_a_rendered_song_sums_exactly(rendered):
    read = {path.stem: soundfile.read(path, dtype="int32")[0] for path in rendered.glob("*.wav")}
    assert set(read) == {*map(str, ROLES), "mixture"}
    np.testing.assert_array_equal(np.sum([read[role] for role in ROLES], 0), read["mixture"])
    listing = json.loads((rendered / "song.json").read_text())
    for role in ROLES:
        files = [rendered / stem["file"] for stem in listing["native"] if stem["role"] == role]
        np.testing.assert_array_equal(sum(soundfile.read(file, dtype="int32")[0] for file in files), read[role])
        assert np.abs(read[role]).max() > 1e-3 * 2**31
        assert read[role].shape == (5 * RATE_HZ, 2)


def test_a_song_is_the_same_to_the_byte(rendered, tmp_path):
    render_song(tmp_path, 1, 1, 5.0)
    files = sorted(path.relative_to(rendered) for path in rendered.rglob("*") if path.is_file())
    assert [(tmp_path / file).read_bytes() == (rendered / file).read_bytes() for file in files] == [True] * len(files)


def test_the_voice_follows_the_melody(can_render, tmp_path):
    from console.data.synth.voice import Manner, sing_events

    events = [Event(0.2 + 0.7 * i, 0.65, pitch, 90, i) for i, pitch in enumerate((50, 53, 57, 52))]
    audio = sing_events(events, 11, Manner(1.0, 0.0, 0.05, 5.5, 0.2, False), 3.5, 3, 0)
    half = resample_poly(audio[0], 1, 2).astype(float)
    f0_hz, times = needs.pyworld().harvest(half, RATE_HZ // 2, frame_period=10.0)
    for event in events:
        held = (times > event.start_s + 0.15) & (times < event.start_s + 0.5) & (f0_hz > 0)
        assert 69 + 12 * np.log2(np.median(f0_hz[held]) / 440) == pytest.approx(event.pitch, abs=0.5)


def test_the_command_makes_songs_and_takes_up_again(can_render, tmp_path):
    musdb = pytest.importorskip("musdb")
    command = ["synth", "--seconds", "5", "--seed", "6", "--jobs", "1", "--test-share", "0.5", "--out", str(tmp_path)]
    assert CliRunner().invoke(main, [*command, "--songs", "1"]).exit_code == 0
    first = tmp_path / "train" / "Synth 6 - 00000" / "mixture.wav"
    stamp = first.stat().st_mtime_ns
    shutil.copytree(tmp_path / "songs" / "Synth 6 - 00000", tmp_path / "songs" / "Synth 6 - 00001")  # made, not linked
    assert CliRunner().invoke(main, [*command, "--songs", "2"]).exit_code == 0
    assert first.stat().st_mtime_ns == stamp
    tracks = musdb.DB(str(tmp_path), is_wav=True).tracks
    assert [(track.name, track.subset) for track in tracks] == [
        ("Synth 6 - 00000", "train"),
        ("Synth 6 - 00001", "test"),
    ]
    assert tracks[0].audio.shape == (5 * RATE_HZ, 2)
    refused = CliRunner().invoke(main, [*command[:-2], "--seconds", "7", "--out", str(tmp_path), "--songs", "2"])
    assert refused.exit_code == 2
    assert "seconds 5.0" in refused.output
