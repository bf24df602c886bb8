"""What the console measures of a window's stems and of their mix: levels, bands and a picture of the sound.

One short-time Fourier transform per stem serves everything; the mix's is the sum of the stems'. Everything is told
in dB relative to the stems' summed energy in the window, so one gain on all stems changes nothing.
"""

import math
import warnings
from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Bool, Complex, Float
from torch import Tensor

from console._torchaudio import load_torchaudio
from console.loudness import k_weighting

FRAME_S = 4096 / 44_100
MOMENTARY_S = 0.4
PICTURE_S = 0.2  # one column of the log-mel picture
N_MEL, MEL_LOW_HZ, MEL_HIGH_HZ = 64, 30.0, 16_000.0
N_BANDS = 8
SUBSTEPS = 32  # of a frame, in which a gain is looked up
FLOOR_DB = -60.0  # a stem this far below the window's summed energy counts as silent
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
LOUDEST_S = 2
LEVELS = 2 * (len(QUANTILES) + 2) + N_BANDS
SCALE_DB = 10.0  # the network reads levels in units of 10 dB


class Features(NamedTuple):
    """What was measured of one window. Sources are the stems in order, then their mix.

    Args:
        levels: levels over time (plain and K-weighted: quantiles, mean, loudest seconds) and band energies, relative
            to the stems' summed energy, in units of 10 dB.
        content: log-mel picture with the source's own level taken out, in units of 10 dB.
        present: whether a source sounds in the window.
    """

    levels: Float[Tensor, "*batch source level"]
    content: Float[Tensor, "*batch source mel column"]
    present: Bool[Tensor, "*batch source"]


def spectra(
    stems: Float[Tensor, "*batch channel time"], sample_rate: int
) -> Complex[Tensor, "*batch channel bin frame"]:
    """Hann-windowed short-time spectra in frames of 93 ms with half overlap, at any sample rate (Hz).

    Scaled so that the squared magnitudes of a frame sum to the signal's mean square.
    """
    size = 2 * round(FRAME_S * sample_rate / 2)
    window = torch.hann_window(size, device=stems.device)
    spectrum = torch.stft(
        stems.flatten(0, -2), size, size // 2, window=window, pad_mode="constant", return_complex=True
    )
    scale = math.sqrt(2 / (size * float(window.square().sum())))
    return (scale * spectrum).unflatten(0, stems.shape[:-1])


def energies(
    spectrum: Complex[Tensor, "*batch stem channel bin frame"], sample_rate: int
) -> Float[Tensor, "*batch source frame row"]:
    """Mean squares of the stems and, last, of their mix: per frame the plain, the K-weighted and those in mel bands."""
    filters = _rows(spectrum.shape[-2], sample_rate).to(spectrum.device)

    def rows(sources: Complex[Tensor, "*batch source channel bin frame"]) -> Tensor:
        power = (sources.real.square() + sources.imag.square()).sum(-3)
        return power.transpose(-1, -2) @ filters

    return torch.cat([rows(spectrum), rows(spectrum.sum(-4, keepdim=True))], dim=-3)


def cross_energies(
    spectrum: Complex[Tensor, "stem channel bin frame"], sample_rate: int
) -> Float[Tensor, "stem stem frame row"]:
    """`energies` of every pair of stems: what a mix of them at any gains measures follows without another transform."""
    stems = len(spectrum)
    filters = _rows(spectrum.shape[-2], sample_rate).to(spectrum.device)
    cross = filters.new_empty(stems, stems, spectrum.shape[-1], filters.shape[-1])
    for i in range(stems):
        for j in range(i + 1):
            a, b = spectrum[i], spectrum[j]
            power = (a.real * b.real + a.imag * b.imag).sum(0)
            cross[i, j] = cross[j, i] = power.T @ filters
    return cross


def regained(
    cross: Float[Tensor, "stem stem frame row"], gain: Float[Tensor, "stem frame"]
) -> Float[Tensor, "source frame row"]:
    """`energies` of the stems after gains (factors, not dB), and of their mix: a quadratic form in the gains."""
    stems = cross.diagonal().permute(2, 0, 1) * gain.square()[..., None]
    mix = torch.einsum("ijtr,it,jt->tr", cross, gain, gain).clamp_min(0)
    return torch.cat([stems, mix[None]])


