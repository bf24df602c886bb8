"""Lessons on songs that a console heard: its numbers, under all that it is trained on, and the sound that they name."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from console.balance import ROLES
from console.data.recipe import Recipe
from console.data.sources.synthetic import SyntheticSource
from console.desk.mixer import db_to_amplitude
from console.errors import InputError
from console.network.features import Features, measure
from explainer.language.told.conditioning import MOST_REASONS
from explainer.lessons.heard import HeardLessons
from explainer.phrasing.answers import Task
from explainer.phrasing.bank import templates, variants
from explainer.reading import parse_comparison

SOURCE = SyntheticSource(songs=2, seed=1, seconds=20.0)
PLAIN = {"draws": 8, "windows": 3, "second_by_second": 0.0}


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="module")
def heard(tables) -> HeardLessons:
    return HeardLessons(SOURCE, cache=str(tables))


def lessons(tables: Path, compared: float = 0.0, **recipe: float) -> HeardLessons:
    return HeardLessons(SOURCE, recipe=Recipe(**{**PLAIN, **recipe}), compared=compared, cache=str(tables))


def test_each_lesson_has_the_console_s_numbers_and_embeddings(heard):
    asks = list(islice(heard.asks(0), 80))
    for ask in asks:
        advice = ask.advice
        assert ask.embedding.shape == (len(advice.stems) + 1, 128)
        assert advice.model.checksum == heard.console.checksum
        assert advice.anchor is None or next(s for s in advice.stems if s.name == advice.anchor).move.action == "anchor"
        for stem, origin in zip(advice.stems, ask.origin.stems, strict=True):
            assert len(stem.reasons) <= MOST_REASONS
            assert stem.move.moves or not stem.reasons
            spoken = f"{abs(stem.move.gain_db):.1f} dB"
            assert not stem.move.moves or spoken in ask.response
            if stem.move.moves and not ask.compare:
                assert (stem.move.gain_db, stem.move.low_db) == (origin.median_db, origin.low_db)
    assert 0 < sum(ask.advice.balanced for ask in asks) < len(asks)
    assert any(stem.reasons for ask in asks for stem in ask.advice.stems)


def test_a_seed_gives_the_same_lessons(heard):
    first, again = ([a.response for a in islice(heard.asks(5), 12)] for _ in range(2))
    assert first == again


def test_the_sound_that_a_lesson_names_is_the_one_that_was_heard(tables):
    drawn = lessons(tables, mix_only=0.0, dropped=0.0)
    identities = [SOURCE.identity(at) for at in range(len(SOURCE))]
    for ask in islice(drawn.asks(2), 0, 32, 5):
        origin = ask.origin
        song = SOURCE.song(identities.index(origin.identity))
        assert origin.song == song.title == ask.advice.song
        at = [round(start_s * song.sample_rate) for start_s in origin.start_s]
        length = round(origin.window_s * song.sample_rate)
        stems = torch.stack([song.audio[list(stem.parts)].sum(0) for stem in origin.stems])
        windows = []
        for window, start in enumerate(at):
            gain = db_to_amplitude(torch.tensor([stem.gains_db[window][0] for stem in origin.stems]))
            windows.append(measure(stems[..., start : start + length] * gain[:, None, None], song.sample_rate))
        features = Features(*(torch.stack(part)[None] for part in zip(*windows, strict=True)))
        role = torch.tensor([[ROLES.index(stem.role) for stem in ask.advice.stems]])
        anchor = torch.tensor([[stem.name == ask.advice.anchor for stem in ask.advice.stems]])
        with torch.no_grad():
            _, embedding = drawn.console.embed(features, role, anchor, torch.ones_like(anchor))
        near = torch.nn.functional.cosine_similarity(embedding[0], ask.embedding, dim=-1)
        assert near.min() > 0.99


def test_the_flaws_are_those_of_a_console_s_training(tables):
    of = {name: [] for name in ("none", "one", "many", "raw", "published")}
    for protocol, flawed in of.items():
        drawn = lessons(tables, protocols={protocol: 1.0}, no_anchor=0.5)
        for ask in islice(drawn.asks(0), 24):
            flawed.append(sum(stem.flaw_db != 0 for stem in ask.origin.stems))
            assert protocol not in ("raw", "published") or ask.advice.anchor is not None
    assert set(of["none"]) == {0}
    assert set(of["one"]) == {1}
    assert max(of["many"]) > 1
    assert set(of["raw"]) >= {3}
    assert set(of["published"]) == {0, 1}


def test_of_a_mix_alone_the_question_says_so_and_no_reason_is_told(tables):
    asked = {v for template in templates()["instructions.mix_only"] for v in variants(template)}
    for ask in islice(lessons(tables, compared=1.0, mix_only=1.0).asks(0), 24):
        assert (ask.task, ask.compare) == (Task.MIX_ONLY, False)
        assert any(question.casefold() in ask.instruction.casefold() for question in asked)
        assert not any(stem.heard for stem in ask.origin.stems)
        assert not any(stem.reasons for stem in ask.advice.stems)


def test_no_reason_speaks_of_a_stem_that_was_not_heard(tables):
    reasons = 0
    for ask in islice(lessons(tables, mix_only=0.0, dropped=1.0).asks(0), 96):
        told = {stem.name for stem, origin in zip(ask.advice.stems, ask.origin.stems, strict=True) if origin.heard}
        for stem in ask.advice.stems:
            reasons += len(stem.reasons)
            assert stem.name in told or not stem.reasons
            assert all(reason.other is None or reason.other in told for reason in stem.reasons)
    assert reasons


def test_two_versions_differ_by_the_flaws(tables):
    asks = list(islice(lessons(tables, compared=1.0, mix_only=0.0, dropped=0.0, finer=0.0).asks(1), 32))
    pairs = [ask for ask in asks if ask.compare]
    assert len(pairs) > 10
    assert {ask.task for ask in pairs} == {Task.COMPARE}
    assert all(not any(stem.flaw_db for stem in ask.origin.stems) for ask in asks if not ask.compare)
    for ask in pairs:
        called = {"other": "other instruments"}
        names = [called.get(stem.name, stem.name) for stem in ask.advice.stems]
        flaws = {name: stem.flaw_db for name, stem in zip(names, ask.origin.stems, strict=True) if stem.flaw_db}
        assert parse_comparison(ask.response, names) == pytest.approx(flaws, abs=0.051)


@pytest.mark.parametrize("recipe", [{"equalise_db": 3.0}, {"hybrid": 0.5}])
def test_a_sound_that_no_song_has_is_refused(tables, recipe):
    with pytest.raises(InputError, match="names the song"):
        lessons(tables, **recipe)


def test_a_level_that_changes_is_told_over_time(tables):
    rng = np.random.default_rng(0)
    lengths = {
        len(window)
        for draw in lessons(tables, second_by_second=1.0).heard(0, rng)
        for stem in draw.origin.stems
        for window in stem.gains_db
    }
    assert lengths == {50}
