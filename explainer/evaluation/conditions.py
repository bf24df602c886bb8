"""One table of conditions by listeners: what is heard, known and wrong in each row differs, the songs are the same."""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from console.balance import BalancePrior
from console.data.cache import SongTables
from console.errors import InputError
from console.evaluation.conditions import Told
from console.evaluation.figures.bootstrap import INTERVAL
from console.evaluation.figures.figure_table import decibels, figure_table, percent
from console.evaluation.figures.markdown import markdown
from console.evaluation.figures.summary import Summary, by_song_of, summarise
from console.evaluation.figures.tables import HOW_TO_READ, Columns, as_page
from console.evaluation.items import Items
from console.evaluation.listeners import CONSOLE, listeners
from console.evaluation.numbers import numbers
from console.network.threads import one_thread
from explainer.evaluation.folder import SUMMARY, opened
from explainer.evaluation.plan import Plan
from explainer.evaluation.tables.ledger import Ledger
from explainer.evaluation.tables.summary import as_plain

NUMBERS = "numbers"
FIGURES: Columns = {
    "joint": ("joint %", percent),
    "no_error": ("nothing wrong %", percent),
    "moves_right": ("all moves right %", percent),
    "mae_db": ("MAE dB", decibels),
    "coverage": ("coverage %", percent),
    "coverage_flawed": ("coverage, flawed %", percent),
    "range_db": ("range dB", decibels),
    "touched": ("untouched mixes moved %", percent),
    "more_joint": ("joint against console, points", percent),
    "more_mae_db": ("MAE against console dB", decibels),
    "more_coverage": ("coverage against console, points", percent),
}
MOVED = """\
- untouched mixes moved: of mixes in which nothing is wrong, the share in which any stem is moved by 1 dB or more.
- range: mean width of the 80 % range, which widens where what is told to be usual is vaguer.
"""


class Row(NamedTuple):
    """What one listener comes to under one condition.

    Args:
        songs, condition: names of the source and of the condition.
        summary: its figures over all items.
    """

    songs: str
    condition: str
    summary: Summary


def run_conditions(plan: Plan, place: str | Path, told: Callable[[str, int, int], Callable[[], None]]) -> Path:
    """Measures what is not yet measured, and writes the table; returns the run's folder.

    Args:
        plan: whose conditions are asked on all of its sources; protocol, inputs, words and judge do not count.
        place: the folder, new or of an earlier run of this plan.
        told: a task, how much of it is done, and in all; called again for every step.

    Raises: InputError where songs or the folder cannot be used, or none of the conditions has anything to ask about.
    """
    hears = None if plan.console is None else plan.console.hears
    sources = {name: SongTables(source, plan.cache, hears) for name, source in plan.sources().items()}
    for tables in sources.values():
        tables.build(progress=False)
    prior = BalancePrior.load() if plan.relevel else None
    asked, left_out = {}, {}
    for (songs, tables), (name, condition) in product(sources.items(), plan.conditions.items()):
        items = Items(tables, condition, prior=prior, short_songs=plan.short_songs, seed=plan.seed)
        if len(items):
            items.check()
            asked[songs, name] = items
        else:
            left_out[f"{songs}: {name}"] = items.nothing()
    if not asked:
        raise InputError(next(iter(left_out.values()), "Name at least one condition: conditions.rows has none."))
    with opened(place, plan.fingerprint(*sources.values())) as folder, one_thread():
        ledger = folder.ledger(NUMBERS)
        _measure(plan, asked, ledger, told)
        rows = list(_rows(ledger))
        folder.write(SUMMARY, _as_json(rows, left_out, plan.settings))
        folder.write("summary.md", as_markdown(rows, left_out))
    return folder.path


def _measure(
    plan: Plan,
    asked: Mapping[tuple[str, str], Items],
    ledger: Ledger,
    told: Callable[[str, int, int], Callable[[], None]],
) -> None:
    """A block for every part of a song under every condition."""
    blocks = [
        (f"{songs} {name} {index}", songs, name, index)
        for (songs, name), items in asked.items()
        for index in range(len(items))
    ]
    missing = [block for block in blocks if block[0] not in ledger]
    done = told(NUMBERS, len(blocks) - len(missing), len(blocks))
    for block, songs, name, index in missing:
        items = asked[songs, name]
        condition = items.condition
        told_usual = condition.usual is not Told.NOTHING
        heard = listeners(plan.console, condition.protocol, told_usual, condition.whole)
        rows = numbers(items[index], heard)
        ledger.add(block, [{"songs": songs, "condition": name, **row} for row in rows])
        done()


def _rows(ledger: Ledger) -> Iterator[Row]:
    keys = ledger.each("songs", "condition", "listener")
    consoles = {
        key[:2]: by_song_of(ledger.rows(songs=key[0], condition=key[1], listener=CONSOLE))
        for key in keys
        if key[2] == CONSOLE
    }
    for songs, name, listener in keys:
        rows = ledger.rows(songs=songs, condition=name, listener=listener)
        yield Row(songs, name, summarise(rows, consoles.get((songs, name)))[0])


def as_markdown(rows: list[Row], left_out: Mapping[str, str]) -> str:
    """summary.md."""
    table = [
        (
            (songs, name, of.listener, f"{of.items:,}", str(of.songs)),
            of.figures | {f"more_{figure}": more for figure, more in of.more.items() if of.listener != CONSOLE},
        )
        for songs, name, of in rows
    ]
    parts = [
        "# Conditions by listeners",
        f"In brackets: {100 * INTERVAL:.0f} % intervals by bootstrap over songs; against the console paired.",
        figure_table(("songs", "condition", "listener", "items", "of songs"), table, FIGURES),
        "## How to read this\n",
        HOW_TO_READ + MOVED,
    ]
    if left_out:
        parts += ["## Left out", markdown(["what", "why"], list(map(list, left_out.items())))]
    return as_page(parts)


def _as_json(rows: list[Row], left_out: Mapping[str, str], settings: Mapping[str, Any]) -> str:
    content = {
        "settings": settings,
        "main": ["stems", CONSOLE],
        "numbers": [{"songs_of": songs, "condition": name, **as_plain(of)} for songs, name, of in rows],
        "words": [],
        "left_out": left_out,
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"
