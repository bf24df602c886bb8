"""Flawed training examples out of balanced songs."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from torch import Tensor
from torch.utils.data import Dataset

from console.balance import ROLES, BalancePrior, song_level_db
from console.data.equalise import equalise
from console.data.excerpt import Excerpt, Share, draw_excerpt, draw_moment, membership, sound_of
from console.data.hybrids import draw_hybrid
from console.data.recipe import Recipe, ask
from console.data.relevel import relevel
from console.data.table import SongTable
from console.desk.mixer import db_to_amplitude
from console.flaws import RAW_DB
from console.network.features import FLOOR_DB, WINDOW, Features, describe, hide, regained
from console.training.order import Order
from console.training.standing import Standing

NO_SOUND = torch.zeros(1, 0, 0, 0, 0)
SINGLE = 0.5  # share of the batches of one window; the others have any number of them


class Example(NamedTuple):
    """Draws of balance, anchor and flaw on one excerpt; a batch has those of several, one after the other.

    Padded stems are silent, which is being left out.

    Args:
        features: of the flawed stems and their mix, one or more windows of one song.
        role: index into `Role`.
        anchor: the stem, or stems, whose level is taken as right; none may be.
        free: stems that sound and are not the anchor.
        heard: False for a stem of which only the role is known.
        flaw_db: what is wrong with each stem's level.
        song: which song of its source.
        moment: half a second of the stems as the source has them, 44.1 kHz.
        balance: the gains (factors) that balance the stems in that moment.
        usual: what was told to be usual, as `console.balance.usual.Usual.of` tells it; 0 where nothing was.
        sound: of the excerpts' stems as the source has them, for an encoder; nothing where there is none.
    """

    features: Features
    role: Int[Tensor, "draw stem"]
    anchor: Bool[Tensor, "draw stem"]
    free: Bool[Tensor, "draw stem"]
    heard: Bool[Tensor, "draw stem"]
    flaw_db: Float[Tensor, "draw stem"]
    song: Int[Tensor, " draw"]
    moment: Float[Tensor, "excerpt stem 2 time"]
    balance: Float[Tensor, "draw stem"]
    usual: Float[Tensor, "draw stem 2"]
    sound: Float[Tensor, "excerpt window stem channel sample"] = NO_SOUND


class Flawed(NamedTuple):
    """An example, and what was measured to make it.

    Args:
        shares: which parts of which songs it is made of, one song's stems after the other's.
        gain: factors on the stems, balance and flaw together; an equalisation is not in them.
        energy: `features.energies` of the flawed stems and their mix, whether heard or not.
    """

    example: Example
    shares: tuple[Share, ...]
    gain: Float[Tensor, "draw window stem step"]
    energy: Float[Tensor, "draw window source step row"]


class Key(NamedTuple):
    """Names one excerpt for ever: the same key gives the same examples.

    Excerpts of one batch have as many windows, and finer stems or not, so that little is padded.
    """

    epoch: int
    song: int
    batch: int = 0


class FlawedExcerpts(Dataset[Example]):
    """Windows of 10 s of a song; all draws of balance, anchor and flaw cost no further transform.

    Args:
        tables: the songs' cross energies.
        recipe: how examples are drawn.
        prior: set stems to levels drawn from it; None leaves them as the source has them.
        seed: another seed, other examples.
        partners: the songs that each song may share an excerpt with, by index; None: no song has any.
    """

    def __init__(
        self,
        tables: Sequence[SongTable],
        recipe: Recipe,
        prior: BalancePrior | None = None,
        seed: int = 0,
        partners: Sequence[Int[ndarray, " partner"]] | None = None,
    ):
        self.tables, self.recipe, self.prior, self.seed, self.partners = tables, recipe, prior, seed, partners

    def __getitem__(self, key: Key) -> Example:
        return self.flawed(key).example

    def flawed(self, key: Key) -> Flawed:
        """The example of that key, with the energies behind its features."""
        rng = np.random.default_rng((self.seed, key.epoch, key.song))
        recipe = self.recipe
        excerpt = self._excerpt(key, rng)
        if recipe.equalise_db:
            excerpt = excerpt._replace(cross=equalise(excerpt.cross, recipe.equalise_db, rng))
        roles, cross = excerpt.roles, excerpt.cross
        balance, usual = self._balance(excerpt, rng)
        heard = heard_of(len(roles), recipe, rng)
        by_window = [regained(cross[w], balance[:, w]) for w in range(len(cross))]
        sounding = torch.stack([asked_about(energy[:, :-1, :, 0].mean(-1)) for energy in by_window]).any(0)
        anchor, free, flaw_db = map(torch.from_numpy, ask(sounding.numpy(), roles, recipe, rng))
        gain = balance * db_to_amplitude(flaw_db.float())[:, None, :, None]
        energy = torch.stack([regained(cross[w], gain[:, w]) for w in range(len(cross))], dim=1)
        moment, moment_balance = draw_moment(excerpt.shares, balance, rng)
        draws = recipe.draws
        example = Example(
            hide(describe(energy), heard),
            torch.tensor([ROLES.index(role) for role in roles]).expand(draws, -1),
            anchor,
            free,
            heard.expand(draws, -1),
            flaw_db.float(),
            torch.full((draws,), key.song),
            moment[None],
            moment_balance,
            usual,
            sounds_of(excerpt.shares),
        )
        return Flawed(example, excerpt.shares, gain, energy)

    def _excerpt(self, key: Key, rng: np.random.Generator) -> Excerpt:
        """Of the song alone, or of it and a partner."""
        recipe, table = self.recipe, self.tables[key.song]
        of_batch = np.random.default_rng((self.seed, key.batch, 1))
        finer = float(of_batch.random() < recipe.finer)
        windows = 1 if of_batch.random() < SINGLE else int(of_batch.integers(1, recipe.windows + 1))
        partners = self.partners[key.song] if self.partners and recipe.hybrid > 0 else ()
        if len(partners) and rng.random() < recipe.hybrid:
            return draw_hybrid(table, self.tables[int(rng.choice(partners))], finer, windows, rng)
        return draw_excerpt(table, finer, windows, rng)

    def _balance(
        self, excerpt: Excerpt, rng: np.random.Generator
    ) -> tuple[Float[Tensor, "draw window stem step"], Float[Tensor, "draw stem 2"]]:
        """Gains (factors) that balance the stems, and what is told to be usual."""
        draws, (windows, stems) = self.recipe.draws, excerpt.cross.shape[:2]
        at = [ROLES.index(role) for role in excerpt.roles]
        if self.prior is None:
            own_db = song_level_db(excerpt.song_power).double().numpy()[None].repeat(draws, axis=0)
            gain, usual = torch.ones(draws, windows, stems, WINDOW), BalancePrior.load().usual_of(own_db, rng)
        else:
            member = membership(excerpt.roles)
            power = torch.einsum("ri,rj,wijt->wrt", member, member, excerpt.cross[..., 0])
            song_db, usual = self.prior.draw_told(draws, rng)
            second_by_second = rng.random(draws) < self.recipe.second_by_second
            gain = relevel(power, excerpt.song_power, song_db, self.prior, second_by_second, rng)[:, :, at]
        told = rng.random((draws, 1, 1)) < self.recipe.told
        return gain, torch.from_numpy(usual[:, at] * told).float()


def sounds_of(shares: Sequence[Share]) -> Float[Tensor, "1 window stem channel sample"]:
    """The sound of an excerpt's stems, where all of its tables keep it."""
    if any(share.table.sound is None for share in shares):
        return NO_SOUND
    return torch.cat([sound_of(share) for share in shares], 1)[None]


