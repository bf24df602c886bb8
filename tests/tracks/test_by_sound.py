"""What a stem plays by its sound: at any level, on real songs, and how surely."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch

from console.data.synth import needs
from console.errors import InputError
from console.read.roles import Role
from console.read.song import Song
from console.tracks.sound import N_FEATURES, SURE, Heard, SoundNet, describe, embedded, hear_role
from console.tracks.train_sound import filtered, gather, report, train

RATE = 44_100


def clicks(seconds: float = 6.0) -> torch.Tensor:
    """Bursts of noise, twice a second."""
    time_s = torch.arange(round(seconds * RATE)) / RATE
    noise = torch.randn(len(time_s), generator=torch.Generator().manual_seed(0))
    return (0.3 * noise * torch.exp(-30 * (time_s % 0.5)))[None]


def low_tones(seconds: float = 6.0) -> torch.Tensor:
    """Low notes with a few overtones, that fade slowly."""
    time_s = torch.arange(round(seconds * RATE)) / RATE
    note_hz = 41.2 * 2 ** (torch.tensor([0, 5, 7, 3, 0, 7])[(time_s / 1.0).long().clamp_max(5)] / 12)
    phase = 2 * torch.pi * torch.cumsum(note_hz / RATE, 0)
    tone = sum(torch.sin(k * phase) / k**2 for k in range(1, 7))
    return (0.3 * tone * torch.exp(-1.5 * (time_s % 1.0)))[None]


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory) -> list[Path]:
    """A song that had no part in the training."""
    try:
        needs.check_needs()
    except InputError as error:
        pytest.skip(str(error))
    from console.data.synth.render import render_song

    root = tmp_path_factory.mktemp("by sound")
    render_song(root, 4711, 0, 10.0, True)
    return [root]


def test_clicks_are_drums_and_low_tones_a_bass():
    assert hear_role(clicks(), RATE).role is Role.DRUMS
    assert hear_role(low_tones(), RATE).role is Role.BASS


@pytest.mark.parametrize("gain", [1e-5, 0.1, 30.0])
def test_the_level_does_not_count(gain):
    for sound in (clicks(), low_tones()):
        torch.testing.assert_close(describe(gain * sound, RATE), describe(sound, RATE), atol=2e-3, rtol=0)


def test_silence_and_an_offset_do_not_count():
    told = describe(low_tones(), RATE)
    quiet = torch.cat([low_tones(10.0), torch.zeros(1, 20 * RATE)], 1)
    pressed = describe(quiet, RATE)
    assert pressed[:80].sub(describe(low_tones(10.0), RATE)[:80]).abs().max() < 0.3
    torch.testing.assert_close(describe(low_tones() + 0.5, RATE), told, atol=0.02, rtol=0)
    assert hear_role(torch.zeros(2, RATE), RATE) is None
    assert describe(torch.full((1, RATE), 0.5), RATE) is None


@pytest.mark.parametrize("samples", [2, 10, 2000, RATE // 10])
def test_very_short_sounds_have_features(samples):
    assert describe(torch.randn(1, samples, generator=torch.Generator().manual_seed(0)), RATE).isfinite().all()


@pytest.mark.parametrize("rate", [8000, 22_050, 96_000])
def test_any_rate_is_heard(rate):
    sound = 0.1 * torch.randn(2, 2 * rate, generator=torch.Generator().manual_seed(0))
    assert describe(sound, rate).shape == (N_FEATURES,)
    assert describe(sound, rate).isfinite().all()


def test_a_filter_shifts_the_bands_and_nothing_else():
    features = torch.randn(5, N_FEATURES, generator=torch.Generator().manual_seed(0))
    changed = filtered(features, 6.0, torch.Generator().manual_seed(1)) - features
    assert changed[:, :40].abs().max() > 0.2
    assert float(changed[:, :40].mean(1).abs().max()) < 1e-6
    assert float(changed[:, 40:].abs().max()) == 0


def test_held_out_synthetic_stems_are_heard_right(synthetic):
    found = [each for song in synthetic for each in gather(song)]
    with torch.no_grad():
        chance = embedded()(torch.stack([features for features, _ in found])).softmax(-1)
    right = chance.argmax(-1) == torch.tensor([role for _, role in found])
    assert float(right.float().mean()) > 0.9
    assert float(right[chance.amax(-1) >= SURE].float().mean()) > 0.95


def test_what_is_told_of_real_stems_is_mostly_right(real_songs, falcon_path):
    stems = [
        (role, hear_role(audio, song.sample_rate))
        for song in map(Song.load, (*real_songs, falcon_path))
        for role, audio in zip(song.roles, song.audio, strict=True)
    ]
    sure = [heard.role is role for role, heard in stems if heard.sure]
    assert len(sure) >= 15
    assert sum(sure) / len(sure) >= 0.85


def test_drums_of_the_example_song_are_heard(falcon_path):
    song = Song.load(falcon_path)
    heard = hear_role(song.audio[song.index("drums")], song.sample_rate)
    assert heard.role is Role.DRUMS
    assert heard.sure


def test_training_learns_what_differs():
    generator = torch.Generator().manual_seed(0)
    role = torch.arange(160) % 4
    features = 0.3 * torch.randn(160, N_FEATURES, generator=generator)
    features[torch.arange(160), 60 + role] += 2.0
    stems = features, role
    torch.testing.assert_close(SoundNet().eval()(features).shape, torch.Size([160, 4]))
    net = train(stems, stems)
    with torch.no_grad():
        chance, heard = net(features).softmax(-1).max(-1)
    assert float((heard == role).float().mean()) > 0.9
    assert float(chance.max()) < 1
    assert "right: " in report(net, stems)


def test_a_name_that_tells_nothing_is_heard_and_that_is_said(tmp_path):
    for name, sound in (("Audio 07", clicks()), ("track 3", low_tones()), ("Lead Vox", clicks(4.0).flip(-1))):
        sf.write(tmp_path / f"{name}.wav", sound.numpy().T, RATE, "FLOAT")
    song = Song.load(tmp_path)
    assert dict(zip(song.names, song.roles, strict=True)) == {
        "Audio 07": Role.DRUMS,
        "Lead Vox": Role.VOCALS,  # a name goes before the sound
        "track 3": Role.BASS,
    }
    notes = {use.file: use.notes for use in song.account}
    assert notes["Lead Vox.wav"] == ()
    (note,) = notes["Audio 07.wav"]
    assert note.startswith("sounds like drums (")
    assert "% sure); --role overrules" in note
    asked = Song.load(tmp_path, roles={"Audio 07": "other"})
    assert asked.roles[0] is Role.OTHER
    assert asked.account[0].notes == ()
    asked.save(tmp_path / "saved")  # so that it is not heard as drums again
    assert Song.load(tmp_path / "saved").roles == asked.roles


def test_what_is_not_sure_stays_other(tmp_path, monkeypatch):
    monkeypatch.setattr("console.read.hearing.hear_roles", lambda _, rows: [Heard(Role.VOCALS, 0.55)] * len(rows))
    for name in ("01", "02"):
        sf.write(tmp_path / f"{name}.wav", np.random.default_rng(int(name)).normal(0, 0.1, 4000), 8000, "FLOAT")
    song = Song.load(tmp_path)
    assert song.roles == (Role.OTHER, Role.OTHER)
    assert "is other; --role tells one" in song.account[0].notes[0]
