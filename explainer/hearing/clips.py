"""An explainer on a base with ears of its own (Qwen2-Audio): it hears several clips in one prompt."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from console.errors import InputError
from explainer.language.chat import UNSCORED, Chat, Encoded
from explainer.language.model import MOST_TOKENS
from explainer.language.networks.base import LoraSettings, adapt, missing, on_device, stay_packable
from explainer.language.networks.batch import Batch, batch
from explainer.language.networks.hub import generated
from explainer.language.told.ask import Ask
from explainer.language.told.clip import listing
from explainer.language.told.conditioning import Conditioning
from explainer.language.told.prompt import prompt

if TYPE_CHECKING:
    from transformers import PreTrainedModel

KIND = "qwen2_audio"
LANGUAGE = "language_model"  # the part that reads and writes
EARS = [r".*audio_tower", r".*multi_modal_projector", "lm_head"]  # and the head: patterns of what stays as it is


class HeardBatch(NamedTuple):
    """Conversations as tokens, and the clips in them, one conversation's after the other's.

    Args:
        features: the clips' mel spectra; None where there is no clip.
        sounding: 0 at a clip's padding.
    """

    text: Batch
    features: Float[Tensor, "clip mel frame"] | None
    sounding: Int[Tensor, "clip frame"] | None

    def to(self, device: torch.device) -> "HeardBatch":
        """The same on another device."""
        features, sounding = (None if part is None else part.to(device) for part in self[1:])
        return HeardBatch(self.text.to(device), features, sounding)


class ClipExplainer(nn.Module):
    """Words for what is heard in clips of a mix; no number is told.

    Args:
        model: a `Qwen2AudioForConditionalGeneration` with an adapter.
        processor: what goes with it.
        base: its name or folder.
        quantised: whether its language part is.
    """

    def __init__(self, model: nn.Module, processor: Any, base: str, quantised: bool = False):
        super().__init__()
        self.model: Any = model
        self.processor, self.base, self.quantised = processor, base, quantised
        self.chat = _chat(processor, base)

    @classmethod
    def build(
        cls, base: str | Path, lora: LoraSettings | None = None, quantise: bool = False, seed: int = 0
    ) -> "ClipExplainer":
        """One to be trained: all is frozen but a new adapter on every linear layer of the language part.

        Args:
            base: a folder, or a name on the Hub, of a model of the Qwen2-Audio family.
            quantise: the language part to NF4 (QLoRA).
            seed: another one, another start.

        Raises: InputError for a base that is missing or of another family.
        """
        model, processor = load_audio_base(base, quantise)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            adapted = adapt(model, lora or LoraSettings(), linear_layers(model))
        return cls(adapted, processor, str(base), quantise).train()

    @property
    def device(self) -> torch.device:
        """Where its numbers are."""
        return next(self.parameters()).device

    @property
    def rate_hz(self) -> int:
        """Of the audio that it hears."""
        return int(self.processor.feature_extractor.sampling_rate)

    def train(self, mode: bool = True) -> "ClipExplainer":
        """As of any module; but layers of 4 bits stay as they are in training."""
        super().train(mode)
        stay_packable(self.model)
        return self

    def batch(self, asks: Sequence[Ask], left: bool = False) -> HeardBatch:
        """Questions with their clips, and their answers, as numbers; arguments as of `Explainer.batch`."""
        rows = [self._row(ask, left) for ask in asks]
        text = batch([encoded for encoded, _ in rows], None, self.chat.pad, left)
        heard = [inputs for _, inputs in rows if "input_features" in inputs]
        if not heard:
            return HeardBatch(text, None, None)
        features, sounding = (torch.cat([i[k] for i in heard]) for k in ("input_features", "feature_attention_mask"))
        return HeardBatch(text, features, sounding.long())

    def forward(self, batch: HeardBatch) -> Float[Tensor, ""]:
        """The mean loss of the responses' tokens; only their places are projected onto the vocabulary."""
        labels = batch.text.labels
        first = int((labels != UNSCORED).any(0).nonzero()[0])
        whole = self.model.get_base_model()
        hidden = whole.model(**_given(batch), use_cache=False).last_hidden_state
        logits = whole.lm_head(hidden[:, first - 1 : -1]).float()  # a token is told by the place before it
        loss: Tensor = nn.functional.cross_entropy(
            logits.flatten(0, 1), labels[:, first:].flatten(), ignore_index=UNSCORED
        )
        return loss

    @torch.no_grad()
    def write(
        self, asks: Sequence[Ask], temperature: float = 0.0, most_tokens: int = MOST_TOKENS, seed: int = 0
    ) -> list[str]:
        """An answer to each question, unverified; arguments as of `Explainer.write`."""
        if not asks:
            return []
        was_training = self.training
        self.eval()
        try:
            rows = self.batch(asks, left=True).to(self.device)
            ids = generated(self.model, _given(rows), most_tokens, temperature, self.chat.ends, seed)
        finally:
            self.train(was_training)
        return [self.chat.decode(row) for row in ids[:, rows.text.ids.shape[1] :].tolist()]

    def _row(self, ask: Ask, unanswered: bool) -> tuple[Encoded, Any]:
        """One conversation: its tokens, those of the clips too, and what the processor made of the clips."""
        heard = listing(ask.clips, ask.advice.alias_by_name) or "Nothing is heard."
        question = prompt(ask.advice, ask.instruction, Conditioning.REPORT, ask.compare, heard)
        content: list[dict[str, str]] = [*({"type": "audio"} for _ in ask.clips), {"type": "text", "text": question}]
        said = [{"role": "user", "content": content}]
        text = self.processor.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
        audio: dict[str, Any] = {}
        if ask.clips:
            audio = {"audio": [clip.at(self.rate_hz) for clip in ask.clips], "sampling_rate": self.rate_hz}
        inputs = self.processor(text=[text], return_tensors="pt", **audio)
        ids: list[int] = inputs["input_ids"][0].tolist()
        learnt = not unanswered and ask.response is not None
        answer = [*self.chat.tokens(ask.response or ""), self.chat.ends[0]] if learnt else []
        source = (-1,) * (len(ids) + len(answer))
        return Encoded((*ids, *answer), source, (*([UNSCORED] * len(ids)), *answer)), inputs


