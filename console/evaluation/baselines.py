"""What to beat: answers that need no training, in the console's own form.

Each maps what may be `Heard` to log-probabilities "batch stem bin" over `BINS_DB`, as `Console.forward` does; the
anchor and silent stems have all their mass at 0 dB.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from console.balance import BalancePrior
from console.balance.usual import untold
from console.evaluation.protocol import NAMED
from console.flaws import FLAWED, RANGE_DB
from console.network.features import LOUDEST_LEVEL, MEAN_LEVEL, OF_SECONDS, QUANTILES, SCALE_DB, Features
from console.network.posterior import IMPOSSIBLE, N_BINS, STEP_DB, ZERO_BIN, bin_of
from console.read.roles import Role

WEIGHTED_LEVEL = OF_SECONDS + len(QUANTILES)  # where the levels hold the K-weighted mean
NO_ERROR_SHARE = 0.2  # of the protocol's items
TOLD_OTHER = "Gaussian Bayes, told that other is never flawed"
TOLD_BOTH = "Gaussian Bayes, told what is usual and that other is never flawed"
GRID_DB = STEP_DB / 4  # flaws that are weighed: the middles of such cells, none of which straddles two bins


class Heard(NamedTuple):
    """What a baseline may know of one window each, or of a song. Levels are in dB against the mix; of several windows
    the mean of those in which the stem sounds.

    Args:
        mean_db: mean level.
        loudest_db: level of the two loudest seconds.
        weighted_db: K-weighted mean level.
        role: index into `Role`.
        anchor, free: the stem whose level is right; those that sound and are not it.
        told: stems whose sound is heard; of the others, levels mean nothing.
        correction_db: the truth, for the oracle only.
        windows: in how many of them the stem sounds.
        usual_db, spread_db: what is told to be usual, as `Usual.of` has it; a spread of 0 where nothing is.
    """

    mean_db: Float[Tensor, "batch stem"]
    loudest_db: Float[Tensor, "batch stem"]
    weighted_db: Float[Tensor, "batch stem"]
    role: Int[Tensor, "batch stem"]
    anchor: Bool[Tensor, "batch stem"]
    free: Bool[Tensor, "batch stem"]
    told: Bool[Tensor, "batch stem"]
    correction_db: Float[Tensor, "batch stem"]
    windows: Int[Tensor, "batch stem"]
    usual_db: Float[Tensor, "batch stem"]
    spread_db: Float[Tensor, "batch stem"]

    @classmethod
    def of(
        cls,
        features: Features,
        role: Int[Tensor, "batch stem"],
        anchor: Bool[Tensor, "batch stem"],
        free: Bool[Tensor, "batch stem"],
        flaw_db: Float[Tensor, "batch stem"],
    ) -> "Heard":
        """From the features of one window each, "batch source ...", and what is true of it."""
        one = Features(*(part[:, None] for part in features))
        return cls.of_windows(
            one, role, anchor, free, flaw_db, untold(role.shape[1]).to(flaw_db).expand(len(role), -1, -1)
        )

    @classmethod
    def of_windows(
        cls,
        features: Features,
        role: Int[Tensor, "batch stem"],
        anchor: Bool[Tensor, "batch stem"],
        free: Bool[Tensor, "batch stem"],
        flaw_db: Float[Tensor, "batch stem"],
        usual: Float[Tensor, "batch stem 2"],
    ) -> "Heard":
        """From the features of some windows each, "batch window source ...", and what is true of them."""
        sounds = features.present[:, :, :-1]
        windows = sounds.sum(1)
        summed = (features.levels[:, :, :-1] * sounds[..., None]).sum(1) * SCALE_DB
        levels_db = summed / windows.clamp_min(1)[..., None]
        told = sounds.any(1) & (anchor | free)
        mean_db, loudest_db, weighted_db = (levels_db[..., at] for at in (MEAN_LEVEL, LOUDEST_LEVEL, WEIGHTED_LEVEL))
        rest = (role, anchor, free, told, -flaw_db, windows, *usual.unbind(-1))
        return cls(mean_db, loudest_db, weighted_db, *rest)


Baseline = Callable[[Heard], Tensor]


def do_nothing(heard: Heard) -> Float[Tensor, "batch stem bin"]:
    """Nothing is ever wrong."""
    return _certain(torch.zeros_like(heard.mean_db))


def oracle(heard: Heard) -> Float[Tensor, "batch stem bin"]:
    """The truth, to the nearest bin."""
    return _certain(heard.correction_db)


def equal_loudness(heard: Heard) -> Float[Tensor, "batch stem bin"]:
    """All stems as loud as the anchor, or without one as they are on average (K-weighted level, mean of the dB)."""
    judges = torch.where(heard.anchor.any(-1, keepdim=True), heard.anchor, heard.free) & heard.told
    target_db = (heard.weighted_db * judges).sum(-1, keepdim=True) / judges.sum(-1, keepdim=True).clamp_min(1)
    moves = heard.free & heard.told & judges.any(-1, keepdim=True)
    return _certain(torch.where(moves, target_db - heard.weighted_db, 0.0))


@dataclass(frozen=True, eq=False)
class GaussianBayes:
    """What the stems' levels alone tell of a single flaw, when levels are normally distributed over songs.

    Nothing is wrong, or one stem that is free to be is off by some dB of the protocol's four flawed categories. The
    level of all stems together is unknown, so only what the levels say relative to each other counts.

    Args:
        level: which levels are read of `Heard`, in dB against the mix.
        mean_db, covariance_db2: of the four roles' levels in balanced songs.
        chunk_covariance_db2: of a chunk about its song; of several the less.
        no_error_share: how often nothing is wrong.
        targets: roles that may be flawed.
        told_usual: whether it goes by what is told to be usual, where that is.
    """

    level: Callable[[Heard], Tensor]
    mean_db: Float[Tensor, " role"]
    covariance_db2: Float[Tensor, "role role"]
    chunk_covariance_db2: Float[Tensor, "role role"] | None = None
    no_error_share: float = NO_ERROR_SHARE
    targets: tuple[Role, ...] = tuple(Role)
    told_usual: bool = False

    def __call__(self, heard: Heard) -> Float[Tensor, "batch stem bin"]:
        """Each stem's marginal of the posterior over all hypotheses."""
        targets = torch.tensor([role in self.targets for role in Role])
        at_stake = heard.free & targets.to(heard.role.device)[heard.role]
        precision, mean_db = self._expected(heard)
        off_db = (self.level(heard).double() - mean_db).masked_fill(~heard.told, 0.0)
        # A flaw of g dB on stem s takes g e_s off what is unexplained: its log-likelihood, against no flaw.
        pull = (precision @ off_db[..., None]).squeeze(-1)[..., None]
        weight = precision.diagonal(dim1=-2, dim2=-1)[..., None]
        grid_db, log_share = _flaws(off_db)
        log_flawed = grid_db * (pull - grid_db * weight / 2) + log_share  # "batch stem grid"
        log_flawed = log_flawed - at_stake.sum(-1).clamp_min(1).log()[:, None, None]
        log_flawed = log_flawed + math.log(1 - self.no_error_share)
        log_flawed = log_flawed.masked_fill(~at_stake[..., None], -math.inf)
        log_nothing = torch.full_like(log_flawed[:, 0, :1], math.log(self.no_error_share))
        total = torch.cat([log_nothing, log_flawed.flatten(1)], dim=1).logsumexp(-1)
        flawed = (log_flawed - total[:, None, None]).exp()
        probability = flawed.new_zeros(*flawed.shape[:2], N_BINS).index_add_(-1, bin_of(-grid_db), flawed)
        probability[..., ZERO_BIN] = (1 - flawed.sum(-1)).clamp_min(0)
        return probability.log().clamp_min(IMPOSSIBLE).float()

    def _expected(self, heard: Heard) -> tuple[Float[Tensor, "batch stem stem"], Float[Tensor, "batch stem"]]:
        """Precision of the levels relative to each other (0 for stems that are not told), and their mean in dB.

        Stems that share a role split its energy, and differ from each other by as much again as the role varies.
        """
        role, told = heard.role, heard.told
        same = (role[:, :, None] == role[:, None, :]) & told[:, None, :]
        sharing = same.sum(-1).clamp_min(1)
        mean_db, covariance = self.mean_db.to(role.device, torch.float64)[role], self._of(self.covariance_db2, role)
        if self.told_usual:
            usual_db, spread_db = heard.usual_db.double(), heard.spread_db.double()
            known = told & (spread_db > 0)
            # What is usual is told but for a level common to all.
            off_db = ((mean_db - usual_db) * known).sum(-1, keepdim=True) / known.sum(-1, keepdim=True).clamp_min(1)
            mean_db = torch.where(known, usual_db + off_db, mean_db)
            alike = (role[:, :, None] == role[:, None, :]).double()  # stems of a role are told of one level
            by_role = alike * spread_db[:, :, None] * spread_db[:, None, :]
            covariance = torch.where(known[:, :, None] | known[:, None, :], by_role, covariance)
        if self.chunk_covariance_db2 is not None:
            of_mean = heard.windows.clamp_min(1).double().rsqrt()
            chunks = self._of(self.chunk_covariance_db2, role)
            covariance = covariance + chunks * of_mean[:, :, None] * of_mean[:, None, :]
        mean_db = mean_db - 10 * sharing.log10()
        alone = covariance.diagonal(dim1=-2, dim2=-1) * (sharing > 1)
        covariance = covariance + torch.diag_embed(alone)
        # Stems that are not told vary by themselves while the matrix is inverted, and are then cut out.
        both = told[:, :, None] & told[:, None, :]
        eye = torch.eye(role.shape[1], dtype=torch.float64, device=role.device)
        precision = torch.linalg.inv(torch.where(both, covariance, eye)) * both
        # Project out the common level.
        row = precision.sum(-1)
        common = row.sum(-1)[:, None, None].clamp_min(1e-12)
        return precision - row[:, :, None] * row[:, None, :] / common, mean_db

    @staticmethod
    def _of(
        covariance_db2: Float[Tensor, "role role"], role: Int[Tensor, "batch stem"]
    ) -> Float[Tensor, "batch stem stem"]:
        return covariance_db2.to(role.device, torch.float64)[role[:, :, None], role[:, None, :]]


