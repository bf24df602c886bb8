"""One source's sound and levels -> embedding."""

from jaxtyping import Float, Int
from torch import Tensor, nn

from console.features import LEVELS, N_MEL, Features
from console.roles import Role

N_ROLES = len(Role) + 1  # the last one is the mix itself


class StemEncoder(nn.Module):
    """Log-mel picture through a small convolutional net, levels through a perceptron, plus role and anchor.

    Args:
        width: size of the embedding.
        channels: of the convolutions; each halves time and frequency.
    """

    def __init__(self, width: int = 128, channels: tuple[int, ...] = (16, 32, 64)):
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((1, *channels), channels, strict=False):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.GroupNorm(4, after), nn.GELU()]
        self.picture = nn.Sequential(*layers)
        rows = N_MEL // 2 ** len(channels)
        self.content = nn.Linear(channels[-1] * rows, width)
        self.levels = nn.Sequential(nn.Linear(LEVELS, width), nn.GELU(), nn.Linear(width, width))
        self.role = nn.Embedding(N_ROLES, width)
        self.anchor = nn.Embedding(2, width)

    def forward(
        self, features: Features, role: Int[Tensor, "batch source"], anchor: Int[Tensor, "batch source"]
    ) -> Float[Tensor, "batch source width"]:
        """`role` indexes `Role` (the mix is the last index); `anchor` is 1 for the stem taken as right, else 0."""
        picture = self.picture(features.content.flatten(0, 1)[:, None])
        content = self.content(picture.mean(-1).flatten(1)).unflatten(0, features.content.shape[:2])
        return content + self.levels(features.levels) + self.role(role) + self.anchor(anchor)
