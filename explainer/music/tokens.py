"""How many tokens of a language model a text takes."""

import re

# As small tokenizers do it, each digit and sign by itself; docs/music/report.md has how far off this is.
PIECES = re.compile(r"[A-Za-z]{1,4}| (?=\d)|\S|\n")


def tokens(text: str) -> int:
    """How many tokens a text takes, rather too many: one for four letters, for a digit, for a byte of other signs."""
    return sum(
        1 if piece.isalpha() and piece.isascii() else len(piece.encode("utf-8", "replace"))
        for piece in PIECES.findall(text)
    )
