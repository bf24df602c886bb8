"""How much later one recording is than another of the same sound, by cross-correlation."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Float64
from torch import Tensor

FURTHEST_S = 0.2  # either way
FLOOR = 1e-9  # what is left unexplained of equal sounds by rounding: below it no lag is better than another
CLEARLY = 4.0  # a lag counts where it leaves less than the fourth part (6 dB) of what the expected one leaves
_OTHER_CHANNEL = 0.5  # both channels as one sound, which neither equal nor opposite channels cancel


def explained(
    a: Float[Tensor, "channel_a time_a"], b: Float[Tensor, "channel_b time_b"], furthest: int, most: int | None = None
) -> Float64[Tensor, " lag"]:
    """The share (0 to 1) of `b` that a gain on `a` explains, for each lag from -furthest to +furthest samples.

    A positive lag has `b` later than `a`. Counted is what the two have in common at that lag, which bounds what a
    longer end does to it; the polarity does not count. The memory is bounded: it goes block by block.

    Args:
        most: blocks of `a` that are looked at, the loudest ones; all of them by default.
    """
    size = 1 << max(10, (8 * furthest).bit_length())
    step = size - 2 * furthest
    starts = list(range(0, min(a.shape[-1], b.shape[-1] + furthest), step))
    if most is not None and len(starts) > most:
        loudest = torch.stack([a[:, start : start + step].square().sum() for start in starts]).topk(most).indices
        starts = [starts[block] for block in loudest.sort().values.tolist()]
    lags = torch.arange(2 * furthest + 1)
    spectrum = torch.zeros(size // 2 + 1, dtype=torch.complex128)
    energy_a, energy_b = torch.zeros(2, len(lags), dtype=torch.float64)
    for start in starts:
        one = _as_one(a[:, start : start + step])
        # other[t + lag + furthest] lies on one[t]; where b has not begun or is over it is 0, and `one` is not counted.
        first = start - furthest
        other = _as_one(b[:, max(first, 0) : first + size])
        begin = max(-first, 0)
        end = begin + len(other)
        other = torch.nn.functional.pad(other, (begin, size - end))
        spectrum += torch.fft.rfft(one, size).conj_physical_().mul_(torch.fft.rfft(other))
        energy_a += _energy(one, (begin - lags).clamp(0, len(one)), (end - lags).clamp(0, len(one)))
        energy_b += _energy(other, lags, lags + len(one))
    correlation = torch.fft.irfft(spectrum, size)[: len(lags)]
    energy = energy_a * energy_b
    return torch.where(energy > 0, correlation**2 / energy.clamp_min(1e-300), 0).clamp_max(1)


def best_lag(shares: Sequence[Float64[Tensor, " lag"]], expected: int = 0) -> int:
    """The one lag (samples) of several pairs of sounds that explains them best; the nearest to 0 of several as good.

    Args:
        shares: of each pair, as `explained` gives them.
        expected: what is taken where no pair speaks clearly for another lag.
    """
    votes = torch.stack([-(1 - share).clamp_min(FLOOR).log() for share in shares])
    furthest = votes.shape[-1] // 2
    total = votes.sum(0)
    as_good = (total >= total.max() - 1e-9).nonzero()[:, 0] - furthest
    lag = int(as_good[as_good.abs().argmin()])
    gained = votes[:, lag + furthest] - votes[:, expected + furthest]
    return lag if bool((gained.exp() > CLEARLY).any()) else expected


def _as_one(audio: Float[Tensor, "channel time"]) -> Float64[Tensor, " time"]:
    """Both channels as one sound, the second quieter; mono goes to both sides."""
    return audio[0].double().add_(audio[-1], alpha=_OTHER_CHANNEL)


def _energy(sound: Tensor, start: Tensor, stop: Tensor) -> Tensor:
    """The energy of `sound[start:stop]`, for many of these."""
    so_far = torch.nn.functional.pad(sound.square().cumsum_(0), (1, 0))
    return so_far[stop] - so_far[start]
