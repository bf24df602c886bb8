"""The spectrum that key and chords are read from: three bins a semitone, of the stems that carry harmony."""

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from console.music.sound import Sound
from console.read.roles import Role

RATE_HZ, HOP = 22_050, 512
BINS_PER_SEMITONE, BINS = 3, 288  # from F#0 on
LOWEST_MIDI = 18
FRAME_S = HOP / RATE_HZ
LEAST_S = 1.0
LEAST_SAMPLES = 2**16  # the transform halves the rate for each octave, and the lowest needs a window of it
Roles = frozenset[Role]
PITCHED: Roles = frozenset(Role) - {Role.DRUMS}
# What is listened to. A tune tells the key better than chords; the network learnt chords from mixes, and is a little
# surer of their thirds there; chroma is clearer without drums and voice.
OF_KEY, OF_NETWORK = PITCHED, frozenset(Role)
OF_TEMPLATES: Roles = frozenset({Role.BASS, Role.OTHER})
MIX = "the mix"


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Magnitudes of a constant-Q transform.

    Args:
        heard_in: the stems that were listened to, in words.
    """

    magnitude: Float32[ndarray, "frame bin"]
    heard_in: str

    @cached_property
    def semitones(self) -> Float32[ndarray, "frame semitone"]:
        """Magnitude around each semitone, the first a little above F#0's: neighbours belong to the nearest."""
        power = np.pad(self.magnitude, ((0, 0), (1, 0)))[:, :BINS]
        return np.asarray(power.reshape(len(power), -1, BINS_PER_SEMITONE).sum(-1), dtype=np.float32)

    @cached_property
    def chroma(self) -> Float32[ndarray, "frame 12"]:
        """Magnitude of each pitch class, C first."""
        turned = np.pad(self.semitones, ((0, 0), (LOWEST_MIDI % 12, 0)))
        turned = np.pad(turned, ((0, 0), (0, -turned.shape[1] % 12)))
        return np.asarray(turned.reshape(len(turned), -1, 12).sum(1), dtype=np.float32)


def spectrum(sound: Sound, roles: Roles) -> Spectrum | None:
    """Of the stems of these roles, or else of all that have a pitch.

    Returns: None where none of these sounds, as drums have neither key nor chords; and for less than a second.
    """
    import librosa

    if sound.duration_s < LEAST_S or not sound.named(PITCHED):
        return None
    names = sound.named(roles) or sound.named(PITCHED)
    audio = sound.sum(names, RATE_HZ)
    if not audio.any():
        return None
    heard_in = MIX if len(names) > 1 and names == sound.named(frozenset(Role)) else " + ".join(names)
    frames = 1 + len(audio) // HOP
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Trying to estimate tuning from empty")  # no pitch in it: as tuned as any
        transform = librosa.hybrid_cqt(
            np.pad(audio, (0, max(0, LEAST_SAMPLES - len(audio)))),
            sr=RATE_HZ,
            hop_length=HOP,
            fmin=librosa.midi_to_hz(LOWEST_MIDI),
            n_bins=BINS,
            bins_per_octave=12 * BINS_PER_SEMITONE,
            tuning=None,
        )
    return Spectrum(_centred(np.abs(transform).T[:frames].astype(np.float32)), heard_in)


def _centred(magnitude: Float32[ndarray, "frame bin"]) -> Float32[ndarray, "frame bin"]:
    """Moved by a bin where a song is tuned so that its notes lie in the first or third bin of their semitones.

    librosa finds how far they are from a bin's middle, not which bin of the three they are in. A song at A = 432 Hz
    lies a third of a semitone off.
    """
    inner = magnitude[:, 1:-1]
    peaks = np.where((inner > magnitude[:, :-2]) & (inner >= magnitude[:, 2:]), inner, 0)
    loudest = peaks.max(1, keepdims=True)
    peaks /= loudest + 1e-3 * loudest.max() + 1e-12  # every moment counts the same
    off = int(np.pad(peaks.sum(0), 1).reshape(-1, BINS_PER_SEMITONE).sum(0).argmax())
    return np.roll(magnitude, {0: 0, 1: -1, 2: 1}[off], axis=1)
