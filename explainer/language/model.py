"""The explainer: a causal language model with an adapter, told of a mix by a vector for each of its stems."""

import math
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explainer.language.chat import Chat
from explainer.language.networks.base import LoraSettings, adapt, load_base, stay_packable
from explainer.language.networks.batch import Batch, batch, told_side_by_side
from explainer.language.networks.hub import HubLanguage
from explainer.language.networks.small import SmallLlama
from explainer.language.numbers import Numbers
from explainer.language.slot_mask import SlotMask
from explainer.language.told.ask import Ask
from explainer.language.told.conditioning import Conditioning, describe, told_at
from explainer.language.told.facts import WORDS, described, embedded
from explainer.language.told.prefix import FactPrefix, Prefix
from explainer.language.told.prompt import prompt, step_prompt

MOST_TOKENS = 400  # of an answer
STEP_TOKENS = 160  # of a step
DRAFTS = 3  # of a step at most, where the mask had to bar what was likelier than not
FORCED = 0.5
ANOTHER = 7919  # from one draft's seed to the next


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
        numbers: whether it writes an answer step by step, with slots, or whole, with its numbers.
    """

    def __init__(
        self,
        language: nn.Module,
        chat: Chat,
        conditioning: Conditioning,
        prefix: Prefix | FactPrefix | None,
        base: str,
        embedding_width: int = 128,
        quantised: bool = False,
        numbers: Numbers = Numbers.SLOTS,
    ):
        super().__init__()
        self.language: Any = language
        self.chat, self.conditioning, self.prefix = chat, conditioning, prefix
        self.base, self.embedding_width, self.quantised = base, embedding_width, quantised
        self.numbers = numbers
        self.name, self.version = "untrained", "0"
        self.answers = False  # whether it has learnt to answer questions

    @classmethod
    def build(
        cls,
        base: str | Path,
        lora: LoraSettings | None = None,
        quantise: bool = False,
        conditioning: Conditioning = Conditioning.PREDICTIONS,
        embedding_width: int = 128,
        numbers: Numbers = Numbers.SLOTS,
        dtype: str | None = None,
        seed: int = 0,
    ) -> "Explainer":
        """An explainer to be trained: a frozen base with a new adapter and a new prefix.

        Args:
            base: a folder, or a name on the Hub, of any causal language model with a chat template.
            quantise: the base to NF4 (QLoRA).
            dtype: of the base's weights, "bfloat16" or "float32", which is the default.
            seed: another one, another start.

        Raises: InputError for a base that is missing or has no chat template.
        """
        model, tokenizer = load_base(base, quantise, None if dtype is None else getattr(torch, dtype))
        chat = Chat.of(tokenizer, str(base))
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            language = HubLanguage(adapt(model, lora or LoraSettings()))
            made = cls(language, chat, conditioning, None, str(base), embedding_width, quantise, numbers)
            made.renew_prefix()
        return made.train()

    def renew_prefix(self) -> None:
        """A new prefix: of facts its vectors begin as those of the words that tell them in text."""
        if not self.conditioning.prefixed:
            self.prefix = None
            return
        table = self.language.model.get_input_embeddings().weight.detach().float()
        if self.numbers is Numbers.WRITTEN:
            scale = float(table.std())
            self.prefix = Prefix(self.language.width, self.conditioning, self.embedding_width, scale=scale)
        else:
            self.prefix = FactPrefix(self.language.width, self.conditioning, self.embedding_width)
            self.prefix.begin([table[self.chat.tokens(f" {word}")].mean(0) for word in WORDS], float(table.std()))

    @property
    def label(self) -> str:
        """What its rows are called in tables."""
        return f"{self.conditioning}{', numbers written' if self.numbers is Numbers.WRITTEN else ''}"

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
        questions = [self._prompt(ask) for ask in asks]
        encoded = [self.chat.encode(q, None if left else a.response) for q, a in zip(questions, asks, strict=True)]
        told = None
        if self.prefix is not None:
            features, embeddings = zip(*map(self._told, asks), strict=True)
            told = told_side_by_side(features, embeddings, self.embedding_width)
        return batch(encoded, told, self.chat.pad, left)

    def _prompt(self, ask: Ask) -> str:
        if ask.step is None:
            return prompt(ask.advice, ask.instruction, self.conditioning, ask.compare, ask.report)
        return step_prompt(ask.step, self.conditioning, ask.before)

    def _told(self, ask: Ask) -> tuple[Tensor, Tensor | None]:
        """The features and embeddings of what the vectors are of."""
        if ask.step is None:
            return describe(ask.advice, ask.compare), _of_told(ask)
        features = described(ask.step, ask.advice, self.conditioning)
        return features, embedded(ask.step, ask.embedding, self.conditioning)

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

    def fast(self) -> "Explainer":
        """The same as it is now, for writing only: a small Llama without what transformers adds, where it is one."""
        try:
            language: nn.Module = SmallLlama.of(self.language.model)
        except (ValueError, KeyError, AttributeError):
            return self
        made = Explainer(
            language, self.chat, self.conditioning, self.prefix, self.base, self.embedding_width, numbers=self.numbers
        )
        return made.eval()

    @torch.no_grad()
    def write(
        self, asks: Sequence[Ask], temperature: float = 0.0, most_tokens: int = MOST_TOKENS, seed: int = 0
    ) -> list[str]:
        """An answer to each question, unverified, with the stems' aliases as names; of one step with its slots.

        A step in which the mask had to bar what the model was set on is a step gone wrong: it is drawn again.

        Args:
            temperature: 0 writes what is likeliest.
            most_tokens: of an answer; a longer one is cut off.
        """
        if not asks:
            return []
        steps = [ask.step for ask in asks if ask.step is not None]
        if len(steps) < len(asks):
            return self.answer(self.batch(asks, left=True), temperature, most_tokens, seed)
        most, drafts = min(most_tokens, STEP_TOKENS), DRAFTS if temperature > 0 else 1
        texts, forced = [""] * len(asks), [math.inf] * len(asks)
        for draft in range(drafts):
            again = [at for at, force in enumerate(forced) if force > FORCED]
            if not again:
                break
            mask = SlotMask(self.chat.vocabulary, self.chat.text, [steps[at] for at in again])
            rows = self.batch([asks[at] for at in again], left=True)
            new = self.answer(rows, temperature, most, seed + draft * ANOTHER, mask)
            for at, text, force in zip(again, new, mask.forced, strict=True):
                if force < forced[at]:
                    texts[at], forced[at] = text, force
        return texts

    @torch.no_grad()
    def answer(
        self,
        rows: Batch,
        temperature: float = 0.0,
        most_tokens: int = MOST_TOKENS,
        seed: int = 0,
        mask: SlotMask | None = None,
    ) -> list[str]:
        """An answer to each question of a batch that is padded at the beginning; arguments as of `write`.

        Args:
            mask: what may follow; anything by default.
        """
        was_training = self.training
        self.eval()
        try:
            rows = rows.to(self.device)
            ids = self.language.generate(
                self.vectors(rows), rows.attention, most_tokens, temperature, self.chat.ends, seed, mask
            )
        finally:
            self.train(was_training)
        return [self.chat.decode(row) for row in ids.tolist()]


def _of_told(ask: Ask) -> Float[Tensor, "source width"] | None:
    """The embeddings of the stems that are told, and of the mix."""
    return None if ask.embedding is None else ask.embedding[[*told_at(ask.advice), -1]]
