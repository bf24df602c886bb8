"""Fixtures shared by the tests: a small made-up song, and the real ones where they can be had."""

import gc
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import jaxtyping
import numpy as np
import pytest
from checked import quick_jaxtyped

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test may reach the network

# One thread each, before torch is imported: the tests run side by side, and threads that wait for each other are slow.
for library in ("OMP", "MKL", "OPENBLAS"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

jaxtyping.jaxtyped = quick_jaxtyped  # for the import hook

os.fsync = os.fstat  # no test takes the power away: nobody waits until the disk has what is written

# The same examples in every run; no deadline, as the first call of anything in torch is slow.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, database=None, max_examples=25)
hypothesis.settings.load_profile("house")

pytest.register_assert_rewrite("commands", "sounds")  # helpers whose asserts say what differed

ROOT = Path(__file__).resolve().parent.parent

# What takes longest begins first and stays together: side by side, nobody is left alone with it at the end.
LONGEST = {"test_train.py", "test_going_on.py", "test_app.py", "test_pretrained.py"}


@pytest.fixture(scope="session", autouse=True)
def several_listen() -> Iterator[None]:
    """Sound passes through several threads, as on any machine of a user, though it is short and torch has one."""
    from console.stream import sound

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sound, "workers_for", lambda source: 2)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Orders the tests."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays: the garbage collector looks at none of it, now or between tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says once, and loudly, that the page was tested in no browser."""
    reasons = {str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ())}
    for reason in sorted(reason for reason in reasons if "NO CHROMIUM" in reason):
        terminalreporter.write_line(reason, red=True, bold=True)


@pytest.fixture(scope="session")
def falcon_path() -> Path:
    """The real song inside the stempeg package: a .stem.mp4 of mixture, drums, bass, other, vocals."""
    # stempeg itself is not imported: it insists on the ffmpeg binary, which reading this file does not need.
    spec = find_spec("stempeg")
    if spec is None or spec.origin is None:
        pytest.skip("stempeg, which carries the example song, is not installed")
    path = Path(spec.origin).parent / "data" / "The Easton Ellises - Falcon 69.stem.mp4"
    if not path.is_file():
        pytest.skip(f"this stempeg carries no example song: {path} is missing")
    return path


@pytest.fixture(scope="session")
def real_songs() -> list[Path]:
    """Folders of real stems beside the repository, sorted; `MIXCONSOLE_SHARED` names another place."""
    folder = Path(os.environ.get("MIXCONSOLE_SHARED", ROOT.parent / "shared")) / "data" / "real"
    songs = sorted(path for path in folder.glob("*") if path.is_dir())
    if not songs:
        pytest.skip(f"no real songs in {folder}")
    return songs


@pytest.fixture
def small_song(tones):
    """A deterministic `Song` of vocals, drums, bass and other: 3 s, 44.1 kHz, stereo, every stem audible."""
    import torch

    from console.read.song import Song

    return Song(torch.from_numpy(tones.copy()), ("vocals", "drums", "bass", "other"), 44100)


@pytest.fixture(scope="session")
def tones() -> np.ndarray:
    """What is heard of the stems of `small_song`."""
    rng = np.random.default_rng(69)
    sample_rate = 44100
    time_s = np.arange(3 * sample_rate) / sample_rate

    def tone(frequency_hz, vibrato_hz=0.0):
        phase = 2 * np.pi * frequency_hz * time_s + vibrato_hz * np.sin(2 * np.pi * 5 * time_s)
        return sum(np.sin(k * phase) / k for k in (1, 2, 3, 4))

    beat = np.exp(-12 * (time_s % 0.5))
    stems = (
        0.08 * tone(440, vibrato_hz=0.5) * (0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * time_s)),  # vocals
        0.2 * beat * rng.standard_normal(time_s.size),  # drums
        0.12 * tone(55) * (0.5 + 0.5 * beat),  # bass
        0.03 * (tone(220) + tone(277) + tone(330)),  # other
    )
    pan = rng.uniform(0.8, 1.0, size=(len(stems), 2, 1))
    return (pan * np.stack(stems)[:, None, :]).astype(np.float32)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder to work in, with songs where the configurations look for them."""
    import soundfile

    base = tmp_path_factory.mktemp("work")
    for song in ("train/A - First", "valid/B - Second"):
        folder = base / "data" / "synth" / song
        folder.mkdir(parents=True)
        for seed, name in enumerate(("vocals", "drums", "bass", "other")):
            noise = 0.1 * np.random.default_rng(seed).standard_normal((12 * 44_100, 2))
            soundfile.write(folder / f"{name}.wav", noise, 44_100)
    return base


@pytest.fixture(scope="module")
def fit(tmp_path_factory):
    """Runs `train.py fit` on a tiny configuration, within this process (`runs.tiny_runs`)."""
    from training_runs import tiny_runs

    yield from tiny_runs(tmp_path_factory)
