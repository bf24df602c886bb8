"""The answers as webMUSHRA's service writes them: one CSV file for the mixes, one for the texts."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from console.errors import InputError
from console.files.untrusted import MB, csv_rows, read_text
from studio.study.key import Key
from studio.study.webmushra import POINTS, REFERENCE

TEST, PAGE, SESSION = "session_test_id", "trial_id", "session_uuid"
MIX_STIMULUS, MIX_SCORE = "rating_stimulus", "rating_score"
TEXT_STIMULUS, TEXT_SCORE = "stimuli", "stimuli_rating"  # and a number, from 1 on
MOST_BYTES = 64 * MB  # hundreds of thousands of ratings
MOST_SCORE = 100.0
UNANSWERED = ("", "NA")
Unit = tuple[str, str]  # page and stimulus


@dataclass(frozen=True, eq=False)
class Ratings:
    """What raters said of some units on one scale.

    Args:
        score: NaN where a rater did not say.
    """

    raters: tuple[str, ...]
    units: tuple[Unit, ...]
    score: Float[ndarray, "rater unit"]

    def of(self, raters: Sequence[bool]) -> "Ratings":
        """Of some raters only."""
        kept = tuple(rater for rater, keep in zip(self.raters, raters, strict=True) if keep)
        return Ratings(kept, self.units, self.score[np.array(raters, dtype=bool)])

    def among(self, units: Iterable[Unit]) -> "Ratings":
        """Of some units only."""
        kept = tuple(units)
        return Ratings(self.raters, kept, self.score[:, [self.units.index(unit) for unit in kept]])


@dataclass(frozen=True, eq=False)
class Answers:
    """All answers to a study.

    Args:
        mixes: scores 0..100, among them of each page's hidden reference, which is its stimulus "reference".
        texts: by scale, scores 1..5.
        repeated: answers that were left out, as the same rater had answered the same before.
    """

    mixes: Ratings | None
    texts: dict[str, Ratings]
    repeated: int


def read_answers(paths: Sequence[Path], key: Key) -> Answers:
    """Reads the answers to a study; what kind a file holds is told by its columns.

    A rater is who gave the same answers to the questions about himself; where none were asked, one session.

    Raises: InputError, naming file and line, for a file that is empty or of another kind, of another study, with a page
        or stimulus that the study does not have, or with a rating that is none or out of range.
    """
    mixes: dict[tuple[str, Unit], float] = {}
    texts: dict[str, dict[tuple[str, Unit], float]] = {}
    repeated = 0
    for path in paths:
        for said in _rows(path, key):
            into = mixes if said.scale is None else texts.setdefault(said.scale, {})
            repeated += (said.rater, said.unit) in into
            into.setdefault((said.rater, said.unit), said.score)
    units = [(page.page, code) for page in key.mixes for code in (REFERENCE, *page.stimuli)]
    of_texts = [(page.page, page.stimulus) for page in key.texts]
    return Answers(
        _ratings(mixes, units) if mixes else None,
        {scale: _ratings(texts[scale], of_texts) for scale in key.scales if scale in texts},
        repeated,
    )


@dataclass(frozen=True)
class _Said:
    rater: str
    unit: Unit
    scale: str | None  # None: a mix
    score: float


def _ratings(said: dict[tuple[str, Unit], float], units: Sequence[Unit]) -> Ratings:
    raters = tuple(dict.fromkeys(rater for rater, _ in said))
    score = np.full((len(raters), len(units)), math.nan)
    for (rater, unit), value in said.items():
        score[raters.index(rater), units.index(unit)] = value
    return Ratings(raters, tuple(units), score)


def _rows(path: Path, key: Key) -> Iterator[_Said]:
    lines = csv_rows(path, read_text(path, "a file of answers", MOST_BYTES, "CSV", replace=True))
    head = [name.strip() for name in next(lines, (0, []))[1]]
    scales = _scales(path, head, key)
    test = key.mixes_test if scales is None else key.texts_test
    known = _stimuli(key, scales is None)
    about = [at for at in range(head.index(TEST) + 1, head.index(PAGE)) if head[at] != SESSION]
    found = False
    for line, cells in lines:
        if not any(cells):
            continue
        where = f'"{path}", line {line}'
        if len(cells) != len(head):
            raise InputError(f"{where}: has {len(cells)} columns, not {len(head)}.")
        row = dict(zip(head, map(str.strip, cells), strict=True))
        if row[TEST] != test:
            raise InputError(f'{where}: is of the test "{row[TEST]}", and the key is of "{test}".')
        unit = (row[PAGE], row[MIX_STIMULUS if scales is None else TEXT_STIMULUS])
        if unit not in known:
            raise InputError(f'{where}: the study has no stimulus "{unit[1]}" on a page "{unit[0]}".')
        rater = " ".join(filter(None, (cells[at].strip() for at in about))) or row.get(SESSION, "")
        if not rater:
            raise InputError(f"{where}: does not tell who rated.")
        found = True
        columns = {None: MIX_SCORE} if scales is None else scales
        for scale, column in columns.items():
            if row[column] not in UNANSWERED:
                yield _Said(rater, unit, scale, _score(row[column], scale is None, where))
    if not found:
        raise InputError(f'"{path}" holds no answers.')


def _scales(path: Path, head: Sequence[str], key: Key) -> dict[str | None, str] | None:
    """The column of each scale in a file about texts; None for a file about mixes."""
    if not head:
        raise InputError(f'"{path}" is empty.')
    if {TEST, PAGE, MIX_STIMULUS, MIX_SCORE} <= set(head):
        return None
    columns: dict[str | None, str] = {scale: f"{TEXT_SCORE}{at}" for at, scale in enumerate(key.scales, start=1)}
    if {TEST, PAGE, TEXT_STIMULUS, *columns.values()} <= set(head):
        return columns
    raise InputError(
        f'"{path}" is no result of webMUSHRA\'s for this study: give its mushra.csv (columns {TEST}, {PAGE}, '
        f"{MIX_STIMULUS}, {MIX_SCORE}) or its lss.csv (columns {TEST}, {PAGE}, {TEXT_SCORE}1 to "
        f"{TEXT_SCORE}{len(key.scales)}, {TEXT_STIMULUS})."
    )


def _stimuli(key: Key, mixes: bool) -> set[Unit]:
    if mixes:
        return {(page.page, code) for page in key.mixes for code in (REFERENCE, *page.stimuli)}
    return {(page.page, page.stimulus) for page in key.texts}


def _score(text: str, mix: bool, where: str) -> float:
    low, high = (0.0, MOST_SCORE) if mix else (float(min(POINTS)), float(max(POINTS)))
    try:
        score = float(text)
    except ValueError as error:
        raise InputError(f'{where}: "{text}" is no rating.') from error
    if not low <= score <= high or (not mix and score != round(score)):
        whole = "" if mix else "a whole number "
        raise InputError(f"{where}: a rating is {whole}from {low:g} to {high:g}, not {text}.")
    return score
