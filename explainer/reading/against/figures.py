"""Figures of levels, shares and times in a clause: of what, on which side, and whether they are what is usual."""

from collections.abc import Sequence

from explainer.advice.claims import ReasonKind
from explainer.reading.items.quantities import Quantity
from explainer.reading.items.segments import Item

FIGURES = ("LU", "%", "Hz")
ABOVE = frozenset("above over louder higher hotter stronger ahead more atop".split())
BELOW = frozenset("below under beneath underneath quieter lower softer weaker fainter down behind less short".split())
OFF = frozenset("off away from apart adrift out wide between".split())
# What is usual, by an adjective or a noun, by an adverb, and by what it is held against.
USUAL = frozenset("usual typical normal norm standard average common customary expected ordinary conventional".split())
USUALLY = frozenset("usually typically normally commonly generally ordinarily customarily tends tend elsewhere".split())
RATHER = tuple(
    tuple(words.split())
    for words in (
        "not",
        "instead of",
        "rather than",
        "against",
        "versus",
        "vs",
        "compared with",
        "compared to",
        "as opposed to",
    )
)
OTHERS = tuple(
    tuple(words.split())
    for words in ("other songs", "other mixes", "most mixes", "most songs", "similar songs", "as a rule", "in general")
)
GAP = frozenset("gap difference distance shortfall surplus".split())
DUE = frozenset("should ought".split())
TIED = 4  # items that may lie between "should" and its figure
SMALL = frozenset("the a an its their of what is was it that which so is would be to level at by where only".split())
BEING = frozenset("is are was were be being been seems".split())
ENERGY = frozenset("energy power share sound loudness".split())
TIME, SONG = frozenset(["time"]), frozenset("song track piece recording music".split())
SOUNDING = frozenset("sounds sound plays play heard hear playing sounding present sings sing".split())


def figures(items: Sequence[Item]) -> dict[int, Quantity]:
    return {i: item.quantity for i, item in enumerate(items) if item.quantity and item.quantity.unit in FIGURES}


def says_usual(items: Sequence[Item]) -> bool:
    return any(USUAL & set(item.words) for item in items)


def _are(items: Sequence[Item], at: int, words: Sequence[str]) -> bool:
    """Whether these words stand there, however they are parted into items."""
    said = tuple(word for item in items[at : at + len(words)] for word in item.words)
    return said[: len(words)] == tuple(words)


def standing(items: Sequence[Item]) -> tuple[set[int], set[int]]:
    """Which figures of a clause are what is usual, and which how far it is from that."""
    of_all = [i for i, quantity in figures(items).items() if quantity.unit != "Hz"]
    usual: set[int] = set()
    off: set[int] = set()
    for m, item in enumerate(items):
        words = set(item.words)
        before = next((i for i in reversed(of_all) if i < m), None)
        after = next((i for i in of_all if i > m), None)
        if words & USUAL:
            if before is not None and _apart(items[before + 1 : m]):
                off.add(before)
                if after is not None and _small(items[m + 1 : after]):
                    usual.add(after)  # "3.3 LU above its usual level of -0.2 LU"
            elif before is not None and (after is None or _being(items[before + 1 : m])):
                usual.add(before)
            elif after is not None:
                usual.add(after)
        elif words & USUALLY and before is not None and _apart(items[before + 1 : m]):
            off.add(before)  # "7 LU higher than it normally would be"
        elif words & USUALLY or any(_are(items, m, other) for other in OTHERS):
            usual |= {after} if after is not None else {before} if before is not None else set()
        elif before is not None and _parts(items, before, m) and not _moves(items[:before]):
            off.add(before)
        elif after is not None and _tied(items, m, after):
            usual.add(after)
    if GAP & _words(items):  # "the gap to the usual is 5 LU"
        return set(), {i for i, quantity in figures(items).items() if quantity.unit == "LU"}
    if _after_mark(items) and of_all:
        usual.add(of_all[0])
    return usual - off, off


def _small(items: Sequence[Item]) -> bool:
    return all(set(item.words) <= SMALL or item.has("level_of") for item in items)


def _being(items: Sequence[Item]) -> bool:
    return any(set(item.words) & BEING for item in items[-3:])


def _parts(items: Sequence[Item], before: int, m: int) -> bool:
    """Whether a figure is said to part two things: "5 LU off", "the 5 LU in between"."""
    item = items[m]
    if not set(item.words) & OFF or item.words[0] == "from" or item.quantity:
        return False
    return before == m - 1 or (before == m - 2 and items[m - 1].words == ("in",))


def _moves(items: Sequence[Item]) -> bool:
    return any(item.has("move", "lower", "raise", "come") for item in items)


def _apart(between: Sequence[Item]) -> bool:
    """Whether a figure is how far something is from what is usual, given what stands between: "off what is usual"."""
    words = [set(item.words) for item in between]
    away = ABOVE | BELOW | OFF | {"than"}
    if not all(of <= SMALL | away for of in words) or not any(of & away for of in words):
        return False
    return not _being(between) or any(of & {"what", "than"} for of in words)  # "2.4 LU below is usual" is none


def _tied(items: Sequence[Item], m: int, after: int) -> bool:
    """Whether a word makes the next figure the one that would be usual: "should be 3 %", "rather than 3 %"."""
    if set(items[m].words) & DUE:
        return after - m <= TIED and not _moves(items[m + 1 : after])
    small = all(set(item.words) <= SMALL | {"than", "of", "with"} for item in items[m + 1 : after])
    return m > 0 and small and any(_are(items, m, rather) for rather in RATHER)


def _after_mark(items: Sequence[Item]) -> bool:
    """Whether a clause begins by holding a figure against what was told before: "against 25 %", "not 25 %"."""
    return any(
        _are(items, 0, rather) and len(items) > (size := _size(items, rather)) and items[size].quantity is not None
        for rather in RATHER
    )


def _size(items: Sequence[Item], words: Sequence[str]) -> int:
    """How many items these first words fill."""
    count = size = 0
    while size < len(items) and count < len(words):
        count += len(items[size].words)
        size += 1
    return size


def side_of(items: Sequence[Item], i: int) -> tuple[int, int]:
    """On which side of something else a level lies, by a word behind it, its sign, or a word before it; and where."""
    for j in range(i + 1, min(i + 4, len(items))):
        words = set(items[j].words)
        if words & (ABOVE | BELOW):
            return (1 if words & ABOVE else -1), j
        if not (words <= SMALL or items[j].has("filler", "too", "much", "a_little")):
            break
    quantity = items[i].quantity
    if quantity and quantity.sign:
        return quantity.sign, i
    for j in range(i - 1, -1, -1):
        words = set(items[j].words)
        if items[j].quantity:
            break
        if words & ((ABOVE | BELOW) - {"more", "less", "down", "over", "short"}):
            return (1 if words & ABOVE else -1), j
    return 0, i


def kind_of(items: Sequence[Item], i: int, covering: bool) -> ReasonKind | None:
    """What a percentage is a part of, by the words behind it, or else by those of its clause."""
    for words in ({word for item in items[i + 1 : i + 7] for word in item.words}, _words(items)):
        if words & ENERGY - ({"sound"} if words & SONG else set()):
            return ReasonKind.SHARE
        if words & TIME or (covering and not words & SONG):
            return ReasonKind.MASKED
        if words & SONG and words & SOUNDING | (words & {"in", "of"}):
            return ReasonKind.SOUNDS
    return None


def _words(items: Sequence[Item]) -> set[str]:
    return {word for item in items for word in item.words}
