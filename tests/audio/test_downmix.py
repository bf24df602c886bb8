"""Channels, folded to mono or stereo."""

import numpy as np
import pytest
from sounds import sines

from console.audio.downmix import fold, speakers_of


@pytest.mark.parametrize("channels", range(3, 9))
@pytest.mark.parametrize("ogg", [False, True])
def test_surround_is_folded_as_bs_775_says(channels, ogg):
    speakers = speakers_of(channels, ogg)
    assert len(set(speakers)) == channels
    one_each = np.eye(channels, dtype=np.float32)  # each speaker sounds alone once
    sides = dict(zip(speakers, fold(one_each, speakers, 2).tolist(), strict=True))
    half = pytest.approx(10 ** (-3.0103 / 20), rel=1e-4)
    expected = {"FL": [1, 0], "FR": [0, 1], "FC": [half, half], "LFE": [0, 0], "BC": [0.5, 0.5]}
    expected |= {"BL": [half, 0], "SL": [half, 0], "BR": [0, half], "SR": [0, half]}
    assert sides == {speaker: expected[speaker] for speaker in speakers}


def test_mono_sounds_on_both_sides_and_stereo_stays():
    mono, stereo = sines(100, 1), sines(100, 2)
    assert np.array_equal(fold(mono, ("FC",), 2), np.repeat(mono, 2, axis=1))
    assert np.array_equal(fold(mono, ("FC",), 1), mono)
    assert fold(stereo, ("FL", "FR"), 2) is stereo
