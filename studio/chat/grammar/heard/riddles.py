"""Names of stems that read like an order: "undo", "it", "vocals up". They are meant only where they are quoted."""

import re

from console.read.roles import spoken_role
from explainer.reading.items.words import Words, phrases
from explainer.reading.items.words import vocabulary as english
from studio.chat.grammar.heard.words import concepts_in, known_words, phrases_of

MOVING = frozenset("up down raise lower lower_word louder quieter more less".split())
ORDERS = frozenset(
    "undo redo reset from_start lock unlock link unlink anchor apply dry_run compare measure explain save help "
    "show_table".split()
)
TALK = frozenset("yes no small_talk other_way meant regret".split())
OF_TARGETS = ("everything", "the_rest", "except", "pronouns")
SILENT = ("idle", "openers")
QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{1,200})[\"”“»]|(?<!\w)['‘]([^'‘’]{1,200})['’](?!\w)")
WHOLE = 4  # so many words are typed for the name alone
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def is_riddle(words: Words) -> bool:
    """Whether a name, typed as it is, could be an order or a part of one."""
    if words == ("other",):  # the fourth stem of many songs, of which the reader of names takes care
        return False
    if len(words) < WHOLE and (any(MOVING & phrases().tags(word) for word in words) or "db" in words):
        return True
    begins = {each.concept for each in concepts_in(words) if each.at == 0}
    if begins & ORDERS:
        return True
    if spoken_role(" ".join(words)) is not None:  # "OH", "kick out"
        return False
    if begins & TALK or any(words in phrases_of(part) for part in (*OF_TARGETS, *SILENT)):
        return True
    return all((word,) in phrases_of("idle") or (word,) in phrases_of("pronouns") for word in words)


def is_plain(word: str) -> bool:
    """Whether a word says nothing but what it names."""
    return word not in english() and word not in known_words()


def mark(at: int) -> str:
    """A word that nobody types, for the name of a stem that stands in quotation marks."""
    letters = ""
    at += 1
    while at:
        at, letter = divmod(at - 1, len(LETTERS))
        letters = LETTERS[letter] + letters
    return f"qzstem{letters}"
