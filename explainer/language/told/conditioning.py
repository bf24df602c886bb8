"""What the explainer is told, and advice as numbers for a network."""

import math
from collections.abc import Sequence
from enum import StrEnum

import torch
from jaxtyping import Float
from torch import Tensor

from console.correct import Action
from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.claims import Claim, Confidence, Direction, Reason, ReasonKind

MOST_STEMS = 16  # that are told; of more, the most important
MOST_REASONS = 2  # of a stem
LARGEST, BIN = 24.0, 0.5  # of the console's posterior, dB
NUMBER = 2 + round(2 * LARGEST / BIN)  # features of a number
OCTAVE_STEPS, LOWEST_HZ, BANDS = 3, 20.0, 32  # bands are told by the nearest third of an octave


class Conditioning(StrEnum):
    """What the explainer knows of a mix."""

    PREDICTIONS = "predictions"  # a vector a stem, made of the console's numbers
    EMBEDDINGS = "embeddings"  # a vector a stem, made of the console's embedding
    BOTH = "both"
    REPORT = "report"  # the same numbers as text in the prompt, and no vectors
    NONE = "none"  # the stems' names alone

    @property
    def prefixed(self) -> bool:
        """Whether vectors are put into the prompt."""
        return self not in (Conditioning.REPORT, Conditioning.NONE)


def told(advice: Advice) -> tuple[StemAdvice, ...]:
    """The stems that are told, in the advice's order: all, or the 16 that move most, with the anchor."""
    return tuple(advice.stems[at] for at in told_at(advice))


def told_at(advice: Advice) -> list[int]:
    """Which of the stems are told, by index."""
    if len(advice.stems) <= MOST_STEMS:
        return list(range(len(advice.stems)))
    rank = {stem.name: at for at, stem in enumerate(advice.moving)}
    by_weight = sorted(
        advice.stems,
        key=lambda stem: (
            stem.name != advice.anchor,
            rank.get(stem.name, len(rank)),
            stem.move.action is Action.SILENT,
        ),
    )
    kept = {stem.name for stem in by_weight[:MOST_STEMS]}
    return [at for at, stem in enumerate(advice.stems) if stem.name in kept]


def describe(advice: Advice, compare: bool = False) -> Float[Tensor, "source feature"]:
    """What is known of each stem that is told, and last of the mix, every number as it is spoken.

    Args:
        compare: the moves are the way back from one version of the song to another.
    """
    stems = told(advice)
    slots = {stem.name: slot for slot, stem in enumerate(stems)}
    claims = {claim.stem: claim for claim in advice.claims().moves}
    ranks = {stem.name: rank for rank, stem in enumerate(advice.moving)}
    rows = [_stem(stem, claims.get(stem.name), ranks.get(stem.name), slots, advice.is_taste(stem)) for stem in stems]
    width = max(len(row) for row in rows)
    mix = [1.0 if compare else -1.0, 1.0 if advice.still else -1.0, advice.strength_percent / 100]
    mix += one_hot(len(advice.moving), MOST_STEMS + 1)
    mix += one_hot(None if advice.anchor is None else slots.get(advice.anchor), MOST_STEMS)
    rows.append([*mix, *[0.0] * (width - len(mix))])
    return torch.tensor(rows)


def feature_width() -> int:
    """The number of features of a source."""
    reason = len(ReasonKind) + 2 * NUMBER + 2 * BANDS + MOST_STEMS
    return 2 + len(Action) + len(Confidence) + (MOST_STEMS + 1) + 3 * NUMBER + MOST_REASONS * reason


def binned(db: float | None) -> list[float]:
    """A number as itself and as one of the posterior's bins of half a dB; all 0 for none."""
    if db is None:
        return [0.0] * NUMBER
    return [db / LARGEST, *one_hot(round((min(max(db, -LARGEST), LARGEST) + LARGEST) / BIN), NUMBER - 1)]


def one_hot(index: int | None, size: int) -> list[float]:
    """1 at an index, the last where it lies beyond; all 0 for none."""
    row = [0.0] * size
    if index is not None:
        row[min(index, size - 1)] = 1.0
    return row


def _stem(stem: StemAdvice, claim: Claim | None, rank: int | None, slots: dict[str, int], taste: bool) -> list[float]:
    move = stem.move
    gain_db = low_db = high_db = None
    if claim is not None and claim.db is not None:
        gain_db = claim.db if claim.direction is Direction.UP else -claim.db
        low_db, high_db = claim.low_db, claim.high_db
    row = [move.flaw_probability, float(taste)]
    row += one_hot(list(Action).index(move.action), len(Action))
    row += one_hot(list(Confidence).index(stem.confidence) if move.moves else None, len(Confidence))
    row += one_hot(rank, MOST_STEMS + 1)
    for number in (gain_db, low_db, high_db):
        row += binned(number)
    reasons: Sequence[Reason | None] = [*stem.reasons[:MOST_REASONS], *[None] * MOST_REASONS][:MOST_REASONS]
    for reason in reasons:
        row += _reason(reason, slots)
    return row


def _reason(reason: Reason | None, slots: dict[str, int]) -> list[float]:
    if reason is None:
        return [0.0] * (len(ReasonKind) + 2 * NUMBER + 2 * BANDS + MOST_STEMS)
    row = one_hot(list(ReasonKind).index(reason.kind), len(ReasonKind))
    row += binned(reason.measured) + binned(reason.usual)
    row += one_hot(_band(reason.low_hz), BANDS) + one_hot(_band(reason.high_hz), BANDS)
    return row + one_hot(None if reason.other is None else slots.get(reason.other), MOST_STEMS)


def _band(edge_hz: float | None) -> int | None:
    if edge_hz is None:
        return None
    return max(0, round(OCTAVE_STEPS * math.log2(max(edge_hz, LOWEST_HZ) / LOWEST_HZ)))
