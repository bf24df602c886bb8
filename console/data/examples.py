"""Flawed training examples out of balanced songs."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from console._torchaudio import load_torchaudio
from console.balance import ROLES, BalancePrior
from console.data.relevel import relevel
from console.data.source import Source
from console.errors import InputError
from console.features import (
    FLOOR_DB,
    PICTURE_S,
    Features,
    cross_energies,
    describe,
    gain_by_frame,
    regained,
    spectra,
)
from console.flaws import RAW_DB, draw_flaws
from console.mixer import db_to_amplitude
from console.model import ROLE_INDEX, WINDOW_S
from console.song import Song

RATE_HZ = 44_100
MOMENT = RATE_HZ // 2  # samples on which a mix is rendered: enough for the longest transform, light to batch


class Example(NamedTuple):
    """One window with one flaw drawn; a batch has a leading axis. Padded stems are silent, which is being left out.

    Args:
        features: of the flawed stems and their mix, one window.
        moment: a part of one second of the stems at their balanced levels.
        role: index into `Role`.
        anchor: the stem whose level is taken as right; none may be.
        free: stems that sound and are not the anchor.
        flaw_db: what is wrong with each stem's level.
    """

    features: Features
    moment: Float[Tensor, "*batch stem 2 time"]
    role: Int[Tensor, "*batch stem"]
    anchor: Bool[Tensor, "*batch stem"]
    free: Bool[Tensor, "*batch stem"]
    flaw_db: Float[Tensor, "*batch stem"]


class Key(NamedTuple):
    """Names one example for ever: the same key gives the same example."""

    epoch: int
    song: int
    draw: int


class Excerpt(NamedTuple):
    """A window of a song with everything that its draws share."""

    song: Song
    cross: Float[Tensor, "stem stem frame row"]


class FlawedExcerpts(Dataset[Example]):
    """Windows of 10 s; several draws of balance, anchor and flaw come from each, at the cost of one transform.

    Args:
        source: balanced songs.
        protocols: flaw protocols and how often each is drawn.
        prior: set stems to levels drawn from it; None leaves them as the source has them.
        no_anchor: share of the examples without an anchor (never under `raw`, where nothing would tell the level).
        seed: another seed, other examples.
    """

    def __init__(
        self,
        source: Source,
        protocols: dict[str, float],
        prior: BalancePrior | None = None,
        no_anchor: float = 0.25,
        seed: int = 0,
    ):
        self.source, self.prior, self.no_anchor, self.seed = source, prior, no_anchor, seed
        self.names = tuple(protocols)
        self.shares = np.array(list(protocols.values())) / sum(protocols.values())
        self.last: tuple[tuple[int, int], Excerpt] | None = None

    def excerpt(self, epoch: int, index: int) -> Excerpt:
        """The excerpt that the draws of one song and epoch share; the last one is kept, as draws follow each other."""
        if self.last is None or self.last[0] != (epoch, index):
            song = self.source.excerpt(index, WINDOW_S, np.random.default_rng((self.seed, epoch, index)))
            if song.duration_s < 1:
                raise InputError(f"{song.title}: shorter than one second")
            if song.sample_rate != RATE_HZ:
                resample = load_torchaudio().functional.resample
                song = replace(song, audio=resample(song.audio, song.sample_rate, RATE_HZ), sample_rate=RATE_HZ)
            self.last = (epoch, index), Excerpt(song, cross_energies(spectra(song.audio, RATE_HZ), RATE_HZ))
        return self.last[1]

    def __getitem__(self, key: Key) -> Example:
        rng = np.random.default_rng((self.seed, *key, 1))
        song, cross = self.excerpt(key.epoch, key.song)
        balance = self._balance(song, cross, rng)
        gain = gain_by_frame(balance, cross.shape[2], song.audio.shape[-1], RATE_HZ)
        anchor, free, flaw_db = self._flaw(_sounding(regained(cross, gain)), rng)
        features = describe(regained(cross, gain * db_to_amplitude(flaw_db)[:, None]), song.duration_s)
        at = int(rng.integers(balance.shape[1]))
        moment = song.audio[..., at * RATE_HZ : at * RATE_HZ + MOMENT] * balance[:, at, None, None]
        return Example(
            features._replace(content=_whole_window(features.content)),
            moment.expand(-1, 2, -1),
            torch.tensor([ROLE_INDEX[role] for role in song.roles]),
            anchor,
            free,
            flaw_db,
        )

    def _balance(self, song: Song, cross: Tensor, rng: np.random.Generator) -> Float[Tensor, "stem second"]:
        """Gains (factors) that balance the stems, per whole second."""
        seconds = int(song.duration_s)
        if self.prior is None:
            return torch.ones(len(song.names), seconds)
        plain = torch.nn.functional.adaptive_avg_pool1d(cross[..., 0], seconds)
        member = torch.tensor([[own is role for own in song.roles] for role in ROLES]).float()
        power = torch.einsum("ri,rj,ijs->rs", member, member, plain)
        return relevel(power, song.roles, self.prior, rng)

    def _flaw(self, sounding: ndarray, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Anchor, free stems and the flaw in dB. Where only one stem sounds, nothing can be told of its level."""
        protocol = self.names[rng.choice(len(self.names), p=self.shares)]
        anchor = np.zeros(len(sounding), dtype=bool)
        free = sounding & (sounding.sum() > 1)
        if free.any() and (protocol == "raw" or rng.random() >= self.no_anchor):
            anchor[rng.choice(np.flatnonzero(free))] = True
            free = free & ~anchor
        flaw_db = draw_flaws(protocol, free, rng) if free.any() else np.zeros(len(free))
        return torch.from_numpy(anchor), torch.from_numpy(free), torch.from_numpy(flaw_db).float()


