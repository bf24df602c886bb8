"""A question about an advice in, a verified answer out: read, planned as steps with slots, worded by a model that has
learnt answers, read again and held against the advice; written again where it is wrong, at last from the phrase bank.
"""

from dataclasses import dataclass

import numpy as np

from console.correct import Action
from console.errors import InputError
from explainer.advice.advice import Advice, TextSource
from explainer.advice.names import is_plural, restore, the
from explainer.language.numbers import Numbers
from explainer.language.told.ask import Ask
from explainer.language.writer import Writer
from explainer.phrasing.answers import worded
from explainer.phrasing.bank import Draw
from explainer.phrasing.plan import Step, StepKind, Style
from explainer.phrasing.questions.asked import Asked, Operation, Question
from explainer.phrasing.questions.reply import reply
from explainer.phrasing.slots import fill
from explainer.reading.questions.question import read_question
from explainer.speak import TEMPERATURE, of_step

LONGEST = 1000  # letters of a question


@dataclass(frozen=True)
class Answered:
    """A verified answer to a question about an advice.

    Args:
        text: with the stems' own names.
        question: as it was understood.
        source: who wrote it; `PHRASES` where nothing had to be worded by a model.
        operation: what only another listening or comparison would tell, and how to ask for it; None where nothing is.
        tries: how often the model wrote, of the step that it wrote most often; 0 where it was not asked.
        contradictions: what was wrong with what it wrote last; empty for a text of the model.
        written: the text with aliases as names.
    """

    text: str
    question: Question
    source: TextSource
    operation: Operation | None = None
    tries: int = 0
    contradictions: tuple[str, ...] = ()
    written: str = ""

    @property
    def kind(self) -> Asked:
        """What was asked."""
        return self.question.kind


def answer(
    explainer: Writer | None,
    advice: Advice,
    question: str | Question,
    compare: bool = False,
    tries: int = 3,
    seed: int = 0,
) -> Answered:
    """A verified answer to a question about an advice.

    Args:
        explainer: who finds the words; None, or one that words no answers: the phrase bank.
        compare: the advice is the way back from one version of a song to another, as `way_back` gives it.
        tries: how often the explainer may write a step.
        seed: another one, other words.

    Raises: InputError for a question that is empty or too long, and advice without a stem that sounds.
    """
    if not compare and all(stem.move.action is Action.SILENT for stem in advice.stems):
        raise InputError(f'There is nothing to ask about: all stems of "{advice.song}" are silent.')
    asked = understood(question, advice) if isinstance(question, str) else question
    told = reply(asked, advice, compare)
    draw = Draw(np.random.default_rng((seed, *asked.text.encode()[:64])))
    speaks = explainer is not None and explainer.numbers is Numbers.SLOTS
    texts: list[str] = []
    wrong: list[str] = []
    most, from_bank = 0, 0
    for at, step in enumerate(told.steps):
        text: str | None = None
        found: tuple[str, ...] = ()
        if explainer is not None and speaks and _learnt(explainer, step):
            before = texts[-1] if texts else ""
            text, found, used = _written(explainer, advice, step, before, compare, tries, seed + at)
            most = max(most, used)
        wrong += found if text is None else ()
        from_bank += text is None
        texts.append(worded(step, draw) if text is None else text)
    filled = " ".join(fill(text, step.slots) for text, step in zip(texts, told.steps, strict=True))
    said = " ".join(filter(None, (restore(filled, advice.names), *told.asides)))
    source = TextSource.PHRASES if from_bank == len(texts) else TextSource.MIXED if from_bank else TextSource.MODEL
    return Answered(said, asked, source, told.operation, most, tuple(wrong), filled)


def understood(question: str, advice: Advice) -> Question:
    """What a question asks. Raises: InputError for one that is empty, or so long that it is none."""
    if not any(sign.isalnum() for sign in question):
        raise InputError("The question is empty: ask, for example, “what first?” or “how sure are you?”.")
    if len(question) > LONGEST:
        raise InputError(f"The question is too long: it has {len(question):,} letters, and {LONGEST:,} are the most.")
    return read_question(question, advice)


def examples(advice: Advice) -> list[str]:
    """Questions that can be asked of an advice, on its own stems."""
    names = advice.names
    moving = [stem.name for stem in advice.moving]
    left = [stem.name for stem in advice.stems if stem.move.action is Action.LEAVE]
    first, second = (moving or left or names)[0], (left or moving or names)[0]
    one, other = (restore(the(advice.alias_by_name[name]), names) for name in (first, second))
    verb = "are" if is_plural(advice.alias_by_name[first]) else "is"
    return [
        "what should I do?",
        "what first?",
        f"why {one}?",
        f"why not {other}?",
        f"how sure are you about {one}?",
        f"how far may I go with {one}?",
        f"what if I leave {one}?",
        "what if I only do the first?",
        "compared with what?",
        f"what is usual for {one}?",
        f"{verb} {one} a matter of taste?",
        f"what covers {one}?",
        f"how loud {verb} {one}?",
        "will the mix get louder, and is there headroom?",
        "what happens to the anchor?",
        "how do you know?",
        "what did you not judge?",
        f"what if {other} were the anchor?",
    ]


def _learnt(explainer: Writer, step: Step) -> bool:
    """Whether the model can word such a step."""
    return step.kind is not StepKind.ANSWER or explainer.answers


def _written(
    explainer: Writer, advice: Advice, step: Step, before: str, compare: bool, tries: int, seed: int
) -> tuple[str | None, tuple[str, ...], int]:
    """What the model writes, None where it is never right; what was wrong with it last, and how often it wrote."""
    ask = Ask(advice, "", compare=compare, style=Style.FULL, step=step, before=before)
    wrong: tuple[str, ...] = ()
    for attempt in range(1, tries + 1):
        text = explainer.write([ask], TEMPERATURE, seed=seed + attempt)[0]
        wrong = of_step(text, step, advice)
        if not wrong:
            return text, (), attempt
    return None, wrong, tries
