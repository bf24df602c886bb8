"""Groups first: the stems of one role are summed and judged against the other groups, then each within its own.

The console hears one stem of each role, as it was trained to. What it believes of the sums is weighed together with how
loud the stems are within their groups (`console.tracks.hypotheses`). Where a single stem explains it best, that one is
mended, and the sums are heard again; when none is left, what is believed of groups and stems is put together.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from console.correct.links import joined, listen_linked, spread
from console.network.familiarity import believed
from console.network.posterior import IMPOSSIBLE, N_BINS, ZERO_BIN, GainPosterior, quantile_db
from console.read.roles import FinerRole, Role
from console.read.song import Song
from console.stream.inner import inner_products
from console.stream.loudness import AskLoudness
from console.tracks.hypotheses import (
    CONSOLE_SHARE,
    Belief,
    Group,
    Weighed,
    added,
    flaw_prior,
    kinds_of,
    right_as_one,
    weigh,
)
from console.tracks.prior import TracksPrior

MOST_MENDED = 4  # stems, one after another
ENOUGH = 0.5  # chance that a stem is off from which it is mended
FAINT_LUFS = -70.0  # what has no integrated loudness is taken to be as faint

Listen = Callable[[Song, str | None], GainPosterior]
Gains = Float[ndarray, " stem"]


@dataclass(frozen=True)
class Weights:
    """What is believed before anything is heard, and how much of what is heard counts.

    Chosen on synthetic songs with engineers' levels (`benchmarks/native_tracks.py --levels`): the most that is mended
    such that no kind of song ends worse than it was by more than 0.1 dB on average.

    Args:
        trust: how much of the console's evidence on a group counts, 0 to 1.
        whole: chance that a group of several stems is off as one.
        share: of the stems, as many as there are groups, those that are off; of more stems as many are.
    """

    trust: float = 0.6
    whole: float = 0.05
    share: float = 0.4


@dataclass(frozen=True, eq=False)
class Tracks:
    """The stems of a song, as they are judged.

    Args:
        level_lufs: how loud each is.
        power: mean power of each, in any unit.
        anchor: where the stem is whose level is taken as right.
    """

    roles: tuple[Role, ...]
    kinds: tuple[Role | FinerRole, ...]
    silent: tuple[bool, ...]
    level_lufs: Float[ndarray, " stem"]
    power: Float[ndarray, " stem"]
    anchor: int | None = None

    @classmethod
    def of(cls, song: Song, anchor: str | None = None, known_lufs: Mapping[str, float] | None = None) -> "Tracks":
        """Those of a song; `known_lufs` tells the loudness of stems that were measured before."""
        known_lufs = known_lufs or {}
        told = None if all(name in known_lufs for name in song.names) else song.sound.ask(AskLoudness())
        level_lufs = [
            max(known_lufs[name] if told is None or name in known_lufs else told[at], FAINT_LUFS)
            for at, name in enumerate(song.names)
        ]
        power = inner_products(song.sound).diagonal().numpy()
        kinds = kinds_of(song.roles, song.finer_roles)
        at = None if anchor is None else song.index(anchor)
        return cls(song.roles, kinds, tuple(song.silent.tolist()), np.array(level_lufs), power, at)

    @property
    def groups(self) -> dict[Role, list[int]]:
        """The stems of each role that sound, in the order of the roles."""
        found = {role: [i for i, of in enumerate(self.roles) if of is role and not self.silent[i]] for role in Role}
        return {role: members for role, members in found.items() if members}


def listen_grouped(
    song: Song,
    listen: Listen,
    anchor: str | None,
    prior: TracksPrior | None = None,
    weights: Weights | None = None,
    known_lufs: Mapping[str, float] | None = None,
) -> GainPosterior:
    """What is believed of a song's stems, any number of them of one role.

    Linked stems are heard as one. Where there is one stem of each role, this is what `listen` says.

    Args:
        listen: to a song, with the name of its anchor.
        anchor: the stem whose level is taken as right.
        prior: what is usual within a group; the figures that ship with the project by default.
        weights: how much counts.
        known_lufs: the integrated loudness of stems that were measured before, by name.
    """
    units, of = joined(song)
    head = None if anchor is None else units.names[of[song.index(anchor)]]
    sounding = [role for role, silent in zip(units.roles, units.silent.tolist(), strict=True) if not silent]
    if len(set(sounding)) == len(sounding) or (head is not None and bool(units.silent[units.index(head)])):
        return listen_linked(song, listen, anchor)
    linked = {name for group in song.links for name in group}
    alone_lufs = {name: lufs for name, lufs in (known_lufs or {}).items() if name not in linked}
    tracks = Tracks.of(units, head, alone_lufs)
    groups = list(tracks.groups.values())
    names = tuple(units.names[group[0]] for group in groups)

    def hear(gains_db: Gains, anchored: int | None) -> GainPosterior:
        factors = torch.from_numpy(10 ** (gains_db / 20)).float()
        sums = summed(units, list(tracks.groups), factors)
        return listen(sums, None if anchored is None else names[anchored])

    rows, heard = judge(tracks, hear, prior or TracksPrior.load(), weights or Weights())
    group_of = {stem: at for at, group in enumerate(groups) for stem in group}
    embedding = heard.embedding
    if embedding is not None:  # a stem's is its group's; that of a silent one is the mix's
        embedding = embedding[[*(group_of.get(stem, -1) for stem in range(len(units.names))), -1]]
    probability = _tempered(rows, [group for group in groups if len(group) > 1], heard).to(heard.probability)
    silent = units.silent.to(probability.device)
    told = GainPosterior(units.names, probability, head, silent, embedding, heard.familiarity)
    return spread(told, song, of, anchor)


def _tempered(
    rows: Float[ndarray, "stem bin"], groups: list[list[int]], heard: GainPosterior
) -> Float[Tensor, "stem bin"]:
    """Of an unfamiliar song less is believed of stems within groups, too; of the groups it is less already."""
    probability = torch.from_numpy(rows).float()
    within = [stem for group in groups for stem in group]
    log_probability = probability[within].log().clamp_min(IMPOSSIBLE)
    probability[within] = believed(log_probability[None], torch.tensor([heard.familiarity]))[0].exp()
    return probability


def judge(
    tracks: Tracks, hear: Callable[[Gains, int | None], GainPosterior], prior: TracksPrior, weights: Weights
) -> tuple[Float[ndarray, "stem bin"], GainPosterior]:
    """What is believed of every stem, and what was last heard of the groups.

    Args:
        hear: the sums of the groups, given gains (dB) on the stems and which group is the anchor.
    """
    groups = list(tracks.groups.values())
    at_home = next((at for at, group in enumerate(groups) if tracks.anchor in group), None)
    # Of a group that is right as a whole nothing more would be heard: its stems are found without an anchor.
    early = at_home if at_home is not None and len(groups[at_home]) == 1 else None
    mended: dict[int, Belief] = {}
    gains_db = np.zeros(len(tracks.roles))
    while True:
        heard = hear(gains_db, early)
        weighed = _weigh(tracks, groups, heard, early, gains_db, mended, prior, weights)
        found = _likeliest(groups, weighed) if len(mended) < MOST_MENDED else None
        if found is None:
            break
        stem, mended[stem] = found
        gains_db[stem] = _size_db(mended[stem])
    if at_home is not None and early is None:
        among = weighed[at_home].own  # what is off in a group that is right is off within it
        heard = hear(gains_db, at_home)
        weighed = _weigh(tracks, groups, heard, at_home, gains_db, mended, prior, weights)
        weighed[at_home] = right_as_one(among)
    rows = np.tile(_NOTHING, (len(tracks.roles), 1))
    for group, each in zip(groups, weighed, strict=True):
        for row, stem in enumerate(group):
            if stem != tracks.anchor:
                rows[stem] = added(mended[stem], each.together) if stem in mended else each.total[row]
    return rows, heard


def _weigh(
    tracks: Tracks,
    groups: list[list[int]],
    heard: GainPosterior,
    anchored: int | None,
    gains_db: Gains,
    mended: Collection[int],
    prior: TracksPrior,
    weights: Weights,
) -> list[Weighed]:
    """What is believed of each group's stems, given what was heard of the groups at some gains."""
    share = weights.share * len(groups) / sum(map(len, groups))
    beliefs = heard.probability.double().cpu().numpy()
    weighed = []
    for at, (group, belief) in enumerate(zip(groups, beliefs, strict=True)):
        alone = len(group) == 1
        told = Group(
            tuple(tracks.kinds[stem] for stem in group),
            tracks.level_lufs[group] + gains_db[group],
            tracks.power[group] * 10 ** (gains_db[group] / 10),
            tuple(alone or stem in mended or stem == tracks.anchor for stem in group),
        )
        whole = share if alone else weights.whole
        if len(groups) == 1:  # beside nothing else it is neither loud nor quiet
            belief, whole = flaw_prior(CONSOLE_SHARE), 0.0
        own = np.tile(_NOTHING, (len(group), 1))
        one = right_as_one(own) if at == anchored else weigh(told, belief, prior, share, weights.trust, whole)
        weighed.append(one)
    return weighed


