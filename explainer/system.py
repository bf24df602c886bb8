"""The explainer and its base as Lightning modules: loss, agreement, optimiser, and the folders they are saved to."""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor

from console.errors import InputError
from console.training.card import Subject
from console.training.chance import SteadyChance
from console.training.schedule import adamw, rise_and_fall
from explainer.language.chat import Chat
from explainer.language.model import Explainer
from explainer.language.networks.base import LoraSettings, load_base
from explainer.language.networks.hub import HubLanguage
from explainer.language.networks.tokenizer import BaseSize, new_base, train_tokenizer
from explainer.language.numbers import Numbers
from explainer.language.pretrained import go_on, save_pretrained
from explainer.language.told.ask import Ask
from explainer.language.told.conditioning import Conditioning
from explainer.language.told.prompt import prompt, step_prompt
from explainer.lessons.lessons import ImaginedLessons, Lessons
from explainer.phrasing.plan import StepKind
from explainer.speak import faults

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

BETAS = (0.9, 0.98)  # of AdamW
TEXTS = 4000  # that a tokenizer is trained on
ABOUT = (
    "An explainer of mixconsole: a console's numbers on a mix in, advice in English out, which is held against the "
    "numbers. `mixconsole correct --explainer` reads it."
)
ABOUT_BASE = "A small language model that explainers of mixconsole are trained on top of; it knows no other text."


@runtime_checkable
class Likeliest(Protocol):
    """Whatever gives its likeliest answers."""

    def write(self, asks: Sequence[Ask]) -> list[str]:
        """An answer to each, the likeliest, unverified."""
        ...


