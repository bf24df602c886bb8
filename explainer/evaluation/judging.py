"""The texts of a run before a judge: what the explainer and the phrase bank say of the same numbers."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

from console.balance import ROLES
from console.errors import InputError
from explainer.evaluation.folder import SUMMARY
from explainer.evaluation.judge import Judge, Judged, Question, questions_of, verdicts
from explainer.evaluation.tables.ledger import Ledger
from explainer.evaluation.texts.written import PHRASES

EXPLAINER = "explainer"
JUDGE, UNANSWERED = "judge", "judge: questions without a reply"  # left out, and why
NO_WORDS = "There are no texts to judge."
AGAIN = "The rest is done; the same command asks again."


def judge(
    items: Sequence[Judged], backend: Judge, seed: int, ledger: Ledger, told: Callable[[int, int], Callable[[], None]]
) -> str:
    """Puts what has no reply yet before a judge, a block of the ledger for each reply; what has none stays out of it.

    Args:
        told: what is done and how much there is in all -> called after each question.

    Returns: which questions had no reply, in a sentence; "" where all had.

    Raises: InputError where the judge cannot be had at all, or not one question of the whole run has had a reply. What
        it said before is in the ledger.
    """
    asked = {_block(question): question for item in items for question in questions_of(item, seed)}
    missing = {block: question for block, question in asked.items() if block not in ledger}
    done = told(len(asked) - len(missing), len(asked))
    if not missing:
        return ""
    failed: Counter[str] = Counter()
    try:
        for block, found in zip(missing, verdicts(list(missing.values()), backend), strict=True):
            silent = [invalid.why for invalid in found.invalid if not invalid.answered]
            failed.update(silent)
            if not silent:
                ledger.add(block, found.rows)
            done()
    except InputError as error:
        raise InputError(f"{error} {AGAIN}") from error
    if not failed:
        return ""
    why = ", ".join(f"{reason}: {count}" for reason, count in sorted(failed.items()))
    told_of = f"of {len(asked)} questions ({why}). {AGAIN}"
    if not len(ledger):
        raise InputError(f"The judge replied to none {told_of}")
    return f"The judge has not replied to {failed.total()} {told_of}"


def _block(question: Question) -> str:
    return f"{question.judged.id} {question.order}"


def is_judged(folder: str | PathLike[str]) -> bool:
    """Whether a run that ended in that folder had all its replies, so that the judge need not be there once more."""
    try:
        left_out = json.loads((Path(folder).expanduser() / SUMMARY).read_text(encoding="utf-8"))["left_out"]
        return not any(str(what).startswith(JUDGE) for what in left_out)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def judged_items(numbers: Ledger, words: Ledger) -> list[Judged]:
    """One item for each that was put into words, of what is heard first.

    Args:
        numbers, words: rows of one run.
    """
    answers: dict[str, dict[str, str]] = {}
    told = words.each("input", "listener")
    if not told:
        return []
    put, listener = told[0]
    for row in words.rows(input=put):
        who = PHRASES if row["conditioning"] == PHRASES else EXPLAINER
        answers.setdefault(row["id"], {}).setdefault(who, row["text"])  # the verified one comes first
    items = []
    for row in numbers.rows(input=put, listener=listener):
        if row["id"] in answers:
            correction_db = {str(r): 0.0 - float(row[f"flaw_db_{r}"]) for r in ROLES if row[f"flaw_db_{r}"] != ""}
            compare = row["protocol"] == "ab"
            items.append(Judged(row["id"], correction_db, answers[row["id"]], row["anchor"] or None, compare))
    return items
