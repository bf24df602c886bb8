"""The two losses and the metrics."""

import math

import pytest
import torch

from console.losses import mix_loss, posterior_loss, spectral_loss
from console.metrics import CorrectionMetrics, joint
from console.posterior import N_BINS, ZERO_BIN, bin_of


def certain(correction_db: torch.Tensor) -> torch.Tensor:
    return (torch.nn.functional.one_hot(bin_of(correction_db), N_BINS) * 50.0).log_softmax(-1)


def test_the_posterior_loss_is_the_surprise_at_the_truth():
    uniform = torch.zeros(2, 3, N_BINS).log_softmax(-1)
    correction_db = torch.tensor([[0.0, 3.0, -6.0], [1.0, 0.0, 0.0]])
    free = torch.tensor([[True, True, False], [True, False, True]])
    assert float(posterior_loss(uniform, correction_db, free)) == pytest.approx(math.log(N_BINS), rel=1e-5)
    assert float(posterior_loss(certain(correction_db), correction_db, free)) == pytest.approx(0, abs=1e-4)


def test_stems_that_are_not_free_do_not_count():
    correction_db = torch.tensor([[0.0, 5.0]])
    wrong_anchor = certain(torch.tensor([[9.0, 5.0]]))
    assert float(posterior_loss(wrong_anchor, correction_db, torch.tensor([[False, True]]))) < 1e-3
    assert float(posterior_loss(wrong_anchor, correction_db, torch.tensor([[True, True]]))) > 10


def test_no_free_stem_is_no_loss():
    nothing = posterior_loss(torch.zeros(1, 2, N_BINS), torch.zeros(1, 2), torch.zeros(1, 2, dtype=torch.bool))
    assert float(nothing) == 0


def test_the_mix_loss_needs_no_labels_and_points_towards_the_reference():
    generator = torch.Generator().manual_seed(0)
    stems = torch.randn(1, 2, 2, 8192, generator=generator)
    flaw_db = torch.tensor([[6.0, 0.0]])
    flawed = stems * 10 ** (flaw_db / 20)[..., None, None]
    scores = torch.zeros(1, 2, N_BINS)
    scores[..., ZERO_BIN] = 3.0
    scores.requires_grad_()
    distance = spectral_loss()
    loss = mix_loss(scores.log_softmax(-1), flawed, stems.sum(1), distance)
    loss.backward()
    assert scores.grad[0, 0, :ZERO_BIN].mean() < scores.grad[0, 0, ZERO_BIN + 1 :].mean()  # down is the way
    right = mix_loss(certain(-flaw_db), flawed, stems.sum(1), distance)
    assert right < 0.1 * loss.detach()


@pytest.mark.parametrize(
    ("median_db", "correction_db", "right"),
    [
        ([0.0, -6.0, 1.0], [0.0, -4.0, 0.0], True),  # stem and direction
        ([0.0, 6.0, 0.0], [0.0, -4.0, 0.0], False),  # direction
        ([0.0, 0.0, -5.0], [0.0, -4.0, 0.0], False),  # stem
        ([0.0, 0.9, -0.5], [0.0, 0.0, 0.0], True),  # nothing that anybody hears
        ([0.0, 1.1, 0.0], [0.0, 0.0, 0.0], False),
        ([0.0, 0.9, 0.0], [0.0, 4.0, 0.0], False),  # too little to count as advice
    ],
)
def test_joint_is_stem_and_direction_or_rightly_nothing(median_db, correction_db, right):
    assert joint(torch.tensor([median_db]), torch.tensor([correction_db])).tolist() == [right]


def test_metrics_of_the_truth_and_of_doing_nothing():
    correction_db = torch.tensor([[0.0, 6.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    free = torch.tensor([[False, True, True, True]] * 2)
    truth, nothing = CorrectionMetrics(), CorrectionMetrics()
    truth.update(certain(correction_db), correction_db, free)
    nothing.update(certain(torch.zeros(2, 4)), correction_db, free)
    told = {name: float(value) for name, value in truth.compute().items()}
    silent = {name: float(value) for name, value in nothing.compute().items()}
    assert told == pytest.approx({"joint": 1.0, "mae_db": 0.0, "coverage": 1.0}, abs=0.01)
    assert silent == pytest.approx({"joint": 0.5, "mae_db": 1.0, "coverage": 5 / 6}, abs=0.01)


def test_metrics_accumulate_over_batches():
    whole, parts = CorrectionMetrics(), CorrectionMetrics()
    scores = torch.randn(6, 3, N_BINS, generator=torch.Generator().manual_seed(0)).log_softmax(-1)
    correction_db = torch.tensor([[0.0, 3.0, 0.0]] * 6)
    free = torch.ones(6, 3, dtype=torch.bool)
    whole.update(scores, correction_db, free)
    for part in (slice(0, 2), slice(2, 6)):
        parts.update(scores[part], correction_db[part], free[part])
    assert {k: float(v) for k, v in parts.compute().items()} == pytest.approx(
        {k: float(v) for k, v in whole.compute().items()}
    )
