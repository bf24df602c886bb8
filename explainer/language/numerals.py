"""Numbers under guard: what is written is one of the advice's, in its place, whatever the model leans to."""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence

from jaxtyping import Float, Int
from torch import Tensor

from explainer.language.known import Known
from explainer.language.wording import wrong_next

BEGUN = re.compile(r"\d+\.?\d*\Z")  # a number at the end of a text, as far as it is written


class Numerals:
    """Bars each token that would begin or go on a number which may not stand there, or be a word that is wrong there.

    Args:
        signs: tokens that are numbers, digits or a decimal point, with what they spell.
        tokens, text: text -> tokens and back.
        known: of each row, what may be written.
    """

    def __init__(
        self,
        signs: Mapping[int, str],
        tokens: Callable[[str], list[int]],
        text: Callable[[Sequence[int]], str],
        known: Sequence[Known],
    ):
        self.signs, self.tokens, self.text, self.known = signs, tokens, text, known
        space = tokens(" ")
        self._space = space if len(space) == 1 else []
        self._of_word: dict[str, list[int]] = {}
        self._fit: dict[tuple[frozenset[str], str], tuple[list[int], list[int]]] = {}

    def __call__(
        self,
        logits: Float[Tensor, "batch word"],
        written: Int[Tensor, "batch token"],
        rows: Sequence[int] | None = None,
    ) -> Float[Tensor, "batch word"]:
        """The logits of the next token, those of barred ones at minus infinity.

        Args:
            written: all tokens so far.
            rows: which ones these are; all by default.
        """
        guarded = logits.clone()
        rows = range(len(logits)) if rows is None else rows
        for at, (row, ids) in enumerate(zip(rows, written.tolist(), strict=True)):
            known, text = self.known[row], self.text(ids)
            begun = BEGUN.search(text)
            so_far = begun[0] if begun else ""
            allowed = known.allowed(text.removesuffix(so_far))
            go_on, others = self._signs(allowed, so_far)
            if so_far and so_far not in allowed and go_on:  # half a number is none
                guarded[at] = -math.inf
                guarded[at, go_on] = logits[at, go_on]
            else:
                barred = [*others, *self._words(wrong_next(text, known))]
                if not so_far and not known.allowed(f"{text} "):  # a space that a number would follow
                    barred += self._space
                guarded[at, barred] = -math.inf
        return guarded

    def _words(self, words: Collection[str]) -> list[int]:
        """The tokens of those words that are one token, after a space or not; half a word may begin a right one."""
        for word in words:
            if word not in self._of_word:
                spelled = (self.tokens(space + word) for space in ("", " "))
                self._of_word[word] = [ids[0] for ids in spelled if len(ids) == 1]
        return [token for word in words for token in self._of_word[word]]

    def _signs(self, allowed: frozenset[str], so_far: str) -> tuple[list[int], list[int]]:
        """The tokens that begin a number or go on one, and the digits that do not."""
        key = allowed, so_far
        if key not in self._fit:
            may = [number for number in allowed if number.startswith(so_far)]
            fit = {t: any(n.startswith(so_far + sign) for n in may) for t, sign in self.signs.items()}
            self._fit[key] = (
                [token for token, fits in fit.items() if fits],
                [token for token, fits in fit.items() if not fits and self.signs[token] != "."],
            )
        return self._fit[key]
