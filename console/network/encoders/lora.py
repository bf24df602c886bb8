"""How large an adapter is, and the libraries for it without what they print."""

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class LoraSettings:
    """How large an adapter is: rank and scale (alpha / rank) of the LoRA on every linear layer, and its dropout."""

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Without what libraries print while they are imported, and what they warn each other of."""
    unheard = io.StringIO()
    with contextlib.redirect_stdout(unheard), contextlib.redirect_stderr(unheard), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield
