"""The single answer, the metrics and the figures, on posteriors made by hand."""

import math

import pytest
import torch
from figured import summaries_of

from console.evaluation.answer import answer, answer_by_median
from console.evaluation.figures.bootstrap import Figure
from console.evaluation.figures.summary import Summary
from console.evaluation.metrics import CorrectionMetrics, right
from console.network.posterior import BINS_DB, N_BINS, bin_of

FREE = torch.tensor([[False, True, True, True]])


def certain(correction_db: torch.Tensor) -> torch.Tensor:
    return (torch.nn.functional.one_hot(bin_of(correction_db), N_BINS) * 50.0).log_softmax(-1)


def believing(*stems: dict[float, float]) -> torch.Tensor:
    """One mix's posterior from each stem's {correction_db: probability}, the rest at 0 dB."""
    probability = torch.zeros(1, len(stems), N_BINS)
    for stem, masses in enumerate(stems):
        for correction_db, mass in {0.0: 1 - sum(masses.values()), **masses}.items():
            probability[0, stem, bin_of(torch.tensor(correction_db))] = mass
    return probability.log().clamp_min(-1e4)


def told(metrics: CorrectionMetrics) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.compute().items()}


def summaries(log_probability, correction_db, free=None, song=None) -> list[Summary]:
    """The first stem is the anchor."""
    count, stems = correction_db.shape
    anchor = torch.zeros(count, stems, dtype=torch.bool)
    anchor[:, 0] = True
    free, song = ~anchor if free is None else free, torch.arange(count) if song is None else song
    role = torch.arange(stems).expand(count, -1)
    return summaries_of(log_probability, correction_db, free, anchor, role, song)


def measured(*rows, **options) -> dict[str, Figure]:
    return summaries(*rows, **options)[0].figures


@pytest.mark.parametrize(
    ("stems", "stem", "advised_db"),
    [
        (({}, {}, {}, {}), -1, 0.0),
        (({}, {}, {-6.0: 0.9}, {}), 2, -6.0),
        (({}, {4.0: 0.4}, {-6.0: 0.45}, {}), 2, -6.0),  # both medians are 0, but something is wrong
        (({}, {4.0: 0.3, -4.0: 0.3}, {}, {5.0: 0.35}), 3, 5.0),  # a stem that may be either is no answer
        (({}, {4.0: 0.1}, {-6.0: 0.1}, {5.0: 0.1}), -1, 0.0),
        (({}, {1.0: 1.0}, {}, {}), -1, 0.0),  # nearer to nothing than to a flaw
        (({9.0: 1.0}, {}, {}, {}), -1, 0.0),  # not free
        (({}, {3.0: 1.0}, {-9.0: 1.0}, {5.0: 1.0}), 2, -9.0),  # sure of several: the most wrong
        (({}, {}, {3.0: 0.2, 5.0: 0.3, 12.0: 0.2, -3.0: 0.1}, {}), 2, 5.0),  # the median of its side
    ],
)
def test_the_answer_is_the_likeliest_of_nothing_and_each_stem_and_direction(stems, stem, advised_db):
    said = answer(believing(*stems), FREE)
    assert said.stem.tolist() == [stem]
    assert said.advised_db.tolist() == [pytest.approx(advised_db, abs=0.26)]


def test_the_answer_by_median_waits_for_half_of_the_mass():
    unsure = believing({}, {4.0: 0.4}, {-6.0: 0.45}, {})
    assert answer_by_median(unsure, FREE).stem.tolist() == [-1]
    sure = believing({20.0: 1.0}, {4.0: 0.6}, {-6.0: 0.9}, {0.5: 1.0})
    assert answer_by_median(sure, FREE).stem.tolist() == [2]


def test_an_answer_can_be_told_which_stems_can_be_flawed():
    unsure = believing({}, {4.0: 0.45}, {}, {-6.0: 0.5})
    assert answer(unsure, FREE).stem.tolist() == [3]
    assert answer(unsure, FREE, FREE & torch.tensor([True, True, True, False])).stem.tolist() == [1]


