"""What the listening is to respect: locks, links, roles, the anchor, what is usual, the strength, a reference."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from console.balance.genre import Genre
from console.correct.links import with_linked
from console.errors import InputError
from console.read.roles import finer_role, parse_role
from explainer.advice.shown import capital, listed, quoted, shown
from studio.session.history import History
from studio.session.names import are, named
from studio.session.operations import Outcome
from studio.session.sentences import position
from studio.session.state import UsualChoice

ALL_MUSIC = "what is usual in all music"


class Settings(History):
    """The operations that say how a song is to be judged."""

    def lock(self, stems: Sequence[str]) -> Outcome:
        """Leaves stems alone from now on, and what moves with them."""
        names = self._together(stems)
        added = [name for name in names if name not in self.state.locks]
        if not added:
            return Outcome("lock", f"{named(names)} {are(names)} locked already.")
        stand = listed([f"{position(self._stands_db(name))} dB" for name in added])
        said = f"{named(added)} {are(added)} locked at {stand}."
        return self._step("lock", {"stems": added}, said, locks=self._in_order([*self.state.locks, *added]))

    def unlock(self, stems: Sequence[str]) -> Outcome:
        """Lets stems be moved again, and what moves with them."""
        names = self._together(stems)
        freed = [name for name in names if name in self.state.locks]
        if not freed:
            return Outcome("unlock", f"{named(names)} {are(names)} not locked.")
        kept = tuple(name for name in self.state.locks if name not in freed)
        return self._step("unlock", {"stems": freed}, f"{named(freed)} can move again.", locks=kept)

    def link(self, stems: Sequence[str]) -> Outcome:
        """Lets stems move together from now on, with all that they are linked with."""
        names = list(dict.fromkeys(map(self._name, stems)))
        if len(names) < 2:
            raise InputError("A link takes two stems or more.")
        together = self._together(names)
        if tuple(together) in self.state.links:
            return Outcome("link", f"{named(together)} move together already.")
        links = (*(group for group in self.state.links if set(group).isdisjoint(together)), tuple(together))
        locks, said = self.state.locks, f"{named(together)} move together."
        held = [name for name in together if name in locks]
        if held and len(held) < len(together):  # what moves with a locked stem is locked
            locks = self._in_order([*locks, *together])
            said = f"{named(together)} move together, and are locked, as {named(held)} {are(held)}."
        return self._step("link", {"stems": names}, said, links=links, locks=locks)

    def unlink(self, stem: str) -> Outcome:
        """Lets a stem move by itself again."""
        name = self._name(stem)
        group = next((group for group in self.state.links if name in group), ())
        if not group:
            return Outcome("unlink", f"{named([name])} moves by itself already.")
        rest = tuple(other for other in group if other != name)
        links = tuple(each for each in self.state.links if each != group) + ((rest,) if len(rest) > 1 else ())
        return self._step("unlink", {"stem": name}, f"{named([name])} moves by itself.", links=links)

    def role(self, stem: str, role: str) -> Outcome:
        """Says what a stem plays. Raises: InputError for a role that there is none of."""
        name = self._name(stem)
        at = self.song.index(name)
        group = parse_role(role)
        plays = str(finer_role(role, group) or group)
        if plays == self.state.roles[at]:
            return Outcome("role", f"{named([name])} counts as {plays} already.")
        roles = tuple(plays if i == at else own for i, own in enumerate(self.state.roles))
        return self._step("role", {"stem": name, "role": plays}, f"{named([name])} counts as {plays}.", roles=roles)

    def anchor(self, stem: str | None = None) -> Outcome:
        """Takes one stem's level as right; None: no stem's."""
        name = None if stem is None else self._name(stem, sounding=True)
        if name == self.state.anchor:
            none = "There is no anchor." if name is None else f"{named([name])} is the anchor already."
            return Outcome("anchor", none)
        said = "There is no anchor any more."
        if name is not None:
            said = f"{named([name])} is the anchor: its level is taken as right."
        return self._step("anchor", {"stem": name}, said, anchor=name)

    def usual(
        self, genre: str | None = None, file: str | Path | None = None, like: Sequence[str | Path] = ()
    ) -> Outcome:
        """Judges by what is usual in a genre, by a file of `mixconsole learn`, in songs held up; none: in all music.

        Raises: InputError for an unknown genre, and files that cannot be read.
        """
        if genre is not None and genre.casefold() not in set(Genre):
            raise InputError(f"There is no genre {quoted(genre)}: choose {', '.join(Genre)}.")
        choice = UsualChoice(
            None if genre is None else genre.casefold(),
            None if file is None else str(Path(file).absolute()),
            tuple(str(Path(song).absolute()) for song in like),
        )
        if choice == self.state.usual:
            return Outcome("usual", "That is what the song is judged by already.")
        told = self.heard.usual(replace(self.state, usual=choice))  # a file that cannot be read changes nothing
        said = f"The song is judged by {ALL_MUSIC if told is None else shown(told.source)}."
        arguments = {
            "genre": choice.genre,
            "file": None if file is None else Path(file).name,
            "like": [Path(song).name for song in like],
        }
        return self._step("usual", arguments, capital(said), usual=choice)

    def strength(self, percent: float) -> Outcome:
        """Suggests only a part of each correction, 0 to 100 %."""
        if not 0 <= percent <= 100:
            raise InputError(f"A strength is 0 to 100 %, not {percent:g} %.")
        if percent == self.state.strength_percent:
            return Outcome("strength", f"The strength is {percent:g} % already.")
        said = f"Suggested is {'the full' if percent == 100 else f'{percent:g} % of each'} correction."
        return self._step("strength", {"percent": percent}, said, strength_percent=float(percent))

    def match(self, reference: str | Path) -> Outcome:
        """Takes the balance of a mix of this song as the aim, in place of what is heard: suggested is what leads there.

        Raises: InputError for a file that cannot be read, or is no mix of this song.
        """
        path = Path(reference).absolute()
        self.tell("Matching")
        advice = self.heard.advice(replace(self.state, reference=str(path)))
        title = path.name if advice.reference is None else advice.reference.title
        said = f"The aim is now the balance of {quoted(title)}."
        return self._step("match", {"reference": path.name}, said, reference=str(path))

    def unmatch(self) -> Outcome:
        """Suggests what is heard again, and not a reference's balance."""
        if self.state.reference is None:
            return Outcome("unmatch", "No reference is matched.")
        return self._step(
            "unmatch", {}, "The aim is no reference any more: what is heard is suggested.", reference=None
        )

    def _together(self, stems: Sequence[str]) -> list[str]:
        """Stems by their own names, and what moves with them."""
        if not stems:
            raise InputError("Name at least one stem.")
        return with_linked(self.heard.song_of(self.state), list(map(self._name, stems)))

    def _in_order(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in self.song.names if name in names)
