"""Any audio model of transformers as the console's encoder of sound: frozen, or with a LoRA adapter."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from console.files.weights import check_size
from console.network.encoders.encoder import AudioEncoder, EncoderMissing
from console.network.encoders.heard_as import HeardAs
from console.network.encoders.licence import licence_of
from console.network.encoders.lora import LoraSettings, quietly
from console.network.encoders.tower import keep, loaded, loaded_again, longest_of, said, tower_of

TRUST = "MIXCONSOLE_TRUST"  # names of models whose own code may run here, with commas between them
FOLDER = "encoder"  # within a console's
MOST_RANK = 4096
TRIED_S = 1.0  # of noise, by which it is found out what comes of it


class HubEncoder(AudioEncoder):
    """A model that `AutoModel` knows and that hears, its output averaged over time: wav2vec2, HuBERT, WavLM, MERT,
    Whisper's encoder, CLAP's audio tower, AST and their kin.

    Args:
        name: a folder, or a name on the Hub.
        lora: an adapter on its linear layers, which is trained; None: nothing of it is.
        layer: whose output is taken, 0 for what goes into the first one; None: the last's.
        longest_s: of what it hears at once; None: what its feature extractor tells, or else all.
        licence: where its card does not tell it.
        revision: on the Hub.
        trust_remote_code: whether code that comes with the model may run here.
        carry: the model is copied along where the console is kept; else it is had by its name again. One that brings
            code of its own is never copied.
        dtype: of its weights; an adapter's are float32.
        kept_in: the folder that it was copied to.

    Raises: EncoderMissing where it cannot be had, or hears nothing.
    """

    def __init__(
        self,
        name: str,
        lora: LoraSettings | None = None,
        layer: int | None = None,
        longest_s: float | None = None,
        licence: str | None = None,
        revision: str | None = None,
        trust_remote_code: bool = False,
        carry: bool = True,
        dtype: Literal["float32", "bfloat16"] = "float32",
        kept_in: str | None = None,
    ):
        weights = getattr(torch, dtype)
        if kept_in is None:
            model, extractor = loaded(name, weights, revision, trust_remote_code)
        else:
            model, extractor = loaded_again(Path(kept_in), weights)
        rate_hz = getattr(extractor, "sampling_rate", None)
        if not isinstance(rate_hz, int):
            raise EncoderMissing(f'"{name}" is no encoder of sound: what it is given has no sample rate.')
        sides = 2 if getattr(extractor, "feature_size", 1) == 2 else 1
        longest_s = longest_s or longest_of(extractor)
        carry = carry and not trust_remote_code
        # Where a folder of the user's lies is nobody else's concern.
        called = Path(name).name if carry and kept_in is None and Path(name).is_dir() else name
        super().__init__(called, HeardAs(rate_hz, sides), longest_s, 0, licence or licence_of(name, revision))
        tower = tower_of(model).requires_grad_(False)
        self.tower: Any = tower if lora is None else _adapted(tower, lora, name)
        self.config, self.extractor = model.config, extractor
        self.lora, self.layer, self.revision, self.dtype = lora, layer, revision, dtype
        self.trust_remote_code, self.carry = trust_remote_code, carry
        self.size = self._tried()
        self.train()  # as Lightning expects of whatever is trained

    @property
    def elsewhere(self) -> frozenset[str]:
        """All but the adapter's."""
        return frozenset(name for name in self.state_dict() if ".lora_" not in name)

    def told(self) -> dict[str, Any]:
        """What `again` needs, as JSON has it."""
        lora = None if self.lora is None else {"rank": self.lora.rank, "alpha": self.lora.alpha}
        return {
            **super().told(),
            "lora": lora,
            "layer": self.layer,
            "longest_s": self.longest_s,
            "revision": self.revision,
            "dtype": self.dtype,
            "trust_remote_code": self.trust_remote_code,
            "carried": self.carry,
        }

    def keep(self, folder: Path) -> None:
        """The model as it was before it was adapted, with its feature extractor."""
        if self.carry:
            weights = {
                name.replace(".base_layer.", "."): value
                for name, value in self._tower.state_dict().items()
                if ".lora_" not in name
            }
            keep(folder / FOLDER, weights, self.config, self.extractor)

    @classmethod
    def again(cls, told: Mapping[str, Any], folder: Path) -> "HubEncoder":
        """Raises: EncoderMissing where its code may not run here, or it cannot be had."""
        name, trusts, lora = str(told["name"]), bool(told["trust_remote_code"]), told["lora"]
        if trusts and name not in os.environ.get(TRUST, "").split(","):
            raise EncoderMissing(
                f'The console in "{folder}" listens through "{name}", which brings code of its own: where you trust '
                f"it, set {TRUST}={name}."
            )
        layer, longest_s, revision = told["layer"], told["longest_s"], told["revision"]
        carried = bool(told["carried"]) and not trusts
        return cls(
            name,
            None if lora is None else LoraSettings(_size("rank", lora), _size("alpha", lora)),
            None if layer is None else int(layer),
            None if longest_s is None else float(longest_s),
            str(told["licence"]),
            None if revision is None else str(revision),
            trusts,
            carried,
            "bfloat16" if told["dtype"] == "bfloat16" else "float32",
            str(folder / FOLDER) if carried else None,
        )

    def forward(self, pieces: Float[Tensor, "piece channel time"]) -> Float[Tensor, "piece size"]:
        """The mean over time of what the model makes of each piece; no gradients where nothing of it is trained."""
        self.tower.eval()  # nothing is dropped or masked, in training neither
        with torch.set_grad_enabled(self.lora is not None and torch.is_grad_enabled()):
            given, share = self._given(pieces)
            made = self.tower(**given, output_hidden_states=self.layer is not None)
            hidden: Tensor = made.last_hidden_state if self.layer is None else made.hidden_states[self.layer]
            if hidden.dim() == 4:  # "piece size band time", as CLAP has it
                return hidden.mean((2, 3))
            return hidden[:, : max(1, round(share * hidden.shape[1]))].mean(1)

    def _given(self, pieces: Float[Tensor, "piece channel time"]) -> tuple[dict[str, Tensor], float]:
        """What the model takes, and which share of it is no padding."""
        sound = pieces[:, 0] if self.heard_as.channels == 1 else pieces.mT
        rows = list(sound.detach().cpu().numpy())
        options = {"sampling_rate": self.heard_as.rate_hz, "return_tensors": "pt", "return_attention_mask": True}
        inputs = self.extractor(rows, **options)
        mask = inputs.get("attention_mask")
        wanted = (self._tower.main_input_name, "is_longer")
        given = {key: inputs[key].to(pieces.device) for key in wanted if key in inputs}
        weights = getattr(torch, self.dtype)
        given = {key: value.to(weights) if value.is_floating_point() else value for key, value in given.items()}
        return given, 1.0 if mask is None else float(mask.float().mean())

    @property
    def _tower(self) -> Any:
        return self.tower if self.lora is None else self.tower.get_base_model()

    def _tried(self) -> int:
        """The size of its vectors."""
        samples = round(min(TRIED_S, self.longest_s or TRIED_S) * self.heard_as.rate_hz)
        noise = 0.1 * torch.randn(1, self.heard_as.channels, samples, generator=torch.Generator().manual_seed(0))
        try:
            with torch.no_grad():
                return int(self(noise).shape[-1])
        except Exception as error:  # whatever a model raises that takes something else
            raise EncoderMissing(
                f'"{self.name}" is no encoder of sound that can be used here ({said(error)}).'
            ) from error


def _adapted(tower: nn.Module, lora: LoraSettings, name: str) -> nn.Module:
    with quietly():
        from peft import LoraConfig, get_peft_model

        settings = LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules="all-linear")
        try:
            made: nn.Module = get_peft_model(tower, settings)
        except Exception as error:  # of a model without such layers
            raise EncoderMissing(f'"{name}" cannot be adapted by LoRA ({said(error)}).') from error
        return made


def _size(name: str, lora: Mapping[str, Any]) -> int:
    return check_size(name, lora[name], MOST_RANK, least=1)
