"""What the rows of judge.csv come to: means with intervals over songs, verdicts that count, and position bias."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from explainer.evaluation.judge.rubric import Criterion

OVERALL = "overall"

Row = Mapping[str, Any]


def summarise(rows: Sequence[Row]) -> dict[str, dict]:
    """Each judge's verdicts, ready for JSON.

    Args:
        rows: as `Judgements.rows` gives them, of any number of items and judges, or as they are read from judge.csv.

    Returns:
        Of each judge:
        - "questions", "valid" and "invalid": how many were put, brought a verdict, or brought none; "why": how often
          for which reason.
        - "answers": of each who gave answers, by criterion and "overall" (the mean of the criteria), the mean score
          over items, `{"mean", "low", "high", "n"}` with its 95 % interval by bootstrap over songs and the number of
          items. An item counts with the mean of its valid orders.
        - "both_orders": the items that brought a verdict in both orders.
        - "position_bias": by criterion and "overall", how much higher an answer is scored where it comes earlier than
          in the other order, over the answers of items with verdicts in both; 0 for a judge without such a bias.
        Figures of nothing are None, and so are the intervals of a single song.
    """
    rows = sorted(rows, key=lambda row: (str(row["id"]), int(row["order"]), str(row["answer"])))  # as if asked at once
    return {name: _of_judge([row for row in rows if row["judge"] == name]) for name in _each(rows, "judge")}


def _of_judge(rows: Sequence[Row]) -> dict:
    wrong = Counter(str(row["invalid"]) for row in rows if row["invalid"] not in ("", None))
    given = [row for row in rows if row["invalid"] in ("", None)]
    verdicts = {(row["id"], int(row["order"])) for row in given}
    orders: dict[tuple[str, str], dict[int, Row]] = defaultdict(dict)
    for row in given:
        orders[row["id"], row["answer"]][int(row["order"])] = row
    both = {key: (found[0], found[1]) for key, found in orders.items() if len(found) == 2}
    return {
        "questions": len(verdicts) + wrong.total(),
        "valid": len(verdicts),
        "invalid": wrong.total(),
        "why": dict(sorted(wrong.items())),
        "answers": {name: _means(orders, name) for name in _each(given, "answer")},
        "both_orders": len({item for item, _ in both}),
        "position_bias": _bias(both.values()),
    }


def _means(orders: Mapping[tuple[str, str], Mapping[int, Row]], name: str) -> dict[str, dict]:
    of_name = {item: list(found.values()) for (item, answer), found in orders.items() if answer == name}
    told = {}
    for measure in (*Criterion, OVERALL):
        by_item = [(item, sum(_score(row, measure) for row in rows) / len(rows)) for item, rows in of_name.items()]
        told[str(measure)] = _figure(by_item)
    return told


def _bias(both: Iterable[tuple[Row, Row]]) -> dict[str, dict]:
    """Score where it came earlier, less the score where it came later; an answer in the middle has no such place."""
    pairs = [sorted(pair, key=lambda row: int(row["position"])) for pair in both]
    moved = [(early, late) for early, late in pairs if int(early["position"]) < int(late["position"])]
    return {
        str(measure): _figure([(early["id"], _score(early, measure) - _score(late, measure)) for early, late in moved])
        for measure in (*Criterion, OVERALL)
    }


def _score(row: Row, measure: str) -> float:
    if measure == OVERALL:
        return sum(int(row[criterion]) for criterion in Criterion) / len(Criterion)
    return float(int(row[measure]))


def _figure(by_item: Sequence[tuple[str, float]]) -> dict[str, float | int | None]:
    """The mean over items, and its interval by bootstrap over songs; None of nothing, and where there is one song."""
    if not by_item:
        return {"mean": None, "low": None, "high": None, "n": 0}
    import torch

    from console.evaluation.figures.bootstrap import ratios

    songs = {song: at for at, song in enumerate(sorted({_song(item) for item, _ in by_item}))}
    sums = torch.tensor([(score, 1.0) for _, score in by_item], dtype=torch.float64)
    song = torch.tensor([songs[_song(item)] for item, _ in by_item])
    mean, low, high = ratios(sums, song, len(songs), {"mean": (0, 1)})["mean"]
    spread = len(songs) > 1
    return {"mean": mean, "low": low if spread else None, "high": high if spread else None, "n": len(by_item)}


def _song(item: str) -> str:
    """The song of an item's id: what comes before chunk, protocol, anchor and number."""
    return item.rsplit("|", 4)[0]


def _each(rows: Sequence[Row], column: str) -> list[str]:
    return sorted({str(row[column]) for row in rows})
