"""Long audio, heard in pieces that overlap and are faded into one another."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Float32
from torch import Tensor
from torch.nn import functional


def in_pieces(
    apply: Callable[[Tensor], Tensor],
    audio: Float[Tensor, "channel time"],
    sources: int,
    piece: int,
    overlap: int,
    tell: Callable[[int], None] = lambda done: None,
) -> Float32[Tensor, "source channel time"]:
    """What `apply` makes of the audio, piece by piece; the weights of two that overlap add up to one.

    Args:
        apply: "channel time" to "source channel time".
        piece, overlap: in samples; the overlap is at most half a piece.
        tell: is told how many samples are done.

    Raises: ValueError where `apply` gives another shape.
    """
    length = audio.shape[-1]
    out = torch.zeros(sources, *audio.shape)
    rise = torch.arange(1, overlap + 1) / (overlap + 1)
    for start in range(0, max(length - overlap, 1), piece - overlap):
        stop = min(start + piece, length)
        heard = functional.pad(audio[:, start:stop], (0, max(0, overlap - (stop - start))))
        given = apply(heard)
        if given.shape != (sources, *heard.shape):
            raise ValueError(f"of {tuple(heard.shape)} it makes {tuple(given.shape)}")
        fade = torch.ones(stop - start)
        if start:
            fade[:overlap] = rise
        if stop < length:
            fade[-overlap:] = rise.flip(0)
        out[..., start:stop] += fade * given[..., : stop - start].float()
        tell(stop)
    return out
