"""Consoles that hear the stems through a pretrained encoder: kept, read again, trained, and asked as any other."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from consoles import make_song, random_console, with_stems
from safetensors.torch import load_file
from tiny_audio import tiny_encoder
from training_runs import ROOT, STEPS, Stopped

from console import Console, InputError
from console.data.examples import FlawedExcerpts, Key, collate
from console.data.grouping import by_role
from console.data.recipe import Recipe
from console.data.table import tabulate
from console.evaluation.items import Items, Protocol
from console.evaluation.listeners import console_listener
from console.files.hub import CARD
from console.music.tags.network import Musicnn
from console.network.encoders.heard_as import HeardAs
from console.network.encoders.hub import HubEncoder
from console.network.encoders.lora import LoraSettings
from console.network.encoders.musicnn import MusicnnEncoder
from console.system import ConsoleSystem

LORA = LoraSettings(rank=2, alpha=4)
PLAIN = Recipe(draws=2, windows=2, mix_only=0.0, dropped=0.0, finer=0.0)


@pytest.fixture(scope="module")
def ears(tmp_path_factory) -> Path:
    """A folder with tiny encoders."""
    folder = tmp_path_factory.mktemp("ears")
    for kind in ("wav2vec2", "whisper", "clap", "clap-audio"):
        tiny_encoder(folder / kind, kind)
    (folder / "wav2vec2" / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n")
    return folder


def hearing(ears: Path, kind: str, lora: LoraSettings | None = None, **options: object) -> Console:
    """A random console that hears through one of them, its adapter with an effect."""
    console = random_console(encoder=HubEncoder(str(ears / kind), lora, **options))
    for name, value in console.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(value, std=0.5)
    return console


def believes(console: Console, seconds: float = 1.5) -> torch.Tensor:
    return console.listen(make_song(4, seconds=seconds), "stem 1").probability


@pytest.mark.parametrize(
    ("kind", "lora", "dtype"),
    [
        *(("wav2vec2", None, "float32"), ("wav2vec2", LORA, "bfloat16"), ("whisper", LORA, "float32")),
        *(("clap", LORA, "float32"), ("clap-audio", None, "bfloat16")),
    ],
)
def test_a_kept_console_brings_its_encoder_along_and_believes_the_same(ears, kind, lora, dtype, tmp_path):
    lent = tmp_path / "lent"
    shutil.copytree(ears / kind, lent / kind)
    console = hearing(lent, kind, lora, dtype=dtype)
    console.save_pretrained(tmp_path / "kept", "ear", "1")
    shutil.rmtree(lent)
    again = Console.from_pretrained(tmp_path / "kept")
    assert torch.equal(believes(again), believes(console))
    assert again.sound_encoder.name == kind  # and not where it lay
    assert str(tmp_path) not in (tmp_path / "kept" / "config.json").read_text()
    names = {name for name in load_file(tmp_path / "kept" / "model.safetensors") if "sound_encoder" in name}
    assert all("lora_" in name for name in names)
    assert bool(names) == (lora is not None)
    again.save_pretrained(tmp_path / "twice", "ear", "1")
    assert torch.equal(believes(Console.from_pretrained(tmp_path / "twice")), believes(console))


def test_an_encoder_may_be_had_by_its_name_again(ears, tmp_path):
    console = hearing(ears, "wav2vec2", carry=False)
    console.save_pretrained(tmp_path, "ear", "1")
    assert not (tmp_path / "encoder").exists()
    assert torch.equal(believes(Console.from_pretrained(tmp_path)), believes(console))
    told = json.loads((tmp_path / "config.json").read_text())
    told["encoder"]["name"] = str(tmp_path / "gone")
    (tmp_path / "config.json").write_text(json.dumps(told))
    with pytest.raises(InputError, match=r'The encoder ".*gone" is no model here, and is not to be had from the Hub'):
        Console.from_pretrained(tmp_path)


def test_a_broken_encoder_is_one_sentence(ears, tmp_path):
    hearing(ears, "wav2vec2", LORA).save_pretrained(tmp_path, "ear", "1")
    weights = tmp_path / "encoder" / "encoder.safetensors"
    whole, config = weights.read_bytes(), json.loads((tmp_path / "config.json").read_text())
    weights.write_bytes(whole[:1000])
    with pytest.raises(InputError, match='encoder" holds no encoder of this version'):
        Console.from_pretrained(tmp_path)
    weights.write_bytes(whole)
    for change in ({"lora": {"rank": 10**9, "alpha": 1}}, {"lora": None}, {"layer": "all"}, {"class": "os.path"}):
        told = {**config, "encoder": {**config["encoder"], **change}}
        (tmp_path / "config.json").write_text(json.dumps(told))
        with pytest.raises(InputError):
            Console.from_pretrained(tmp_path)


def test_musicnn_is_among_the_consoles_own_weights(tmp_path, monkeypatch):
    torch.manual_seed(0)
    network = Musicnn()
    torch.nn.init.normal_(network.units.weight, std=0.1)
    console = random_console(encoder=MusicnnEncoder(network=network))
    console.save_pretrained(tmp_path / "kept", "ear", "1")
    monkeypatch.setenv("MIXCONSOLE_MODELS", str(tmp_path / "none"))
    assert torch.equal(believes(Console.from_pretrained(tmp_path / "kept")), believes(console))
    with pytest.raises(InputError, match="mixconsole models fetch musicnn"):
        MusicnnEncoder()


@pytest.mark.parametrize("kind", ["wav2vec2", "clap"])
def test_what_holds_of_any_console_holds_of_these(ears, kind):
    console, song = hearing(ears, kind, LORA), make_song(4, seconds=12.0)
    heard = console.listen(song, "stem 1")
    louder = console.listen(song.with_gains_db(torch.full((4,), 6.0)), "stem 1")
    torch.testing.assert_close(louder.probability, heard.probability, atol=1e-4, rtol=1e-3)
    silent = song.audio.clone()
    silent[3] = 0
    torch.testing.assert_close(
        console.listen(with_stems(song, silent), "stem 1").probability[:3],
        console.listen(with_stems(song, song.audio[:3], [0, 1, 2]), "stem 1").probability,
        atol=1e-4,
        rtol=1e-3,
    )
    other = song.audio.clone()
    other[2] = other[2].flip(-1) * torch.linspace(0, 2, other.shape[-1])
    assert not torch.allclose(console.listen(with_stems(song, other), "stem 1").probability, heard.probability)


def test_from_a_table_it_hears_what_it_hears_in_the_song(ears):
    console, song = hearing(ears, "wav2vec2"), make_song(4, seconds=10.0, rate=44_100)
    table = tabulate(song, console.hears)
    items = Items([table], Protocol.NONE, short_songs=True)
    asked = items[0]
    assert asked.example.sound.shape == (1, 1, 4, 1, 160_000)
    order = [list(song.roles).index(role) for role in by_role(song.roles)[1]]
    believed = console_listener(console).believe(asked).log_probability[-1]
    anchor = int(asked.example.anchor[-1].nonzero())
    heard = console.listen(song, song.names[order[anchor]]).probability[order]
    torch.testing.assert_close(believed.exp(), heard, atol=0.01, rtol=0.05)


def test_excerpts_bring_the_sound_of_their_windows_and_are_padded_with_silence():
    songs = [make_song(4, seed=1, seconds=24.0), make_song(3, seed=2, seconds=4.0)]
    tables = [tabulate(song, HeardAs(8_000)) for song in songs]
    examples = FlawedExcerpts(tables, PLAIN)
    keys = [Key(0, 0, batch) for batch in range(8)]
    key = next(key for key in keys if len(examples.flawed(key).shares[0].at) == 2)
    flawed = examples.flawed(key)
    for window, start in enumerate(flawed.shares[0].at):
        expected = songs[0].audio.mean(1)[:, start * 1600 : start * 1600 + 80_000]
        torch.testing.assert_close(flawed.example.sound[0, window, :, 0], expected, atol=1e-3, rtol=1e-2)
    short = examples[Key(0, 1, key.batch)]
    torch.testing.assert_close(short.sound[0, 0, :, 0, :32_000], short.sound[0, 0, :, 0, 32_000:64_000])
    both = collate([examples[key], short])
    assert both.sound.shape == (2, 2, 4, 1, 80_000)
    assert not both.sound[1, 1].any()
    assert not both.sound[1, 0, 3].any()
    without = collate([FlawedExcerpts([tabulate(song) for song in songs], PLAIN)[Key(0, 0)]])
    assert not without.sound.numel()
    console = random_console(
        encoder=MusicnnEncoder(network=__import__("console.music.tags.network", fromlist=["x"]).Musicnn())
    )
    with pytest.raises(InputError, match="listens through musicnn: its examples need their sound"):
        console.with_sound(without.features, without.sound)


def options(ears: Path, lora: bool) -> list[str]:
    encoder = "--model.init_args.console.init_args.encoder"
    told = [f"{encoder}=console.network.encoders.hub.HubEncoder", f"{encoder}.init_args.name={ears / 'wav2vec2'}"]
    told += [f"{encoder}.init_args.lora.rank=2", f"{encoder}.init_args.lora.alpha=4"] if lora else []
    return [*told, "--model.init_args.console.init_args.content=true", "--data.init_args.sound.rate_hz=16000"]


@pytest.mark.parametrize("lora", [False, True], ids=["frozen", "lora"])
@pytest.mark.slow
def test_it_is_trained_stopped_and_goes_on_and_its_card_tells_the_licence(fit, ears, lora, tmp_path):
    two = "--trainer.max_epochs=2"
    fit(tmp_path / "whole", two, *options(ears, lora))
    with pytest.raises(Stopped):
        fit(tmp_path / "cut", two, *options(ears, lora), stop=STEPS + 1)
    cli = fit(tmp_path / "cut", two, *options(ears, lora))
    whole, cut = (tmp_path / name / "console-smoke" / "version_0" for name in ("whole", "cut"))
    assert (whole / "pretrained" / "model.safetensors").read_bytes() == (
        cut / "pretrained" / "model.safetensors"
    ).read_bytes()
    checkpoint = cli.trainer.strategy.checkpoint_io.load_checkpoint(
        cut / "checkpoints" / "last.ckpt", weights_only=True
    )
    assert all("lora_" in name for name in checkpoint["state_dict"] if "sound_encoder" in name)
    card = (whole / "pretrained" / CARD).read_text()
    assert "license: cc-by-nc-4.0" in card
    assert "- `wav2vec2`, whose licence is `cc-by-nc-4.0`\n- what was trained here: `apache-2.0`" in card
    assert "is not for commercial use (cc-by-nc-4.0), and so neither is what is trained with it." in card
    console = Console.from_pretrained(whole / "pretrained")
    assert console.listen(make_song(4), "stem 1").probability.isfinite().all()


def test_data_that_keep_other_sound_are_refused(fit, ears, tmp_path):
    with pytest.raises(InputError, match=r"hears sound at 16000 Hz: set data.init_args.sound to {rate_hz: 16000"):
        fit(tmp_path, *options(ears, False), "--data.init_args.sound.rate_hz=22050")
    with pytest.raises(InputError, match="An encoder hears the content"):
        random_console(content=False, encoder=HubEncoder(str(ears / "wav2vec2")))


def test_a_gradient_reaches_the_adapter_through_the_posterior(ears):
    table = tabulate(make_song(4, seconds=10.0), HeardAs(16_000))
    system = ConsoleSystem(hearing(ears, "wav2vec2", LORA), mix_weight=0.0)
    system.log = lambda *_, **__: None
    batch = collate([FlawedExcerpts([table], PLAIN)[Key(0, 0)]])
    system.training_step(batch, 0).backward()
    reached = [value.grad.abs().sum() for name, value in system.named_parameters() if "lora_B" in name]
    assert reached
    assert all(size > 0 for size in reached)


def test_without_such_an_encoder_its_libraries_are_not_imported():
    code = (
        "import sys; from console import Console; Console.from_pretrained(); "
        "print({'transformers', 'peft', 'lightning'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
