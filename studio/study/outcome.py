"""From answers to an outcome: screened, averaged, compared with automatic metrics, and written."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from console.errors import InputError
from console.files.whole import whole_file
from studio.study.figures import agreement, means, trusted
from studio.study.key import Key
from studio.study.metrics import correlations
from studio.study.report import Outcome
from studio.study.results import Answers, Unit, read_answers
from studio.study.stimuli import FLAWED, LOW_ANCHOR, REFERENCE

FILES = ("study.json", "study.md")
ALL, JUDGED = "all mixes", "without reference and low anchor"
OVERALL = "all scales"


def evaluate(results: Sequence[Path], key: Key, metrics: Sequence[Path] = ()) -> Outcome:
    """The outcome of a study.

    Args:
        results: the CSV files of webMUSHRA's service, of mixes, texts or both.
        metrics: tables of an evaluation, such as numbers.csv and words.csv.

    Raises: InputError as `read_answers` and `correlations` do, and where nobody passes the screening.
    """
    answers = read_answers(results, key)
    mixes, texts = _mixes(answers, key), _texts(answers, key)
    by_mix = {
        (item, system): mean.value
        for item, systems in mixes.get("by_item", {}).items()
        for system, mean in systems.items()
    }
    by_text = {
        scale: {item: mean.value for item, mean in items.items()}
        for scale, items in texts.get("text_items", {}).items()
    }
    found = {path.name: correlations(path, key, by_mix, by_text) for path in metrics}
    return Outcome(
        **{"study": key.study, "protocol": key.protocol, "raters": 0, "left_out": (), **mixes, **texts},
        repeated=answers.repeated,
        correlations=found,
    )


def write(outcome: Outcome, out: Path, force: bool = False) -> None:
    """Writes study.json and study.md into a folder, which is made where there is none.

    Raises: InputError where they are there already (without `force`), or cannot be written.
    """
    check_free(out, force)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f'"{out}" cannot be written: {error.strerror}.') from error
    with whole_file(out / FILES[0]) as as_json, whole_file(out / FILES[1]) as as_text:
        as_json.write_text(outcome.to_json(), "utf-8")
        as_text.write_text(outcome.to_markdown(), "utf-8")


def folder_beside(key: Path) -> Path:
    """Where an outcome goes that nobody places: beside the key, `test-results` for the key `test-key.json`."""
    return key.with_name(f"{key.stem.removesuffix('-key')}-results")


def check_free(out: Path, force: bool) -> None:
    """Raises: InputError where an outcome lies in `out` already, unless it may be replaced, and for a file."""
    if os.path.lexists(out) and not out.is_dir():
        raise InputError(f'"{out}" is a file: give a folder to write to.')
    there = next((out / name for name in FILES if os.path.lexists(out / name)), None)
    if there is not None and not force:
        raise InputError(f'"{there}" exists: choose another folder, or --force to replace it.')


def _mixes(answers: Answers, key: Key) -> dict[str, Any]:
    """What an `Outcome` tells of mixes."""
    if answers.mixes is None:
        return {}
    kept = trusted(answers.mixes)
    if not any(kept):
        raise InputError(
            f"None of the {len(kept)} raters passes the screening by the hidden reference: nothing is left to tell."
        )
    ratings = answers.mixes.of(kept)
    made: dict[Unit, str] = {(page.page, code): one.system for page in key.mixes for code, one in page.stimuli.items()}
    made |= {(page.page, REFERENCE): REFERENCE for page in key.mixes}
    systems = {system: [unit for unit in ratings.units if made[unit] == system] for system in (REFERENCE, *key.systems)}
    items = {page.page: page.item for page in key.mixes}
    judged = [unit for unit in ratings.units if made[unit] not in (REFERENCE, LOW_ANCHOR)]
    alone = means(ratings, {"|".join(unit): [unit] for unit in ratings.units})
    by_item: dict[str, dict[str, Any]] = {item: {} for item in items.values()}
    for unit in ratings.units:
        by_item[items[unit[0]]][made[unit]] = alone["|".join(unit)]
    return {
        "raters": len(kept),
        "left_out": tuple(rater for rater, keep in zip(answers.mixes.raters, kept, strict=True) if not keep),
        "systems": means(ratings, systems),
        "improvement": means(ratings, systems, against=FLAWED),
        "by_item": by_item,
        "mixes": {ALL: agreement(ratings, True), JUDGED: agreement(ratings.among(judged), True)},
    }


def _texts(answers: Answers, key: Key) -> dict[str, Any]:
    """What an `Outcome` tells of texts."""
    about = {(page.page, page.stimulus): page.item for page in key.texts}
    return {
        "texts": {scale: means(said, {scale: said.units})[scale] for scale, said in answers.texts.items()},
        "text_agreement": {scale: agreement(said, False) for scale, said in answers.texts.items()},
        "text_items": {
            scale: means(said, {about[unit]: [unit] for unit in said.units}) for scale, said in answers.texts.items()
        },
    }
