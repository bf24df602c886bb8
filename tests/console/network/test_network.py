"""The console's network on batches: padding, what is not heard, what it is told to ignore, gradients."""

import pytest
import torch
from consoles import batch, heard, make_song, random_console, rows, with_stems
from hypothesis import given
from hypothesis import strategies as st

from console import Console
from console.network.features import Features, hide
from console.network.posterior import ZERO_BIN


@pytest.fixture(scope="module")
def console() -> Console:
    return random_console()


def assert_same(scores: torch.Tensor, other: torch.Tensor, atol: float = 1e-4) -> None:
    torch.testing.assert_close(scores.exp(), other.exp(), atol=atol, rtol=0)


def pad(part: torch.Tensor, stems: int, windows: int) -> torch.Tensor:
    """Of "window source ...": silent stems before the mix, silent windows at the end."""
    part = torch.cat([part[:, :-1], part.new_zeros(len(part), stems, *part.shape[2:]), part[:, -1:]], 1)
    return torch.cat([part, part.new_zeros(windows, *part.shape[1:])])


@given(st.integers(0, 3), st.integers(0, 3), st.booleans())
def test_padding_equals_leaving_out(console, stems, windows, anchored):
    song = make_song(3, seconds=3.0)
    features, (role, anchor, told) = heard(song, 1.0), rows(song, 0 if anchored else None)
    alone = console(batch(features), role, anchor, told)
    role, anchor, told = (
        torch.nn.functional.pad(row, (0, stems), value=row.dtype is torch.bool) for row in (role, anchor, told)
    )
    anchor[:, 3:] = False
    padded = console(batch(Features(*(pad(part, stems, windows) for part in features))), role, anchor, told)
    assert_same(padded[:, :3], alone, atol=1e-5)
    assert padded.isfinite().all()
    assert (padded[:, 3:].exp()[..., ZERO_BIN] == 1).all()


def test_songs_of_a_batch_are_judged_one_by_one(console):
    songs = [make_song(3, seed) for seed in range(3)]
    features = Features(*map(torch.stack, zip(*map(heard, songs), strict=True)))
    told = [torch.cat(part) for part in zip(*map(rows, songs), strict=True)]
    together = console(features, *told)
    for index, song in enumerate(songs):
        assert_same(together[index : index + 1], console(batch(heard(song)), *rows(song)))


@pytest.mark.parametrize("anchored", [False, True])
def test_the_sound_of_a_stem_that_is_not_heard_does_not_matter(console, anchored):
    song = make_song(4, seconds=2.0)
    features, (role, anchor, told) = heard(song, 1.0), rows(song, 0 if anchored else None)
    told[0, 1] = False
    said = console(batch(features), role, anchor, told)
    hidden = hide(features, told[0])
    other = features._replace(levels=features.levels.clone(), content=features.content.clone())
    other.levels[:, 1] = torch.randn_like(other.levels[:, 1])
    other.content[:, 1] = torch.randn_like(other.content[:, 1])
    for changed in (hidden, other):
        assert torch.equal(console(batch(changed), role, anchor, told), said)
    assert (said[0, 1].exp()[ZERO_BIN] < 0.99).all()  # it keeps a posterior,
    others = console(batch(features), role, anchor, torch.ones_like(told))
    assert (said - others)[0, 2:].exp().sub(1).abs().max() > 1e-3  # and its absence is known to the others'


def test_a_stem_that_is_not_heard_is_not_a_silent_one(console):
    song = make_song(3)
    features, (role, anchor, told) = heard(song), rows(song)
    told[0, 1] = False
    unheard = console(batch(features), role, anchor, told)
    audio = song.audio.clone()
    audio[1] = 0
    silent = console(batch(heard(with_stems(song, audio))), role, anchor, torch.ones_like(told))
    assert unheard[0, 1].exp()[ZERO_BIN] < 0.99
    assert silent[0, 1].exp()[ZERO_BIN] == 1


def test_nothing_is_said_where_nothing_sounds(console):
    song = make_song(3)
    role, anchor, told = rows(song)
    silence = heard(with_stems(song, torch.zeros_like(song.audio)))
    for listened in (told, ~told):
        said = console(batch(silence), role, anchor, listened)
        assert (said.exp()[..., ZERO_BIN] == 1).all()


@pytest.mark.parametrize(("ignored", "told"), [("content", "levels"), ("levels", "content")])
def test_a_console_ignores_what_it_is_told_to(ignored, told):
    console, song = random_console(**{ignored: False}), make_song(3)
    features = heard(song)
    said = console(batch(features), *rows(song))
    for part, matters in ((ignored, False), (told, True)):
        other = features._replace(**{part: torch.randn_like(getattr(features, part))})
        changed = console(batch(other), *rows(song))
        assert torch.equal(changed, said) is not matters


def test_no_gradient_is_lost_or_broken_by_silent_and_unheard_stems():
    console, song = random_console(), make_song(4)
    audio = song.audio.clone()
    audio[1] = 0
    role, anchor, told = rows(song, 0)
    told[0, 3] = False
    scores = console(batch(heard(with_stems(song, audio))), role, anchor, told)
    (scores[0, 2, 40] + scores[0, 3, 40]).backward()
    gradients = {name: parameter.grad for name, parameter in console.named_parameters()}
    assert [name for name, gradient in gradients.items() if gradient is None or not gradient.isfinite().all()] == []
    moved = {name.split(".")[0] for name, gradient in gradients.items() if gradient.abs().max() > 0}
    assert moved == {"encoder", "within", "evidence", "across", "head"}
    assert gradients["encoder.unheard"].abs().max() > 0


def test_before_training_every_stem_has_its_mass_at_0_db():
    song = make_song(4)
    untrained = Console(width=32, depth=1, song_depth=1)
    probability = untrained(batch(heard(song)), *rows(song)).exp()
    assert (probability[..., ZERO_BIN] > 0.5).all()
    beside = probability[..., torch.arange(probability.shape[-1]) != ZERO_BIN]
    torch.testing.assert_close(beside, beside[..., :1].expand_as(beside))
