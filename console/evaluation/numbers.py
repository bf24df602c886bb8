"""What listeners say of a chunk's items, and how right that is: one row for each item and listener."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from console.balance import ROLES
from console.correct import AUDIBLE_DB, RANGE_LEVEL, moved_db, sure_from
from console.desk.mixer import db_to_amplitude
from console.evaluation.answer import answer
from console.evaluation.figures.audio import si_sdr_db, stft_distance
from console.evaluation.figures.crps import crps_db
from console.evaluation.items import Asked
from console.evaluation.listeners import Believed, Listener
from console.evaluation.metrics import ANSWERS, judged
from console.flaws import Category, category_of
from console.network.posterior import ZERO_BIN, quantile_db, range_db

Cell = str | float | int
Row = dict[str, Cell]

NEAR_DB = (1.0, 3.0)  # stems whose error is at most that are counted
OF_STEMS = ("flaw_db", "median_db", "gain_db", "low_db", "high_db", "chance")  # columns of which there is one a role
COLUMNS = (
    *("id", "song", "chunk", "start_s", "protocol", "input", "listener", "anchor", "target", "category"),
    *("n_flawed", "n_free", "n_flawed_free"),
    *(f"{name}_{role}" for name in OF_STEMS for role in ROLES),
    *("said_stem", "said_db", *ANSWERS, "moves_right", "error_db", *(f"within_{near_db:g}_db" for near_db in NEAR_DB)),
    *("covered", "covered_flawed", "width_db", "crps_db", "moved_db", "tp", "fp", "fn"),
    *("stft_before", "stft_after", "si_sdr_before_db", "si_sdr_after_db"),
)
DECIMALS = 4
EXACT_DB = 0.005  # how far off what is measured may be: a gain is written down to two decimals


def believe(asked: Asked, listeners: Mapping[str, Listener]) -> dict[str, Believed]:
    """What each listener believes; those that cannot be asked of the mix alone are left out where only it is heard."""
    return {name: who.believe(asked) for name, who in listeners.items() if who.of_mix or not asked.mix_only}


def numbers(
    asked: Asked, listeners: Mapping[str, Listener], believed: Mapping[str, Believed] | None = None
) -> list[Row]:
    """One row for each item and listener, all items of a listener in turn; `""` where there is nothing to tell.

    Args:
        believed: of `believe`, where that is known already.

    Columns (`COLUMNS` has them in order; dB to four decimals):
        id, song, chunk, start_s, protocol: of the item.
        input: "stems", or "mix" where the mix alone is heard.
        listener: its name.
        anchor: role of the stem whose level is right, or "".
        target, category: role and category of the only flaw; target is "" for none or several, category for several
            (and for one under 3 dB).
        n_flawed, n_free, n_flawed_free: stems with a flaw; stems that sound and are not the anchor; both.
        flaw_db_vocals, ...: what is wrong with the stem of each role (of several the one that is most wrong); "" where
            there is no such stem.
        median_db_vocals, gain_db_, low_db_, high_db_, chance_: the correction that is believed, the gain that is put
            on the stem for it (0 where it is small or unsure, as `moved_db` has it), its 80 % range, and the
            probability of a flaw; "" for a stem that is silent, 0 for the anchor.
        said_stem, said_db: the single answer (`console.evaluation.answer`): role and correction, "" and 0 for
            "nothing is wrong".
        joint, joint_named, joint_by_median: 1 or 0, of items with at most one flaw (`console.evaluation.metrics`).
        stem, direction, severity: 1 or 0, of items with one flaw.
        moves_right: 1 where exactly the flawed stems are moved, each the right way; of any number of flaws.
        error_db, width_db, crps_db, moved_db: means over the free stems: error of the median, width of the range,
            continuous ranked probability score, size of the median. within_1_db, within_3_db: the share of them whose
            error is at most that. covered: the share of them whose range holds the truth.
        covered_flawed: the same share among the flawed ones.
        tp, fp, fn: stems that are said to move by 1 dB or more, against those with a flaw of 1 dB or more.
        stft_before, stft_after: distance of the flawed and of the corrected mix to the balanced one (auraloss's
            sum-and-difference multi-resolution STFT distance, on half a second); a correction moves the free stems
            that `moved_db` would move.
        si_sdr_before_db, si_sdr_after_db: likewise, scale-invariant signal-to-distortion ratio over the chunk.
    """
    believed = believe(asked, listeners) if believed is None else believed
    example = asked.example
    sure = sure_from(example.role, example.free | example.anchor)
    said = {name: _said(belief, example.free, sure) for name, belief in believed.items()}
    after = [torch.where(of.moves, of.median_db, 0.0) for of in said.values()]
    gains_db = example.flaw_db + torch.stack([torch.zeros_like(example.flaw_db), *after])  # "mix draw stem"
    gain = db_to_amplitude(gains_db).flatten(0, 1)
    stft = stft_distance(asked.moment, gain).view(len(gains_db), -1)
    si_sdr = si_sdr_db(asked.gram, gain).view(len(gains_db), -1)
    items = _of_items(asked) | {"stft_before": _cells(stft[0]), "si_sdr_before_db": _cells(si_sdr[0])}
    rows: list[Row] = []
    for at, (name, of) in enumerate(said.items(), start=1):
        told = items | _of_belief(asked, believed[name], of, listeners[name].independent)
        told |= {"listener": [name] * len(asked.ids)}
        told |= {"stft_after": _cells(stft[at]), "si_sdr_after_db": _cells(si_sdr[at])}
        rows += [dict(zip(COLUMNS, row, strict=True)) for row in zip(*(told[name] for name in COLUMNS), strict=True)]
    return rows


class _Said(NamedTuple):
    """What a belief comes to, dB; `moves` are the free stems that a correction moves."""

    median_db: Float[Tensor, "draw stem"]
    low_db: Float[Tensor, "draw stem"]
    high_db: Float[Tensor, "draw stem"]
    moves: Bool[Tensor, "draw stem"]


def _said(belief: Believed, free: Bool[Tensor, "draw stem"], sure: Float[Tensor, "draw stem"]) -> _Said:
    if belief.exact_db is not None:
        median_db = belief.exact_db
        low_db, high_db = median_db - EXACT_DB, median_db + EXACT_DB
    else:
        probability = belief.log_probability.exp()
        median_db = quantile_db(probability, 0.5)
        low_db, high_db = range_db(probability, RANGE_LEVEL)
    moves = median_db.abs() >= AUDIBLE_DB if belief.exact_db is not None else moved_db(probability, sure) != 0
    return _Said(median_db, low_db, high_db, free & moves)


def _of_items(asked: Asked) -> dict[str, list[Cell]]:
    """What is asked, and what is true."""
    example = asked.example
    flaw_db, free = example.flaw_db, example.free
    flaws = (flaw_db != 0).sum(-1)
    roles = [ROLES[at] for at in example.role[0].tolist()]
    only_db = flaw_db.sum(-1).tolist()  # where there is one
    worst = flaw_db.abs().argmax(-1).tolist()
    category = [
        "" if n > 1 or (n and category_of(db) is Category.NO_ERROR) else str(category_of(db))
        for n, db in zip(flaws.tolist(), only_db, strict=True)
    ]
    alike: dict[str, Cell] = {
        "song": asked.song,
        "chunk": asked.chunk,
        "start_s": round(asked.start_s, 3),
        "protocol": str(asked.protocol),
        "input": "mix" if asked.mix_only else "stems",
    }
    return {
        **{name: [cell] * len(asked.ids) for name, cell in alike.items()},
        "id": list(asked.ids),
        "anchor": [str(roles[row.index(True)]) if any(row) else "" for row in example.anchor.tolist()],
        "target": [str(roles[at]) if n == 1 else "" for n, at in zip(flaws.tolist(), worst, strict=True)],
        "category": list(category),
        "n_flawed": _cells(flaws),
        "n_free": _cells(free.sum(-1)),
        "n_flawed_free": _cells((free & (flaw_db != 0)).sum(-1)),
        **_by_role("flaw_db", asked, flaw_db),
    }


def _of_belief(asked: Asked, belief: Believed, said: _Said, independent: float) -> dict[str, list[Cell]]:
    """What a listener says, and how right that is."""
    example, log_probability = asked.example, belief.log_probability
    correction_db, free, anchor = -example.flaw_db, example.free, example.anchor
    probability = log_probability.exp()
    single = answer(log_probability, free, independent=independent)
    spoke, stem = single.stem >= 0, single.stem.clamp_min(0)[:, None]
    advised_db = single.advised_db
    error_db, crps = (said.median_db - correction_db).abs(), crps_db(probability, correction_db)
    if belief.exact_db is not None:
        advised_db = torch.where(spoke, belief.exact_db.gather(-1, stem).squeeze(-1), 0.0)
        crps = error_db
    covered = (said.low_db <= correction_db) & (correction_db <= said.high_db)
    flawed = free & (correction_db != 0)
    off = free & (correction_db.abs() >= AUDIBLE_DB)
    toward = said.median_db.sign() == correction_db.sign()
    right = judged(log_probability, correction_db, free, example.role, independent)
    shown = free | anchor
    names = [str(ROLES[at]) for at in example.role[0].tolist()]
    return {
        **{name: _cells(right[which].long(), right[among]) for name, (which, among) in ANSWERS.items()},
        **_by_role("median_db", asked, torch.where(anchor, 0.0, said.median_db), shown),
        **_by_role("gain_db", asked, torch.where(said.moves, said.median_db, 0.0), shown),
        **_by_role("low_db", asked, torch.where(anchor, 0.0, said.low_db), shown),
        **_by_role("high_db", asked, torch.where(anchor, 0.0, said.high_db), shown),
        **_by_role("chance", asked, (1 - probability[..., ZERO_BIN]).clamp(0, 1) * free, shown),
        "said_stem": [names[at] if at >= 0 else "" for at in single.stem.tolist()],
        "said_db": _cells(advised_db),
        "moves_right": _cells(((said.moves == off) & (toward | ~off)).all(-1).long()),
        "error_db": _mean(error_db, free),
        **{f"within_{near_db:g}_db": _mean((error_db <= near_db).float(), free) for near_db in NEAR_DB},
        "moved_db": _mean(said.median_db.abs(), free),
        "covered": _mean(covered.float(), free),
        "covered_flawed": _mean(covered.float(), flawed),
        "width_db": _mean(said.high_db - said.low_db, free),
        "crps_db": _mean(crps, free),
        "tp": _cells((said.moves & off).sum(-1)),
        "fp": _cells((said.moves & ~off).sum(-1)),
        "fn": _cells((~said.moves & off).sum(-1)),
    }


def _by_role(
    name: str, asked: Asked, values: Float[Tensor, "draw stem"], told: Bool[Tensor, "draw stem"] | None = None
) -> dict[str, list[Cell]]:
    nothing: list[Cell] = [""] * len(values)
    cells: dict[str, list[Cell]] = {}
    for index, role in enumerate(ROLES):
        of = (asked.example.role[0] == index).nonzero().flatten()
        if not len(of):
            cells[f"{name}_{role}"] = nothing
            continue
        worst = of[asked.example.flaw_db[:, of].abs().argmax(-1, keepdim=True)]  # the only one, where there is one
        shown = None if told is None else told.gather(-1, worst).squeeze(-1)
        cells[f"{name}_{role}"] = _cells(values.gather(-1, worst).squeeze(-1), shown)
    return cells


def _mean(values: Float[Tensor, "draw stem"], of: Bool[Tensor, "draw stem"]) -> list[Cell]:
    return _cells((values * of).sum(-1) / of.sum(-1).clamp_min(1), of.any(-1))


def _cells(
    values: Float[Tensor, " draw"] | Int[Tensor, " draw"], told: Bool[Tensor, " draw"] | None = None
) -> list[Cell]:
    """Numbers as they are written, "" where nothing is told."""
    numbers = values.tolist()
    if values.is_floating_point():
        numbers = [round(number, DECIMALS) + 0.0 for number in numbers]  # + 0 makes -0 a 0
    return numbers if told is None else [n if yes else "" for n, yes in zip(numbers, told.tolist(), strict=True)]
