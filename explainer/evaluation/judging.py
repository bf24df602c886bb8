"""The texts of a run as items for a judge: what the explainer and the phrase bank say of the same numbers."""

from console.balance import ROLES
from explainer.evaluation.ledger import Ledger
from explainer.evaluation.words import PHRASES
from explainer.judge import Judged

EXPLAINER = "explainer"
NO_WORDS = "There are no texts to judge."


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
