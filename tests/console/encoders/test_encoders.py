"""Pretrained encoders of sound, tiny and random: what they hear, what is trained of them, and what they are called."""

import json
import warnings
from pathlib import Path

import pytest
import torch
from tiny_audio import tiny_encoder

from console.errors import InputError
from console.network.encoders.encoder import AudioEncoder
from console.network.encoders.heard_as import HeardAs
from console.network.encoders.hub import HubEncoder
from console.network.encoders.licence import UNKNOWN, is_commercial, licence_of, warning
from console.network.encoders.lora import LoraSettings
from console.network.encoders.musicnn import MusicnnEncoder

KINDS = ("wav2vec2", "hubert", "whisper", "clap", "clap-audio")
LORA = LoraSettings(rank=2, alpha=4)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with a tiny model of each kind."""
    folder = tmp_path_factory.mktemp("encoders")
    for kind in KINDS:
        tiny_encoder(folder / kind, kind)
    return folder


@pytest.fixture(scope="module")
def musicnn():
    """The network with random weights, none of which leads to silence."""
    from console.music.tags.network import Musicnn

    torch.manual_seed(0)
    network = Musicnn()
    for value in network.parameters():
        torch.nn.init.normal_(value, std=0.1)
    return network


def clips(encoder: AudioEncoder, seconds: float = 1.0, seed: int = 0) -> torch.Tensor:
    samples = round(seconds * encoder.heard_as.rate_hz)
    noise = torch.randn(3, encoder.heard_as.channels, samples, generator=torch.Generator().manual_seed(seed))
    noise[1] = torch.sin(torch.arange(samples) / 5)
    return 0.1 * noise


@pytest.fixture(params=[*KINDS, "musicnn"])
def encoder(request, place, musicnn) -> AudioEncoder:
    if request.param == "musicnn":
        return MusicnnEncoder(network=musicnn)
    return HubEncoder(str(place / request.param))


def test_a_clip_becomes_one_vector_of_its_sound_whatever_its_level_and_its_neighbours(encoder):
    sound = clips(encoder)
    heard = encoder.train().hear(sound)
    assert heard.shape == (3, encoder.size)
    assert not torch.allclose(heard[0], heard[1], atol=1e-3)
    torch.testing.assert_close(encoder.hear(100 * sound[1:2])[0], heard[1], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(encoder.hear(sound.reshape(3, 1, *sound.shape[1:]))[:, 0], heard)
    assert not any(value.requires_grad for value in encoder.parameters())


def test_of_silence_nothing_is_heard_and_nothing_goes_wrong(encoder):
    sound = clips(encoder)
    sound[1] = 0
    heard = encoder.hear(sound)
    assert torch.equal(heard[1], torch.zeros(encoder.size))
    assert heard.isfinite().all()
    assert not encoder.hear(torch.zeros_like(sound)).any()


def test_a_long_clip_is_heard_in_pieces_and_silent_ones_do_not_count(place):
    encoder = HubEncoder(str(place / "wav2vec2"), longest_s=0.5)
    whole = clips(encoder)[0]
    halves = encoder.hear(torch.stack(whole.chunk(2, -1)))
    torch.testing.assert_close(encoder.hear(whole), halves.mean(0), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(halves[0], halves[1], atol=1e-4)
    rest = torch.cat([whole[..., : whole.shape[-1] // 2], torch.zeros(1, whole.shape[-1] // 2)], -1)
    torch.testing.assert_close(encoder.hear(rest), halves[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_an_adapter_is_all_that_is_trained(place, kind):
    torch.manual_seed(0)
    encoder, frozen = HubEncoder(str(place / kind), LORA), HubEncoder(str(place / kind))
    sound = clips(encoder)
    torch.testing.assert_close(encoder.hear(sound), frozen.hear(sound))  # without effect before it is trained
    trained = {name for name, value in encoder.named_parameters() if value.requires_grad}
    assert trained
    assert not trained & encoder.elsewhere
    assert trained | encoder.elsewhere == set(encoder.state_dict())
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    optimizer = torch.optim.SGD([value for value in encoder.parameters() if value.requires_grad], 1.0)
    for _ in range(2):
        optimizer.zero_grad()
        encoder.train().hear(sound)[:, 0].sum().backward()
        optimizer.step()
    assert {name for name, value in encoder.state_dict().items() if not torch.equal(value, before[name])} <= trained
    assert not torch.allclose(encoder.hear(sound), frozen.hear(sound), atol=1e-5)


def test_a_layer_further_down_can_be_taken(place):
    first, last = (HubEncoder(str(place / "wav2vec2"), layer=layer) for layer in (0, None))
    assert not torch.allclose(first.hear(clips(first)), last.hear(clips(last)), atol=1e-4)
    with pytest.raises(InputError, match="is no encoder of sound that can be used here"):
        HubEncoder(str(place / "wav2vec2"), layer=7)


@pytest.mark.parametrize("lora", [None, LORA], ids=["frozen", "lora"])
@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_half_the_size_hear_about_the_same(place, kind, lora):
    whole, half = (HubEncoder(str(place / kind), lora, dtype=dtype) for dtype in ("float32", "bfloat16"))
    sizes = [sum(e.state_dict()[name].nbytes for name in e.elsewhere) for e in (whole, half)]
    assert sizes[1] < 0.6 * sizes[0]
    heard = half.hear(clips(half))
    assert heard.dtype == torch.float32
    torch.testing.assert_close(heard, whole.hear(clips(whole)), atol=0.1, rtol=0.1)
    assert {value.dtype for value in half.parameters() if value.requires_grad} <= {torch.float32}


def test_sound_is_brought_to_rate_and_channels():
    stereo = torch.stack([torch.ones(1, 4800), -0.5 * torch.ones(1, 4800)], 1)
    mono = HeardAs(16_000).of(stereo, 48_000)
    assert mono.shape == (1, 1, 1600)
    torch.testing.assert_close(mono[..., 100:-100], torch.full((1, 1, 1400), 0.25), atol=1e-3, rtol=0)
    assert torch.equal(HeardAs(48_000, 2).of(stereo[:, :1], 48_000), stereo[:, :1].expand(-1, 2, -1))
    with pytest.raises(InputError, match="in one channel or two, not at 16000 Hz in 5"):
        HeardAs(16_000, 5)
    with pytest.raises(InputError, match="Sound at 44101 Hz cannot be brought to 16000 Hz"):
        HeardAs(16_000).of(stereo, 44_101)


def test_what_is_no_encoder_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r'The encoder ".*nothing" is no model here'):
        HubEncoder(str(tmp_path / "nothing"))
    from tiny import tiny_base

    with pytest.raises(InputError, match="is no model here"):
        HubEncoder(str(tiny_base(tmp_path / "words")))


CODE = """
from pathlib import Path
Path(__file__).with_name("ran").touch()
from transformers import Wav2Vec2Model
class Own(Wav2Vec2Model):
    pass
