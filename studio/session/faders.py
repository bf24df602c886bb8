"""What moves faders: to where they are suggested, to a position, by some dB, back to where they were."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from console.correct import Action, rounded
from console.correct.links import with_linked
from console.errors import InputError
from explainer.advice.shown import listed
from studio.session.names import are, named
from studio.session.operations import Outcome
from studio.session.sentences import moved_said, position, stays_said, would_move_said
from studio.session.told import Told


class Faders(Told):
    """The operations that move faders."""

    def apply(self, stems: Sequence[str] | None = None, dry_run: bool = False) -> Outcome:
        """Moves faders to where they are suggested, measures the mix, and tells what is left.

        A fader that an earlier `apply` moved, and that is not to move any more, comes back; one that was moved by hand
        and is not to move stays, and is told.

        Args:
            stems: only these; with them those that are linked.
            dry_run: say what would move, and move nothing.

        Raises: InputError for stems that are unknown or locked.
        """
        chosen = self._free(stems)
        earlier = self.by_advice
        gains_db = list(self.state.gains_db)
        stay_db: list[tuple[str, float]] = []
        for at, (stem, aim_db) in enumerate(
            zip(self._judged().stems, self.heard.suggested_db(self.state), strict=True)
        ):
            if stem.name not in chosen:
                continue
            if stem.move.moves or stem.name in earlier:
                gains_db[at] = aim_db
            elif stem.move.action is Action.LEAVE and gains_db[at] != aim_db:
                stay_db.append((stem.name, gains_db[at]))
        placed = replace(self.state, gains_db=self._placed(gains_db))
        changes, stays = self._changes(self.state, placed), stays_said(stay_db)
        if not changes:
            return Outcome("apply", " ".join(filter(None, [self._nothing(chosen), stays])))
        if dry_run:
            return Outcome("apply", " ".join(filter(None, [would_move_said(changes), stays])), changes)
        measured = self._measured("apply", placed)  # before the step, so that it is taken whole or not at all
        said = moved_said(changes)
        self._step("apply", _arguments(stems), said, gains_db=placed.gains_db)
        said = " ".join(filter(None, [said, stays, measured.said]))
        return Outcome("apply", said, changes, measured.offers, measured.data)

    def _nothing(self, chosen: frozenset[str]) -> str:
        """Why an `apply` moves nothing."""
        if not any(stem.move.moves and stem.name in chosen for stem in self.advice.stems):
            return "Nothing moves: no fader needs to."
        return "Nothing moves: the faders stand there already."

    def set(self, stem: str, gain_db: float) -> Outcome:
        """Puts a stem's fader to a position; what is linked moves by as much.

        Raises: InputError for a stem that is unknown, silent or locked, and a position that a fader does not have.
        """
        name = self._name(stem, sounding=True)
        by_db = rounded(gain_db) - self._stands_db(name)
        return self._moved("set", {"stem": name, "gain_db": gain_db}, [name], by_db)

    def nudge(self, stem: str, by_db: float) -> Outcome:
        """Moves a stem's fader by some dB; errors as of `set`."""
        name = self._name(stem, sounding=True)
        return self._moved("nudge", {"stem": name, "by_db": by_db}, [name], by_db)

    def shift(self, stems: Sequence[str], by_db: float) -> Outcome:
        """Moves the faders of several stems by as many dB, all of them or none; errors as of `set`."""
        names = [self._name(stem, sounding=True) for stem in stems]
        return self._moved("shift", {"stems": names, "by_db": by_db}, names, by_db)

    def reset(self, stems: Sequence[str] | None = None) -> Outcome:
        """Puts faders back to 0 dB, all that are not locked or those that are named; errors as of `apply`."""
        chosen = self._free(stems)
        pairs = zip(self.song.names, self.state.gains_db, strict=True)
        gains_db = tuple(0.0 if name in chosen else db for name, db in pairs)
        changes = self._changes(self.state, replace(self.state, gains_db=gains_db))
        if not changes:
            return Outcome("reset", "Nothing moves: the faders stand at 0 dB already.")
        return self._step("reset", _arguments(stems), moved_said(changes), gains_db=gains_db)

    def _free(self, stems: Sequence[str] | None) -> frozenset[str]:
        """Those of the stems that may move, with what is linked; a locked one that was asked for by name is refused."""
        if stems is not None and not stems:
            raise InputError("Name at least one stem, or leave the stems out for all of them.")
        asked = self.song.names if stems is None else list(map(self._name, stems))
        names = with_linked(self.heard.song_of(self.state), asked)
        locked = [name for name in names if name in self.state.locks]
        if locked and stems is not None:
            raise InputError(f"{named(locked)} {are(locked)} locked: unlock first.")
        return frozenset(name for name in names if name not in locked)

    def _moved(self, operation: str, arguments: dict[str, Any], names: Sequence[str], by_db: float) -> Outcome:
        """Faders moved by some dB, and what is linked with them by as much."""
        together = self._free(names)
        pairs = zip(self.song.names, self.state.gains_db, strict=True)
        gains_db = self._placed([rounded(db + by_db) if each in together else db for each, db in pairs])
        changes = self._changes(self.state, replace(self.state, gains_db=gains_db))
        if not changes:
            stands = [f"{named([name])} stands at {position(self._stands_db(name))} dB" for name in names]
            return Outcome(operation, f"{listed(stands)} already.")
        return self._step(operation, arguments, moved_said(changes), gains_db=gains_db)


def _arguments(stems: Sequence[str] | None) -> dict[str, Any]:
    return {} if stems is None else {"stems": list(stems)}
