"""What differs between two versions of a song, as text and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from console.compare import Likeness, StemChange
from explainer.phrases import Style
from explainer.pretrained import from_pretrained
from explainer.sentence import listed, quoted
from explainer.verify import explain_changes

SEED = 0  # the same difference is told in the same words
BEYOND = {
    Likeness.PROCESSED: "More than the level was changed of {stems}: the figure is the gain that comes nearest.",
    Likeness.OTHER: "Another sound in the two versions: {stems}.",
    Likeness.MUTED: "Heard in one version only: {stems}.",
}


def in_text(changes: Sequence[StemChange], style: str, explainer: str | None = None) -> str:
    """The gains in verified words, and below them whatever a gain does not explain.

    Args:
        explainer: who finds the words: a folder or Hub name; the embedded explainer by default.
    """
    known = {change.name: change.change_db for change in changes if change.change_db is not None}
    lines = []
    if known:
        lines.append(explain_changes(from_pretrained(explainer), [known], Style(style), seed=SEED)[0].text)
    for likeness, sentence in BEYOND.items():
        stems = [quoted(change.name) for change in changes if change.likeness is likeness]
        if stems:
            lines.append(sentence.format(stems=listed(stems)))
    return "\n".join(lines)


def as_data(changes: Sequence[StemChange]) -> str:
    """A JSON list of every stem's change."""
    return json.dumps([asdict(change) for change in changes], indent=2)