def _flaws(like: Tensor) -> tuple[Float[Tensor, " grid"], Float[Tensor, " grid"]]:
    """A fine grid over the flawed categories in dB, and the log of each flaw's share among flaws."""
    grid_db, log_share = [], []
    for category in FLAWED:
        low_db, high_db = RANGE_DB[category]
        cells = round((high_db - low_db) / GRID_DB)
        grid_db.append(low_db + GRID_DB * (torch.arange(cells) + 0.5))
        log_share.append(torch.full((cells,), -math.log(cells * len(FLAWED))))
    return torch.cat(grid_db).to(like), torch.cat(log_share).to(like)


def _certain(correction_db: Float[Tensor, "batch stem"]) -> Float[Tensor, "batch stem bin"]:
    told = torch.nn.functional.one_hot(bin_of(correction_db), N_BINS)
    return torch.where(told.bool(), 0.0, IMPOSSIBLE)


@lru_cache
def bayes_on_mean() -> GaussianBayes:
    """Gaussian Bayes on mean levels, with the balance prior's figures."""
    prior = BalancePrior.load()
    return GaussianBayes(
        lambda heard: heard.mean_db,
        torch.tensor(prior.mean_level_db),
        torch.tensor(prior.mean_level_covariance_db2),
        torch.tensor(prior.mean_level_chunk_covariance_db2),
    )


@lru_cache
def bayes_on_loudest() -> GaussianBayes:
    """Gaussian Bayes on the levels of the two loudest seconds, with the balance prior's figures."""
    prior = BalancePrior.load()
    return GaussianBayes(
        lambda heard: heard.loudest_db,
        torch.tensor(prior.mean_db),
        torch.tensor(prior.covariance_db2),
        torch.tensor(prior.chunk_covariance_db2),
    )


BASELINES: dict[str, Baseline] = {
    "do nothing": do_nothing,
    "equal loudness": equal_loudness,
    "Gaussian Bayes, mean levels": lambda heard: bayes_on_mean()(heard),
    "Gaussian Bayes, loudest seconds": lambda heard: bayes_on_loudest()(heard),
    TOLD_OTHER: lambda heard: replace(bayes_on_loudest(), targets=NAMED)(heard),
    "oracle": oracle,
}
# Asked where it is told what is usual; the second knows all that levels can tell in the published protocol.
TOLD: dict[str, Baseline] = {
    "Gaussian Bayes, told what is usual": lambda heard: replace(bayes_on_loudest(), told_usual=True)(heard),
    TOLD_BOTH: lambda heard: replace(bayes_on_loudest(), told_usual=True, targets=NAMED)(heard),
}
