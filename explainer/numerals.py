"""Digits under guard: a number that is written can only be one of the advice's, whatever the model leans to."""

import math
import re
from collections.abc import Callable, Iterator, Sequence

from jaxtyping import Float, Int
from torch import Tensor

from explainer.advice import Advice
from explainer.agreement import numbers
from explainer.names import aliases

LONGEST = 8  # signs of a number
POINT = "."
NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Numerals:
    """Bars each digit that would begin or go on a number which is not known. Other tokens are left as they are.

    It needs a tokenizer to which each digit is a token of its own; tokens of several digits are not barred.

    Args:
        tokens: text -> tokens.
        known: of each row, the numbers that may be written, as they are spelled.
    """

    def __init__(self, tokens: Callable[[str], list[int]], known: Sequence[Sequence[str]]):
        alone = {sign: tokens(sign) for sign in (*"0123456789", POINT)}
        self.signs = {ids[0]: sign for sign, ids in alone.items() if len(ids) == 1}
        self.digits = {token: sign for token, sign in self.signs.items() if sign != POINT}
        self.begun = [{number[:end] for number in row for end in range(1, len(number) + 1)} for row in known]

    def __call__(
        self, logits: Float[Tensor, "batch word"], written: Int[Tensor, "batch token"]
    ) -> Float[Tensor, "batch word"]:
        """The logits of the next token, those of barred digits at minus infinity.

        Args:
            written: the last tokens, at least as many as the longest number has signs.
        """
        guarded = logits.clone()
        for row, ids in enumerate(written[:, -LONGEST:].tolist()):
            so_far = self._number(ids)
            barred = [token for token, sign in self.digits.items() if so_far + sign not in self.begun[row]]
            guarded[row, barred] = -math.inf
        return guarded

    def _number(self, ids: list[int]) -> str:
        """The number that the tokens end with, as far as it is written."""
        signs: list[str] = []
        for token in reversed(ids):
            if token not in self.signs:
                break
            signs.append(self.signs[token])
        return "".join(reversed(signs)).lstrip(POINT)


def spelled(advice: Advice, instruction: str = "") -> list[str]:
    """The numbers that may stand in a text about advice: its own, those of the stems' plain names and the question."""
    return list(dict.fromkeys(_spelled(advice, instruction)))


def _spelled(advice: Advice, instruction: str) -> Iterator[str]:
    for figure, _ in numbers(advice):
        yield f"{abs(figure):.1f}"
        yield f"{abs(figure):g}"
    for words in (instruction, *aliases([stem.name for stem in advice.stems])):
        yield from NUMBER.findall(words)
