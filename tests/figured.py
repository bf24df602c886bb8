"""The figures of beliefs that a test makes by hand, without any sound."""

from unittest.mock import patch

import torch
from torch import Tensor

from console.data.examples import Example
from console.evaluation.figures.summary import Summary, summarise
from console.evaluation.items import Asked, Protocol
from console.evaluation.listeners import Believed, Listener
from console.evaluation.numbers import Row, numbers
from console.network.features import LEVELS, Features


def asked_by_hand(correction_db: Tensor, free: Tensor, anchor: Tensor, role: Tensor) -> Asked:
    """Items of which only the truth is known."""
    count, stems = correction_db.shape
    sources = stems + 1
    nothing = Features(
        torch.zeros(count, 1, sources, LEVELS),
        torch.zeros(count, 1, sources, 1, 1),
        torch.ones(count, 1, sources, dtype=torch.bool),
    )
    example = Example(
        nothing,
        role,
        anchor,
        free,
        torch.ones_like(free),
        -correction_db,
        torch.zeros(count, dtype=torch.long),
        torch.zeros(1, stems, 2, 0),
        torch.ones(count, stems),
        torch.zeros(count, stems, 2),
    )
    energy = torch.ones(count, sources, 1, 1)
    ids = tuple(f"by hand|0|many|-|{n}" for n in range(count))
    moment = torch.zeros(stems, 2, 1)
    return Asked(example, ids, "by hand", 0, 0.0, Protocol.MANY, energy, energy[0], torch.eye(stems).double(), moment)


def rows_of(
    asked: Asked, log_probability: Tensor, song: Tensor, independent: float = 0.5, name: str = "it"
) -> list[Row]:
    """Rows of numbers in which the sound is not measured."""
    who = Listener(lambda _: Believed(log_probability), independent)
    silent = torch.zeros(2 * len(asked.ids))
    with patch("console.evaluation.numbers.stft_distance", lambda *_: silent):
        rows = numbers(asked, {name: who})
    return [row | {"song": f"{which:05}"} for row, which in zip(rows, song.tolist(), strict=True)]


def summaries_of(
    log_probability: Tensor,
    correction_db: Tensor,
    free: Tensor,
    anchor: Tensor,
    role: Tensor,
    song: Tensor,
    independent: float = 0.5,
) -> list[Summary]:
    """Of all items, and by group."""
    return summarise(rows_of(asked_by_hand(correction_db, free, anchor, role), log_probability, song, independent))
