"""CLAP from a folder, tiny and random."""

import pytest
import torch
from apart import RATE, noise
from tiny import tiny_tokenizer

from console import InputError
from console.music.tags.clap import fit
from console.network.threads import one_thread


@pytest.fixture(scope="module")
def clap(tmp_path_factory):
    from transformers import ClapAudioConfig, ClapConfig, ClapFeatureExtractor, ClapModel, ClapTextConfig

    folder = tmp_path_factory.mktemp("clap")
    tokenizer = tiny_tokenizer()
    tokenizer.pad_token = tokenizer.pad_token or "<|im_end|>"
    small = {"hidden_size": 32, "num_attention_heads": 2, "num_hidden_layers": 1, "intermediate_size": 32}
    text = ClapTextConfig(vocab_size=len(tokenizer), **small, projection_dim=16)
    audio = ClapAudioConfig(
        depths=[1, 1], num_attention_heads=[2, 2], patch_embeds_hidden_size=16, hidden_size=32, projection_dim=16
    )
    torch.manual_seed(0)
    config = ClapConfig(text_config=text.to_dict(), audio_config=audio.to_dict(), projection_dim=16)
    ClapModel(config).save_pretrained(folder)
    ClapFeatureExtractor().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    with one_thread():
        yield folder


def test_words_are_held_against_a_sound(clap):
    sound = noise(1, 25)[0].numpy()
    found = fit(clap, sound, RATE, ["rock", "a quiet piano", "rock", "drums"])
    assert {tag.name for tag in found.words} == {"rock", "a quiet piano", "drums"}
    chances = [tag.probability for tag in found.words]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) == pytest.approx(1, abs=1e-3)
    assert len(found.embedding) == 16
    assert sum(x * x for x in found.embedding) == pytest.approx(1, abs=1e-3)
    assert fit(clap, sound, RATE, ["drums", "rock", "a quiet piano"]) == found


def test_a_short_sound_is_heard(clap):
    assert len(fit(clap, noise(1, 0.2)[0].numpy(), RATE, ["a", "b"]).words) == 2


def test_what_is_no_clap_is_refused(clap, tmp_path):
    sound = noise(1, 1)[0].numpy()
    with pytest.raises(InputError, match="two at least"):
        fit(clap, sound, RATE, ["rock"])
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="no folder with a ClapModel"):
            fit(folder, sound, RATE, ["rock", "pop"])
