"""Words that no sentence has side by side: "the they", "of perhaps take", "3 dB 2"."""

from collections.abc import Sequence

from explainer.reading.sentence_words import (
    ARTICLES,
    MARKS,
    MODALS,
    NAMING,
    OBJECTS,
    ORDER,
    PRONOUNS,
    REACH,
    SUBORDINATE,
    UNITS,
    WHOLE,
    begins,
    is_number,
    is_order,
    is_subject,
    words_of,
)

DOUBTFUL = frozenset("perhaps maybe probably possibly".split())
NOMINATIVE = frozenset("they i we".split())
ALONE = frozenset("its their it they no any".split())
NO_SUBJECT_AFTER = frozenset("of by between below above from at with under over".split())


def collides(words: Sequence[str], at: int) -> bool:
    """Whether two words stand side by side that no sentence has so."""
    if at + 1 >= len(words):
        return False
    word, after = words[at], words[at + 1]
    if word == after:
        return False  # a doubled word is a slip of its own
    if at > 1 and word in ("it", "them") and words[at - 1] in words_of("prepositions") - {"as"}:
        named = after in ("they", "no", "nothing", "everything", "i") or after.startswith("track ")
        if after == "the" or (named and begins(words, at + 1)):
            return True
    if word in ("its", "my", "your") and (after in ("the", "their", "they") or after.startswith("track ")):
        return True
    if word in ("of", "by", "between", "with") and (
        after in ("i'd", "i'll") or words[at + 1 : at + 3] == ["there", "is"]
    ):
        return True
    if (word == "by" and after in ("within", "with", "of", "from")) or (word == "of" and after in ("if", "within")):
        return True
    if word in ("it", "they", "i", "we") and is_number(after) and words[at + 2 : at + 3] != []:
        before = words[at - 1] if at else "."
        if words[at + 2] in UNITS and (before in UNITS | {".", ":", ";"} or word != "it"):
            return True  # "from 500 Hz it 33 %"
    if word == "only" and after in ("norm", "mix", "rest", "fader", "stem", "band"):
        return True
    if word in ("and", "or") and after in ("is", "are", "was", "were", "has", "have") and 1 < at < 5:
        named = words[0] in ("the", "a", "their", "its") or words[0].startswith("track ")
        return named and not any(w in words_of("finite") or w in MARKS or w in words_of("openers") for w in words[1:at])
    if word in ARTICLES and after == "begin":
        return True
    if word in ("its", "your") and is_order(words, at + 1) and (is_number(words[at + 2]) or words[at + 2] in OBJECTS):
        return True
    if word in ARTICLES and after in words_of("no_noun"):
        verb = words[at + 2 : at + 3]
        if after == "i":
            return verb == [] or verb[0] in MODALS | {"am"} | words_of("opinions") | words_of("observing")
        return not (after == "is" and word == "the") and verb not in (["cappella"], ["capella"])
    if word in NO_SUBJECT_AFTER and after in NOMINATIVE and not (at and words[at - 1] == "in"):  # "in between"
        return True
    if word in NO_SUBJECT_AFTER | ARTICLES and any(
        tuple(words[at + 1 : at + 1 + len(phrase)]) == phrase for phrase in ORDER if len(phrase) > 1
    ):
        return True
    if word in NO_SUBJECT_AFTER and (after in DOUBTFUL or after in words_of("orders")):
        then = words[at + 2 : at + 3]
        return (
            then in (["it"], ["them"])
            or is_order(words, at + 1)
            or (after in DOUBTFUL and (is_order(words, at + 2) or begins(words, at + 2)))
        )
    if word in ARTICLES and is_order(words, at + 1) and words[at + 2] not in OBJECTS and word != "a":
        return True
    if word in ARTICLES and after.startswith("track "):
        return words[at + 2 : at + 3] != [] and words[at + 2] in words_of("finite") | MODALS
    if word in ARTICLES and after in words_of("orders") and words[at + 2 : at + 3] != [] and words[at + 2] in OBJECTS:
        return words[at + 3 : at + 4] != [] and words[at + 3] not in words_of("finite")  # "the lift it needs"
    if word in ARTICLES and after in DOUBTFUL:
        return at + 2 < len(words) and (is_subject(words[at + 2]) or is_order(words, at + 2))
    if word == "between" and after in ALONE and begins(words, at + 1) and "and" not in words[at:]:
        return True
    number = is_number(word)
    figure = word in UNITS and at > 0 and is_number(words[at - 1])
    if figure and (is_number(after) or (after == "no" and words[at + 2 : at + 3] in (["less"], ["more"]))):
        return True
    if word == "at all" and after in NAMING | WHOLE:
        return begins(words, at + 1)
    if word == "between" and at and words[at - 1] in ("anything", "anywhere", "spot") and after in ("the", "its"):
        return "and" not in words[at : at + REACH] and words[at + 2 : at + 3] != ["two"]
    if word in ("between", "of", "by") and after in ("if", "since", "because", "while", "unless", "although"):
        return True
    if word == "between" and after in PRONOUNS and words[at - 1 : at] != ["in"] and words[at + 2 : at + 3] != []:
        return words[at + 2] in MODALS
    if word in ("too", "at all") and is_order(words, at + 1):
        return True
    if word == "a" and is_order(words, at + 1) and is_number(words[at + 2]) and "." in words[at + 2]:
        return True
    if word in ("its", "my", "your") and after in WHOLE | {"that", "there"}:
        return True
    if word == "of" and after in ("nothing", "everything") and words[at + 2 : at + 3] == ["else"]:
        return after == "nothing" and begins(words, at + 1)
    if word == "too" and after in WHOLE:
        return begins(words, at + 1)
    if word == "too" and after in ("no", "the", "their", "its", "they", "i", "we"):
        return True
    if number and "." in word and after in ("the", "they", "i", "it"):
        return True
    if at and number and words[at - 1] in SUBORDINATE and after in UNITS and at + 2 < len(words):
        return words[at + 2] in ("the", "they", "it", "i", "track")
    return False
