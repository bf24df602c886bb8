"""A language model in GGUF, as llama.cpp has it, becomes a folder that transformers writes."""

import io
from contextlib import redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def convert(file: Path, folder: Path, digits: bool = False) -> None:
    """Writes the model in bfloat16, its configuration, its tokenizer and its chat template.

    Rounding to bfloat16 is small beside what a GGUF of 4 bits was rounded by before; docs/explainer.md has figures.

    Args:
        file: a GGUF.
        folder: an empty one.
        digits: whether the tokenizer parts single digits off before all else. llama.cpp knows that by the name of the
            tokenizer, and transformers does not look at it: two spaces before a digit would be other tokens.

    Raises: whatever transformers raises at a file that is none.
    """
    import torch
    import transformers
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options = {"gguf_file": file.name, "dtype": torch.bfloat16}
    if hasattr(transformers, "GgufConfig"):  # later releases can leave weights packed, which nobody else reads
        options["quantization_config"] = transformers.GgufConfig(dequantize=True)
    with redirect_stderr(io.StringIO()):  # bars that cannot be switched off
        model = AutoModelForCausalLM.from_pretrained(str(file.parent), **options)
        tokenizer = AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name)
        # transformers refuses to save what was a GGUF, even with plain weights: a new model takes them over.
        config = model.config
        config.__dict__.pop("quantization_config", None)
        with torch.device("meta"):  # without memory of its own
            plain = type(model)(config)
        plain.load_state_dict(model.state_dict(), assign=True)
        plain.tie_weights()
        plain.save_pretrained(folder)
        if digits:
            _part_digits(tokenizer.backend_tokenizer)
        tokenizer.model_max_length = config.max_position_embeddings
        tokenizer.save_pretrained(folder)


def _part_digits(tokenizer: "Tokenizer") -> None:
    from tokenizers.pre_tokenizers import Digits, Sequence

    tokenizer.pre_tokenizer = Sequence([Digits(individual_digits=True), tokenizer.pre_tokenizer])