def heard_of(stems: int, recipe: Recipe, rng: np.random.Generator) -> Bool[Tensor, " stem"]:
    """Which stems are heard: mostly all, sometimes some, sometimes none."""
    kind = rng.random()
    if kind < recipe.mix_only:
        return torch.zeros(stems, dtype=torch.bool)
    if kind < recipe.mix_only + recipe.dropped:
        return torch.from_numpy(rng.random(stems) < 0.5)
    return torch.ones(stems, dtype=torch.bool)


def asked_about(power: Float[Tensor, "draw stem"]) -> Bool[Tensor, "draw stem"]:
    """Stems so far above the floor of hearing that no flaw, of theirs or of another stem, takes them below it.

    From their mean squares.
    """
    margin_db = 2 * RAW_DB
    return power > power.sum(-1, keepdim=True) * 10 ** ((FLOOR_DB + margin_db) / 10)


def collate(excerpts: list[Example]) -> Example:
    """A batch of excerpts; missing stems become silent ones before the mix, missing windows silent ones at the end."""
    stems = max(excerpt.role.shape[-1] for excerpt in excerpts)
    windows = max(excerpt.features.levels.shape[1] for excerpt in excerpts)
    rows = [_padded(excerpt, stems, windows) for excerpt in excerpts]
    features = Features(*map(torch.cat, zip(*(row.features for row in rows), strict=True)))
    rest = map(torch.cat, zip(*(row[1:] for row in rows), strict=True))
    return Example(features, *rest)


