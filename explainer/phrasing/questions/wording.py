"""A step of an answer to a question in the phrase bank's words, with its slots as tags."""

from collections.abc import Mapping

from explainer.phrasing.bank import Draw, templates
from explainer.phrasing.grammar import agreement, plural_of
from explainer.phrasing.moves import Telling
from explainer.phrasing.plan import Fact, Step
from explainer.phrasing.slots import Slot

WAYS = {
    "up": {"quiet": "quiet", "up": "up", "higher": "higher", "louder": "louder", "raising": "raising"},
    "down": {"quiet": "loud", "up": "down", "higher": "lower", "louder": "quieter", "raising": "lowering"},
}
RAISE = {"up": "raise", "down": "lower"}


def answered(step: Step, draw: Draw) -> str:
    """The text of a step of an answer, with its slots as tags."""
    template = draw.one(_group(step))
    telling = Telling(step, draw) if Fact.WAY in step.facts else None
    text = template.format_map(_Words(_words(step), telling is not None))
    return text if telling is None else telling.expand(text)


def _group(step: Step) -> str:
    """The group of a topic, or the one below it that fits what the step tells."""
    group = f"questions.{step.topic}"
    if group in templates():
        return group
    known = (step.facts.get(Fact.TASTE), step.facts.get(Fact.SURE), step.facts.get(Fact.USUAL), "bare")
    return next(f"{group}.{word}" for word in known if f"{group}.{word}" in templates())


def _words(step: Step) -> Mapping[str, str]:
    way = step.facts.get(Fact.WAY)
    plural = plural_of(step)
    words = {"was": "were" if plural else "was", "gain": ", at <gain>," if Slot.GAIN in step.slots else ""}
    if way is not None:
        return words | WAYS[way] | {"raise": RAISE[way]}
    return agreement(plural) | words


class _Words(dict[str, str]):
    """What is put in; what is none of these words stays, where others put it in."""

    def __init__(self, words: Mapping[str, str], later: bool):
        super().__init__(words)
        self.later = later

    def __missing__(self, word: str) -> str:
        if not self.later:
            raise KeyError(word)
        return f"{{{word}}}"
