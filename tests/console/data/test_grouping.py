"""Native stems summed to fewer: each goes to exactly one sum, of its own role."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from songs import noise_song

from console.data.grouping import MOST, by_role, draw_groups
from console.network.features import cross_energies, spectra
from console.read.roles import Role

ROLES = st.lists(st.sampled_from(Role), min_size=1, max_size=9)


def assert_groups(matrix: torch.Tensor, roles: tuple[Role, ...], native: list[Role]) -> None:
    assert matrix.shape == (len(roles), len(native))
    assert set(matrix.unique().tolist()) <= {0.0, 1.0}
    assert (matrix.sum(0) == 1).all()  # each native stem is in exactly one group,
    assert (matrix.sum(1) >= 1).all()  # and no group is empty
    for row, role in zip(matrix, roles, strict=True):
        assert {native[i] for i in row.nonzero().flatten().tolist()} == {role}


@given(ROLES)
def test_by_role_there_is_one_stem_a_role_in_the_order_of_roles(native):
    matrix, roles = by_role(native)
    assert_groups(matrix, roles, native)
    assert roles == tuple(role for role in Role if role in native)


@given(ROLES, st.integers(0, 1000))
def test_drawn_groups_hold_every_stem_once_and_keep_roles_apart(native, seed):
    matrix, roles = draw_groups(native, 1.0, np.random.default_rng(seed))
    assert_groups(matrix, roles, native)
    assert all(list(Role).index(a) <= list(Role).index(b) for a, b in pairwise(roles))


@given(ROLES, st.integers(0, 100))
def test_without_finer_groups_stems_are_summed_by_role(native, seed):
    matrix, roles = draw_groups(native, 0.0, np.random.default_rng(seed))
    assert torch.equal(matrix, by_role(native)[0])
    assert roles == by_role(native)[1]


def test_four_stems_stay_four_however_fine():
    for seed in range(20):
        matrix, roles = draw_groups(tuple(Role), 1.0, np.random.default_rng(seed))
        assert torch.equal(matrix, torch.eye(4))
        assert roles == tuple(Role)


def test_finer_groups_are_drawn_as_often_as_asked_and_in_every_number():
    native = [Role.OTHER] * 5
    rng = np.random.default_rng(0)
    counts = np.bincount([len(draw_groups(native, 0.5, rng)[1]) for _ in range(1000)], minlength=6)
    # Half is one sum; of the rest a third, and those whose stems all happened on one label.
    assert counts[1] / 1000 == pytest.approx(0.5 + 0.5 * (1 + 2**-4 + 3**-4) / 3, abs=0.05)
    assert (counts[2 : MOST + 1] > 50).all()
    assert counts[MOST + 1 :].sum() == 0


def test_the_energy_of_a_group_is_that_of_its_audio():
    song = noise_song([Role.DRUMS, Role.OTHER, Role.DRUMS, Role.OTHER, Role.OTHER], seconds=2.0)
    song.audio[2] += 0.5 * song.audio[0]  # stems of one role may hold the same sound
    cross = cross_energies(spectra(song.audio, song.sample_rate), song.sample_rate)
    for seed in range(4):
        matrix, _ = draw_groups(song.roles, 1.0, np.random.default_rng(seed))
        reckoned = torch.einsum("ai,bj,ijtr->abtr", matrix, matrix, cross)
        summed = torch.einsum("ai,ict->act", matrix, song.audio)
        measured = cross_energies(spectra(summed, song.sample_rate), song.sample_rate)
        torch.testing.assert_close(reckoned, measured, rtol=1e-3, atol=1e-6 * float(measured.max()))
