"""What the console believes: for every stem a distribution over dB corrections."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

LIMIT_DB = 24.0
STEP_DB = 0.5
BINS_DB = torch.arange(-LIMIT_DB, LIMIT_DB + STEP_DB / 2, STEP_DB)
N_BINS = len(BINS_DB)
ZERO_BIN = N_BINS // 2
CERTAIN = 0.01  # less than this chance that a stem is off at all: no range
IMPOSSIBLE = -1e4  # a log-probability that exponentiates to exactly 0 and leaves no NaN


def bin_of(correction_db: Float[Tensor, "*shape"]) -> Int[Tensor, "*shape"]:
    """The bin nearest to each correction (dB); corrections beyond +-24 dB go to the outermost bins."""
    return ((correction_db.clamp(-LIMIT_DB, LIMIT_DB) + LIMIT_DB) / STEP_DB).round().long()


def quantile_db(probability: Float[Tensor, "*stems bin"], q: float) -> Float[Tensor, "*stems"]:
    """The q-quantile of each distribution, in dB.

    The bin at 0 is an atom (nothing to correct); inside the other bins the mass is spread evenly, so that a
    quantile moves smoothly with the probabilities.

    Raises: ValueError for a q outside 0..1.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {q}")
    below = probability.cumsum(-1)
    tiny = torch.finfo(probability.dtype).tiny
    level = (q * below[..., -1:]).clamp_min(tiny)  # the 0-quantile is where the mass begins
    at = torch.searchsorted(below.contiguous(), level).clamp_max(N_BINS - 1)
    mass = probability.gather(-1, at)
    into = (level - (below.gather(-1, at) - mass)) / mass.clamp_min(tiny)
    value = BINS_DB.to(probability)[at] + STEP_DB * (into.clamp(0, 1) - 0.5)
    return torch.where(at == ZERO_BIN, 0.0, value).squeeze(-1).clamp(-LIMIT_DB, LIMIT_DB)


def range_db(probability: Float[Tensor, "*stems bin"], level: float) -> tuple[Tensor, Tensor]:
    """Low and high end (dB, "*stems" each) of the range that holds a correction, where there is one, with `level`.

    That a stem may be right as it is counts for no more than all else together: of a stem that is probably right, the
    range still tells how far off it could be. It holds 0 wherever that is likelier than not.

    Raises: ValueError for a level outside 0..1.
    """
    if not 0 <= level <= 1:
        raise ValueError(f"a range holds the correction with a probability between 0 and 1, not {level}")
    at_zero = probability[..., ZERO_BIN]
    others = (probability.sum(-1) - at_zero).clamp_min(0)
    certain = others < CERTAIN
    capped = probability.clone()
    capped[..., ZERO_BIN] = torch.where(certain, at_zero, torch.minimum(at_zero, others))
    low_db, high_db = (quantile_db(capped, (1 + side * level) / 2) for side in (-1, 1))
    return torch.where(certain, 0.0, low_db), torch.where(certain, 0.0, high_db)


@dataclass(frozen=True, eq=False)
class GainPosterior:
    """The console's belief about each stem's correction: probabilities over `BINS_DB` (dB).

    Args:
        names: the stems, in the song's order.
        probability: rows that sum to 1; the anchor's row has all its mass at 0 dB.
        anchor: name of the stem whose level is taken as right, if one was given.
        silent: stems without sound: they get no advice, and their row has all its mass at 0 dB.
        embedding: what a console read the probabilities from, a row for each stem and last one for the mix.
        familiarity: how like anything that the console learnt the song is taken to be, 0..1; 1 where it was told
            sharply what is usual in it.
    """

    names: tuple[str, ...]
    probability: Float[Tensor, "stem bin"]
    anchor: str | None
    silent: Bool[Tensor, " stem"]
    embedding: Float[Tensor, "source width"] | None = None
    familiarity: float = 1.0

    @classmethod
    def certain(
        cls, names: Sequence[str], correction_db: Float[Tensor, " stem"], anchor: str | None = None
    ) -> "GainPosterior":
        """All mass on the given corrections (dB, rounded to the nearest bin); no stem is silent."""
        probability = torch.nn.functional.one_hot(bin_of(correction_db), N_BINS).float()
        return cls(tuple(names), probability, anchor, torch.zeros(len(names), dtype=torch.bool))

    @property
    def median_db(self) -> Float[Tensor, " stem"]:
        """The correction that minimises the expected absolute error, dB."""
        return quantile_db(self.probability, 0.5)

    @property
    def mean_db(self) -> Float[Tensor, " stem"]:
        """The expected correction, dB."""
        return self.probability @ BINS_DB.to(self.probability)

    @property
    def flaw_probability(self) -> Float[Tensor, " stem"]:
        """The mass away from 0 dB."""
        return (1 - self.probability[:, ZERO_BIN]).clamp(0, 1)

    def interval_db(self, level: float) -> tuple[Float[Tensor, " stem"], Float[Tensor, " stem"]]:
        """`range_db` of each stem."""
        return range_db(self.probability, level)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Float[Tensor, "draw stem"]:
        """`n` independent draws of every stem's correction, in dB, at the bins' centres."""
        return BINS_DB[torch.multinomial(self.probability, n, replacement=True, generator=generator)].T
