"""Equaliser, compressor, saturation, room and stereo image: what a stem passes on the way to the desk."""

import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray
from pyloudnorm import IIRfilter
from scipy.signal import oaconvolve, sosfilt

from console.data.synth.perform import RATE_HZ

BLOCK = 64  # samples over which the compressor holds its measure: 1.5 ms
EARLY_S = 0.08


def equalise(
    audio: Float32[ndarray, "channel time"], filters: list[tuple[str, float, float, float]]
) -> Float32[ndarray, "channel time"]:
    """Filters in series, each (kind as in pyloudnorm's `IIRfilter`, gain in dB, Q, Hz)."""
    made = [IIRfilter(gain_db, q, hz, RATE_HZ, kind) for kind, gain_db, q, hz in filters]
    sections = np.array([[*each.b, *each.a] for each in made])
    return sosfilt(sections, audio).astype(np.float32)


def compress(
    audio: Float32[ndarray, "channel time"], over_db: float, ratio: float, attack_s: float, release_s: float
) -> Float32[ndarray, "channel time"]:
    """Feed-forward compression with a soft knee of 6 dB; the threshold lies `over_db` below the loudest blocks.

    dasp_pytorch's compressor has no release, and measures every sample: this one measures blocks.
    """
    blocks = -(-audio.shape[1] // BLOCK)
    padded = np.pad(np.abs(audio).max(0), (0, blocks * BLOCK - audio.shape[1]))
    level_db = 20 * np.log10(padded.reshape(blocks, BLOCK).max(1) + 1e-6)
    above_db = level_db - (np.quantile(level_db, 0.99) - over_db)
    soft_db = np.where(above_db > 3, above_db, np.clip(above_db + 3, 0, 6) ** 2 / 12)
    wanted_db = (soft_db * (1 - 1 / ratio)).tolist()
    fast, slow = (float(np.exp(-BLOCK / RATE_HZ / time_s)) for time_s in (attack_s, release_s))
    now = 0.0
    reduction_db = []
    for want in wanted_db:
        keep = fast if want > now else slow
        now = keep * now + (1 - keep) * want
        reduction_db.append(now)
    centres = (np.arange(blocks) + 0.5) * BLOCK
    gain = np.interp(np.arange(audio.shape[1]), centres, 10 ** (-np.array(reduction_db) / 20))
    return (audio * gain).astype(np.float32)


def saturate(audio: Float32[ndarray, "channel time"], drive: float) -> Float32[ndarray, "channel time"]:
    """tanh, with a drive against the stem's loud samples."""
    loud = float(np.quantile(np.abs(audio[:, ::16]), 0.995)) or 1.0
    return (np.tanh(audio * (drive * 0.7 / loud)) * (loud / drive)).astype(np.float32)


def soften_peaks(audio: Float32[ndarray, "channel time"], peak: float) -> Float32[ndarray, "channel time"]:
    """Peaks bent under a limit; what lies below half of it stays as it is."""
    size, knee = np.abs(audio), peak / 2
    bent = np.minimum(size, knee) + knee * np.tanh(np.maximum(size - knee, 0) / knee)
    return (np.sign(audio) * bent).astype(np.float32)


def draw_room(rng: np.random.Generator, decay_s: float) -> Float32[ndarray, "2 time"]:
    """A stereo room of unit energy: a few early reflections, then noise whose treble decays first.

    `decay_s` is the time in which it falls by 60 dB.
    """
    length = round((EARLY_S + decay_s) * RATE_HZ)
    time = np.arange(length) / RATE_HZ
    spectrum_hz = np.fft.rfftfreq(length, 1 / RATE_HZ)
    room = np.zeros((2, length))
    corners = [150.0, 800.0, 3500.0, 24_000.0]
    for low_hz, high_hz, share in zip([60.0, *corners], corners, (1.1, 1.0, 0.8, 0.5), strict=False):
        noise = np.fft.rfft(rng.standard_normal((2, length)))
        noise[:, (spectrum_hz < low_hz) | (spectrum_hz >= high_hz)] = 0
        room += np.fft.irfft(noise, length) * np.exp(-6.9 * time / (decay_s * share)) * np.minimum(time / 0.02, 1)
    room /= np.sqrt((room**2).sum(1, keepdims=True))
    for _ in range(int(rng.integers(4, 12))):
        room[rng.integers(2), rng.integers(200, round(EARLY_S * RATE_HZ))] += rng.normal(0, 0.3)
    return (room / np.sqrt((room**2).sum() / 2)).astype(np.float32)


def add_room(
    audio: Float32[ndarray, "2 time"], room: Float32[ndarray, "2 room"], level_db: float
) -> Float32[ndarray, "2 time"]:
    """The stereo audio and its echo in a room, at a level (dB) against the dry sound."""
    echo = oaconvolve(audio.mean(0, keepdims=True), room, axes=1)[:, : audio.shape[1]]
    return (audio + 10 ** (level_db / 20) * echo).astype(np.float32)


def place(audio: Float32[ndarray, "channel time"], pan: float, width: float) -> Float32[ndarray, "2 time"]:
    """Mono or stereo audio with its width (0: mono) and pan (-1: left, 1: right) at constant power."""
    left, right = audio[0], audio[-1]
    middle, side = (left + right) / 2, (left - right) / 2 * width
    angle = (pan + 1) * np.pi / 4
    gains = np.sqrt(2) * np.array([np.cos(angle), np.sin(angle)])
    return (np.stack([middle + side, middle - side]) * gains[:, None]).astype(np.float32)


def second_energies(audio: Float[ndarray, "channel time"]) -> Float[ndarray, " second"]:
    """Energy in each second, the last perhaps a short one."""
    power = (audio.astype(np.float64) ** 2).sum(0)
    return np.add.reduceat(power, np.arange(0, len(power), RATE_HZ))
