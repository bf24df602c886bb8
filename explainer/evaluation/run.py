"""One evaluation from start to end; what was done before is not done again."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch.utils.data import DataLoader

from console.balance import BalancePrior
from console.data.cache import SongTables
from console.errors import InputError
from console.evaluation.engineers.references import beside_references
from console.evaluation.items import Asked, Items
from console.evaluation.listeners import CONSOLE, listeners
from console.evaluation.numbers import Row, believe, numbers
from console.network.threads import one_thread
from explainer.advice.advice import ModelStamp
from explainer.evaluation.conditions import run_conditions
from explainer.evaluation.folder import SUMMARY, RunFolder, opened
from explainer.evaluation.judge import Checked
from explainer.evaluation.judging import JUDGE, NO_WORDS, UNANSWERED, is_judged, judge, judged_items
from explainer.evaluation.pictures.of_numbers import number_figures
from explainer.evaluation.pictures.of_words import word_figures
from explainer.evaluation.plan import Plan
from explainer.evaluation.tables.ledger import Ledger
from explainer.evaluation.tables.results import Results, results
from explainer.evaluation.tables.scalars import write_scalars
from explainer.evaluation.tables.summary import as_json, as_markdown
from explainer.evaluation.texts.beside_numbers import agreement
from explainer.evaluation.texts.questions import Question, listener_of, questions
from explainer.evaluation.texts.sample import spread
from explainer.evaluation.texts.text_metrics import Metric, Skipped, skipped, text_metrics
from explainer.evaluation.texts.written import words
from explainer.evaluation.untuned import ChosenEndpoint
from explainer.language.writer import Writer
from explainer.phrasing.plan import Style

NUMBERS, WORDS, AGREEMENT = ("numbers", "words", "agreement")
TABLES = (NUMBERS, WORDS, AGREEMENT, JUDGE)
FIGURES, TENSORBOARD = "figures", "tensorboard"
AT_ONCE = 32  # items that are put into words side by side
NO_EXPLAINER = "No explainer was chosen (explainer=none)."
NO_CONSOLE = "There is no console whose numbers could be put into words (console=baselines)."
NO_VERSIONS = "Two versions are told apart by their stems, and the run hears the mix alone."
NO_JUDGE = "No judge was chosen (judge=none)."
Told = Callable[[str, int, int], Callable[[], None]]  # a task, how much of it is done, and in all


def run(plan: Plan, place: str | Path, progress: bool = True) -> Path:
    """Measures what is not yet measured, and writes the report; returns the run's folder.

    Args:
        place: the folder, new or of an earlier run of this plan.
        progress: show bars on stderr.

    Raises: InputError where songs or the folder cannot be used, or what the plan asks for cannot be had: endpoints are
        asked for before any work; where it falls silent later, everything else is measured and written first.
    """
    if plan.conditions:
        with _bars(progress) as told:
            return run_conditions(plan, place, told)
    if isinstance(plan.judge, Checked) and plan.explainer is not None and not is_judged(place):
        plan.judge.check()
    if isinstance(plan.explainer, ChosenEndpoint) and not (Path(place).expanduser() / SUMMARY).is_file():
        plan.explainer.check()
    tables = SongTables(plan.source, plan.cache, None if plan.console is None else plan.console.hears)
    tables.build(progress)
    prior = BalancePrior.load() if plan.relevel else None
    items = Items(tables, plan.protocol, prior=prior, short_songs=plan.short_songs, seed=plan.seed)
    items.check()
    unjudged: InputError | None = None
    with opened(place, plan.fingerprint(tables)) as folder, _bars(progress) as told:
        left_out: dict[str, str] = {}
        rows = {name: folder.ledger(name) for name in TABLES}
        with one_thread():
            _numbers(plan, items, rows[NUMBERS], told)
        _words(plan, items, folder, rows, left_out, told)
        try:
            _judge(plan, rows, left_out, told)
        except InputError as error:  # the rest is worth having
            left_out[JUDGE] = str(error)
            unjudged = error
        with one_thread():
            _report(folder, results(rows, left_out, plan.settings), rows)
        for ledger in rows.values():
            ledger.tidy()
    if unjudged is not None:
        raise unjudged
    if UNANSWERED in left_out:
        print(left_out[UNANSWERED], file=sys.stderr)
    return folder.path


def _report(folder: RunFolder, told: Results, rows: dict[str, Ledger]) -> None:
    """All that is made of the tables; figures of an earlier report are replaced."""
    folder.write(SUMMARY, as_json(told))
    folder.write("summary.md", as_markdown(told))
    figures = folder.path / FIGURES
    figures.mkdir(exist_ok=True)
    number_figures(rows[NUMBERS].rows, figures)
    word_figures(rows[NUMBERS], rows[AGREEMENT], told.words, figures)
    write_scalars(told, folder.path / TENSORBOARD)


def _numbers(plan: Plan, items: Items, ledger: Ledger, told: Told) -> None:
    """A block for each chunk."""
    missing = [index for index in range(len(items)) if str(index) not in ledger]
    done = told("numbers", len(items) - len(missing), len(items))
    heard = listeners(plan.console, plan.protocol)
    asked: Asked
    for index, asked in zip(missing, _loaded(items, missing, plan.workers), strict=True):
        rows = [row for put in plan.inputs for row in numbers(_as_heard(asked, put), heard)]
        ledger.add(str(index), beside_references(rows, plan.consensus))
        done()


def _loaded(items: Items, indices: list[int], workers: int) -> DataLoader[Asked]:
    return DataLoader(items, batch_size=None, sampler=indices, num_workers=workers, collate_fn=_as_it_is)


def _as_it_is(asked: Any) -> Any:
    return asked


def _as_heard(asked: Asked, put: str) -> Asked:
    return asked.of_mix() if put == "mix" else asked


def _words(
    plan: Plan, items: Items, folder: RunFolder, rows: dict[str, Ledger], left_out: dict[str, str], told: Told
) -> None:
    """A block for every few items of the sample, with what the explainer and the phrase bank say of them."""
    listener = listener_of(plan.protocol)
    if plan.explainer is None or (plan.console is None and listener == CONSOLE):
        left_out["words"] = NO_EXPLAINER if plan.explainer is None else NO_CONSOLE
        return
    jobs = list(_jobs(plan, rows[NUMBERS], listener))
    if not jobs:
        left_out["words"] = NO_VERSIONS
        return
    missing = [job for job in jobs if job[0] not in rows[WORDS] or job[0] not in rows[AGREEMENT]]
    done = told("words", len(jobs) - len(missing), len(jobs))
    metrics = text_metrics(plan.words.bertscore, plan.words.similarity)
    left_out |= {f"words: {name}": reason for name, reason in skipped(metrics).items()}
    if not missing:
        return
    explainers = plan.explainer.opened()
    heard = {listener: listeners(plan.console, plan.protocol)[listener]}
    stamp = ModelStamp("", "", "")
    if plan.console is not None:
        stamp = ModelStamp(plan.console.name, plan.console.version, plan.console.checksum)
    for block, put, some in missing:
        asked_about: list[Question] = []
        known: list[dict] = []
        for index, ids in some.items():
            asked = _as_heard(items[index], put)
            believed = believe(asked, heard)
            asked_about += questions(asked, believed[listener], stamp, [asked.ids.index(id) for id in ids])
            known += numbers(asked, heard, believed)
        if block not in rows[WORDS]:
            rows[WORDS].add(block, _written(plan, asked_about, explainers, metrics))
        if block not in rows[AGREEMENT]:
            of_block = {question.id for question in asked_about}
            # From the file, so that it makes no difference whether they were written just now.
            of_words = [row for row in rows[WORDS].rows(input=put) if row["id"] in of_block]
            rows[AGREEMENT].add(block, agreement(known, of_words))
        done()


def _written(
    plan: Plan, asked_about: list[Question], explainers: Sequence[Writer], metrics: Mapping[str, Metric | Skipped]
) -> list[Row]:
    """What each explainer writes, verified and as it is written first, and what the phrase bank says."""
    style, seed, tries = Style(plan.words.style), plan.seed, plan.words.tries
    each = (words(asked_about, one, style, seed, tries, metrics, first=True) for one in explainers)
    return list(chain.from_iterable(each)) + words(asked_about, None, style, seed, metrics=metrics)


def _jobs(plan: Plan, ledger: Ledger, listener: str) -> Iterator[tuple[str, str, dict[int, list[str]]]]:
    """Each block's name, what is heard in it, and the ids of its items by chunk."""
    at: dict[tuple[str, str], int] = {}
    everything = []
    for song, chunk, id in ledger.each("song", "chunk", "id"):
        everything.append((at.setdefault((song, chunk), len(at)), id))
    chosen = spread(everything, plan.words.sample, plan.seed)
    told = [put for put, of in ledger.each("input", "listener") if of == listener]
    for put in [put for put in plan.words.inputs if put in told] or told[:1]:
        for start in range(0, len(chosen), AT_ONCE):
            ids: dict[int, list[str]] = {}
            for index, id in chosen[start : start + AT_ONCE]:
                ids.setdefault(index, []).append(id)
            yield f"{put} {start // AT_ONCE}", put, ids


def _judge(plan: Plan, rows: dict[str, Ledger], left_out: dict[str, str], told: Told) -> None:
    """A block for each question."""
    if plan.judge is None or "words" in left_out:
        left_out["judge"] = NO_JUDGE if plan.judge is None else NO_WORDS
        return
    chosen = spread(judged_items(rows[NUMBERS], rows[WORDS]), plan.judged, plan.seed)
    silent = judge(chosen, plan.judge, plan.seed, rows[JUDGE], partial(told, JUDGE))
    if silent:
        left_out[UNANSWERED] = silent


@contextmanager
def _bars(progress: bool) -> Iterator[Told]:
    """Bars on stderr, one for each thing to do."""
    columns = (TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Terminal(stderr=True), disable=not progress) as bars:

        def told(what: str, done: int, of: int) -> Callable[[], None]:
            task = bars.add_task(what, completed=done, total=of)
            return lambda: bars.advance(task)

        yield told
