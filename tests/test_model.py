"""What must hold exactly of the console, whatever its weights."""

import itertools
import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from console import Console, InputError, Song
from console.features import Features, measure
from console.model import ROLE_INDEX, _windows
from console.posterior import ZERO_BIN
from console.roles import Role

ROLES = (Role.VOCALS, Role.DRUMS, Role.BASS, Role.OTHER)


@pytest.fixture(scope="module")
def console() -> Console:
    """Random weights: invariants must not depend on training."""
    torch.manual_seed(0)
    console = Console(width=32, depth=2, heads=2)
    torch.nn.init.normal_(console.head.weight, std=0.5)
    torch.nn.init.zeros_(console.head.bias)
    return console.eval()


def make_song(stems: int, seed: int = 0, seconds: float = 1.5) -> Song:
    generator = torch.Generator().manual_seed(seed)
    audio = torch.randn(stems, 2, round(seconds * 44_100), generator=generator) * 0.1
    audio *= torch.rand(stems, 1, 1, generator=generator) + 0.2
    names = tuple(f"stem {i}" for i in range(stems))
    return Song(audio, names, 44_100, roles=tuple(ROLES[i % 4] for i in range(stems)))


def with_stems(song: Song, audio: torch.Tensor, order: list[int]) -> Song:
    return Song(audio, tuple(song.names[i] for i in order), song.sample_rate, tuple(song.roles[i] for i in order))


@given(st.integers(2, 6), st.floats(-40, 30), st.booleans(), st.integers(0, 50))
def test_one_gain_on_all_stems_changes_no_correction(console, stems, gain_db, anchored, seed):
    song = make_song(stems, seed)
    anchor = "stem 1" if anchored else None
    louder = with_stems(song, song.audio * 10 ** (gain_db / 20), list(range(stems)))
    torch.testing.assert_close(
        console.listen(song, anchor).probability, console.listen(louder, anchor).probability, atol=2e-4, rtol=0
    )


@pytest.mark.parametrize("factor", [1e-25, 1e-12, 1e20])
def test_extreme_levels_are_heard_like_any_other(console, factor):
    song = make_song(4)
    extreme = with_stems(song, song.audio * factor, [0, 1, 2, 3])
    torch.testing.assert_close(
        console.listen(song, "stem 1").probability, console.listen(extreme, "stem 1").probability, atol=2e-4, rtol=0
    )


@given(st.permutations(list(range(5))))
def test_reordering_stems_reorders_the_corrections(console, order):
    song = make_song(5)
    before = console.listen(song, "stem 2")
    after = console.listen(with_stems(song, song.audio[order], order), "stem 2")
    assert after.names == tuple(before.names[i] for i in order)
    torch.testing.assert_close(after.probability, before.probability[order], atol=1e-4, rtol=0)


@given(st.integers(0, 4))
def test_the_anchor_is_left_alone(console, index):
    posterior = console.listen(make_song(5), f"stem {index}")
    assert posterior.anchor == f"stem {index}"
    assert posterior.median_db[index] == 0
    assert posterior.flaw_probability[index] == 0
    assert [float(end[index]) for end in posterior.interval_db(0.8)] == [0, 0]
    assert (posterior.flaw_probability[[i for i in range(5) if i != index]] > 0).all()


@given(st.integers(0, 5))
def test_a_silent_stem_gets_no_advice_and_equals_leaving_it_out(console, at):
    song = make_song(5)
    audio = torch.cat([song.audio[:at], torch.zeros_like(song.audio[:1]), song.audio[at:]])
    names = (*song.names[:at], "quiet", *song.names[at:])
    roles = (*song.roles[:at], Role.VOCALS, *song.roles[at:])
    posterior = console.listen(Song(audio, names, song.sample_rate, roles), "stem 0")
    others = [i for i in range(6) if i != at]
    assert posterior.silent.tolist() == [i == at for i in range(6)]
    assert posterior.median_db[at] == posterior.flaw_probability[at] == 0
    alone = console.listen(song, "stem 0")
    torch.testing.assert_close(posterior.probability[others], alone.probability, atol=1e-4, rtol=0)


def test_padding_a_batch_equals_leaving_out(console):
    song = make_song(3)
    features = measure(song.audio, song.sample_rate)
    role = torch.tensor([[ROLE_INDEX[role] for role in song.roles]])
    anchor = torch.tensor([[True, False, False]])
    alone = console(Features(*(part[None] for part in features)), role, anchor)

    def pad(part):
        return torch.cat([part[:-1], part.new_zeros(2, *part.shape[1:]), part[-1:]])[None]

    padded = console(
        Features(*map(pad, features)),
        torch.nn.functional.pad(role, (0, 2)),
        torch.nn.functional.pad(anchor, (0, 2)),
    )
    torch.testing.assert_close(padded[:, :3], alone, atol=1e-5, rtol=0)
    assert padded.isfinite().all()
    assert (padded[:, 3:].exp()[..., ZERO_BIN] == 1).all()


