"""A mix is taken apart: piece by piece, by a network from a file, into stems that sum to it."""

import math
import pickle
from dataclasses import replace
from importlib.util import find_spec

import pytest
import torch
from apart import RATE, noise, quarters, tiny
from safetensors.torch import save_file

from console import InputError
from console.network.threads import one_thread
from console.separate.pieces import in_pieces
from console.separate.separator import SOURCES, Separator, separator
from console.separate.song import mixture, separated


@pytest.fixture(scope="module")
def network():
    with one_thread():
        yield tiny()


@pytest.fixture
def weights(network, tmp_path):
    """Its weights as torchaudio has them."""
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    return tmp_path / "weights.pt"


def safetensors(network, path, **metadata):
    save_file({name: each.clone() for name, each in network.state_dict().items()}, path, metadata)
    return path


@pytest.mark.parametrize("length", [1, 19, 20, 21, 99, 100, 101, 180, 181, 1000])
@pytest.mark.parametrize("overlap", [1, 20, 50])
def test_what_is_heard_in_pieces_is_whole_again(length, overlap):
    audio = noise(2, length / RATE)
    lengths = []
    given = in_pieces(lambda piece: torch.stack([piece, -piece]), audio, 2, 100, overlap, lengths.append)
    torch.testing.assert_close(given, torch.stack([audio, -audio]), rtol=1e-6, atol=1e-7)
    assert lengths[-1] == length


def test_pieces_are_faded_into_one_another():
    pieces = iter([1.0, 0.0])
    given = in_pieces(lambda piece: torch.full((1, *piece.shape), next(pieces)), noise(1, 150 / RATE), 1, 100, 50)
    steps = given[0, 0].diff()
    assert given[0, 0, 0] == 1
    assert given[0, 0, -1] == 0
    assert bool((steps <= 0).all())
    assert float(steps.abs().max()) < 0.03


def test_a_network_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="it makes"):
        in_pieces(lambda piece: piece[None, :1], noise(2, 1), 4, 1000, 100)


def test_a_file_gives_what_its_network_gives(network, weights, tmp_path):
    piece = noise(2, 1.5)
    with torch.inference_mode():
        expected = network(piece[None])[0]
    listed = safetensors(network, tmp_path / "weights.safetensors", sources='["vocals", "other", "bass", "drums"]')
    for file, sources in ((weights, SOURCES), (listed, ("vocals", "other", "bass", "drums"))):
        loaded = separator(str(file))
        assert loaded.sources == sources
        assert torch.equal(loaded.apply(piece), expected)
    assert separator(str(listed), ["a", "b", "c", "d"]).sources == ("a", "b", "c", "d")


def test_half_precision_is_read(network, tmp_path):
    save_file({name: each.half() for name, each in network.state_dict().items()}, tmp_path / "half.safetensors")
    given = separator(str(tmp_path / "half.safetensors")).apply(noise(2, 1))
    assert given.dtype == torch.float32
    assert given.shape == (4, 2, RATE)


def test_as_many_sources_are_named_as_there_are(network, weights, tmp_path):
    with pytest.raises(InputError, match="estimates 4 sources"):
        separator(str(weights), ["vocals", "rest"])
    two = tmp_path / "two.pt"
    torch.save(tiny(2).state_dict(), two)
    with pytest.raises(InputError, match="estimates 2 sources: name as many"):
        separator(str(two))
    assert separator(str(two), ["vocals", "rest"]).sources == ("vocals", "rest")
    for wrong in (["a", "A", "b", "c"], [""] * 4):
        with pytest.raises(InputError, match="different names"):
            separator(str(weights), wrong)


