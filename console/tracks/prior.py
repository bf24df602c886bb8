"""How loud the stems of one role are beside each other, and how far engineers and songs differ in that.

A stem's level (integrated loudness) is its group's common level, which is not known, plus what its finer role usually
has, less a share of what several stems of one finer role have together (`crowding`), plus a departure with heavy tails.
`levels.yaml` holds the fitted figures and their source.

    python -m console.tracks.prior TRACKS.csv SOURCE       prints the figures fitted to a table of engineers' mixes

The table has a row a track: song, mix, track, type, subtype, channels, source_lufs, fader_db and pan.
"""

import csv
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml
from jaxtyping import Float
from numpy import ndarray

from console.read.vocabulary import FinerRole, Role, role_of

_F = FinerRole
SIDES_DB, SIDES_PAN = 3.0, 40.0  # two tracks of one kind are left and right where they differ by less, beyond this pan
LEAST = 15  # tracks from which a finer role has figures of its own
FREEDOM = 4.0
ROUNDS = 300
COMMON_DB = 30.0  # within which of the median of its levels a group's common level lies
USUAL_DB = (6.0, 4.0)  # scale of means and spreads, weakly believed before anything is seen

# A finer role that the table tells nothing of is taken for its next of kin, and where it has none, for its role.
_KIN = {
    _F.VOCAL_DOUBLE: _F.BACKING_VOCALS,
    _F.CHOIR: _F.BACKING_VOCALS,
    _F.SPEECH: _F.LEAD_VOCALS,
    _F.ROOM: _F.OVERHEADS,
    _F.GUITAR: _F.ELECTRIC_GUITAR,
    _F.PLUCKED: _F.ACOUSTIC_GUITAR,
    _F.PIANO: _F.KEYS,
    _F.ORGAN: _F.KEYS,
    _F.SYNTH: _F.KEYS,
}
# What the table calls them.
_KINDS: dict[tuple[str, str], Role | FinerRole] = {
    ("vocals", "lead"): _F.LEAD_VOCALS,
    ("vocals", "background"): _F.BACKING_VOCALS,
    ("drums", "kick"): _F.KICK,
    ("drums", "snare"): _F.SNARE,
    ("drums", "tom"): _F.TOMS,
    ("drums", "overhead"): _F.OVERHEADS,
    ("drums", "overheads"): _F.OVERHEADS,
    ("drums", "hi-hat"): _F.HI_HAT,
    ("drums", "ride"): _F.CYMBALS,
    ("drums", "crash"): _F.CYMBALS,
    ("drums", "tambourine"): _F.PERCUSSION,
    ("bass", "electric"): _F.BASS_GUITAR,
    ("guitars", "electric"): _F.ELECTRIC_GUITAR,
    ("guitars", "acoustic"): _F.ACOUSTIC_GUITAR,
    ("keys", "electric"): _F.KEYS,
    ("keys", "acoustic"): _F.PIANO,
}


class Track(NamedTuple):
    """One track of a mix: what it plays, and how loud it is (LUFS)."""

    kind: Role | FinerRole
    level_lufs: float


@dataclass(frozen=True)
class TracksPrior:
    """Fitted figures by finer role, and by role for the stems of that role whose finer role is not known.

    Args:
        mean_db: level against the group's common one.
        spread_db: scale of the departure from that, a Student distribution of `freedom` degrees.
        crowding: how much of the level of n stems of one finer role, 10 log10(n), each of them is lower.
        lean: by how much departures spread further below than above: the scales are spread * lean and spread / lean.
        source: where the figures come from.
    """

    mean_db: dict[str, float]
    spread_db: dict[str, float]
    crowding: float
    lean: float
    freedom: float
    source: str = ""

    @classmethod
    @lru_cache
    def load(cls) -> "TracksPrior":
        """The figures that ship with the project."""
        return cls(**yaml.safe_load(files("console.tracks").joinpath("levels.yaml").read_text()))

    def of(self, kinds: Sequence[Role | FinerRole]) -> tuple[Float[ndarray, " stem"], Float[ndarray, " stem"]]:
        """The usual level (dB against the group's common one) and spread (dB) of the stems of one group."""
        known = [_known(kind, self.mean_db) for kind in kinds]
        crowd_db = _crowd_db(kinds)
        mean_db = np.array([self.mean_db[each] for each in known]) - self.crowding * crowd_db
        return mean_db, np.array([self.spread_db[each] for each in known])


def _known(kind: Role | FinerRole, figures: Collection[str]) -> str:
    """By which name the figures of a kind are found."""
    while kind not in figures and kind in _KIN:
        kind = _KIN[kind]  # type: ignore[index]
    return str(kind if kind in figures else role_of(kind))


def _crowd_db(kinds: Sequence[Role | FinerRole]) -> Float[ndarray, " stem"]:
    """By how much all stems of each stem's kind together are louder than one of them."""
    count = Counter(kinds)
    return 10 * np.log10([count[kind] for kind in kinds])


def read_tracks(table: Path) -> dict[tuple[str, str], list[Track]]:
    """The tracks of every mix, by song and mix; left and right that are tracks apart are one."""
    mixes: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with open(table, newline="") as lines:
        for row in csv.DictReader(lines):
            mixes[row["song"], row["mix"]].append(row)
    return {mix: _tracks(rows) for mix, rows in mixes.items()}


