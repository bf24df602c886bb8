"""What a language model that nobody trained for it is asked: the contract of the slots, two examples, the facts."""

import hashlib

import numpy as np

from explainer.language.endpoint.chat_endpoint import Messages, said
from explainer.language.instructed.facts_in_english import in_english, meanings, otherwise, short_of
from explainer.language.told.ask import Ask
from explainer.phrasing.answers import worded
from explainer.phrasing.bank import Draw
from explainer.phrasing.plan import Step, StepKind, plan, plan_changes
from explainer.phrasing.slots import Slot, fill, slots_of

ROLE = "You are a mixing engineer who puts advice on the balance of a song into natural English."
ONLY = "Say all that the facts say, and nothing else. Answer with the text alone."
SLOTS = (
    "Words in angle brackets are tags that are filled in later. Write each tag of the facts once, exactly as it "
    "stands; <stem> may come twice. Write no digits, no numbers in words, and no other tags."
)
FACTS = "Facts:"
FIGURES = "Keep every figure exactly as it is given, and write no other."
ANEW = "The facts answer a question: say the same, in words of your own."
DRAWS = 4  # of which one is another text
SAMPLE = {  # of the examples for a whole answer
    Slot.STEM: "the synth",
    Slot.GAIN: "2.7 dB",
    Slot.LOW: "1.9",
    Slot.HIGH: "3.8 dB",
    Slot.LEVEL: "6.4 LU below",
    Slot.BESIDE: "the rest of the mix",
    Slot.USUAL: "9.0 LU below",
    Slot.OFF: "2.6 LU",
    Slot.SHARE: "31 %",
    Slot.USUAL_SHARE: "22 %",
    Slot.MASKER: "the organ",
    Slot.BAND: "500 to 1000 Hz",
    Slot.COVERED: "58 %",
    Slot.HEARD: "24 %",
    Slot.COUNT: "two stems",
    Slot.ANCHOR: "the organ",
    Slot.CHANGE: "1.6 dB",
}


def conversation(ask: Ask) -> Messages:
    """What is asked for one step, with slots; or where the question has no step for the whole answer, with figures."""
    return _step(ask.step) if ask.step is not None else _whole(ask)


def picked(text: str, step: Step | None) -> str:
    """The answer in what a model wrote: without its thoughts, quotation marks, and a heading or remark beside it."""
    text = text.rpartition("</think>")[2].strip()
    text = text.partition(FACTS)[0] or text  # some go on with the conversation
    if step is None:
        return " ".join(text.split())
    parts = [" ".join(part.split()).strip('"“”') for part in text.split("\n") if part.strip()]
    whole = " ".join(parts)
    return next((part for part in parts if step.required and step.required <= set(slots_of(part))), whole)


def _step(step: Step) -> Messages:
    tags = [f"The tags: {meanings(step)}."] if step.slots else []
    anew = [ANEW] if step.kind is StepKind.ANSWER else []
    system = " ".join([ROLE, f"Write {short_of(step.style)}.", SLOTS, ONLY, *anew, *tags])
    messages = [said("system", system)]
    for example, text in _examples(step):
        messages += [said("user", f"{FACTS} {in_english(example)}"), said("assistant", text)]
    return [*messages, said("user", f"{FACTS} {in_english(step)}")]


def _whole(ask: Ask) -> Messages:
    steps = (plan_changes if ask.compare else plan)(ask.advice, ask.style).steps
    amount = f"For each stem that is told of write {short_of(ask.style)}."
    messages = [said("system", " ".join([ROLE, amount, FIGURES, ONLY]))]
    examples = [_examples(step)[0] for step in steps[:2]]
    if examples:
        facts = " ".join(_sampled(in_english(example)) for example, _ in examples)
        text = " ".join(_sampled(text) for _, text in examples)
        messages += [said("user", f"{FACTS} {facts}"), said("assistant", text)]
    facts = " ".join(fill(in_english(step), step.slots) for step in steps)
    return [*messages, said("user", f"{FACTS} {facts}")]


def _examples(step: Step) -> list[tuple[Step, str]]:
    """Two steps that tell something else with the same slots, each in the phrase bank's words."""
    others = [otherwise(step, turned) for turned in (True, False)]
    return [(other, _in_other_words(other, at)) for at, other in enumerate(others)]


def _in_other_words(step: Step, at: int) -> str:
    """A step in the phrase bank's words; where the facts are given in these, too, in others."""
    draw, facts = Draw(_chance(step, at)), in_english(step)
    return next((text for text in (worded(step, draw) for _ in range(DRAWS)) if text != facts), facts)


def _chance(step: Step, at: int) -> np.random.Generator:
    """The same step is always shown the same examples."""
    named = repr((sorted(map(str, step.facts.items())), sorted(step.slots), step.kind, step.topic, at))
    return np.random.default_rng(int.from_bytes(hashlib.blake2b(named.encode(), digest_size=4).digest(), "big"))


def _sampled(text: str) -> str:
    return fill(text, SAMPLE)
