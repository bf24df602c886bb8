"""A study's outcome as people and programs read it: study.md and study.json."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from console.evaluation.figures.figure_table import NONE
from console.evaluation.figures.markdown import markdown
from studio.study.figures import LEAST_REFERENCE, MOST_SHARE, Agreement, Mean
from studio.study.metrics import Correlation
from studio.study.raters import RELIABILITY

CORRELATED = "Rank correlations with people's means; p takes all pairs as independent."


@dataclass(frozen=True)
class Outcome:
    """What came of a study.

    Args:
        study: its code. protocol: of its items.
        raters: how many rated mixes. left_out: who of them was screened out.
        repeated: answers that were given twice.
        systems: mean score of what each system made, and how much better than the flawed mix that is.
        by_item: the same by item and system.
        mixes: how far raters agree on all mixes, and on those to be told apart (without reference and low anchor).
        texts: mean score by scale. text_agreement: by scale. text_items: by scale and item.
        correlations: of automatic metrics with people, by table.
    """

    study: str
    protocol: str
    raters: int
    left_out: tuple[str, ...]
    repeated: int
    systems: dict[str, Mean] = field(default_factory=dict)
    improvement: dict[str, Mean] = field(default_factory=dict)
    by_item: dict[str, dict[str, Mean]] = field(default_factory=dict)
    mixes: dict[str, Agreement] = field(default_factory=dict)
    texts: dict[str, Mean] = field(default_factory=dict)
    text_agreement: dict[str, Agreement] = field(default_factory=dict)
    text_items: dict[str, dict[str, Mean]] = field(default_factory=dict)
    correlations: dict[str, list[Correlation]] = field(default_factory=dict)

    def to_json(self) -> str:
        """All figures; what is not known is null."""
        return json.dumps(_plain(vars(self)), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def to_markdown(self) -> str:
        """The tables."""
        told = [f"# Listening test {self.study}", f"Protocol `{self.protocol}`. " + self._raters()]
        if self.systems:
            told += ["## Mixes", "Scores 0 to 100, with 95 % intervals by bootstrap over raters.", self._systems()]
            told += ["Agreement:", _agreement(self.mixes)]
        if self.texts:
            told += ["## Texts", "Scores 1 to 5, with 95 % intervals by bootstrap over raters.", self._texts()]
            told += ["Agreement:", _agreement(self.text_agreement)]
        for name, found in self.correlations.items():
            told += [f"## {name} against people", CORRELATED, _correlations(found)]
        return "\n\n".join(part.strip("\n") for part in told) + "\n"

    def _raters(self) -> str:
        told = []
        if self.raters:
            told.append(
                f"{self.raters} raters of mixes, {len(self.left_out)} of them left out (hidden reference rated below "
                f"{LEAST_REFERENCE:g} on more than {100 * MOST_SHARE:g} % of the pages, ITU-R BS.1534-3)."
            )
        if self.repeated:
            told.append(f"{self.repeated} answers given twice: the first counts.")
        return " ".join(told)

    def _systems(self) -> str:
        ranked = sorted(self.systems, key=lambda system: -self.systems[system].value)
        rows = [[name, _mean(self.systems[name], 1), _mean(self.improvement[name], 1)] for name in ranked]
        return markdown(["mix", "score", "better than flawed"], rows)

    def _texts(self) -> str:
        return markdown(["scale", "score"], [[scale, _mean(mean, 2)] for scale, mean in self.texts.items()])


def _agreement(by: dict[str, Agreement]) -> str:
    rows = [
        [
            name,
            str(found.raters),
            *map(_two, (found.alpha_ordinal, found.alpha_interval, found.kappa, found.reliability)),
            NONE if found.raters_needed is None else str(found.raters_needed),
        ]
        for name, found in by.items()
    ]
    needed = f"raters for {RELIABILITY:g}"
    return markdown(["", "raters", "alpha, ordinal", "alpha, interval", "kappa", "reliability", needed], rows)


def _correlations(found: Iterable[Correlation]) -> str:
    ranked = sorted(found, key=lambda one: (one.people, -abs(one.rho)))
    rows = [[one.metric, one.people, _two(one.rho), _two(one.tau), _chance(one.p), str(one.n)] for one in ranked]
    return markdown(["metric", "people", "Spearman", "Kendall", "p", "n"], rows)


def _mean(mean: Mean, digits: int) -> str:
    return f"{mean.value:.{digits}f} [{mean.low:.{digits}f}, {mean.high:.{digits}f}]"


def _chance(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _two(value: float) -> str:
    return NONE if math.isnan(value) else f"{value:.2f}"


def _plain(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
