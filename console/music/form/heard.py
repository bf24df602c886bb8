"""What tells sections apart, twice a second: which stems sound and how loud, the mix's colour, and its harmony."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray

from console.music.sound import Sound
from console.network.features import STEP_S

STEPS = 2  # of 0.2 s, in a frame
FRAME_S = STEPS * STEP_S
FLOOR_DB = -30.0  # below a stem's own loudest frames: quieter is as good as silent
MIX_FLOOR_DB = -60.0
CEPSTRA = 12
RATE_HZ, WINDOW = 11_025, 4096  # of the chroma: a semitone is resolved from 90 Hz on
LOW_HZ, HIGH_HZ = 55.0, 2_000.0


@dataclass(frozen=True, eq=False)
class Frames:
    """What is heard in each frame.

    Args:
        stem_db: K-weighted level of each stem below its own loudest frames, `FLOOR_DB` at least.
        colour: cepstrum of the mix's mel bands in dB, without its level.
        chroma: energy of the harmony in the twelve pitch classes, compressed; of length 1, or 0 where nothing sounds.
        mix_db: K-weighted level of the mix.
    """

    stem_db: Float[ndarray, "frame stem"]
    colour: Float[ndarray, "frame cepstrum"]
    chroma: Float[ndarray, "frame 12"]
    mix_db: Float[ndarray, " frame"]


def frames(energy: Float[ndarray, "source step row"], sound: Sound, harmony: tuple[str, ...]) -> Frames:
    """Of a whole song.

    Args:
        energy: of its stems and, last, of the mix, as `console.stream.steps.heard_energies` has it.
        harmony: the stems that chords are heard in.
    """
    from scipy.fft import dct

    count = energy.shape[1] // STEPS
    by_frame = energy[:, : count * STEPS].reshape(len(energy), count, STEPS, -1).mean(2).astype(np.float64)
    weighted, mel = by_frame[..., 1].T, by_frame[-1, :, 2:]
    loudest = np.quantile(weighted, 0.9, axis=0)
    stem_db = _decibels(weighted[:, :-1] / np.maximum(loudest[:-1], 1e-4 * loudest[-1] + 1e-30), FLOOR_DB)
    mel_db = _decibels(mel / max(np.quantile(mel.sum(-1), 0.9), 1e-30), MIX_FLOOR_DB - 20)
    colour = dct(mel_db, axis=-1, norm="ortho")[:, 1 : 1 + CEPSTRA]
    return Frames(
        np.minimum(stem_db, 0.0) - FLOOR_DB,
        colour,
        chroma(sound.sum(harmony, RATE_HZ), count),
        _decibels(weighted[:, -1] / max(loudest[-1], 1e-30), MIX_FLOOR_DB),
    )


def chroma(audio: Float32[ndarray, " time"], count: int) -> Float[ndarray, "frame 12"]:
    """Pitch classes of a sound at `RATE_HZ`, in so many frames of `FRAME_S` (Fujishima, ICMC 1999)."""
    hop = round(FRAME_S * RATE_HZ)
    padded = np.pad(audio, (WINDOW // 2, WINDOW + count * hop))[: WINDOW + count * hop]
    hann = np.hanning(WINDOW).astype(np.float32)
    classes = _classes()
    rows = []
    for start in range(0, count, 256):
        windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[hop // 2 :: hop][start : start + 256]
        rows.append(np.sqrt(np.abs(np.fft.rfft(windows[: count - start] * hann, axis=-1)) @ classes))
    found = np.concatenate(rows)[:count]
    length = np.linalg.norm(found, axis=-1, keepdims=True)
    return np.where(length > 1e-3 * length.max(initial=0.0), found / np.maximum(length, 1e-12), 0.0)


def _classes() -> Float[ndarray, "bin 12"]:
    """How much each bin counts to each pitch class: a bell of half a semitone about its notes."""
    hz = np.arange(WINDOW // 2 + 1) * RATE_HZ / WINDOW
    semitone = 12 * np.log2(np.maximum(hz, 1.0) / 440) + 9  # C is 0
    away = (semitone[:, None] - np.arange(12) + 6) % 12 - 6
    heard = (hz > LOW_HZ) & (hz < HIGH_HZ)
    return np.where(heard[:, None], np.exp(-2 * (away / 0.5) ** 2), 0.0) / np.sqrt(np.maximum(hz, LOW_HZ))[:, None]


def _decibels(power: Float[ndarray, "*any"], floor_db: float) -> Float[ndarray, "*any"]:
    decibels: Float[ndarray, "*any"] = 10 * np.log10(np.maximum(power, 10 ** (floor_db / 10)))
    return decibels
