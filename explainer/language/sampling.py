"""Which token comes next."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

TOP_P = 0.95  # the least likely tokens, of together 5 %, are never written
TOP_K = 64  # and none but the likeliest; to find these takes much less time than to sort them all


def next_token(
    logits: Float[Tensor, "batch word"], temperature: float, generator: torch.Generator
) -> Int[Tensor, " batch"]:
    """The likeliest token at a temperature of 0, else one drawn from the likelier ones."""
    if temperature <= 0:
        return logits.argmax(-1)
    ordered, words = (logits / temperature).softmax(-1).topk(min(TOP_K, logits.shape[-1]))
    ordered = ordered * (ordered.cumsum(-1) - ordered < TOP_P)  # the likeliest always stays
    return words.gather(-1, torch.multinomial(ordered, 1, generator=generator)).squeeze(-1)
