"""musicnn as the console's encoder of sound: the 200 values before its tags."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from console.files.fetched.catalogue import known
from console.files.fetched.fetch import located
from console.music.tags.listen import MODEL
from console.music.tags.network import UNITS, Musicnn
from console.music.tags.patches import FFT, RATE, WINDOW, log_mel
from console.network.encoders.encoder import AudioEncoder
from console.network.encoders.heard_as import HeardAs

LOUDER = 1.5  # records' level, by which it learnt, against what an encoder is given


class MusicnnEncoder(AudioEncoder):
    """A network that learnt tags of people; frozen, and small enough to be among the console's own weights.

    Args:
        learnt_of: the Million Song Dataset ("MSD"), or MagnaTagATune ("MTT").
        network: in place of the fetched one.

    Raises: InputError, naming the command, where it is not fetched.
    """

    def __init__(self, learnt_of: Literal["MSD", "MTT"] = "MSD", network: Musicnn | None = None):
        super().__init__(MODEL, HeardAs(RATE, 1), (WINDOW + FFT) / RATE, UNITS, known(MODEL).licence.lower())
        self.learnt_of = learnt_of
        network = Musicnn.load(located(MODEL), learnt_of) if network is None else network
        self.network = network.requires_grad_(False).train()  # as Lightning expects of whatever is trained

    def told(self) -> dict[str, Any]:
        """What `again` needs, as JSON has it."""
        return {**super().told(), "learnt_of": self.learnt_of}

    @classmethod
    def again(cls, told: Mapping[str, Any], folder: Path) -> "MusicnnEncoder":
        """Its weights are the console's own."""
        return cls("MTT" if told["learnt_of"] == "MTT" else "MSD", Musicnn())

    @torch.no_grad()
    def forward(self, pieces: Float[Tensor, "piece channel time"]) -> Float[Tensor, "piece size"]:
        """What is shorter than the 3 s that it hears at once is repeated."""
        self.network.eval()  # it keeps the means and variances that it learnt
        mono, wanted = LOUDER * pieces[:, 0], WINDOW + FFT
        mono = mono.repeat(1, -(-wanted // mono.shape[-1]))[:, :wanted]
        vectors: Tensor = self.network(log_mel(mono.cpu()).to(pieces.device))[1]
        return vectors
