"""Listeners against the console by paired bootstrap, and the one protocol of both commands."""

import json

import pytest
import torch
from evaluations import Noise, console, plan
from figured import asked_by_hand, rows_of
from lightning import Trainer

from console.data.module import ConsoleData
from console.evaluation.figures.bootstrap import Figure
from console.evaluation.figures.summary import by_song_of, summarise
from console.evaluation.figures.tables import AGAINST, number_tables
from console.evaluation.listeners import CONSOLE
from console.network.posterior import N_BINS, bin_of
from console.system import ConsoleSystem
from explainer.evaluation.run import run

SONGS, OF_ONE = 30, 12


def certain(correction_db: torch.Tensor) -> torch.Tensor:
    return (torch.nn.functional.one_hot(bin_of(correction_db), N_BINS) * 50.0).log_softmax(-1)


@pytest.fixture(scope="module")
def rows():
    """Songs of which some are hard for everybody; `better` is right a little more often in each, `lucky` by chance."""
    generator = torch.Generator().manual_seed(0)
    song = torch.arange(SONGS).repeat_interleave(OF_ONE)
    hard = torch.rand(SONGS, generator=generator)[song]
    luck = torch.rand(len(song), generator=generator)
    correction_db = torch.tensor([[0.0, 6.0, 0.0]]).repeat(len(song), 1)
    anchor = torch.tensor([[True, False, False]]).expand(len(song), -1)
    asked = asked_by_hand(correction_db, ~anchor, anchor, torch.arange(3).expand(len(song), -1))
    knows = {
        CONSOLE: luck < 0.8 * hard,
        "better": luck < 0.8 * hard + 0.15,
        "lucky": torch.rand(len(song), generator=generator) < 0.8 * hard,
    }
    return [
        row
        for name, right in knows.items()
        for row in rows_of(asked, certain(correction_db * right[:, None]), song, 0.5, name)
    ]


def whole(summaries):
    return {summary.listener: summary for summary in summaries if not summary.group}


def test_a_listener_that_is_clearly_better_is_and_one_that_is_lucky_is_not(rows):
    told = whole(summarise(rows))
    better, lucky = told["better"].more, told["lucky"].more
    assert better["joint"].low > 0
    assert better["mae_db"].high < 0
    assert better["coverage_flawed"].low > 0
    assert lucky["joint"].low < 0 < lucky["joint"].high
    for name in ("joint", "mae_db", "coverage"):
        plain = told["better"].figures[name].value - told[CONSOLE].figures[name].value
        assert better[name].value == pytest.approx(plain)


def test_a_pair_tells_more_than_two_intervals(rows):
    """Songs are hard for both, so that the difference is known better than either figure."""
    told = whole(summarise(rows))
    more, figures = told["better"].more["joint"], told["better"].figures["joint"]
    assert more.high - more.low < 0.6 * (figures.high - figures.low)


def test_the_console_differs_from_itself_by_nothing(rows):
    of = [row for row in rows if row["listener"] == CONSOLE]
    alone = summarise(of, by_song_of(of))[0]
    assert alone.more["joint"] == alone.more["mae_db"] == Figure(0, 0, 0)


def test_rows_of_one_listener_are_compared_as_those_of_all_are(rows):
    console = by_song_of(row for row in rows if row["listener"] == CONSOLE)
    (alone,) = whole(summarise([row for row in rows if row["listener"] == "better"], console)).values()
    assert alone.more == whole(summarise(rows))["better"].more
    assert not summarise([row for row in rows if row["listener"] == "better"])[0].more  # there is none to compare with


def test_one_song_has_a_difference_without_an_interval(rows):
    one = whole(summarise(row for row in rows if row["song"] == "00003"))["better"].more["joint"]
    assert one.value == one.value
    assert one.low != one.low


def test_the_tables_tell_it(rows):
    text = "\n".join(number_tables(summarise(rows), CONSOLE))
    part = text.split(f"### {AGAINST}")[1].split("###")[0]
    assert "| better | stems | " in part
    assert "| console |" not in part


def test_both_commands_print_the_same_figures(tmp_path, monkeypatch):
    ear, said = console(), []
    place = run(plan(tmp_path, console=ear, explainer=None, inputs=("stems",)), tmp_path / "run", progress=False)
    numbers = json.loads((place / "summary.json").read_text())["numbers"]
    figures = next(of["figures"] for of in numbers if of["listener"] == CONSOLE and not of["group"])
    monkeypatch.setattr("console.system.rank_zero_info", said.append)
    desk = Trainer(
        accelerator="cpu",
        logger=False,
        default_root_dir=tmp_path,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    data = ConsoleData(Noise(), Noise(), Noise(), num_workers=0, cache=str(tmp_path))
    (logged,) = desk.test(ConsoleSystem(ear), data, verbose=False)
    for name, (value, *_) in figures.items():
        if value is not None and not name.startswith("inside"):  # what engineers did is not held against in training
            assert logged[f"test/{name}"] == pytest.approx(value, rel=1e-6), name
    parts = said[0].split("\n\n", 1)[1].split("### ")[1:]
    summary = (place / "summary.md").read_text()
    assert len(parts) > 5
    for part in parts:
        assert part.strip() in summary
