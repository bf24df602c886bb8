"""Words that agree with a stem in number, and the pronouns that stand for it once it has been named."""

from explainer.advice.names import is_plural
from explainer.phrasing.plan import Fact, Step
from explainer.phrasing.slots import Slot

OTHERS = {Slot.MASKER.tag: Slot.MASKER, Slot.BESIDE.tag: Slot.BESIDE}


def plural_of(step: Step) -> bool:
    """Whether the stem of a step is spoken of in the plural."""
    return step.facts.get(Fact.NUMBER) == "many"


def agreement(plural: bool, named: bool = False) -> dict[str, str]:
    """The words that agree with a stem, by their names in the bank.

    Args:
        named: whether it has just been named, so that a pronoun stands for it.
    """
    it, obj, their = ("they", "them", "their") if plural else ("it", "it", "its")
    stem = Slot.STEM.tag
    return {
        "the": it if named else stem,
        "them": obj if named else stem,
        "level": f"{their} level" if named else f"the level of {stem}",
        "fader": f"{their} fader" if named else f"the fader on {stem}",
        "it": it,
        "obj": obj,
        "their": their,
        "is": "are" if plural else "is",
        "has": "have" if plural else "has",
        "does": "do" if plural else "does",
        "s": "" if plural else "s",
        "es": "" if plural else "es",
        "ies": "y" if plural else "ies",
    }


def confusable(step: Step, tag: str) -> bool:
    """Whether a pronoun for the step's stem could stand for the other one that this tag names just as well."""
    other = step.slots.get(OTHERS[tag], "")
    try:
        return is_plural(other.removeprefix("the ")) == plural_of(step)
    except ValueError:  # the rest of the mix, which nobody moves
        return False
