"""Timbre by the formulas of AudioCommons (Pearce, Brookes and Mason): how bright, warm, rough, hard, deep and sharp."""

from dataclasses import replace

from console.music.music import Form, Timbre
from console.music.sound import Sound
from console.music.timbre.models import measured
from console.music.timbre.spectra import RATE_HZ

__all__ = ["timbre", "with_timbre"]


def timbre(sound: Sound) -> Timbre | None:
    """Of the mix, by `console.music.timbre.models`; None for less than half a second, and for silence."""
    return measured(sound.mix(RATE_HZ))


def with_timbre(form: Form, sound: Sound) -> Form:
    """The form with the timbre of the mix in each section, each measured as if it stood alone."""
    mix = sound.mix(RATE_HZ)
    return replace(
        form,
        sections=tuple(
            replace(section, timbre=measured(mix[round(section.start_s * RATE_HZ) : round(section.end_s * RATE_HZ)]))
            for section in form.sections
        ),
    )
