"""The parts of a song, and the same of its reference, that tell most of every stem."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import torch
from jaxtyping import Float32
from torch import Tensor

from console.match.offset import coarse_offset, crossed, fine_offset, resampled

PIECE_S, SHORTEST_PIECE_S = 3.0, 0.5
LEAST_COMMON_S = 3.0  # an offset at which less is common is none
PIECES = 6  # at least, where the song is long enough for pieces of that length
STEM_SECONDS, LEAST_S, MOST_S = 160.0, 12.0, 36.0  # looked at: of all stems together; of the song
NEAREST = 0.5  # samples: pieces that lie no further from their common offset have no other
STRAIGHT = 0.25  # of how far they lie from it: pieces nearer to a line are on it
WHOLE = 0.2  # samples: an offset that is so near to a whole number is one
STEADY = 1e-6  # a clock that runs more evenly than that is the same
FAINTEST = 1e-30  # a peak; all are brought to 1, so that squares stay numbers
DRIFT = 2e-4  # by which two clocks differ at the most
TURNS = 3


@dataclass(frozen=True)
class Piece:
    """A part of a song and the same part of its reference."""

    stems: Float32[Tensor, "stem channel time"]
    reference: Float32[Tensor, "channel time"]

    def only(self, stems: list[int]) -> "Piece":
        """The piece with these of its stems."""
        return self if len(stems) == len(self.stems) else Piece(self.stems[stems], self.reference)


@dataclass(frozen=True)
class Aligned:
    """The pieces, and how the reference lies beside the song.

    Args:
        offset: samples by which the reference has later what the song has at its start.
        stretch: how much slower its clock runs.
        common: samples that both have.
    """

    pieces: tuple[Piece, ...]
    offset: float
    stretch: float
    polarity: int
    common: int


def align(
    stems: Float32[Tensor, "stem channel time"], reference: Float32[Tensor, "channel time_b"], sample_rate: int
) -> Aligned | None:
    """Pieces of both, side by side; None where they have less than half a second in common, or nothing sounds there."""
    loudest = torch.stack([stem.abs().max() for stem in stems]).max().clamp_min(FAINTEST)
    reference = reference / reference.abs().max().clamp_min(FAINTEST)
    whole = stems.sum(0).div_(loudest)
    coarse, unsure = coarse_offset(whole, reference, sample_rate, round(LEAST_COMMON_S * sample_rate))
    places = _places(stems, reference, coarse, sample_rate, float(loudest))
    if not places:
        return None
    length = places[0][1] - places[0][0]
    offset, stretch = float(coarse), 0.0
    drifted = round(DRIFT * stems.shape[-1])
    for _ in range(TURNS):  # again from where it was found: then both pieces hold the same sound
        beside = [resampled(reference, a + offset + stretch * a, length, stretch) for a, _ in places]
        pairs = zip(places, beside, strict=True)
        crosses = [crossed(whole[:, a:b], piece, sample_rate) for (a, b), piece in pairs]
        together = fine_offset(torch.stack(crosses).sum(0), min(unsure, length // 2))
        single = [fine_offset(cross, min(unsure + drifted, length // 2)).samples for cross in crosses]
        begin, grows = _line([a + length / 2 for a, _ in places], single, together.samples)
        offset, stretch = offset + begin, stretch + grows
        if not stretch and abs(offset - round(offset)) < WHOLE:
            offset = float(round(offset))
        if not grows and abs(begin) < WHOLE:
            break
    pieces = []
    for a, b in places:
        same = resampled(reference, a + offset + stretch * a, length, stretch) * together.polarity
        pieces.append(Piece(stems[..., a:b] / loudest, same))
    start, stop = max(0, -round(offset)), min(stems.shape[-1], reference.shape[-1] - round(offset))
    return Aligned(tuple(pieces), offset, stretch, together.polarity, stop - start)


def _places(stems: Tensor, reference: Tensor, offset: int, sample_rate: int, loudest: float) -> list[tuple[int, int]]:
    """Where the most telling pieces begin and end in the song, in their order; none where nothing is in common.

    Those are taken in which stems sound that have been heard least so far; the reference has to sound, too.
    """
    start, stop = max(0, -offset), min(stems.shape[-1], reference.shape[-1] - offset)
    common = stop - start
    if common < SHORTEST_PIECE_S * sample_rate:
        return []
    length = round(min(PIECE_S * sample_rate, max(common / PIECES, min(common, SHORTEST_PIECE_S * sample_rate))))
    count = common // length
    begins = [start + round(i * (common - length) / max(count - 1, 1)) for i in range(count)]
    energy = torch.stack([(stems[..., a : a + length] / loudest).square().sum((1, 2)) for a in begins])
    heard = torch.tensor([float(reference[:, a + offset : a + offset + length].square().sum()) for a in begins])
    energy *= (heard > 1e-6 * heard.max())[:, None]
    share = energy / energy.amax(0).clamp_min(1e-30)
    seconds = min(MOST_S, max(LEAST_S, STEM_SECONDS / len(stems)))
    most = max(PIECES, round(seconds * sample_rate / length))
    chosen: list[int] = []
    so_far = torch.zeros(len(stems))
    while len(chosen) < min(most, count):
        gained = (so_far + share).sqrt().sum(1) - so_far.sqrt().sum()
        gained[chosen] = -1.0
        best = int(gained.argmax())
        if gained[best] <= 0:
            break
        chosen.append(best)
        so_far = so_far + share[best]
    return [(begins[i], begins[i] + length) for i in sorted(chosen)]


def _line(middles: Sequence[float], offsets: Sequence[float], common: float) -> tuple[float, float]:
    """The offset at the song's start, and how much it grows by the sample, by Theil and Sen's line."""
    apart = median(abs(offset - common) for offset in offsets)
    slopes = [(offsets[i] - offsets[j]) / (middles[i] - middles[j]) for i in range(len(middles)) for j in range(i)]
    slope = median(slopes) if apart > NEAREST and slopes else 0.0
    begin = median(offset - slope * middle for offset, middle in zip(offsets, middles, strict=True))
    off_line = median(abs(o - begin - slope * m) for o, m in zip(offsets, middles, strict=True))
    return (begin, slope) if abs(slope) >= STEADY and off_line < STRAIGHT * apart else (common, 0.0)
