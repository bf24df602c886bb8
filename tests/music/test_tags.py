"""The network of tags, what it listens to, and what is said of it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tensor_bundle import write_checkpoint
from torch import nn

from console.balance.genre import Genre
from console.errors import InputError
from console.files.fetched.fetch import is_fetched, located
from console.music.music import Tag, Tags
from console.music.parts import PARTS, Heard
from console.music.pulse_and_key import Beats, Key
from console.music.sound import Sound
from console.music.tags import listen as listening
from console.music.tags.genre import NAMED, sure_genre
from console.music.tags.listen import in_stretches, listen, of_no_music
from console.music.tags.network import BANDS, FRAMES, Musicnn
from console.music.tags.patches import HOP, LEVEL, RATE, WINDOW, log_mel, mel_bands, patches
from console.music.tags.vocabulary import TAGS, meanings, said
from console.read.song import Song

SHAPES = {
    "conv2d": [
        *((7, 38, 1, 204), (7, 67, 1, 204), (128, 1, 1, 51), (64, 1, 1, 51), (32, 1, 1, 51)),
        *((7, 561, 1, 64), (7, 64, 1, 64), (7, 64, 1, 64)),
    ],
    "dense": [(1506, 200), (200, 50)],
    "batch_normalization": [(1,), (204,), (204,), (51,), (51,), (51,), (64,), (64,), (64,), (1506,), (200,)],
}


def weights(seed: int) -> dict[str, np.ndarray]:
    """Random ones, named and shaped as musicnn's are."""
    rng = np.random.default_rng(seed)
    told: dict[str, np.ndarray] = {"beta1_power": np.float32(0.0)}
    for kind, shapes in SHAPES.items():
        for number, shape in enumerate(shapes):
            name = f"{kind}_{number}" if number else kind
            if kind == "batch_normalization":
                told |= {f"{name}/{part}": rng.normal(0, 1, shape) for part in ("gamma", "beta", "moving_mean")}
                told[f"{name}/moving_variance"] = rng.uniform(0.5, 2, shape)
            else:
                told[f"{name}/kernel"] = rng.normal(0, np.prod(shape[:-1]) ** -0.5, shape)
                told[f"{name}/bias"] = rng.normal(0, 0.1, shape[-1:])
    return told


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of random networks, as the fetched one is kept."""
    folder = tmp_path_factory.mktemp("models") / "musicnn"
    folder.mkdir()
    for seed, name in enumerate(("MSD", "MTT")):
        write_checkpoint(weights(seed), folder / f"{name}.index", folder / f"{name}.data-00000-of-00001")
    (folder / "origin.json").write_text(json.dumps({}))
    return folder


@pytest.fixture
def fetched(folder, monkeypatch):
    monkeypatch.setenv("MIXCONSOLE_MODELS", str(folder.parent))


BEATS = Beats(120.0, None, (0.0, 0.5), (), None, 90, 0.7, "x")
KNOWN = (
    ("speech", None, None),
    ("faint beats", replace(BEATS, confidence=0.2), None),
    ("beats", BEATS, None),
    ("a key", None, Key("C", "major", "G major", "x", 0.8, "x")),
)


def song(**stems: np.ndarray) -> Sound:
    audio = torch.from_numpy(np.stack(list(stems.values())).astype(np.float32))[:, None]
    return Sound.of(Song(audio, tuple(stems), RATE))


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))


def changing(seconds: float, seed: int = 0) -> np.ndarray:
    """Noise that is now dark, now bright: what sounds the same throughout is given no tags."""
    plain = noise(seconds, seed)
    dark = np.convolve(plain, np.ones(20) / 6, "same")
    return np.where(np.arange(len(plain)) * 2 // RATE % 2, dark, plain)


def plainly(told: dict[str, np.ndarray], x: torch.Tensor) -> torch.Tensor:
    """Logits, layer by layer as the paper has them, by plain convolutions over the whole plane."""
    arrays = {name: torch.from_numpy(np.asarray(array, np.float32)) for name, array in told.items()}

    def name(kind: str, number: int) -> str:
        return f"{kind}_{number}" if number else kind

    def norm(y: torch.Tensor, number: int) -> torch.Tensor:
        of = name("batch_normalization", number)
        gamma, beta, mean, variance = (arrays[f"{of}/{p}"] for p in ("gamma", "beta", "moving_mean", "moving_variance"))
        return nn.functional.batch_norm(y, mean, variance, gamma, beta, eps=1e-3)

    def filters(y: torch.Tensor, number: int) -> torch.Tensor:
        kernel = arrays[f"{name('conv2d', number)}/kernel"].permute(3, 2, 0, 1)
        frames = kernel.shape[2]
        y = nn.functional.pad(y[:, None], (0, 0, (frames - 1) // 2, frames // 2))
        y = nn.functional.conv2d(y, kernel, arrays[f"{name('conv2d', number)}/bias"]).relu()
        return norm(y, number + 1).amax(3)

    x = norm(x[:, None], 0)[:, 0]
    front = torch.cat([filters(x, number) for number in range(5)], 1)
    first = filters(front.mT, 5)
    second = filters(first.mT, 6) + first
    third = filters(second.mT, 7) + second
    layers = torch.cat([front, first, second, third], 1)
    pooled = norm(torch.stack([layers.amax(2), layers.mean(2)], 2).flatten(1), 9)
    units = norm((pooled @ arrays["dense/kernel"] + arrays["dense/bias"]).relu(), 10)
    return units @ arrays["dense_1/kernel"] + arrays["dense_1/bias"]


def test_the_network_is_the_published_one(folder):
    x = torch.rand(2, FRAMES, BANDS, generator=torch.Generator().manual_seed(0)) * 4
    logits, embedding = Musicnn.load(folder, "MSD")(x)
    assert torch.allclose(logits, plainly(weights(0), x), atol=1e-3)
    assert embedding.shape == (2, 200)


def test_weights_of_another_shape_are_refused(tmp_path):
    wrong = weights(0) | {"dense_1/bias": np.zeros(51)}
    write_checkpoint(wrong, tmp_path / "MSD.index", tmp_path / "MSD.data-00000-of-00001")
    with pytest.raises(InputError, match="no weights of musicnn"):
        Musicnn.load(tmp_path, "MSD")


def test_the_fetched_network_says_what_it_says_in_tensorflow():
    """The figures are TensorFlow 2.21's, of the package's own graph and weights."""
    if not is_fetched("musicnn"):
        pytest.skip("musicnn is not fetched")
    frame, band = np.mgrid[0:FRAMES, 0:BANDS]
    x = (2 + np.sin(frame / 5) * np.cos(band / 7) + np.sin(frame * band / 400)).astype(np.float32)[None]
    for name, wanted, units in (
        ("MSD", [-6.434233, -7.724633, -6.368631, -8.224154, -4.001988], [-0.177176, 5.274356, -0.284837]),
        ("MTT", [-0.501175, -5.445105, -2.780973, -5.529726, -5.651636], [1.604026, -0.032879, 1.283175]),
    ):
        logits, embedding = Musicnn.load(located("musicnn"), name)(torch.from_numpy(x))
        assert logits[0, :5].tolist() == pytest.approx(wanted, abs=1e-4)
        assert embedding[0, :3].tolist() == pytest.approx(units, abs=1e-4)


def test_the_log_mel_spectrogram_is_librosas():
    import librosa

    audio = noise(1).astype(np.float32)
    bands = librosa.filters.mel(sr=RATE, n_fft=512, n_mels=BANDS)
    power = np.abs(librosa.stft(audio, n_fft=512, hop_length=HOP, center=False)) ** 2
    wanted = np.log10(10_000 * bands @ power + 1).T
    assert np.abs(mel_bands() - bands).max() < 1e-7
    assert np.abs(log_mel(torch.from_numpy(audio)[None])[0].numpy() - wanted).max() < 1e-3


def test_windows_are_few_spread_and_as_loud_as_records():
    quiet = 0.01 * noise(60).astype(np.float32)
    windows = patches(quiet, RATE, 8)
    assert windows is not None
    assert windows.shape == (8, FRAMES, BANDS)
    assert torch.allclose(windows, patches(100 * quiet, RATE, 8), atol=1e-3)  # at whatever level it comes
    white = LEVEL * np.random.default_rng(1).standard_normal(WINDOW).astype(np.float32)
    assert abs(float(windows.mean() - patches(white, RATE, 1).mean())) < 0.05


def test_windows_are_taken_where_something_sounds():
    late = np.concatenate([np.zeros(30 * RATE), noise(6)]).astype(np.float32)
    windows = patches(late, RATE, 8)
    assert windows is not None
    assert len(windows) < 8  # of six seconds, no more than they hold
    assert float(windows.mean((1, 2)).min()) > 0.3 * float(windows.mean((1, 2)).max())


@pytest.mark.parametrize("rate", [11_025, 44_100, 48_000, 47_999])
def test_windows_are_the_same_at_any_rate(rate):
    def tones(rate: int) -> np.ndarray:
        time = np.arange(6 * rate) / rate
        return (0.2 * np.sin(2 * np.pi * 220 * time) + 0.1 * np.sin(2 * np.pi * 3300 * time * (1 + time / 100))).astype(
            "f4"
        )

    windows, wanted = patches(tones(rate), rate, 3), patches(tones(RATE), RATE, 3)
    assert windows is not None
    assert windows.shape == wanted.shape
    assert float((windows - wanted)[:, 2:-2].abs().mean()) < 0.05


@pytest.mark.parametrize("audio", [np.zeros(10 * RATE), noise(0.5), np.zeros(1)])
def test_silence_and_less_than_a_second_are_not_listened_to(audio, fetched):
    assert listen(song(vocals=audio)) is None
    assert in_stretches(song(vocals=audio), [(0.0, 5.0)]) == [()]


@pytest.mark.parametrize("seconds", [1.0, 2.9, 3.0, 12.0])
def test_every_length_has_finite_tags(seconds, fetched):
    tags = listen(song(vocals=changing(seconds), keys=changing(seconds, 1)))
    assert tags is not None
    assert len(tags.embedding) == 200
    assert np.isfinite(tags.embedding).all()
    told = [*tags.genres, *tags.moods, *tags.instruments, *tags.voices, *tags.eras]
    assert all(0.5 <= tag.probability <= 1 for tag in told)


def test_stems_are_heard_alone_but_for_drums_bass_and_silence(fetched, monkeypatch):
    monkeypatch.setattr(
        listening, "said", lambda kind, heard, most, alone=False: (Tag(f"{kind} {heard['MTT'].sum():.3f}", 0.7),)
    )
    stems = {"drums": changing(4), "bass": changing(4, 1), "vocals": changing(4, 2), "keys": changing(4, 3)}
    tags = listen(song(**stems, silent=np.zeros(4 * RATE)))
    again = listen(song(**(stems | {"keys": 0.01 * stems["keys"]}), silent=np.zeros(4 * RATE)))
    assert tags is not None
    assert tags.of_stems.keys() == {"vocals", "keys"}
    assert [tag.name.split()[0] for tag in tags.of_stems["vocals"]] == ["voices"]
    assert [tag.name.split()[0] for tag in tags.of_stems["keys"]] == ["instruments", "voices"]
    assert again is not None
    assert again.of_stems == tags.of_stems
    assert again.embedding != tags.embedding


@pytest.mark.parametrize("pulse_hz", [0, 2])
def test_noise_clicks_and_tones_are_given_no_tags(pulse_hz, fetched):
    time = np.arange(8 * RATE) / RATE
    gate = np.sin(2 * np.pi * pulse_hz * time) >= 0
    clicks = np.where(time % 0.5 < 0.01, np.sin(2 * np.pi * 1000 * time), 0)
    assert all(listen(song(keys=sound * gate)) is None for sound in (noise(8), 0.1 * np.sin(2 * np.pi * 440 * time)))
    assert listen(song(drums=clicks)) is None
    assert listen(song(keys=changing(8) * gate)) is not None


def test_what_is_no_music_keeps_its_voices_alone():
    some = Tags((Tag("rock", 0.8),), (), (Tag("guitar", 0.7),), (Tag("voice", 0.9),), (), {"a": ()}, (0.1,), "x")
    kept = of_no_music(some)
    assert (kept.genres, kept.instruments, kept.of_stems) == ((), (), {})
    assert kept.voices == some.voices


def test_where_neither_a_key_nor_a_beat_is_heard_there_is_no_genre(fetched, monkeypatch):
    monkeypatch.setattr(listening, "said", lambda kind, heard, most, alone=False: (Tag(f"some {kind}", 0.7),))
    sound = song(vocals=changing(8))
    part = next(part for part in PARTS if part.name == "tags")
    heard = Heard(lambda: pytest.fail("the song itself is not needed"), lambda: sound)
    told = {name: part.listen(heard, {"beats": beats, "key": key}) for name, beats, key in KNOWN}
    assert told["speech"].genres == told["faint beats"].genres == ()
    assert told["speech"].voices == told["a key"].voices != ()
    assert told["beats"] == told["a key"] == listen(sound)


def test_many_stems_are_listened_to_less_each(fetched, monkeypatch):
    asked = []
    monkeypatch.setattr(listening, "_hear", lambda audio, rate, most, networks: asked.append(most))
    list(listening._of_stems(song(**{f"keys {number}": noise(1) for number in range(40)})))
    assert asked == [2] * 40


def test_without_the_model_there_are_no_tags(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXCONSOLE_MODELS", str(tmp_path))
    assert listen(song(vocals=noise(4))) is None
    assert in_stretches(song(vocals=noise(4)), [(0.0, 2.0), (2.0, 4.0)]) == [(), ()]


def test_every_tag_has_its_place_and_no_tag_means_two_of_a_kind():
    for network, names in TAGS.items():
        assert len(names.split()) == len(set(names.split())) == 50, network
    for kind, rows in meanings().items():
        assert len({row.name for row in rows}) == len(rows)
        if kind != "voices":  # a female voice is a voice
            used = [(network, at) for row in rows for network, places in row.tags.items() for at in places]
            assert len(used) == len(set(used)), kind


def test_synonyms_add_up_and_what_is_unlikely_is_not_said():
    heard = {network: np.full(50, 0.001) for network in TAGS}
    assert all(said(kind, heard, 9) == () for kind in meanings())
    names = TAGS["MTT"].split()
    heard["MTT"][[names.index(name) for name in ("female", "woman", "female_voice")]] = 0.4
    tags = said("voices", {"MTT": heard["MTT"]}, 9)
    assert {tag.name for tag in tags} == {"voice", "female voice"}
    assert tags[0].probability >= tags[1].probability
    assert len(said("voices", {"MTT": heard["MTT"]}, 1)) == 1


def tagged(**genres: float) -> Tags:
    rows = tuple(Tag(name.replace("_", " "), probability) for name, probability in genres.items())
    return Tags(rows, (), (), (), (), {}, (), "by hand")


@pytest.mark.parametrize(
    ("tags", "genre"),
    [
        (tagged(techno=0.8, electronic=0.7), Genre.ELECTRONIC),
        (tagged(hip_hop=0.7), Genre.RAP),
        (tagged(rock=0.55), None),
        (tagged(rock=0.65, country=0.62), None),
        (tagged(ambient=0.9), None),
        (tagged(), None),
    ],
)
def test_a_genre_is_named_only_where_the_tags_are_sure(tags, genre):
    assert sure_genre(tags) == genre


def test_genres_are_named_by_tags_that_there_are():
    assert {name for names in NAMED.values() for name in names} <= {row.name for row in meanings()["genres"]}
