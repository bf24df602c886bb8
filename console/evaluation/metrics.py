"""How good the posteriors are: a few shares while training, and the published protocol's figures with intervals."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat

from console.correct import RANGE_LEVEL
from console.evaluation.answer import Answer, answer, answer_by_median
from console.evaluation.bootstrap import Figure, ratios
from console.evaluation.protocol import NAMED
from console.flaws import RANGE_DB, Category, category_of
from console.posterior import quantile_db
from console.read.roles import Role

MUCH_DB = RANGE_DB[Category.VERY_LOUD][0]


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
        of_stems = _of_stems(log_probability.exp(), correction_db, free)
        self.error_db += of_stems["error_db"].sum()
        self.covered += of_stems["covered"].sum()
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


# Every figure is a ratio of two sums over examples: what is counted, and among what.
FIGURES: dict[str, tuple[str, str]] = {
    "joint": ("right", "single"),
    "joint_named": ("right_named", "single"),
    "joint_by_median": ("right_by_median", "single"),
    "stem": ("stem", "flawed"),
    "direction": ("direction", "flawed"),
    "severity": ("severity", "flawed"),
    "no_error": ("silent", "unflawed"),
    "no_error_by_median": ("silent_by_median", "unflawed"),
    "mae_db": ("error_db", "stems"),
    "coverage": ("covered", "stems"),
    "coverage_flawed": ("covered_flawed", "flawed_stems"),
    "range_db": ("width_db", "stems"),
    "unflawed_advised_db": ("advised_db", "unflawed"),
    "unflawed_median_db": ("moved_db", "unflawed_stems"),
}
BROKEN_DOWN = ("joint", "mae_db", "coverage")
SUMS = tuple(dict.fromkeys(name for pair in FIGURES.values() for name in pair))
GROUPS: dict[str, tuple[str, ...]] = {"category": tuple(Category), "target": tuple(Role), "anchor": tuple(Role)}


class ProtocolMetrics(Metric):
    """The figures of the evaluation protocol, over all examples and by category, target and anchor.

    One flaw, or none (the examples that count as single):
        joint: the single answer names stem and direction rightly, or says nothing of an unflawed mix. By `answer`.
        joint_named: the same, told that only vocals, drums and bass are ever flawed, as the protocol has it.
        joint_by_median, no_error_by_median: the same, when the largest median from 1 dB on is the answer.
        stem, direction, severity: among flawed mixes, each by itself: the stem that is named, the direction that is
            said, and whether the advice is under 6 dB or from there on, as the flaw is. Saying nothing is wrong.
        no_error: among unflawed mixes, nothing is said.
        unflawed_advised_db: mean |dB| that the answer advises for an unflawed mix.
    Any number of flaws, over the free stems:
        mae_db: mean error of the median. range_db: mean width of the 80 % range.
        coverage: how often that range holds the truth. Most stems are right as they are, and nearly all of these are
            covered, as the mass at 0 dB cannot be split: calibration shows in coverage_flawed, over the others.
        unflawed_median_db: mean |median| in unflawed mixes.

    Intervals are by bootstrap over songs, never over examples.

    Args:
        independent: of `answer`; 0 for a posterior that knows of at most one flaw.
    """

    full_state_update = False
    sums: list[Tensor]
    labels: list[Tensor]

    def __init__(self, independent: float = 0.5) -> None:
        super().__init__()
        self.independent = independent
        for name in ("sums", "labels"):
            self.add_state(name, [], dist_reduce_fx="cat")

    def update(
        self,
        log_probability: Float[Tensor, "batch stem bin"],
        correction_db: Float[Tensor, "batch stem"],
        free: Bool[Tensor, "batch stem"],
        anchor: Bool[Tensor, "batch stem"],
        role: Int[Tensor, "batch stem"],
        song: Int[Tensor, " batch"],
    ) -> None:
        """Add examples.

        Args:
            log_probability: of the posterior.
            correction_db: the truth.
            free, anchor: stems that may be flawed, and the one whose level is right (none may be).
            role: index into `Role`.
            song: which song an example is from.
        """
        told = counted(log_probability, correction_db, free, role, self.independent)
        self.sums.append(torch.stack([told[name].double() for name in SUMS], dim=-1))
        self.labels.append(torch.stack([song, *_groups(correction_db, anchor, role)], dim=-1))

    def compute(self) -> dict[str, Figure]:
        """Figures by name, and broken down by "category/loud/joint", "target/vocals/mae_db", "anchor/bass/coverage".

        Shares are 0..1. What no example tells is NaN, and its breakdown is left out. `items` and `songs` are counts.
        """
        sums, labels = dim_zero_cat(self.sums).cpu(), dim_zero_cat(self.labels).cpu()
        songs, song = labels[:, 0].unique(return_inverse=True)
        told = {
            "items": Figure(len(song), math.nan, math.nan),
            "songs": Figure(len(songs), math.nan, math.nan),
            **ratios(sums, song, len(songs), _columns(FIGURES)),
        }
        broken_down = _columns({name: FIGURES[name] for name in BROKEN_DOWN})
        for column, (group, members) in enumerate(GROUPS.items(), start=1):
            for index, member in enumerate(members):
                of = labels[:, column] == index
                if of.any():
                    figures = ratios(sums[of], song[of], len(songs), broken_down)
                    told |= {f"{group}/{member}/{name}": figure for name, figure in figures.items()}
        return told


def _of_stems(probability: Tensor, correction_db: Tensor, free: Tensor) -> dict[str, Float[Tensor, "batch stem"]]:
    """Of each free stem: error of the median, whether the range holds the truth, its width, size of the median."""
    median_db = quantile_db(probability, 0.5)
    low_db, high_db = (quantile_db(probability, (1 + side * RANGE_LEVEL) / 2) for side in (-1, 1))
    told = {
        "error_db": (median_db - correction_db).abs(),
        "covered": ((low_db <= correction_db) & (correction_db <= high_db)).to(median_db),
        "width_db": high_db - low_db,
        "moved_db": median_db.abs(),
    }
    return {name: value * free for name, value in told.items()}


def _one_of(role: Int[Tensor, "batch stem"], named: Sequence[Role]) -> Bool[Tensor, "batch stem"]:
    return torch.tensor([member in named for member in Role], device=role.device)[role]


def counted(
    log_probability: Float[Tensor, "batch stem bin"],
    correction_db: Float[Tensor, "batch stem"],
    free: Bool[Tensor, "batch stem"],
    role: Int[Tensor, "batch stem"],
    independent: float = 0.5,
) -> dict[str, Float[Tensor, " batch"] | Bool[Tensor, " batch"] | Int[Tensor, " batch"]]:
    """Every example's share in the sums (`SUMS`) that the figures are made of; as `ProtocolMetrics.update` takes it."""
    named = _one_of(role, NAMED)
    said = answer(log_probability, free, independent=independent)
    said_named = answer(log_probability, free, named, independent)
    by_median = answer_by_median(log_probability, free)
    stem_rows = _of_stems(log_probability.exp(), correction_db, free)
    stems = {name: value.sum(-1) for name, value in stem_rows.items()}
    flaws = (correction_db != 0).sum(-1)
    single, flawed, unflawed = flaws <= 1, flaws == 1, flaws == 0
    stem = correction_db.abs().argmax(-1)
    wanted_db = correction_db.gather(-1, stem[:, None]).squeeze(-1)
    spoke = said.stem >= 0
    much = said.advised_db.abs() >= MUCH_DB
    counts = {
        "right": single & right(said, correction_db),
        "right_named": single & right(said_named, correction_db),
        "right_by_median": single & right(by_median, correction_db),
        "single": single,
        "stem": flawed & (said.stem == stem),
        "direction": flawed & spoke & (said.advised_db.sign() == wanted_db.sign()),
        "severity": flawed & spoke & (much == (wanted_db.abs() >= MUCH_DB)),
        "flawed": flawed,
        "silent": unflawed & ~spoke,
        "silent_by_median": unflawed & (by_median.stem < 0),
        "unflawed": unflawed,
        "advised_db": said.advised_db.abs() * unflawed,
        "stems": free.sum(-1),
        "covered_flawed": (stem_rows["covered"] * (correction_db != 0)).sum(-1),
        "flawed_stems": (free & (correction_db != 0)).sum(-1),
        "unflawed_stems": free.sum(-1) * unflawed,
    }
    return {**stems, **counts, "moved_db": stems["moved_db"] * unflawed}


def _groups(correction_db: Tensor, anchor: Tensor, role: Tensor) -> list[Int[Tensor, " batch"]]:
    """Category, target's role and anchor's role of each example, as indices; -1 where it has none."""
    flaws = (correction_db != 0).sum(-1)
    stem = correction_db.abs().argmax(-1, keepdim=True)
    flaw_db = -correction_db.gather(-1, stem).squeeze(-1)
    members = list(Category)
    category = torch.tensor([members.index(category_of(flaw)) for flaw in flaw_db.tolist()]).to(role)
    small = category == members.index(Category.NO_ERROR)  # a flaw under 3 dB is of no category
    category = torch.where((flaws == 0) | ((flaws == 1) & ~small), category, -1)
    target = torch.where(flaws == 1, role.gather(-1, stem).squeeze(-1), -1)
    anchors = role.gather(-1, anchor.long().argmax(-1, keepdim=True)).squeeze(-1)
    return [category, target, torch.where(anchor.any(-1), anchors, -1)]


def _columns(figures: dict[str, tuple[str, str]]) -> dict[str, tuple[int, int]]:
    return {name: (SUMS.index(which), SUMS.index(among)) for name, (which, among) in figures.items()}
