"""What is drawn for an example: anchors, flaws, and which stems are heard."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from songs import noise_song

from console import Song
from console.balance import ROLES, BalancePrior
from console.data.examples import Example, FlawedExcerpts, Key
from console.data.recipe import Recipe, ask
from console.data.table import tabulate
from console.evaluation.protocol import NAMED
from console.network.features import FLOOR_DB
from console.read.roles import Role

MANY = Recipe(mix_only=0.0, dropped=0.0, finer=0.0, windows=1, draws=400, more_anchors=0.0)
OTHER = list(Role).index(Role.OTHER)


def drawn(protocol: str, song: Song | None = None, prior: BalancePrior | None = None, **changes: float) -> Example:
    """Many draws on a song of 2 s."""
    recipe = replace(MANY, protocols={protocol: 1.0}, **changes)
    return FlawedExcerpts([tabulate(song or noise_song(seconds=2.0))], recipe, prior)[Key(0, 0)]


def share(row: torch.Tensor) -> float:
    return float(row.float().mean())


def faint(song: Song, *stems: int) -> Song:
    return song.with_gains_db([-75.0 if i in stems else 0.0 for i in range(len(song.names))])


@pytest.mark.parametrize("protocol", ["published", "none", "one", "many", "raw"])
def test_labels_fit_together(protocol):
    example = drawn(protocol)
    assert (example.anchor.sum(-1) <= 1).all()
    assert not (example.anchor & example.free).any()
    assert (example.anchor | example.free | ~example.anchor.any(-1, keepdim=True)).all()  # all stems sound here
    assert (example.flaw_db[~example.free] == 0).all()
    assert example.flaw_db.abs().max() <= 12
    flawed = (example.flaw_db != 0).sum(-1)
    least, most = {"published": (0, 1), "none": (0, 0), "one": (1, 1), "many": (1, 3), "raw": (3, 3)}[protocol]
    assert (int(flawed.min()), int(flawed.max())) == (least, most)


def test_the_published_protocol_asks_as_the_evaluation_does():
    example = drawn("published", draws=3000)
    named = [ROLES.index(role) for role in NAMED]
    assert (example.anchor.sum(-1) == 1).all()
    assert not example.anchor[:, OTHER].any()
    assert (example.flaw_db[:, OTHER] == 0).all()
    assert example.free[:, OTHER].all()  # but who listens does not know
    assert share((example.flaw_db == 0).all(-1)) == pytest.approx(0.2, abs=0.03)
    for role in named:
        assert share(example.anchor[:, role]) == pytest.approx(1 / 3, abs=0.04)
        assert share(example.flaw_db[:, role] != 0) == pytest.approx(0.8 / 3, abs=0.04)
    size_db = example.flaw_db[example.flaw_db != 0].abs()
    assert size_db.min() >= 3
    assert share(size_db < 6) == pytest.approx(0.5, abs=0.05)  # four categories, equally often
    assert share(example.flaw_db[example.flaw_db != 0] > 0) == pytest.approx(0.5, abs=0.05)


def test_raw_flaws_are_anywhere_within_12_db():
    flaw_db = drawn("raw").flaw_db
    flaw_db = flaw_db[flaw_db != 0].double()
    assert share(flaw_db.abs() < 3) == pytest.approx(0.25, abs=0.05)
    np.testing.assert_allclose(np.quantile(flaw_db, [0.25, 0.5, 0.75]), [-6, 0, 6], atol=1.0)


@pytest.mark.parametrize("protocol", ["none", "one", "many"])
def test_some_examples_have_no_anchor(protocol):
    assert share(~drawn(protocol, no_anchor=0.4).anchor.any(-1)) == pytest.approx(0.4, abs=0.08)
    assert drawn(protocol, no_anchor=0.0).anchor.any(-1).all()


def test_where_nothing_would_tell_the_level_there_is_an_anchor():
    for protocol in ("raw", "published"):
        assert (drawn(protocol, no_anchor=1.0).anchor.sum(-1) == 1).all()


def test_protocols_are_drawn_as_often_as_asked():
    recipe = Recipe(protocols={"one": 3.0, "none": 1.0})
    flaw_db = ask(np.ones((2000, 4), dtype=bool), ROLES, recipe, np.random.default_rng(0)).flaw_db
    assert ((flaw_db != 0).sum(-1) == 1).mean() == pytest.approx(0.75, abs=0.03)
    with pytest.raises(KeyError, match="some"):
        ask(np.ones((2, 4), dtype=bool), ROLES, Recipe(protocols={"some": 1.0}), np.random.default_rng(0))


def test_some_examples_have_more_anchors_than_one_all_of_them_right():
    example = drawn("one", more_anchors=0.5, no_anchor=0.0)
    more = example.anchor.sum(-1) > 1
    assert share(more) == pytest.approx(
        0.5 * 0.75, abs=0.06
    )  # of two that are right and free, one at least in three of four
    assert (example.flaw_db[example.anchor] == 0).all()
    assert not (example.anchor & example.free).any()
    assert example.free.any(-1).all()


def test_stems_are_heard_as_often_as_asked():
    recipe = replace(MANY, mix_only=0.2, dropped=0.4, draws=1)
    examples = FlawedExcerpts([tabulate(noise_song(seconds=1.0))], recipe)
    heard = torch.stack([examples[Key(epoch, 0)].heard[0] for epoch in range(400)])
    by_chance = 0.4 / 16
    assert share(~heard.any(-1)) == pytest.approx(0.2 + by_chance, abs=0.06)
    assert share(heard.all(-1)) == pytest.approx(0.4 + by_chance, abs=0.07)
    for stem in heard.T:
        assert share(stem) == pytest.approx(0.4 + 0.4 / 2, abs=0.08)


def test_what_is_not_heard_is_not_shown_and_all_draws_hear_the_same():
    examples = FlawedExcerpts([tabulate(noise_song(seconds=1.0))], replace(MANY, dropped=1.0, draws=3))
    for epoch in range(6):
        example = examples[Key(epoch, 0)]
        heard = example.heard[0]
        assert (example.heard == heard).all()
        sources = torch.cat([heard, torch.tensor([True])])
        assert (example.features.present[:, 0] == sources).all()
        assert (example.features.levels[:, 0, ~sources] == 0).all()
        assert (example.features.content[:, 0, ~sources] == 0).all()
        assert (example.features.levels[:, 0, sources] != 0).any(-1).all()
        assert (example.flaw_db[example.free] != 0).any()  # and may be wrong all the same


def test_a_stem_too_faint_to_be_judged_is_not_asked_about():
    song = noise_song(seconds=2.0)
    for protocol in ("published", "many", "raw"):
        example = drawn(protocol, faint(song, 1))
        assert not example.free[:, 1].any()
        assert not example.anchor[:, 1].any()
        assert (example.flaw_db[:, 1] == 0).all()
        assert example.features.present[:, 0, :4][example.free | example.anchor].all()


@pytest.mark.parametrize(("above_db", "asked"), [(0.5, True), (-0.5, False)])
def test_no_flaw_takes_a_stem_that_is_asked_about_below_the_floor(above_db, asked):
    """Of its own at most 12 dB, and of the others as many."""
    song = noise_song(seconds=2.0)
    power = song.audio.square().sum((1, 2))
    gain_db = FLOOR_DB + 24 + above_db - 10 * float((power[0] / power[1:].sum()).log10())
    example = drawn("raw", song.with_gains_db([gain_db, 0.0, 0.0, 0.0]))
    assert ((example.free | example.anchor)[:, 0] == asked).all()
    assert not asked or example.features.present.all()


@pytest.mark.parametrize("protocol", ["published", "none", "one", "many", "raw"])
def test_of_a_single_stem_nothing_is_asked(protocol):
    alone, only_bass = noise_song([Role.BASS], seconds=2.0), faint(noise_song(seconds=2.0), 0, 1, 3)
    for song, prior in ((alone, None), (alone, BalancePrior.load()), (only_bass, None)):
        example = drawn(protocol, song, prior)
        assert not example.free.any()
        assert not example.anchor.any()
        assert (example.flaw_db == 0).all()
        assert all(part.isfinite().all() for part in example.features)


@pytest.mark.parametrize("roles", [(Role.OTHER, Role.OTHER), (Role.DRUMS, Role.OTHER), (Role.VOCALS, Role.BASS)])
def test_songs_of_other_roles_are_asked_about_as_far_as_they_go(roles):
    example = drawn("published", noise_song(roles, seconds=2.0), BalancePrior.load(), finer=1.0)
    assert all(part.isfinite().all() for part in (*example.features, example.balance))
    assert share((example.flaw_db == 0).all(-1)) > 0.1
    named = [ROLES[int(index)] in NAMED for index in example.role[0]]
    if all(named):
        assert (example.anchor.sum(-1) == 1).all()
    assert (example.flaw_db[~example.free] == 0).all()
