"""Names as people write them: their order, and what in them says which side, microphone or take a file is."""

import re
import unicodedata
from collections.abc import Sequence

from console.errors import InputError
from console.read.roles import Role, spoken_role, words_of

_SIDES = (("l", "r"), ("left", "right"), ("lt", "rt"), ("links", "rechts"), ("gauche", "droite"), ("izq", "der"))
_SIDE_OF = {word: (pair, side) for pair in _SIDES for side, word in enumerate(pair)}
_NUMBER = re.compile(r"^\d{1,3}(?=[\s._\-])[\s._\-]*(?=\S)")  # of a track, before its name
_TOKEN = re.compile(r"[^\W\d_]+")
# Where a microphone stood, or which side it is: what is left of the name is the instrument.
_PLACES = frozenset(
    """in out inside outside top bottom btm bot under near far close mic di amp cab l r c left right lt rt center centre
    mid side ls rs lfe links rechts gauche droite izq der mono stereo""".split()
)
# One part played or sung several times: its takes are told apart by number alone.
_TAKES = frozenset(
    """double dbl doubled dub quad take layer stack bv bgv bkv bvox backing backup choir chor chorus gang harm harmony
    harmonies crowd guitar gtr egtr agtr elgtr acgtr git gitarre guitare guitarra chitarra""".split()
)


def nfc(text: str) -> str:
    """Text in its composed form, as people type it; file systems may hold another."""
    return unicodedata.normalize("NFC", text)


def natural(name: str) -> tuple[list[str | int], str]:
    """A key that sorts "stem 2" before "stem 10"."""
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name


def side_pairs(names: Sequence[str]) -> list[tuple[int, int, str]]:
    """The names that differ by their side alone ("Synth.L" and "Synth.R"): left, right, and what is left of the name.

    A number before the name, as of a track, may differ ("05 OH L", "06 OH R"). A side that is claimed twice gives no
    pair.
    """
    found: dict[tuple[str, tuple[str, str]], dict[int, list[int]]] = {}
    for index, name in enumerate(names):
        for base, pair, side in _sided(name):
            key = (_NUMBER.sub("", base).casefold(), pair)
            found.setdefault(key, {0: [], 1: []})[side].append(index)
    pairs: list[tuple[int, int, str]] = []
    taken: set[int] = set()
    for (_, pair), sides in found.items():
        if len(sides[0]) == len(sides[1]) == 1 and taken.isdisjoint((left := sides[0][0], right := sides[1][0])):
            taken |= {left, right}
            base = next(base for base, of, side in _sided(names[left]) if (of, side) == (pair, 0))
            pairs.append((left, right, base))
    return sorted(pairs)


def _sided(name: str) -> list[tuple[str, tuple[str, str], int]]:
    """Every way to read a side out of a name, the likeliest first: the rest, which pair of words, 0 left or 1 right."""
    ways = []
    for match in reversed(list(_TOKEN.finditer(name))):
        known = _SIDE_OF.get(match[0].casefold())
        if known is not None:
            base = _tidy(name[: match.start()], name[match.end() :])
            if base:
                ways.append((base, *known))
    glued = name[-1:] in tuple("LRlr") and name[-2:-1].isalpha()  # OHL, gtrR
    if glued and not ways and spoken_role(name[:-1]):
        ways.append((name[:-1], *_SIDE_OF[name[-1].casefold()]))
    return ways


def _tidy(before: str, after: str) -> str:
    """What is left of a name round a word that was taken out, without the signs that held it."""
    before, after = re.sub(r"[\s._\-(\[]+$", "", before), re.sub(r"^[\s._\-)\]]+", "", after)
    return f"{before} {after}".strip() if before and after else before or after


def linked(
    names: Sequence[str],
    roles: Sequence[Role],
    link: Sequence[tuple[str, str]] = (),
    unlink: Sequence[str] = (),
    by_name: bool = True,
) -> tuple[tuple[str, ...], ...]:
    """The stems that move together, in the song's order, in groups of two and more.

    These are several microphones of one instrument ("kick in", "kick out") and numbered takes of one part ("BV 1").

    Args:
        link: pairs of stems that move together as well.
        unlink: stems that move by themselves; one of left and right keeps both apart (`console.read.stems`).
        by_name: False where the names are a listing's words for instruments.

    Raises: InputError for a stem that is not there, or one that is both linked and unlinked.
    """
    group = list(range(len(names)))

    def join(a: int, b: int) -> None:
        old, new = group[b], group[a]
        group[:] = [new if each == old else each for each in group]

    index = {nfc(name): i for i, name in enumerate(names)}

    def find(name: str, option: str) -> int:
        if nfc(name) not in index:
            raise InputError(f'There is no stem "{name}" ({option}): the stems are {", ".join(names)}.')
        return index[nfc(name)]

    sides = {nfc(base): pair for *pair, base in side_pairs(names)}
    alone = {i for name in unlink for i in sides.get(nfc(name), ()) or (find(name, "--unlink"),)}
    first: dict[tuple[Role, tuple[str, ...]], int] = {}
    for i, (name, role) in enumerate(zip(names, roles, strict=True)):
        part = _part(name) if by_name else ()
        if part and i not in alone:
            join(first.setdefault((role, part), i), i)
    for pair in link:
        a, b = (find(name, "--link") for name in pair)
        if {a, b} & alone:
            raise InputError(f'"{names[a if a in alone else b]}" cannot be both linked and unlinked.')
        join(a, b)
    members: dict[int, list[str]] = {}
    for name, of in zip(names, group, strict=True):
        members.setdefault(of, []).append(name)
    return tuple(tuple(each) for each in members.values() if len(each) > 1)


def _part(name: str) -> tuple[str, ...]:
    """The words that name an instrument or part, without microphones, sides and numbers of takes; () for none."""
    words = words_of(_NUMBER.sub("", name))
    part = tuple(word for word in words if word not in _PLACES)
    if _TAKES.intersection(part):
        part = tuple(word for word in part if not word.isdigit())
    return part if any(not word.isdigit() for word in part) else ()
