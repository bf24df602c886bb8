"""Sound and numbers: stems in, a posterior over dB corrections and a mended mix out."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.errors import InputError
    from console.model import Console
    from console.network.posterior import GainPosterior
    from console.read.song import Song

_HOME = {
    "Console": "console.model",
    "GainPosterior": "console.network.posterior",
    "InputError": "console.errors",
    "Song": "console.read.song",
}
__all__ = ["Console", "GainPosterior", "InputError", "Song"]


def __getattr__(name: str) -> Any:
    """Torch is imported with the first thing that needs it, not with the package."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'console' has no attribute {name!r}")
