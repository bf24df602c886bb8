"""Small evaluations for tests: two songs of noise, a console with random weights, an explainer that mostly is right."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from consoles import random_console
from songs import noise_song
from tiny import tiny_base

from console import Console, Song
from console.evaluation.items import Protocol
from explainer.advice.versions import changes_of
from explainer.evaluation.chosen import ChosenExplainer
from explainer.evaluation.plan import Plan, Wording
from explainer.language.model import Explainer
from explainer.language.numbers import Numbers
from explainer.phrasing.answers import compare, respond
from explainer.phrasing.plan import Style

TITLES = ("A | Song", "1999")  # neither ends a table's cell, nor is taken for a number
CSVS = ("numbers.csv", "words.csv", "agreement.csv", "judge.csv")


@dataclass(frozen=True)
class Noise:
    """Songs of one chunk each."""

    titles: tuple[str, ...] = TITLES

    def __len__(self) -> int:
        return len(self.titles)

    def identity(self, index: int) -> str:
        return f"{index:02x}"

    def song(self, index: int) -> Song:
        return noise_song(seconds=10.5, seed=index, title=self.titles[index])


def console() -> Console:
    made = random_console()
    made.name, made.checksum = "random", "0"
    return made


def explainer(folder: Path) -> Explainer:
    """An untrained model, in whose place `right` answers."""
    made = Explainer.build(tiny_base(folder), embedding_width=32, numbers=Numbers.WRITTEN)
    made.write = right
    return made


def right(asks: list, *_: Any, **__: Any) -> list[str]:
    """What the numbers say, in words; every fourth item wrongly."""
    rng = np.random.default_rng(len(asks))
    texts = [
        compare(changes_of(a.advice), Style.FULL, rng) if a.compare else respond(a.advice, Style.FULL, rng)
        for a in asks
    ]
    return ["Turn the bass up 9.9 dB." if at % 4 == 3 else text for at, text in enumerate(texts)]


def plan(cache: Path, **changes: Any) -> Plan:
    """All of it; words on every fourth item."""
    words = Wording(sample=12)
    whole = Plan(Noise(), Protocol.SINGLE, console(), ChosenExplainer(), None, words=words, cache=str(cache), judged=5)
    return replace(whole, **changes)


def tables(folder: Path) -> dict[str, bytes]:
    """The tables of a run, as they lie on disk."""
    return {name: (folder / name).read_bytes() for name in CSVS if (folder / name).exists()}
