"""A song on disk, and a console that hears what a test tells it to."""

import numpy as np
import pytest
from standin import stand_in

from explainer.phrasing.answers import respond
from explainer.phrasing.plan import Style


@pytest.fixture
def folder(small_song, tmp_path):
    """The small song as a folder of stems, the only thing in an otherwise empty place."""
    small_song.save(tmp_path / "my song")
    return tmp_path / "my song"


@pytest.fixture(autouse=True)
def hears(monkeypatch):
    return stand_in(monkeypatch)


@pytest.fixture
def quick_words(monkeypatch):
    """The phrase bank writes in the model's place, for tests of all but the words: they take most of a run's time."""

    def write(self, asks, temperature=0.0, most_tokens=0, seed=0):
        return [respond(ask.advice, Style.FULL, np.random.default_rng(seed)) for ask in asks]

    monkeypatch.setattr("explainer.language.model.Explainer.write", write)
