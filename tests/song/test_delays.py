"""How late a stem is against the others is found exactly, and what is surely unlike them is told with little work."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter
from stem_files import RATE

from console.read import delays, doubles
from console.stream.inner import inner_products
from console.stream.sound import Held

FRAMES = RATE


def coloured(count: int, pole: float, seed: int) -> torch.Tensor:
    """Noise that is dull (a pole near 1), white (0) or bright (near -1), "stem channel time"."""
    white = np.random.default_rng(seed).standard_normal((count, 2, FRAMES))
    audio = torch.from_numpy(lfilter([1], [1, -pole], white)).float()
    return audio / audio.square().mean((1, 2), keepdim=True).sqrt()


def found(audio: torch.Tensor, asked: int) -> int:
    everyone = range(len(audio))
    windows = Held(audio, RATE).ask(delays.AskWindows(tuple(everyone)))
    return delays.delays(windows, RATE, audio.shape[-1], [asked], everyone)[asked]


@pytest.mark.parametrize("late", [-1105, -3, 0, 1, 577, 8000])
@pytest.mark.parametrize("pole", [-0.95, 0.0, 0.95])
def test_a_sum_is_as_late_as_it_was_made_whatever_it_sounds_like(pole, late):
    audio = torch.cat([coloured(3, pole, 0), torch.zeros(1, 2, FRAMES)])
    audio[3] = audio[:3].sum(0).roll(late, -1)
    assert found(audio, 3) == late


@pytest.mark.parametrize("pole", [-0.95, 0.0, 0.95])
def test_what_is_unlike_the_others_is_not_late(pole):
    assert found(coloured(4, pole, 1), 0) == 0


def test_dull_sounds_that_are_unlike_are_told_apart_without_their_full_rate(monkeypatch):
    monkeypatch.delattr(delays, "_correlation")
    assert found(coloured(4, 0.95, 1), 0) == 0
    with pytest.raises(NameError):
        found(torch.cat([coloured(1, 0.95, 1)] * 2), 0)


@given(st.floats(-0.98, 0.98), st.integers(0, 99), st.floats(-1, 1), st.integers(-5000, 5000), st.sampled_from([1, 4]))
def test_two_sounds_have_no_more_in_common_than_is_foretold(pole, seed, share, late, fewer):
    own, other = coloured(2, pole, seed)[:, 0, ::fewer]
    rest = share * own.roll(late) + math.sqrt(1 - share**2) * other
    pair = torch.stack([own, rest])
    energy = pair.square().sum(-1)
    longest = len(own) // 5
    assert delays._most(pair, energy, longest) > float(delays._correlation(pair, longest).max())


@given(st.integers(0, 999), st.integers(2, 8), st.floats(-50, 0), st.floats(-2, 2))
def test_no_sum_is_taken_for_a_sound_of_its_own(seed, parts, other_db, unlike_db):
    rng = np.random.default_rng(seed)
    stems = rng.standard_normal((parts + 1, 4000)) * 10 ** rng.uniform(-1, 1, (parts + 1, 1))
    gains = rng.choice([-1, 1]) * 10 ** (rng.uniform(0, unlike_db, parts) / 20) if unlike_db > 0 else np.ones(parts)
    total = gains @ stems[:parts]
    stems[parts] = total + 10 ** (other_db / 20) * total.std() * rng.standard_normal(total.shape)
    gram = stems @ stems.T
    everyone = list(range(parts + 1))
    for own in doubles._of_their_own(gram, everyone, everyone):
        others = [i for i in everyone if i != own]
        assert doubles._fit(gram, gram[own], gram[own, own], others) is None
        assert doubles._fit(gram, -gram[own], gram[own, own], others) is None


def test_stems_that_have_little_in_common_are_all_of_their_own():
    stems = coloured(5, 0.5, 3)
    gram = inner_products(Held(stems, RATE)).numpy()
    assert doubles._of_their_own(gram, range(5), range(4)) == set(range(5))
