"""A text as clauses: spelling mended, stems found, each with how it is meant."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from explainer.reading.claims.event import Event
from explainer.reading.claims.events import events
from explainer.reading.claims.nouns import Noun, grouped, nouns
from explainer.reading.items.quantities import NUMBER_WORDS, UNITS
from explainer.reading.items.segments import END, Item, Segment, sentences
from explainer.reading.items.words import Kind, Token, tokens, vocabulary
from explainer.reading.questions import question
from explainer.reading.questions.question import PLAINER
from explainer.reading.questions.spelling import is_slip, nearest
from studio.chat.grammar.heard import words as ordered
from studio.chat.grammar.heard.mood import Mood, asks_anew, begins_request, mood_of, opening, said_from
from studio.chat.grammar.heard.names import Names

LEADING_DOT = re.compile(r"(?<![\d.])\.(?=\d)")
HALF = re.compile(r"\b(?:(\d+) ?)?(?<!\d)(?:1/2(?!\d)|½)|(\d+)½")
TRAILING = re.compile(r"\.{2,}|…")
COMPARATIVES = {
    **dict.fromkeys((("more", word) for word in ("quiet", "soft", "silent")), "quieter"),
    **dict.fromkeys((("less", word) for word in ("quiet", "soft")), "louder"),
}
DIGITS = "zero one two three four five six seven eight nine".split()
ENDINGS = ("ed", "d", "ing", "ly", "s", "er")
SHORT = 3  # letters of a stem's name that may be misspelt
VERBS = ("move", "raise", "lower", "lower_word", "leave", "come")
NAME = ("*",)
EXCEPT = Item(("except",), frozenset({"against"}))


@dataclass(eq=False)
class Clause:
    """A part of a sentence.

    Args:
        before: the mark or word that it follows; "" at the start of a sentence.
        items: what it consists of.
        mood: how it is meant.
        sentence: the number of its sentence; `text`: that sentence as it was written.
        either: whether that sentence leaves a choice: "the vocals or the bass".
        spoken: its words with those of names.
    """

    before: str
    items: list[Item]
    mood: Mood
    sentence: int
    text: str
    either: bool = False
    spoken: tuple[str, ...] = field(init=False)
    nouns: dict[int, Noun] = field(init=False)
    events: list[Event] = field(init=False)

    def __post_init__(self) -> None:
        self.spoken = tuple(word for item in self.items for word in item.words)
        for item in self.items:
            item.words = NAME if item.stems else item.words  # whatever a name says, it says nothing here
        self.nouns = nouns(self.items)
        self.events = events(self.items, self.nouns)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """All of its words; a "*" for each name."""
        return tuple(word for item in self.items for word in item.words)

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Its words; a "*" for each name, a "#" for each number."""
        said: list[str] = []
        for item in self.items:
            said += ["*"] if item.stems or item.other else ["#"] if item.quantity else item.words
        return tuple(said)

    @cached_property
    def start(self) -> int:
        """Where what is to be done begins among the free words."""
        return said_from(self.free)

    @cached_property
    def found(self) -> list[ordered.Found]:
        """What the free words mean in an order."""
        return ordered.concepts_in(self.free)

    @cached_property
    def concepts(self) -> frozenset[str]:
        """The same, without the places."""
        return frozenset(each.concept for each in self.found)

    def starts(self, *concepts: str) -> bool:
        """Whether it begins with one of these, but for small words."""
        return any(each.concept in concepts and each.at == self.start for each in self.found)

    def is_all(self, concept: str) -> bool:
        """Whether it says nothing else."""
        covered = {at for each in self.found if each.concept == concept for at in range(each.at, each.at + each.size)}
        rest = [word for at, word in enumerate(self.free) if at not in covered]
        return bool(covered) and opening(rest) == len(rest)

    def has(self, *words: str) -> bool:
        """Whether one of these words is in it."""
        return not set(words).isdisjoint(self.words)

    @property
    def begins_anew(self) -> bool:
        """Whether it has a verb of its own, or a "but" before it."""
        first = self.items[min(self.start, len(self.items) - 1)]
        return "but" in self.before.split() or first.has(*VERBS) or first.words[0] in ("set", "put", "lock", "apply")

    @property
    def named(self) -> list[Item]:
        """The items that name stems of the song."""
        return [item for item in self.items if item.stems]

    @property
    def absent(self) -> str:
        """An instrument that is named, and that the song has not; "" where none is."""
        return next((" ".join(item.words) for item in self.items if item.other), "")


def clauses(text: str, names: Names) -> list[Clause]:
    """The clauses of what was said, in their order."""
    found: list[Clause] = []
    for number, (said, end, written) in enumerate(_sentences(text, names)):
        segments = [segment for sentence in sentences(said, names.phrases) for segment in sentence.segments]
        either = any("or" in segment.before.split() for segment in segments)
        segments = [part for segment in grouped(_with_exceptions(segments)) for part in _parted(segment)]
        items = [item for segment in segments for item in segment.items]
        if not items:
            continue
        words = [word for item in items for word in item.words]
        asks = any(begins_request(_words(segment)) for segment in segments[1:])
        mood = mood_of(words, "" if asks else end, items)
        for at, segment in enumerate(segments):
            if at:
                mood = _goes_on(mood, segment, end)
            found.append(Clause(segment.before, segment.items, mood, number, written, either))
    return found


