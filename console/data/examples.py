"""Flawed training examples out of balanced songs."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from console.balance import ROLES, BalancePrior
from console.data.relevel import relevel
from console.data.source import Source
from console.errors import InputError
from console.features import PICTURE_S, Features, cross_energies, describe, regained, spectra
from console.flaws import draw_flaws
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
        # Draws of one excerpt follow each other: the last one is kept, not rendered or decoded again.
        self.excerpt = lru_cache(maxsize=1)(self._excerpt)

    def _excerpt(self, epoch: int, index: int) -> Excerpt:
        song = self.source.excerpt(index, WINDOW_S, np.random.default_rng((self.seed, epoch, index)))
        if song.sample_rate != RATE_HZ:
            raise InputError(f"{song.title}: {song.sample_rate} Hz, but training reads {RATE_HZ} Hz")
        if song.duration_s < 1:
            raise InputError(f"{song.title}: shorter than one second")
        return Excerpt(song, cross_energies(spectra(song.audio, RATE_HZ), RATE_HZ))

    def __getitem__(self, key: Key) -> Example:
        rng = np.random.default_rng((self.seed, *key, 1))
        song, cross = self.excerpt(key.epoch, key.song)
        balance = self._balance(song, cross, rng)
        anchor, free, flaw_db = self._flaw(song, rng)
        frames = _by_frame(balance, cross.shape[2]) * (10 ** (flaw_db / 20))[:, None]
        features = describe(regained(cross, frames), song.duration_s)
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

    def _flaw(self, song: Song, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Anchor, free stems and the flaw in dB."""
        sounding = ~song.silent.numpy()
        protocol = self.names[rng.choice(len(self.names), p=self.shares)]
        anchor = np.zeros(len(sounding), dtype=bool)
        if sounding.sum() > 1 and (protocol == "raw" or rng.random() >= self.no_anchor):
            anchor[rng.choice(np.flatnonzero(sounding))] = True
        free = sounding & ~anchor
        flaw_db = draw_flaws(protocol, free, rng) if free.any() else np.zeros(len(free))
        return torch.from_numpy(anchor), torch.from_numpy(free), torch.from_numpy(flaw_db).float()


def _by_frame(by_second: Float[Tensor, "stem second"], frames: int) -> Float[Tensor, "stem frame"]:
    second = torch.arange(frames) * by_second.shape[1] // frames
    return by_second[:, second]


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
