"""What the network listens to: windows of 3 s as log mel spectrograms, spread over what sounds."""

from functools import cache

import numpy as np
import torch
from jaxtyping import Float32, Int64
from numpy import ndarray
from torch import Tensor

from console.music.sound import SILENT, Mono, resampled
from console.music.tags.network import BANDS, FRAMES

RATE, FFT, HOP = 16_000, 512, 256
WINDOW = (FRAMES - 1) * HOP  # samples from the middle of the first frame to that of the last: 3 s
SHORTEST_S = 1.0
QUIET_DB = 30.0  # a window so far below the loudest is not listened to
TOGETHER = 12  # frames of 16 ms, of which one colour is told
LEVEL = 0.15  # RMS of what is listened to, full scale 1: that of finished records, which the network learnt by


def patches(audio: Mono, rate: int, most: int) -> Float32[Tensor, "window frame band"] | None:
    """At most so many windows, evenly spread over those that sound; None where none does, or for less than 1 s.

    What is shorter than a window is repeated. All is raised by one gain to the level of finished records.

    Args:
        audio: at `rate` Hz. Only what is chosen is brought to 16 kHz.
    """
    if len(audio) < SHORTEST_S * rate or max(audio.max(), -audio.min()) <= SILENT:
        return None
    half = round(WINDOW * rate / RATE / 2)
    if len(audio) < 2 * half:
        audio = np.resize(audio, 2 * half)
    halves = audio[: len(audio) // half * half].reshape(-1, half)
    energy = np.einsum("ij,ij->i", halves, halves, dtype=np.float64)
    rms = np.sqrt((energy[1:] + energy[:-1]) / (2 * half))
    starts = half * np.arange(len(rms))
    sounding = rms > rms.max() * 10 ** (-QUIET_DB / 20)
    starts, rms = starts[sounding], rms[sounding]
    chosen = _spread(len(starts), most)
    gain = np.float32(LEVEL / np.sqrt(np.mean(np.square(rms[chosen]))))
    margin = round(FFT / 2 * rate / RATE)
    cut = [
        resampled(gain * _around(audio, at - margin, at + 2 * half + margin), rate, RATE)
        for at in starts[chosen].tolist()
    ]
    # A window may come out some samples longer or shorter where its rate is an odd one.
    return log_mel(torch.from_numpy(np.stack([np.resize(each, WINDOW + FFT) for each in cut])))


def variety_db(windows: Float32[Tensor, "window frame band"]) -> float:
    """How much the colour of what sounds changes: the spread of each band's share in 0.2 s, the mean over the bands."""
    frames = windows.shape[1] // TOGETHER * TOGETHER
    power = (10 ** windows[:, :frames].double() - 1) / 10_000
    power = power.reshape(-1, TOGETHER, windows.shape[2]).mean(1)
    total = power.sum(1, keepdim=True)
    share_db = 10 * torch.log10(power / total.clamp(min=1e-12) + 1e-5)
    return float(share_db[(total > total.max() / 100).squeeze(1)].std(0, correction=0).mean())


def log_mel(windows: Float32[Tensor, "window time"]) -> Float32[Tensor, "window frame band"]:
    """As musicnn has it: power in mel bands, in decades above -40 dB."""
    spectrum = torch.stft(windows, FFT, HOP, window=torch.hann_window(FFT), center=False, return_complex=True)
    power = torch.from_numpy(mel_bands()) @ spectrum.abs().square()
    return torch.log10(10_000 * power + 1).mT


@cache
def mel_bands() -> Float32[ndarray, "band bin"]:
    """Triangles of one area, evenly spaced on Slaney's mel scale (Auditory Toolbox, 1998)."""
    step_hz, corner_hz, growth = 200 / 3, 1_000.0, np.log(6.4) / 27  # in Hz per mel below the corner, then per mel
    corner = corner_hz / step_hz
    mel = np.linspace(0, corner + np.log(RATE / 2 / corner_hz) / growth, BANDS + 2)
    edges_hz = np.where(mel < corner, mel * step_hz, corner_hz * np.exp(growth * (mel - corner)))
    bins_hz = np.linspace(0, RATE / 2, FFT // 2 + 1)
    below, peak, above = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    triangles = np.minimum((bins_hz - below) / (peak - below), (above - bins_hz) / (above - peak)).clip(0)
    return (triangles * 2 / (above - below)).astype(np.float32)


def _around(audio: Mono, start: int, end: int) -> Float32[ndarray, " cut"]:
    """From one sample to another; zeros before the first and after the last that there are."""
    return np.pad(audio[max(start, 0) : end], (max(-start, 0), max(end - len(audio), 0)))


def _spread(count: int, most: int) -> Int64[ndarray, " chosen"]:
    """At most so many of the first `count` numbers, evenly spaced, and in the middle of their share."""
    chosen = min(count, most)
    return ((np.arange(chosen) + 0.5) * count / chosen).astype(np.int64)
