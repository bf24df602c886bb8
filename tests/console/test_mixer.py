"""The desk: gains are what they say, the sum is a sum, and gradients flow."""

import math

import pytest
import torch

from console.desk.losses import spectral_distance
from console.desk.mixer import db_to_amplitude, mix


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_at_zero_db_the_desk_is_a_plain_sum():
    stems = noise(2, 4, 2, 1000)
    torch.testing.assert_close(mix(stems, torch.zeros(2, 4)), stems.sum(1))


@pytest.mark.parametrize("gain_db", [-24.0, -6.0, 3.0, 12.0])
def test_a_gain_raises_the_level_by_its_decibels(gain_db):
    stem = noise(1, 1, 2, 44_100)
    gained = mix(stem, torch.tensor([[gain_db]]))
    level_db = 20 * torch.log10(gained.std() / stem.std())
    assert float(level_db) == pytest.approx(gain_db, abs=1e-3)


def test_the_desk_is_linear_in_its_stems():
    a, b = noise(1, 3, 2, 500), noise(1, 3, 2, 500).flip(-1)
    gains_db = torch.tensor([[1.0, -7.0, 3.0]])
    torch.testing.assert_close(mix(a + b, gains_db), mix(a, gains_db) + mix(b, gains_db))


def test_a_gain_s_gradient_is_its_own_stem_by_the_slope_of_a_decibel():
    stems, gains_db = noise(2, 3, 2, 50), torch.tensor([[0.0, -3.0, 6.0], [-20.0, 1.0, 0.0]])
    slope = torch.autograd.functional.jacobian(lambda db: mix(stems, db), gains_db)  # "song channel time song stem"
    amplitude = 10 ** (gains_db / 20)
    for song in range(2):
        own = stems[song] * amplitude[song, :, None, None] * math.log(10) / 20
        torch.testing.assert_close(slope[song, ..., song, :], own.movedim(0, -1))
        assert not slope[song, ..., 1 - song, :].any()  # another song's gains move nothing here


def test_gradients_reach_the_stems_as_loud_as_the_gains():
    stems, gains_db = noise(1, 2, 2, 50).requires_grad_(), torch.tensor([[0.0, -6.0]])
    mix(stems, gains_db).sum().backward()
    amplitude = torch.tensor([1.0, 10 ** (-6 / 20)])
    torch.testing.assert_close(stems.grad, amplitude[None, :, None, None].expand_as(stems))


def test_going_down_the_gradient_finds_the_gains_that_are_missing():
    stems = noise(1, 3, 2, 2000)
    wanted_db, gains_db = torch.tensor([[0.0, 4.0, -5.0]]), torch.zeros(1, 3, requires_grad=True)
    optimizer = torch.optim.Adam([gains_db], 0.5)
    for _ in range(150):
        optimizer.zero_grad()
        (mix(stems, gains_db) - mix(stems, wanted_db)).square().mean().backward()
        optimizer.step()
    torch.testing.assert_close(gains_db.detach(), wanted_db, atol=0.05, rtol=0)


def test_decibels_to_amplitude():
    torch.testing.assert_close(db_to_amplitude(torch.tensor([0.0, 20.0, -20.0])), torch.tensor([1, 10, 0.1]))


def test_spectral_distance_is_nothing_for_equal_mixes_and_grows_with_the_flaw(small_song):
    reference = small_song.mix()
    distances = []
    for flaw_db in (0.0, 1.0, 3.0, 6.0, 12.0):
        flawed = small_song.mix(torch.tensor([flaw_db, 0.0, 0.0, 0.0]))
        distances.append(spectral_distance(flawed, reference))
    assert distances[0] == pytest.approx(0, abs=1e-5)
    assert distances == sorted(distances)
    assert distances[-1] > 0.1


def test_spectral_distance_takes_mono():
    mono = noise(1, 20_000)
    assert spectral_distance(mono, 0.5 * mono) == pytest.approx(
        spectral_distance(mono.expand(2, -1), 0.5 * mono.expand(2, -1))
    )
