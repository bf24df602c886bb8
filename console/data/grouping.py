"""Which of a song's stems are summed into one, so that a song with many stems serves as one with four, or with six."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from console.read.roles import Role

MOST = 3  # groups of one role


def by_role(roles: Sequence[Role]) -> tuple[Float[Tensor, "stem native"], tuple[Role, ...]]:
    """All stems of a role summed to one."""
    return _matrix([[i for i, own in enumerate(roles) if own is role] for role in Role if role in roles], roles)


def draw_groups(
    roles: Sequence[Role], finer: float, rng: np.random.Generator
) -> tuple[Float[Tensor, "stem native"], tuple[Role, ...]]:
    """A 0/1 matrix that sums the native stems, and the role of each sum; stems of different roles stay apart.

    Args:
        roles: of the native stems.
        finer: share of the draws in which every stem of a role may go to one of up to three groups.
    """
    if rng.random() >= finer:
        return by_role(roles)
    groups: list[list[int]] = []
    for role in Role:
        members = [i for i, own in enumerate(roles) if own is role]
        most = int(rng.integers(1, min(len(members), MOST) + 1)) if members else 1
        label = rng.integers(most, size=len(members)).tolist()
        groups += [[m for m, own in zip(members, label, strict=True) if own == g] for g in sorted(set(label))]
    return _matrix(groups, roles)


def _matrix(
    groups: Sequence[Sequence[int]], roles: Sequence[Role]
) -> tuple[Float[Tensor, "stem native"], tuple[Role, ...]]:
    matrix = torch.zeros(len(groups), len(roles))
    for row, members in enumerate(groups):
        matrix[row, list(members)] = 1.0
    return matrix, tuple(roles[members[0]] for members in groups)