def _goes_on(mood: Mood, segment: Segment, end: str) -> Mood:
    """How a clause is meant, by how the one before it was."""
    words = _words(segment)
    if begins_request(words):
        return mood_of(words, "", segment.items)
    if asks_anew(words) and not segment.items[0].has("leave") and words[0] not in ("has", "was", "were"):
        return Mood.QUESTION
    begins = segment.items[min(opening(words), len(segment.items) - 1)]
    if mood is Mood.TOLD:
        return mood_of(words, end, segment.items)
    if mood is not Mood.ORDER and "," in segment.before and end != "?" and mood is not Mood.SUPPOSED:
        return Mood.ORDER if begins.has(*VERBS) else mood
    return mood


def _words(segment: Segment) -> list[str]:
    return [word for item in segment.items for word in item.words]


def _with_exceptions(segments: Sequence[Segment]) -> list[Segment]:
    """Joins "everything | but the vocals"."""
    joined: list[Segment] = []
    for segment in segments:
        names = bool(segment.items) and any(item.stems for item in segment.items[:3])
        after_all = joined and joined[-1].items and joined[-1].items[-1].has("mix", "levels", "rest")
        after_all = after_all or (joined and joined[-1].items and joined[-1].items[-1].words == ("all",))
        if segment.before == "but" and names and after_all and not segment.items[0].has("leave", "denial", *VERBS):
            rest = segment.items[1:] if segment.items[0].words == ("but",) else segment.items
            joined[-1].items.extend([EXCEPT, *rest])
        elif segment.before == "with" and joined:
            joined[-1].items.extend(segment.items)
        else:
            joined.append(segment)
    return joined


def _parted(segment: Segment) -> Iterator[Segment]:
    """Parts "snare up 1 kick down 1", where a name follows upon a finished order."""
    items = segment.items
    for at in range(2, len(items) - 1):
        finished = items[at - 1].quantity or items[at - 1].has("up", "down")
        begun = any(item.stems for item in items[:at]) and any(item.has("up", "down") for item in items[:at])
        if items[at].stems and finished and begun and any(item.has("up", "down") for item in items[at + 1 :]):
            yield Segment(segment.before, items[:at])
            yield from _parted(Segment(",", items[at:]))
            return
    yield segment


def _sentences(text: str, names: Names) -> Iterator[tuple[str, str, str]]:
    """Each sentence with its spelling mended, the mark at its end, and as it was written."""
    text = names.marked(text)
    text = HALF.sub(lambda found: f"{found[1] or found[2] or 0}.5", TRAILING.sub(" ", LEADING_DOT.sub("0.", text)))
    known = known_words() | names.vocabulary
    said: list[Token] = []
    for token in [*tokens(text), None]:
        if token is None or token.text in END:
            if said:
                yield (
                    _joined(said, known, names),
                    "" if token is None else token.text,
                    names.unmarked(text[said[0].start : said[-1].end]),
                )
            said = []
        else:
            said.append(token)


def _joined(said: Sequence[Token], known: frozenset[str], names: Names) -> str:
    """Tokens as a text that is read as them, but for their spelling."""
    parts: list[str] = []
    skip, later = False, ""
    for at, token in enumerate(said):
        before = said[at - 1] if at else None
        close = before is not None and before.touches(token) and before.kind is not token.kind
        text = token.text
        if text == "more" and _in_units(said, at):
            later = "more"
            continue
        if at and (said[at - 1].text, text) in COMPARATIVES:
            parts[-1] = COMPARATIVES[said[at - 1].text, text]
            continue
        if text == "point" and (digit := _decimal(said, at)):
            parts += [" ", f"0.{digit}"]
            skip = True
            continue
        if skip:
            skip = False
            continue
        if token.kind is Kind.WORD:
            if text == "'s" and before is not None:
                text = "us" if before.text == "let" else "is" if before.text in _IS_BEHIND else text
            text = text if text == "'s" else PLAINER.get(text, text)
            text = _mended(text, known, names)
            text = _not_named(text, said, at)
        parts += [text] if close or not at else [" ", text]
        if later and text in UNITS:
            parts += [" ", later]
            later = ""
    return "".join(parts)


def _in_units(said: Sequence[Token], at: int) -> bool:
    """Whether a "more" parts a number and its unit: "one more dB"."""
    numbered = at > 0 and (said[at - 1].kind is Kind.NUMBER or said[at - 1].text in NUMBER_WORDS)
    return numbered and at + 1 < len(said) and said[at + 1].text in UNITS


def _decimal(said: Sequence[Token], at: int) -> str:
    """The digit behind a "point" that no number stands before: "by point five"."""
    before, after = said[at - 1].text if at else "", said[at + 1].text if at + 1 < len(said) else ""
    if before.isdigit() or before in NUMBER_WORDS:
        return ""
    return after if after.isdigit() else str(DIGITS.index(after)) if after in DIGITS else ""


def _not_named(text: str, said: Sequence[Token], at: int) -> str:
    """ "Other" before another name is no stem of that name: "the other guitar", "the other way"."""
    after = said[at + 1].text if text == "other" and at + 1 < len(said) else ""
    return "opposite" if after in _TURNED else "remaining" if after in _AFTER_OTHER else text


def _mended(word: str, known: frozenset[str], names: Names) -> str:
    mended = nearest(word, known)
    inflected = any(word == stem + end for end in ENDINGS for stem in (mended, mended.removesuffix("e")))
    if mended != word and mended not in names.vocabulary and (inflected or not is_slip(word, mended)):
        mended = word  # a word of its own, rather: a whisper is no whisker
    return nearest(word, names.vocabulary, SHORT) if mended == word and word not in known else mended


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Every word that is known, but for names."""
    return vocabulary() | NUMBER_WORDS | question.known_words() | ordered.known_words()


_IS_BEHIND = frozenset("it that this what where who how there here everything he she when why".split())
_TURNED = ("way", "direction")
_AFTER_OTHER = frozenset("guitar guitars gtr vocal voice synth keys mic microphone drum".split())
