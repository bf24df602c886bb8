"""The desk: gains are what they say, the sum is a sum, and gradients flow."""

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


def test_gradients_point_to_the_gain_that_is_missing():
    stems = noise(1, 2, 2, 2000)
    gains_db = torch.tensor([[0.0, -3.0]], requires_grad=True)
    (mix(stems, gains_db) - stems.sum(1)).square().mean().backward()
    assert gains_db.grad[0, 1] < 0 < gains_db.grad[0, 1].abs()  # louder would be better
    assert gains_db.grad[0, 0].abs() < gains_db.grad[0, 1].abs()


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
