"""References with spread: how several engineers mixed the same song, and whether a result lies among them.

Engineers differ, so a correction need not end at one reference: it counts as right where every stem ends inside the
range of what several of them did. What is compared is a balance, as one gain on all stems changes nothing: the stems
against the anchor, or without one against the mean (dB) over the stems that sound.

To lie inside the range says that a result is not unusual, and no more. It is no figure of quality: how far a mix lies
from the others of its song does not tell how listeners rate it (in the data set that the published spread is from the
correlation is 0.0 to -0.2 by how one measures, which over 88 mixes is what chance gives). And it belongs beside the
share of mixes that lie inside before any correction.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy import ndarray
from torch import Tensor

from console.errors import InputError
from console.evaluation.engineers.consensus_table import LEAST, Mixes, key, read
from console.read.roles import Role

# How far the level of a group spreads when different engineers mix the same song: robust standard deviation in LU,
# pooled over how 88 mixes lie about the median of their 13 songs, levels against the mix (Mix Evaluation Dataset, De
# Man et al.). Inside it, a move is a matter of taste.
SPREAD_LU = {Role.VOCALS: 1.2, Role.OTHER: 1.6, Role.BASS: 2.4, Role.DRUMS: 2.6}

MAD_TO_SD = 1.4826  # of normally distributed values
QUANTILES = (0.1, 0.9)
ROUNDING_DB = 1e-3  # a result on the edge of its range lies inside


class Range(NamedTuple):
    """What engineers did with each stem of a song, in dB on top of the song's reference mix.

    Args:
        median_db: the middle of what they did; 0 where nothing tells how the reference lies to it.
        spread_db: robust standard deviation, 1.4826 times the median distance from the median.
        low_db, high_db: what counts as inside.
    """

    median_db: Float[ndarray, " stem"]
    spread_db: Float[ndarray, " stem"]
    low_db: Float[ndarray, " stem"]
    high_db: Float[ndarray, " stem"]


class Joint(NamedTuple):
    """Whether all stems lie inside their ranges: of the flawed mix as it is, and after its correction."""

    before: Bool[Tensor, " item"]
    after: Bool[Tensor, " item"]


@dataclass(frozen=True, eq=False)
class Consensus:
    """Ranges by song.

    From a song's own mixes, the range runs from the 0.1- to the 0.9-quantile: of the few mixes that a song has, that
    holds one more engineer's stem oftener than the median with as wide a margin of robust standard deviations, and two
    who happen to agree do not narrow it to nothing. Where the table tells how the song's reference mix lies among the
    others (gains do; levels if one mix is called "reference"), so does the range, and need not hold 0 dB; otherwise the
    reference is taken to lie at the median.

    The published spread gives one robust standard deviation on either side of the reference, as in the words that call
    a move a matter of taste: less than the smallest flaw of the protocol. It is the spread against the whole mix;
    against a single anchor engineers differ by more (2.8 to 3.8 LU), so the tolerance is a strict one.

    Args:
        songs: tables by `key` of the title.
        published_else: whether the published spread serves where these tell no range.
        path: where they were read, for error messages.
    """

    songs: Mapping[str, Mixes] = field(default_factory=dict)
    published_else: bool = True
    path: str = ""

    @classmethod
    def published(cls) -> "Consensus":
        """The published spread between engineers, for any song."""
        return cls()

    @classmethod
    def load(cls, path: str | os.PathLike[str], published_else: bool = False) -> "Consensus":
        """From a CSV or YAML of several engineers' levels or gains (see `consensus_table`).

        Args:
            published_else: let the published spread serve for songs and stems without a range of their own.

        Raises: InputError, as `console.evaluation.engineers.consensus_table.read`.
        """
        return cls(read(path), published_else, str(path))

    def range(self, song_title: str, stems: Sequence[str], anchor: int | None = None) -> Range:
        """What engineers did with these stems, against one of them or, without an anchor, against their mean.

        Args:
            stems: roles, or what the table calls the stems.
            anchor: index of the stem whose level is taken as right.

        Raises: InputError for a song or stem that the table does not have, or has in fewer than three mixes, unless
            the published spread serves then; and for a stem without a published spread.
        """
        try:
            return _told(self._mixes(song_title), list(map(key, stems)), anchor, self.path)
        except InputError:
            if not self.published_else:
                raise
            return _published(stems)

    def ranges_db(
        self,
        song_title: str,
        stems: Sequence[str],
        anchor: Bool[Tensor, "item stem"],
        sounds: Bool[Tensor, "item stem"] | None = None,
    ) -> tuple[Float[Tensor, "item stem"], Float[Tensor, "item stem"]]:
        """Where each stem has to end, low and high, in dB on top of the song's reference mix, for `inside`.

        Args:
            stems: roles, or what the table calls the stems.
            anchor: the stem whose level is taken as right, at most one an item.
            sounds: stems that count, all by default. The others may end anywhere: -inf to inf.

        Raises: InputError, as `range`.
        """
        sounds = torch.ones_like(anchor) if sounds is None else sounds | anchor
        low_db, high_db = (torch.full(anchor.shape, limit) for limit in (-torch.inf, torch.inf))
        kinds, kind = torch.stack([anchor, sounds], dim=1).unique(dim=0, return_inverse=True)
        for number, (is_anchor, counts) in enumerate(kinds):
            at = counts.nonzero().flatten()
            if not len(at):
                continue
            reference = is_anchor[at].nonzero().flatten().tolist()
            told = self.range(song_title, [stems[i] for i in at], reference[0] if reference else None)
            cells = ((kind == number).nonzero(), at)
            low_db[cells] = torch.from_numpy(told.low_db).float()
            high_db[cells] = torch.from_numpy(told.high_db).float()
        return low_db, high_db

    def joint(
        self,
        song_title: str,
        stems: Sequence[str],
        flaw_db: Float[Tensor, "item stem"],
        correction_db: Float[Tensor, "item stem"],
        anchor: Bool[Tensor, "item stem"],
        sounds: Bool[Tensor, "item stem"] | None = None,
    ) -> Joint:
        """The measure: whether all stems of an item lie inside, before and after its correction.

        A measure of right and wrong that allows for taste, not of quality; and only what `after` adds to `before` is
        the correction's.

        Args:
            flaw_db, correction_db: what was put on the stems of the reference mix, and what is then advised.
            stems, anchor, sounds: as of `ranges_db`.

        Raises: InputError, as `range`.
        """
        low_db, high_db = self.ranges_db(song_title, stems, anchor, sounds)
        before = inside(flaw_db, torch.zeros_like(flaw_db), anchor, low_db, high_db)
        return Joint(before.all(-1), inside(flaw_db, correction_db, anchor, low_db, high_db).all(-1))

    def _mixes(self, song_title: str) -> Mixes:
        if key(song_title) not in self.songs:
            raise InputError(f'"{self.path}" has no mixes of "{song_title}".')
        return self.songs[key(song_title)]


def inside(
    flaw_db: Float[Tensor, "item stem"],
    correction_db: Float[Tensor, "item stem"],
    anchor: Bool[Tensor, "item stem"],
    low_db: Float[Tensor, "item stem"],
    high_db: Float[Tensor, "item stem"],
) -> Bool[Tensor, "item stem"]:
    """Whether each stem, flawed and corrected, ends inside its range.

    What is left on a stem (flaw and correction together) counts against what is left on the anchor or, in an item
    without one, against the mean over the stems that have a range.

    Args:
        low_db, high_db: of `Consensus.ranges_db`.
    """
    left_db = flaw_db + correction_db
    judges = torch.where(anchor.any(-1, keepdim=True), anchor, high_db.isfinite())
    common_db = (left_db * judges).sum(-1, keepdim=True) / judges.sum(-1, keepdim=True).clamp_min(1)
    left_db = left_db - common_db
    return (left_db >= low_db - ROUNDING_DB) & (left_db <= high_db + ROUNDING_DB)


def robust_sd(values: Float[ndarray, "mix stem"]) -> Float[ndarray, " stem"]:
    """Of each column, 1.4826 times the median distance from its median; NaN is passed over."""
    return MAD_TO_SD * np.nanmedian(np.abs(values - np.nanmedian(values, axis=0)), axis=0)


def _told(mixes: Mixes, stems: list[str], anchor: int | None, path: str) -> Range:
    missing = [stem for stem in stems if stem not in mixes.stems]
    if missing:
        listed = ", ".join(mixes.stems)
        raise InputError(f'"{path}" has no "{missing[0]}" of "{mixes.song}": its stems are {listed}.')
    level_db = mixes.level_db[:, [mixes.stems.index(stem) for stem in stems]]
    # Where there is no anchor, a mix that lacks a stem has no mean that compares with the others'.
    level_db = level_db - (level_db.mean(1) if anchor is None else level_db[:, anchor])[:, None]
    known = (~np.isnan(level_db)).sum(0)
    if known.min() < LEAST:
        raise InputError(
            f'"{path}" tells "{stems[known.argmin()]}" of "{mixes.song}" in {known.min()} mixes that can be compared: '
            f"a range needs at least {LEAST}."
        )
    if not mixes.placed:
        level_db = level_db - np.nanmedian(level_db, axis=0)
    low_db, high_db = np.nanquantile(level_db, QUANTILES, axis=0)
    return Range(np.nanmedian(level_db, axis=0), robust_sd(level_db), low_db, high_db)


def _published(stems: Sequence[str]) -> Range:
    unknown = [stem for stem in stems if key(stem) not in list(Role)]
    if unknown:
        raise InputError(f'There is no published spread for "{unknown[0]}": there is for {", ".join(Role)}.')
    spread_db = np.array([SPREAD_LU[Role(key(stem))] for stem in stems])
    return Range(np.zeros(len(stems)), spread_db, -spread_db, spread_db)
