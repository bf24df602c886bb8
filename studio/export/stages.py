"""A gain that is more than one control of a DAW takes, shared out to several."""

from collections.abc import Sequence

from console.desk.mixer import db_to_amplitude
from console.errors import InputError
from explainer.advice.shown import quoted

LEAST_DB = -150.0  # below, DAWs write -inf: the stem would be gone


def staged(name: str, gain_db: float, most_db: Sequence[float], of: str) -> tuple[float, ...]:
    """What each control gets: the first one all, up to the most that it takes; the next one the rest, and so on.

    Args:
        name: of the stem, or what else the gain is put on.
        most_db: the most of each control.
        of: the format, for the sentence.

    Raises: InputError for a gain that all of them together do not take, and for one below `LEAST_DB`.
    """
    if not LEAST_DB <= gain_db <= sum(most_db):
        raise InputError(
            f"{quoted(name)} has a gain of {gain_db:+.1f} dB: {of} takes {LEAST_DB:g} to {sum(most_db):+g} dB there."
        )
    parts_db, rest_db = [], gain_db
    for most in most_db:
        parts_db.append(min(rest_db, most))
        rest_db -= parts_db[-1]
    return tuple(parts_db)


def amplitude(gain_db: float) -> float:
    """The factor on the samples, in double precision."""
    import torch

    return float(db_to_amplitude(torch.tensor(gain_db, dtype=torch.float64)))


def decimal(value: float) -> str:
    """A number as project files write it: never with an exponent, 14 decimals at most."""
    plain = f"{value:.14f}".rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain
