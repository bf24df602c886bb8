"""A small random Llama as a GGUF, and within a wheel as PyPI's packages carry one."""

import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from tiny import TEMPLATE, tiny_base

from console.files.fetched.catalogue import Member, Packaged

OF_A_LAYER = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
LICENCE = "Do as you like.\n"


def tiny_gguf(file: Path, folder: Path) -> Path:
    """The file, with a random Llama whose own folder is `folder`."""
    from gguf import GGUFWriter
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tiny_base(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    config = model.config
    writer = GGUFWriter(file, "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(10_000.0)
    writer.add_vocab_size(config.vocab_size)
    _add_tokenizer(writer, AutoTokenizer.from_pretrained(folder))
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    for name, value in model.state_dict().items():
        if name != "lm_head.weight":  # the embedding's
            where = _called(name)
            array = value.numpy()
            kind = where.split(".")[-2]
            writer.add_tensor(where, _paired(array, heads[kind]) if kind in heads else array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def wheel_of(file: Path, wheel: Path, **changed: Any) -> Packaged:
    """Writes a wheel with that GGUF and a licence, and gives what is known of it, but for what is changed."""
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(file, "tiny/tiny.gguf")
        archive.writestr("tiny-1.0.dist-info/LICENSE", LICENCE)
    known: dict[str, Any] = {
        "name": "tiny",
        "what": "a random language model",
        "package": "tiny-model",
        "version": "1.0",
        "files": (Member("tiny/tiny.gguf", sha256(file.read_bytes()).hexdigest(), file.stat().st_size),),
        "form": "gguf",
        "folder_size": 1_000_000,
        "licence": "MIT",
        "licence_file": "tiny-1.0.dist-info/LICENSE",
        "made_of": "nobody/tiny",
        "digits": True,
    }
    return Packaged(**known | changed)


def _add_tokenizer(writer: Any, tokenizer: Any) -> None:
    import json

    told = json.loads(tokenizer.backend_tokenizer.to_str())
    special = {token["content"] for token in told["added_tokens"]}
    words = sorted(tokenizer.get_vocab().items(), key=lambda word: word[1])
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list([word for word, _ in words])
    writer.add_token_types([3 if word in special else 1 for word, _ in words])
    writer.add_token_merges([" ".join(pair) for pair in told["model"]["merges"]])
    writer.add_bos_token_id(tokenizer.convert_tokens_to_ids("<|im_start|>"))
    writer.add_eos_token_id(tokenizer.convert_tokens_to_ids("<|im_end|>"))
    writer.add_pad_token_id(tokenizer.convert_tokens_to_ids("<|im_end|>"))
    writer.add_chat_template(TEMPLATE)


def _called(name: str) -> str:
    """As GGUF calls what transformers calls `name`."""
    outside = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}
    if name in outside:
        return outside[name]
    _, _, layer, rest = name.split(".", 3)
    return f"blk.{layer}.{OF_A_LAYER[rest.removesuffix('.weight')]}.weight"


def _paired(weight: np.ndarray, heads: int) -> np.ndarray:
    """A head's rows as llama.cpp turns them: the two halves interleaved."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns).copy()