def load_audio_base(base: str | Path, quantise: bool = False) -> tuple["PreTrainedModel", Any]:
    """A frozen model of the Qwen2-Audio family and its processor.

    Args:
        quantise: its language part, to NF4.

    Raises: InputError, naming the base, where it cannot be had or is of another family.
    """
    from transformers import AutoConfig, AutoProcessor, Qwen2AudioForConditionalGeneration

    try:
        kind = AutoConfig.from_pretrained(str(base), trust_remote_code=False).model_type
    except Exception as error:  # transformers raises many kinds: offline, unknown, another architecture
        raise missing(base, error) from error
    if kind != KIND:
        raise InputError(f'The base model "{base}" has no ears (it is a {kind}): choose one of the Qwen2-Audio family.')
    options: dict[str, Any] = on_device(skipped=EARS) if quantise else {}
    try:
        processor = AutoProcessor.from_pretrained(str(base), trust_remote_code=False)
        model = Qwen2AudioForConditionalGeneration.from_pretrained(str(base), dtype=torch.float32, **options)
    except Exception as error:
        raise missing(base, error) from error
    model.requires_grad_(False)
    return model, processor


def linear_layers(model: "PreTrainedModel") -> str:
    """The pattern of the names of all linear layers in the language part."""
    inside = [n for n, module in model.named_modules() if f"{LANGUAGE}." in n and isinstance(module, nn.Linear)]
    leaves = sorted({re.escape(name.rsplit(".", 1)[1]) for name in inside})
    return rf"(.*\.)?{LANGUAGE}\..*\.({'|'.join(leaves)})"


def _given(batch: HeardBatch) -> dict[str, Tensor]:
    """A batch as the model takes it."""
    given = {"input_ids": batch.text.ids, "attention_mask": batch.text.attention.long()}
    if batch.features is not None and batch.sounding is not None:
        given |= {"input_features": batch.features, "feature_attention_mask": batch.sounding}
    return given


def _chat(processor: Any, base: str) -> Chat:
    """The processor's template is the one that knows of clips; a tokenizer may come without."""
    tokenizer = processor.tokenizer
    if not tokenizer.chat_template:
        tokenizer.chat_template = processor.chat_template
    return Chat.of(tokenizer, base)
