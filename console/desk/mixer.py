"""The differentiable desk: stems and dB in, a mix out. Whatever is mixed is mixed here."""

import torch
from jaxtyping import Float
from torch import Tensor


def mix(
    stems: Float[Tensor, "*batch stem channel time"], gains_db: Float[Tensor, "*batch stem"]
) -> Float[Tensor, "*batch channel time"]:
    """Sum of the stems after one gain (dB) each; differentiable in both. At 0 dB the desk is a plain sum.

    Stems are added one by one in their order, so that the sum of stems that were written to files with these gains is
    the mix to the bit. Gains in double precision give factors that are rounded once.
    """
    factor = db_to_amplitude(gains_db).to(stems.dtype)[..., None, None]
    total = stems.select(-3, 0) * factor.select(-3, 0)
    for stem in range(1, stems.shape[-3]):
        total += stems.select(-3, stem) * factor.select(-3, stem)
    return total


def db_to_amplitude(gain_db: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The factor on the samples for a gain in dB."""
    return torch.pow(10.0, gain_db / 20)
