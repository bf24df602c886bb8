"""A text as sentences of segments of items: an item is a phrase of the lexicon, a stem, a quantity or another word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from explainer.reading.items.quantities import DB, Quantity, quantity_at
from explainer.reading.items.stems import OTHER, is_plural
from explainer.reading.items.words import Kind, Phrases, Token, phrases, tokens

END = {".", "!", "?", ";", "\n", "•"}
BREAK = {",", ":", "(", ")", "/", "-", "&", "+", "[", "]", "|", ">", "<", "=", "…"}
NO_TAGS: frozenset[str] = frozenset()
AS_MUCH = (("as", "much"), ("just", "as", "much"), ("the", "same", "amount"), ("the", "same"))
OF_STEM = {"track", "stem", "channel"}
ARTICLES = {"a", "an", "the"}
LONGEST = 80  # items in a segment: in a longer one nobody finds their way, and time would grow with its square


@dataclass(slots=True)
class Item:
    """A run of words that count as one.

    Args:
        words: what it says.
        tags: what the lexicon says of it.
        stems: indices of the stems it names; empty for none.
        other: whether it names an instrument that is no stem.
        plural: of a stem, whether it is named in the plural.
        quantity: the number that it is.
        context: whether it only says where, or compared with what.
        upper: whether it is written in capitals.
    """

    words: tuple[str, ...]
    tags: frozenset[str] = NO_TAGS
    stems: tuple[int, ...] = ()
    other: bool = False
    plural: bool = False
    quantity: Quantity | None = None
    context: bool = False
    upper: bool = False

    def has(self, *tags: str) -> bool:
        """Whether it has any of these tags."""
        return not self.tags.isdisjoint(tags)

    @property
    def version(self) -> bool:
        """Whether it may be the name of a version of a mix, A or B."""
        return self.upper and self.words in (("a",), ("b",))

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of it."""
        return not (self.tags or self.stems or self.other or self.quantity)


@dataclass(slots=True)
class Segment:
    """Part of a sentence between two marks or conjunctions.

    Args:
        before: the mark or word that it follows; "" at the start of a sentence.
    """

    before: str
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Sentence:
    """What stands between two full stops, semicolons or line breaks.

    Args:
        end: the mark that ends it; "" at the end of the text.
    """

    segments: list[Segment]
    end: str


def sentences(text: str, names: Phrases) -> Iterator[Sentence]:
    """The sentences of a text, in which `names` finds the stems."""
    segments = [Segment("")]
    for mark, item in _pieces(tokens(text), names):
        if item is not None:
            if len(segments[-1].items) >= LONGEST:
                segments.append(Segment(""))
            segments[-1].items.append(item)
        elif mark in END and len(segments) == 1 and not segments[0].items:
            continue
        elif mark in END:
            yield Sentence(_filled(segments), mark)
            segments = [Segment("")]
        elif segments[-1].items:
            segments.append(Segment(mark))
        elif segments[-1].before and len(segments[-1].before) < LONGEST:
            segments[-1].before = f"{segments[-1].before} {mark}"
    yield Sentence(_filled(segments), "")


def _filled(segments: list[Segment]) -> list[Segment]:
    return [segment for segment in segments if segment.items]


def _phrase(words: Sequence[Token], at: int, names: Phrases) -> tuple[frozenset[str], int] | None:
    """The phrase there; only its first word where a stem's name begins in it: "in the | background vocals"."""
    phrase = phrases().at(words, at)
    if phrase is not None:
        for inside in range(at + 1, at + phrase[1]):
            named = names.at(words, inside)
            if named and inside + named[1] > at + phrase[1] and OTHER not in named[0]:
                tags = phrases().tags(words[at].text)
                return (tags, 1) if tags else None
    return phrase


def _name(words: Sequence[Token], at: int, names: Phrases) -> tuple[frozenset[str], int] | None:
    """The stem named there; a shorter name where another stem's begins within it: "the voice | track A"."""
    named = names.at(words, at)
    if named is not None:
        for inside in range(at + 1, at + named[1]):
            within = names.at(words, inside)
            if within and inside + within[1] > at + named[1] and OTHER not in within[0]:
                return names.at(words, at, inside - at)
    return named


def _as_much(words: Sequence[Token], at: int, told: Quantity | None) -> Quantity | None:
    """The dB that were said last, where a fader is to go up or down "by as much": no number is written anew."""
    if told is None or at < 2 or words[at - 1].text != "by" or words[at - 2].text not in ("up", "down"):
        return None
    for phrase in AS_MUCH:
        end = at + len(phrase)
        if tuple(word.text for word in words[at:end]) == phrase and (end == len(words) or words[end].text != "as"):
            return replace(told, sign=0, numbers=(), end=end)
    return None


def _pieces(words: Sequence[Token], names: Phrases) -> Iterator[tuple[str, Item | None]]:
    """Items, and the marks and conjunctions between them."""
    at = 0
    told: Quantity | None = None  # the dB that were said last
    while at < len(words):
        token = words[at]
        named = _name(words, at, names)
        phrase = _phrase(words, at, names)
        quantity = None if named else quantity_at(words, at) or _as_much(words, at, told)
        told = quantity if quantity is not None and quantity.unit == DB and quantity.value is not None else told
        if named and not (phrase and phrase[1] > named[1]):
            (index,), size = named
            if at + size < len(words) and words[at + size].text in OF_STEM and names.at(words, at + size) is None:
                size += 1  # "the vocals track"
            said = tuple(word.text for word in words[at : at + named[1]])
            stems = () if index == OTHER else (int(index),)
            yield "", Item(said, stems=stems, other=index == OTHER, plural=is_plural(said))
            at += size
        elif quantity is not None:
            yield "", Item(tuple(word.text for word in words[at : quantity.end]), quantity=quantity)
            at = quantity.end
        elif phrase is not None:
            tags, size = phrase
            said = tuple(word.text for word in words[at : at + size])
            parts = " ".join(said)
            if tags & {"and", "but", "cause"}:
                yield parts, None
            if not tags <= {"and"}:
                yield "", Item(said, tags, upper=token.upper)
            at += size
        else:
            at += 1
            if token.kind is Kind.WORD:
                tags = frozenset(["filler"]) if token.text.endswith("ly") and len(token.text) > 4 else NO_TAGS
                yield "", Item((token.text,), tags, upper=token.upper)
            elif token.text in END or token.text in BREAK:
                yield token.text, None
