"""What is minimised: the true correction's negative log-likelihood, and the corrected mix's spectral distance."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from console.desk.mixer import db_to_amplitude, mix
from console.desk.stem_spectra import FFT_SIZES, StemSpectra
from console.network.posterior import BINS_DB, bin_of


def spectral_loss() -> nn.Module:
    """auraloss's sum-and-difference multi-resolution STFT loss (Steinmetz et al., 2020, arXiv:2010.10291).

    Called with two mixes, "batch 2 time"; hops are a quarter of the windows.
    """
    from auraloss.freq import SumAndDifferenceSTFTLoss

    return SumAndDifferenceSTFTLoss(FFT_SIZES, [size // 4 for size in FFT_SIZES], FFT_SIZES)


def spectral_distance(mix: Float[Tensor, "channel time"], reference: Float[Tensor, "channel time"]) -> float:
    """Sum-and-difference multi-resolution STFT distance of two mixes of one length; 0 for equal ones.

    A mono mix counts as two equal channels.
    """
    pair = [audio.expand(2, -1)[None] for audio in (mix, reference)]
    return float(spectral_loss()(*pair))


def posterior_loss(
    log_probability: Float[Tensor, "batch stem bin"],
    correction_db: Float[Tensor, "batch stem"],
    free: Bool[Tensor, "batch stem"],
) -> Float[Tensor, ""]:
    """Mean negative log-likelihood of the true corrections (dB), over the stems that are free to be flawed.

    0 when none is.
    """
    nll = -log_probability.gather(-1, bin_of(correction_db)[..., None]).squeeze(-1)
    return nll[free].sum() / free.sum().clamp_min(1)


def mix_loss(
    log_probability: Float[Tensor, "*excerpt draw stem bin"],
    spectra: StemSpectra,
    flaw_db: Float[Tensor, "*#excerpt #draw stem"],
    balance: Float[Tensor, "*#excerpt #draw stem"] | None = None,
) -> Float[Tensor, ""]:
    """Mean spectral distance between the reference and the desk's mixes at the expected corrections.

    Needs no flaw labels: any stems with a mix to reach will do (`StemSpectra.of(stems, reference)`, flaws of 0 dB).

    Args:
        log_probability: the posteriors, several draws of flaws for every excerpt.
        spectra: of the excerpts' stems, without flaws.
        flaw_db: on the stems when the posterior was formed, dB.
        balance: factors that make the reference out of the stems, and that the flaws come on top of. Without them the
            stems are taken as they are, and the reference is the one that the spectra were made with.
    """
    gain = db_to_amplitude(flaw_db + _expected_db(log_probability))
    return spectra.distance(gain if balance is None else gain * balance, balance).mean()


def rendered_mix_loss(
    log_probability: Float[Tensor, "draw stem bin"],
    stems: Float[Tensor, "stem 2 time"],
    flaw_db: Float[Tensor, "draw stem"],
    balance: Float[Tensor, "draw stem"],
) -> Float[Tensor, ""]:
    """`mix_loss` of one excerpt the long way: the desk renders every mix, and auraloss compares it with its reference.

    Args:
        stems: the excerpt's, without flaws.
    """
    loss = spectral_loss()
    balanced = stems * balance[..., None, None]
    left_db = flaw_db + _expected_db(log_probability)
    mixes, references = (mix(balanced, gains_db) for gains_db in (left_db, torch.zeros_like(left_db)))
    return torch.stack([loss(one[None], other[None]) for one, other in zip(mixes, references, strict=True)]).mean()


def _expected_db(log_probability: Float[Tensor, "*draw stem bin"]) -> Float[Tensor, "*draw stem"]:
    """Not a matrix product: under autocast that would round dB to half precision."""
    return (log_probability.exp() * BINS_DB.to(log_probability)).sum(-1)
