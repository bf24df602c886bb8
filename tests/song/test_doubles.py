"""What a song holds twice is heard: mixtures, buses, copies, twins of inverted polarity; and nothing else is."""

import numpy as np
import pytest
import soundfile as sf
import torch
from scipy.signal import lfilter
from stem_files import RATE, write

from console.errors import InputError
from console.read.doubles import find_doubles
from console.read.song import Song
from console.stream.sound import Held

NAMES = ("bass", "kick", "snare", "vox")
FRAMES = 2 * RATE


def sounds(count: int = len(NAMES), seed: int = 0) -> np.ndarray:
    """Different sounds, "stem time channel", with one level each and a life of their own."""
    rng = np.random.default_rng(seed)
    audio = lfilter([0.1], [1, -0.9], rng.standard_normal((count, FRAMES, 2)), axis=1)
    audio *= rng.uniform(0.1, 0.5, (count, 1, 1))
    swell = np.repeat(rng.uniform(0.1, 1, (count, 20)), FRAMES // 20, axis=1)
    return (audio * swell[..., None]).astype(np.float32)


def put(folder, **stems):
    for name, audio in stems.items():
        write(folder / f"{name.replace('_', ' ')}.wav", audio.astype(np.float32))
    return folder


def loaded(folder, **stems) -> Song:
    return Song.load(put(folder, **stems))


def left_out(song: Song) -> dict[str, str]:
    return {use.file: use.left_out_because for use in song.account if use.left_out_because}


@pytest.mark.parametrize("gain_db", [0.0, -6.0, 3.0])
@pytest.mark.parametrize("name", ["Master", "Night Drive", "01 whatever"])
def test_the_sum_of_the_others_is_left_out_whatever_it_is_called(tmp_path, name, gain_db):
    stems = sounds()
    total = stems.sum(0) * 10 ** (gain_db / 20)
    song = loaded(tmp_path, **dict(zip(NAMES, stems, strict=True)), **{name: total})
    assert song.names == NAMES
    ((file, reason),) = left_out(song).items()
    assert file == f"{name}.wav"
    assert reason.startswith("it is the sum of the others")
    assert (f"{abs(gain_db):.1f} dB" in reason) == (gain_db != 0)
    assert np.array_equal(song.audio[0].numpy().T, stems[0])


def test_a_bus_is_left_out_and_its_parts_are_named(tmp_path):
    bass, kick, snare, vox = sounds()
    song = loaded(tmp_path, bass=bass, kick=kick, snare=snare, vox=vox, drum_bus=0.8 * (kick + snare))
    assert song.names == NAMES
    assert left_out(song) == {"drum bus.wav": "it is the sum of kick and snare, 1.9 dB softer"}


def test_a_sum_of_sums_is_told_by_its_parts(tmp_path):
    bass, kick, snare, vox = sounds()
    song = loaded(
        tmp_path,
        bass=bass,
        kick=kick,
        snare=snare,
        vox=vox,
        drum_bus=kick + snare,
        everything=bass + kick + snare + vox,
    )
    assert left_out(song) == {
        "drum bus.wav": "it is the sum of kick and snare",
        "everything.wav": "it is the sum of the others",
    }


def test_a_bounce_that_is_late_or_offset_is_still_the_sum(tmp_path):
    stems = sounds()
    late = np.concatenate([np.zeros((1105, 2)), stems.sum(0)])[:FRAMES] + 0.05
    song = loaded(tmp_path, **dict(zip(NAMES, stems, strict=True)), whole=late)
    assert "sum of the others" in left_out(song)["whole.wav"]


def test_a_lossy_mixture_beside_its_stems_is_heard(tmp_path):
    stems = sounds()
    put(tmp_path, **dict(zip(NAMES, stems, strict=True)))
    sf.write(tmp_path / "the song.mp3", stems.sum(0), RATE, format="MP3")
    song = Song.load(tmp_path)
    assert song.names == NAMES
    assert "sum of the others" in left_out(song)["the song.mp3"]


@pytest.mark.parametrize(("copy", "level"), [("vox (1)", 1.0), ("a copy of vox", 0.5)])
def test_of_two_files_of_one_sound_one_is_taken(tmp_path, copy, level):
    stems = sounds()
    song = loaded(tmp_path, **dict(zip(NAMES, stems, strict=True)), **{copy: level * stems[3]})
    assert song.names == NAMES
    assert left_out(song)[f"{copy}.wav"].startswith('it is the same sound as "vox"')


def test_who_is_given_a_role_is_a_stem(tmp_path):
    stems = sounds()
    put(tmp_path, **dict(zip(NAMES, stems, strict=True)), vox_copy=stems[3])
    assert Song.load(tmp_path, {"vox copy": "vocals"}).names == (*NAMES[:3], "vox", "vox copy")


@pytest.mark.parametrize("level", [1.0, 0.98, 0.6])
def test_twins_of_inverted_polarity_stop_with_a_sentence(tmp_path, level):
    stems = sounds()
    put(tmp_path, **dict(zip(NAMES, stems, strict=True)), vox_double=-level * stems[3])
    with pytest.raises(InputError, match=r'"vox" and "vox double" cancel each other: .*polarity inverted'):
        Song.load(tmp_path)


def test_a_sum_of_inverted_polarity_stops_with_a_sentence(tmp_path):
    stems = sounds()
    put(tmp_path, **dict(zip(NAMES, stems, strict=True)), null_test=-0.9 * stems.sum(0))
    with pytest.raises(InputError, match=r'"null test" is the sum of other stems with its polarity inverted'):
        Song.load(tmp_path)


def test_a_song_of_one_sound_twice_says_why_it_is_none(tmp_path):
    audio = sounds(1)[0]
    put(tmp_path, vox=audio, vox_2=audio)
    with pytest.raises(InputError, match=r'holds 1 stem \(vox 2.wav: it is the same sound as "vox"\)'):
        Song.load(tmp_path)


def test_stems_that_share_much_are_stems():
    """Bleed, doubles, parallel chains and groups with reverb are sounds of their own."""
    torch.manual_seed(0)
    audio = 0.1 * torch.randn(5, 2, FRAMES)
    audio[1] += 0.5 * audio[0]  # bleed
    audio[2] = 0.8 * (audio[0] + audio[1]) + 0.05 * torch.randn(2, FRAMES)  # a group with something more
    audio[3] = (10 * audio[4]).tanh()  # a parallel chain, driven hard
    assert find_doubles(Held(audio, RATE), [str(i) for i in range(5)]) == ()


def test_a_sum_at_unlike_gains_is_another_balance():
    torch.manual_seed(0)
    audio = 0.1 * torch.randn(4, 2, FRAMES)
    audio[3] = audio[0] + 0.5 * audio[1] + audio[2]
    assert find_doubles(Held(audio, RATE), "abcd") == ()
    audio[3] = audio[0] + 0.9 * audio[1] + audio[2]
    (double,) = find_doubles(Held(audio, RATE), "abcd")
    assert (double.stem, double.of, double.whole) == (3, (0, 1, 2), True)


def test_an_offset_is_nothing_in_common():
    torch.manual_seed(0)
    audio = 0.01 * torch.randn(3, 2, FRAMES) + 0.5
    assert find_doubles(Held(audio, RATE), "abc") == ()


@pytest.mark.parametrize("level", [1e-30, 1e-15, 1e15, 1e30])
def test_samples_far_from_full_scale_are_compared_all_the_same(level):
    audio = 0.1 * torch.randn(4, 2, FRAMES, generator=torch.Generator().manual_seed(2))
    audio[3] = audio[:3].sum(0)
    (double,) = find_doubles(Held(level * audio, RATE), "abcd")
    assert (double.stem, double.whole) == (3, True)
    audio[3] = 1e-33
    assert find_doubles(Held(level * audio, RATE), "abcd") == ()


def test_silence_is_nobodys_double():
    audio = torch.zeros(4, 2, FRAMES)
    audio[:2] = 0.1 * torch.randn(2, 2, FRAMES, generator=torch.Generator().manual_seed(1))
    assert find_doubles(Held(audio, RATE), "abcd") == ()


def test_real_songs_hold_nothing_twice(real_songs):
    for path in real_songs:
        song = Song.load(path)
        assert left_out(song) == {}, path.name
