"""How near the sound of a mix at some gains is to the balanced one, without rendering it: a mix is linear in its stems.

Of both measures the reference is the plain sum of the stems.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from console.desk.stem_spectra import StemSpectra

MOST_DB = 60.0  # a residual this far down is no error; equal mixes would have an endless ratio


def stft_distance(moment: Float[Tensor, "stem 2 time"], gain: Float[Tensor, "draw stem"]) -> Float[Tensor, " draw"]:
    """Sum-and-difference multi-resolution STFT distance, auraloss's (`StemSpectra`), of each draw's mix.

    Args:
        moment: the stems.
        gain: factors on them; equal draws cost nothing.
    """
    different, which = gain.unique(dim=0, return_inverse=True)
    return StemSpectra.of(moment).distance(different)[which]


def si_sdr_db(gram: Float[Tensor, "stem stem"], gain: Float[Tensor, "*draw stem"]) -> Float[Tensor, "*draw"]:
    """Scale-invariant signal-to-distortion ratio of each draw's mix in dB, within +-60 dB.

    Le Roux, Wisdom, Erdogan and Hershey: SDR - half-baked or well done? (ICASSP 2019, arXiv:1811.02508). One gain on
    all stems changes nothing.

    Args:
        gram: mean products of all pairs of stems, in double precision: what a good correction leaves is small.
        gain: factors on the stems.
    """
    gain, tiny = gain.to(gram), torch.finfo(gram.dtype).tiny
    power = gram.sum()
    scale = (gain @ gram).sum(-1, keepdim=True) / power.clamp_min(tiny)  # of the reference in the mix
    residual = gain - scale
    signal = scale.squeeze(-1).square() * power
    noise = torch.einsum("...i,ij,...j->...", residual, gram, residual)
    ratio = signal.clamp_min(tiny) / noise.clamp_min(tiny)
    return (10 * ratio.log10()).clamp(-MOST_DB, MOST_DB)
