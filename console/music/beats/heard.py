"""How likely each frame of a song is a beat: by BeatNet where it is fetched, else by how much the spectrum rises."""

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from numpy import ndarray
from torch import Tensor

from console.files.fetched.fetch import is_fetched, located
from console.music.beats.features import BANDS, FRAMES_PER_S, RATE_HZ, features
from console.music.sound import SILENT, Sound
from console.network.threads import one_thread
from console.read.roles import Role

PEAK = 0.95  # the network hears levels: each sound is brought to that of a record
MODEL = "beatnet"
LOW = 6  # bands: up to 130 Hz, where kick and bass are
# Spread over the beats of how much sounds, and of its bands: composed songs have 0.9 and more of the one, noise up to
# 0.5 of it and 2.2 of the other.
ALIKE_DB, ALIKE_COLOUR_DB = 0.7, 2.5

Chances = Float[ndarray, "frame 2"]
Parts = list[tuple[Float32[Tensor, "frame 272"], int]]


def by_network(parts: Parts) -> Chances | None:
    """Chances of a beat that is no downbeat and of a downbeat, by BeatNet; None where it is not fetched.

    The mean of what it hears in each of the parts.
    """
    from console.music.beats.network import chances, read_network

    if not is_fetched(MODEL):
        return None
    with one_thread():
        told = chances(read_network(located(MODEL)), torch.stack([part for part, _ in parts])).double().numpy()
    return np.average(told, 0, [weight for _, weight in parts])


def rises(parts: Parts, bands: int = BANDS) -> Float[ndarray, " frame"]:
    """How much each frame rises, 0 to 1: spectral flux (Böck, Krebs and Schedl, ISMIR 2012) of the same parts.

    Args:
        bands: so many of the lowest are listened to.
    """
    return np.average([_flux(part, bands) for part, _ in parts], 0, [weight for _, weight in parts])


def alike(parts: Parts, frames: Int[ndarray, " beat"]) -> bool:
    """Whether all sounds at these frames are one: clicks, bursts of noise. Nothing then tells one beat from another."""
    bands = parts[-1][0][:, :BANDS].numpy()
    frames = frames[frames < len(bands) - 2]
    if not len(frames):
        return True
    beats_db = 20 * np.maximum.reduce([bands[frames], bands[frames + 1], bands[frames + 2]])
    level_db = beats_db.mean(1)
    colour_db = (beats_db - level_db[:, None]).std(0).mean()
    return bool(level_db.std() < ALIKE_DB and colour_db < ALIKE_COLOUR_DB)


def parts_of(sound: Sound) -> Parts:
    """What is listened to, as features, and how much each counts; nothing in silence.

    The drums (counted twice), drums and bass, and all.
    """
    drums, low = sound.named({Role.DRUMS}), sound.named({Role.DRUMS, Role.BASS})
    weights: dict[frozenset[str], int] = {}
    for names, weight in ((drums, 2), (low if drums else (), 1), (sound.names, 1)):
        chosen = frozenset(names)
        weights[chosen] = weights.get(chosen, 0) + weight
    parts: Parts = []
    for chosen, weight in weights.items():
        audio = sound.sum(chosen, RATE_HZ)
        peak = float(np.abs(audio).max(initial=0))
        if chosen and peak > SILENT:
            with one_thread():
                parts.append((features(audio * np.float32(PEAK / peak)), weight))
    return parts


def _flux(part: Float32[Tensor, "frame 272"], bands: int) -> Float[ndarray, " frame"]:
    """How much a frame rises, against the most within four seconds round it."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    rise = part[:, BANDS : BANDS + bands].sum(1).double().numpy()
    rise = np.maximum(rise - uniform_filter1d(rise, FRAMES_PER_S // 2), 0)
    return rise / np.maximum(maximum_filter1d(rise, 4 * FRAMES_PER_S), 0.1 * rise.max(initial=1e-9))
