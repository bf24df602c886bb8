"""A pretrained audio model as an ear: clips in, a few vectors a clip out."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from console.errors import InputError
from console.network.encoders.tower import tower_of
from explainer.language.networks.base import missing
from explainer.language.told.clip import Clip


class AudioEncoder(nn.Module):
    """A frozen audio encoder of transformers, its output pooled over time.

    Args:
        tower: maps what `extractor` gives to hidden states over time.
        extractor: the feature extractor that goes with it.
        name: folder or Hub name that it is from.
        vectors: of a clip, each the mean over an equal stretch of it.
    """

    def __init__(self, tower: nn.Module, extractor: Any, name: str, vectors: int):
        super().__init__()
        self.tower: Any = tower.requires_grad_(False).eval()
        self.extractor, self.name, self.vectors = extractor, name, vectors

    @classmethod
    def load(cls, name: str, vectors: int = 8) -> "AudioEncoder":
        """Any model that `AutoModel` knows and that hears: wav2vec2 and its kin, Whisper's encoder, CLAP's audio tower.

        Args:
            name: a folder, or a name on the Hub.

        Raises: InputError, naming it, where it cannot be had or is no audio encoder.
        """
        from transformers import AutoFeatureExtractor, AutoModel

        try:
            extractor = AutoFeatureExtractor.from_pretrained(name, trust_remote_code=False)
            model = AutoModel.from_pretrained(name, trust_remote_code=False, dtype=torch.float32)
        except Exception as error:  # transformers raises many kinds: offline, unknown, another architecture
            raise missing(name, error, "audio encoder") from error
        if not hasattr(extractor, "sampling_rate"):
            raise InputError(f'"{name}" is no audio encoder: what it is given has no sample rate.')
        return cls(tower_of(model), extractor, name, vectors)

    @property
    def rate_hz(self) -> int:
        """Of the audio that it hears."""
        return int(self.extractor.sampling_rate)

    @property
    def width(self) -> int:
        """Of the vectors."""
        return int(self.tower.config.hidden_size)

    @torch.no_grad()
    def forward(self, clips: Sequence[Clip]) -> Float[Tensor, "clip vector width"]:
        """The vectors of each clip, whatever the others are; nothing is dropped or masked in training either."""
        self.tower.eval()
        return torch.stack([self._hear(clip) for clip in clips])

    def _hear(self, clip: Clip) -> Float[Tensor, "vector width"]:
        options = {"sampling_rate": self.rate_hz, "return_tensors": "pt", "return_attention_mask": True}
        inputs = self.extractor([clip.at(self.rate_hz)], **options)
        mask = inputs.get("attention_mask")
        share = 1.0 if mask is None else float(mask.float().mean())  # the rest is padding
        wanted = (self.tower.main_input_name, "is_longer")
        given = {key: inputs[key].to(self.tower.device) for key in wanted if key in inputs}
        hidden = self.tower(**given).last_hidden_state[0]
        if hidden.dim() == 3:  # "width band time", as CLAP has it
            hidden = hidden.mean(1).T
        sounding = hidden[: max(1, math.ceil(share * len(hidden)))].float()
        return nn.functional.adaptive_avg_pool1d(sounding.T, self.vectors).T