"""


def test_code_of_a_models_own_runs_only_where_the_user_says_so(place, tmp_path, monkeypatch):
    folder = tmp_path / "own"
    tiny_encoder(folder, "wav2vec2")
    (folder / "own.py").write_text(CODE.replace('Path(__file__).with_name("ran")', f"Path({str(tmp_path / 'ran')!r})"))
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="brings code of its own, which would run here: read it"):
        HubEncoder(str(folder))
    assert not (tmp_path / "ran").exists()

    config |= {"model_type": "wav2vec2", "auto_map": {"AutoModel": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(config))
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    encoder = HubEncoder(str(folder), trust_remote_code=True)
    assert (tmp_path / "ran").exists()
    told = encoder.told()
    assert (told["carried"], told["name"]) == (False, str(folder))
    with pytest.raises(InputError, match="brings code of its own: where you trust it, set MIXCONSOLE_TRUST="):
        HubEncoder.again(told, tmp_path)
    monkeypatch.setenv("MIXCONSOLE_TRUST", f"another,{folder}")
    torch.testing.assert_close(HubEncoder.again(told, tmp_path).hear(clips(encoder)), encoder.hear(clips(encoder)))


@pytest.mark.parametrize(
    ("licence", "commercial"),
    [
        *(("cc-by-nc-4.0", False), ("CC-BY-NC-SA-4.0", False), ("my-non-commercial-licence", False)),
        *(("apache-2.0", True), ("mit", True), ("cc-by-4.0", True), ("isc", True), ("bsd-3-clause", True)),
        *(("unknown", None), ("announce", None), ("llama3", None)),
    ],
)
def test_a_licence_tells_whether_it_is_commercial(licence, commercial):
    assert is_commercial(licence) is commercial
    told = warning("ear", licence)
    assert (told is None) == (commercial is True)
    if commercial is False:
        assert f'"ear" is not for commercial use ({licence}), and so neither is what is trained with it.' in told


def test_the_licence_is_what_the_card_says_unless_it_is_told(place, tmp_path):
    folder = tiny_encoder(tmp_path / "ear", "wav2vec2")
    assert licence_of(str(folder)) == UNKNOWN
    (folder / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n# Ear\n")
    assert HubEncoder(str(folder)).licence == "cc-by-nc-4.0"
    assert HubEncoder(str(folder), licence="mit").licence == "mit"
    (folder / "README.md").write_text("---\nlicense: other\nlicense_name: Mine Alone\n---\n# Ear\n")
    assert licence_of(str(folder)) == "mine alone"
    (folder / "README.md").write_text("---\nlicense: [\n---\n")
    with warnings.catch_warnings():
        assert licence_of(str(folder)) == UNKNOWN
