"""Channels of any number to one or two: mono to both sides, surround folded to stereo after ITU-R BS.775."""

import numpy as np
from jaxtyping import Float32

_HALF = 2**-0.5  # -3 dB: what goes to both sides, and the surrounds

# Each speaker's gain to the left and to the right. The low-frequency channel is dropped, and nothing is
# scaled down to avoid overs: samples are floats, and a hidden rescale would change the balance.
_SIDES = {
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    "FC": (_HALF, _HALF),
    "LFE": (0.0, 0.0),
    "BL": (_HALF, 0.0),
    "BR": (0.0, _HALF),
    "SL": (_HALF, 0.0),
    "SR": (0.0, _HALF),
    "BC": (0.5, 0.5),
}

# The order of the speakers in a file that has so many channels, in WAVE (AIFF and FLAC are read alike) ...
_WAVE = {
    1: ("FC",),
    2: ("FL", "FR"),
    3: ("FL", "FR", "FC"),
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    7: ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}
# ... and in Ogg (Vorbis I specification, 4.3.9; Opus: RFC 7845, 5.1.1.2).
_OGG = _WAVE | {
    3: ("FL", "FC", "FR"),
    5: ("FL", "FC", "FR", "BL", "BR"),
    6: ("FL", "FC", "FR", "BL", "BR", "LFE"),
    7: ("FL", "FC", "FR", "SL", "SR", "BC", "LFE"),
    8: ("FL", "FC", "FR", "SL", "SR", "BL", "BR", "LFE"),
}


def fold(
    block: Float32[np.ndarray, "time channel"], speakers: tuple[str, ...], channels: int
) -> Float32[np.ndarray, "time side"]:
    """The block in `channels` (1 or 2) channels: as it is, mono on both sides, or folded to stereo.

    `speakers` names the block's channels in order.
    """
    if len(speakers) == channels:
        return block
    if len(speakers) == 1:
        return np.broadcast_to(block, (len(block), channels))
    return block @ np.array([_SIDES[speaker] for speaker in speakers], dtype=np.float32)


def speakers_of(channels: int, ogg: bool = False) -> tuple[str, ...]:
    """The order of a file's channels by their number; beyond 8 the names are made up."""
    return (_OGG if ogg else _WAVE).get(channels, ("?",) * channels)


def known_speakers(speakers: tuple[str, ...]) -> tuple[str, ...]:
    """The speakers as a file names them, or the usual ones for that many channels where it names others."""
    return speakers if all(speaker in _SIDES for speaker in speakers) else speakers_of(len(speakers))
