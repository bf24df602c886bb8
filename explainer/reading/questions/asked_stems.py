"""Which stems people mean: by their own names, what such stems are called, their roles, left or right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from console.read.roles import FinerRole, Role, finer_role, spoken_role, words_of
from explainer.advice.names import aliases
from explainer.reading.items.words import Words, families, tokens

SIDES = {
    "left": {"l", "left", "lt"},
    "right": {"r", "right", "rt"},
    "l": {"l", "left", "lt"},
    "r": {"r", "right", "rt"},
}
GENERAL = ("other",)  # of a stem of that name: "the other songs" are none of its
AFTER_OTHER = {"instrument", "instruments", "stuff", "sounds", "things", "one", "stem", "track", "fader", "channel", ""}
BEFORE_OTHER = {"each", "any", "no", "some", "every"}  # "to each other" means none
OF_ALL = (Role.VOCALS, Role.DRUMS, Role.BASS)  # whose stem holds the finer ones: of the drums, the kick

Stems = Sequence[tuple[str, Role]]  # a song's: the name of each, and what it plays


@dataclass(frozen=True)
class Named:
    """A place in a question where something is named that could be a stem.

    Args:
        at, size: which words.
        stems: which stems of the song it means; empty: an instrument that the song has not.
    """

    at: int
    size: int
    stems: tuple[int, ...]


def named_in(words: Sequence[str], stems: Stems) -> Iterator[Named]:
    """What is named in the words of a question, in order; of names that begin at one word the longest counts."""
    known = meant(stems)
    at = 0
    while at < len(words):
        size = next((n for n in range(min(_LONGEST, len(words) - at), 0, -1) if tuple(words[at : at + n]) in known), 0)
        if not size or (tuple(words[at : at + size]) == GENERAL and _is_general(words, at)):
            at += 1
            continue
        these = known[tuple(words[at : at + size])]
        start, stop = at, at + size
        if len(these) > 1:
            before, after = words[at - 1 : at] if at else [], words[stop : stop + 1]
            one = on_side(these, before, stems)
            start -= bool(one)
            if not one and after and after[0] in ("l", "r"):
                one = on_side(these, after, stems)
                stop += bool(one)
            these = one or these
        yield Named(start, stop - start, these)
        at = stop


def meant(stems: Stems) -> Mapping[Words, tuple[int, ...]]:
    """What each name means: which stems, or none of the song's."""
    return _meant(tuple(stems))


def names_of(stems: Stems) -> frozenset[str]:
    """Every word that may name a stem."""
    return frozenset(word for words in meant(stems) for word in words)


def on_side(these: Sequence[int], word: Sequence[str], stems: Stems) -> tuple[int, ...]:
    """Those of some stems that are on the side that a word tells; none where it tells no side."""
    side = SIDES.get(word[0], set()) if word else set()
    return tuple(at for at in these if side & set(words_of(stems[at][0])))


_AFTER = [[word] if word else [] for word in AFTER_OTHER]
_LONGEST = 6  # words


def _is_general(words: Sequence[str], at: int) -> bool:
    """Whether "other" at that place names no stem."""
    return words[at + 1 : at + 2] not in _AFTER or (at > 0 and words[at - 1] in BEFORE_OTHER)


@lru_cache(maxsize=64)
def _meant(stems: tuple[tuple[str, Role], ...]) -> dict[Words, tuple[int, ...]]:
    """What each name means."""
    names = [name for name, _ in stems]
    spoken = [spoken_in(name) for name in names]
    meant: dict[Words, tuple[int, ...]] = {}
    for family in families():
        members = _members(family, stems, spoken)
        for phrase in family:
            meant[phrase] = members
    own: dict[Words, tuple[int, ...]] = {}
    for called in (names, aliases(names)):
        for at, name in enumerate(called):
            for words in (_words(name), words_of(name)):
                if words and any(not word.isdigit() for word in words):
                    own.setdefault(words, (at,))
    return {words: at for words, at in (meant | own).items() if len(words) <= _LONGEST}


def _members(family: Sequence[Words], stems: Sequence[tuple[str, Role]], spoken: Sequence[Words]) -> tuple[int, ...]:
    """The stems that the names of an instrument mean: those called so, else those that play it."""
    called = tuple(at for at, words in enumerate(spoken) if words in family)
    if called:
        return called
    word = " ".join(family[0])
    role, finer = spoken_role(word), finer_role(word)
    if role is None:
        return ()
    roles = [(own, finer_role(name, own)) for name, own in stems]
    plays = tuple(at for at, (own, of) in enumerate(roles) if own is role and _alike(finer, of, role))
    return plays


def _alike(asked: FinerRole | None, has: FinerRole | None, role: Role) -> bool:
    """Whether a stem of one finer role may be meant by another: the kick by "drums", an electric one by "guitar"."""
    if asked is None:
        return role in OF_ALL
    if has is None:
        return role in OF_ALL
    return asked is has or str(has).endswith(f" {asked}") or str(asked).endswith(f" {has}")


def spoken_in(name: str) -> Words:
    """The longest name of an instrument that a stem's name holds: "GTR L" holds "gtr"."""
    found: Words = ()
    known = _phrases()
    for words in (_words(name), words_of(name)):
        for start in range(len(words)):
            for stop in range(len(words), start, -1):
                if words[start:stop] in known and stop - start > len(found):
                    found = words[start:stop]
    return found


@lru_cache(maxsize=1)
def _phrases() -> frozenset[Words]:
    return frozenset(phrase for family in families() for phrase in family)


def _words(name: str) -> Words:
    return tuple(token.text for token in tokens(name) if token.text.isalnum())