class ExplainerSystem(SteadyChance):
    """Trains a prefix and an adapter on a frozen base.

    Args:
        base: a folder, or a name on the Hub.
        lora: of the adapter.
        quantise: the base to NF4 (QLoRA).
        conditioning: what the explainer is told of a mix.
        embedding_width: of the console's embeddings.
        numbers: whether it writes steps with slots, or whole answers with their numbers.
        dtype: of the base's weights, "bfloat16" or "float32"; the adapter's are float32 while it is trained.
        start: the folder of an explainer on the same base whose adapter is gone on with; its conditioning may differ.
        learning_rate: the schedule's peak.
        carry_base: the base is copied along where the explainer is kept.
    """

    def __init__(
        self,
        base: str,
        lora: LoraSettings | None = None,
        quantise: bool = False,
        conditioning: Conditioning = Conditioning.PREDICTIONS,
        embedding_width: int = 128,
        numbers: Numbers = Numbers.SLOTS,
        dtype: str | None = None,
        start: str | None = None,
        learning_rate: float = 1e-3,
        carry_base: bool = False,
    ):
        super().__init__()
        self.explainer = Explainer.build(base, lora, quantise, conditioning, embedding_width, numbers, dtype)
        if start is not None:
            go_on(self.explainer, start)
        self.learning_rate, self.carry_base = learning_rate, carry_base

    def training_step(self, batch: list[Ask], batch_index: int) -> Tensor:
        """The loss of one batch, logged."""
        self.explainer.answers |= any(ask.step is not None and ask.step.kind is StepKind.ANSWER for ask in batch)
        return _learnt(self, batch)

    def validation_step(self, batch: list[Ask], batch_index: int) -> None:
        """The loss, and how many unverified answers say what the numbers say."""
        _judge(self, batch)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW, whose learning rate rises and falls."""
        return adamw(self, self.learning_rate, BETAS)

    def save(self, folder: Path, name: str, version: str) -> None:
        """As `explainer.language.pretrained.from_pretrained` reads it."""
        save_pretrained(self.explainer, folder, name, version, carry_base=self.carry_base)

    def subject(self) -> Subject:
        """What the card of an explainer says."""
        return Subject(ABOUT, "mixconsole", "text-generation", on_the_hub(self.explainer.base))


class BaseSystem(SteadyChance):
    """Pretrains a small base on text of the domain: every number it is to say is in the prompt, as text.

    Args:
        size: of the base.
        start: the folder of a base to go on from, with its tokenizer; a new one by default.
        lessons: whose text the tokenizer is trained on.
        learning_rate: the schedule's peak, of AdamW.
        muon_learning_rate: of Muon.
        accumulate: batches whose gradients make a step together. The trainer's `accumulate_grad_batches` knows of one
            optimiser only.

    Raises: InputError for fewer than one of them.
    """

    def __init__(
        self,
        size: BaseSize | None = None,
        start: str | None = None,
        lessons: Lessons | None = None,
        learning_rate: float = 2e-3,
        muon_learning_rate: float = 0.02,
        accumulate: int = 1,
    ):
        super().__init__()
        if accumulate < 1:
            raise InputError(f"A step is made of one batch at least, not of {accumulate}.")
        self.accumulate = accumulate
        self.automatic_optimization = False  # there are two optimisers
        model: PreTrainedModel
        tokenizer: PreTrainedTokenizerBase
        if start is None:
            size = size or BaseSize()
            tokenizer = train_tokenizer(domain_text(lessons or ImaginedLessons(), TEXTS), size.words)
            model = new_base(size, tokenizer)
        else:
            model, tokenizer = load_base(start)
            model.requires_grad_(True).train()
        self.tokenizer = tokenizer
        chat = Chat.of(tokenizer, "new")
        self.explainer = Explainer(HubLanguage(model), chat, Conditioning.REPORT, None, "new")
        self.learning_rate, self.muon_learning_rate = learning_rate, muon_learning_rate

    def training_step(self, batch: list[Ask], batch_index: int) -> None:
        """A batch; every so many of them, and at the end of an epoch, a step of both optimisers, which Lightning counts
        as two (`max_steps`).
        """
        loss = _learnt(self, batch)
        optimizers, schedules = self.optimizers(), self.lr_schedulers()
        if not isinstance(optimizers, list) or not isinstance(schedules, list):
            raise TypeError("a base has two optimisers, each with its schedule")
        self.manual_backward(loss / self.accumulate)
        if (batch_index + 1) % self.accumulate and not self.trainer.is_last_batch:
            return
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()

    def validation_step(self, batch: list[Ask], batch_index: int) -> None:
        """The loss, and how many unverified answers say what the numbers say."""
        _judge(self, batch)

    def configure_optimizers(self) -> tuple[list[torch.optim.Optimizer], list[torch.optim.lr_scheduler.LambdaLR]]:
        """Muon (Jordan et al., 2024) for the layers' matrices, AdamW for all else; schedules as of `ExplainerSystem`.

        At a given number of steps Muon reaches a much lower loss than AdamW alone.
        """
        layers = [value for name, value in self.named_parameters() if value.ndim == 2 and ".layers." in name]
        inside = set(map(id, layers))
        rest = [value for value in self.parameters() if id(value) not in inside]
        steps = -(-int(self.trainer.estimated_stepping_batches) // self.accumulate)
        optimizers: list[torch.optim.Optimizer] = [
            torch.optim.Muon(layers, self.muon_learning_rate, momentum=0.95, weight_decay=0.01),
            torch.optim.AdamW(rest, self.learning_rate, betas=BETAS, weight_decay=0.01),
        ]
        return optimizers, [rise_and_fall(optimizer, steps) for optimizer in optimizers]

    def save(self, folder: Path, name: str, version: str) -> None:
        """The base and its tokenizer, with weights of 16 bits."""
        save_base(self.explainer, self.tokenizer, folder)

    def subject(self) -> Subject:
        """What the card of a base says."""
        return Subject(ABOUT_BASE, "transformers", "text-generation")


def _learnt(system: ExplainerSystem | BaseSystem, batch: list[Ask]) -> Tensor:
    loss: Tensor = system.explainer(system.explainer.batch(batch).to(system.device))
    system.log("train/loss", loss, prog_bar=True, batch_size=len(batch), sync_dist=True)
    return loss


def _judge(system: ExplainerSystem | BaseSystem, batch: list[Ask]) -> None:
    explainer = system.explainer
    loss = explainer(explainer.batch(batch).to(system.device))
    system.log("val/loss", loss, batch_size=len(batch), sync_dist=True)
    fast = explainer.fast() if isinstance(explainer, Explainer) else explainer
    system.log("val/agreement", agreement(fast, batch), prog_bar=True, batch_size=len(batch), sync_dist=True)


def agreement(explainer: Likeliest, asks: Sequence[Ask]) -> float:
    """The share (0..1) of the likeliest answers, before any verification, that contradict nothing."""
    texts = explainer.write(asks)
    right = sum(not faults(text, ask) for text, ask in zip(texts, asks, strict=True))
    return right / max(len(asks), 1)


def domain_text(lessons: Lessons, count: int) -> Iterable[str]:
    """What is asked and answered, with the numbers as text."""
    for ask in islice(lessons.asks(0), count):
        if ask.step is None:
            yield prompt(ask.advice, ask.instruction, Conditioning.REPORT, ask.compare)
        else:
            yield step_prompt(ask.step, Conditioning.REPORT, ask.before)
        yield ask.response or ""


def on_the_hub(base: str) -> str | None:
    """The base, where it is a name on the Hub and no folder."""
    return base if base.count("/") == 1 and not Path(base).exists() else None


def save_base(explainer: Explainer, tokenizer: "PreTrainedTokenizerBase", folder: Path) -> None:
    """Writes a base and its tokenizer, its weights rounded to bfloat16."""
    weights = {name: value.to(torch.bfloat16) for name, value in explainer.language.model.state_dict().items()}
    explainer.language.model.save_pretrained(folder, state_dict=weights)
    tokenizer.save_pretrained(folder)