def _likeliest(groups: list[list[int]], weighed: list[Weighed]) -> tuple[int, Belief] | None:
    """The stem that is likeliest to be off within its group, with what is believed of it; None if none is likely."""
    own = {
        stem: row
        for group, each in zip(groups, weighed, strict=True)
        for stem, row in zip(group, each.own, strict=True)
    }
    stem = min(own, key=lambda stem: own[stem][ZERO_BIN])
    return (stem, own[stem]) if 1 - own[stem][ZERO_BIN] > ENOUGH else None


def _size_db(own: Belief) -> float:
    """The median of a correction, given that there is one."""
    off = own.copy()
    off[ZERO_BIN] = 0.0
    return float(quantile_db(torch.from_numpy(off / off.sum())[None], 0.5)[0])


def summed(units: Song, roles: Sequence[Role], factors: Float[Tensor, " stem"]) -> Song:
    """A song of one stem for each of the roles, the sum of its stems with factors on them."""
    members = [[i for i, of in enumerate(units.roles) if of is role] for role in roles]
    rows = torch.stack([torch.where(torch.tensor([of is role for of in units.roles]), factors, 0.0) for role in roles])
    sound: Any = units.sound.mixed(rows)
    names = tuple(units.names[of[0]] for of in members)
    return Song(sound, names, units.sample_rate, roles=tuple(roles), title=units.title)


def first_heard(units: Song) -> Song:
    """What `listen_grouped` hears first of a song, if all of it sounds.

    Args:
        units: the song, as `joined` gives it.
    """
    roles = [role for role in Role if role in units.roles]
    return units if len(roles) == len(units.roles) else summed(units, roles, torch.ones(len(units.roles)))


_NOTHING = np.eye(N_BINS)[ZERO_BIN]
