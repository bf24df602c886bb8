"""Audio models of transformers: had by their name, copied into a folder, and had from there again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from console.files.weights import read_weights
from console.files.whole import whole_file
from console.network.encoders.encoder import EncoderMissing
from console.network.encoders.lora import quietly

WEIGHTS = "encoder.safetensors"
SHOWN = 200  # characters of what a library says


def loaded(name: str, dtype: torch.dtype, revision: str | None = None, trust: bool = False) -> tuple[Any, Any]:
    """A model and its feature extractor, from a folder or the Hub.

    Args:
        dtype: of the weights.
        trust: code that comes with the model may run here.

    Raises: EncoderMissing, naming it, where they cannot be had.
    """
    with quietly():
        from transformers import AutoConfig, AutoFeatureExtractor

    options: dict[str, Any] = {"trust_remote_code": trust, "revision": revision or "main"}
    try:
        with quietly():
            config = AutoConfig.from_pretrained(name, **options)
            extractor = AutoFeatureExtractor.from_pretrained(name, **options)
            return _kind(config).from_pretrained(name, dtype=dtype, **options), extractor
    except Exception as error:  # transformers raises many kinds: offline, unknown, another architecture
        if "trust_remote_code" in str(error) and not trust:
            raise EncoderMissing(
                f'The encoder "{name}" brings code of its own, which would run here: read it, and where you trust it '
                "set trust_remote_code to true."
            ) from error
        raise EncoderMissing(
            f'The encoder "{name}" is no model here, and is not to be had from the Hub ({said(error)}).'
        ) from error


def keep(folder: Path, weights: Mapping[str, Tensor], config: Any, extractor: Any) -> None:
    """Writes all that `loaded_again` needs: the weights are those of the part that hears, the configuration of all."""
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    with quietly():
        config.save_pretrained(folder)
        extractor.save_pretrained(folder)
    with whole_file(folder / WEIGHTS) as part:
        part.write_bytes(save({name: value.detach().cpu().clone() for name, value in weights.items()}))


def loaded_again(folder: Path, dtype: torch.dtype) -> tuple[Any, Any]:
    """The same as `keep` was given, with no code but that of transformers; only the part that hears has its weights.

    Raises: EncoderMissing where it is not there, or its weights are of another model or no finite numbers.
    """
    with quietly():
        from transformers import AutoConfig, AutoFeatureExtractor

    try:
        with quietly():
            config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
            extractor = AutoFeatureExtractor.from_pretrained(folder, trust_remote_code=False)
            kind = _kind(config)
            make = kind.from_config if hasattr(kind, "from_config") else kind._from_config
            model = make(config, dtype=dtype)
        tower = tower_of(model)
        tower.load_state_dict(read_weights(folder / WEIGHTS, tower.state_dict()))
    except Exception as error:  # whatever a foreign file raises
        raise EncoderMissing(f'"{folder}" holds no encoder of this version ({said(error)}).') from error
    return model, extractor


def tower_of(model: Any) -> Any:
    """The part of a model that hears."""
    if hasattr(model, "audio_model"):
        return model.audio_model
    return model.get_encoder() if getattr(model.config, "is_encoder_decoder", False) else model


def longest_of(extractor: Any) -> float | None:
    """What a feature extractor takes at once, in seconds; None where it takes all."""
    for key in ("chunk_length", "max_length_s", "chunk_length_s"):
        told = getattr(extractor, key, None)
        if isinstance(told, int | float) and told > 0:
            return float(told)
    return None


def said(error: Exception) -> str:
    """What a library says, in a few words."""
    words = str(error).strip().partition("\n")[0].partition(". ")[0].rstrip(".: ")
    return words[:SHOWN] or type(error).__name__


def _kind(config: Any) -> Any:
    """`AutoModel`, or the model that a configuration names and `AutoModel` does not know, as CLAP's audio tower."""
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_MAPPING

    if type(config) in MODEL_MAPPING:
        return transformers.AutoModel
    kind = getattr(transformers, str((getattr(config, "architectures", None) or [""])[0]), None)
    known = isinstance(kind, type) and issubclass(kind, transformers.PreTrainedModel)
    return kind if known else transformers.AutoModel