def _padded(excerpt: Example, stems: int, windows: int) -> Example:
    missing = stems - excerpt.role.shape[-1]

    def pad(row: Tensor, fill: float = 0.0) -> Tensor:
        return torch.nn.functional.pad(row, (0, missing), value=fill)

    def pad_features(part: Tensor) -> Tensor:  # "draw window source ..."
        out = part.new_zeros(len(part), windows, stems + 1, *part.shape[3:])
        out[:, : part.shape[1], : part.shape[2] - 1] = part[:, :, :-1]
        out[:, : part.shape[1], -1] = part[:, :, -1]
        return out

    return Example(
        Features(*map(pad_features, excerpt.features)),
        pad(excerpt.role),
        pad(excerpt.anchor),
        pad(excerpt.free),
        pad(excerpt.heard, fill=1.0),
        pad(excerpt.flaw_db),
        excerpt.song,
        torch.nn.functional.pad(excerpt.moment, (0, 0, 0, 0, 0, missing)),
        pad(excerpt.balance),
        torch.nn.functional.pad(excerpt.usual, (0, 0, 0, missing)),
        _padded_sound(excerpt.sound, missing, windows),
    )


def _padded_sound(
    sound: Float[Tensor, "excerpt window stem channel sample"], stems: int, windows: int
) -> Float[Tensor, "excerpt window2 stem2 channel sample"]:
    """With so many more silent stems, and so many windows; nothing stays nothing."""
    if not sound.numel():
        return sound
    return torch.nn.functional.pad(sound, (0, 0, 0, 0, 0, stems, 0, windows - sound.shape[1]))


class SongSampler(Order):
    """Every song once an epoch (or `repeats` times), shuffled anew each epoch (or not at all).

    Args:
        songs: number of songs.
        repeats: excerpts of each song in an epoch.
        shuffle: False keeps songs, order and epoch 0, for validation.
        batch: excerpts in a batch of one process. What the processes take at the same time is of one shape.
        standing: where the run stands; the beginning, by one process, by default.
    """

    def __init__(
        self,
        songs: int,
        repeats: int,
        shuffle: bool,
        seed: int = 0,
        batch: int = 1,
        standing: Standing | None = None,
    ):
        super().__init__(songs * repeats, batch, shuffle, standing)
        self.songs, self.repeats, self.seed = songs, repeats, seed

    def __iter__(self) -> Iterator[Key]:
        epoch = self.epoch if self.training else 0
        order = np.arange(self.count)
        if self.training:
            np.random.default_rng((self.seed, epoch)).shuffle(order)
        batch = epoch * self.count + np.arange(self.count) // (self.batch * self.standing.processes)
        visit = epoch * self.repeats + order // self.songs
        rows = np.stack([visit, order % self.songs, batch])[:, self.places()]
        return map(Key._make, rows.T.tolist())
