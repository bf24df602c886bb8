"""Tiny random language models of the architectures that are shipped, with a tokenizer of few words, in a folder."""

from pathlib import Path
from typing import Any

import torch

TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SMALL = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}


def tiny_tokenizer(template: str | None = TEMPLATE) -> Any:
    """Of single bytes and a few words, with the special tokens of Qwen."""
    from explainer.language.networks.tokenizer import train_tokenizer

    tokenizer = train_tokenizer(["turn the vocals down by 3.2 dB, the drums up"] * 3, 300)
    tokenizer.add_special_tokens({"extra_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.chat_template = template
    return tokenizer


def tiny_model(kind: str, words: int, seed: int = 0) -> Any:
    """A random `llama` or `qwen2`, with more query heads than keys."""
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    options: dict[str, Any] = {
        **SMALL,
        "num_key_value_heads": 2,
        "vocab_size": words,
        "tie_word_embeddings": kind == "llama",
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": 0,
    }
    torch.manual_seed(seed)
    if kind == "llama":
        return LlamaForCausalLM(LlamaConfig(**options))
    return Qwen2ForCausalLM(Qwen2Config(**options))


def tiny_base(folder: Path, kind: str = "llama", template: str | None = TEMPLATE, seed: int = 0) -> Path:
    """The folder, with a random model and its tokenizer."""
    tokenizer = tiny_tokenizer(template)
    tiny_model(kind, len(tokenizer), seed).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
