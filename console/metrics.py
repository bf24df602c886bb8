"""How good the corrections are, over the free stems of many examples."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torchmetrics import Metric

from console.posterior import quantile_db

AUDIBLE_DB = 1.0  # a smaller correction counts as leaving the stem alone


class CorrectionMetrics(Metric):
    """Joint accuracy, mean absolute error of the median, and coverage of the 80 % range.

    Joint: the stem with the largest correction is the flawed one and the direction is right, or nothing of 1 dB or
    more is advised where nothing is wrong. It counts examples with at most one flawed stem.
    """

    full_state_update = False
    right: Tensor
    single: Tensor
    error_db: Tensor
    covered: Tensor
    stems: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name in ("right", "single", "error_db", "covered", "stems"):
            self.add_state(name, torch.tensor(0.0), dist_reduce_fx="sum")

    def update(
        self,
        log_probability: Float[Tensor, "batch stem bin"],
        correction_db: Float[Tensor, "batch stem"],
        free: Bool[Tensor, "batch stem"],
    ) -> None:
        """Add examples: the posterior's log-probabilities, the true corrections in dB, and which stems are free."""
        probability = log_probability.exp()
        median_db = quantile_db(probability, 0.5)
        low_db, high_db = quantile_db(probability, 0.1), quantile_db(probability, 0.9)
        self.error_db += (median_db - correction_db).abs()[free].sum()
        self.covered += ((low_db <= correction_db) & (correction_db <= high_db))[free].sum()
        self.stems += free.sum()
        single = (correction_db != 0).sum(-1) <= 1
        self.right += joint(median_db, correction_db)[single].sum()
        self.single += single.sum()

    def compute(self) -> dict[str, Tensor]:
        """`joint` and `coverage` as shares, `mae_db` in dB."""
        return {
            "joint": (self.right / self.single.clamp_min(1)),
            "mae_db": (self.error_db / self.stems.clamp_min(1)),
            "coverage": (self.covered / self.stems.clamp_min(1)),
        }


def joint(median_db: Float[Tensor, "batch stem"], correction_db: Float[Tensor, "batch stem"]) -> Bool[Tensor, " batch"]:
    """Stem and direction both right, or nothing advised where nothing is wrong (at most one flawed stem each)."""
    stem = median_db.abs().argmax(-1, keepdim=True)
    advised_db = median_db.gather(-1, stem).squeeze(-1)
    advised_db = torch.where(advised_db.abs() >= AUDIBLE_DB, advised_db, 0.0)
    wanted_db = correction_db.gather(-1, stem).squeeze(-1)
    nothing = (advised_db == 0) & (correction_db == 0).all(-1)
    return nothing | ((advised_db != 0) & (advised_db.sign() == wanted_db.sign()))
