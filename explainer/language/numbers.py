"""Who writes the numbers of a text: code, into slots, or the language model itself."""

from enum import StrEnum


class Numbers(StrEnum):
    """How an explainer tells numbers."""

    SLOTS = "slots"  # step by step, with slots that code fills: no number can be wrong
    WRITTEN = "written"  # the whole answer at once, digits and all, unguarded: the text is an estimator of its own
