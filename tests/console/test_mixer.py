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


@pytest.mark.parametrize("stems", [1, 2, 7])
def test_the_desk_applies_dasps_gain(stems):
    """It is not imported to mix a song, as that takes a second."""
    from dasp_pytorch import gain

    audio, gains_db = noise(stems, 2, 300), torch.linspace(-30, 12, stems)
    torch.testing.assert_close(mix(audio, gains_db), gain(audio, 44_100, gains_db).sum(0), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_song_is_mixed_by_the_desk_and_is_the_sum_of_its_gained_stems_to_the_bit(small_song, dtype):
    gains_db = torch.tensor([-3.21, 4.56, 0.0, -12.34], dtype=dtype)[: len(small_song.names)]
    mixed = small_song.mix(gains_db)
    assert torch.equal(mixed, mix(small_song.audio, gains_db.double()))
    written = small_song.with_gains_db(gains_db).audio
    total = written[0].clone()
    for stem in written[1:]:
        total += stem
    assert torch.equal(mixed, total)
    assert torch.equal(small_song.mix(), mix(small_song.audio, torch.zeros(len(small_song.names))))


def test_stems_are_added_in_their_order():
    """1e8 + 1 - 1e8 is 0 in single precision, in that order only."""
    stems = torch.tensor([1e8, 1.0, -1e8])[:, None, None]
    assert mix(stems, torch.zeros(3)).item() == 0
    assert mix(stems[[0, 2, 1]], torch.zeros(3)).item() == 1


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
