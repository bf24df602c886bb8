"""One source's sound and levels -> embedding."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from console.network.features import LEVELS, LOUDEST_LEVEL, N_MEL, OF_SECONDS, SCALE_DB, Features
from console.read.roles import Role

N_ROLES = len(Role) + 1  # the last one is the mix itself
TOLD = 5  # numbers that say what is usual of a source


class StemEncoder(nn.Module):
    """Log-mel picture through convolutions over time, or what a pretrained encoder makes of the sound; levels through a
    perceptron; plus role and anchor.

    Args:
        width: size of the embedding.
        content: whether the sound is looked at, `levels` whether the levels are, `bands` whether those of bands and the
            K-weighted ones are among them.
        encoded: size of the vectors that a pretrained encoder gives in place of the picture; 0: there is none.
    """

    def __init__(
        self, width: int = 128, content: bool = True, levels: bool = True, bands: bool = True, encoded: int = 0
    ):
        super().__init__()
        self.picture = self.levels = self.encoded = None
        if encoded:
            self.encoded = nn.Sequential(nn.LayerNorm(encoded), nn.Linear(encoded, width))
        elif content:
            # Mel bands are channels: many times cheaper than convolving over both dimensions.
            layers: list[nn.Module] = []
            for _ in range(2):
                layers += [nn.Conv1d(N_MEL, N_MEL, 3, stride=2, padding=1), nn.GroupNorm(4, N_MEL), nn.GELU()]
            self.picture = nn.Sequential(*layers)
            self.content = nn.Linear(N_MEL, width)
        self.read = LEVELS if bands else OF_SECONDS
        if levels:
            self.levels = nn.Sequential(nn.Linear(self.read + TOLD, width), nn.GELU(), nn.Linear(width, width))
        self.role = nn.Embedding(N_ROLES, width)
        self.anchor = nn.Embedding(2, width)
        self.unheard = nn.Parameter(nn.init.normal_(self.role.weight.new_empty(width), std=0.02))

    def forward(
        self,
        features: Features,
        role: Int[Tensor, "batch source"],
        anchor: Bool[Tensor, "batch source"],
        heard: Bool[Tensor, "batch source"],
        usual: Float[Tensor, "batch source 2"],
    ) -> Float[Tensor, "batch window source width"]:
        """`role` indexes `Role` (the mix is the last index); nothing but the role is seen of a source not `heard`."""
        known = self.role(role) + self.anchor(anchor.long()) + self.unheard * ~heard[..., None]
        embedding = known[:, None].expand(-1, features.levels.shape[1], -1, -1)
        shown = heard[:, None, :, None]
        if self.picture is not None:
            picture = self.picture(features.content.flatten(0, 2)).mean(-1)
            content = self.content(picture).unflatten(0, features.content.shape[:3])
            embedding = embedding + content * shown
        if self.encoded is not None:
            embedding = embedding + self.encoded(features.content[..., 0]) * shown
        if self.levels is not None:
            told = told_of(features, usual) * shown
            embedding = embedding + self.levels(torch.cat([features.levels[..., : self.read] * shown, told], dim=-1))
        return embedding


def told_of(features: Features, usual: Float[Tensor, "batch source 2"]) -> Float[Tensor, "batch window source told"]:
    """What is usual of the sources that sound, as the network reads it.

    Their expected level against the power sum of them all, how far the loudest seconds lie from it, the spread, its
    inverse (dB by 10, or as they are), and whether anything is told: all 0 where not.
    """
    mean_db, spread_db = usual.unbind(-1)
    told = (spread_db > 0)[:, None] & features.present
    low = torch.finfo(mean_db.dtype).min
    power = (mean_db[:, None] * torch.log(mean_db.new_tensor(10.0)) / 10).masked_fill(~told, low)
    total_db = 10 / torch.log(mean_db.new_tensor(10.0)) * power.logsumexp(-1, keepdim=True)
    expected = (mean_db[:, None] - total_db) / SCALE_DB
    off = features.levels[..., LOUDEST_LEVEL] - expected
    spread = spread_db[:, None].expand_as(off)
    rows = torch.stack([expected, off, spread / SCALE_DB, 1 / spread.clamp_min(0.1), torch.ones_like(off)], dim=-1)
    return torch.where(told[..., None], rows, 0.0)
