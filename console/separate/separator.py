"""A separator: what takes a mix apart into sources; the user brings it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from console.errors import InputError
from console.files.names import safe_name

SOURCES = ("drums", "bass", "other", "vocals")  # in the order that networks trained on MUSDB18 give them
RATE_HZ = 44_100
MOST_SOURCES = 12
PACKAGE = "demucs"
SUFFIXES = (".pt", ".pth", ".safetensors")


@dataclass(frozen=True)
class Separator:
    """What estimates sources from a mix in stereo at 44.1 kHz.

    Args:
        called: what it is, as people read it.
        sources: what it estimates, in its order.
        apply: estimates them: "channel time" to "source channel time".
        piece_s, overlap_s: how much it hears at once, and how much of that again in the next piece.
    """

    called: str
    sources: tuple[str, ...]
    apply: Callable[[Tensor], Tensor]
    piece_s: float
    overlap_s: float = 1.0


def separator(name: str, sources: Sequence[str] = ()) -> Separator:
    """The separator that a user names.

    Args:
        name: "demucs" (the package, and its usual model), "demucs:MODEL", or a file with the weights of torchaudio's
            HDemucs.
        sources: what a file's network estimates, in its order; by default what the file says, or else `SOURCES`.

    Raises: InputError for any other name, and for what cannot be loaded.
    """
    package, _, model = name.partition(":")
    if package == PACKAGE:
        from console.separate.demucs import demucs

        if sources:
            raise InputError("The package demucs knows its sources: leave out --sources.")
        return demucs(model)
    if Path(name).suffix.casefold() not in SUFFIXES:
        raise InputError(
            f'There is no separator "{name}": give demucs, demucs:MODEL, or a file with the weights of torchaudio\'s '
            "HDemucs (.pt, .safetensors)."
        )
    from console.separate.hdemucs import hdemucs

    return hdemucs(Path(name), sources)


def named_sources(names: Sequence[str]) -> tuple[str, ...]:
    """What sources are called, as stems can be. Raises: InputError for none, too many, or two of one name."""
    called = tuple(safe_name(name.strip()) for name in names)
    if not 0 < len(called) <= MOST_SOURCES or len({each.casefold() for each in called}) != len(called):
        raise InputError(f"A separator has 1 to {MOST_SOURCES} sources of different names, not {', '.join(called)}.")
    return called
