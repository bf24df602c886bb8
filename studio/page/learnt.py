"""What users prefer, kept on the disk: their votes, and what they do to the advice, learnt into a usual."""

import csv
import hashlib
import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.errors import InputError

if TYPE_CHECKING:
    from studio.session.session import Session

CHOICES = ("before", "after", "none")
VOTES, DECISIONS, USUAL = "votes.json", "decisions.csv", "usual.yaml"
COLUMNS = ("song", "role", "gain_db", "advised_db", "session")
MOST_ROWS = 5_000  # of the table; the oldest go
MOST_DB = 48.0  # that a decision may say; a fader at the bottom says no more
HEARD_DB = 0.05  # rounding


@dataclass(frozen=True)
class Decided:
    """What was done to one stem's fader, beside what had been advised by what is usual in all music."""

    role: str
    gain_db: float
    advised_db: float


class Learnt:
    """The files in which it is kept. Several threads may use it.

    Args:
        folder: where they lie; it is made when something is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    @property
    def usual(self) -> Path:
        """What is usual for the user, as `mixconsole correct --usual` takes it."""
        return self.folder / USUAL

    def vote(self, preferred: str) -> dict[str, int]:
        """Keeps a vote, and returns all of them. Raises: InputError for what cannot be voted."""
        if preferred not in CHOICES:
            raise InputError(f"A vote is {', '.join(CHOICES[:-1])} or {CHOICES[-1]}.")
        with self._lock:
            votes = self.votes
            votes[preferred] += 1
            self._write(VOTES, json.dumps(votes) + "\n")
        return votes

    @property
    def votes(self) -> dict[str, int]:
        """How often each was preferred."""
        try:
            kept = json.loads((self.folder / VOTES).read_text("utf-8"))
            return {choice: max(0, int(kept.get(choice, 0))) for choice in CHOICES}
        except (OSError, ValueError, AttributeError, TypeError):
            return dict.fromkeys(CHOICES, 0)

    def learn(self, session_id: str, title: str, decided: Sequence[Decided]) -> str:
        """Learns a session's decisions, in the place of what was learnt of it before; returns what came of all songs.

        Raises: InputError where the table cannot be read, or nothing written.
        """
        from console.balance.decisions import read_decisions
        from console.balance.genre import usual_in_all_music
        from console.balance.learn import learn_decisions
        from console.balance.usual import USUAL as USUALLY

        with self._lock:
            session = hashlib.sha256(session_id.encode()).hexdigest()[:12]  # who knows an id may use the session
            rows = [row for row in self._rows() if row["session"] != session]
            song = f"{_no_formula(title)} ({session[:6]})"
            rows += [_row(song, each, session) for each in decided]
            self._write(DECISIONS, _table(rows[-MOST_ROWS:]))
            made = read_decisions(self.folder / DECISIONS)
            songs = len({each.song for each in made})
            base = usual_in_all_music()
            count = f"{songs} song{'' if songs == 1 else 's'}"
            learnt = learn_decisions(made, f"{USUALLY}for you ({count}, on top of all music)", base)
            learnt.usual.save(self.usual)
        offsets_db = {role: db - base.mean_db[role] for role, db in learnt.usual.mean_db.items()}
        told = [f"{role} {db:+.1f} dB" for role, db in offsets_db.items() if abs(db) >= HEARD_DB]
        return f"Learnt from {count}: against all music, {', '.join(told) or 'nothing moves'}."

    def _rows(self) -> list[dict[str, str]]:
        """The table as it is; one that somebody changed beyond reading is begun anew."""
        try:
            text = (self.folder / DECISIONS).read_text("utf-8")
        except (OSError, ValueError):
            return []
        rows = csv.DictReader(StringIO(text))
        return [row for row in rows if set(row) == set(COLUMNS) and None not in row.values()]

    def _write(self, name: str, text: str) -> None:
        from console.files.whole import whole_file

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f'"{self.folder}" cannot be written: {error.strerror or error}.') from error
        with whole_file(self.folder / name) as part:
            part.write_text(text, "utf-8")


def decided_in(session: "Session") -> list[Decided]:
    """What the user did to the faders of a session, beside what all music would have had advised.

    A role counts where a fader of it was moved, by hand or by "apply"; its stems that were not touched count as they
    were advised.

    Raises: InputError where no fader was moved, or all stand where they are advised.
    """
    from dataclasses import replace

    from studio.session.state import UsualChoice

    state = session.state
    touched = _touched(session)
    if not touched:
        raise InputError("No fader was moved yet: there is nothing to learn.")
    plain = replace(state, usual=UsualChoice(), reference=None, locks=(), strength_percent=100.0)
    advice, aims_db = session.heard.advice(plain), session.heard.suggested_db(plain)
    roles = {stem.role for stem in advice.stems if stem.name in touched}
    decided = []
    for stem, gain_db, advised_db in zip(advice.stems, state.gains_db, aims_db, strict=True):
        if stem.role in roles and stem.move.action != "silent":
            chosen_db = min(max(gain_db, -MOST_DB), MOST_DB) if stem.name in touched else advised_db
            decided.append(Decided(str(stem.role), chosen_db, advised_db))
    if all(abs(each.gain_db - each.advised_db) < HEARD_DB for each in decided):
        raise InputError("The faders stand where all music has them: there is nothing to learn.")
    return decided


def _touched(session: "Session") -> set[str]:
    """The stems whose fader a step in force moved, and those that an "apply" left where they were advised."""
    names, before = session.song.names, session.start.gains_db
    touched: set[str] = set()
    for step in session.steps[: session.at]:
        after = step.state.gains_db
        touched |= {name for name, a, b in zip(names, before, after, strict=True) if a != b}
        if step.operation == "apply":
            touched |= set(step.arguments.get("stems") or names)
        before = after
    return touched


def _row(song: str, decided: Decided, session: str) -> dict[str, str]:
    return {
        "song": song,
        "role": decided.role,
        "gain_db": f"{decided.gain_db:.2f}",
        "advised_db": f"{decided.advised_db:.2f}",
        "session": session,
    }


def _table(rows: Iterable[Mapping[str, Any]]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _no_formula(title: str) -> str:
    """A title that no spreadsheet takes for a formula, on one line."""
    from explainer.advice.shown import shown

    safe = " ".join(shown(title).split())
    return f"'{safe}" if safe[:1] in "=+-@" else safe
