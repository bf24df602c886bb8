"""What is said on the way to an order, and orders nothing: how somebody came to it, and what they turn to."""

from studio.chat.grammar.heard.clauses import Clause
from studio.chat.grammar.heard.mood import opening
from studio.chat.grammar.heard.sizes import sizes
from studio.chat.grammar.heard.words import length_of, phrases_of
from studio.chat.grammar.rules.moves import ordering

LIKING = ("happy", "like", "love", "sure", "care", "satisfied", "convinced", "worried")
CONNECTING = ("while", "after", "before", "as")
SAYING = "up down more less loud quiet excess lost too_much too_little denial condition section".split()


def is_preamble(clause: Clause) -> bool:
    """Whether a clause only tells how somebody came to what is ordered then: "I tried it in the car"."""
    words = clause.free[opening(clause.free) :]
    turns = bool(clause.named and length_of(words, "turning"))
    tells_of = turns or words[:1] in phrases_of("narrative") or bool(words and words[0] in CONNECTING)
    if clause.absent or sizes(clause.items) or ordering(clause):
        return False
    if clause.named and not turns:  # "I am not happy with the bass"
        return tells_of and clause.has(*LIKING)
    return tells_of and not any(item.has(*SAYING) for item in clause.items)
