"""What a process does that is ended in the middle of its work; in a module of its own, as processes import it."""

import os
from typing import NoReturn


def ends(name: str, known: object) -> NoReturn:
    os._exit(9)


def ends_at_the_spectrum(name: str, known: object) -> str:
    """The part "spectrum" ends its process, whenever it is tried."""
    if name == "spectrum":
        os._exit(9)
    return name
