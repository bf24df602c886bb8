"""The single answer that the published protocol judges: which stem is wrong, which way, or that nothing is."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from console.correct import AUDIBLE_DB
from console.flaws import RANGE_DB, Category
from console.network.posterior import BINS_DB, LIMIT_DB, quantile_db

NEARER_TO_FLAW_DB = RANGE_DB[Category.LOUD][0] / 2  # the smallest flaw is 3 dB: less than half of it is none
TIE = 1e-4  # decides only between stems that are equally likely


class Answer(NamedTuple):
    """One stem and its correction in dB, or stem -1 and 0 dB: nothing is wrong."""

    stem: Int[Tensor, " batch"]
    advised_db: Float[Tensor, " batch"]


def answer(
    log_probability: Float[Tensor, "batch stem bin"],
    free: Bool[Tensor, "batch stem"],
    may: Bool[Tensor, "batch stem"] | None = None,
    independent: float = 0.5,
) -> Answer:
    """The likeliest of: nothing is wrong; this free stem is too quiet; this free stem is too loud.

    The protocol asks for one answer and puts at most one flaw into a mix. The masses on either side of a stem's
    marginal are the probabilities that it needs less or more; that nothing is wrong is not in the marginals. If flaws
    exclude each other, it is what all those masses leave; if they come independently, the product of what each stem's
    leave. A threshold on the medians says nothing too often: with 0.4 on each of two stems and 0.2 on nothing, both
    medians are 0.

    Corrections under 1.5 dB, nearer to 0 than to the smallest flaw, count as none. The dB are the median on the
    chosen side.

    Args:
        free: stems that may be flawed for all the console knows.
        may: those that can be the answer, where more is known of the task; all free ones by default.
        independent: how much the posterior takes flaws to be independent, 0..1. 0 is exact for one that knows of at
            most one flaw (Gaussian Bayes); a console that was trained on many flaws too believes something between.
    """
    bins_db = BINS_DB.to(log_probability)
    may = free if may is None else free & may
    probability = log_probability.exp() * free[..., None]
    sides = torch.stack([bins_db < -NEARER_TO_FLAW_DB, bins_db > NEARER_TO_FLAW_DB]).to(probability)
    flawed = probability @ sides.T  # "batch stem side"
    of_stem = flawed.sum(-1)
    # Given that the stems that cannot be the answer are right. Both views are scaled by the chance of that.
    possible = (1 - (of_stem * ~may).sum(-1)).clamp_min(TIE)
    exclusive, alone = 1 - independent, independent * possible
    nothing = exclusive * (1 - of_stem.sum(-1)).clamp_min(0) + alone * (1 - of_stem * may).prod(-1)
    share = flawed * may[..., None] * (exclusive + alone)[:, None, None]
    # Several stems may be certain (of a baseline): then the one that is most wrong.
    size = (probability * sides.sum(0)) @ bins_db.abs() / LIMIT_DB
    best = (share * (1 + TIE * size[..., None])).flatten(1).argmax(-1)
    stem, side = best // 2, best % 2
    at = torch.arange(len(stem), device=stem.device)
    wrong = share[at, stem, side] > nothing
    chosen = probability[at, stem] * sides[side]
    return Answer(torch.where(wrong, stem, -1), torch.where(wrong, quantile_db(chosen, 0.5), 0.0))


def answer_by_median(log_probability: Float[Tensor, "batch stem bin"], free: Bool[Tensor, "batch stem"]) -> Answer:
    """The free stem whose median is largest, when that is 1 dB or more: what a correction of the mix would do most."""
    median_db = torch.where(free, quantile_db(log_probability.exp(), 0.5), 0.0)
    stem = median_db.abs().argmax(-1, keepdim=True)
    advised_db = median_db.gather(-1, stem).squeeze(-1)
    wrong = advised_db.abs() >= AUDIBLE_DB
    return Answer(torch.where(wrong, stem.squeeze(-1), -1), torch.where(wrong, advised_db, 0.0))