def test_the_answer_beats_the_medians_on_beliefs_that_are_right():
    """Truths drawn from single-flaw beliefs of all degrees of certainty."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.rand(4000, 7, generator=generator).log().neg().pow(2)  # nothing, then three stems by two directions
    share = weight / weight.sum(-1, keepdim=True)
    drawn = torch.multinomial(share, 1, generator=generator)[:, 0]
    probability, correction_db = torch.zeros(4000, 4, N_BINS), torch.zeros(4000, 4)
    for event in range(1, 7):
        stem, at_db = 1 + (event - 1) // 2, 6.0 if event % 2 else -6.0
        probability[:, stem, bin_of(torch.tensor(at_db))] = share[:, event]
        correction_db[drawn == event, stem] = at_db
    probability[..., bin_of(torch.tensor(0.0))] = 1 - probability.sum(-1)
    log_probability, free = probability.clamp_min(0).log().clamp_min(-1e4), FREE.expand(4000, -1)
    best = float(share.max(-1).values.mean())
    by_answer = right(answer(log_probability, free, independent=0.0), correction_db).float().mean()
    by_default = right(answer(log_probability, free), correction_db).float().mean()
    by_median = right(answer_by_median(log_probability, free), correction_db).float().mean()
    assert float(by_answer) == pytest.approx(best, abs=0.03)
    assert by_default == pytest.approx(float(by_answer), abs=0.01)
    assert by_default > by_median + 0.05


@pytest.mark.parametrize(
    ("said_db", "correction_db", "is_right"),
    [
        ([0.0, -6.0, 2.0], [0.0, -4.0, 0.0], True),  # stem and direction
        ([0.0, 6.0, 0.0], [0.0, -4.0, 0.0], False),  # direction
        ([0.0, 0.0, -5.0], [0.0, -4.0, 0.0], False),  # stem
        ([0.0, 0.5, -0.5], [0.0, 0.0, 0.0], True),  # nothing that anybody hears
        ([0.0, 2.0, 0.0], [0.0, 0.0, 0.0], False),
        ([0.0, 0.5, 0.0], [0.0, 4.0, 0.0], False),  # too little to count as advice
    ],
)
@pytest.mark.parametrize("rule", [answer, answer_by_median])
def test_right_is_stem_and_direction_or_rightly_nothing(said_db, correction_db, is_right, rule):
    said = rule(certain(torch.tensor([said_db])), torch.ones(1, 3, dtype=torch.bool))
    assert right(said, torch.tensor([correction_db])).tolist() == [is_right]


def test_metrics_of_the_truth_and_of_doing_nothing():
    correction_db = torch.tensor([[0.0, 6.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    free = FREE.expand(2, -1)
    truth, nothing = CorrectionMetrics(), CorrectionMetrics()
    truth.update(certain(correction_db), correction_db, free)
    nothing.update(certain(torch.zeros(2, 4)), correction_db, free)
    assert told(truth) == pytest.approx({"joint": 1.0, "mae_db": 0.0, "coverage": 1.0}, abs=0.01)
    assert told(nothing) == pytest.approx({"joint": 0.5, "mae_db": 1.0, "coverage": 5 / 6}, abs=0.01)


def test_metrics_accumulate_over_batches_of_any_number_of_stems():
    whole, parts = CorrectionMetrics(), CorrectionMetrics()
    scores = torch.randn(6, 3, N_BINS, generator=torch.Generator().manual_seed(0)).log_softmax(-1)
    correction_db = torch.tensor([[0.0, 3.0, 0.0]] * 6)
    free = torch.tensor([[False, True, True]] * 6)
    whole.update(scores, correction_db, free)
    parts.update(scores[:2], correction_db[:2], free[:2])
    pad = torch.nn.functional.pad
    parts.update(pad(scores[2:], (0, 0, 0, 1)), *(pad(part[2:], (0, 1)) for part in (correction_db, free)))
    assert told(parts) == pytest.approx(told(whole), nan_ok=True)


def test_stem_direction_and_severity_are_judged_by_themselves():
    correction_db = torch.tensor([[0.0, 4.0, 0.0, 0.0]] * 4)
    said_db = torch.tensor([[0.0, 4.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0], [0.0, -9.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    figures = measured(certain(said_db), correction_db)
    assert {name: figures[name].value for name in ("joint", "stem", "direction", "severity")} == {
        "joint": 0.25,
        "stem": 0.5,
        "direction": 0.5,
        "severity": 0.5,
    }
    assert math.isnan(figures["no_error"].value)


def test_what_is_said_of_unflawed_mixes():
    said_db = torch.tensor([[0.0, 6.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    figures = measured(certain(said_db), torch.zeros(2, 4))
    assert figures["no_error"].value == 0.5
    assert figures["unflawed_advised_db"].value == pytest.approx(3.0, abs=0.01)
    assert figures["unflawed_median_db"].value == pytest.approx(1.0, abs=0.01)


def test_several_flaws_count_in_error_and_coverage_only():
    correction_db = torch.tensor([[0.0, 6.0, -4.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
    whole, *groups = summaries(certain(torch.zeros(3, 4)), correction_db)
    figures = whole.figures
    assert figures["joint"].value == 0.5  # of the second and the third
    assert figures["mae_db"].value == pytest.approx(11 / 9, abs=0.01)
    assert figures["coverage"].value == pytest.approx(6 / 9)
    by_group = {(summary.group, summary.member): summary.figures for summary in groups}
    assert by_group["category", "no_error"]["mae_db"].value == pytest.approx(0, abs=0.01)
    assert {member for group, member in by_group if group == "category"} == {"no_error"}
    assert by_group["anchor", "vocals"]["mae_db"].value == figures["mae_db"].value
    assert {member for group, member in by_group if group == "target"} == {"bass"}


def test_ranges_cover_as_often_as_they_say():
    generator = torch.Generator().manual_seed(0)
    logits = -0.5 * ((BINS_DB - 9) / 3).square()
    correction_db = BINS_DB[torch.multinomial(logits.softmax(-1), 4_000, replacement=True, generator=generator)]
    correction_db = (correction_db + torch.rand(4_000, generator=generator) / 2 - 0.25).reshape(-1, 1)
    correction_db = torch.cat([torch.zeros_like(correction_db), correction_db], dim=1)
    figures = measured(logits.log_softmax(-1).expand(4_000, 2, -1), correction_db, song=torch.zeros(4_000).long())
    assert figures["coverage"].value == pytest.approx(0.8, abs=0.03)
    assert figures["range_db"].value == pytest.approx(2 * 1.2816 * 3, rel=0.02)


def test_intervals_are_over_songs_and_hold_the_truth():
    """Every song is all right or all wrong: more examples of a song tell nothing more, more songs do."""
    generator = torch.Generator().manual_seed(0)

    def joint(songs: int, examples: int) -> Figure:
        good = (torch.rand(songs, generator=generator) < 0.7).float().repeat_interleave(examples)
        correction_db = torch.tensor([[0.0, 6.0]]).expand(len(good), -1)
        said_db = correction_db * good[:, None]
        return measured(certain(said_db), correction_db, song=torch.arange(songs).repeat_interleave(examples))["joint"]

    few, more = joint(50, 20), joint(200, 1)
    assert few.high - few.low == pytest.approx(2 * 1.96 * math.sqrt(0.21 / 50), rel=0.15)
    assert more.high - more.low == pytest.approx(2 * 1.96 * math.sqrt(0.21 / 200), rel=0.15)
    held = [figure.low <= 0.7 <= figure.high for figure in (joint(50, 1) for _ in range(24))]
    assert sum(held) / len(held) > 0.85


def test_figures_are_the_same_every_time():
    scores = torch.randn(40, 4, N_BINS, generator=torch.Generator().manual_seed(0)).log_softmax(-1)
    correction_db = torch.tensor([[0.0, 6.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]).repeat(20, 1)
    song = torch.arange(40) // 4
    once, again = (measured(scores, correction_db, song=song) for _ in range(2))
    assert {k: v for k, v in once.items() if v.value == v.value} == {
        k: v for k, v in again.items() if v.value == v.value
    }
    order = torch.randperm(40, generator=torch.Generator().manual_seed(1))
    shuffled = measured(scores[order], correction_db[order], song=song[order])
    assert shuffled["joint"] == once["joint"]
    assert shuffled["mae_db"] == pytest.approx(once["mae_db"])
