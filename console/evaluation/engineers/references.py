"""Rows of numbers held against references with spread: is a corrected mix among those of several engineers?"""

from collections.abc import Mapping, Sequence

import torch

from console.correct import AUDIBLE_DB
from console.evaluation.engineers.consensus import Consensus, Joint
from console.read.roles import Role

Cell = str | float | int
COLUMNS = ("inside_before", "inside_after")


def beside_references(rows: Sequence[Mapping[str, Cell]], consensus: Consensus) -> list[dict[str, Cell]]:
    """The rows with two columns more: whether all stems lie inside what engineers did, flawed and corrected (1 or 0).

    `Consensus.joint` says what inside means, and why it is no figure of quality. A correction moves the stems whose
    median is 1 dB or more. Stems that are silent do not count.

    Args:
        rows: of `console.evaluation.numbers`, as they are or read back from CSV (all cells as text).

    Raises: InputError, as `Consensus.range`.
    """
    kinds: dict[tuple[Cell, tuple[Role, ...]], list[int]] = {}
    for at, row in enumerate(rows):
        roles = tuple(role for role in Role if row[f"flaw_db_{role}"] != "")
        kinds.setdefault((row["song"], roles), []).append(at)
    told = [dict(row) for row in rows]
    for (song, roles), of_kind in kinds.items():
        joint = _joint([rows[at] for at in of_kind], str(song), roles, consensus)
        for at, before, after in zip(of_kind, joint.before.tolist(), joint.after.tolist(), strict=True):
            told[at].update(zip(COLUMNS, (int(before), int(after)), strict=True))
    return told


def _joint(rows: Sequence[Mapping[str, Cell]], song: str, roles: Sequence[Role], consensus: Consensus) -> Joint:
    flaw_db, median_db = (
        torch.tensor([[float(row[f"{name}_{role}"] or 0) for role in roles] for row in rows])
        for name in ("flaw_db", "median_db")
    )
    anchor = torch.tensor([[row["anchor"] == role for role in roles] for row in rows])
    sounds = torch.tensor([[row[f"median_db_{role}"] != "" for role in roles] for row in rows])
    correction_db = torch.where(median_db.abs() >= AUDIBLE_DB, median_db, 0.0)
    return consensus.joint(song, roles, flaw_db, correction_db, anchor, sounds)
