"""The figures of a run as scalars for TensorBoard."""

import math
from pathlib import Path

from explainer.evaluation.tables.results import Results


def write_scalars(told: Results, folder: Path) -> None:
    """Writes one event file, in place of those that are there.

    Tags are numbers/INPUT/LISTENER/FIGURE and words/INPUT/CONDITIONING/FIGURE; of each figure its value alone.
    """
    from torch.utils.tensorboard import SummaryWriter

    for old in folder.glob("events.out.tfevents.*"):
        old.unlink()
    with SummaryWriter(str(folder)) as writer:
        for name, value in scalars(told).items():
            writer.add_scalar(name, value, 0)


def scalars(told: Results) -> dict[str, float]:
    """Every figure over all items that is known, by its tag."""
    found: dict[str, float] = {}
    for summary in told.numbers:
        if not summary.group:
            tag = f"numbers/{summary.input}/{_tag(summary.listener)}"
            found |= {f"{tag}/{name}": figure.value for name, figure in summary.figures.items()}
    for words in told.words:
        tag = f"words/{words.input}/{_tag(words.conditioning)}"
        figures = {**words.read, **words.near, **words.held}
        found |= {f"{tag}/{name}": figure.value for name, figure in figures.items()}
        found |= {f"{tag}/{name}": value for name, value in words.texts.items()}
    return {tag: value for tag, value in found.items() if not math.isnan(value)}


def _tag(name: str) -> str:
    return name.replace(", ", "-").replace(" ", "-")