def gain_by_frame(
    by_second: Float[Tensor, "stem second"], frames: int, samples: int, sample_rate: int
) -> Float[Tensor, "stem frame"]:
    """The gain (factor) that each frame of `spectra` sees of gains that change from second to second.

    A frame across a join takes the root mean square of the gains under its window.

    Args:
        frames, samples: of the window in which the seconds lie, evenly spread.
    """
    size = 2 * round(FRAME_S * sample_rate / 2)
    within = (torch.arange(SUBSTEPS) + 0.5) / SUBSTEPS
    at = torch.arange(frames)[:, None] * (size // 2) + (within - 0.5) * size
    seconds = by_second.shape[1]
    second = (at / samples * seconds).floor().long().clamp(0, seconds - 1)
    weight = torch.sin(math.pi * within) ** 4  # the Hann window, squared
    return (by_second.square()[:, second] @ (weight / weight.sum())).sqrt()


def describe(energy: Float[Tensor, "*batch source frame row"], seconds: float) -> Features:
    """Features of a window's stems and mix from their energies; `seconds` is the window's length."""
    total, weighted, mel = energy[..., 0], energy[..., 1], energy[..., 2:]
    smallest = torch.finfo(energy.dtype).tiny
    reference = total[..., :-1, :].mean(-1).sum(-1)[..., None].clamp_min(smallest)
    present = total.mean(-1) > reference * 10 ** (FLOOR_DB / 10)
    bands = mel.mean(-2).unflatten(-1, (N_BANDS, -1)).sum(-1)
    levels = torch.cat(
        [
            _level_statistics(_pool(total, seconds, 1.0), reference),
            _level_statistics(_pool(weighted, seconds, MOMENTARY_S), reference),
            _decibels(bands, reference[..., None]),
        ],
        dim=-1,
    )
    picture = _pool(mel.transpose(-1, -2), seconds, PICTURE_S)
    own = mel.mean((-1, -2))[..., None, None].clamp_min(smallest)
    return Features(levels, _decibels(picture, own), present)


def measure(stems: Float[Tensor, "*batch stem channel time"], sample_rate: int) -> Features:
    """Features of the stems of one window (all of one length) and of their mix; `sample_rate` in Hz.

    A silent stem has `present` False and changes nothing of the others.
    """
    return describe(energies(spectra(stems, sample_rate), sample_rate), stems.shape[-1] / sample_rate)


def _decibels(power: Tensor, reference: Tensor) -> Tensor:
    floor = 10 ** (FLOOR_DB / 10)
    return 10 / SCALE_DB * (power / reference).clamp_min(floor).log10()


def _level_statistics(
    power: Float[Tensor, "*batch source step"], reference: Float[Tensor, "*batch 1"]
) -> Float[Tensor, "*batch source statistic"]:
    """Quantiles over time, mean energy and energy of the loudest fifth, in dB against the reference."""
    q = torch.tensor(QUANTILES, device=power.device, dtype=power.dtype)
    steps = power.shape[-1]
    loudest = power.topk(max(1, round(steps * LOUDEST_S / 10)), dim=-1).values.mean(-1)
    rows = [*power.quantile(q, dim=-1), power.mean(-1), loudest]
    return _decibels(torch.stack(rows, dim=-1), reference[..., None])


def _pool(x: Tensor, seconds: float, step_s: float) -> Tensor:
    """Mean over steps of about `step_s` seconds along the last axis (frames)."""
    steps = min(max(1, round(seconds / step_s)), x.shape[-1])
    return torch.nn.functional.adaptive_avg_pool1d(x.flatten(0, -2), steps).unflatten(0, x.shape[:-1])


@lru_cache
def _rows(n_bins: int, sample_rate: int) -> Float[Tensor, "bin row"]:
    """What is summed over a spectrum's bins: everything, K-weighted, mel bands."""
    # Outside of any inference mode: what is kept must serve training too.
    with warnings.catch_warnings(), torch.inference_mode(False):
        warnings.simplefilter("ignore")  # bands above half of a low sample rate are empty, as they should be
        mel = load_torchaudio().functional.melscale_fbanks(
            n_bins, MEL_LOW_HZ, MEL_HIGH_HZ, N_MEL, sample_rate, norm=None, mel_scale="htk"
        )
        plain = torch.ones(n_bins, 1)
        return torch.cat([plain, k_weighting(n_bins, sample_rate)[:, None], mel], dim=1)
