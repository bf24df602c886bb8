"""What a stem plays, read from its name as people write it."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from console.errors import InputError
from console.read.vocabulary import MIXTURE, OPEN, PLAIN, REFINING, VAGUE, role_of
from console.read.vocabulary import FinerRole as FinerRole
from console.read.vocabulary import Role as Role

_ROLES = (*PLAIN, *VAGUE)
_VAGUE = len(PLAIN)  # from this line on the folder's name goes before a word


def guess_role(name: str) -> Role:
    """The role that a stem's name speaks of ("01_Lead Vox", "kick in", "DI bass", "OH L"), or OTHER."""
    return spoken_role(name) or Role.OTHER


def spoken_role(name: str) -> Role | None:
    """The role that a name speaks of, None where it speaks of none."""
    return _find(words_of(name))


def read_roles(
    names: Sequence[str], folders: Sequence[str] | None = None
) -> tuple[tuple[Role | None, FinerRole | None], ...]:
    """The roles that one song's names speak of, and the finer ones; None where they speak of none.

    Args:
        names: of the stems; all may begin with the song's title ("Ride Home - Gtr").
        folders: the folder that each lies in, or ""; it decides where a name is vague ("Drums/01", "Guitars/Room").
    """
    title = _title_length(names)

    def read(name: str, folder: str) -> tuple[Role | None, FinerRole | None]:
        words = words_of(name)
        line = _line(words[title:])
        if line is not None:
            words = words[title:]
        else:
            line = _line(words)
        of_folder = _find(words_of(folder)) if line is None or line >= _VAGUE else None
        role = of_folder or (None if line is None else role_of(_ROLES[line][0]))
        return role, _finer(words, role) or _finer((*words_of(folder), *words), role)

    return tuple(map(read, names, folders or [""] * len(names)))


def finer_role(text: str, role: Role | None = None) -> FinerRole | None:
    """The finer role that a name or a person's words speak of, None where they speak of none.

    Args:
        role: that it has to belong to; by default the one that the text speaks of.
    """
    words = words_of(text)
    return _finer(words, role or _find(words))


def parse_role(text: str, whose: str = "") -> Role:
    """The role that a person asked for: one of the four words, or a finer one ("kick", "lead vocals").

    Raises `InputError`, listing the roles, for anything else; `whose` says there which stem it was meant for.
    """
    words = words_of(text)
    role = _find(words)
    if role is None or not all(map(_is_known, words)):
        shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
        raise InputError(f'There is no role "{shown}"{whose}: choose {", ".join(Role)}, or a finer one such as kick.')
    return role


def is_mixture_name(name: str) -> bool:
    """Whether a name says that this is the whole mixture ("Song - Mix", "2mix"), not a stem ("drum mix")."""
    if _is_mixture(words_of(name)):
        return True
    # A title may hold an instrument: "Drum Song - Mix" is the mixture, "Night Owl - Drums - Mix" the drums.
    *before, last = re.split(r"\s+-\s+|_", name)
    return bool(before) and _is_mixture(words_of(last)) and not all(map(_is_known, words_of(before[-1])))


def are_mixtures(names: Sequence[str]) -> tuple[bool, ...]:
    """`is_mixture_name` for a song's files, whose names may all begin with its title ("Mix Tape - Lead")."""
    title = _title_length(names)
    return tuple(
        _is_mixture(words_of(name)[title:]) if title else is_mixture_name(name) or _is_title(name, names)
        for name in names
    )


def _is_title(name: str, names: Sequence[str]) -> bool:
    """Whether a name is the title that all the others begin with ("Night Drive" beside "Night Drive - Bass")."""
    words = words_of(name)
    others = [words_of(other) for other in names if other is not name]
    begun = len(others) > 1 and all(len(other) > len(words) and other[: len(words)] == words for other in others)
    return begun and bool(words) and not all(map(_is_known, words))


def _is_mixture(words: tuple[str, ...]) -> bool:
    return any(phrase in _MIXTURE_PHRASES for phrase in _phrases(words)) and _find(words) is None


