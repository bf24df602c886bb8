"""Names that tell nothing: codes for files, pages and stimuli."""

import hashlib
import json
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

LETTERS = "bcdfghjklmpqrstvwxz"  # they make no word, and no YAML reader takes them for a number or a truth value
LENGTH = 8

T = TypeVar("T")


class Codes:
    """Codes without repetition, and random orders; the same `origin` gives the same ones.

    Args:
        origin: whatever the study is made from.
    """

    def __init__(self, *origin: object):
        digest = hashlib.blake2b(json.dumps(origin).encode(), digest_size=16).digest()
        self.rng = np.random.default_rng(list(digest))
        self.drawn: set[str] = set()

    def draw(self) -> str:
        """Eight letters that were not drawn before."""
        while (code := "".join(self.rng.choice(list(LETTERS), LENGTH))) in self.drawn:
            pass
        self.drawn.add(code)
        return code

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """The things in a random order."""
        return [things[at] for at in self.rng.permutation(len(things))]
