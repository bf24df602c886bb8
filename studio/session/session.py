"""A song on the desk, and everything that can be done with it: each operation by name, each undone exactly."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from console.balance.genre import Genre
from console.correct import rounded
from console.correct.links import with_linked
from console.errors import InputError
from console.model import Console
from console.read.roles import spoken_role
from console.read.song import Song
from explainer.advice.advice import Advice
from explainer.advice.shown import listed, quoted, shown
from explainer.language.writer import Writer
from explainer.phrasing.plan import Style
from studio.session.heard import Heard
from studio.session.operations import LEAST_DB, MOST_DB, OPERATIONS, Changed, Outcome
from studio.session.state import SAVED, Saved, State, Step, UsualChoice
from studio.session.table import left_said, levels_said, moved_said, position, table

SAME_LU = 0.05  # rounding
STEPS = 500  # that are kept; of a longer history the oldest cannot be undone


class Session:
    """One song's shared state: page, terminal, language models and Python all change it by the same operations.

    An operation either happens whole or raises `InputError` and changes nothing. Nothing is heard before it is asked
    for. A session is one caller's at a time; it keeps no locks of threads.

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
        roles = tuple(str(finer or role) for role, finer in zip(song.roles, song.finer_roles, strict=True))
        self.opened = State((0.0,) * len(song.names), roles, links=song.links)
        self.steps: list[Step] = []
        self.at = 0
        self.tell = tell
        self.heard = Heard(song, Console.from_pretrained() if console is None else console, explainer)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        roles: Mapping[str, str] | None = None,
        link: Sequence[tuple[str, str]] = (),
        unlink: Sequence[str] = (),
        console: Console | None = None,
        explainer: Writer | None = None,
        tell: Callable[[str], None] = lambda step: None,
    ) -> "Session":
        """A session on a folder of stems, a .zip or a .stem.mp4; arguments and errors as of `Song.load`."""
        tell("Reading the stems")
        return cls(Song.load(path, roles, link, unlink), console, explainer, tell)

    @property
    def song(self) -> Song:
        """The song as it was opened."""
        return self.heard.song

    @property
    def state(self) -> State:
        """What is decided now."""
        return self.steps[self.at - 1].state if self.at else self.opened

    @property
    def advice(self) -> Advice:
        """What is suggested, with reasons; it is listened first where it was not yet."""
        return self.heard.advice(self.state)

    @property
    def table(self) -> dict[str, Any]:
        """All of it as JSON-able data: facts, stems, groups, mix, advice, history. It computes nothing anew."""
        return table(self)

    def do(self, operation: str, arguments: Mapping[str, Any] | None = None) -> Outcome:
        """An operation by its name, as the page and language models ask for it.

        Raises: InputError for an unknown operation, or arguments that are none of it, each in a sentence.
        """
        kind = OPERATIONS.get(operation)
        if kind is None:
            raise InputError(f'There is no operation "{operation}": there are {", ".join(OPERATIONS)}.')
        try:
            told = kind.model_validate(dict(arguments or {}))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "its arguments"
            raise InputError(f'"{operation}" cannot be done with these: {where}: {first["msg"]}.') from error
        return getattr(self, operation)(**told.model_dump())

    # What is heard and told: nothing is changed.

    def analyse(self) -> Outcome:
        """Listens to the stems as they were opened, and suggests a position for every fader."""
        self.tell("Measuring loudness")
        _ = self.heard.loudness_lufs
        self.tell("Listening")
        return Outcome("analyse", self.headline)

    suggest = analyse

    @property
    def headline(self) -> str:
        """The advice in one sentence."""
        from explainer.phrasing.conclusion import conclusion, notes

        return " ".join([conclusion(self.advice), *notes(self.advice)])

    def measure(self) -> Outcome:
        """Measures the mix at the present faders, and listens to what is left."""
        state = self.state
        self.tell("Measuring loudness")
        levels = self.heard.levels(state.gains_db)
        if state.reference is None:
            self.tell("Listening again")
            self.heard.posterior(state, state.gains_db)
        said = " ".join(filter(None, [levels_said(levels), left_said(self)]))
        return Outcome("measure", said, data=vars(levels) | {"left_db": self._by_name(self.heard.left_db(state))})

    def explain(self, style: str | Style = Style.FULL) -> Outcome:
        """The advice in words, verified against its numbers."""
        self.tell("Finding words")
        said = self.heard.words(self.state, Style(style))
        return Outcome("explain", said.text or self.headline, data={"source": said.text_source})

    def ask(self, question: str) -> Outcome:
        """An answer to a question about the advice, verified; what needs another listening is offered.

        Raises: InputError for a question that is empty or too long.
        """
        from explainer.ask import answer

        self.tell("Finding words")
        told = answer(self.heard.explainer, self.advice, question)
        offers = () if told.operation is None else tuple(_offered(told.operation.arguments))
        return Outcome("ask", told.text, offers=offers, data={"kind": told.kind, "source": told.source})

    def compare(self, step: int = 0) -> Outcome:
        """What differs between the mix after a step of the history (0: as opened) and the mix now.

        Raises: InputError for a step that there is none of.
        """
        from explainer.speak import explain_changes

        if not 0 <= step <= len(self.steps):
            raise InputError(f"There is no step {step}: the history has {len(self.steps)}.")
        before = self.steps[step - 1].state if step else self.opened
        now = self.state
        self.tell("Measuring loudness")
        one, other = self.heard.levels(before.gains_db), self.heard.levels(now.gains_db)
        pairs = zip(self.song.names, before.gains_db, now.gains_db, strict=True)
        changes_db = {name: rounded(b - a) for name, a, b in pairs}
        silent = dict(zip(self.song.names, self.song.silent.tolist(), strict=True))
        known = {name: db for name, db in changes_db.items() if not silent[name]}
        self.tell("Finding words")
        texts = explain_changes(self.heard.explainer, [known])[0].text
        louder = other.loudness_lufs - one.loudness_lufs
        way = (
            f"{abs(louder):.1f} LU {'louder' if louder > 0 else 'softer'}" if abs(louder) >= SAME_LU else "as loud as A"
        )
        was = "as it was opened" if step == 0 else f"after step {step}"
        said = f"A is the mix {was}, B the mix as it is now. {texts} As a whole, B is {way}."
        data = {"changes_db": changes_db, "before": vars(one), "now": vars(other)}
        return Outcome("compare", said, data=data)

    # What moves faders.

    def apply(self, stems: Sequence[str] | None = None, dry_run: bool = False) -> Outcome:
        """Moves faders to where they are suggested, measures the mix, and tells what is left.

        Args:
            stems: only these; with them those that are linked.
            dry_run: say what would move, and move nothing.

        Raises: InputError for stems that are unknown or locked.
        """
        chosen = self._free(self.song.names if stems is None else stems, asked=stems is not None)
        state = self.state
        gains_db = list(state.gains_db)
        for at, stem in enumerate(self.advice.stems):
            if stem.name in chosen and stem.move.moves:
                gains_db[at] = rounded(stem.move.gain_db)
        changes = self._changes(gains_db)
        if not changes:
            none = "Nothing moves: no fader is to be moved." if self.advice.still else "The faders already stand there."
            return Outcome("apply", none)
        said = moved_said(changes)
        if dry_run:
            return Outcome("apply", f"It would do this: {said}", changes)
        self._to("apply", {} if stems is None else {"stems": list(stems)}, said, gains_db=tuple(gains_db))
        measured = self.measure()
        return Outcome("apply", f"{said} {measured.said}", changes, data=measured.data)

    def set(self, stem: str, gain_db: float) -> Outcome:
        """Puts a stem's fader to a position; what is linked moves by as much.

        Raises: InputError for a stem that is unknown, silent or locked, and a position that a fader does not have.
        """
        return self._moved("set", {"stem": self._name(stem), "gain_db": gain_db}, self._name(stem), gain_db)

    def nudge(self, stem: str, by_db: float) -> Outcome:
        """Moves a stem's fader by some dB; errors as of `set`."""
        name = self._name(stem)
        now_db = self.state.gains_db[self.song.index(name)]
        return self._moved("nudge", {"stem": name, "by_db": by_db}, name, now_db + by_db)

    def reset(self, stems: Sequence[str] | None = None) -> Outcome:
        """Puts faders back to 0 dB, all that are not locked or those that are named; errors as of `apply`."""
        chosen = self._free(self.song.names if stems is None else stems, asked=stems is not None)
        pairs = zip(self.song.names, self.state.gains_db, strict=True)
        gains_db = [0.0 if name in chosen else db for name, db in pairs]
        changes = self._changes(gains_db)
        if not changes:
            return Outcome("reset", "The faders already stand at 0 dB.")
        arguments = {} if stems is None else {"stems": list(stems)}
        return self._to("reset", arguments, moved_said(changes), changes, gains_db=tuple(gains_db))

    # What the listening is to respect.

    def lock(self, stems: Sequence[str]) -> Outcome:
        """Leaves stems alone from now on, and what moves with them."""
        names = with_linked(self.heard.song_of(self.state), list(map(self._name, stems)))
        locked = self.state.locks
        added = [name for name in names if name not in locked]
        if not added:
            return Outcome("lock", f"{_named(names)} {_are(names)} locked already.")
        changes = tuple(Changed(name, "locked", False, True) for name in added)
        kept = tuple(name for name in self.song.names if name in locked or name in added)
        said = f"{_named(added)} {_are(added)} locked at {self._stand(added)}."
        return self._to("lock", {"stems": added}, said, changes, locks=kept)

    def unlock(self, stems: Sequence[str]) -> Outcome:
        """Lets stems be moved again, and what moves with them."""
        names = with_linked(self.heard.song_of(self.state), list(map(self._name, stems)))
        freed = [name for name in names if name in self.state.locks]
        if not freed:
            return Outcome("unlock", f"{_named(names)} {_are(names)} not locked.")
        changes = tuple(Changed(name, "locked", True, False) for name in freed)
        kept = tuple(name for name in self.state.locks if name not in freed)
        return self._to("unlock", {"stems": freed}, f"{_named(freed)} can move again.", changes, locks=kept)

    def link(self, stems: Sequence[str]) -> Outcome:
        """Lets stems move together from now on, with all that they are linked with."""
        names = list(dict.fromkeys(map(self._name, stems)))
        if len(names) < 2:
            raise InputError("A link needs two stems or more.")
        together = with_linked(self.heard.song_of(self.state), names)
        links = (*(g for g in self.state.links if set(g).isdisjoint(together)), tuple(together))
        if set(map(frozenset, links)) == set(map(frozenset, self.state.links)):
            return Outcome("link", f"{_named(together)} move together already.")
        locks = self.state.locks
        if not set(together).isdisjoint(locks):  # what moves with a locked stem is locked
            locks = tuple(name for name in self.song.names if name in locks or name in together)
        changes = tuple(Changed(name, "links", None, together) for name in together)
        said = f"{_named(together)} move together."
        return self._to("link", {"stems": names}, said, changes, links=links, locks=locks)

    def unlink(self, stem: str) -> Outcome:
        """Lets a stem move by itself again."""
        name = self._name(stem)
        group = next((g for g in self.state.links if name in g), None)
        if group is None:
            return Outcome("unlink", f"{_named([name])} already moves by itself.")
        rest = tuple(other for other in group if other != name)
        links = tuple(g for g in self.state.links if g != group) + ((rest,) if len(rest) > 1 else ())
        changes = (Changed(name, "links", list(group), None),)
        return self._to("unlink", {"stem": name}, f"{_named([name])} moves by itself.", changes, links=links)

    def role(self, stem: str, role: str) -> Outcome:
        """Says what a stem plays. Raises: InputError for a role that there is none of."""
        name, at = self._name(stem), self.song.index(stem)
        if spoken_role(role) is None:
            raise InputError(f'"{role}" is no role: it is vocals, drums, bass, other, or a finer word such as kick.')
        before = self.state.roles[at]
        roles = tuple(role if i == at else own for i, own in enumerate(self.state.roles))
        told = replace(self.state, roles=roles)
        now = self.heard.song_of(told)
        roles = tuple(str(finer or own) for own, finer in zip(now.roles, now.finer_roles, strict=True))
        if roles == self.state.roles:
            return Outcome("role", f"{_named([name])} is {roles[at]} already.")
        changes = (Changed(name, "role", before, roles[at]),)
        said = f"{_named([name])} is now taken for {roles[at]}."
        return self._to("role", {"stem": name, "role": role}, said, changes, roles=roles)

    def anchor(self, stem: str | None = None) -> Outcome:
        """Takes one stem's level as right; None: no stem's."""
        name = None if stem is None else self._name(stem, sounding=True)
        if name == self.state.anchor:
            return Outcome(
                "anchor", "There is no anchor." if name is None else f"{_named([name])} is the anchor already."
            )
        said = "No stem's level is taken as right any more." if name is None else f"{_named([name])} is the anchor."
        changes = tuple(
            Changed(each, "anchor", each != name, each == name)
            for each in (self.state.anchor, name)
            if each is not None
        )
        return self._to("anchor", {"stem": name}, said, changes, anchor=name)

    def usual(
        self, genre: str | None = None, file: str | Path | None = None, like: Sequence[str | Path] = ()
    ) -> Outcome:
        """Judges by what is usual in a genre, by a file of `mixconsole learn`, in songs held up; none: in all music.

        Raises: InputError for an unknown genre, and files that cannot be read.
        """
        choice = UsualChoice(
            None if genre is None else genre.casefold(),
            None if file is None else str(file),
            tuple(map(str, like)),
        )
        if genre is not None and choice.genre not in set(Genre):
            raise InputError(f'There is no genre "{genre}": choose {", ".join(Genre)}.')
        if choice == self.state.usual:
            return Outcome("usual", "That is what the song is judged by already.")
        told = self.heard.usual(replace(self.state, usual=choice))  # a file that cannot be read changes nothing
        said = f"Judged by {shown(told.source)}." if told is not None else "Judged by all music."
        return self._to("usual", vars(choice) | {"like": list(choice.like)}, said, usual=choice)

    def strength(self, percent: float) -> Outcome:
        """Suggests only a part of each correction, 0 to 100 %."""
        if not 0 <= percent <= 100:
            raise InputError(f"A strength is 0 to 100 %, not {percent:g} %.")
        if percent == self.state.strength_percent:
            return Outcome("strength", f"The strength is {percent:g} % already.")
        said = f"{percent:g} % of each correction is suggested."
        return self._to("strength", {"percent": percent}, said, strength_percent=float(percent))

    def match(self, reference: str | Path) -> Outcome:
        """Takes the balance of a mix of this song as the aim, in place of what is heard: suggested is what leads there.

        Raises: InputError for a file that cannot be read, or is no mix of this song.
        """
        state = replace(self.state, reference=str(reference))
        self.tell("Matching")
        self.heard.advice(state)
        said = f"Suggested is the balance of {quoted(Path(reference).name)}."
        return self._to("match", {"reference": str(reference)}, said, reference=str(reference))

    def unmatch(self) -> Outcome:
        """Suggests what is heard again, and not a reference's balance."""
        if self.state.reference is None:
            return Outcome("unmatch", "No reference is matched.")
        return self._to("unmatch", {}, "Suggested is what is heard.", reference=None)

    def undo(self) -> Outcome:
        """Takes back the last change. Raises: InputError where there is none."""
        if not self.at:
            raise InputError("There is nothing to undo.")
        step, before = self.steps[self.at - 1], self.state
        self.at -= 1
        return Outcome("undo", f"Undone: {step.said}", self._differences(before))

    def redo(self) -> Outcome:
        """Makes the change once more that was taken back last. Raises: InputError where there is none."""
        if self.at == len(self.steps):
            raise InputError("There is nothing to redo.")
        before = self.state
        self.at += 1
        return Outcome("redo", f"Redone: {self.steps[self.at - 1].said}", self._differences(before))

    # What is kept.

    def to_json(self) -> str:
        """Where the song lies, and every step: read back by `from_json`."""
        saved = Saved(str(self.song.source or ""), self.opened, tuple(self.steps), self.at)
        return SAVED.dump_json(saved, indent=2).decode()

    @classmethod
    def from_json(
        cls,
        text: str,
        song: Song | None = None,
        console: Console | None = None,
        explainer: Writer | None = None,
        tell: Callable[[str], None] = lambda step: None,
    ) -> "Session":
        """A session as it was saved.

        Args:
            song: where it is at hand; by default it is read from where it lay.

        Raises: InputError for what is no saved session, and a song that is gone or has other stems than it had.
        """
        try:
            saved = SAVED.validate_json(text)
        except ValidationError as error:
            raise InputError("This is no saved session of this version.") from error
        if song is None:
            song = Song.load(saved.song, link=(), unlink=())
        session = cls(song, console, explainer, tell)
        if len(saved.opened.gains_db) != len(song.names) or not 0 <= saved.at <= len(saved.steps):
            raise InputError(f'"{song.title}" has other stems than when the session was saved.')
        session.opened, session.steps, session.at = saved.opened, list(saved.steps), saved.at
        return session

    # How it is done.

    def _name(self, stem: str, sounding: bool = False) -> str:
        """The stem's name as the song spells it; by its number, or in other case, where that is clear."""
        names = self.song.names
        if stem not in names:
            alike = [name for name in names if name.casefold() == stem.casefold()]
            stem = alike[0] if len(alike) == 1 else stem
        at = self.song.index(stem)
        if sounding and bool(self.song.silent[at]):
            raise InputError(f'The stem "{stem}" is silent: choose one that sounds.')
        return names[at]

    def _free(self, stems: Sequence[str], asked: bool) -> frozenset[str]:
        """Those of the stems that may move, with what is linked; a locked one that was asked for by name is refused."""
        names = with_linked(self.heard.song_of(self.state), list(map(self._name, stems)))
        locked = [name for name in names if name in self.state.locks]
        if locked and asked:
            raise InputError(f"{_named(locked)} {_are(locked)} locked: unlock first.")
        return frozenset(name for name in names if name not in locked)

    def _moved(self, operation: str, arguments: dict[str, Any], name: str, to_db: float) -> Outcome:
        """One fader at a new position, and what is linked with it moved by as much."""
        state = self.state
        self._name(name, sounding=True)
        together = self._free([name], asked=True)
        by_db = to_db - state.gains_db[self.song.index(name)]
        gains_db = list(state.gains_db)
        for at, other in enumerate(self.song.names):
            if other in together:
                gains_db[at] = rounded(gains_db[at] + by_db) + 0.0
                if not LEAST_DB <= gains_db[at] <= MOST_DB:
                    raise InputError(
                        f"{_named([other])} would stand at {gains_db[at]:+.1f} dB: a fader goes from {LEAST_DB:g} to "
                        f"{MOST_DB:+g} dB."
                    )
        changes = self._changes(gains_db)
        if not changes:
            return Outcome(operation, f"{_named([name])} already stands at {position(to_db)} dB.")
        return self._to(operation, arguments, moved_said(changes), changes, gains_db=tuple(gains_db))

    def _changes(self, gains_db: Sequence[float]) -> tuple[Changed, ...]:
        rows = zip(self.song.names, self.state.gains_db, gains_db, strict=True)
        return tuple(Changed(name, "gain_db", before, after) for name, before, after in rows if before != after)

    def _differences(self, before: State) -> tuple[Changed, ...]:
        """What an undo or redo changed."""
        now, names = self.state, self.song.names
        rows = list(zip(names, before.gains_db, now.gains_db, strict=True))
        moved = [Changed(name, "gain_db", a, b) for name, a, b in rows if a != b]
        pairs = ((name, name in before.locks, name in now.locks) for name in names)
        return (*moved, *(Changed(name, "locked", a, b) for name, a, b in pairs if a != b))

    def _to(
        self, operation: str, arguments: dict[str, Any], said: str, changes: tuple[Changed, ...] = (), **new: Any
    ) -> Outcome:
        """Takes one step: what could be redone is gone."""
        state = replace(self.state, **new)
        self.steps = [*self.steps[: self.at], Step(operation, arguments, said, state)]
        if len(self.steps) > STEPS:
            self.opened, self.steps = self.steps[0].state, self.steps[1:]
        self.at = len(self.steps)
        return Outcome(operation, said, changes)

    def _stand(self, names: Sequence[str]) -> str:
        """Where faders stand."""
        return listed([f"{position(self.state.gains_db[self.song.index(name)])} dB" for name in names])

    def _by_name(self, values: Sequence[float] | None) -> dict[str, float] | None:
        return None if values is None else dict(zip(self.song.names, values, strict=True))


def _named(names: Sequence[str]) -> str:
    return listed([quoted(name) for name in names])


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _offered(options: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """The session's operations for the options of `mixconsole correct` that an answer names."""
    offers: list[tuple[str, dict[str, Any]]] = []
    for option, value in zip(options[::2], options[1::2], strict=False):
        if value.isupper() and value in ("NAME", "GENRE", "SONG", "PERCENT"):
            value = ""  # which the asker has to fill in
        match option:
            case "--anchor":
                offers.append(("anchor", {"stem": value} if value else {}))
            case "--lock":
                offers.append(("lock", {"stems": [value]} if value else {}))
            case "--genre":
                offers.append(("usual", {"genre": value} if value else {}))
            case "--strength":
                offers.append(("strength", {"percent": float(value)} if value else {}))
    return offers
