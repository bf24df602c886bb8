"""What is sung: how low, how high, and for how much of the song."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from console.music.harmony.key import spelling_of
from console.music.harmony.vocabulary import SHARPS
from console.music.music import Key, Melody
from console.music.sound import Sound
from console.read.roles import Role

RATE_HZ, FRAME_S = 16_000, 0.016
VOICED = 0.5  # a confidence from which swift-f0 says that a frame is voiced
SURE = 0.8  # and one from which its pitch counts for the range
LEAST_S = 0.5  # of sure pitch, for anything to be told
LOW_HZ, HIGH_HZ = 65.0, 1400.0  # what is sung
LOUDEST, SCALE_PEAK = 99.9, 0.5
# The middle of voices' usual ranges, as MIDI notes (the choir's: bass E2 to E4, baritone A2 to A4, tenor C3 to C5, alto
# F3 to F5, soprano C4 to C6): a melody is in the register whose middle is next to its own.
REGISTERS = {"bass": 52, "baritone": 57, "tenor": 60, "alto": 65, "soprano": 72}
BY = "swift-f0"


def listen(sound: Sound, key: Key | None = None) -> Melody | None:
    """The melody of the vocals; None where there are none, or nothing in them has a pitch.

    By swift-f0 (Nieradzik, "SwiftF0", arXiv 2508.18440).

    Args:
        key: how notes are spelt.
    """
    names = sound.named({Role.VOCALS})
    audio = sound.sum(names, RATE_HZ)
    peak = float(np.percentile(np.abs(audio), LOUDEST)) if len(audio) else 0.0
    if not names or len(audio) < LEAST_S * RATE_HZ or not peak:
        return None
    from swift_f0 import SwiftF0

    heard = SwiftF0(threads=1).detect(np.clip(audio * (SCALE_PEAK / peak), -1, 1), RATE_HZ, LOW_HZ, HIGH_HZ)
    return told(heard.pitch_hz, heard.confidence, len(audio) / RATE_HZ, names, spelling_of(key))


def told(
    pitch_hz: Float[ndarray, " frame"],
    confidence: Float[ndarray, " frame"],
    duration_s: float,
    names: tuple[str, ...],
    spelling: Sequence[str] = SHARPS,
) -> Melody | None:
    """What the pitch of each frame comes to; None for too few that are sure."""
    sure: Bool[ndarray, " frame"] = confidence >= SURE
    voiced: Bool[ndarray, " frame"] = confidence >= VOICED
    if sure.sum() * FRAME_S < LEAST_S:
        return None
    notes = 69 + 12 * np.log2(pitch_hz[sure] / 440)
    lowest, middle, highest = np.percentile(notes, [5, 50, 95])
    return Melody(
        stems=names,
        lowest=note_name(lowest, spelling),
        highest=note_name(highest, spelling),
        middle=note_name(middle, spelling),
        range_semitones=round(highest) - round(lowest),
        register=min(REGISTERS, key=lambda name: abs(REGISTERS[name] - middle)),
        voiced_percent=min(100, round(100 * voiced.sum() * FRAME_S / duration_s)),
        confidence=round(float(confidence[voiced].mean()), 2),
        by=BY,
    )


def note_name(midi: float, spelling: Sequence[str] = SHARPS) -> str:
    """A MIDI note in words; 60 is "C4"."""
    octave, pitch_class = divmod(round(midi), 12)
    return f"{spelling[pitch_class]}{octave - 1}"
