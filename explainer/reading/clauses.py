"""Sentences that are no sentences: broken off, or with a verb that does not agree.

Each rule is narrow: what it finds is nearly always a fault, much that is one it does not find.
"""

import re
from collections.abc import Iterator

from explainer.advice.names import VOCABULARY
from explainer.reading.sentence_words import words_in, words_of


def broken_off(sentence: str) -> str | None:
    """The last word of a sentence that cannot be its last, if it is such a one."""
    words = words_in(sentence)
    while words and words[-1] in {".", "!", "?", "…", ")", '"', "”"}:
        words.pop()
    if not words:
        return None
    if words[-1] in words_of("open_ended") and len(words) > 1:
        return words[-1]
    if len(words) > 1 and "." in words[-1] and words[-2] in ("by", "between", "from", "is", "are", "sits", "to", "and"):
        return words[-1]
    if (
        words[-1] in ("of", "to", "at", "by", "from")
        and len(words) > 1
        and words[-2] in ("rest", "lower", "dB", "%", "lu")
    ):
        return words[-1]
    if len(words) > 3 and words[-1] in ("it", "they", "i", "we") and words[-2] in ("and", "so", "because", "while"):
        return None if "between" in words or "both" in words else words[-1]
    if words[-1] == "only" and len(words) > 1 and words[-2] in ("for", "of", "at", "in", "by", "from"):
        return "only"
    wishes = words[-2:-1] in (["i"], ["you"], ["we"]) and words[-1] in ("would", "should", "might") and len(words) > 4
    if wishes and words[-3] in ("that", "so", "and", "then", "therefore") and "what" not in words:
        return words[-1]
    bare = words[0] in ("the", "track") and len(words) <= 4 and " ".join(words[1:]) in VOCABULARY
    return words[-1] if bare or words in (["they"], ["it"], ["i"]) else None


_ADVERB = r"(?:\s+(?:probably|perhaps|possibly|likely|clearly|also|still|really|just|now))?"
_START = r"(?:^|(?<!vs)[.;:!?]\s+|\b(?:so|because|as|since|that|where|while|(?<!nothing )but|if|though)\s+)(?:the\s+)?"
_ONE = r"(?:is|was|has|does|sits|needs|wants|lies|holds|carries|masks|covers|hides)\b"  # verbs of a singular
_MANY = r"(?:are|have|sit|lie|carry|(?:mask|cover|hide)\s+(?:them|it|the|track))\b"  # of a plural, and no nouns


def _named(plural: bool) -> str:
    names = (re.escape(name) for name, many in VOCABULARY.items() if many is plural)
    return "|".join(sorted(names, key=len, reverse=True))


DISAGREES = re.compile(
    rf"{_START}(?:(?:{_named(True)}){_ADVERB}\s+{_ONE}|(?:{_named(False)}|track [A-Z]){_ADVERB}\s+{_MANY})"
    rf"|\bthey\s+{_ONE}"
    r"|(?:^|[.;:!?,]\s+|\b(?:so|because|as|since|and|but)\s+)it\s+(?:are|have|sit|lie|carry|need|want|hold)\b",
    re.MULTILINE | re.IGNORECASE,
)


def disagreements(text: str) -> Iterator[str]:
    """Where a plural has the verb of a singular, or the other way round."""
    yield from (found[0].strip() for found in DISAGREES.finditer(text))
