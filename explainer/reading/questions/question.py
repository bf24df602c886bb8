"""Reads a question about an advice: what is asked, and of which stems."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from explainer.advice.advice import Advice
from explainer.phrasing.bundled import bundled
from explainer.phrasing.questions.asked import Anew, Asked, Question
from explainer.reading.items.words import Kind, tokens
from explainer.reading.questions.asked_stems import Named, named_in, names_of
from explainer.reading.questions.spelling import corrected

LONGEST = 60  # words that are read
LEAST = 1.0  # what speaks for a kind, below which nobody knows what is asked
PLAINER = {
    "whats": "what is",
    "thats": "that is",
    "hows": "how is",
    "wheres": "where is",
    "whos": "who is",
    "whys": "why is",
    "u": "you",
    "ur": "your",
    "im": "i am",
    "cannot": "can not",
    "dunno": "do not know",
    "y": "why",
    "cuz": "because",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "have to",
    "'s": "is",
    "lets": "let us",
    "teh": "the",
}


def read_question(text: str, advice: Advice) -> Question:
    """What a question asks of an advice. Slips of the pen, small letters and nicknames are no hindrance.

    Its time grows with the text's length up to 60 words; what comes after those is not read.
    """
    song = [(stem.name, stem.role) for stem in advice.stems]
    words = corrected(_plain(text), known_words() | names_of(song))
    named = list(named_in(words, song))
    found, named = _concepts(words, named)
    stems = tuple(dict.fromkeys(at for name in named for at in name.stems))
    absent = next((" ".join(words[n.at : n.at + n.size]) for n in named if not n.stems), "")
    about = {concept for concept, _, _ in found} | _signs(words, stems, absent, named)
    kind = _likeliest(about, bool(words))
    genre = next((phrase for concept, phrase, _ in found if concept == "genre"), "")
    anew = _anew(about, stems) if kind is Asked.AGAIN else None
    covers = bool(named) and any(concept == "covering" and at > named[0].at for concept, _, at in found)
    return Question(kind, stems, absent, anew, genre, covers and kind is Asked.MASKED, text)


def scores(about: frozenset[str]) -> dict[Asked, float]:
    """How much speaks for each kind."""
    return {
        kind: sum((weight for needs, bars, weight in rules if needs <= about and bars.isdisjoint(about)), 0.0)
        for kind, rules in _rules().items()
    }


def _likeliest(about: set[str], any_words: bool) -> Asked:
    told = scores(frozenset(about))
    kind = max(told, key=lambda kind: told[kind])
    if told[kind] < LEAST:
        return Asked.OUTSIDE if ":unknown" in about else Asked.UNCLEAR
    return kind


def _anew(about: set[str], stems: Sequence[int]) -> Anew:
    if stems and about & {"as_anchor", "anchor"}:
        return Anew.ANCHOR
    if "lock" in about or (stems and ("leave" in about or {"not", "move"} <= about)):
        return Anew.LOCK
    if "genre" in about:
        return Anew.GENRE
    if "my_songs" in about:
        return Anew.LIKE
    return Anew.STRENGTH if "half" in about else Anew.PASSES


def _signs(words: Sequence[str], stems: Sequence[int], absent: str, named: Sequence[Named]) -> set[str]:
    taken = {at for name in named for at in range(name.at, name.at + name.size)}
    rest = [word for at, word in enumerate(words) if at not in taken]
    signs = {":stem"} if stems or absent else set()
    signs |= {":two"} if len(named) > 1 else set()
    signs |= {":number"} if any(word[0].isdigit() for word in rest) else set()
    unknown = [word for word in rest if word not in known_words() and not word[0].isdigit()]
    return signs | ({":unknown"} if unknown else set())


def _concepts(words: Sequence[str], named: Sequence[Named]) -> tuple[list[tuple[str, str, int]], list[Named]]:
    """What the words say, and the names that are no part of a longer phrase; inside a longer one nothing counts."""
    spans: list[tuple[int, int]] = []
    for at in range(len(words)):
        size = next((n for n in range(_longest(), 0, -1) if " ".join(words[at : at + n]) in _tagged()), 0)
        size = min(size, len(words) - at)
        if size and not any(first <= at and at + size <= last for first, last in spans):
            spans.append((at, at + size))

    def inside(first: int, last: int, name: Named) -> bool:
        return name.at <= first and last <= name.at + name.size

    kept = [n for n in named if not any(a <= n.at and n.at + n.size <= b and b - a > n.size for a, b in spans)]
    found = [
        (concept, " ".join(words[first:last]), first)
        for first, last in spans
        if not any(inside(first, last, name) for name in kept)
        for concept in sorted(_tagged()[" ".join(words[first:last])])
    ]
    return found, kept


def _plain(text: str) -> list[str]:
    """The words and numbers of a question, contractions written out."""
    said = [token.text for token in tokens(text) if token.kind is not Kind.MARK]
    return [word for piece in said[:LONGEST] for word in PLAINER.get(piece, piece).split()]


@lru_cache(maxsize=1)
def _tagged() -> Mapping[str, frozenset[str]]:
    """What each phrase says."""
    found: dict[str, set[str]] = {}
    for concept, listed in bundled("reading/questions/questions.yaml")["words"].items():
        if concept != "small":
            for phrase in listed.split(","):
                found.setdefault(" ".join(_plain(phrase)), set()).add(concept)
    found.pop("", None)
    return {phrase: frozenset(concepts) for phrase, concepts in found.items()}


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Every word that says something in a question, or nothing in any."""
    small = bundled("reading/questions/questions.yaml")["words"]["small"]
    return frozenset(word for phrase in (*_tagged(), *small.split(",")) for word in phrase.split())


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(len(phrase.split()) for phrase in _tagged())


@lru_cache(maxsize=1)
def _rules() -> Mapping[Asked, tuple[tuple[frozenset[str], frozenset[str], float], ...]]:
    """Of each kind what has to occur together, what may not, and how much that says."""
    return {
        Asked(kind): tuple(
            (
                frozenset(part for part in terms.split() if part[0] != "-"),
                frozenset(part[1:] for part in terms.split() if part[0] == "-"),
                float(weight),
            )
            for terms, weight in rules.items()
        )
        for kind, rules in bundled("reading/questions/questions.yaml")["kinds"].items()
    }
