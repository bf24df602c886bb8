"""Numbers against words: on each item the text, the belief that it puts into words, and the truth, side by side."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from console.balance import ROLES
from console.correct import AUDIBLE_DB
from explainer.evaluation.texts.faders import BOTH, Cell, Fader, error_db, way_of
from explainer.reading.agreement import HALF_A_TENTH

Row = dict[str, Cell]

KEYS = ("id", "song", "protocol", "input", "listener", "style", "conditioning", "source")
COLUMNS = (
    *KEYS,
    *("same_stems", "same_directions", "within_range", "agrees", "text_right", "posterior_right", "right"),
    *("text_error_db", "advised_error_db", "posterior_error_db", "wording_cost_db", "leaving_cost_db"),
)
RIGHT = {(1, 1): BOTH, (1, 0): "text", (0, 1): "posterior", (0, 0): "neither"}
DECIMALS = 4


def agreement(numbers: Iterable[Mapping[str, Cell]], words: Sequence[Mapping[str, Cell]]) -> list[Row]:
    """One row for each row of words, held against the numbers of the same item, input and listener.

    Args:
        numbers: of `console.evaluation.numbers`, as they are or read back from CSV; rows of other listeners do not
            count.
        words: of `explainer.evaluation.texts.written`, likewise.

    Columns (`COLUMNS` has them in order), where a belief moves the stems that its correction puts a gain on, and
    the truth those that are off by 1 dB or more:
        id, song, protocol, input, listener, style, conditioning, source: of the row of words.
        same_stems: 1 where the text moves the stems that the belief moves.
        same_directions: 1 where it moves those that both move the same way.
        within_range: 1 where what it says of those lies in the belief's 80 % range, to the decimal that is said.
        agrees: 1 where all three hold.
        text_right, posterior_right: 1 where exactly the right stems are moved, each the right way.
        right: who is that: "both", "text", "posterior" or "neither".
        text_error_db, posterior_error_db: mean error over the stems that may move, of what the text says ("" where a
            number is missing) and of the medians. advised_error_db: of the gains of its correction.
        wording_cost_db: text_error_db less posterior_error_db. leaving_cost_db: the part of it that leaving alone
            what is under 1 dB costs, advised_error_db less posterior_error_db; the rest is the words' own.

    Raises: ValueError for words on an item of which there are no numbers.
    """
    wanted = {_key(row) for row in words}
    known = {key: row for row in numbers if (key := _key(row)) in wanted}
    told = []
    for row in words:
        if _key(row) not in known:
            raise ValueError(f"there are no numbers on {_key(row)}")
        told.append({name: row[name] for name in KEYS} | _held(known[_key(row)], row))
    return told


def who_was_right(rows: Iterable[Mapping[str, Cell]]) -> dict[str, dict[str, int]]:
    """How many items there are with both, the text, the posterior or neither right, where words and numbers agree, and
    where they differ."""
    counts = Counter((bool(int(row["agrees"])), str(row["right"])) for row in rows)
    return {
        name: {who: counts[agrees, who] for who in RIGHT.values()}
        for name, agrees in (("agree", True), ("differ", False))
    }


def _key(row: Mapping[str, Cell]) -> tuple[str, str, str]:
    return str(row["id"]), str(row["input"]), str(row["listener"])


def _held(number: Mapping[str, Cell], word: Mapping[str, Cell]) -> Row:
    """One item's words against its numbers."""
    roles = [str(role) for role in ROLES if number[f"median_db_{role}"] != ""]
    free = [role for role in roles if role != number["anchor"]]
    right_db = {role: -float(number[f"flaw_db_{role}"]) for role in free}
    median_db = {role: float(number[f"median_db_{role}"]) for role in free}
    said = {
        str(role): Fader(str(word[f"said_way_{role}"]), _db(word[f"said_db_{role}"]), False)
        for role in ROLES
        if word[f"said_way_{role}"] != ""
    }
    gain_db = {role: float(number[f"gain_db_{role}"]) for role in free}
    moved = {role: db for role, db in gain_db.items() if db}
    shared = [role for role in moved if role in said]
    same_stems = said.keys() == moved.keys()
    same_directions = all(said[role].way == way_of(moved[role]) for role in shared)
    within = all(_within(said[role].db, number, role) for role in shared)
    wanted = {role: way_of(db) for role, db in right_db.items() if abs(db) >= AUDIBLE_DB}
    text_right = int({role: fader.way for role, fader in said.items()} == wanted)
    posterior_right = int({role: way_of(db) for role, db in moved.items()} == wanted)
    errors = {
        "text": error_db(said, right_db),
        "advised": error_db(_faders(moved), right_db),
        "posterior": error_db(_faders(median_db), right_db),
    }
    return {
        "same_stems": int(same_stems),
        "same_directions": int(same_directions),
        "within_range": int(within),
        "agrees": int(same_stems and same_directions and within),
        "text_right": text_right,
        "posterior_right": posterior_right,
        "right": RIGHT[text_right, posterior_right],
        **{f"{name}_error_db": _rounded(error) for name, error in errors.items()},
        "wording_cost_db": _less(errors["text"], errors["posterior"]),
        "leaving_cost_db": _less(errors["advised"], errors["posterior"]),
    }


def _within(said_db: float | None, number: Mapping[str, Cell], role: str) -> bool:
    if said_db is None:
        return False
    low_db, high_db = float(number[f"low_db_{role}"]), float(number[f"high_db_{role}"])
    return low_db - HALF_A_TENTH <= said_db <= high_db + HALF_A_TENTH


def _faders(corrections_db: Mapping[str, float]) -> dict[str, Fader]:
    return {role: Fader(way_of(db), db, False) for role, db in corrections_db.items()}


def _db(cell: Cell) -> float | None:
    return None if cell == "" else float(cell)


def _less(error: float | None, than: float | None) -> Cell:
    return "" if error is None or than is None else _rounded(error - than)


def _rounded(error: float | None) -> Cell:
    return "" if error is None else round(error, DECIMALS) + 0.0
