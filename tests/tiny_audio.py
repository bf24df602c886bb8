"""Tiny random models that hear, of the architectures that are shipped or may be named, each in a folder."""

from pathlib import Path
from typing import Any

import torch
from tiny import SMALL, TEMPLATE, tiny_tokenizer

MEL = 16
WORDS = ("<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>")
HEARS_S = 12  # that the ears of Whisper's kind hear at once: the clips have 10
LAYERS = {"encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 32, "d_model": 16}


def tiny_encoder(folder: Path, kind: str, layers: int = 1) -> Path:
    """The folder, with a random `wav2vec2`, `hubert`, `whisper`, `clap` or `clap-audio` and its feature extractor.

    The first two have as many layers as asked for.
    """
    torch.manual_seed(0)
    if kind in ("wav2vec2", "hubert"):
        model, extractor = _of_waveforms(kind, layers)
    else:
        model, extractor = {"whisper": _whisper, "clap": _clap, "clap-audio": _clap}[kind]()
    if kind == "clap-audio":
        from transformers import ClapAudioModel

        model = ClapAudioModel(model.config.audio_config)
    model.save_pretrained(folder)
    extractor.save_pretrained(folder)
    return folder


def tiny_qwen2_audio(folder: Path, template: str | None = TEMPLATE) -> Path:
    """The folder, with a random Qwen2-Audio and its processor."""
    from transformers import Qwen2AudioConfig, Qwen2AudioForConditionalGeneration, Qwen2AudioProcessor

    tokenizer = tiny_tokenizer(template)
    tokenizer.add_special_tokens({"extra_special_tokens": ["<|im_start|>", "<|im_end|>", *WORDS]})
    text = {"model_type": "qwen2", **SMALL, "num_key_value_heads": 2, "vocab_size": len(tokenizer), "pad_token_id": 0}
    ears = {"model_type": "qwen2_audio_encoder", **LAYERS, "num_mel_bins": MEL, "max_source_positions": 50 * HEARS_S}
    place = tokenizer.convert_tokens_to_ids(WORDS[0])
    torch.manual_seed(0)
    config = Qwen2AudioConfig(audio_config=ears, text_config=text, audio_token_index=place)
    Qwen2AudioForConditionalGeneration(config).save_pretrained(folder)
    Qwen2AudioProcessor(_mel(), tokenizer).save_pretrained(folder)
    return folder


def _mel() -> Any:
    from transformers import WhisperFeatureExtractor

    return WhisperFeatureExtractor(feature_size=MEL, chunk_length=HEARS_S)


def _whisper() -> tuple[Any, Any]:
    from transformers import WhisperConfig, WhisperModel

    decoder = {"decoder_layers": 1, "decoder_attention_heads": 2, "decoder_ffn_dim": 32, "vocab_size": 32}
    ends = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}
    frames = {"num_mel_bins": MEL, "max_source_positions": 50 * HEARS_S}
    return WhisperModel(WhisperConfig(**LAYERS, **decoder, **ends, **frames)), _mel()


def _of_waveforms(kind: str, count: int) -> tuple[Any, Any]:
    from transformers import AutoConfig, AutoModel, Wav2Vec2FeatureExtractor

    layers = {"hidden_size": 16, "num_hidden_layers": count, "num_attention_heads": 2, "intermediate_size": 32}
    convolutions = {"conv_dim": (16, 16), "conv_kernel": (10, 8), "conv_stride": (40, 8)}
    positions = {"num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}
    config = AutoConfig.for_model(kind, **layers, **convolutions, **positions)
    return AutoModel.from_config(config), Wav2Vec2FeatureExtractor()


def _clap() -> tuple[Any, Any]:
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    ears = {
        "patch_embeds_hidden_size": 16,
        "depths": [1, 1],
        "num_attention_heads": [2, 2],
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "spec_size": 128,  # eight times its height in frames: 10 s at 100 a second
        "num_mel_bins": 16,
        "window_size": 4,
        "projection_dim": 16,
    }
    text = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = ClapConfig(audio_config=ears, text_config={**text, "vocab_size": 32, "projection_dim": 16})
    extractor = ClapFeatureExtractor(feature_size=16, truncation="rand_trunc", padding="repeatpad")
    return ClapModel(config), extractor