class Runs:
    """What would leave a mark if it were unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return self.mark.touch, ()


def test_no_file_runs_code(tmp_path):
    for save in (torch.save, lambda what, path: path.write_bytes(pickle.dumps(what))):
        save({"a": Runs(tmp_path / "mark")}, tmp_path / "bad.pt")
        with pytest.raises(InputError, match="more than weights"):
            separator(str(tmp_path / "bad.pt"))
        assert not (tmp_path / "mark").exists()


def changed(network, **changes):
    return {name: changes.get(name.replace(".", "_"), each) for name, each in network.state_dict().items()}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        pytest.param(lambda network: {}, "its depth", id="empty"),
        pytest.param(lambda network: [1, 2], "no state_dict", id="a list"),
        pytest.param(lambda network: torch.nn.Linear(2, 2).state_dict(), "its depth", id="another network"),
        pytest.param(
            lambda network: changed(network, freq_encoder_3_conv_bias=torch.zeros(3)), "has the shape", id="a shape"
        ),
        pytest.param(
            lambda network: changed(network, freq_encoder_3_conv_bias=torch.full((32,), math.nan)), "finite", id="NaN"
        ),
        pytest.param(
            lambda network: {k: v for k, v in network.state_dict().items() if k != "freq_encoder.3.conv.bias"},
            "missing",
            id="a part less",
        ),
        pytest.param(lambda network: network.state_dict() | {"x": torch.zeros(1)}, "too many", id="a part more"),
        pytest.param(
            lambda network: changed(network, freq_encoder_0_conv_weight=torch.zeros(4, 2, 8, 1)), "stereo", id="mono"
        ),
    ],
)
def test_other_weights_are_refused(network, tmp_path, state, said):
    torch.save(state(network), tmp_path / "other.pt")
    with pytest.raises(InputError, match=said):
        separator(str(tmp_path / "other.pt"))


@pytest.mark.parametrize("name", ["none.pt", "none", "demucs.wav", "junk.pt", "junk.safetensors"])
def test_what_is_no_separator_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for junk in ("junk.pt", "junk.safetensors"):
        (tmp_path / junk).write_bytes(b"this is no network" * 10)
    with pytest.raises(InputError):
        separator(name)


@pytest.mark.skipif(find_spec("demucs") is not None, reason="the package is here")
def test_without_the_package_it_is_said_what_to_do():
    with pytest.raises(InputError, match="pip install demucs"):
        separator("demucs")


def test_the_package_is_used_where_it_is():
    pytest.importorskip("demucs")
    apart = separator("demucs:demucs_unittest")  # random and small, and nothing is fetched
    with one_thread():
        found = separated(noise(2, 3), RATE, "mix", apart)
    assert found.song.names == ("drums", "bass", "vocals", "other")


@pytest.mark.parametrize(("channels", "rate"), [(2, RATE), (1, RATE), (2, 48_000), (1, 22_050)])
def test_the_stems_of_a_network_sum_to_the_mix(network, weights, channels, rate):
    mix = noise(channels, 2.5, rate)
    found = separated(mix, rate, "mix", replace(separator(str(weights)), piece_s=1.5, overlap_s=0.5))
    assert found.song.names == ("drums", "bass", "vocals", "other")
    assert [str(role) for role in found.song.roles] == ["drums", "bass", "vocals", "other"]
    assert found.song.audio.shape == (4, *mix.shape)
    assert found.song.sample_rate == rate
    assert float((found.song.mix() - mix).abs().max()) < 1e-7
    assert not bool(found.song.silent.any())


@pytest.mark.parametrize("rate", [RATE, 48_000])
@pytest.mark.parametrize("loudness", [1.0, 1e-3])
def test_what_is_left_over_is_in_the_rest(rate, loudness):
    mix = loudness * torch.sin(torch.arange(3 * rate) * 2 * math.pi * 440 / rate).expand(2, -1)
    found = separated(mix, rate, "mix", quarters("drums", "vocals"))
    assert found.song.names == ("drums", "vocals", "other")
    inner = slice(rate // 10, -rate // 10)  # without the ends, which resampling rounds
    for stem, share in zip(found.song.audio, (0.25, 0.25, 0.5), strict=True):
        torch.testing.assert_close(stem[:, inner], share * mix[:, inner], rtol=0, atol=2e-3 * loudness)
    assert found.left_db == pytest.approx(-6.0, abs=0.1)


def test_nothing_is_left_over_of_a_whole():
    found = separated(noise(2, 3), RATE, "mix", quarters("drums", "bass", "other", "vocals"))
    assert found.left_db is None or found.left_db < -100


def test_silence_and_broken_separators_are_told():
    with pytest.raises(InputError, match="silent"):
        separated(torch.zeros(2, RATE), RATE, "mix", quarters("drums"))
    with pytest.raises(InputError, match="silent"):
        mixture(torch.zeros(2, RATE), RATE, "mix")
    nan = Separator("nan", ("drums",), lambda piece: torch.full((1, *piece.shape), math.nan), 2.0)
    with pytest.raises(InputError, match="no sound"):
        separated(noise(2, 1), RATE, "mix", nan)
    wrong = Separator("wrong", ("drums",), lambda piece: piece, 2.0)
    with pytest.raises(InputError, match="wrong failed"):
        separated(noise(2, 1), RATE, "mix", wrong)


def test_progress_is_told():
    said = []
    separated(noise(2, 5), RATE, "mix", quarters("drums"), said.append)
    assert said[0] == "Taking the mix apart (0 of 5 s)"
    assert said[-1] == "Taking the mix apart (5 of 5 s)"
    assert len(said) > 3
