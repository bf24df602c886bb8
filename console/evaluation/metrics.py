"""How good the posteriors are: a few shares while training, and how right the single answers are."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torchmetrics import Metric

from console.correct import RANGE_LEVEL
from console.evaluation.answer import Answer, answer, answer_by_median
from console.evaluation.protocol import NAMED
from console.flaws import MUCH_DB
from console.network.posterior import quantile_db, range_db
from console.read.roles import Role


def right(said: Answer, correction_db: Float[Tensor, "batch stem"]) -> Bool[Tensor, " batch"]:
    """Stem and direction both right, or nothing said where nothing is wrong (at most one flawed stem each)."""
    wanted_db = correction_db.gather(-1, said.stem.clamp_min(0)[:, None]).squeeze(-1)
    nothing = (said.stem < 0) & (correction_db == 0).all(-1)
    return nothing | ((said.stem >= 0) & (said.advised_db.sign() == wanted_db.sign()))


class CorrectionMetrics(Metric):
    """The three shares that training watches: joint accuracy, error of the median, coverage of the 80 % range.

    Joint counts examples with at most one flawed stem, judged by `answer`.
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
            self.add_state(name, torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")

    def update(
        self,
        log_probability: Float[Tensor, "batch stem bin"],
        correction_db: Float[Tensor, "batch stem"],
        free: Bool[Tensor, "batch stem"],
    ) -> None:
        """Add examples: the posterior's log-probabilities, the true corrections in dB, and which stems are free."""
        probability = log_probability.exp()
        low_db, high_db = range_db(probability, RANGE_LEVEL)
        self.error_db += ((quantile_db(probability, 0.5) - correction_db).abs() * free).sum()
        self.covered += ((low_db <= correction_db) & (correction_db <= high_db) & free).sum()
        self.stems += free.sum()
        single = (correction_db != 0).sum(-1) <= 1
        self.right += right(answer(log_probability, free), correction_db)[single].sum()
        self.single += single.sum()

    def compute(self) -> dict[str, Tensor]:
        """`joint` and `coverage` as shares, `mae_db` in dB."""
        return {
            "joint": (self.right / self.single.clamp_min(1)).float(),
            "mae_db": (self.error_db / self.stems.clamp_min(1)).float(),
            "coverage": (self.covered / self.stems.clamp_min(1)).float(),
        }


# Of each answer: what tells whether it is right, and of which examples it is judged.
ANSWERS: dict[str, tuple[str, str]] = {
    "joint": ("right", "single"),
    "joint_named": ("right_named", "single"),
    "joint_by_median": ("right_by_median", "single"),
    "stem": ("stem", "flawed"),
    "direction": ("direction", "flawed"),
    "severity": ("severity", "flawed"),
}


def judged(
    log_probability: Float[Tensor, "batch stem bin"],
    correction_db: Float[Tensor, "batch stem"],
    free: Bool[Tensor, "batch stem"],
    role: Int[Tensor, "batch stem"],
    independent: float = 0.5,
) -> dict[str, Bool[Tensor, " batch"]]:
    """How right the single answer is (`ANSWERS`), and whether an example has one flaw at most, or one.

    Args:
        log_probability: of the posterior.
        correction_db: the truth.
        free: stems that may be flawed.
        role: index into `Role`.
        independent: of `answer`; 0 for a posterior that knows of at most one flaw.
    """
    named = torch.tensor([member in NAMED for member in Role], device=role.device)[role]
    said = answer(log_probability, free, independent=independent)
    said_named = answer(log_probability, free, named, independent)
    flaws = (correction_db != 0).sum(-1)
    single, flawed = flaws <= 1, flaws == 1
    stem = correction_db.abs().argmax(-1)
    wanted_db = correction_db.gather(-1, stem[:, None]).squeeze(-1)
    spoke = said.stem >= 0
    much = said.advised_db.abs() >= MUCH_DB
    return {
        "right": right(said, correction_db),
        "right_named": right(said_named, correction_db),
        "right_by_median": right(answer_by_median(log_probability, free), correction_db),
        "single": single,
        "stem": said.stem == stem,
        "direction": spoke & (said.advised_db.sign() == wanted_db.sign()),
        "severity": spoke & (much == (wanted_db.abs() >= MUCH_DB)),
        "flawed": flawed,
    }
