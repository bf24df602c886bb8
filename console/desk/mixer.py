"""The differentiable desk: stems and dB in, a mix out."""

import torch
from jaxtyping import Float
from torch import Tensor

SAMPLE_RATE_HZ = 44_100  # asked for by the gain's signature; a gain does not depend on it


def mix(
    stems: Float[Tensor, "*batch stem channel time"], gains_db: Float[Tensor, "*batch stem"]
) -> Float[Tensor, "*batch channel time"]:
    """Sum of the stems after one gain (dB) each; differentiable in both. At 0 dB the desk is a plain sum."""
    from dasp_pytorch import gain

    flat = gain(stems.flatten(0, -3), SAMPLE_RATE_HZ, gains_db.flatten())
    return flat.view(stems.shape).sum(-3)


def db_to_amplitude(gain_db: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The factor on the samples for a gain in dB."""
    return torch.pow(10.0, gain_db / 20)
