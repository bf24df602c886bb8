"""What the console measures of a window's sources: levels, bands and a picture of the sound.

One short-time Fourier transform per stem serves everything. Its energies are summed in steps of 0.2 s; those of a mix
at any gains follow as a quadratic form, with no further transform. Everything is told in dB relative to the energy of
the mix, so one gain on all stems changes nothing.
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Bool, Complex, Float
from torch import Tensor

from console.audio._torchaudio import mel_bands
from console.audio.k_weighting import k_weighting
from console.stream.extremes import AskExtremes
from console.stream.sound import Held

STEP_S = 0.2
FRAMES = 4  # in a step; each is as long as half a step
SECOND = 5  # steps
MOMENTARY = 2  # steps: 0.4 s; also one column of the log-mel picture
N_MEL, MEL_LOW_HZ, MEL_HIGH_HZ = 64, 30.0, 16_000.0
ROWS = 2 + N_MEL  # of a step: plain energy, K-weighted energy, energy in mel bands
HEARD = 2  # bins; an offset is no sound: neither it nor what the window spreads of it to the next bin (10 Hz) counts
N_BANDS = 8
FLOOR_DB = -60.0  # a stem this far below the mix counts as silent
CANCELLED = 1e-3  # a mix this far below its stems' summed energy is no reference
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
SECONDS = 10  # single seconds of a window that are told one by one
WINDOW = SECONDS * SECOND  # steps that are heard together
WINDOW_S = float(SECONDS)
LOUDEST_S = 2
MEAN_LEVEL, LOUDEST_LEVEL = 0, 1  # where the levels hold the mean and the loudest seconds
OF_SECONDS = 2 + 2 * SECONDS  # the levels that follow from the energy of single seconds; they come first
LEVELS = OF_SECONDS + len(QUANTILES) + 2 + N_BANDS
SCALE_DB = 10.0  # the network reads levels in units of 10 dB


class Features(NamedTuple):
    """What was measured of one window. Sources are the stems in order, then their mix.

    Args:
        levels: plain mean level and loudest seconds; single seconds, loudest first; the share of the mix's energy in
            each of these, in their order; K-weighted momentary quantiles, mean, loudest fifth; band energies. Relative
            to the mix, in units of 10 dB.
        content: log-mel picture with the source's own level taken out, in units of 10 dB.
        present: whether a source sounds in the window.
    """

    levels: Float[Tensor, "*batch source level"]
    content: Float[Tensor, "*batch source mel moment"]
    present: Bool[Tensor, "*batch source"]


def offset(audio: Float[Tensor, "stem channel time"]) -> Float[Tensor, "stem channel 1"]:
    """As `console.stream.extremes.Extremes` has it, of sound in memory."""
    return Held(audio.float(), 1).ask(AskExtremes()).offset[..., None]


def spectra(
    stems: Float[Tensor, "*batch channel time"], sample_rate: int
) -> Complex[Tensor, "*batch channel bin frame"]:
    """Hann-windowed short-time spectra in frames of 0.1 s with half overlap, four to a step, at any rate (Hz).

    Scaled so that the squared magnitudes of a frame sum to the signal's mean square.
    """
    hop = hop_of(sample_rate)
    frames = FRAMES * steps_of(stems.shape[-1], sample_rate)
    # Frame k is centred on (k + 1/2) hops, so that the frames of a step lie evenly in it.
    missing = (frames + 1) * hop - hop // 2 - stems.shape[-1]
    padded = torch.nn.functional.pad(stems.flatten(0, -2), (hop // 2, missing))
    return transformed(padded, hop).unflatten(0, stems.shape[:-1])


def hop_of(sample_rate: int) -> int:
    """Samples from one frame to the next; a frame has two hops."""
    return round(STEP_S / FRAMES * sample_rate)


def steps_of(samples: int, sample_rate: int) -> int:
    """How many steps a sound of so many samples has."""
    return max(1, round(samples / (FRAMES * hop_of(sample_rate))))


def transformed(padded: Float[Tensor, "row time"], hop: int) -> Complex[Tensor, "row bin frame"]:
    """The spectra of `spectra`: frames of two hops, one begun with each."""
    window = torch.hann_window(2 * hop, device=padded.device)
    window = window / math.sqrt(hop * float(window.square().sum()))
    return torch.stft(padded, 2 * hop, hop, window=window, center=False, return_complex=True)


def energies(
    stems: Float[Tensor, "*batch stem channel time"], sample_rate: int
) -> Float[Tensor, "*batch source step row"]:
    """Mean squares of the stems and, last, of their mix: per step the plain, the K-weighted and those in mel bands.

    Stem by stem, which takes half the time that all at once would, and the memory of two.
    """
    return energies_of((spectra(stem, sample_rate) for stem in stems.unbind(-3)), sample_rate)


def energies_of(
    stems: Iterable[Complex[Tensor, "*batch channel bin frame"]], sample_rate: int, with_mix: bool = True
) -> Float[Tensor, "*batch source step row"]:
    """`energies`, from the stems' spectra; `with_mix` is False where those of their mix are not asked for."""
    mix: Tensor | None = None
    rows = []
    for spectrum in stems:
        rows.append(_rows_of(spectrum, sample_rate))
        if with_mix:
            mix = spectrum if mix is None else mix + spectrum
    return torch.stack(rows if mix is None else [*rows, _rows_of(mix, sample_rate)], dim=-3)


