"""Advice on flawed excerpts of a song: what a console believes of each, as moves with measured reasons."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from console.balance import ROLES
from console.correct import decide
from console.data.examples import Example
from console.data.table import RATE_HZ
from console.network.posterior import GainPosterior
from console.read.song import Song
from explainer.advice.advice import LEVELS, Advice, ModelStamp, StemAdvice
from explainer.advice.claims import Reason
from explainer.measured.figures import Figures
from explainer.measured.reasons import reasons

UNMEASURED_LUFS = -20.0  # the loudness that stands in advice on an excerpt; no word speaks of it


def posteriors(example: Example, log_probability: Float[Tensor, "draw stem bin"]) -> list[GainPosterior]:
    """What is believed of each draw; its stems are called by their roles."""
    silent = example.heard & ~example.features.present[..., :-1].any(1)
    believed = []
    for draw, anchor in enumerate(example.anchor):
        names = named_by_role(example.role[draw])
        known = names[int(anchor.int().argmax())] if anchor.any() else None
        believed.append(GainPosterior(names, log_probability[draw].softmax(-1), known, silent[draw]))
    return believed


def advise_on(
    believed: Sequence[GainPosterior], example: Example, title: str, duration_s: float, stamp: ModelStamp
) -> list[Advice]:
    """The moves that follow from what is believed of each draw, without reasons.

    Args:
        believed: as `posteriors` gives them.
        title: of the song.
        stamp: whose belief it is.
    """
    advices = []
    for posterior, role in zip(believed, example.role.tolist(), strict=True):
        roles = tuple(ROLES[at] for at in role)
        still = Song(torch.zeros(len(roles), 1, 1), posterior.names, RATE_HZ, roles, title=title)
        correction = decide(still, posterior)
        moves = [replace(move, flaw_probability=round(move.flaw_probability, 3)) for move in correction.moves]
        rows = zip(posterior.names, roles, moves, strict=True)
        stems = tuple(StemAdvice(name, role, None, UNMEASURED_LUFS, move) for name, role, move in rows)
        advices.append(Advice(title, RATE_HZ, duration_s, correction.anchor, 100.0, stems, stamp, LEVELS))
    return advices


def reasoned(advices: Sequence[Advice], figures: Figures, heard: Bool[Tensor, "draw stem"]) -> list[Advice]:
    """The advice on each draw with what was measured that speaks for its moves.

    Args:
        figures: of the draws' stems before any move, as `explainer.measured.figures.measure` gives them.
        heard: False for a stem of which only the role was known: no reason speaks of it.
    """
    names = [advice.names for advice in advices]
    found = reasons(figures, [[stem.move.gain_db for stem in advice.stems] for advice in advices], names)
    told = []
    for advice, of_stems, is_heard in zip(advices, found, heard.tolist(), strict=True):
        known = {stem.name for stem, hears in zip(advice.stems, is_heard, strict=True) if hears}
        pairs = zip(advice.stems, of_stems, strict=True)
        stems = tuple(replace(stem, reasons=_borne_out(stem.name, why, known)) for stem, why in pairs)
        told.append(replace(advice, stems=stems))
    return told


def named_by_role(role: Int[Tensor, " stem"]) -> tuple[str, ...]:
    """Stems called by their roles, numbered where there are several of one."""
    words = [str(ROLES[at]) for at in role.tolist()]
    return tuple(w if w not in words[:at] else f"{w} {words[:at].count(w) + 1}" for at, w in enumerate(words))


def _borne_out(name: str, told: tuple[Reason, ...], known: set[str]) -> tuple[Reason, ...]:
    """The reasons of a stem that can be measured when only the known stems are heard."""
    return tuple(reason for reason in told if name in known and (reason.other is None or reason.other in known))
