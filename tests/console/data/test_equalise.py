"""Random equalisation on energies: what a filter on the stems would do, and nothing else."""

import numpy as np
import pytest
import torch
from songs import noise_song

from console.data.equalise import equalise
from console.network.features import MEL_HIGH_HZ, MEL_LOW_HZ, N_MEL, cross_energies, energies, regained, spectra

RATE_HZ = 44_100
SONG = noise_song(seconds=2.0)
CROSS = cross_energies(spectra(SONG.audio, RATE_HZ), RATE_HZ)


def equalised(spread_db: float, seed: int = 0, cross: torch.Tensor = CROSS) -> torch.Tensor:
    return equalise(cross, spread_db, np.random.default_rng(seed))


def of_stems(cross: torch.Tensor) -> torch.Tensor:
    """Energies "stem step row"."""
    return cross.diagonal().permute(2, 0, 1)


def test_none_changes_nothing():
    torch.testing.assert_close(equalised(0.0), CROSS, rtol=1e-5, atol=1e-9)


def test_the_generator_decides():
    assert torch.equal(equalised(6.0, 1), equalised(6.0, 1))
    assert not torch.allclose(equalised(6.0, 1), equalised(6.0, 2), rtol=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_every_stem_keeps_its_energy_over_all_windows(seed):
    windows = torch.stack([CROSS[:, :, :5], 0.1 * CROSS[:, :, 5:]])
    after = equalised(6.0, seed, windows)
    assert after.shape == windows.shape
    before, now = (cross[..., 0].diagonal(dim1=1, dim2=2).sum((0, 1)) for cross in (windows, after))
    torch.testing.assert_close(now, before, rtol=1e-4, atol=0)
    ratio = after[..., 2:] / windows[..., 2:]
    filters = torch.stack([ratio[:, stem, stem] for stem in range(4)])  # one filter a stem, in every window and step
    torch.testing.assert_close(filters, filters[:, :1, :1].expand_as(filters), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_mixes_of_equalised_stems_have_no_negative_energy(seed):
    after = equalised(9.0, seed)
    assert torch.equal(after, after.transpose(0, 1))
    lowest = torch.linalg.eigvalsh(after.permute(2, 3, 0, 1).double())[..., 0]
    assert lowest.min() > -1e-3 * of_stems(after).max()
    gain = torch.rand(4, CROSS.shape[2], generator=torch.Generator().manual_seed(seed))
    assert (regained(after, gain) >= 0).all()


def test_it_measures_as_filtered_stems_would():
    """The filter is read off the bands, and applied to the sound."""
    after = equalised(4.0)
    factor = (of_stems(after) / of_stems(CROSS))[:, 0, 2:].sqrt().numpy()
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (MEL_LOW_HZ, MEL_HIGH_HZ))
    centre_hz = 700 * (10 ** (np.linspace(low, high, N_MEL + 2)[1:-1] / 2595) - 1)
    hz = np.fft.rfftfreq(SONG.audio.shape[-1], 1 / RATE_HZ)
    outside = (after[..., 0] - after[..., 2:].sum(-1)) / (CROSS[..., 0] - CROSS[..., 2:].sum(-1))
    edge = outside.diagonal()[0].sqrt().numpy()  # what is beyond the bands is levelled and not filtered
    response = np.stack([np.interp(hz, centre_hz, row, left=e, right=e) for row, e in zip(factor, edge, strict=True)])
    filtered = torch.fft.irfft(torch.fft.rfft(SONG.audio) * torch.from_numpy(response).float()[:, None])
    rendered = energies(filtered, RATE_HZ)
    reckoned = regained(after, torch.ones(4, CROSS.shape[2]))
    off_db = 10 * (reckoned / rendered).log10().abs()
    assert off_db[..., :2].max() < 0.3  # plain and K-weighted, of the mix too
    assert off_db[..., 2:].median() < 0.2