def cross_energies(
    spectrum: Complex[Tensor, "stem channel bin frame"], sample_rate: int
) -> Float[Tensor, "stem stem step row"]:
    """`energies` of every pair of stems: what a mix of them at any gains measures follows without another transform."""
    stems = len(spectrum)
    cross = spectrum.real.new_empty(stems, stems, spectrum.shape[-1] // FRAMES, ROWS)
    for i in range(stems):
        for j in range(i + 1):
            a, b = spectrum[i], spectrum[j]
            cross[i, j] = cross[j, i] = _by_step((a.real * b.real + a.imag * b.imag).sum(0), sample_rate)
    return cross


def regained(
    cross: Float[Tensor, "stem stem step row"], gain: Float[Tensor, "*draw stem step"]
) -> Float[Tensor, "*draw source step row"]:
    """`energies` of the stems after gains (factors, not dB), and of their mix: a quadratic form in the gains."""
    stems = cross.diagonal().permute(2, 0, 1) * gain.square()[..., None]
    mix = torch.einsum("ijtr,...it,...jt->...tr", cross, gain, gain).clamp_min(0)
    return torch.cat([stems, mix[..., None, :, :]], dim=-3)


def describe(energy: Float[Tensor, "*batch source step row"]) -> Features:
    """Features of a window's stems and mix from their energies."""
    total, weighted, mel = energy[..., 0], energy[..., 1], energy[..., 2:]
    smallest = torch.finfo(energy.dtype).tiny
    seconds = _pool(total, SECONDS)
    reference = _reference(total.mean(-1))
    # Frames reach half a hop into the steps beside theirs: sound in the first or the last one alone is a neighbour's.
    inner = total[..., 1:-1] if total.shape[-1] > 2 else total
    present = sounding(inner.mean(-1))
    moments = max(1, round(total.shape[-1] / MOMENTARY))
    momentary = _pool(weighted, moments)
    loud = momentary.topk(max(1, round(momentary.shape[-1] * LOUDEST_S / SECONDS)), dim=-1).values.mean(-1)
    q = torch.tensor(QUANTILES, device=energy.device, dtype=energy.dtype)
    levels = [
        *momentary.quantile(q, dim=-1)[..., None],
        momentary.mean(-1, keepdim=True),
        loud[..., None],
        mel.mean(-2).unflatten(-1, (N_BANDS, -1)).sum(-1),
    ]
    picture = _pool(mel.transpose(-1, -2), moments)
    own = mel.mean((-1, -2))[..., None, None].clamp_min(smallest)
    told = torch.cat([levels_over_time(seconds), _decibels(torch.cat(levels, dim=-1), reference[..., None])], dim=-1)
    return Features(told, _decibels(picture, own), present)


def levels_over_time(seconds: Float[Tensor, "*batch source second"]) -> Float[Tensor, "*batch source of_seconds"]:
    """The first `OF_SECONDS` levels of a window, from its ten seconds' mean squares; the last source is the mix."""
    mean = seconds.mean(-1)
    loudest_first = seconds.sort(dim=-1, descending=True)
    of_mix = seconds[..., -1:, :].expand_as(seconds).gather(-1, loudest_first.indices)
    loudest = loudest_first.values[..., :LOUDEST_S].mean(-1, keepdim=True)
    told = _decibels(torch.cat([mean[..., None], loudest, loudest_first.values], -1), _reference(mean)[..., None])
    return torch.cat([told, _decibels(loudest_first.values, of_mix.clamp_min(torch.finfo(mean.dtype).tiny))], dim=-1)


def sounding(mean: Float[Tensor, "*batch source"]) -> Bool[Tensor, "*batch source"]:
    """Which sources sound, by their mean squares; the last one is the mix."""
    return mean > _reference(mean) * 10 ** (FLOOR_DB / 10)


def _reference(mean: Float[Tensor, "*batch source"]) -> Float[Tensor, "*batch 1"]:
    """What levels are relative to: the mix, unless its stems cancel each other."""
    least = torch.finfo(mean.dtype).tiny
    return torch.maximum(mean[..., -1:], CANCELLED * mean[..., :-1].sum(-1, keepdim=True)).clamp_min(least)


def measure(stems: Float[Tensor, "*batch stem channel time"], sample_rate: int) -> Features:
    """Features of the stems of one window (all of one length) and of their mix; `sample_rate` in Hz.

    A silent stem has `present` False and changes nothing of the others.
    """
    return describe(energies(stems, sample_rate))


def hide(features: Features, heard: Bool[Tensor, " stem"]) -> Features:
    """The features without what is measured of stems that are not heard; the mix always is."""
    kept = torch.cat([heard, heard.new_ones(1)])
    return Features(features.levels * kept[:, None], features.content * kept[:, None, None], features.present & kept)


def _decibels(power: Tensor, reference: Tensor) -> Tensor:
    low = 10 ** (FLOOR_DB / 10)
    return 10 / SCALE_DB * (power / reference).clamp(low, 1 / low).log10()


def _pool(x: Tensor, count: int) -> Tensor:
    """Means of `count` even parts of the last axis."""
    return torch.nn.functional.adaptive_avg_pool1d(x.flatten(0, -2), count).unflatten(0, x.shape[:-1])


def _rows_of(
    spectrum: Complex[Tensor, "*batch channel bin frame"], sample_rate: int
) -> Float[Tensor, "*batch step row"]:
    # As pairs of numbers, in the order in which they lie in memory: half the time.
    parts = torch.view_as_real(spectrum.mT)
    power = (parts * parts).unflatten(-3, (-1, FRAMES)).mean(-3).sum(-4)
    rows = _rows(power.shape[-2], sample_rate).repeat_interleave(2, 0)
    return power.flatten(-2) @ rows.to(power.device)


def _by_step(power: Float[Tensor, "*batch bin frame"], sample_rate: int) -> Float[Tensor, "*batch step row"]:
    steps = power.unflatten(-1, (-1, FRAMES)).mean(-1)
    return steps.transpose(-1, -2) @ _rows(power.shape[-2], sample_rate).to(power.device)


@lru_cache
def _rows(n_bins: int, sample_rate: int) -> Float[Tensor, "bin row"]:
    """What is summed over a spectrum's bins: everything that is heard, K-weighted, mel bands."""
    with torch.inference_mode(False):  # what is kept must serve training too
        mel = mel_bands(n_bins, sample_rate, N_MEL, MEL_LOW_HZ, MEL_HIGH_HZ)
        heard = (torch.arange(n_bins) >= HEARD).float()[:, None]
        return torch.cat([heard, heard * k_weighting(n_bins, sample_rate)[:, None], mel], dim=1)
