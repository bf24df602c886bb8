"""A song's state and the steps that led to it: each taken whole, taken back exactly, and made again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from console.errors import InputError
from console.model import Console
from console.read.song import Song
from explainer.advice.advice import Advice
from explainer.language.writer import Writer
from studio.session.heard import Heard
from studio.session.names import find, named, readable
from studio.session.operations import LEAST_DB, MOST_DB, Changed, Outcome
from studio.session.sentences import position
from studio.session.state import Gains, State, Step

STEPS = 500  # that are kept; of a longer history the oldest cannot be undone


class History:
    """What a session is made of: its song, what is computed of it, and what was decided, step by step.

    Args:
        song: as it was opened; its stems' levels are 0 dB on the faders.
        console: who listens; None: the embedded one.
        explainer: who finds the words; None: the embedded one, loaded when it is first asked.
        tell: is told what is being done, as it begins.
    """

    def __init__(
        self,
        song: Song,
        console: Console | None = None,
        explainer: Writer | None = None,
        tell: Callable[[str], None] = lambda step: None,
    ) -> None:
        song = readable(song)
        self.heard = Heard(song, Console.from_pretrained() if console is None else console, explainer)
        self.opened = State.of(song)
        self.start = self.opened  # before the first of the steps that are kept
        self.steps: list[Step] = []
        self.at = 0
        self.tell = tell

    @property
    def song(self) -> Song:
        """The song as it was opened."""
        return self.heard.song

    @property
    def state(self) -> State:
        """What is decided now."""
        return self.steps[self.at - 1].state if self.at else self.start

    @property
    def advice(self) -> Advice:
        """What is suggested, with reasons; it is listened first where it was not yet."""
        return self.heard.advice(self.state)

    @property
    def by_advice(self) -> frozenset[str]:
        """The stems whose faders an `apply` moved last, and nobody's hand."""
        moved: frozenset[str] = frozenset()
        before = self.start
        for step in self.steps[: self.at]:
            now = frozenset(c.stem for c in self._changes(before, step.state) if c.what == "gain_db")
            moved = moved | now if step.operation == "apply" else moved - now
            before = step.state
        return moved

    def undo(self) -> Outcome:
        """Takes back the last change. Raises: InputError where there is none."""
        if not self.at:
            raise InputError("There is nothing to undo.")
        step, before = self.steps[self.at - 1], self.state
        self.at -= 1
        return Outcome("undo", f"Undone: {step.said}", self._changes(before, self.state))

    def redo(self) -> Outcome:
        """Makes the change once more that was taken back last. Raises: InputError where there is none."""
        if self.at == len(self.steps):
            raise InputError("There is nothing to redo.")
        before = self.state
        self.at += 1
        return Outcome("redo", f"Redone: {self.steps[self.at - 1].said}", self._changes(before, self.state))

    def _name(self, stem: str, sounding: bool = False) -> str:
        """The stem's name as the song spells it; errors as of `names.find`."""
        return find(self.song, stem, sounding)

    def _stands_db(self, name: str) -> float:
        """Where a stem's fader stands."""
        return self.state.gains_db[self.song.index(name)]

    def _placed(self, gains_db: Sequence[float]) -> Gains:
        """Positions of all faders. Raises: InputError for one that a fader does not have."""
        for name, gain_db in zip(self.song.names, gains_db, strict=True):
            if not LEAST_DB <= gain_db <= MOST_DB:
                raise InputError(
                    f"{named([name])} would stand at {position(gain_db)} dB: a fader goes from {LEAST_DB:g} to "
                    f"{MOST_DB:+g} dB."
                )
        return tuple(gains_db)

    def _step(self, operation: str, arguments: dict[str, Any], said: str, **new: Any) -> Outcome:
        """Takes one step: what could be redone is gone."""
        before = self.state
        state = replace(before, **new)
        self.steps = [*self.steps[: self.at], Step(operation, arguments, said, state)]
        if len(self.steps) > STEPS:
            self.start, self.steps = self.steps[0].state, self.steps[1:]
        self.at = len(self.steps)
        return Outcome(operation, said, self._changes(before, state))

    def _changes(self, before: State, now: State) -> tuple[Changed, ...]:
        """What differs of each stem between two states."""
        changes: list[Changed] = []
        for what, one, other in zip(
            ("gain_db", "locked", "links", "role", "anchor"), self._by_stem(before), self._by_stem(now), strict=True
        ):
            rows = zip(self.song.names, one, other, strict=True)
            changes += [Changed(name, what, was, is_) for name, was, is_ in rows if was != is_]
        return tuple(changes)

    def _by_stem(self, state: State) -> list[list[Any]]:
        """A state's faders, locks, links, roles and anchor, each by stem."""
        names = self.song.names
        together = {name: list(group) for group in state.links for name in group}
        return [
            list(state.gains_db),
            [name in state.locks for name in names],
            [together.get(name) for name in names],
            list(state.roles),
            [name == state.anchor for name in names],
        ]
