"""torchaudio, imported only where it is needed, and one sentence about what to do where it cannot be."""

import math
from collections.abc import Callable
from functools import partial
from types import ModuleType

import torch
from jaxtyping import Float
from torch import Tensor

from console.errors import InputError

_MOST_KERNEL = 1 << 24  # taps of a resampler: only rates with hardly a common divisor need more


def load_torchaudio() -> ModuleType:
    """The torchaudio module.

    Raises `InputError` where it cannot be imported: its compiled extension links CUDA and fails beside a CPU
    build of torch, while all that is used here (resampling, mel filters) is pure Python and runs without the
    extension.
    """
    try:
        import torchaudio
        import torchaudio.functional
    except (ImportError, OSError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError(
            f"torchaudio cannot be imported beside this build of torch ({reason}): delete the *.so files in "
            "site-packages/torchaudio/lib, as `make` does, or install the torchaudio that matches your torch."
        ) from error
    return torchaudio


def mel_bands(
    n_bins: int, sample_rate: int, bands: int, low_hz: float, high_hz: float
) -> Float[Tensor, "{n_bins} {bands}"]:
    """What is summed over the bins of a spectrum, from 0 Hz to half of `sample_rate`, in each band of HTK's mel scale.

    Bands above that half are empty. torchaudio would warn of them, and no thread can keep a warning from others for
    sure: so they are asked for at a rate at which none is.
    """
    times = max(1, math.ceil(2 * high_hz / sample_rate))
    told: Tensor = load_torchaudio().functional.melscale_fbanks(
        times * (n_bins - 1) + 1, low_hz, high_hz, bands, times * sample_rate, norm=None, mel_scale="htk"
    )
    return told[:n_bins].contiguous()


def resampler(rate_hz: int, to_hz: int) -> Callable[[Tensor], Tensor] | None:
    """What brings audio "... time" from one rate to another; None where it would not fit into memory.

    Raises `InputError` where torchaudio cannot be imported.
    """
    if _too_large(rate_hz, to_hz):
        return None
    return partial(load_torchaudio().functional.resample, orig_freq=rate_hz, new_freq=to_hz)


def resampling(rate_hz: int, to_hz: int) -> tuple[Callable[[Tensor], Tensor], int] | None:
    """As `resampler`, for many pieces of a sound; and how many samples around each count in it."""
    if _too_large(rate_hz, to_hz):
        return None
    load_torchaudio()
    from torchaudio.transforms import Resample

    made = Resample(rate_hz, to_hz, dtype=torch.float32)  # the taps that the function has, which makes them each time
    return made, int(made.width)


def _too_large(rate_hz: int, to_hz: int) -> bool:
    common = math.gcd(rate_hz, to_hz)
    return rate_hz // common * (to_hz // common) > _MOST_KERNEL
