"""Where a song begins in a recording of its mix, by cross-correlation: first of everything, coarsely; then to a part of
a sample."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Complex64, Float, Float32, Float64
from torch import Tensor

COARSE_HZ = 5_000  # what the whole is brought down to, to be searched at any offset
SMOOTH_HZ = 40.0  # spectra are flattened over so wide a band: a balance, or an equaliser, then weighs little
NEAR = 16  # samples of the whole rate either way of the coarse offset, at least
SAME = 0.02  # of a sample: no shift
REACH = 24  # samples on each side that a value between samples is made of
QUIET = 1e-9  # of a spectrum's mean power: what is not there is not lifted


class Offset(NamedTuple):
    """How a reference lies beside a song.

    Args:
        samples: how much later the reference has what the song has, not whole.
        polarity: 1, or -1 where it is inverted.
    """

    samples: float
    polarity: int


def coarse_offset(
    mix: Float[Tensor, "channel time_a"], reference: Float[Tensor, "channel_b time_b"], sample_rate: int, least: int
) -> tuple[int, int]:
    """The offset (samples) at which the two correlate best, and by how much it may be off.

    Args:
        least: samples that they have in common at any offset that is looked at, if they are that long.
    """
    step = max(1, sample_rate // COARSE_HZ)
    one, other = (_coarse(sound, step) for sound in (mix, reference))
    size = 1 << (len(one) + len(other) - 1).bit_length()
    correlation = torch.fft.irfft(_crossed(one, other, size, sample_rate / step), size)
    shared = min(least // step, len(one), len(other))
    correlation[len(other) - shared + 1 : size - (len(one) - shared)] = 0
    at = int(correlation.abs().argmax())
    return (at if at < len(other) else at - size) * step, 2 * step + NEAR


def crossed(
    one: Float[Tensor, "channel_a time"], other: Float[Tensor, "channel_b time"], sample_rate: int
) -> Complex64[Tensor, " bin"]:
    """The cross-spectrum of two pieces of one length, each made flat, with room for any lag between them."""
    return _crossed(_mono(one), _mono(other), 2 * one.shape[-1], float(sample_rate))


def fine_offset(cross: Complex64[Tensor, " bin"], furthest: int) -> Offset:
    """How much later the second of two pieces is, to a part of a sample, from their cross-spectrum (or a sum of such).

    Args:
        furthest: samples either way that are searched.
    """
    correlation = torch.fft.irfft(cross)
    lags = torch.arange(-furthest, furthest + 1)
    near = correlation[lags]
    at = int(near.abs().argmax())
    polarity = 1 if near[at] >= 0 else -1
    return Offset(int(lags[at]) + _between(near * polarity, at), polarity)


def resampled(
    sound: Float[Tensor, "channel time"], start: float, length: int, stretch: float = 0.0
) -> Float32[Tensor, "channel {length}"]:
    """A recording at `length` points from sample `start` on, `1 + stretch` samples apart, by a windowed sinc.

    Zeros where the recording has nothing.
    """
    if abs(start - round(start)) < SAME and abs(stretch * length) < SAME:
        return _cut(sound, round(start), length)
    points = start + torch.arange(length, dtype=torch.float64) * (1 + stretch)
    first = points.floor().long()
    part = (points - first).float()
    origin = int(first[0]) - REACH
    near = _cut(sound, origin, int(first[-1]) - origin + REACH + 2)
    found = near.new_zeros(len(sound), length)
    for tap in range(-REACH + 1, REACH + 1):
        distance = part - tap
        kernel = torch.sinc(distance) * torch.cos(math.pi * distance / (2 * REACH)).square()
        found += near[:, first - origin + tap] * kernel
    return found


def _cut(sound: Tensor, start: int, length: int) -> Tensor:
    """A piece of a sound, zeros beyond its ends."""
    kept = sound[:, max(start, 0) : max(start + length, 0)]
    before = min(max(-start, 0), length)
    return torch.nn.functional.pad(kept, (before, length - before - kept.shape[-1]))


def _coarse(sound: Float[Tensor, "channel time"], step: int) -> Float32[Tensor, " moment"]:
    return torch.nn.functional.avg_pool1d(_mono(sound)[None], step, ceil_mode=True)[0]


def _mono(sound: Tensor) -> Tensor:
    """Both sides as one, the second quieter, so that neither equal nor opposite ones cancel."""
    return sound[0] if len(sound) == 1 else sound[0] + 0.5 * sound[1]


def _crossed(one: Tensor, other: Tensor, size: int, rate_hz: float) -> Tensor:
    """The cross-spectrum of two sounds, each made flat."""
    a, b = (torch.fft.rfft(sound, size) for sound in (one, other))
    width = max(1, round(SMOOTH_HZ * size / rate_hz)) | 1
    return (a.conj() * b).div_(_envelope(a, width) * _envelope(b, width))


def _envelope(spectrum: Tensor, width: int) -> Tensor:
    """The magnitude of a spectrum, smoothed over `width` bins."""
    power = torch.view_as_real(spectrum).square().sum(-1)
    half = width // 2
    so_far = torch.nn.functional.pad(power.double().cumsum(0), (1, 0))
    bins = torch.arange(len(power))
    low, high = (bins - half).clamp_min(0), (bins + half + 1).clamp_max(len(power))
    smooth = (so_far[high] - so_far[low]) / (high - low)
    return smooth.clamp_min(QUIET * float(power.mean()) + 1e-30).sqrt().float()


def _between(values: Float[Tensor, " lag"] | Float64[Tensor, " lag"], at: int) -> float:
    """How far the peak lies from the sample `at`, by a band-limited interpolation of the values about it."""
    reach = 8
    if not reach <= at < len(values) - reach:
        return 0.0
    around = values[at - reach : at + reach + 1].double()
    points = torch.linspace(-0.5, 0.5, 201, dtype=torch.float64)
    distance = points[:, None] - torch.arange(-reach, reach + 1)
    kernel = torch.sinc(distance) * torch.cos(math.pi * distance / (2 * reach + 2)).square()
    return float(points[(kernel @ around).argmax()])
