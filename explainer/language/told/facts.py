"""What a step tells in words, as text for a prompt or as one vector for each fact."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from explainer.advice.advice import Advice
from explainer.language.told.conditioning import Conditioning
from explainer.phrasing.plan import Fact, Step, StepKind

JUDGED = (
    Fact.WAY,
    Fact.SIZE,
    Fact.SURE,
    Fact.TASTE,
    Fact.WHY,
    Fact.USUAL,
    Fact.PART,
)  # what the console's numbers tell
NONE = "none"
# As a prompt spells them: no word stands for two facts.
SPELLED = {
    **{(Fact.STYLE, style): style for style in ("short", "full")},
    (Fact.STYLE, "plain"): "simple",
    **{(Fact.WAY, way): way for way in ("up", "down")},
    (Fact.SIZE, "little"): "slightly",
    (Fact.SIZE, "plain"): "clearly",
    (Fact.SIZE, "much"): "greatly",
    **{(Fact.SURE, sure): sure for sure in ("sure", "likely", "unsure")},
    (Fact.TASTE, "taste"): "taste",
    **{(Fact.WHY, why): why for why in ("level", "anchor", "share", "masked", "stuck", "locked", "free")},
    (Fact.WHY, "sounds"): "seldom",
    (Fact.USUAL, "usual"): "usual",
    (Fact.PART, "part"): "partly",
    (Fact.PART, "zero"): "zero",
    (Fact.PART, "both"): "maybe",
}
WORDS = (NONE, *dict.fromkeys(word for (fact, _), word in SPELLED.items() if fact in JUDGED))
STEM, MIX = "stem", "mix"  # what an embedding is of
ROWS = (*WORDS, STEM, MIX)
NUMBERS = 8  # features beside the words


def spelled(step: Step, fact: Fact) -> str:
    """A fact in one word, "none" where the step does not tell it."""
    told = step.facts.get(fact)
    return NONE if told is None else SPELLED.get((fact, str(told)), str(told))


def sources(conditioning: Conditioning) -> tuple[str, ...]:
    """What the vectors of a step are of: facts, the embeddings of its stem and of the mix, or both."""
    facts = tuple(map(str, JUDGED)) if conditioning in (Conditioning.PREDICTIONS, Conditioning.BOTH) else ()
    return (*facts, STEM, MIX) if conditioning in (Conditioning.EMBEDDINGS, Conditioning.BOTH) else facts


def described(step: Step, advice: Advice, conditioning: Conditioning) -> Float[Tensor, "source feature"]:
    """A row for each of the sources: which word it is, and of facts the numbers behind it."""
    numbers = _numbers(step, advice)
    rows = []
    for source in sources(conditioning):
        word = source if source in (STEM, MIX) else spelled(step, Fact(source))
        row = torch.zeros(width())
        row[ROWS.index(word)] = 1.0
        if source not in (STEM, MIX):
            row[len(ROWS) :] = torch.tensor(numbers)
        rows.append(row)
    return torch.stack(rows)


def width() -> int:
    """The number of features of a source."""
    return len(ROWS) + NUMBERS


def embedded(
    step: Step, embedding: Float[Tensor, "stem width"] | None, conditioning: Conditioning
) -> Float[Tensor, "source width"] | None:
    """The console's embeddings at the rows of `described` that are to have them, zeros elsewhere.

    Args:
        embedding: of all stems, and last of the mix.
    """
    if embedding is None:
        return None
    of = {STEM: -1 if step.stem is None else step.stem, MIX: -1}
    rows = [embedding[of[s]] if s in of else torch.zeros_like(embedding[-1]) for s in sources(conditioning)]
    return torch.stack(rows)


def _numbers(step: Step, advice: Advice) -> Sequence[float]:
    if step.stem is None or step.kind is not StepKind.MOVE:
        return [0.0] * NUMBERS
    stem = advice.stems[step.stem]
    reason = stem.reasons[0] if stem.reasons else None
    measured, usual = (0.0, 0.0) if reason is None else (reason.measured, reason.usual or 0.0)
    move = stem.move
    of_move = [db / 10 for db in (move.gain_db, move.low_db, move.high_db)]
    return [1.0, *of_move, move.flaw_probability, measured / 20, usual / 20, float(reason is not None)]
