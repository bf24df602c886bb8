"""Which stems somebody means: one, several, a choice that has to be asked back, or none of this song's."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from console.read.roles import FinerRole, Role, finer_role, spoken_role, words_of
from explainer.advice.shown import quoted
from explainer.reading.items.segments import Item
from explainer.reading.items.stems import OTHER, is_plural
from explainer.reading.items.words import Phrases, Words, families, phrases, tokens
from explainer.reading.questions.asked_stems import SIDES, meant, on_side, spoken_in
from studio.chat.grammar.heard.riddles import QUOTED, is_plain, is_riddle, mark
from studio.chat.grammar.heard.words import collective, known_words
from studio.session import Session

NUMBERED = ("stem", "track", "channel", "fader")
PLAIN = 2  # letters of a word that can stand for the one stem that has it


@dataclass(frozen=True)
class Referent:
    """What a name means.

    Args:
        words: the name.
        stems: which stems of the song.
        exact: it is a stem's own name.
        part: it is only a part of what the stem plays: the kick of the drums.
        unsure: it may be meant of one of them, or of all: "vocals", of a lead vocal and backing vocals.
    """

    words: Words
    stems: tuple[int, ...]
    exact: bool = False
    part: bool = False
    unsure: bool = False

    @property
    def plural(self) -> bool:
        """Whether several may be meant."""
        return is_plural(self.words) or self.words in collective()


@dataclass(frozen=True)
class Meant:
    """Which stems an item of a text means.

    Args:
        stems: places in the song, one for each that moves by itself.
        choice: of which one is meant, nobody knows which; empty where that is clear.
        said: the words in which that was said.
    """

    stems: tuple[int, ...] = ()
    choice: tuple[int, ...] = ()
    said: str = ""


class Names:
    """The names of a song's stems, as people say them.

    Args:
        session: its roles and links as they are now.
        text: in which they are to be found.
    """

    def __init__(self, session: Session, text: str = "") -> None:
        self.text = text
        song = session.heard.song_of(session.state)
        self.names: tuple[str, ...] = song.names
        self.roles: tuple[Role, ...] = tuple(song.roles)
        self.finer: tuple[FinerRole | None, ...] = tuple(song.finer_roles)
        self.links = session.state.links
        self.stems = tuple(zip(self.names, self.roles, strict=True))

    @cached_property
    def referents(self) -> tuple[Referent, ...]:
        """Everything that can be named, the song's or not."""
        all_own = {words: at for at, name in reversed(list(enumerate(self.names))) for words in _spelt(name)}
        own = {words: at for words, at in all_own.items() if not is_riddle(words)}
        found = {
            words: self._referent(words, stems, own)
            for words, stems in meant(self.stems).items()
            if words in own or words not in all_own
        }
        for words, referent in list(found.items()):
            if len(referent.stems) > 1:
                found |= self._sides(words, referent.stems)
        for words, stems in self._abbreviated.items():
            found.setdefault(words, Referent(words, stems))
        for words, at in {**self._numbered, **self._known_by_one_word, **self._told_roles(found)}.items():
            if not found.get(words, Referent(words, ())).stems:
                found[words] = Referent(words, (at,), exact=True)
        found |= {words: Referent(words, (at,), exact=True) for words, at in own.items()}
        found |= {(mark(at),): Referent((mark(at),), (at,), exact=True) for at in range(len(self.names))}
        return tuple(found.values())

    @cached_property
    def phrases(self) -> Phrases:
        """Finds them in a text: each stands for its place among `referents`, or for none of the song's."""
        return Phrases(
            {each.words: frozenset([str(at) if each.stems else OTHER]) for at, each in enumerate(self.referents)}
        )

    def marked(self, text: str) -> str:
        """A text with one word that says nothing for each name that stands in it in quotation marks."""
        by_name = {name.casefold(): at for at, name in reversed(list(enumerate(self.names)))}

        def marks(found: re.Match[str]) -> str:
            at = by_name.get((found[1] or found[2]).casefold())
            return found[0] if at is None else f" {mark(at)} "

        return QUOTED.sub(marks, text)

    def unmarked(self, text: str) -> str:
        """A text with the names in quotation marks again."""
        for at, name in enumerate(self.names):
            shown = f" {quoted(name)} ".replace("\\", r"\\")
            text = re.sub(rf" ?\b{mark(at)}\b ?", shown, text)
        return text.strip()

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word of a name."""
        return frozenset(word for each in self.referents for word in each.words)

    def head(self, at: int) -> int:
        """The first of the stems that move together with one."""
        group = next((group for group in self.links if self.names[at] in group), (self.names[at],))
        return min(self.names.index(name) for name in group)

    def units(self, stems: Sequence[int]) -> tuple[int, ...]:
        """Stems without those that move along with another of them."""
        heads: dict[int, int] = {}
        for at in stems:
            heads.setdefault(self.head(at), at)
        return tuple(heads.values())

    def meant_by(self, item: Item, several: bool = False, apart: bool = False) -> Meant:
        """Which stems an item means.

        Args:
            several: whether all that fit are meant: "both guitars".
            apart: name also those that move along with another.
        """
        stems: list[int] = []
        for each in (self.referents[at] for at in item.stems):
            units = each.stems if apart else self.units(each.stems)
            if each.part:
                return Meant(choice=each.stems, said=" ".join(each.words))
            unsure = each.unsure or not (each.exact or each.plural)
            if len(self.units(each.stems)) > 1 and unsure and not several:
                return Meant(choice=units, said=" ".join(each.words))
            stems += units
        return Meant(tuple(dict.fromkeys(stems)), said=" ".join(item.words))

    def _referent(self, words: Words, stems: tuple[int, ...], own: Mapping[Words, int]) -> Referent:
        finer = finer_role(" ".join(words))
        part = (
            bool(stems)
            and finer is not None
            and all(self.finer[at] is None and self.roles[at] is not Role.OTHER for at in stems)
            and not any(_family(words) == _family(spoken_in(self.names[at])) for at in stems)
        )
        alike = self._alike(stems, finer) if is_plural(words) and words not in own else stems
        return Referent(words, alike, words in own, part, unsure=len(alike) > len(stems))

    def _alike(self, stems: tuple[int, ...], finer: FinerRole | None) -> tuple[int, ...]:
        """The one stem that is called so, and those that play the same."""
        if len(stems) != 1 or (self.roles[stems[0]] is Role.OTHER and finer is None):
            return stems
        role = self.roles[stems[0]]
        return tuple(
            at
            for at, (own, has) in enumerate(zip(self.roles, self.finer, strict=True))
            if at in stems or (own is role and finer in (None, has))
        )

    def _sides(self, words: Words, stems: Sequence[int]) -> dict[Words, Referent]:
        """ "Left guitar", "guitar left"."""
        found = {}
        for side in SIDES:
            one = on_side(stems, [side], self.stems)
            if len(one) == 1:
                for phrase in ((side, *words), (*words, side)):
                    found[phrase] = Referent(phrase, one, exact=True)
        return found

    @property
    def _abbreviated(self) -> dict[Words, tuple[int, ...]]:
        """Words of the text that hardly anybody says, but files are called so: "sn", "ld vox"."""
        said = [token.text for token in tokens(self.text)]
        found: dict[Words, tuple[int, ...]] = {}
        for size in (2, 1):
            for at in range(len(said) - size + 1):
                words = tuple(said[at : at + size])
                fit = any(map(is_plain, words)) and all(is_plain(word) or _in_names(word) for word in words)
                finer = finer_role(" ".join(words)) if fit else None
                stems = tuple(i for i, own in enumerate(self.finer) if own is finer and finer is not None)
                if stems and all(word.isalpha() for word in words):
                    found.setdefault(words, stems)
        return found

    @property
    def _numbered(self) -> dict[Words, int]:
        """ "Track 7": the seventh."""
        return {(word, str(at + 1)): at for at in range(len(self.names)) for word in NUMBERED}

    @property
    def _known_by_one_word(self) -> dict[Words, int]:
        """A word that only one stem's name has: "the DI"."""
        having: dict[str, set[int]] = {}
        for at, name in enumerate(self.names):
            for word in words_of(name):
                having.setdefault(word, set()).add(at)
        return {
            (word,): stems.copy().pop()
            for word, stems in having.items()
            if len(stems) == 1
            and len(word) >= PLAIN
            and word.isalpha()
            and (word == "lead" or is_plain(word) or _only_in_names(word))
        }

    def _told_roles(self, found: Mapping[Words, Referent]) -> dict[Words, int]:
        """What a stem plays by what was told of it, where its name says nothing."""
        told: dict[Words, int] = {}
        for at, (name, finer) in enumerate(zip(self.names, self.finer, strict=True)):
            role = str(finer or self.roles[at])
            if spoken_role(name) is None and (finer is not None or self.roles[at] is not Role.OTHER):
                spoken = tuple(role.split())
                families_of = [family for family in families() if spoken in family] or [(spoken,)]
                told |= {words: at for family in families_of for words in family}
        return told


def _spelt(name: str) -> set[Words]:
    """A name as tokens, and in plain words; its numbers without zeros before them, too."""
    spelt = {tuple(token.text for token in tokens(name) if token.text.isalnum()), words_of(name)}
    spelt |= {tuple(word.lstrip("0") or word for word in words) for words in spelt}
    return {words for words in spelt if words and not all(word.isdigit() for word in words)}


def _in_names(word: str) -> bool:
    """Whether names of instruments have it."""
    return any(word in words for family in families() for words in family)


def _only_in_names(word: str) -> bool:
    """Whether a word stands in names of instruments and says nothing else: "upright"."""
    return word not in known_words() and not phrases().tags(word) and _in_names(word)


def _family(words: Words) -> int | None:
    return next((at for at, family in enumerate(families()) if words in family), None)
