"""BeatNet's network: how likely each frame is a beat or a downbeat."""

from functools import lru_cache
from pathlib import Path

import torch
from jaxtyping import Float32
from torch import Tensor, nn
from torch.nn.functional import max_pool1d

from console.errors import InputError
from console.files.weights import check_finite

SIZE, KERNEL, CELLS = 272, 10, 150
CLASSES = 3  # beat, downbeat, neither
FILE = "model_1_weights.pt"
BLOCK = 6000  # frames that are heard at once

State = tuple[Tensor, Tensor]


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

    def forward(
        self, features: Float32[Tensor, "sound frame 272"], state: State | None = None
    ) -> tuple[Float32[Tensor, "sound frame 3"], State]:
        """The chances of each frame to be a beat that is no downbeat, a downbeat, and neither; and what is remembered.

        Args:
            state: what is remembered of the frames before.
        """
        sounds, frames, _ = features.shape
        heard = max_pool1d(self.conv1(features.reshape(-1, 1, SIZE)).relu(), 2).flatten(1)
        told, state = self.lstm(self.linear0(heard).view(sounds, frames, CELLS), state)
        return self.linear(told).softmax(-1), state


def chances(network: BeatNet, features: Float32[Tensor, "sound frame 272"]) -> Float32[Tensor, "sound frame 2"]:
    """The chances of each frame to be a beat that is no downbeat, and a downbeat; long songs block by block."""
    told, state = [], None
    with torch.inference_mode():
        for block in features.split(BLOCK, 1):
            of_block, state = network(block, state)
            told.append(of_block[..., :2])
    return torch.cat(told, 1)


@lru_cache
def read_network(folder: Path) -> BeatNet:
    """BeatNet as trained on most songs: on all but those of GTZAN, which it was tested on.

    Args:
        folder: of the fetched weights (CC BY 4.0).

    Raises: InputError where these are damaged.
    """
    # The file's sum was checked when it was fetched, and nothing but tensors is unpacked.
    try:
        weights = torch.load(folder / FILE, map_location="cpu", weights_only=True)  # noqa: TID251
        check_finite(weights)
        network = BeatNet()
        network.load_state_dict(weights)
    except Exception as error:  # torch raises many kinds at a file that is none
        raise InputError(f'"{folder / FILE}" holds no network for beats: fetch it again.') from error
    return network.eval()
