"""What may come next while a model writes a step: slots in place of numbers, each once, and no end before the last."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explainer.advice.shown import NUMBERS
from explainer.phrasing.plan import Step, StepKind
from explainer.phrasing.slots import NAMES, Slot, slots_of

OPEN, SHUT = "<", ">"
# "no" and "one" say more, and so does "second".
NUMBER_WORDS = frozenset(
    (
        *NUMBERS[2:],
        *"eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        *"twenty thirty forty fifty sixty seventy eighty ninety".split(),
        *"hundred hundreds thousand thousands dozen dozens".split(),
        *"half halve halves halved halving third thirds quarter quarters fourths fifth fifths tenth tenths".split(),
        *"twice thrice double doubles doubled doubling triple triples tripled couple".split(),
    )
)
OFTEN = 2  # times that a stem may be named in one step
RANGE = re.compile(
    r"<low>(?:[ ,]+[a-z]+){1,5} <high>|<low> ?[-–] ?<high>"
)  # "no less than <low> and no more than <high>"
PARTS = re.compile(r"(?<=[^\W\d])[-–—/](?=[^\W\d])")  # of words: "two-thirds"


def stray(text: str) -> tuple[str, ...]:
    """The numbers, in digits or words, that a text has beside its slots."""
    words = PARTS.sub(" ", text.replace(OPEN, f" {OPEN}").replace(SHUT, f"{SHUT} ")).split()
    plain = [word.strip(".,;:!?()\"'").lower() for word in words if not word.startswith(OPEN)]
    return tuple(word for word in plain if word in NUMBER_WORDS or any(sign.isnumeric() for sign in word))


class Vocabulary:
    """The tokens of a model as they are spelled.

    Args:
        pieces: what each token spells.
        ends: the tokens that end an answer.
    """

    def __init__(self, pieces: Mapping[int, str], ends: Sequence[int]):
        self.pieces, self.ends = pieces, list(ends)

    @cached_property
    def barred(self) -> list[int]:
        """What never comes but by leave: digits, number words, angle brackets."""
        ends = set(self.ends)  # which are spelled with brackets, too
        return [t for t, piece in self.pieces.items() if ({OPEN, SHUT} & set(piece) or stray(piece)) and t not in ends]

    @cached_property
    def opening(self) -> list[tuple[int, str]]:
        """The tokens that open a slot, with what they spell of it."""
        opens = ((token, piece.lstrip()) for token, piece in self.pieces.items())
        return [(token, piece) for token, piece in opens if piece.startswith(OPEN)]

    @cached_property
    def spelling(self) -> dict[str, int]:
        """The tokens by what they spell."""
        return {piece: token for token, piece in self.pieces.items()}

    @cached_property
    def shutting(self) -> list[int]:
        """The tokens that shut a slot, and may go on without a number."""
        shut = ((token, piece) for token, piece in self.pieces.items() if piece.startswith(SHUT))
        return [token for token, piece in shut if not {OPEN, SHUT} & set(piece[1:]) and not stray(piece)]

    def leave(self, begun: str, tags: Sequence[str]) -> list[int]:
        """The tokens that go on with a tag of which that much is written; "" opens one."""
        if not begun:
            return [token for token, piece in self.opening if any(tag.startswith(piece) for tag in tags)]
        rest = [tag.removeprefix(begun) for tag in tags if tag.startswith(begun)]
        parts = {left[:end] for left in rest for end in range(1, len(left) + 1)}
        may = [self.spelling[part] for part in parts if part in self.spelling]
        return may + (self.shutting if SHUT in rest else [])


class SlotMask:
    """Bars each token that would write a number, a slot that the step has not or has told, or an end too soon.

    It knows slots and digits, and no English. `forced` tells how far (0..1) it went against the model in each row: the
    greatest chance that the model gave to what was barred at one place.

    Args:
        vocabulary: of the model.
        text: tokens -> text.
        steps: what each row of a batch is to say.
    """

    def __init__(self, vocabulary: Vocabulary, text: Callable[[Sequence[int]], str], steps: Sequence[Step]):
        self.vocabulary, self.text, self.steps = vocabulary, text, steps
        self.forced = [0.0] * len(steps)
        self._leave: dict[tuple[str, tuple[str, ...]], list[int]] = {}

    def __call__(
        self,
        logits: Float[Tensor, "batch word"],
        written: Int[Tensor, "batch token"],
        rows: Sequence[int] | None = None,
    ) -> Float[Tensor, "batch word"]:
        """The logits of the next token, those of barred ones at minus infinity.

        Args:
            written: all tokens so far.
            rows: which of the steps these are; all by default.
        """
        masked, ends = logits.clone(), set(self.vocabulary.ends)
        words = logits.shape[-1]  # some models have fewer than their tokenizer
        barred = [token for token in self.vocabulary.barred if token < words]
        masked[:, torch.tensor(barred, dtype=torch.long, device=logits.device)] = -math.inf
        rows = range(len(logits)) if rows is None else rows
        so_far = written.tolist()
        for at, (row, ids) in enumerate(zip(rows, so_far, strict=True)):
            text, step = self.text(ids), self.steps[row]
            told = slots_of(text)
            begun = text[text.rfind(OPEN) :] if text.rfind(OPEN) > text.rfind(SHUT) else ""
            tags = tuple(s.tag for s in step.slots if told.count(s) < (OFTEN if s is Slot.STEM else 1))
            key = begun, tags
            if key not in self._leave:
                self._leave[key] = [token for token in self.vocabulary.leave(begun, tags) if token < words]
            if begun:
                masked[at] = -math.inf
            masked[at, self._leave[key]] = logits[at, self._leave[key]]
            if not step.required <= set(told):
                masked[at, self.vocabulary.ends] = -math.inf
        against = logits.float().softmax(-1).masked_fill(masked != -math.inf, 0.0).sum(-1).tolist()
        for row, ids, share in zip(rows, so_far, against, strict=True):
            if ends.isdisjoint(ids):
                self.forced[row] = max(self.forced[row], share)
        return masked


def lacking(text: str, step: Step) -> tuple[str, ...]:
    """What is wrong with the slots of a step's text: left out, told twice, foreign; and numbers beside them."""
    told = slots_of(text)
    answer = step.kind is StepKind.ANSWER  # which may name a stem again
    once = {slot for slot in step.slots if slot is not Slot.STEM and not (answer and slot in NAMES)}
    return (
        *(f"It does not tell {slot.tag}." for slot in sorted(step.required) if slot not in told),
        *(f"It tells <{name}> twice." for name in sorted(once) if told.count(name) > 1),
        *(f"It tells <{name}>, which the step has not." for name in dict.fromkeys(told) if name not in set(step.slots)),
        *_torn(told, text),
        *(f'It writes "{word}" itself.' for word in stray(text)),
    )


def _torn(told: Sequence[str], text: str) -> Sequence[str]:
    """Whether the ends of a range are told apart: alone neither is a number that says anything."""
    both = Slot.LOW in told and Slot.HIGH in told
    return ("It does not tell <low> to <high> as one range.",) if both and not RANGE.search(text) else ()
