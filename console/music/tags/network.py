"""The network musicnn: bands and beats by filters of their shape, three dense layers, pooled over time, then tags.

Pons and Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging", ISMIR 2019 late-breaking;
the layers as in Pons and others, "End-to-end learning for music audio tagging at scale", ISMIR 2018.
"""

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv1d, pad

from console.errors import InputError
from console.music.tags.checkpoint import read_checkpoint

BANDS, FRAMES, TAGS = 96, 187, 50
TALL, LONG = (38, 67), (128, 64, 32)  # bands that filters of timbre see; frames that filters of time see
CONTEXT = 7  # frames that a filter of timbre sees, and a dense layer
TIMBRES, TIMES, DENSE, UNITS = 204, 51, 64, 200  # filters of each kind
WIDTH = len(TALL) * TIMBRES + len(LONG) * TIMES
POOLED = 2 * (WIDTH + 3 * DENSE)
EPSILON = 1e-3  # of TensorFlow's batch normalisation
AFFINE = {"kernel": "weight", "bias": "bias"}
NORM = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}


class _Filters(nn.Module):
    """A convolution over time and bands, rectified, normalised; the loudest band of each frame."""

    def __init__(self, outputs: int, frames: int, bands: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, outputs, (frames, bands))
        self.norm = nn.BatchNorm1d(outputs, EPSILON)
        self.around = (0, 0, (frames - 1) // 2, frames // 2)  # frames of zeros, so that time stays as long

    def forward(self, x: Float[Tensor, "window time band"]) -> Float[Tensor, "window output time"]:
        """Place by place, since all places at once need memory for each, and more time.

        A filter that the normalisation turns over is loudest where its input is least.
        """
        turned = 1 - 2 * (self.norm.weight < 0).float()
        weight, bias = self.conv.parameters()
        filters = weight[:, 0].mT * turned[:, None, None]
        x = pad(x, self.around).mT
        seen = filters.shape[1]
        loudest = conv1d(x[:, :seen], filters)
        for low in range(1, x.shape[1] - seen + 1):
            loudest = loudest.maximum(conv1d(x[:, low : low + seen], filters))
        heard: Tensor = self.norm((loudest * turned[:, None] + bias[:, None]).relu())
        return heard


class Musicnn(nn.Module):
    """From windows of a log mel spectrogram to the logits of 50 tags, and to 200 values to compare songs by."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(1, EPSILON)
        self.timbral = nn.ModuleList(_Filters(TIMBRES, CONTEXT, bands) for bands in TALL)
        self.temporal = nn.ModuleList(_Filters(TIMES, frames, 1) for frames in LONG)
        self.dense = nn.ModuleList(_Filters(DENSE, CONTEXT, width) for width in (WIDTH, DENSE, DENSE))
        self.pooled_norm = nn.BatchNorm1d(POOLED, EPSILON)
        self.units = nn.Linear(POOLED, UNITS)
        self.units_norm = nn.BatchNorm1d(UNITS, EPSILON)
        self.tags = nn.Linear(UNITS, TAGS)

    def forward(
        self, log_mel: Float[Tensor, "window time band"]
    ) -> tuple[Float[Tensor, "window tag"], Float[Tensor, "window unit"]]:
        """Logits, and the layer before them."""
        x = self.norm(log_mel[:, None])[:, 0]
        front = torch.cat([filters(x) for filters in (*self.timbral, *self.temporal)], 1)
        first = self.dense[0](front.mT)
        second = first + self.dense[1](first.mT)
        third = second + self.dense[2](second.mT)
        layers = torch.cat([front, first, second, third], 1)
        # Each feature's largest value beside its mean.
        pooled = self.pooled_norm(torch.stack([layers.amax(2), layers.mean(2)], 2).flatten(1))
        embedding: Tensor = self.units_norm(self.units(pooled).relu())
        return self.tags(embedding), embedding

    @classmethod
    def load(cls, folder: Path, name: str) -> "Musicnn":
        """With weights of a folder, by their name there. Raises: InputError where they are of another network."""
        index = folder / f"{name}.index"
        told = read_checkpoint(index, folder / f"{name}.data-00000-of-00001")
        network = cls()
        filters = [*network.timbral, *network.temporal, *network.dense]
        norms = [network.norm, *(each.norm for each in filters), network.pooled_norm, network.units_norm]
        layers = [("dense", network.units), ("dense_1", network.tags)]
        layers += [(_numbered("conv2d", number), each.conv) for number, each in enumerate(filters)]
        layers += [(_numbered("batch_normalization", number), norm) for number, norm in enumerate(norms)]
        try:
            for layer_name, layer in layers:
                for theirs, ours in NORM.items() if hasattr(layer, "running_mean") else AFFINE.items():
                    array = torch.from_numpy(told[f"{layer_name}/{theirs}"])
                    # The filters of TensorFlow's kernels stand last, their inputs before them.
                    turned = {4: (3, 2, 0, 1), 2: (1, 0)}.get(array.ndim)
                    _set(getattr(layer, ours), array.permute(turned) if turned else array)
        except (KeyError, ValueError) as error:
            raise InputError(f'"{index}" holds no weights of musicnn ({error}).') from error
        return network.eval().requires_grad_(False)


def _numbered(name: str, number: int) -> str:
    """As TensorFlow names layers of one kind."""
    return f"{name}_{number}" if number else name


def _set(ours: Tensor, theirs: Tensor) -> None:
    if ours.shape != theirs.shape or not theirs.isfinite().all():
        raise ValueError(f"{tuple(theirs.shape)} for {tuple(ours.shape)}")
    ours.data.copy_(theirs)
