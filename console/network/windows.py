"""The windows of a song that a console listens to."""

import torch
from jaxtyping import Float
from torch import Tensor

from console.network.features import FRAMES, WINDOW, hop_of, steps_of
from console.stream.sound import Sound
from console.stream.steps import AskEnergies, Steps, heard_energies


def windows(samples: int, sample_rate: int, most: int | None = None) -> list[Steps]:
    """Windows of at most 10 s, their first steps and those behind their last: evenly spread, all of one length.

    They cover the song where `most` lets them, and begin at steps, as those that a console is trained on.
    """
    steps = steps_of(samples, sample_rate)
    length = min(steps, WINDOW)
    count = min(-(-steps // length), most or steps)
    last = steps - length
    starts = [round(i * last / (count - 1)) for i in range(count)] if count > 1 else [last // 2]
    return [(start, start + length) for start in starts]


def asked_of(sound: Sound, most: int | None = None) -> AskEnergies:
    """What `window_energies` asks of nearly every sound, for whoever asks it beside other things."""
    return AskEnergies(only=_only(sound, most))


def window_energies(sound: Sound, most: int | None = None) -> Float[Tensor, "window source step kind"]:
    """The energies of a sound's rows and their mix in its windows, as `heard_energies` has them."""
    only = _only(sound, most)
    energies = heard_energies(sound, only)
    if only is not None:
        return torch.stack(energies.chunk(len(only), dim=1))
    return torch.stack([energies[:, first:last] for first, last in windows(sound.frames, sound.sample_rate)])


def window_spans(sound: Sound, most: int | None = None) -> list[tuple[int, int]]:
    """The windows by their first samples, and those behind their last."""
    step = FRAMES * hop_of(sound.sample_rate)
    of = windows(sound.frames, sound.sample_rate, most)
    return [(first * step, min(last * step, sound.frames)) for first, last in of]


def _only(sound: Sound, most: int | None) -> tuple[Steps, ...] | None:
    """The windows, where they are not the whole sound."""
    asked = windows(sound.frames, sound.sample_rate, most)
    return None if len(asked) == len(windows(sound.frames, sound.sample_rate)) else tuple(asked)
