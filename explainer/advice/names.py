"""What stems are called in texts: known words by themselves, all else "track A", so that no user's string is a text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from types import MappingProxyType

from explainer.advice.shown import quoted

_SINGULAR = """vocal, lead vocal, backing vocal, voice, choir, bass, bass guitar, electric bass, double bass,
    upright bass, synth bass, sub bass, drum kit, kick, kick drum, bass drum, snare, snare drum, hi-hat, percussion,
    drum machine, tambourine, shaker, cowbell, guitar, acoustic guitar, electric guitar, lead guitar, rhythm guitar,
    banjo, mandolin, ukulele, piano, grand piano, electric piano, keyboard, organ, harpsichord, accordion, synth,
    synthesizer, pad, orchestra, violin, viola, cello, harp, brass, trumpet, trombone, tuba, saxophone, sax, flute,
    clarinet, oboe, harmonica, marimba, vibraphone, glockenspiel"""
_PLURAL = """vocals, lead vocals, backing vocals, background vocals, voices, harmonies, drums, hats, hi-hats, cymbals,
    overheads, toms, congas, bongos, claps, handclaps, guitars, acoustic guitars, electric guitars, rhythm guitars,
    keys, keyboards, synths, pads, strings, violins, horns, bells, other instruments"""


def _words(text: str) -> list[str]:
    return [" ".join(word.split()) for word in text.split(",")]


VOCABULARY: Mapping[str, bool] = MappingProxyType(
    dict.fromkeys(_words(_SINGULAR), False) | dict.fromkeys(_words(_PLURAL), True)
)
"""Words that stems are called by as they are, and whether each is a plural."""

_TRACK = re.compile("track [A-Z]+")


def aliases(names: Sequence[str]) -> tuple[str, ...]:
    """What each stem is called in texts and prompts: its own name where that is a known word, else "track A" and so on.

    All differ: of two stems with one word the second is a track. Case, "_" and "-" do not count; "other" becomes
    "other instruments". Aliases (up to "track Z") are their own aliases.
    """
    given: list[str | None] = []
    for name in names:
        word = _known(name)
        given.append(None if word in given else word)
    free = (track for track in _tracks() if track not in given)
    return tuple(next(free) if word is None else word for word in given)


def alias_by_name(names: Sequence[str]) -> dict[str, str]:
    """The aliases of some stems by their own names, in their order."""
    return dict(zip(names, aliases(names), strict=True))


def is_plural(alias: str) -> bool:
    """Whether a stem of that alias is spoken of in the plural.

    Raises: ValueError for what is no alias.
    """
    if alias in VOCABULARY:
        return VOCABULARY[alias]
    if _TRACK.fullmatch(alias):
        return False
    raise ValueError(f"{alias!r} is no alias of a stem")


def the(alias: str) -> str:
    """The alias with its article: "the vocals", "track A".

    Raises: ValueError for what is no alias.
    """
    is_plural(alias)
    return f"the {alias}" if alias in VOCABULARY else alias


def restore(text: str, names: Sequence[str]) -> str:
    """A text that was written with the aliases of `names`, with the users' own names, quoted, for the tracks.

    Known words stay. Whole words count, in any case. What has been put in is not searched again.
    """
    own = {alias.casefold(): name for alias, name in zip(aliases(names), names, strict=True) if _TRACK.fullmatch(alias)}
    if not own:
        return text
    search = re.compile(rf"\b(?:{'|'.join(sorted(own, key=len, reverse=True))})\b", re.IGNORECASE)
    return search.sub(lambda found: quoted(own[found.group().casefold()]), text)


def _known(name: str) -> str | None:
    """The alias that a name is by itself, if any."""
    plain = _plain(name)
    if re.fullmatch("track [a-z]", plain):
        return f"track {plain[-1].upper()}"
    return _BY_PLAIN.get(plain)


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[\s_-]+", " ", name).casefold().split())


def _tracks() -> Iterator[str]:
    """track A ... track Z, track AA ..."""
    for number in count(1):
        letters = ""
        while number:
            number, letter = divmod(number - 1, 26)
            letters = chr(ord("A") + letter) + letters
        yield f"track {letters}"


_BY_PLAIN = {_plain(word): word for word in VOCABULARY} | {"other": "other instruments"}
