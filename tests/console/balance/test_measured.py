"""A song's own balance: measured as for training, whatever its gains; and whether two songs are versions of one."""

import pytest
import torch
from songs import noise_song

from console import Song
from console.balance import song_level_db
from console.balance.measured import measure_song
from console.balance.version import another_version
from console.data.excerpt import membership
from console.data.table import tabulate
from console.read.roles import Role

TWO_OF_A_ROLE = (Role.VOCALS, Role.DRUMS, Role.DRUMS, Role.BASS, Role.OTHER)


def test_it_is_what_training_measures():
    song = noise_song(TWO_OF_A_ROLE, seconds=23.3)  # several blocks, and a part of a step
    table, member = tabulate(song), membership(song.roles)
    power = torch.einsum("ri,rj,ijt->rt", member, member, table.plain)
    expected_db = song_level_db(power)
    measured = measure_song(song)
    torch.testing.assert_close(measured.power, power, rtol=1e-3, atol=0)
    torch.testing.assert_close(torch.tensor(list(measured.level_db.values())), expected_db, atol=0.01, rtol=0)
    assert list(measured.level_db) == list(Role)
    assert measured.power.shape[-1] == table.steps


def test_gains_move_levels_by_as_much():
    song = noise_song(seconds=6)
    before, after = measure_song(song).level_db, measure_song(song, [3.0, -6.0, 0.0, 1.5]).level_db
    moved_db = [after[role] - before[role] for role in Role]
    assert moved_db == pytest.approx([3.0, -6.0, 0.0, 1.5], abs=0.01)


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_faint_and_hot_samples_are_measured(factor):
    song = noise_song(seconds=4, rate=8000)
    far = Song(song.audio * factor, song.names, song.sample_rate, song.roles)
    here, there = measure_song(song).level_db, measure_song(far).level_db
    apart_db = 20 * torch.tensor(factor).log10().item()
    assert [there[role] - here[role] for role in Role] == pytest.approx([apart_db] * 4, abs=0.05)


def test_a_role_that_is_lacking_or_as_good_as_silent_has_no_level():
    song = noise_song((Role.VOCALS, Role.DRUMS, Role.BASS), seconds=4, rate=8000)
    assert set(measure_song(song).level_db) == {Role.VOCALS, Role.DRUMS, Role.BASS}
    assert set(measure_song(song, [0.0, -60.0, 0.0]).level_db) == {Role.VOCALS, Role.BASS}


def test_versions_of_a_song_are_known_whatever_their_levels_and_other_songs_are_not():
    song = noise_song(seconds=20, rate=8000)
    own = measure_song(song)
    late = torch.nn.functional.pad(song.audio, (round(1.2 * song.sample_rate), 0))
    other = noise_song(seconds=20, rate=8000, seed=5)
    assert another_version(own, measure_song(song, [6.0, -9.0, 3.0, 0.0]))
    assert another_version(own, measure_song(Song(late, song.names, song.sample_rate, song.roles)))
    assert another_version(own, measure_song(Song(song.audio[..., 24_000:], song.names, 8000, song.roles)))
    assert not another_version(own, measure_song(other))
    assert not another_version(measure_song(other), own)


def test_one_role_in_common_is_too_little_to_know_a_version_by():
    song = noise_song(seconds=8, rate=8000)
    alone = Song(song.audio[[0, 1]], song.names[:2], 8000, (Role.VOCALS, Role.VOCALS))
    assert not another_version(measure_song(song), measure_song(alone))


def test_stems_that_never_move_make_no_version():
    steady = torch.ones(2, 1, 40_000) * torch.sin(torch.arange(40_000) * 2 * torch.pi * 440 / 8000)
    song = Song(steady, ("vocals", "drums"), 8000)
    assert not another_version(measure_song(song), measure_song(noise_song(seconds=5, rate=8000)))
