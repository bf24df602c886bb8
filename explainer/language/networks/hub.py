"""A language model of transformers, with or without an adapter, as the explainer uses it."""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from explainer.language.networks.small import TOP_K, TOP_P
from explainer.language.slot_mask import SlotMask


class HubLanguage(nn.Module):
    """Vectors in, a loss or new tokens out.

    Args:
        model: a causal language model of transformers or peft.
    """

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model: Any = model

    @property
    def width(self) -> int:
        """Of the vectors."""
        return int(self.model.get_input_embeddings().weight.shape[-1])

    def embed(self, ids: Int[Tensor, "batch token"]) -> Float[Tensor, "batch token width"]:
        """The vectors of tokens."""
        vectors: Tensor = self.model.get_input_embeddings()(ids)
        return vectors

    def forward(
        self,
        vectors: Float[Tensor, "batch token width"],
        attention: Bool[Tensor, "batch token"],
        labels: Int[Tensor, "batch token"],
    ) -> Float[Tensor, ""]:
        """The mean loss of the labelled tokens; only their places are projected onto the vocabulary.

        Args:
            labels: -100 where no loss is taken.
        """
        places = (labels[:, 1:] != -100).any(0).nonzero()[:, 0]  # a token is told by the place before it
        out = self.model(inputs_embeds=vectors, attention_mask=attention.long(), logits_to_keep=places, use_cache=False)
        told = labels[:, places + 1]
        kept = told != -100
        loss: Tensor = nn.functional.cross_entropy(out.logits[kept].float(), told[kept])
        return loss

    @torch.no_grad()
    def generate(
        self,
        vectors: Float[Tensor, "batch token width"],
        attention: Bool[Tensor, "batch token"],
        most_tokens: int,
        temperature: float,
        ends: tuple[int, ...],
        seed: int,
        mask: SlotMask | None = None,
    ) -> Int[Tensor, "batch new"]:
        """As of `SmallLlama`."""
        given = {"inputs_embeds": vectors, "attention_mask": attention.long()}
        return generated(self.model, given, most_tokens, temperature, ends, seed, mask)


def generated(
    model: Any,
    given: dict[str, Tensor],
    most_tokens: int,
    temperature: float,
    ends: tuple[int, ...],
    seed: int,
    mask: SlotMask | None = None,
) -> Int[Tensor, "batch token"]:
    """What a model of transformers gives for these inputs; the rest as of `HubLanguage.generate`."""
    chance: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    if temperature > 0:
        chance = {"do_sample": True, "temperature": temperature, "top_p": TOP_P, "top_k": TOP_K}

    devices = [tensor.device for tensor in given.values() if tensor.is_cuda][:1]
    with torch.random.fork_rng(devices):  # transformers draws from the shared state
        torch.manual_seed(seed)
        written: Tensor = model.generate(
            **given,
            max_new_tokens=most_tokens,
            eos_token_id=list(ends),
            pad_token_id=ends[0],
            logits_processor=None if mask is None else [lambda written, scores: mask(scores, written)],
            **chance,
        )
    return written
