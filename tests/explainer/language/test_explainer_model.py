"""What holds of an explainer whatever it has learnt: a frozen base, an adapter without effect, the same words anew."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import tiny_base, tiny_tokenizer

from console.correct import Action, Move
from console.errors import InputError
from console.read.roles import Role
from explainer.advice.advice import LEVELS, NOBODY, Advice, StemAdvice
from explainer.language.model import Explainer
from explainer.language.networks.base import LoraSettings, load_base
from explainer.language.networks.small import SmallLlama
from explainer.language.numbers import Numbers
from explainer.language.pretrained import BASE, SETTINGS, from_pretrained, push_to_hub, save_pretrained
from explainer.language.told.ask import Ask
from explainer.language.told.conditioning import MOST_STEMS, Conditioning, told_at
from explainer.lessons.imagined import imagine
from explainer.lessons.lessons import ImaginedLessons, comparison, lesson
from explainer.phrasing.plan import Style

LORA = LoraSettings(rank=4, alpha=8)
KINDS = ("llama", "qwen2")


@pytest.fixture(scope="module", params=KINDS)
def base(request, tmp_path_factory) -> Path:
    return tiny_base(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def llama(tmp_path_factory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("llama"))


def lessons(count: int = 4, embedded: int | None = None, seed: int = 0) -> list[Ask]:
    rng = np.random.default_rng(seed)
    asks = []
    for i in range(count):
        advice = imagine(rng)
        embedding = None if embedded is None else torch.randn(len(advice.stems) + 1, embedded)
        asks.append(lesson(advice, list(Style)[i % 2], rng, embedding))
    return [*asks, comparison(imagine(rng), Style.SHORT, rng)]


def step(explainer: Explainer, asks: list[Ask], rate: float = 1e-2) -> float:
    trained = [p for p in explainer.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, rate)
    loss = explainer(explainer.batch(asks))
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def frozen(explainer: Explainer) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in explainer.named_parameters() if not p.requires_grad}


def logits(explainer: Explainer, asks: list[Ask]) -> torch.Tensor:
    rows = explainer.eval().batch(asks)
    vectors = explainer.vectors(rows)
    if isinstance(explainer.language, SmallLlama):
        out = explainer.language(vectors, rows.attention)[0]
    else:
        out = explainer.language.model(inputs_embeds=vectors, attention_mask=rows.attention.long()).logits
    return out[rows.attention].detach()


@pytest.mark.parametrize("conditioning", Conditioning)
def test_training_moves_the_adapter_and_the_prefix_and_leaves_the_base(base, conditioning):
    explainer = Explainer.build(base, LORA, conditioning=conditioning, embedding_width=8, numbers=Numbers.WRITTEN)
    before = frozen(explainer)
    moved = {name: p.detach().clone() for name, p in explainer.named_parameters() if p.requires_grad}
    asks = lessons(embedded=8)
    first = step(explainer, asks)
    losses = [step(explainer, asks) for _ in range(3)]
    assert losses[-1] < first
    assert before
    for name, weight in frozen(explainer).items():
        assert torch.equal(weight, before[name]), name
    parameters = dict(explainer.named_parameters())
    changed = {name for name, weight in moved.items() if not torch.equal(parameters[name], weight)}
    assert any("lora_B" in name for name in changed)
    assert conditioning.prefixed == any(name.startswith("prefix.") for name in changed)
    assert all("lora_" in name or name.startswith("prefix.") for name in moved)


def test_lora_is_on_every_linear_layer(base):
    explainer = Explainer.build(base, LORA, numbers=Numbers.WRITTEN)
    adapted = {name.split(".lora_A")[0].split(".")[-1] for name, _ in explainer.named_parameters() if ".lora_A" in name}
    assert adapted == {f"{part}_proj" for part in "q k v o gate up down".split()}


def test_an_adapter_changes_nothing_before_training(base):
    model, _ = load_base(base)
    explainer = Explainer.build(base, LORA, conditioning=Conditioning.REPORT, numbers=Numbers.WRITTEN).eval()
    rows = explainer.batch(lessons())
    with torch.no_grad():
        plain = model(inputs_embeds=explainer.vectors(rows), attention_mask=rows.attention.long()).logits
    torch.testing.assert_close(logits(explainer, lessons()), plain[rows.attention])


def test_the_loss_is_that_of_the_response_alone(base):
    explainer = Explainer.build(base, LORA, numbers=Numbers.WRITTEN).eval()
    rows = explainer.batch(lessons())
    out = explainer.language.model(inputs_embeds=explainer.vectors(rows), attention_mask=rows.attention.long()).logits
    log_probability = out.log_softmax(-1)[:, :-1]
    scored = rows.labels[:, 1:] != -100
    each = -log_probability.gather(-1, rows.labels[:, 1:].clamp_min(0)[..., None]).squeeze(-1)[scored]
    torch.testing.assert_close(explainer(rows), each.mean())


def test_what_lies_beside_in_a_batch_changes_no_answer(base):
    explainer = Explainer.build(base, LORA, numbers=Numbers.WRITTEN)
    step(explainer, lessons())
    asks = lessons(5, seed=3)
    alone = [explainer.write([ask], most_tokens=12)[0] for ask in asks]
    assert explainer.write(asks, most_tokens=12) == alone


def test_no_answer_is_looked_at_in_writing(base):
    explainer = Explainer.build(base, LORA, numbers=Numbers.WRITTEN)
    asks = lessons()
    blank = [replace(ask, response=None) for ask in asks]
    assert explainer.write(asks, most_tokens=12) == explainer.write(blank, most_tokens=12)


def test_a_seed_gives_the_same_words_and_leaves_other_chance_alone(base):
    explainer = Explainer.build(base, LORA, numbers=Numbers.WRITTEN)
    asks = lessons()
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first, again, other = (explainer.write(asks, 1.0, 12, seed) for seed in (5, 5, 6))
    assert first == again != other
    assert torch.equal(torch.get_rng_state(), state)


def test_the_numbers_reach_the_model_where_it_is_told_of_them(base):
    told = [raised(gain_db) for gain_db in (4.4, 4.5)]
    for conditioning in Conditioning:
        explainer = Explainer.build(base, LORA, conditioning=conditioning, numbers=Numbers.WRITTEN)
        first, second = (logits(explainer, [Ask(advice, "Go.")]) for advice in told)
        blind = conditioning in (Conditioning.NONE, Conditioning.EMBEDDINGS)
        assert (first.shape == second.shape and torch.equal(first, second)) == blind


def raised(gain_db: float) -> Advice:
    """The vocals should come up by that much."""
    move = Move(Action.RAISE, gain_db, gain_db - 1, gain_db + 1, 0.95)
    vocals = StemAdvice("vocals", Role.VOCALS, None, -20.0, move)
    drums = StemAdvice("drums", Role.DRUMS, None, -20.0, Move(Action.LEAVE, 0.0, -0.5, 0.5, 0.1))
    return Advice("song", 44_100, 60.0, None, 100.0, (vocals, drums), NOBODY, LEVELS)


def test_of_many_stems_each_vector_is_made_of_its_own_embedding(llama):
    move = [Move(Action.RAISE, 1 + at / 10, 1.0, 9.0, 0.95) for at in range(20)]
    stems = tuple(StemAdvice(f"s{at}", Role.OTHER, None, -20.0, move[at]) for at in range(20))
    many = Advice("song", 44_100, 60.0, "s0", 100.0, stems, NOBODY, LEVELS)
    embedding = torch.arange(21.0)[:, None].expand(-1, 8)
    explainer = Explainer.build(llama, LORA, conditioning=Conditioning.BOTH, embedding_width=8, numbers=Numbers.WRITTEN)
    rows = explainer.batch([Ask(many, "Go.", embedding, response="Yes."), Ask(raised(4.0), "Go.", embedding[:3])])
    assert rows.told.embedding[0, :, 0].tolist() == [*told_at(many), 20]
    assert told_at(many) == [0, *range(5, 20)]
    assert rows.told.heard[0].sum() == MOST_STEMS + 1
    assert rows.told.embedding[1, :3, 0].tolist() == [0, 1, 2]
    assert (rows.source[0] >= 0).sum() == MOST_STEMS + 1
    assert torch.isfinite(explainer(rows))


def test_a_saved_adapter_says_the_same(base, tmp_path):
    explainer = Explainer.build(base, LORA, numbers=Numbers.WRITTEN)
    for _ in range(3):
        step(explainer, lessons())
    save_pretrained(explainer, tmp_path, "voice", "1.0")
    again = from_pretrained(tmp_path)
    assert (again.name, again.version, again.conditioning) == ("voice", "1.0", Conditioning.PREDICTIONS)
    torch.testing.assert_close(logits(again, lessons()), logits(explainer, lessons()), atol=1e-4, rtol=1e-4)
    assert not (tmp_path / "model.safetensors").exists()
    assert json.loads((tmp_path / "adapter_config.json").read_text())["base_model_name_or_path"] == str(base)


def test_merging_gives_the_same_logits(base, tmp_path):
    explainer = Explainer.build(base, LORA, numbers=Numbers.WRITTEN)
    for _ in range(3):
        step(explainer, lessons())
    expected = logits(explainer, lessons())
    save_pretrained(explainer, tmp_path, "voice", "1.0", merged=True)
    torch.testing.assert_close(logits(from_pretrained(tmp_path), lessons()), expected, atol=1e-4, rtol=1e-4)
    from transformers import AutoModelForCausalLM, AutoTokenizer  # what is merged needs nothing of ours

    assert AutoTokenizer.from_pretrained(tmp_path).chat_template
    assert sum(p.numel() for p in AutoModelForCausalLM.from_pretrained(tmp_path).parameters())


def test_the_base_can_be_carried_along(llama, tmp_path):
    here = tmp_path / "base"
    shutil.copytree(llama, here)
    explainer = Explainer.build(here, LORA, numbers=Numbers.WRITTEN)
    step(explainer, lessons())
    save_pretrained(explainer, tmp_path / "voice", "voice", "1.0", carry_base=True)
    expected = logits(explainer, lessons())
    shutil.rmtree(here)
    torch.testing.assert_close(logits(from_pretrained(tmp_path / "voice"), lessons()), expected, atol=1e-4, rtol=1e-4)


def test_plain_torch_computes_what_transformers_does(llama, tmp_path):
    explainer = Explainer.build(llama, LORA, numbers=Numbers.WRITTEN)
    for _ in range(3):
        step(explainer, lessons())
    save_pretrained(explainer, tmp_path, "voice", "1.0")
    small, hub = from_pretrained(tmp_path), from_pretrained(tmp_path, trainable=True).eval()
    assert isinstance(small.language, SmallLlama)
    assert not isinstance(hub.language, SmallLlama)
    torch.testing.assert_close(logits(small, lessons()), logits(hub, lessons()), atol=1e-4, rtol=1e-4)
    asks = lessons(6, seed=9)
    torch.set_num_threads(2)
    try:
        assert small.write(asks, most_tokens=20) == hub.write(asks, most_tokens=20)
        assert torch.get_num_threads() == 2  # one while it writes, then as many as before
    finally:
        torch.set_num_threads(1)


def test_answers_that_end_at_different_times_are_those_written_alone():
    embedded, asks = from_pretrained(), lessons(6, seed=5)
    together = embedded.write(asks)
    assert len({len(text) for text in together}) > 3
    assert together == [embedded.write([ask])[0] for ask in asks]


def test_a_small_explainer_is_loaded_without_transformers(llama, tmp_path):
    import subprocess
    import sys

    save_pretrained(Explainer.build(llama, LORA, numbers=Numbers.WRITTEN), tmp_path, "voice", "1.0")
    script = (
        "import sys; from explainer.language.pretrained import from_pretrained; "
        f"from_pretrained({str(tmp_path)!r}); print({{'transformers', 'peft', 'lightning'}} & set(sys.modules))"
    )
    root = Path(__file__).resolve().parents[3]
    run = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_a_quantised_base_is_trained_too(base, tmp_path):
    explainer = Explainer.build(base, LORA, quantise=True, numbers=Numbers.WRITTEN)
    packed = [p for p in explainer.language.parameters() if p.dtype == torch.uint8]
    assert len(packed) == 2 * 7  # every linear layer of both
    before = frozen(explainer)
    asks = lessons()
    losses = []
    for _ in range(4):
        losses.append(step(explainer, asks))
        explainer.write(asks[:1], most_tokens=2)  # as a validation between does
    assert losses[-1] < losses[0]
    for name, weight in frozen(explainer).items():
        assert torch.equal(weight, before[name]), name
    save_pretrained(explainer, tmp_path, "voice", "1.0")
    again = from_pretrained(tmp_path)
    torch.testing.assert_close(logits(again, asks), logits(explainer, asks), atol=1e-3, rtol=1e-3)


def test_an_adapter_of_another_base_is_refused(base, tmp_path):
    save_pretrained(Explainer.build(base, LORA, numbers=Numbers.WRITTEN), tmp_path / "voice", "voice", "1.0")
    kind = json.loads((base / "config.json").read_text())["model_type"]
    tiny_base(tmp_path / "other", next(other for other in KINDS if other != kind))
    with pytest.raises(InputError, match=r'adapter ".*voice" does not match the base model ".*other"'):
        from_pretrained(tmp_path / "voice", base=tmp_path / "other")
    shutil.copytree(base, tmp_path / "words")
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens(["another"])
    tokenizer.save_pretrained(tmp_path / "words")
    with pytest.raises(InputError, match="does not match"):
        from_pretrained(tmp_path / "voice", base=tmp_path / "words")


def test_a_missing_base_is_named(tmp_path):
    for name in (str(tmp_path / "nowhere"), "nobody/no-such-model"):
        with pytest.raises(InputError, match=f'The base model "{name}" is no model here'):
            Explainer.build(name, numbers=Numbers.WRITTEN)


def test_a_base_that_cannot_chat_is_named(tmp_path):
    tiny_base(tmp_path, template=None)
    with pytest.raises(InputError, match="has no chat template"):
        Explainer.build(tmp_path, numbers=Numbers.WRITTEN)


def test_what_is_no_explainer_is_named(tmp_path):
    with pytest.raises(InputError, match=f"it needs {SETTINGS}"):
        from_pretrained(tmp_path)
    with pytest.raises(InputError, match=f"it needs {SETTINGS}"):
        push_to_hub(tmp_path, "somebody/voice")
    with pytest.raises(InputError, match="not to be had from the Hub"):
        from_pretrained("nobody/no-such-voice")
    assert BASE == "base"


def test_lessons_of_one_seed_are_the_same():
    first, again = (list(zip(range(20), ImaginedLessons().asks(4), strict=False)) for _ in range(2))
    assert first == again
