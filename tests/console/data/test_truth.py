"""What is true of a synthetic song agrees with what was composed."""

import itertools
import json

import pytest

from console.data.synth.compose import compose
from console.data.synth.render import LISTING, described
from console.data.synth.truth import Truth
from console.errors import InputError


@pytest.mark.parametrize("index", range(8))
def test_truth_covers_the_song_and_falls_on_its_beats(index):
    score = compose(3, index, 30.0)
    truth = Truth.of(score)
    assert truth.beats_s[1] - truth.beats_s[0] == pytest.approx(60 / truth.tempo_bpm)
    assert {round(time, 6) for time in truth.downbeats_s} <= {round(time, 6) for time in truth.beats_s}
    for parts in (truth.chords, truth.sections):
        assert parts[0].start_s == 0
        assert parts[-1].end_s == pytest.approx(30.0)
        assert all(a.end_s == pytest.approx(b.start_s) for a, b in itertools.pairwise(parts))
    assert truth.chords[0].root == truth.chords[0].pitch_classes[0]


def test_truth_is_found_from_the_listing(tmp_path):
    score = compose(3, 1, 20.0)
    (tmp_path / LISTING).write_text(json.dumps(described(score, {})))
    assert Truth.of_folder(tmp_path) == Truth.of(score)
    (tmp_path / LISTING).write_text("{}")
    with pytest.raises(InputError, match="no synthetic song"):
        Truth.of_folder(tmp_path)
