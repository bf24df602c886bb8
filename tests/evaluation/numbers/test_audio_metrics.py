"""Sound before and after, from sums alone: what rendering the mixes and measuring them would give."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from songs import noise_song

from console.data.table import tabulate
from console.desk.losses import spectral_distance
from console.desk.mixer import db_to_amplitude, mix
from console.evaluation.figures.audio import MOST_DB, si_sdr_db, stft_distance
from console.evaluation.items import Items, Protocol

RATE_HZ = 44_100


def alike(stems: int = 4) -> torch.Tensor:
    """Stems of noise that share some of it, "stem 2 time"."""
    own = torch.randn(stems, 2, 4000, generator=torch.Generator().manual_seed(0)).double()
    return own + 0.5 * own.roll(1, 0)


def by_samples(estimate: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """SI-SDR as Le Roux et al. write it down."""
    estimate, reference = estimate.double().flatten(), reference.double().flatten()
    target = (estimate @ reference) / (reference @ reference) * reference
    return 10 * torch.log10(target.square().sum() / (estimate - target).square().sum())


STEMS = alike()
GRAM = torch.einsum("ict,jct->ij", STEMS, STEMS) / STEMS[0].numel()


@given(st.lists(st.floats(-12, 12), min_size=4, max_size=4).filter(lambda db: max(db) - min(db) > 0.1))
def test_si_sdr_from_the_stems_products_is_the_waveforms(gains_db):
    gain = db_to_amplitude(torch.tensor([gains_db], dtype=torch.float64))
    told = si_sdr_db(GRAM, gain)
    assert float(told) == pytest.approx(float(by_samples((gain[0, :, None, None] * STEMS).sum(0), STEMS.sum(0))))
    torch.testing.assert_close(si_sdr_db(GRAM, 0.1 * gain), told)  # scale-invariant
    torch.testing.assert_close(si_sdr_db(7 * GRAM, gain), told)


def test_equal_mixes_are_as_good_as_can_be_and_opposite_ones_as_bad():
    assert si_sdr_db(GRAM, torch.ones(2, 4)).tolist() == [MOST_DB] * 2
    assert float(si_sdr_db(torch.eye(2).double(), torch.tensor([1.0, -1.0]))) == -MOST_DB
    assert float(si_sdr_db(torch.eye(2).double(), torch.tensor([1.0, 0.0]))) == pytest.approx(0.0)


@pytest.mark.parametrize("protocol", [Protocol.SINGLE, Protocol.RAW])
def test_an_items_si_sdr_is_that_of_the_rendered_chunk(protocol):
    song = noise_song(seconds=20.0)
    song.audio[1] += 0.3 * song.audio[3]
    asked = Items([tabulate(song)], protocol)[1]
    chunk, gains_db = song.audio[..., 10 * RATE_HZ :], asked.example.flaw_db[:8]
    rendered = [by_samples(mix(chunk, row), chunk.sum(0)).clamp(-MOST_DB, MOST_DB) for row in gains_db]
    torch.testing.assert_close(
        si_sdr_db(asked.gram, db_to_amplitude(gains_db)), torch.stack(rendered), atol=0.1, rtol=0
    )


def test_stft_distance_is_that_of_the_rendered_moment():
    asked = Items([tabulate(noise_song())], Protocol.MANY)[0]
    gains_db = asked.example.flaw_db[:4]
    told = stft_distance(asked.moment, db_to_amplitude(gains_db))
    rendered = [spectral_distance(mix(asked.moment, row), asked.moment.sum(0)) for row in gains_db]
    assert told.tolist() == pytest.approx(rendered, rel=1e-4)
    assert min(rendered) > 0.1


def test_equal_draws_have_one_distance_in_their_own_places():
    moment = alike().float()
    gain = db_to_amplitude(torch.tensor([[6.0, 0, 0, 0], [0, 0, 0, 0], [6, 0, 0, 0], [0, 0, -3, 0]]))
    first, none, second, other = stft_distance(moment, gain).tolist()
    assert first == second != other
    assert none == 0
    assert other == pytest.approx(float(stft_distance(moment, gain[3:])), rel=1e-5)
