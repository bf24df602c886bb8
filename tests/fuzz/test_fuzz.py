"""A short run of the fuzz: nothing that is damaged gives a traceback, takes long, or takes much memory."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fuzz import Inputs, Worker, run, table

SEED, FILES, ZIPS, TEXTS = 0, 110, 25, 25


@pytest.fixture(scope="module")
def inputs():
    return Inputs(SEED, FILES, ZIPS, TEXTS)


@pytest.mark.skipif(sys.platform == "win32", reason="a worker is limited as Unix does it")
def test_damaged_files_are_read_or_refused_with_a_sentence(inputs):
    found = run(inputs, list(range(len(inputs))))
    assert found.bad == [], table(found)
    assert found.counts["audio", "read"] > 20  # and many of them are still read
    assert found.counts["audio", "refused"] > 20
    assert sum(found.counts.values()) == FILES + ZIPS + TEXTS


def test_an_input_is_made_from_its_number_alone(inputs, tmp_path):
    for number in (3, FILES + 1, FILES + ZIPS + 2):
        for folder in ("once", "again"):
            (tmp_path / folder / str(number)).mkdir(parents=True)
        once, again = (inputs.make(number, tmp_path / folder / str(number)) for folder in ("once", "again"))
        assert once[0] == again[0]
        assert once[1].read_bytes() == again[1].read_bytes()


ODD = """if True:
    import json, os, sys, time
    print("{}", flush=True)
    for line in sys.stdin:
        path = json.loads(line)["path"]
        if path == "dies":
            os.kill(os.getpid(), 9)
        if path == "hangs":
            time.sleep(100)
        print(json.dumps({"outcome": path}), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it is killed as Unix does it")
def test_a_worker_that_dies_or_hangs_is_counted_and_another_one_goes_on(tmp_path, monkeypatch):
    (tmp_path / "odd.py").write_text(ODD)
    worker = Worker(tmp_path / "odd.py")
    monkeypatch.setattr("fuzz.LONGEST_S", 1.0)
    outcomes = [worker.ask("audio", Path(path))["outcome"] for path in ("read", "dies", "read", "hangs", "read")]
    worker.stop()
    assert outcomes == ["read", "crash", "read", "too slow", "read"]
