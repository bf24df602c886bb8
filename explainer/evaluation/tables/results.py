"""All figures of a run: what its tables sum up to."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from console.evaluation.figures.bootstrap import Figure
from console.evaluation.figures.summary import Summary, by_song_of, summarise
from console.evaluation.listeners import CONSOLE, VERSIONS
from explainer.evaluation.judge import summarise as summarise_judge
from explainer.evaluation.tables.ledger import Ledger
from explainer.evaluation.tables.means import means
from explainer.evaluation.texts.beside_numbers import who_was_right
from explainer.evaluation.texts.written import TEXT_METRICS, UNVERIFIED, summary

READ = ("joint", "stem", "direction", "severity", "moves_right", "error_db")
NEARNESS = tuple(f"{name}_{side}" for name in TEXT_METRICS for side in ("best", "mean"))
HELD = ("same_stems", "same_directions", "within_range", "agrees", "text_right", "posterior_right")
COSTS = ("text_error_db", "posterior_error_db", "wording_cost_db", "leaving_cost_db")
BEST_BASELINE = "Gaussian Bayes, loudest seconds"


class Words(NamedTuple):
    """What was written by one explainer, or the phrase bank, on one input.

    Args:
        input, conditioning: whose.
        read: figures of the faders that the texts are read to move.
        near: how near they come to right answers, best and mean.
        texts: figures that only all texts together have.
        held: figures of texts against numbers.
        right: who was right where they agree and where they differ, in items.
    """

    input: str
    conditioning: str
    items: int
    read: dict[str, Figure]
    near: dict[str, Figure]
    texts: dict[str, float]
    held: dict[str, Figure]
    right: dict[str, dict[str, int]]


class Results(NamedTuple):
    """A run.

    Args:
        left_out: what was left out, and why.
        settings: of the run.
    """

    numbers: list[Summary]
    words: list[Words]
    judge: dict[str, dict]
    left_out: Mapping[str, str]
    settings: Mapping[str, Any]

    @property
    def main(self) -> tuple[str, str]:
        """Input and listener whose figures are broken down: the console, or who compares versions, or a baseline."""
        keys = [(summary.input, summary.listener) for summary in self.numbers]
        order = [key for who in (VERSIONS, CONSOLE, BEST_BASELINE) for key in keys if key[1] == who]
        return [*order, *keys][0]

    def of(self, input: str, listener: str, group: str = "") -> list[Summary]:
        """The figures of one listener, of all items or by group."""
        return [s for s in self.numbers if (s.input, s.listener, s.group) == (input, listener, group)]


def results(tables: Mapping[str, Ledger], left_out: Mapping[str, str], settings: Mapping[str, Any]) -> Results:
    """What the tables `numbers`, `words`, `agreement` and `judge` sum up to."""
    numbers: list[Summary] = []
    heard = tables["numbers"].each("input", "listener")
    consoles = {
        put: by_song_of(tables["numbers"].rows(input=put, listener=who)) for put, who in heard if who == CONSOLE
    }
    for put, listener in heard:  # one at a time, for the memory
        numbers += summarise(tables["numbers"].rows(input=put, listener=listener), consoles.get(put))
    words = [_words(tables, *key) for key in tables["words"].each("input", "conditioning")]
    judge = summarise_judge(list(tables["judge"].rows()))
    return Results(numbers, words, judge, left_out, settings)


def _words(tables: Mapping[str, Ledger], put: str, conditioning: str) -> Words:
    rows, held = (list(tables[name].rows(input=put, conditioning=conditioning)) for name in ("words", "agreement"))
    texts = summary(rows)
    if conditioning.endswith(UNVERIFIED):  # and so never written again
        texts = {name: value for name, value in texts.items() if name not in ("regenerated", "fallen_back")}
    return Words(
        put,
        conditioning,
        len(rows),
        means(rows, READ),
        means(rows, NEARNESS),
        texts,
        means(held, (*HELD, *COSTS)),
        who_was_right(held),
    )
