"""What is put before a judge: the truth about a mix, and the answers that were given."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from console.errors import InputError

ASKED = "Which stems of this mix are too loud or too quiet, and by how many dB should each move, if any?"
COMPARED = (
    "What changed from version A of this mix to version B, and by how many dB must each stem move to get back to A?"
)


@dataclass(frozen=True)
class Judged:
    """One item whose answers are to be judged.

    Args:
        id: of the item.
        correction_db: the true correction of each stem, by the name that the answers call it by, in the song's order.
        answers: by who gave them ("explainer", "phrases"); a judge is not told who that is.
        anchor: the stem whose level is known to be right.
        compare: the answers tell what changed from version A to B; the corrections are the way back.

    Raises: InputError where there is no stem or no answer, a correction is no number, or the anchor is no stem.
    """

    id: str
    correction_db: Mapping[str, float]
    answers: Mapping[str, str]
    anchor: str | None = None
    compare: bool = False

    def __post_init__(self) -> None:
        if not self.correction_db:
            raise InputError(f'Item "{self.id}" has no stems to be judged by.')
        if not self.answers:
            raise InputError(f'Item "{self.id}" has no answers to judge.')
        endless = next((stem for stem, db in self.correction_db.items() if not math.isfinite(db)), None)
        if endless is not None:
            raise InputError(f'The correction of "{endless}" in item "{self.id}" is no number of dB.')
        if self.anchor is not None and self.anchor not in self.correction_db:
            raise InputError(f'The anchor "{self.anchor}" of item "{self.id}" is none of its stems.')

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems' names."""
        return tuple(self.correction_db)

    @property
    def asked(self) -> str:
        """The question that the answers are to."""
        return COMPARED if self.compare else ASKED
