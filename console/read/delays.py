"""How late a stem is against the sum of the others: a bounce, or what an encoder puts before it.

Most stems are unlike the rest at any delay, and their low frequencies, at a quarter of the rate, tell that already: the
high ones add no more to a correlation than their energy. Only where that leaves it open, everything is correlated.
"""

import math
from collections.abc import Collection, Sequence
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

LONGEST_LAG_S = 0.2  # of an encoder's delay, or a bounce
ALIKE = 0.5  # correlation from which on a delay means anything
WINDOW = 1 << 18  # samples in which a delay is looked for
BLOCK = 1 << 17  # samples of which the power is known
LESS, TAPS = 4, 32  # the rate is divided by that, after a low pass of so many taps
EDGE, STOP = 0.2, 0.9  # of half the lower rate: where the low pass begins to fall, and where hardly anything is left
FINER = 2  # correlations are told at so many points a sample of the lower rate
BETWEEN = 1 / math.cos(math.pi / 2 * STOP / FINER)  # and are nowhere between them more than that much larger
AROUND = 16  # samples of the lower rate beyond the longest lag
LENGTHS = 2560  # of transforms are multiples of it, which are quick


def delays(
    audio: Float[Tensor, "stem channel time"],
    sample_rate: int,
    asked: Collection[int],
    free: Sequence[int],
    power: Float[Tensor, "stem block"],
) -> dict[int, int]:
    """How many samples late each of the stems is against the sum of the others, where the two are alike; else 0.

    Args:
        asked: which stems.
        free: those that are summed.
        power: of each stem in blocks of `BLOCK` samples.
    """
    frames = audio.shape[-1]
    longest = min(round(LONGEST_LAG_S * sample_rate), frames // 4)
    lags = dict.fromkeys(asked, 0)
    if longest < 1 or len(free) < 2:
        return lags
    sums: dict[int, Tensor] = {}  # of all that are free, by the beginning of the window
    for i in asked:
        window = _loudest(power[i], frames)
        if window.start not in sums:
            sums[window.start] = torch.stack([_mono(audio[j, :, window]) for j in free]).sum(0)
        own = _mono(audio[i, :, window])
        pair = torch.stack([own, sums[window.start] - own if i in free else sums[window.start]])
        energy = pair.square().sum(-1)
        enough = ALIKE * math.sqrt(float(energy.prod()))
        if _most(pair, energy, longest) < enough:
            continue
        near = _correlation(pair, longest)
        peak = int(near.argmax())
        if float(near[peak]) > enough:
            lags[i] = peak - longest
    return lags


def _mono(audio: Float[Tensor, "channel time"]) -> Float[Tensor, " time"]:
    return audio[0] + audio[1] if len(audio) == 2 else audio.sum(0)


def _loudest(power: Float[Tensor, " block"], frames: int) -> slice:
    """The window in which a delay of a stem is looked for: round its loudest moment."""
    if frames <= WINDOW:
        return slice(0, frames)
    start = int(power.argmax()) * BLOCK + BLOCK // 2 - WINDOW // 2
    start = max(0, min(start, frames - WINDOW))
    return slice(start, start + WINDOW)


def _correlation(pair: Float[Tensor, "2 time"], longest: int) -> Float[Tensor, " lag"]:
    """Inner products of two sounds, the first moved earlier by -`longest` to `longest` samples."""
    n = 1 << (pair.shape[-1] + longest).bit_length()
    own, rest = torch.fft.rfft(pair, n)
    cross = torch.fft.irfft(own * rest.conj(), n)
    return torch.cat([cross[-longest:], cross[: longest + 1]])


def _most(pair: Float[Tensor, "2 time"], energy: Float[Tensor, " 2"], longest: int) -> float:
    """What their inner product is at most, at any of these lags."""
    low = torch.nn.functional.conv1d(pair[:, None], _low_pass()[None, None], stride=LESS, padding=TAPS)[:, 0]
    reach = longest // LESS + AROUND
    n = -(-(low.shape[-1] + reach) // LENGTHS) * LENGTHS
    own, rest = torch.fft.rfft(low, n)
    cross = torch.fft.irfft(torch.nn.functional.pad(own * rest.conj(), (0, (FINER - 1) * n // 2)), FINER * n)
    cross = FINER * LESS * torch.cat([cross[-FINER * reach :], cross[: FINER * reach]]).abs()
    high = (energy - LESS * low.square().sum(-1)).clamp_min(0)
    return BETWEEN * float(cross.max()) + math.sqrt(float(high.prod()))


@lru_cache
def _low_pass() -> Float[Tensor, " tap"]:
    """The taps of a low pass that lets no frequency through louder than it was."""
    with torch.inference_mode(False):
        at = torch.arange(TAPS, dtype=torch.float64) - (TAPS - 1) / 2
        middle = (EDGE + STOP) / 2 / LESS
        taps = torch.sinc(middle * at) * torch.kaiser_window(TAPS, periodic=False, beta=7.0, dtype=torch.float64)
        return (taps / torch.fft.rfft(taps, 64 * TAPS).abs().max()).float()
