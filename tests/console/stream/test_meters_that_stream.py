"""What passes in blocks is measured as what is there at once: loudness, peaks, steps, inner products."""

import math

import av
import numpy as np
import pyloudnorm
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchaudio.functional import resample

from console.audio.file import BLOCK
from console.network.features import energies
from console.stream import sound as sound_module
from console.stream import steps
from console.stream.extremes import AskExtremes, Extremes, as_key
from console.stream.inner import AskInner, inner_products
from console.stream.loudness import AskLoudness, integrated_lufs
from console.stream.peak import AskPeak, true_peak_dbtp
from console.stream.sound import Held, Mixed, ask
from console.stream.steps import AskEnergies, AskPowers
from console.stream.together import AskVariances

RATES = (8000, 11_025, 44_100, 48_000, 96_000, 192_000)


def noise(channels: int, frames: int, seed: int = 0) -> torch.Tensor:
    return 0.1 * torch.randn(channels, frames, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("seconds", [0.4, 0.41, 1.77, 7.3])
@pytest.mark.parametrize("rate", RATES)
def test_loudness_is_pyloudnorms(rate, seconds):
    audio = noise(2, round(seconds * rate))
    audio[:, : audio.shape[-1] // 3] *= 0.003  # which the relative gate leaves out
    assert integrated_lufs(audio, rate) == pytest.approx(
        pyloudnorm.Meter(rate).integrated_loudness(audio.numpy().T), abs=1e-3
    )


@pytest.mark.parametrize("gain", [1e-30, 1e-12, 1e12, 1e30])
def test_loudness_of_samples_far_from_full_scale(gain):
    audio = noise(2, 90_000)
    louder_lu = integrated_lufs(gain * audio, 44_100) - integrated_lufs(audio, 44_100)
    assert louder_lu == (-math.inf if gain < 1 else pytest.approx(20 * math.log10(gain), abs=1e-3))


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_loudness_is_ffmpegs(rate):
    audio = noise(2, 6 * rate)
    audio[:, 2 * rate : 4 * rate] *= 0.1
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=rate, format="fltp", layout="stereo", time_base=f"1/{rate}")
    meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(audio.numpy(), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts = rate, 0
    graph.push(frame)
    graph.push(None)
    told = []
    while True:
        try:
            told.append(float(graph.pull().metadata["lavfi.r128.I"]))
        except (av.error.EOFError, av.error.BlockingIOError):
            break
    assert integrated_lufs(audio, rate) == pytest.approx(told[-1], abs=0.1)  # which it rounds


@pytest.mark.parametrize("rate", RATES)
def test_true_peak_is_that_of_the_oversampled_whole(rate):
    audio = noise(2, 20_000, seed=rate)
    audio[1, 12_345:12_348] = torch.tensor([0.7, 0.8, 0.7])  # between which it swings further
    factor = math.ceil(4 * 44_100 / rate)
    over = resample(torch.nn.functional.pad(audio, (64, 64)), 1, factor, lowpass_filter_width=16, rolloff=1.0)
    over = over if factor > 1 else audio
    assert true_peak_dbtp(audio, rate) == pytest.approx(20 * math.log10(float(over.abs().max())), abs=1e-3)


@pytest.mark.parametrize("at", [0, BLOCK - 1, BLOCK, 2 * BLOCK - 3, -1])
def test_a_peak_at_a_join_is_seen_as_any_other(at):
    audio = torch.zeros(1, 2 * BLOCK + 5000)
    audio[0, at] = 0.5
    assert true_peak_dbtp(audio, 44_100) == pytest.approx(20 * math.log10(0.5), abs=1e-3)


@given(st.integers(0, 99), st.integers(1, 400_000), st.integers(1, 3))
def test_stretches_are_measured_wherever_blocks_end(seed, frames, rows):
    audio = noise(2 * rows, frames, seed).unflatten(0, (rows, 2))
    sound, whole = Held(audio, 44_100), energies(audio, 44_100)
    torch.testing.assert_close(sound.ask(AskEnergies()), whole, rtol=1e-4, atol=1e-9)
    torch.testing.assert_close(sound.ask(AskPowers()), whole[:-1, :, 0], rtol=1e-4, atol=1e-8)
    steps = whole.shape[1]
    only = ((0, 1), (steps // 3, steps), (steps // 2, steps))  # which may overlap
    some = sound.ask(AskEnergies(only=only))
    told = torch.cat([whole[:, first:last] for first, last in only], dim=1)
    torch.testing.assert_close(some, told, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("offset", [0.0, 0.3, 30.0])
@pytest.mark.parametrize("gain", [1e-25, 1.0, 1e25])
def test_steps_and_inner_products_are_those_of_the_whole(gain, offset):
    audio = gain * (noise(6, 3 * BLOCK + 1234).unflatten(0, (3, 2)) + offset)
    audio[1] = audio[0] + 0.5 * audio[1]
    sound = Held(audio, 44_100)
    steps = audio.double()[..., : audio.shape[-1] // 4410 * 4410].unflatten(-1, (-1, 4410))
    torch.testing.assert_close(sound.ask(AskVariances(4410)), steps.var(-1, correction=0).sum(1), rtol=1e-3, atol=0)
    around = (audio.double() - audio.double().mean(-1, keepdim=True)).flatten(1)
    gram = around @ around.T
    torch.testing.assert_close(inner_products(sound), gram, rtol=1e-3, atol=1e-4 * float(gram.diagonal().min()))


def test_what_is_mixed_from_a_sound_is_asked_in_its_one_pass():
    audio = noise(8, BLOCK + 99).unflatten(0, (4, 2))
    sound = Held(audio, 44_100)
    factors = torch.tensor([[1.0, 0.0, 2.0, 0.0], [0.0, 0.5, 0.0, 0.0]])
    mixed = sound.mixed(factors)
    expected = torch.einsum("rs,sct->rct", factors, audio)
    torch.testing.assert_close(mixed.whole(), expected)
    torch.testing.assert_close(inner_products(mixed), inner_products(Held(expected, 44_100)), rtol=1e-4, atol=1e-2)
    again = mixed.mixed(torch.tensor([[1.0, 1.0]]))
    assert isinstance(again, Mixed)
    torch.testing.assert_close(again.whole()[0], expected.sum(0))


@pytest.mark.parametrize("offset", [0.0, 0.3])
def test_powers_at_other_gains_follow_from_energies_without_another_pass(monkeypatch, offset):
    audio = noise(6, 100_000).unflatten(0, (3, 2)) + offset
    group, gained = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), torch.tensor([[0.0, 0.0, -2.0], [0.3, 0.3, 0.0]])
    other = torch.tensor([[0.3, 0.4, 0.0]])
    sound = Held(audio, 44_100)

    def of(factors):
        lifted = torch.einsum("rs,sc->rc", factors, torch.full((3, 2), offset))
        return as_key(lifted) if offset else None

    plain = Held(torch.einsum("rs,sct->rct", gained, audio), 44_100).ask(AskPowers(of(gained)))
    sound.mixed(group).ask(AskEnergies(of(group)))
    assert sound.mixed(other).ask(AskPowers(of(other))).shape == (1, 11)  # it follows from nothing
    monkeypatch.setattr(Held, "blocks", None)
    torch.testing.assert_close(sound.mixed(gained).ask(AskPowers(of(gained))), plain, rtol=1e-4, atol=1e-9)
    zero = torch.zeros(1, 3)
    assert not sound.mixed(zero).ask(AskPowers(of(zero))).any()


def test_what_another_thread_learns_meanwhile_disturbs_nobody(monkeypatch):
    sound, looked = Held(noise(4, 50_000).unflatten(0, (2, 2)), 44_100), []
    energies_of_both = sound.ask(AskEnergies())

    def meanwhile(*of):
        looked.append(sound.known.setdefault((b"", AskVariances(len(looked) + 1)), torch.zeros(0)))
        return of_rows(*of)

    of_rows = steps._gains
    monkeypatch.setattr(steps, "_gains", meanwhile)
    sound.mixed(torch.tensor([[1.0, 0.5]])).ask(AskPowers())
    half = sound.mixed(torch.tensor([[0.0, 0.5]])).ask(AskPowers())
    torch.testing.assert_close(half, energies_of_both[1:2, :, 0] / 4)
    assert len(looked) == 2


def test_several_threads_hear_what_one_hears(monkeypatch):
    asked = AskEnergies(), AskPowers(), AskVariances(4410), AskLoudness(), AskPeak(), AskExtremes(), AskInner()

    def told():
        sound = Held(noise(6, 5 * BLOCK + 4321).unflatten(0, (3, 2)), 44_100)
        mix = sound.mixed(torch.tensor([[1.0, 0.5, 0.0]]))
        return ask(*((each, question) for each in (sound, mix) for question in asked))

    several = told()
    monkeypatch.setattr(sound_module, "workers_for", lambda source: 1)
    for one, other in zip(told(), several, strict=True):
        if isinstance(one, Extremes):
            one, other = (torch.stack([each.low, each.high, each.mean]) for each in (one, other))
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_who_asks_without_gradients_gets_what_others_can_use():
    audio = noise(2, 3 * BLOCK)[None]
    with torch.inference_mode():
        told = Held(audio, 44_100).ask(AskEnergies())
    factor = torch.ones(1, requires_grad=True)
    (told * factor).square().sum().backward()
    assert float(factor.grad) == pytest.approx(2 * float(told.square().sum()), rel=1e-4)


def test_an_answer_is_kept(monkeypatch):
    sound = Held(noise(2, 1000)[None], 44_100)
    first = sound.ask(AskVariances(100))
    monkeypatch.setattr(Held, "blocks", None)
    assert sound.ask(AskVariances(100)) is first
    assert sound.picked([0]).ask(AskVariances(100)) is first
    assert np.isfinite(first.numpy()).all()
