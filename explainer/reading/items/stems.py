"""Which stem a word means: the stems' own names, and synonyms where they fit exactly one of them."""

from collections.abc import Sequence
from functools import lru_cache

from explainer.reading.items.words import Phrases, Words, families, irregular, tokens

OTHER = "-"  # an instrument that is none of the stems, or could be several


def names(stems: Sequence[str]) -> Phrases:
    """Finds stems in texts: each phrase stands for one index into `stems` (as text), or for `OTHER`.

    A stem's own name always means it. Another name of its instrument means it when no other stem is that instrument.
    """
    return _names(tuple(stems))


@lru_cache(maxsize=256)  # a text is read sentence by sentence, with the same stems
def _names(stems: tuple[str, ...]) -> Phrases:
    own = {_words(stem): str(i) for i, stem in reversed(list(enumerate(stems))) if _words(stem)}
    meant: dict[Words, str] = {}
    for family in families():
        members = {own[name] for name in family if name in own}
        for name in family:
            meant[name] = members.copy().pop() if len(members) == 1 else OTHER
    _stand_in(meant, own)
    return Phrases({words: frozenset([index]) for words, index in (meant | own).items()})


def is_plural(name: Sequence[str]) -> bool:
    """Whether a name of an instrument is a plural."""
    words = tuple(name)
    if words in irregular():
        return irregular()[words]
    return words[-1].endswith("s") and not words[-1].endswith(("ss", "bass"))


def _stand_in(meant: dict[Words, str], own: dict[Words, str]) -> None:
    """Lets the general word mean the one special stem: "guitar" the only electric guitar, "bass" the double bass."""
    for general in _GENERAL:
        if meant.get((general,)) != OTHER:
            continue
        family = next(family for family in families() if (general,) in family)
        special = {index for name, index in own.items() if name[-1] in _heads(general)}
        if len(special) == 1 and not any(name in own for name in family):
            for name in family:
                if len(name) == 1:
                    meant[name] = next(iter(special))


_GENERAL = ("guitar", "bass", "piano", "synth")


def _heads(general: str) -> set[str]:
    return {name[0] for family in families() if (general,) in family for name in family if len(name) == 1}


def _words(name: str) -> Words:
    return tuple(token.text for token in tokens(name))
