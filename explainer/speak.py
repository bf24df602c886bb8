"""Verified words: what a model writes is read again and held against the numbers, before anybody sees it.

A text with a slip of language that can be told without a model, or that tells a move twice, is written again, too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from torch import Tensor

from console.correct import Action
from console.errors import InputError
from explainer.advice.advice import Advice, TextSource
from explainer.advice.names import restore
from explainer.advice.versions import back_from, changes_of
from explainer.language.ask import Ask
from explainer.language.model import Explainer
from explainer.phrasing.answers import Style, Task, compare, instruction, respond
from explainer.reading.agreement import contradictions, differences
from explainer.reading.mismeasured import repetitions
from explainer.reading.slips import slips

TEMPERATURE = 0.3
BRIEF_TEMPERATURE = 0.5  # of a short answer, in which less can go wrong
MOST_AT_ONCE = 32  # questions side by side


@dataclass(frozen=True)
class Explained:
    """A text on a mix, which its numbers bear out.

    Args:
        text: with the stems' own names.
        source: who wrote it.
        tries: how often the model wrote.
        contradictions: what was wrong with what it wrote last, slips of language too; empty for a text of the model.
        written: the text with aliases as names.
        first: what the model wrote first, unverified, with aliases.
    """

    text: str
    source: TextSource
    tries: int
    contradictions: tuple[str, ...] = ()
    written: str = ""
    first: str = ""

    @property
    def at_once(self) -> bool:
        """Whether what the model wrote first is the text."""
        return self.source is TextSource.MODEL and self.tries == 1


def explain(
    explainer: Explainer,
    advices: Sequence[Advice],
    style: Style = Style.FULL,
    tries: int = 3,
    embeddings: Sequence[Float[Tensor, "source width"] | None] | None = None,
    seed: int = 0,
) -> list[Explained]:
    """A verified text on each mix: written by the model, again where it contradicts, at last from the phrase bank.

    Args:
        tries: how often the model may write.
        embeddings: the console's, of the stems and the mix, where there are any.
        seed: another one, other words.

    Raises: InputError for advice without a stem that sounds.
    """
    rng = np.random.default_rng(seed)
    known = [None] * len(advices) if embeddings is None else list(embeddings)
    for advice in advices:
        if all(stem.move.action is Action.SILENT for stem in advice.stems):
            raise InputError(f'There is nothing to explain: all stems of "{advice.song}" are silent.')
    pairs = zip(advices, known, strict=True)
    asks = [Ask(advice, ask_for(advice, style, rng), embedding, style=style) for advice, embedding in pairs]
    temperature = BRIEF_TEMPERATURE if style is Style.SHORT else TEMPERATURE
    return _verified(explainer, asks, _amiss, lambda advice: respond(advice, style, rng), tries, seed, temperature)


def explain_changes(
    explainer: Explainer,
    changes_db: Sequence[Mapping[str, float]],
    style: Style = Style.FULL,
    tries: int = 3,
    seed: int = 0,
) -> list[Explained]:
    """A verified text on each pair of versions of a song, A and B: what changed, and which way leads back to A.

    Args:
        changes_db: of each pair, how much louder each stem is in B than in A, dB.
        tries, seed: as of `explain`.

    Raises: InputError for a pair without a stem, or a change that is no number.
    """
    rng = np.random.default_rng(seed)
    backs = [back_from(changes) for changes in changes_db]
    asked = [instruction(Task.COMPARE, rng, style=style) for _ in backs]
    pairs = zip(backs, asked, strict=True)
    asks = [Ask(back, text, compare=True, style=style, task=Task.COMPARE) for back, text in pairs]
    return _verified(explainer, asks, differences, lambda back: compare(changes_of(back), style, rng), tries, seed)


def _amiss(text: str, advice: Advice) -> tuple[str, ...]:
    return (*contradictions(text, advice), *repetitions(text, advice))


def faults(text: str, ask: Ask) -> tuple[str, ...]:
    """Where an answer contradicts the numbers that the question is about."""
    return differences(text, ask.advice) if ask.compare else contradictions(text, ask.advice)


def ask_for(advice: Advice, style: Style, rng: np.random.Generator) -> str:
    """A question that does not give the answer away."""
    anchor = None if advice.anchor is None else advice.alias_by_name[advice.anchor]
    return instruction(Task.ANY, rng, anchor, style)


def _verified(
    explainer: Explainer,
    asks: Sequence[Ask],
    check: Callable[[str, Advice], tuple[str, ...]],
    phrased: Callable[[Advice], str],
    tries: int,
    seed: int,
    temperature: float = TEMPERATURE,
) -> list[Explained]:
    """An answer to each question that passes the check.

    Args:
        check: tells what is wrong with a text, given the advice that it is about.
        phrased: gives a text that is right.
    """
    done: dict[int, Explained] = {}
    wrong: dict[int, tuple[str, ...]] = {}
    first: dict[int, str] = {}
    for attempt in range(1, tries + 1):
        # Alike lengths side by side: a short answer does not wait for a long one.
        left = sorted((at for at in range(len(asks)) if at not in done), key=lambda at: len(asks[at].advice.moving))
        for start in range(0, len(left), MOST_AT_ONCE):
            some = left[start : start + MOST_AT_ONCE]
            texts = explainer.write([asks[at] for at in some], temperature, seed=seed + attempt)
            for at, text in zip(some, texts, strict=True):
                first.setdefault(at, text)
                wrong[at] = (*check(text, asks[at].advice), *slips(text))
                if not wrong[at]:
                    done[at] = _explained(text, TextSource.MODEL, attempt, asks[at].advice)
    for at in range(len(asks)):
        if at not in done:
            advice = asks[at].advice
            found = _explained(phrased(advice), TextSource.PHRASES, tries, advice)
            done[at] = replace(found, contradictions=wrong.get(at, ()))
    return [replace(done[at], first=first.get(at, "")) for at in range(len(asks))]


def _explained(text: str, source: TextSource, tries: int, advice: Advice) -> Explained:
    return Explained(restore(text, advice.names), source, tries, (), text)
