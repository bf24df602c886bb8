"""How likely each frame of a song is a beat: by BeatNet where it is fetched, else by how much the spectrum rises."""

import numpy as np
import torch
from jaxtyping import Float, Float32
from numpy import ndarray
from torch import Tensor

from console.files.fetched.fetch import is_fetched, located
from console.music.beats.features import BANDS, FRAMES_PER_S, RATE_HZ, features
from console.music.sound import SILENT, Sound
from console.network.threads import one_thread
from console.read.roles import Role

PEAK = 0.95  # the network hears levels: each sound is brought to that of a record
MODEL = "beatnet"
_LIKELIEST = 0.9  # chance of the frame that rises most

Chances = Float[ndarray, "frame 2"]


def by_network(sound: Sound) -> Chances | None:
    """Chances of a beat that is no downbeat and of a downbeat, by BeatNet; None in silence or where it is not fetched.

    The mean of what it hears in the drums (counted twice), in drums and bass, and in all.
    """
    from console.music.beats.network import chances, read_network

    if not is_fetched(MODEL):
        return None
    parts = _parts(sound)
    if not parts:
        return None
    with one_thread():
        told = chances(read_network(located(MODEL)), torch.stack([part for part, _ in parts])).double().numpy()
    return np.average(told, 0, [weight for _, weight in parts])


def by_rises(sound: Sound) -> Float[ndarray, " frame"] | None:
    """Chances of a beat by spectral flux (Böck, Krebs and Schedl, ISMIR 2012), of the same sounds; None in silence."""
    parts = _parts(sound)
    if not parts:
        return None
    return np.average([_flux(part) for part, _ in parts], 0, [weight for _, weight in parts])


def _parts(sound: Sound) -> list[tuple[Float32[Tensor, "frame 272"], int]]:
    """What is listened to, as features, and how much each counts."""
    drums, low = sound.named({Role.DRUMS}), sound.named({Role.DRUMS, Role.BASS})
    weights: dict[frozenset[str], int] = {}
    for names, weight in ((drums, 2), (low if drums else (), 1), (sound.names, 1)):
        chosen = frozenset(names)
        weights[chosen] = weights.get(chosen, 0) + weight
    parts = []
    for chosen, weight in weights.items():
        audio = sound.sum(chosen, RATE_HZ)
        peak = float(np.abs(audio).max(initial=0))
        if chosen and peak > SILENT:
            with one_thread():
                parts.append((features(audio * np.float32(PEAK / peak)), weight))
    return parts


def _flux(part: Float32[Tensor, "frame 272"]) -> Float[ndarray, " frame"]:
    """How much a frame rises, against the most within four seconds round it."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    rises = part[:, BANDS:].sum(1).double().numpy()
    rises = np.maximum(rises - uniform_filter1d(rises, FRAMES_PER_S // 2), 0)
    most = np.maximum(maximum_filter1d(rises, 4 * FRAMES_PER_S), 0.1 * rises.max(initial=1e-9))
    return _LIKELIEST * rises / most