def test_no_gradient_is_lost_or_broken_by_silent_stems(console):
    audio = make_song(3).audio
    audio[1] = 0
    features = Features(*(part[None] for part in measure(audio, 44_100)))
    scores = console(features, torch.tensor([[0, 1, 2]]), torch.tensor([[True, False, False]]))
    console.zero_grad()
    scores[0, 2, 40].backward()
    gradients = [parameter.grad for parameter in console.parameters() if parameter.grad is not None]
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert any(gradient.abs().max() > 0 for gradient in gradients)


def test_before_training_the_desk_passes_sound_through():
    song = make_song(4)
    posterior = Console(width=32, depth=1).listen(song)
    assert posterior.median_db.tolist() == [0] * 4
    assert torch.equal(song.with_gains_db(posterior.median_db).mix(), song.mix())


def test_listening_changes_neither_song_nor_console(console):
    song = make_song(4)
    audio = song.audio.clone()
    console.train()
    first = console.listen(song)
    assert console.training
    console.eval()
    assert torch.equal(first.probability, console.listen(song).probability)
    assert torch.equal(song.audio, audio)


def test_listening_first_leaves_measuring_differentiable():
    rate = 11_025  # a rate of its own, so that listening is the first to ask for its filters
    audio = make_song(2).audio[..., :rate]
    Console(width=32, depth=1).listen(Song(audio, ("a", "b"), rate))
    gained = audio.clone().requires_grad_()
    measure(gained, rate).levels.sum().backward()
    assert gained.grad.isfinite().all()
    assert gained.grad.abs().max() > 0


def test_a_stem_that_sounds_in_one_window_only_is_judged_by_that_window(console):
    song = make_song(3, seconds=20.0)
    audio = song.audio.clone()
    audio[2, :, 441_000:] = 0
    song = with_stems(song, audio, [0, 1, 2])
    first = with_stems(song, song.audio[..., :441_000], [0, 1, 2])
    torch.testing.assert_close(
        console.listen(song).probability[2], console.listen(first).probability[2], atol=1e-4, rtol=0
    )


@pytest.mark.parametrize("seconds", [0.3, 6.0, 10.0, 10.1, 25.0, 60.0])
def test_windows_cover_the_song_and_are_of_one_length(seconds):
    samples = round(seconds * 8_000)
    windows = _windows(samples, 8_000)
    assert windows[0][0] == 0
    assert windows[-1][1] == samples
    assert len({stop - start for start, stop in windows}) == 1
    assert all(after[0] <= before[1] for before, after in itertools.pairwise(windows))
    assert len(windows) == max(1, -(-samples // 80_000))


def test_unknown_and_silent_anchors_are_refused(console):
    song = make_song(3)
    with pytest.raises(InputError, match="stem 0"):
        console.listen(song, "guitar")
    audio = song.audio.clone()
    audio[1] = 0
    with pytest.raises(InputError, match="silent"):
        console.listen(with_stems(song, audio, [0, 1, 2]), "stem 1")
    with pytest.raises(InputError, match="All stems of"):
        console.listen(with_stems(song, 0 * audio, [0, 1, 2]))


def test_mono_and_other_rates_are_heard(console):
    audio = make_song(3).audio[:, :1]
    for rate in (8_000, 22_050, 192_000):
        posterior = console.listen(Song(audio, ("a", "b", "c"), rate))
        assert posterior.probability.isfinite().all()


def test_saved_and_loaded_consoles_agree(console, tmp_path):
    song = make_song(4)
    console.save_pretrained(tmp_path / "one", "test", "3")
    again = Console.from_pretrained(tmp_path / "one")
    assert torch.equal(again.listen(song).probability, console.listen(song).probability)
    assert (again.name, again.version, len(again.checksum)) == ("test", "3", 64)
    assert not again.training


def test_what_is_not_a_console_is_refused(console, tmp_path):
    with pytest.raises(InputError, match="is not a console: it needs"):
        Console.from_pretrained(tmp_path)
    with pytest.raises(InputError, match=r"no/such/folder\" is not a console"):
        Console.from_pretrained("no/such/folder")
    console.save_pretrained(tmp_path / "torn", "test", "1")
    weights = (tmp_path / "torn" / "model.safetensors").read_bytes()
    (tmp_path / "torn" / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(InputError, match="not a console of this version"):
        Console.from_pretrained(tmp_path / "torn")
    console.save_pretrained(tmp_path / "other", "test", "1")
    config = json.loads((tmp_path / "other" / "config.json").read_text())
    (tmp_path / "other" / "config.json").write_text(json.dumps({**config, "width": 64}))
    with pytest.raises(InputError, match="not a console of this version"):
        Console.from_pretrained(tmp_path / "other")


def test_a_hub_id_that_cannot_be_had_is_one_sentence():
    with pytest.raises(InputError, match="is not to be had from the Hub"):
        Console.from_pretrained("nobody/no-such-console")
