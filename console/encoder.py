"""One source's sound and levels -> embedding."""

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from console.features import LEVELS, N_MEL, Features
from console.read.roles import Role

N_ROLES = len(Role) + 1  # the last one is the mix itself


class StemEncoder(nn.Module):
    """Log-mel picture through convolutions over time, levels through a perceptron, plus role and anchor.

    Args:
        width: size of the embedding.
        content: whether the sound is looked at, `levels` whether the levels are.
    """

    def __init__(self, width: int = 128, content: bool = True, levels: bool = True):
        super().__init__()
        self.picture = self.levels = None
        if content:
            # Mel bands are channels: many times cheaper than convolving over both dimensions.
            layers: list[nn.Module] = []
            for _ in range(2):
                layers += [nn.Conv1d(N_MEL, N_MEL, 3, stride=2, padding=1), nn.GroupNorm(4, N_MEL), nn.GELU()]
            self.picture = nn.Sequential(*layers)
            self.content = nn.Linear(N_MEL, width)
        if levels:
            self.levels = nn.Sequential(nn.Linear(LEVELS, width), nn.GELU(), nn.Linear(width, width))
        self.role = nn.Embedding(N_ROLES, width)
        self.anchor = nn.Embedding(2, width)
        self.unheard = nn.Parameter(0.02 * nn.init.normal_(self.role.weight.new_empty(width)))

    def forward(
        self,
        features: Features,
        role: Int[Tensor, "batch source"],
        anchor: Bool[Tensor, "batch source"],
        heard: Bool[Tensor, "batch source"],
    ) -> Float[Tensor, "batch window source width"]:
        """`role` indexes `Role` (the mix is the last index); nothing but the role is seen of a source not `heard`."""
        known = self.role(role) + self.anchor(anchor.long()) + self.unheard * ~heard[..., None]
        embedding = known[:, None].expand(-1, features.levels.shape[1], -1, -1)
        shown = heard[:, None, :, None]
        if self.picture is not None:
            picture = self.picture(features.content.flatten(0, 2)).mean(-1)
            content = self.content(picture).unflatten(0, features.content.shape[:3])
            embedding = embedding + content * shown
        if self.levels is not None:
            embedding = embedding + self.levels(features.levels) * shown
        return embedding
