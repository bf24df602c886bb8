"""A listening test of two short songs, exported once, and a key without any sound to it."""

from pathlib import Path

import pytest
from songs import noise_song

from studio.study.export import Plan, export
from studio.study.key import Key, MixPage, Stimulus, TextPage
from studio.study.webmushra import SCALES

RATE_HZ = 16_000  # low: it is quick
SYSTEMS = ("low anchor", "flawed", "console", "equal loudness")


@pytest.fixture(scope="session")
def songs(tmp_path_factory) -> Path:
    """A folder of two songs of 20 s."""
    folder = tmp_path_factory.mktemp("songs")
    for seed, title in enumerate(("One – ünder", "Two")):
        noise_song(seconds=20.0, seed=seed, rate=RATE_HZ, title=title).save(folder / title)
    return folder


@pytest.fixture
def one_song(tmp_path) -> Path:
    """A folder of one song of 10 s, the only thing in an otherwise empty place."""
    noise_song(seconds=10.0, rate=RATE_HZ, title="song").save(tmp_path / "songs" / "song")
    return tmp_path / "songs"


@pytest.fixture(scope="session")
def exported(songs, tmp_path_factory) -> tuple[Path, Key]:
    """A test of four mixes and four texts, and its key."""
    out = tmp_path_factory.mktemp("out") / "test"
    return out, export(Plan(songs, items=4, seed=3), out)


@pytest.fixture
def key() -> Key:
    """Of six items, whose flaws grow."""

    def page(n: int) -> MixPage:
        stimuli = {f"m{n}{letter}": Stimulus(system, {}) for letter, system in zip("abcd", SYSTEMS, strict=True)}
        return MixPage(
            f"page{n}", f"song|{n}|single|drums|{n}", "song", 10.0 * n, "drums", {"bass": n + 3.0}, -23.0, stimuli
        )

    return Key(
        "study",
        "mixes-study",
        "texts-study",
        "single",
        0,
        {"name": "console", "version": "1", "checksum": ""},
        "full",
        tuple(SCALES),
        tuple(page(n) for n in range(6)),
        tuple(TextPage(f"tp{n}", f"t{n}", f"song|{n}|single|drums|{n}", "Turn it down.", "model") for n in range(6)),
    )