def _find(words: tuple[str, ...]) -> Role | None:
    """The role on the first line of the table that the words touch."""
    line = _line(words)
    return None if line is None else role_of(_ROLES[line][0])


def _finer(words: tuple[str, ...], role: Role | None) -> FinerRole | None:
    """The finer role, of those that belong to `role`, on the first line that the words touch, and which one it is."""
    if role is None:
        return None
    touched = sorted(_LINES[phrase] for phrase in _phrases(words) if phrase in _LINES)
    lines = (_ROLES[line][0] for line in touched)
    found = next((finer for finer in lines if isinstance(finer, FinerRole) and finer.role is role), None)
    for base, finer, phrases in _REFINING:
        if base == (found or role) and not phrases.isdisjoint(words):
            return finer
    return found


def _line(words: tuple[str, ...]) -> int | None:
    return min((_LINES[phrase] for phrase in _phrases(words) if phrase in _LINES), default=None)


def _phrases(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [words[i : i + n] for n in (1, 2) for i in range(len(words) - n + 1)]


def _title_length(names: Sequence[str]) -> int:
    """How many words all names begin with, where these are a title: one is unknown, and each name goes on."""
    split = [words_of(name) for name in names]
    shared = 0
    while len(names) > 1 and all(len(words) > shared + 1 for words in split):
        if len({words[shared] for words in split}) > 1:
            break
        shared += 1
    return 0 if not shared or all(map(_is_known, split[0][:shared])) else shared


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """A name in plain words: cut at signs, digits, capitals, and between words that are glued together."""
    words: list[str] = []
    for chunk in re.findall(r"[^\W\d_]+|\d+", unicodedata.normalize("NFC", name)):
        parts = _unglue(_fold(chunk))
        if not parts:  # CamelCase, or an unknown word
            humps = _fold(re.sub(r"(?<=[^\W_])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", " ", chunk)).split()
            parts = tuple(part for hump in humps for part in _unglue(hump) or (hump,))
        words += parts
    return tuple(words)


@lru_cache(maxsize=4096)
def _unglue(word: str) -> tuple[str, ...]:
    """The known words that a word is made of ("ldvox": ld, vox), the longest first; empty where it is not."""
    if _is_known(word):
        return (word,)
    if word.removesuffix("s") in _KNOWN:
        return (word.removesuffix("s"),)
    for cut in range(len(word) - 1, 1, -1) if len(word) <= _LONGEST_WORD else ():
        first, rest = word[:cut], word[cut:]
        if first in _PIECES and (rest in _PIECES or len(_unglue(rest)) > 1):
            return (*_unglue(first), *_unglue(rest))
    return ()


def _is_known(word: str) -> bool:
    return word in _KNOWN or word.isdigit()


def _fold(text: str) -> str:
    """Without case and accents."""
    marks = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in marks if not unicodedata.combining(sign)).replace("œ", "oe")


def _table(text: str) -> list[tuple[str, ...]]:
    return [tuple(phrase.split()) for phrase in _fold(text).split(",")]


_LINES = {phrase: line for line, (_, text) in reversed(list(enumerate(_ROLES))) for phrase in _table(text)}
_REFINING = [(base, finer, frozenset(_fold(text).replace(",", " ").split())) for base, finer, text in REFINING]
_MIXTURE_PHRASES = frozenset(_table(MIXTURE))
_ROLE_WORDS = {word for phrase in _LINES for word in phrase} | {p[0] for p in _MIXTURE_PHRASES if len(p) == 1}
_OPEN_WORDS = {word for phrase in _table(OPEN) for word in phrase}
_KNOWN = _ROLE_WORDS | _OPEN_WORDS
LONGEST_SHOWN = 60  # letters of what is no role
_LONGEST_WORD = 60  # letters: beyond that nobody has glued words
# Glued words are long enough not to turn up in other words by chance; a side may close them ("gtrL").
_LONG = {word for word in _ROLE_WORDS if len(word) > 2 or not word.isascii()}
_PIECES = _LONG | {f"{word}s" for word in _LONG} | {word for word in _OPEN_WORDS if len(word) > 1} | set("lr")
