"""Where a project puts the gains of an advice: before the faders or on them; and how it shows what was advised."""

from enum import StrEnum

from console.read.roles import Role
from studio.export.desk import Desk


class Put(StrEnum):
    """Where the gain of a stem goes."""

    TRIM = "trim"  # before the fader, which stays at 0 dB and free
    FADER = "fader"


COLOUR = {Role.VOCALS: "#c8511b", Role.DRUMS: "#3f6fb5", Role.BASS: "#0b7a75", Role.OTHER: "#7d828a"}
MASTER = "master"


def told(desk: Desk) -> list[str]:
    """What the notes of a project say: the advice in a sentence and in words, line by line."""
    from explainer.phrasing.conclusion import conclusion, notes

    advice = desk.advice
    if advice is None:
        return []
    lines = [" ".join([conclusion(advice), *notes(advice)]), *advice.text.splitlines()]
    if not desk.as_advised:
        lines.append("The gains in this project are those of the faders as they stood.")
    return [line for line in lines if line.strip()]
