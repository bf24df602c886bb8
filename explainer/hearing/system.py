"""Explainers that hear, as a Lightning module: loss, agreement, and the folder that they are kept in."""

import json
from pathlib import Path

from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor

from console.errors import InputError
from console.files.untrusted import load_json
from console.files.whole import whole_file
from console.training.card import Subject
from console.training.chance import SteadyChance
from console.training.schedule import adamw
from explainer.hearing.clips import ClipExplainer, load_audio_base
from explainer.hearing.encoder import AudioEncoder
from explainer.hearing.mix import MixExplainer
from explainer.language.networks.base import LoraSettings, fingerprint, with_adapter
from explainer.language.pretrained import CARD, from_pretrained, save_pretrained
from explainer.language.told.ask import Ask
from explainer.reading import parse_comparison
from explainer.reading.agreement import HALF_A_TENTH
from explainer.system import BETAS, agreement, on_the_hub

AUDIO, VOICE = "audio.json", "voice"
ABOUT = (
    "An explainer of mixconsole that hears clips of a mix and writes advice on its balance in English. "
    "`explainer.hearing.system.read_hearing` reads it."
)


class AudioSystem(SteadyChance):
    """Trains what hears: a prefix of an audio encoder's vectors and an adapter, or an adapter on a base with ears.

    Args:
        base: a folder, or a name on the Hub: any causal language model beside an `encoder`, else of the Qwen2-Audio
            family.
        encoder: a folder, or a name on the Hub, of an audio encoder; it hears the mix alone.
        vectors: of the mix that the encoder gives.
        lora: of the adapter.
        quantise: the base to NF4 (QLoRA).
        learning_rate: the schedule's peak.

    Raises: InputError for a base or an encoder that is missing.
    """

    def __init__(
        self,
        base: str,
        encoder: str | None = None,
        vectors: int = 8,
        lora: LoraSettings | None = None,
        quantise: bool = False,
        learning_rate: float = 2e-4,
    ):
        super().__init__()
        self.explainer: MixExplainer | ClipExplainer
        if encoder is None:
            self.explainer = ClipExplainer.build(base, lora, quantise)
        else:
            self.explainer = MixExplainer.build(base, encoder, vectors, lora, quantise)
        self.learning_rate = learning_rate

    def training_step(self, batch: list[Ask], batch_index: int) -> Tensor:
        """The loss of one batch, logged."""
        loss = self._loss(batch)
        self.log("train/loss", loss, prog_bar=True, batch_size=len(batch), sync_dist=True)
        return loss

    def validation_step(self, batch: list[Ask], batch_index: int) -> None:
        """The loss, and how many unverified answers say what the numbers say: on one mix, and on two versions."""
        self.log("val/loss", self._loss(batch), batch_size=len(batch), sync_dist=True)
        told, pairs = ([ask for ask in batch if ask.compare == compare] for compare in (False, True))
        right = agreement(self.explainer, told) if told else 0.0
        self._tell_share("val/agreement", right, told, prog_bar=True)
        texts = self.explainer.write(pairs) if pairs else []
        kept = sum(tells_versions(text, ask) for text, ask in zip(texts, pairs, strict=True))
        self._tell_share("val/agreement_versions", kept / max(len(pairs), 1), pairs)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """As of `ExplainerSystem`."""
        return adamw(self, self.learning_rate, BETAS)

    def save(self, folder: Path, name: str, version: str) -> None:
        """As `read_hearing` reads it."""
        save_hearing(self.explainer, folder, name, version)

    def subject(self) -> Subject:
        """What the card of such an explainer says."""
        base = self.explainer.base if isinstance(self.explainer, ClipExplainer) else self.explainer.voice.base
        return Subject(ABOUT, "mixconsole", "text-generation", on_the_hub(base))

    def _tell_share(self, name: str, share: float, asks: list[Ask], prog_bar: bool = False) -> None:
        """Where several processes average, all of them tell, even of no asks."""
        if asks or self.trainer.world_size > 1:
            self.log(name, share, prog_bar=prog_bar, batch_size=len(asks), sync_dist=True)

    def _loss(self, asks: list[Ask]) -> Tensor:
        loss: Tensor = self.explainer(self.explainer.batch(asks).to(self.device))
        return loss


def tells_versions(text: str, ask: Ask) -> bool:
    """Whether a text on two versions has each stem's change, to one decimal, and no other."""
    called = ask.advice.alias_by_name
    meant = {called[stem.name]: -stem.move.gain_db for stem in ask.advice.moving}
    said = parse_comparison(text, list(called.values()))
    return said.keys() == meant.keys() and all(abs(said[name] - db) <= HALF_A_TENTH for name, db in meant.items())


def save_hearing(explainer: MixExplainer | ClipExplainer, folder: Path, name: str, version: str) -> None:
    """Writes what `read_hearing` reads: the adapter, the prefix if there is one, and what they belong to.

    Raises: InputError where the folder cannot be written.
    """
    told: dict[str, object] = {"name": name, "version": version}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if isinstance(explainer, MixExplainer):
            save_pretrained(explainer.voice, folder / VOICE, name, version)
            told |= {"encoder": explainer.encoder.name, "vectors": explainer.encoder.vectors}
        else:
            explainer.model.save_pretrained(folder / VOICE)
            (folder / VOICE / CARD).unlink(missing_ok=True)  # a generated one that names a place on this disk
            told |= {"base": explainer.base, "quantised": explainer.quantised, "fingerprint": _printed(explainer)}
        with whole_file(folder / AUDIO) as part:
            part.write_text(json.dumps(told, indent=2) + "\n")
    except OSError as error:
        raise InputError(f'"{folder}" cannot be written: {error.strerror or error}.') from error


def read_hearing(
    folder: str | Path, base: str | Path | None = None, encoder: str | None = None, trainable: bool = False
) -> MixExplainer | ClipExplainer:
    """An explainer that hears.

    Args:
        folder: that `save_hearing` wrote.
        base, encoder: other places of these.
        trainable: whether it is to be trained on.

    Raises: InputError for what is no such folder, a base or encoder that is missing, or one that does not match.
    """
    folder = Path(folder)
    if not (folder / AUDIO).is_file():
        raise InputError(f'"{folder}" is no explainer that hears: it needs {AUDIO}.')
    told = load_json(folder / AUDIO, f"an {AUDIO}")
    try:
        name, vectors = told.get("encoder"), int(told.get("vectors", 0))
        printed, named = str(told.get("fingerprint")), str(told.get("base"))
    except (ValueError, AttributeError, TypeError, OverflowError) as error:
        raise InputError(f'"{folder}" is no explainer that hears: {AUDIO} is of another kind ({error}).') from error
    if name is not None:
        ear = AudioEncoder.load(encoder or str(name), vectors)
        voice = from_pretrained(folder / VOICE, base, trainable)
        if ear.width != voice.embedding_width:
            raise InputError(f'"{folder}" does not match the audio encoder "{ear.name}": it was trained with another.')
        return MixExplainer(voice, ear).train(trainable)
    model, processor = load_audio_base(base or named, bool(told.get("quantised")))
    adapted = with_adapter(model, folder / VOICE, trainable)
    explainer = ClipExplainer(adapted, processor, str(base or named), bool(told.get("quantised")))
    if _printed(explainer) != printed:
        raise InputError(f'The adapter "{folder}" does not match the base model "{explainer.base}".')
    return explainer.train(trainable)


def _printed(explainer: ClipExplainer) -> str:
    return fingerprint(explainer.model.get_base_model().config, explainer.chat.fingerprint)
