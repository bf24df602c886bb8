"""Base models from a folder or the Hub: loaded, adapted with LoRA or QLoRA, and told one from another."""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from console.errors import InputError
from console.files.fetched.fetch import resolved
from console.files.weights import read_weights
from console.network.encoders.lora import LoraSettings, quietly

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

ADAPTER = "adapter_model.safetensors"
SHAPE = "vocab_size hidden_size intermediate_size num_hidden_layers num_attention_heads num_key_value_heads".split()


def load_base(
    base: str | Path, quantise: bool = False, dtype: torch.dtype | None = None
) -> tuple["PreTrainedModel", "PreTrainedTokenizerBase"]:
    """A causal language model and its tokenizer, with no code but that of transformers.

    Args:
        base: a folder, a name on the Hub, or that of a fetched model.
        quantise: to NF4 with double quantisation.
        dtype: of the weights; float32 by default, bfloat16 for what a quantised model computes in on a GPU.

    Raises: InputError, naming the base, where it cannot be had.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where = str(resolved(base))
    options: dict[str, Any] = {"dtype": dtype or torch.float32}
    if quantise:
        options |= on_device(dtype)
    try:
        tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(where, trust_remote_code=False, **options)
    except Exception as error:  # transformers raises many kinds: offline, unknown, another architecture
        raise missing(base, error) from error
    model.requires_grad_(False)
    return model, tokenizer


def missing(base: str | Path, error: Exception, what: str = "base model") -> InputError:
    """The one sentence for a base, or another part, that cannot be had."""
    said = str(error).strip().partition("\n")[0].partition(". ")[0].rstrip(".: ")
    reason = said or type(error).__name__
    return InputError(f'The {what} "{base}" is no model here, and is not to be had from the Hub ({reason}).')


def nf4(compute: torch.dtype, skipped: list[str] | None = None) -> object:
    """How QLoRA quantises: NF4, its constants quantised too.

    Args:
        skipped: modules that stay as they are; by default what transformers finds to be the head.
    """
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute,
        llm_int8_skip_modules=skipped,
    )


def on_device(compute: torch.dtype | None = None, skipped: list[str] | None = None) -> dict[str, Any]:
    """What loads a model quantised: as `nf4`, whole, on the GPU where there is one."""
    place = torch.cuda.current_device() if torch.cuda.is_available() else "cpu"
    return {"quantization_config": nf4(compute or _computes_in(), skipped), "device_map": {"": place}}


def stay_packable(model: torch.nn.Module) -> None:
    """Keeps layers of 4 bits as they are in training.

    On a CPU, bitsandbytes packs them for speed when they are first used otherwise, and cannot train them any more.
    """
    for module in model.modules():
        if hasattr(getattr(module, "weight", None), "quant_state"):
            module.training = True


def adapt(model: "PreTrainedModel", lora: LoraSettings, layers: str | list[str] = "all-linear") -> torch.nn.Module:
    """The model with a LoRA adapter, new and without effect, on every linear layer; the rest is frozen."""
    with quietly():
        from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

        if getattr(model, "is_loaded_in_4bit", False):
            model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=torch.cuda.is_available())
        config = LoraConfig(
            r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=layers, task_type="CAUSAL_LM"
        )
        return get_peft_model(model, config)


def with_adapter(model: "PreTrainedModel", folder: Path, trainable: bool = False) -> torch.nn.Module:
    """The model with the adapter in that folder.

    Raises: InputError where there is none for this model, or its weights are no finite numbers.
    """
    try:
        read_weights(folder / ADAPTER)
        with quietly():
            from peft import PeftModel

            return PeftModel.from_pretrained(model, str(folder), is_trainable=trainable)
    except Exception as error:  # whatever a foreign file raises: JSON, safetensors, keys, shapes
        reason = str(error).strip().splitlines()[0].rstrip(".:") if str(error).strip() else type(error).__name__
        raise InputError(f'"{folder}" holds no adapter for its base model ({reason}).') from error


def fingerprint(config: "PretrainedConfig | dict", vocabulary: str) -> str:
    """Tells a base from another: its architecture, its shape and its vocabulary."""
    told = config if isinstance(config, dict) else config.to_dict()
    text = told.get("text_config") or told
    shape = [told.get("model_type"), *(text.get(key) for key in SHAPE), vocabulary]
    return sha256(repr(shape).encode()).hexdigest()[:16]


def _computes_in() -> torch.dtype:
    return torch.bfloat16 if torch.cuda.is_available() else torch.float32
