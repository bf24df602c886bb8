"""BeatNet's network: how likely each frame is a beat or a downbeat."""

from functools import lru_cache
from pathlib import Path

import torch
from jaxtyping import Float32
from torch import Tensor, nn
from torch.nn.functional import max_pool1d

from console.files.weights import check_finite

SIZE, KERNEL, CELLS = 272, 10, 150
CLASSES = 3  # beat, downbeat, neither
FILES = ("model_1_weights.pt", "model_2_weights.pt", "model_3_weights.pt")


class BeatNet(nn.Module):
    """A convolution along the bands of a frame, and two layers of LSTM along the frames.

    After Heydari, Cwitkowitz and Duan, "BeatNet: CRNN and particle filtering for online joint beat, downbeat and meter
    tracking", ISMIR 2021. It hears the past alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, 2, KERNEL)
        self.linear0 = nn.Linear(2 * ((SIZE - KERNEL + 1) // 2), CELLS)
        self.lstm = nn.LSTM(CELLS, CELLS, 2, batch_first=True)
        self.linear = nn.Linear(CELLS, CLASSES)

    def forward(self, features: Float32[Tensor, "sound frame 272"]) -> Float32[Tensor, "sound frame 3"]:
        """The chances of each frame to be a beat that is no downbeat, a downbeat, and neither."""
        sounds, frames, _ = features.shape
        heard = max_pool1d(self.conv1(features.reshape(-1, 1, SIZE)).relu(), 2).flatten(1)
        told, _ = self.lstm(self.linear0(heard).view(sounds, frames, CELLS))
        return self.linear(told).softmax(-1)


@lru_cache
def networks(folder: Path) -> tuple[BeatNet, ...]:
    """BeatNet three times, as trained on three choices of songs.

    Args:
        folder: of the fetched weights (CC BY 4.0).
    """
    return tuple(_read(folder / name) for name in FILES)


def _read(path: Path) -> BeatNet:
    # The files' sums were checked when they were fetched, and nothing but tensors is unpacked.
    weights = torch.load(path, map_location="cpu", weights_only=True)  # noqa: TID251
    check_finite(weights)
    network = BeatNet()
    network.load_state_dict(weights)
    return network.eval()
