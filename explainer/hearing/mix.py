"""An explainer that hears the mix alone: a language model with a few vectors of a pretrained audio encoder."""

from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from console.errors import InputError
from explainer.hearing.encoder import AudioEncoder
from explainer.language.model import MOST_TOKENS, Explainer
from explainer.language.networks.base import LoraSettings
from explainer.language.networks.batch import Batch, Told, batch
from explainer.language.numbers import Numbers
from explainer.language.told.ask import Ask
from explainer.language.told.conditioning import MOST_STEMS, Conditioning, feature_width
from explainer.language.told.prompt import MARK, prompt


class MixExplainer(nn.Module):
    """Words for what is heard in a mix, of which no stem and no number is told.

    Args:
        voice: an explainer whose prefix is made of embeddings: here those of the encoder.
        encoder: hears the mix.
    """

    def __init__(self, voice: Explainer, encoder: AudioEncoder):
        super().__init__()
        self.voice, self.encoder = voice, encoder

    @classmethod
    def build(
        cls,
        base: str | Path,
        encoder: str,
        vectors: int = 8,
        lora: LoraSettings | None = None,
        quantise: bool = False,
        seed: int = 0,
    ) -> "MixExplainer":
        """One to be trained.

        Args:
            base, lora, quantise, seed: as of `Explainer.build`.
            encoder: a folder, or a name on the Hub, of an audio encoder.
            vectors: of the mix that are put into the prompt, 1 to 16.

        Raises: InputError for a base or an encoder that is missing, or another number of vectors.
        """
        if not 1 <= vectors <= MOST_STEMS:
            raise InputError(f"A mix is told in 1 to {MOST_STEMS} vectors, not {vectors}.")
        ear = AudioEncoder.load(encoder, vectors)
        voice = Explainer.build(base, lora, quantise, Conditioning.EMBEDDINGS, ear.width, Numbers.WRITTEN, seed=seed)
        return cls(voice, ear).train()

    def batch(self, asks: Sequence[Ask], left: bool = False) -> Batch:
        """Questions on mixes, and their answers, as numbers; arguments as of `Explainer.batch`.

        Raises: InputError for a question that has not one clip.
        """
        for ask in asks:
            if len(ask.clips) != 1:
                raise InputError(f"One clip of the mix is heard, not {len(ask.clips)}.")
        chat, vectors = self.voice.chat, self.encoder.vectors
        heard = f"Mix {MARK * vectors}."
        questions = [prompt(a.advice, a.instruction, Conditioning.REPORT, a.compare, heard) for a in asks]
        encoded = [chat.encode(q, None if left else a.response) for q, a in zip(questions, asks, strict=True)]
        embedding = self.encoder([ask.clips[0] for ask in asks]).cpu()
        told = Told(
            torch.zeros(len(asks), vectors, feature_width()),
            embedding,
            torch.ones(len(asks), vectors, dtype=torch.bool),
            torch.zeros(len(asks), vectors, dtype=torch.bool),
        )
        return batch(encoded, told, chat.pad, left)

    def forward(self, batch: Batch) -> Float[Tensor, ""]:
        """The mean loss of the responses' tokens."""
        loss: Tensor = self.voice(batch)
        return loss

    def write(
        self, asks: Sequence[Ask], temperature: float = 0.0, most_tokens: int = MOST_TOKENS, seed: int = 0
    ) -> list[str]:
        """An answer to each question, unverified; arguments as of `Explainer.write`."""
        return self.voice.answer(self.batch(asks, left=True), temperature, most_tokens, seed) if asks else []
