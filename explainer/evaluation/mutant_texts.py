"""Right texts made wrong by hand: cut off, joined, counted wrong, or with a sentence added that is not so."""

import re
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.claims import ReasonKind
from explainer.advice.names import is_plural, the
from explainer.advice.shown import NUMBERS, capital
from explainer.phrasing.bundled import bundled

COUNTED = re.compile(
    r"\b(two|three|four|five|six|seven|eight)\b(?= (?:\w+ )?(?:stems|faders|moves|things))", re.IGNORECASE
)
SENTENCE = re.compile(r"(?<=[.!?])\s+")
# What is left of a sentence, where what follows may go on with it: "15 % of | everything else is fine".
FIGURE_OF = re.compile(
    r"(?:^|[:,;.] |\b(?:as|because|since|where|while) )"
    r"(?:(?:only|the|its|their|a) )?(?:\d+ %|share|rest|move) of(?: the)?$",
    re.IGNORECASE,
)
GOES_ON = re.compile(r"\b(?:used to|they do|I would say)\W*$")
DANGLING = re.compile(r"\b(the|a|an|and|or|between|because|than|while)\s+(?=[\w(])")


def one_of(advice: Advice, rng: np.random.Generator) -> StemAdvice | None:
    return advice.moving[int(rng.integers(len(advice.moving)))] if advice.moving else None


def _added(group: str) -> Callable[[Advice, str, np.random.Generator], Iterator[str]]:
    """A sentence added about one of the moves, from a list written by hand."""

    def added(advice: Advice, right: str, rng: np.random.Generator) -> Iterator[str]:
        stem = one_of(advice, rng)
        if (
            stem is None
            or (group == "taste" and any(map(advice.is_taste, advice.moving)))  # of two moves either may be meant
            or (group == "denied" and len(advice.stems) < 2)
        ):
            return
        template = str(rng.choice(_sentences()[group]))
        yield f"{right} {_filled(template, stem, advice)}"

    return added


def _filled(template: str, stem: StemAdvice, advice: Advice, other: str | None = None) -> str:
    called = advice.alias_by_name
    alias, up = called[stem.name], stem.move.gain_db > 0
    plural = is_plural(alias)
    slots = {
        "the": the(alias),
        "it": "they" if plural else "it",
        "them": "them" if plural else "it",
        "is": "are" if plural else "is",
        "s": "" if plural else "s",
        "do": "do" if plural else "does",
        "gain": f"{abs(stem.move.gain_db):.1f} dB",
        "up": "up" if up else "down",
        "higher": "higher" if up else "lower",
        "raise": "raise" if up else "lower",
        "more": "more" if up else "less",
        "louder": "louder" if up else "quieter",
    }
    if other is not None:
        plural = is_plural(called[other])
        slots |= {"other": the(called[other]), "os": "" if plural else "s", "ois": "are" if plural else "is"}
    return capital(template.format_map(slots))


def _covering_swapped(advice: Advice, right: str, rng: np.random.Generator) -> Iterator[str]:
    """A stem that is covered said to cover what covers it."""
    for stem in advice.moving:
        for reason in stem.reasons:
            pairs = {(r.other, s.name) for s in advice.moving for r in s.reasons if r.kind is ReasonKind.MASKED}
            if reason.kind is ReasonKind.MASKED and reason.other and (stem.name, reason.other) not in pairs:
                template = str(rng.choice(_sentences()["covers"]))
                yield f"{right} {_filled(template, stem, advice, reason.other)}"
                return


def _miscounted(advice: Advice, right: str, rng: np.random.Generator) -> Iterator[str]:
    found = COUNTED.search(right)
    if found:
        others = [word for word in NUMBERS[2:9] if word != found[1].lower()]
        word = str(rng.choice(others))
        word = capital(word) if found[1][0].isupper() else word
        yield right[: found.start(1)] + word + right[found.end(1) :]


def _cut_off(advice: Advice, right: str, rng: np.random.Generator) -> Iterator[str]:
    """The end cut off within a sentence: without a mark, with dots, or with a stop where none can be."""
    words = right.split(" ")
    if len(words) < 8:
        return
    at = int(rng.integers(len(words) // 2, len(words) - 1))
    while at > 3 and words[at - 1][-1] in ".!?:;":
        at -= 1
    cut = " ".join(words[:at]).rstrip(",;:(")
    if cut[-1] not in ".!?":
        yield cut
    numbers = list(re.finditer(r"\b(?:while|where|to|by|is|are|sits|lies) \d+", right))
    if numbers:
        yield right[: numbers[int(rng.integers(len(numbers)))].end()] + "..."
    dangling = list(DANGLING.finditer(right))
    if dangling:
        yield right[: dangling[int(rng.integers(len(dangling)))].end(1)] + "."


def _run_together(advice: Advice, right: str, rng: np.random.Generator) -> Iterator[str]:
    """Two sentences in one, without a mark; or the first half of one with the next."""
    sentences = SENTENCE.split(right)
    if len(sentences) < 2:
        return
    at = int(rng.integers(len(sentences) - 1))
    # These may go on, or are gone on with: "than you are used to | take it down".
    if re.match(r"(So|But|And|Then|Because)\b", sentences[at + 1]) or GOES_ON.search(sentences[at]):
        return
    first, second = sentences[at].rstrip(".!? "), sentences[at + 1]
    second = second if second.startswith(("I ", "Track ")) else second[0].lower() + second[1:]
    second = second.replace("Track ", "track ", 1) if second.startswith("Track ") else second
    rest = [*sentences[:at], f"{first} {second}", *sentences[at + 2 :]]
    if first[-1] != ")":
        yield " ".join(rest)
    words = first.split(" ")
    ends = [n for n in range(2, len(words)) if words[n - 1] in ("the", "a", "of", "by", "between", "their", "its")]
    ends = [n for n in ends if not FIGURE_OF.search(" ".join(words[:n]))]
    if ends:
        cut = " ".join(words[: ends[int(rng.integers(len(ends)))]])
        yield " ".join([*sentences[:at], f"{cut} {second}", *sentences[at + 2 :]])


OF_TEXT: Mapping[str, Callable[[Advice, str, np.random.Generator], Iterator[str]]] = {
    "denial added": _added("denied"),
    "move told twice": _added("again"),
    "taste invented": _added("taste"),
    "covering turned round": _covering_swapped,
    "count altered": _miscounted,
    "cut off": _cut_off,
    "run together": _run_together,
}


def _sentences() -> dict[str, list[str]]:
    return bundled("evaluation/mutants.yaml")
