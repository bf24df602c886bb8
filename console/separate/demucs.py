"""The package demucs, where the user has installed it."""

from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from console.errors import InputError
from console.separate.separator import PACKAGE, RATE_HZ, Separator, named_sources

USUAL = "htdemucs"
PIECE_S = 7.8  # what its transformers were trained on
SIDES = 2


def demucs(model: str = "") -> Separator:
    """One of its models; it gets the weights by itself, from its own place, where it does not have them yet.

    Args:
        model: by its name; its usual one where that is "".

    Raises: InputError where the package is not installed, and where it cannot load the model.
    """
    try:
        # By name, as it is no dependency: whoever wants it brings it.
        apply_model: Any = import_module(f"{PACKAGE}.apply").apply_model
        get_model: Any = import_module(f"{PACKAGE}.pretrained").get_model
    except ImportError as error:
        raise InputError(
            f"The package demucs cannot be imported ({error}): install it beside mixconsole (pip install demucs), or "
            "give a file with the weights of torchaudio's HDemucs."
        ) from error
    name = model or USUAL
    try:
        network: Any = get_model(name)
    except (Exception, SystemExit) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:200].rstrip(".")
        raise InputError(f'The package demucs could not load its model "{name}" ({reason}).') from error
    if network.samplerate != RATE_HZ or network.audio_channels != SIDES:
        raise InputError(f'The model "{name}" is not made for stereo at {RATE_HZ} Hz: choose another one.')

    @torch.no_grad()
    def apply(piece: Tensor) -> Tensor:
        # Without its random shifts, so that the same mix is always heard the same.
        return apply_model(network, piece[None], shifts=0, split=True, progress=False)[0]

    return Separator(f"demucs ({name})", named_sources(network.sources), apply, PIECE_S)
