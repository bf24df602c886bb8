"""The explainer: a causal language model with an adapter, told of a mix by a vector for each of its stems."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explainer.language.ask import Ask
from explainer.language.base import LoraSettings, adapt, load_base, stay_packable
from explainer.language.batch import Batch, batch, told_side_by_side
from explainer.language.chat import Chat
from explainer.language.conditioning import Conditioning, describe, told_at
from explainer.language.hub import HubLanguage
from explainer.language.known import Known
from explainer.language.numerals import Numerals
from explainer.language.prefix import Prefix
from explainer.language.prompt import prompt

MOST_TOKENS = 400  # of an answer


class Explainer(nn.Module):
    """Words for advice.

    Args:
        language: a `HubLanguage`, or for writing only a `SmallLlama`.
        chat: its tokenizer and chat template.
        conditioning: what it is told of a mix.
        prefix: None where `conditioning` puts no vectors into the prompt.
        base: name or folder of the base model.
        embedding_width: of the console's embeddings.
        quantised: whether the base is.
    """

    def __init__(
        self,
        language: nn.Module,
        chat: Chat,
        conditioning: Conditioning,
        prefix: Prefix | None,
        base: str,
        embedding_width: int = 128,
        quantised: bool = False,
    ):
        super().__init__()
        self.language: Any = language
        self.chat, self.conditioning, self.prefix = chat, conditioning, prefix
        self.base, self.embedding_width, self.quantised = base, embedding_width, quantised
        self.name, self.version = "untrained", "0"
        # Whoever is not told the numbers must not learn them from what may be written.
        self.guarded = conditioning.tells_numbers

    @classmethod
    def build(
        cls,
        base: str | Path,
        lora: LoraSettings | None = None,
        quantise: bool = False,
        conditioning: Conditioning = Conditioning.PREDICTIONS,
        embedding_width: int = 128,
        seed: int = 0,
    ) -> "Explainer":
        """An explainer to be trained: a frozen base with a new adapter and a new prefix.

        Args:
            base: a folder, or a name on the Hub, of any causal language model with a chat template.
            quantise: the base to NF4 (QLoRA).
            seed: another one, another start.

        Raises: InputError for a base that is missing or has no chat template.
        """
        model, tokenizer = load_base(base, quantise)
        chat = Chat.of(tokenizer, str(base))
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            language = HubLanguage(adapt(model, lora or LoraSettings()))
            prefix = new_prefix(language, conditioning, embedding_width) if conditioning.prefixed else None
        return cls(language, chat, conditioning, prefix, str(base), embedding_width, quantise).train()

    @property
    def device(self) -> torch.device:
        """Where its numbers are."""
        return next(chain(self.parameters(), self.buffers())).device  # a small Llama has no parameters

    def train(self, mode: bool = True) -> "Explainer":
        """As of any module; but layers of 4 bits stay as they are in training."""
        super().train(mode)
        stay_packable(self.language)
        return self

    def batch(self, asks: Sequence[Ask], left: bool = False) -> Batch:
        """Questions, and their answers where they are to be learnt, as numbers.

        Args:
            left: pad at the beginning and leave the answers out, for writing.
        """
        questions = [prompt(a.advice, a.instruction, self.conditioning, a.compare, a.report) for a in asks]
        encoded = [self.chat.encode(q, None if left else a.response) for q, a in zip(questions, asks, strict=True)]
        told = None
        if self.prefix is not None:
            features = [describe(ask.advice, ask.compare) for ask in asks]
            told = told_side_by_side(features, [_of_told(ask) for ask in asks], self.embedding_width)
        return batch(encoded, told, self.chat.pad, left)

    def forward(self, batch: Batch) -> Float[Tensor, ""]:
        """The mean loss of the responses' tokens."""
        loss: Tensor = self.language(self.vectors(batch), batch.attention, batch.labels)
        return loss

    def vectors(self, batch: Batch) -> Float[Tensor, "batch token width"]:
        """The vectors of the tokens, those of the sources put in."""
        vectors: Tensor = self.language.embed(batch.ids)
        if self.prefix is None or batch.told is None:
            return vectors
        sources = self.prefix(*batch.told).to(vectors)
        at = batch.source.clamp_min(0)[..., None].expand_as(vectors)
        return torch.where(batch.source[..., None] >= 0, sources.gather(1, at), vectors)

    @torch.no_grad()
    def write(
        self, asks: Sequence[Ask], temperature: float = 0.0, most_tokens: int = MOST_TOKENS, seed: int = 0
    ) -> list[str]:
        """An answer to each question, unverified, with the stems' aliases as names.

        One that is `guarded`, as all are that are told the numbers, writes no others, and each in its place.

        Args:
            temperature: 0 writes what is likeliest.
            most_tokens: of an answer; a longer one is cut off.
        """
        if not asks:
            return []
        numerals = None
        if self.guarded:
            known = [Known.of(ask.advice, ask.instruction, ask.compare) for ask in asks]
            numerals = Numerals(self.chat.signs, self.chat.tokens, self.chat.text, known)
        return self.answer(self.batch(asks, left=True), temperature, most_tokens, seed, numerals)

    @torch.no_grad()
    def answer(
        self,
        rows: Batch,
        temperature: float = 0.0,
        most_tokens: int = MOST_TOKENS,
        seed: int = 0,
        numerals: Numerals | None = None,
    ) -> list[str]:
        """An answer to each question of a batch that is padded at the beginning; arguments as of `write`.

        Args:
            numerals: which numbers may follow; any by default.
        """
        was_training = self.training
        self.eval()
        try:
            rows = rows.to(self.device)
            ids = self.language.generate(
                self.vectors(rows), rows.attention, most_tokens, temperature, self.chat.ends, seed, numerals
            )
        finally:
            self.train(was_training)
        return [self.chat.decode(row) for row in ids.tolist()]


def _of_told(ask: Ask) -> Float[Tensor, "source width"] | None:
    """The embeddings of the stems that are told, and of the mix."""
    return None if ask.embedding is None else ask.embedding[[*told_at(ask.advice), -1]]


def new_prefix(language: HubLanguage, conditioning: Conditioning, embedding_width: int) -> Prefix:
    """A prefix whose vectors are as large as the language model's own."""
    scale = float(language.model.get_input_embeddings().weight.detach().float().std())
    return Prefix(language.width, conditioning, embedding_width, scale=scale)
