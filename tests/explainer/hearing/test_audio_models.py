"""Explainers that hear, on tiny random models: what is trained, what is heard, and what is kept."""

import shutil
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from tiny import TEMPLATE, tiny_base
from tiny_audio import HEARS_S, tiny_encoder, tiny_qwen2_audio

from console.errors import InputError
from explainer.hearing.clips import ClipExplainer
from explainer.hearing.encoder import AudioEncoder
from explainer.hearing.mix import MixExplainer
from explainer.hearing.system import AUDIO, AudioSystem, read_hearing, save_hearing, tells_versions
from explainer.language.networks.base import LoraSettings
from explainer.language.pretrained import from_pretrained
from explainer.language.told.ask import Ask
from explainer.language.told.clip import Clip, Part
from explainer.lessons.lessons import ImaginedLessons

ENCODERS = ("wav2vec2", "whisper", "clap")
LORA = LoraSettings(rank=4, alpha=8)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with a tiny model of each kind."""
    folder = tmp_path_factory.mktemp("hears")
    for kind in ENCODERS:
        tiny_encoder(folder / kind, kind)
    tiny_base(folder / "qwen2", "qwen2")
    tiny_qwen2_audio(folder / "qwen2-audio")
    return folder


def sound(seed: int, seconds: float = 2.0, gain: float = 0.1) -> torch.Tensor:
    return gain * torch.randn(round(seconds * 16_000), generator=torch.Generator().manual_seed(seed))


def mixes(count: int = 3) -> list[Ask]:
    asks = islice(ImaginedLessons(compared=0.0).asks(0), count)
    return [replace(ask, clips=(Clip(sound(at), 16_000, Part.MIX),)) for at, ask in enumerate(asks)]


def stems(count: int = 3) -> list[Ask]:
    """Each hears all of its stems."""
    asks = islice(ImaginedLessons(compared=0.5).asks(1), count)
    return [
        replace(ask, clips=tuple(Clip(sound(i), 16_000, Part.STEM, s.name) for i, s in enumerate(ask.advice.stems)))
        for ask in asks
    ]


def step(explainer: MixExplainer | ClipExplainer, asks: list[Ask]) -> float:
    optimizer = torch.optim.AdamW([p for p in explainer.parameters() if p.requires_grad], 1e-2)
    loss = explainer(explainer.batch(asks))
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def loss(explainer: MixExplainer | ClipExplainer, asks: list[Ask]) -> float:
    with torch.no_grad():
        return float(explainer.eval()(explainer.batch(asks)))


def weights(explainer: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in explainer.named_parameters()}


def changed(explainer: torch.nn.Module, before: dict[str, torch.Tensor]) -> set[str]:
    return {name for name, p in explainer.named_parameters() if not torch.equal(p, before[name])}


@pytest.mark.parametrize("kind", ENCODERS)
def test_a_clip_becomes_a_few_vectors_of_its_sound_alone(place, kind):
    encoder = AudioEncoder.load(str(place / kind), 4).train()
    clips = [Clip(sound(at), 16_000, Part.MIX) for at in range(3)]
    heard = encoder(clips)
    assert heard.shape == (3, 4, encoder.width)
    assert not torch.allclose(heard[0], heard[1])
    torch.testing.assert_close(encoder(clips[1:2])[0], heard[1])  # nothing is dropped, nothing looks beside
    assert not any(p.requires_grad for p in encoder.parameters())


def test_padding_is_not_pooled(place):
    encoder = AudioEncoder.load(str(place / "whisper"), 2)
    hidden = []
    encoder.tower.register_forward_hook(lambda _, __, out: hidden.append(out.last_hidden_state[0]))
    seconds = HEARS_S / 4
    vectors = encoder([Clip(sound(0, seconds), 16_000, Part.MIX)])[0]
    heard = hidden[0][: len(hidden[0]) // 4]
    torch.testing.assert_close(vectors.mean(0), heard.mean(0), atol=2e-3, rtol=1e-3)


@pytest.mark.parametrize("quantise", [False, True], ids=["lora", "qlora"])
def test_training_moves_the_adapter_and_the_prefix_and_leaves_base_and_ear(place, quantise):
    explainer = MixExplainer.build(place / "qwen2", str(place / "whisper"), 4, LORA, quantise)
    before, asks = weights(explainer), mixes()
    losses = [step(explainer, asks) for _ in range(4)]
    assert losses[-1] < losses[0]
    moved = changed(explainer, before)
    assert all("lora_" in name or name.startswith("voice.prefix.") for name in moved)
    assert any("lora_B" in name for name in moved)
    assert any(name.startswith("voice.prefix.embeddings") for name in moved)


def test_another_mix_gives_other_vectors_and_the_numbers_are_not_told(place):
    explainer = MixExplainer.build(place / "qwen2", str(place / "whisper"), 4, LORA)
    step(explainer, mixes())
    (ask,) = mixes(1)
    tone = 0.1 * torch.sin(torch.arange(32_000) / 5)
    rows, other = (
        explainer.batch([replace(ask, clips=(Clip(heard, 16_000, Part.MIX),))]) for heard in (sound(0), tone)
    )
    with torch.no_grad():
        apart = (explainer.voice.vectors(rows) - explainer.voice.vectors(other)).abs().amax(-1)
    place_of_mix = rows.source >= 0
    assert place_of_mix.sum() == 4
    assert (apart[place_of_mix] > 1e-5).all()
    assert (apart[~place_of_mix] == 0).all()
    quiet = tuple(replace(stem, reasons=(), move=replace(stem.move, gain_db=0.0)) for stem in ask.advice.stems)
    untold = replace(ask, advice=replace(ask.advice, stems=quiet))
    assert torch.equal(explainer.batch([untold]).ids, explainer.batch([ask]).ids)
    assert loss(explainer, [untold]) == loss(explainer, [ask])


def test_what_hears_the_mix_takes_one_clip_and_few_vectors(place):
    explainer = MixExplainer.build(place / "qwen2", str(place / "whisper"), 4, LORA)
    with pytest.raises(InputError, match="One clip of the mix is heard, not 0"):
        explainer.batch([replace(ask, clips=()) for ask in mixes()])
    with pytest.raises(InputError, match="1 to 16 vectors, not 17"):
        MixExplainer.build(place / "qwen2", str(place / "whisper"), 17)


def test_an_ear_that_is_none_is_named(place, tmp_path):
    for name in (str(tmp_path / "nowhere"), "nobody/no-such-ear", str(place / "qwen2")):
        with pytest.raises(InputError, match=f'The audio encoder "{name}" is no model here'):
            AudioEncoder.load(name)


@pytest.mark.parametrize("template", [TEMPLATE, None], ids=["chat", "default"])
@pytest.mark.parametrize("quantise", [False, True], ids=["lora", "qlora"])
def test_only_the_language_part_of_a_base_with_ears_is_adapted(tmp_path, template, quantise):
    explainer = ClipExplainer.build(tiny_qwen2_audio(tmp_path, template), LORA, quantise)
    before, asks = weights(explainer), stems()
    losses = []
    for _ in range(3):
        losses.append(step(explainer, asks))
        explainer.write(asks[:1], most_tokens=2)  # as a validation between does
    assert losses[-1] < losses[0]
    moved = changed(explainer, before)
    assert moved
    assert all(".language_model." in name and "lora_" in name for name in moved)
    adapted = {name.split(".lora_A")[0].split(".")[-1] for name in before if ".lora_A" in name}
    assert adapted == {f"{part}_proj" for part in "q k v o gate up down".split()}
    packed = {name for name, p in explainer.named_parameters() if p.dtype == torch.uint8}
    assert len(packed) == (2 * 7 if quantise else 0)
    assert all(".language_model." in name for name in packed)


def test_an_adapter_changes_nothing_before_training(place):
    explainer = ClipExplainer.build(place / "qwen2-audio", LORA).eval()
    rows = explainer.batch(stems())
    with torch.no_grad():
        adapted = float(explainer(rows))
        with explainer.model.disable_adapter():
            plain = float(explainer(rows))
    assert adapted == plain


def test_the_loss_is_that_of_the_response_alone(place):
    explainer = ClipExplainer.build(place / "qwen2-audio", LORA).eval()
    rows = explainer.batch(stems())
    with torch.no_grad():
        out = explainer.model(
            input_ids=rows.text.ids,
            attention_mask=rows.text.attention.long(),
            input_features=rows.features,
            feature_attention_mask=rows.sounding,
        )
        scored = rows.text.labels[:, 1:] != -100
        expected = torch.nn.functional.cross_entropy(out.logits[:, :-1][scored], rows.text.labels[:, 1:][scored])
        torch.testing.assert_close(explainer(rows), expected)
    for ask, row, labels in zip(stems(), rows.text.ids, rows.text.labels, strict=True):
        assert explainer.chat.decode(labels[labels != -100].tolist()) == ask.response
        assert (row == explainer.processor.audio_token_id).sum() == 50 * len(ask.clips)  # 2 s, 25 a second


def test_every_clip_is_heard_in_its_place(place):
    explainer = ClipExplainer.build(place / "qwen2-audio", LORA)
    ask = next(ask for ask in stems(8) if len(ask.clips) > 1)
    first, second, *rest = ask.clips
    tone = torch.sin(torch.arange(len(first.audio)) * 0.1)  # two noises are too much alike for a tiny model
    first = replace(first, audio=tone)
    ask = replace(ask, clips=(first, second, *rest))
    swapped = replace(ask, clips=(replace(first, audio=second.audio), replace(second, audio=first.audio), *rest))
    louder = replace(ask, clips=(replace(first, audio=2 * first.audio), second, *rest))
    losses = {loss(explainer, [one]) for one in (ask, swapped, louder, replace(ask, clips=()))}
    assert len(losses) == 4


def test_what_lies_beside_in_a_batch_changes_no_answer(place):
    for explainer, asks in (
        (MixExplainer.build(place / "qwen2", str(place / "whisper"), 4, LORA), mixes()),
        (ClipExplainer.build(place / "qwen2-audio", LORA), stems()),
    ):
        step(explainer, asks)
        alone = [explainer.write([ask], most_tokens=8)[0] for ask in asks]
        assert explainer.write(asks, most_tokens=8) == alone
        assert explainer.write([], most_tokens=8) == []


def test_what_was_trained_is_kept(place, tmp_path):
    for at, (explainer, asks) in enumerate(
        (
            (MixExplainer.build(place / "qwen2", str(place / "whisper"), 4, LORA), mixes()),
            (ClipExplainer.build(place / "qwen2-audio", LORA), stems()),
        )
    ):
        step(explainer, asks)
        folder = tmp_path / str(at)
        save_hearing(explainer, folder, "voice", "1.0")
        again = read_hearing(folder)
        assert type(again) is type(explainer)
        assert loss(again, asks) == pytest.approx(loss(explainer, asks), abs=1e-4)
        assert not list(folder.rglob("model*.safetensors"))  # adapter and prefix alone
        with pytest.raises(InputError, match="is not an explainer"):
            from_pretrained(folder)  # it would be told what it cannot read


def test_what_does_not_match_is_named(place, tmp_path):
    save_hearing(ClipExplainer.build(place / "qwen2-audio", LORA), tmp_path / "clips", "voice", "1.0")
    from transformers import AutoProcessor

    shutil.copytree(place / "qwen2-audio", tmp_path / "other")
    processor = AutoProcessor.from_pretrained(tmp_path / "other")
    processor.tokenizer.add_tokens(["another"])
    processor.save_pretrained(tmp_path / "other")
    with pytest.raises(InputError, match="does not match the base model"):
        read_hearing(tmp_path / "clips", base=tmp_path / "other")
    mix = MixExplainer.build(place / "qwen2", str(place / "whisper"), 4, LORA)
    save_hearing(mix, tmp_path / "mix", "voice", "1.0")
    with pytest.raises(InputError, match="does not match the audio encoder"):
        read_hearing(tmp_path / "mix", encoder=str(place / "clap"))
    with pytest.raises(InputError, match=f"it needs {AUDIO}"):
        read_hearing(tmp_path / "nowhere")


def test_a_base_without_ears_is_named(place, tmp_path):
    with pytest.raises(InputError, match="has no ears"):
        ClipExplainer.build(place / "qwen2")
    with pytest.raises(InputError, match=r'The base model ".*nowhere" is no model here'):
        ClipExplainer.build(tmp_path / "nowhere")


def test_validation_tells_how_many_answers_agree_on_one_mix_and_on_two_versions(place):
    system = AudioSystem(str(place / "qwen2-audio"), lora=LORA)
    logged = {}
    system.log = lambda name, value, **_: logged.update({name: float(value)})
    asks = stems(8)
    assert {ask.compare for ask in asks} == {False, True}
    written = iter([[ask.response for ask in asks if not ask.compare], [ask.response for ask in asks if ask.compare]])
    system.explainer.write = lambda _: next(written)
    with torch.no_grad():
        system.validation_step(asks, 0)
    assert (logged["val/agreement"], logged["val/agreement_versions"]) == (1.0, 1.0)
    pair = next(ask for ask in asks if ask.compare and ask.advice.moving)
    assert not tells_versions("In B nothing is different.", pair)