def _sounding(energy: Float[Tensor, "source frame row"]) -> Bool[ndarray, " stem"]:
    """Stems so far above the floor of hearing that no flaw, of theirs or of another stem, takes them below it."""
    power = energy[:-1, :, 0].mean(-1)
    margin_db = 2 * RAW_DB
    return (power > power.sum() * 10 ** ((FLOOR_DB + margin_db) / 10)).numpy()


def _whole_window(picture: Float[Tensor, "source mel column"]) -> Float[Tensor, "source mel column2"]:
    """The picture of a short song, repeated to a window's length, so that examples batch."""
    columns = round(WINDOW_S / PICTURE_S)
    return picture.repeat(1, 1, -(-columns // picture.shape[-1]))[..., :columns]


def collate(examples: list[Example]) -> Example:
    """A batch; songs with fewer stems get silent ones before the mix."""
    stems = max(len(example.role) for example in examples)
    rows = [_padded(example, stems) for example in examples]
    features = Features(*map(torch.stack, zip(*(row.features for row in rows), strict=True)))
    rest = map(torch.stack, zip(*(row[1:] for row in rows), strict=True))
    return Example(features, *rest)


def _padded(example: Example, stems: int) -> Example:
    missing = stems - len(example.role)

    def pad(row: Tensor) -> Tensor:
        return torch.cat([row, row.new_zeros(missing, *row.shape[1:])])

    def pad_before_mix(row: Tensor) -> Tensor:
        return torch.cat([row[:-1], row.new_zeros(missing, *row.shape[1:]), row[-1:]])

    return Example(Features(*map(pad_before_mix, example.features)), *map(pad, example[1:]))


class SongSampler(Sampler[Key]):
    """Every song's draws one after the other, songs shuffled anew each epoch (or not at all).

    Args:
        songs: number of songs.
        draws: examples from each excerpt.
        shuffle: False keeps songs, order and epoch 0, for validation.
    """

    def __init__(self, songs: int, draws: int, shuffle: bool, seed: int = 0):
        self.songs, self.draws, self.shuffle, self.seed = songs, draws, shuffle, seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.songs * self.draws

    def __iter__(self) -> Iterator[Key]:
        epoch = self.epoch if self.shuffle else 0
        order = np.random.default_rng((self.seed, epoch)).permutation(self.songs) if self.shuffle else range(self.songs)
        return (Key(epoch, int(song), draw) for song in order for draw in range(self.draws))
