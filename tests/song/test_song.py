"""A song in memory: its stems, gains and mix."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from stem_files import RATE, make, noise

from console.errors import InputError
from console.read.roles import Role
from console.read.song import Song


def test_a_song_is_made_of_arrays():
    song = make(names=("01_Lead Vox", "DI bass"))
    assert song.roles == (Role.VOCALS, Role.BASS)
    assert song.files is None
    assert song.title == "song"
    assert make(roles=(Role.OTHER, Role.OTHER)).roles == (Role.OTHER, Role.OTHER)
    assert make(torch.rand(1, 1, 5), ("vox",)).names == ("vox",)
    assert make(torch.rand(2, 1, 5, dtype=torch.float64)).audio.dtype == torch.float32
    with pytest.raises(FrozenInstanceError):
        song.title = "other"


@pytest.mark.parametrize(
    ("shape", "names", "why"),
    [
        ((2, 2, 5), ("a",), "2 stems need as many different names"),
        ((2, 2, 5), ("a", "a"), "2 stems need as many different names"),
        ((2, 2, 5), ("a", ""), "2 stems need as many different names"),
        ((2, 3, 5), ("a", "b"), "one or two channels"),
        ((2, 2, 0), ("a", "b"), "and samples"),
        ((0, 2, 5), (), "has stems"),
        ((2, 0, 5), ("a", "b"), "one or two channels"),
    ],
)
def test_what_does_not_fit_together_is_refused(shape, names, why):
    with pytest.raises(InputError, match=why):
        Song(torch.rand(shape), names, RATE)


def test_roles_and_files_are_one_for_each_stem():
    with pytest.raises(InputError, match=r"2 stems"):
        make(roles=(Role.OTHER,))
    with pytest.raises(InputError, match=r"2 stems"):
        make(files=("a.wav",))


def test_arrays_and_lists_will_do():
    audio = np.ones((2, 1, 4))
    song = Song(audio, ["kick", "vox"], RATE)
    assert (song.audio.dtype, song.names) == (torch.float32, ("kick", "vox"))
    expected = song.mix(torch.tensor([6.0, -20.0]))
    for gains_db in ([6.0, -20.0], [6, -20], (6.0, -20), np.array([6.0, -20.0]), torch.tensor([6.0, -20.0]).double()):
        assert torch.equal(song.mix(gains_db), expected)
        assert torch.equal(song.with_gains_db(gains_db).mix(), expected)


@pytest.mark.parametrize("rate", [0, 7999, 192001])
def test_a_rate_that_no_file_may_have_is_refused(rate):
    with pytest.raises(InputError, match=rf"8 to 192 kHz, not {rate} Hz"):
        make(rate=rate)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_bad_samples_are_refused(bad):
    audio = torch.rand(2, 2, 50)
    audio[1, 1, 7] = bad
    with pytest.raises(InputError, match=r'"vox" holds NaN or infinite'):
        make(audio)


def test_index_knows_a_name_however_it_is_composed():
    for names in (("Gr\u00f6\u00dfe", "vox"), ("Gro\u0308\u00dfe", "vox")):
        assert [make(names=names).index(name) for name in ("Gr\u00f6\u00dfe", "Gro\u0308\u00dfe")] == [0, 0]


def test_index_lists_the_names():
    assert make().index("vox") == 1
    with pytest.raises(InputError, match=r'no stem "bass": the stems are kick, vox'):
        make().index("bass")


@given(gain_db=st.floats(-120, 40), quiet=st.sampled_from([0.0, 1e-8, 9e-7, 2e-6, 0.5]))
def test_silence_is_relative(gain_db, quiet):
    audio = torch.tensor([1.0, quiet])[:, None, None] * torch.tensor([1.0, -1.0, 0.3])
    song = make(audio)
    assert song.silent.tolist() == [False, quiet < 1e-6]
    assert torch.equal(song.with_gains_db(torch.full((2,), gain_db)).silent, song.silent)


def test_all_zeros_are_all_silent():
    assert make(torch.zeros(2, 2, 5)).silent.tolist() == [True, True]


def test_a_gain_is_a_gain():
    song = make(title="t", files=("kick.wav", "vox.wav"), roles=(Role.OTHER, Role.BASS))
    louder = song.with_gains_db(torch.tensor([6.0, -20.0]))
    assert torch.allclose(louder.audio[0], song.audio[0] * 10 ** (6 / 20))
    assert torch.allclose(louder.audio[1], song.audio[1] / 10)
    for same in ("names", "roles", "files", "title", "sample_rate"):
        assert getattr(louder, same) == getattr(song, same)
    assert torch.equal(song.with_gains_db(torch.zeros(2)).audio, song.audio)
    assert song.with_gains_db(torch.tensor([0.0, -np.inf])).silent.tolist() == [False, True]


@pytest.mark.parametrize("gains_db", [[0.0], [0.0, 0.0, 0.0], [0.0, np.nan], [np.inf, 0.0]])
def test_bad_gains_are_refused(gains_db):
    for use in (make().mix, make().with_gains_db):
        with pytest.raises(InputError, match=r"2 stems need as many gains"):
            use(torch.tensor(gains_db))


@given(gains_db=st.lists(st.floats(-90, 24), min_size=1, max_size=9), seed=st.integers(0, 9))
def test_the_mix_is_the_sum_of_the_gained_stems_bit_for_bit(gains_db, seed):
    audio = torch.from_numpy(noise(len(gains_db), 2, 200, seed=seed))
    song = make(audio, tuple(f"stem {i}" for i in range(len(gains_db))))
    gained = song.with_gains_db(torch.tensor(gains_db))
    total = gained.audio[0].numpy().copy()
    for stem in gained.audio[1:].numpy():
        total = total + stem
    assert np.array_equal(song.mix(torch.tensor(gains_db)).numpy(), total)
    assert torch.equal(gained.mix(), song.mix(torch.tensor(gains_db)))
    assert torch.equal(song.mix(), song.mix(torch.zeros(len(gains_db))))
    assert torch.equal(song.audio, audio)


def test_a_mix_of_one_stem_is_a_copy():
    song = make(torch.rand(1, 2, 5), ("vox",))
    song.mix().zero_()
    assert song.audio.abs().max() > 0
