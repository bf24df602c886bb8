"""What a stem plays, by its sound, where its name says nothing; and how sure that is.

A small network on what a stem's spectrum does over time, its own level taken out. `by_sound.safetensors` holds its
weights, BY_SOUND.md tells what they were trained on and how often they are right; `console.tracks.train_sound` trains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from console.audio._torchaudio import mel_bands
from console.files.weights import read_weights
from console.network.features import MEL_HIGH_HZ, MEL_LOW_HZ, spectra
from console.read.vocabulary import Role
from console.stream.extremes import AskExtremes
from console.stream.sound import Block, Held, Meter, Question, Sound, ask
from console.stream.together import AskVariances

WEIGHTS = "by_sound.safetensors"
SURE = 0.6  # chance from which a stem is taken for what it sounds like
ROLES = tuple(Role)
N_BANDS, WIDE = 40, 8  # mel bands, and how many of them make a wide one
N_WIDE = N_BANDS // WIDE
ACTIVE_DB = 35.0  # a frame further below the loud ones tells nothing of a stem
LOWEST_DB = -60.0  # of a band against the stem's loudest
PIECE_S = 2.0  # what is transformed at once: a song takes little more memory than its own
MOST_S = 60.0  # of its loudest sound: more of it tells nothing new
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.95)
N_FEATURES = 2 * N_BANDS + 2 * N_WIDE + 2 * N_WIDE + 1 + len(QUANTILES)


@dataclass(frozen=True)
class Heard:
    """What a stem sounds like.

    Args:
        role: the likeliest, `chance` how likely it is, 0 to 1.
    """

    role: Role
    chance: float

    @property
    def sure(self) -> bool:
        """Whether it is sure enough to be told."""
        return self.chance >= SURE


def hear_role(audio: Float[Tensor, "channel time"], sample_rate: int) -> Heard | None:
    """What a stem sounds like; None for one without sound."""
    return hear_roles(Held(audio.float()[None], sample_rate), [0])[0]


def hear_roles(sound: Sound, rows: Sequence[int]) -> list[Heard | None]:
    """What some rows of a sound are like; None for one without sound."""
    return [None if features is None else _likeliest(features) for features in _described(sound, rows)]


def questions(sound: Sound) -> list[Question[Any]]:
    """What `hear_roles` asks first, before it knows which pieces to listen to."""
    return [AskExtremes(), AskVariances(_length(sound))]


def _likeliest(features: Float[Tensor, " feature"]) -> Heard:
    with torch.inference_mode():
        best = embedded()(features[None]).softmax(-1)[0].max(-1)
    return Heard(ROLES[int(best.indices)], float(best.values))


class SoundNet(nn.Module):
    """Features of stems -> logits of the four roles."""

    mean: Tensor
    spread: Tensor
    temperature: Tensor

    def __init__(self, width: int = 48):
        super().__init__()
        self.register_buffer("mean", torch.zeros(N_FEATURES))
        self.register_buffer("spread", torch.ones(N_FEATURES))
        self.register_buffer("temperature", torch.ones(()))
        self.layers = nn.Sequential(
            nn.Dropout(0.2), nn.Linear(N_FEATURES, width), nn.GELU(), nn.Dropout(0.3), nn.Linear(width, len(ROLES))
        )

    def forward(self, features: Float[Tensor, "stem feature"]) -> Float[Tensor, "stem role"]:
        """Logits, divided by the temperature that makes their chances hold."""
        return self.layers((features - self.mean) / self.spread) / self.temperature


@lru_cache
def embedded() -> SoundNet:
    """The network that ships with the project."""
    net = SoundNet()
    with as_file(files("console.tracks").joinpath(WEIGHTS)) as path:
        net.load_state_dict(read_weights(path, net.state_dict()))
    return net.eval()


def describe(audio: Float[Tensor, "channel time"], sample_rate: int) -> Float[Tensor, " feature"] | None:
    """Features of a stem, the same at any level; None for one without sound.

    The first `N_BANDS` are the mean levels of the mel bands in units of 10 dB, which a filter shifts and nothing else.
    """
    return _described(Held(audio.float()[None], sample_rate), [0])[0]


def _described(sound: Sound, rows: Sequence[int]) -> list[Float[Tensor, " feature"] | None]:
    extremes, power = ask(*((sound, question) for question in questions(sound)))
    swings = ((extremes.high.amax(-1) - extremes.low.amin(-1)) / 2).tolist()
    sounding = [row for row in rows if swings[row] > 0]
    asked = {}
    for row in sounding:
        loudest = power[row].topk(min(power.shape[-1], round(MOST_S / PIECE_S))).indices.sort().values.tolist()
        offset = tuple(extremes.offset[row].tolist())
        asked[row] = sound.picked([row]), AskFrames(tuple(loudest), _length(sound), offset, swings[row])
    answers = dict(zip(asked, ask(*asked.values()), strict=True)) if asked else {}
    return [_features(*answers[row]) if row in answers else None for row in rows]


def _length(sound: Sound) -> int:
    """Samples of a piece."""
    return min(round(PIECE_S * sound.sample_rate), sound.frames)


@dataclass(frozen=True)
class AskFrames(Question[tuple[Tensor, Tensor]]):
    """What are the frames of some pieces, as `_frames` has them?

    Args:
        pieces: which ones, each `length` samples long, in their order.
        offset: what is taken from each channel first, `swing` what they are divided by then.
    """

    pieces: tuple[int, ...]
    length: int
    offset: tuple[float, ...]
    swing: float

    def meter(self, sound: Sound) -> Meter[tuple[Tensor, Tensor]]:
        return _Pieces(self, sound.sample_rate)


class _Pieces:
    def __init__(self, asked: AskFrames, sample_rate: int):
        self._asked, self._rate, self._at = asked, sample_rate, 0
        self._coming = list(reversed(asked.pieces))
        self._piece: list[Tensor] = []
        self._told: list[tuple[Tensor, Tensor]] = []

    def feed(self, block: Block) -> None:
        stop, length = self._at + block.shape[-1], self._asked.length
        while self._coming and self._coming[-1] * length < stop:
            first = self._coming[-1] * length
            self._piece.append(block[0, :, max(0, first - self._at) : first + length - self._at].clone())
            if first + length > stop:
                break
            piece = torch.cat(self._piece, -1) - torch.tensor(self._asked.offset)[:, None]
            self._told.append(_frames(piece / self._asked.swing, self._rate))
            self._piece.clear()
            self._coming.pop()
        self._at = stop

    def read(self) -> tuple[Tensor, Tensor]:
        mel, flat = (torch.cat(part, -1) for part in zip(*self._told, strict=True))
        return mel, flat


def _features(mel: Float[Tensor, "band frame"], flat: Float[Tensor, "wide frame"]) -> Float[Tensor, " feature"]:
    level_db = 10 * mel.sum(0).clamp_min(1e-20).log10()
    loud_db = level_db.quantile(0.95)
    active = level_db > loud_db - ACTIVE_DB
    mel_db = 10 * mel.clamp_min(1e-20).log10() - loud_db
    mel_db = mel_db.clamp_min(LOWEST_DB)
    of_active = mel_db[:, active]
    mean = of_active.mean(1)
    wide_db = 10 * mel.unflatten(0, (N_WIDE, WIDE)).sum(1).clamp_min(1e-20).log10()
    wide_db = (wide_db - loud_db).clamp_min(LOWEST_DB)
    rise = wide_db.diff(dim=-1).clamp_min(0) if wide_db.shape[-1] > 1 else torch.zeros(N_WIDE, 1)
    rises = rise[:, active[1:]] if int(active[1:].sum()) else rise
    return torch.cat(
        [
            (mean - mean.mean()) / 10,
            of_active.std(1, correction=0) / 10,
            rises.mean(1) / 3,
            rises.quantile(0.95, dim=1) / 10,
            flat[:, active].mean(1) / 5,
            flat[:, active].std(1, correction=0) / 5,
            active.float().mean()[None],
            (level_db[active].quantile(torch.tensor(QUANTILES)) - loud_db) / 10,
        ]
    )


def _frames(piece: Float[Tensor, "channel time"], sample_rate: int) -> tuple[Tensor, Tensor]:
    """Mel energies, and how far the spectrum of each wide band lies below flat (dB), every 50 ms."""
    power = spectra(piece, sample_rate).abs().square().sum(0)  # "bin frame"
    bank = _bank(power.shape[0], sample_rate)
    mel = bank.T @ power
    log_power = power.clamp_min(1e-16).log10()
    wide = bank.unflatten(1, (N_WIDE, WIDE)).sum(2)
    weight = wide / wide.sum(0).clamp_min(1e-6)
    flat = 10 * (weight.T @ log_power - (weight.T @ power).clamp_min(1e-16).log10())
    return mel, flat


@lru_cache
def _bank(n_bins: int, sample_rate: int) -> Float[Tensor, "bin band"]:
    with torch.inference_mode(False):  # what is kept must serve everywhere
        return mel_bands(n_bins, sample_rate, N_BANDS, MEL_LOW_HZ, MEL_HIGH_HZ)