def _tracks(rows: list[dict[str, str]]) -> list[Track]:
    tracks: list[Track] = []
    before: tuple[Track, float] | None = None  # a track that may be the left of the next one
    for row in rows:
        kind = _KINDS.get((row["type"], row["subtype"]), _role(row["type"]))
        track = Track(kind, float(row["source_lufs"]) + float(row["fader_db"]))
        pan = float(row["pan"]) if row["channels"] == "mono" and ";" not in row["pan"] else 0.0
        if before and before[0].kind is kind and _are_sides(*before, track, pan):
            tracks[-1] = Track(kind, _sum_db([before[0].level_lufs, track.level_lufs]))
            before = None
        else:
            tracks.append(track)
            before = (track, pan)
    return tracks


def _are_sides(left: Track, left_pan: float, right: Track, right_pan: float) -> bool:
    opposite = left_pan * right_pan < 0 and min(abs(left_pan), abs(right_pan)) >= SIDES_PAN
    return opposite and abs(left.level_lufs - right.level_lufs) < SIDES_DB


def _role(kind: str) -> Role:
    return Role(kind) if kind in list(Role) else Role.OTHER


def _sum_db(levels_db: Sequence[float]) -> float:
    return float(10 * np.log10(np.sum(10 ** (np.array(levels_db) / 10))))


def fit(mixes: Collection[Sequence[Track]], freedom: float = FREEDOM, source: str = "") -> TracksPrior:
    """Figures from the tracks of some mixes, such that the levels within their groups are likeliest."""
    found = [[track for track in mix if role_of(track.kind) is role] for mix in mixes for role in Role]
    groups = [group for group in found if len(group) > 1]  # one track alone tells nothing of levels within a group
    count = Counter(track.kind for group in groups for track in group)
    finer = [str(kind) for kind in FinerRole if count[kind] >= LEAST]
    mean_db, spread_db, crowding, lean = _likeliest(groups, [*map(str, Role), *finer], freedom)
    # A stem of which only the role is known may be any of that role.
    alone = [[Track(role_of(track.kind), track.level_lufs) for track in group] for group in groups]
    _, of_role, _, _ = _likeliest(alone, [*map(str, Role)], freedom)
    for role in Role:
        of_it = [_known(track.kind, finer) for group in groups for track in group if role_of(track.kind) is role]
        centre = float(np.mean([mean_db[name] for name in of_it])) if of_it else 0.0
        mean_db |= {name: mean_db[name] - centre for name in {*of_it}}
        mean_db[role], spread_db[role] = 0.0, of_role[role]
    return TracksPrior(
        mean_db={name: round(value, 2) for name, value in mean_db.items()},
        spread_db={name: round(value, 2) for name, value in spread_db.items()},
        crowding=round(crowding, 2),
        lean=round(lean, 2),
        freedom=freedom,
        source=source,
    )


def _likeliest(
    groups: Sequence[Sequence[Track]], names: Sequence[str], freedom: float
) -> tuple[dict[str, float], dict[str, float], float, float]:
    """Means, spreads, the crowding and the lean that make the levels likeliest, whatever a group's common level is."""
    import torch

    most = max(map(len, groups))
    level, crowd, kind, there = (np.zeros((len(groups), most)) for _ in range(4))
    for row, group in enumerate(groups):
        kinds = [track.kind for track in group]
        level[row, : len(group)] = [track.level_lufs for track in group]
        level[row, : len(group)] -= np.median(level[row, : len(group)])
        crowd[row, : len(group)] = _crowd_db(kinds)
        kind[row, : len(group)] = [names.index(_known(each, names)) for each in kinds]
        there[row, : len(group)] = 1
    levels, crowds, mask = torch.from_numpy(level), torch.from_numpy(crowd), torch.from_numpy(there)
    which = torch.from_numpy(kind).long()
    centre = torch.arange(-COMMON_DB, COMMON_DB + 1, dtype=torch.float64)[:, None, None]
    mean = torch.zeros(len(names), dtype=torch.float64, requires_grad=True)
    log_spread = torch.full((len(names),), USUAL_DB[1], dtype=torch.float64).log().requires_grad_()
    crowding = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    log_lean = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([mean, log_spread, crowding, log_lean], lr=0.1)
    for _ in range(ROUNDS):
        student = torch.distributions.StudentT(freedom)
        spread, lean = log_spread.exp()[which], log_lean.exp()
        left = (levels - mean[which] + crowding * crowds - centre) / spread
        likely = student.log_prob(torch.where(left < 0, left / lean, left * lean)) - torch.log(
            spread * (lean + 1 / lean) / 2
        )
        likelihood = (likely * mask).sum(-1).logsumexp(0).sum()
        # Weak beliefs, for what is seen seldom.
        odd = (mean / USUAL_DB[0]).square().sum() + ((log_spread - math.log(USUAL_DB[1])) / 0.5).square().sum()
        optimiser.zero_grad()
        (odd / 2 - likelihood).backward()
        optimiser.step()
    return (
        dict(zip(names, mean.tolist(), strict=True)),
        dict(zip(names, log_spread.exp().tolist(), strict=True)),
        float(crowding.detach()),
        float(log_lean.detach().exp()),
    )


if __name__ == "__main__":
    figures = fit(read_tracks(Path(sys.argv[1])).values(), source=" ".join(sys.argv[2:]))
    print(yaml.safe_dump(asdict(figures), sort_keys=False, allow_unicode=True, width=110), end="")
