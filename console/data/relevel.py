"""Set any stems to levels drawn from the balance prior, second by second."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from console.balance import ROLES, BalancePrior
from console.roles import Role

SILENT = 1e-6  # a second this far below the loudest one (in energy) has no sound worth raising
MIX_DB = -18.0


def relevel(
    power: Float[Tensor, "role second"], roles: Sequence[Role], prior: BalancePrior, rng: np.random.Generator
) -> Float[Tensor, "stem second"]:
    """A gain (factor) per stem and second that gives every role the levels of a balance drawn from the prior.

    Args:
        power: mean square of each role's stems together, in the order of `Role`.
        roles: of the stems; stems of one role get the same gains and keep their balance among themselves.
    """
    target_db = torch.from_numpy(prior.draw(power.shape[1], rng)).float() + MIX_DB
    loudest = power.amax(1, keepdim=True)
    gain = (10 ** (target_db / 10) / power.clamp_min(torch.finfo(power.dtype).tiny)).sqrt()
    gain = torch.where(power > SILENT * loudest, gain, 0.0)
    return gain[[ROLES.index(role) for role in roles]]
