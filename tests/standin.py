"""A console that hears what a test tells it to."""

import torch

from console.correct.links import listen_linked
from console.model import Console
from console.network.posterior import GainPosterior


def stand_in(monkeypatch):
    """Puts an untrained console in place of the embedded one.

    It hears every stem by itself, several of one role too.

    Returns a function that sets what it hears: the correction in dB of each stem named, 0 of the others.
    """
    console = Console()
    believed = {}

    def listen(self, song, anchor=None, most_windows=None, mix_only=False, usual=None):
        correction_db = torch.tensor([believed.get(name, 0.0) for name in song.names])
        certain = GainPosterior.certain(song.names, correction_db, anchor)
        return GainPosterior(song.names, certain.probability, anchor, song.silent)

    monkeypatch.setattr(Console, "listen", listen)
    monkeypatch.setattr("studio.mixdown.listen_grouped", lambda *args, **known: listen_linked(*args))
    monkeypatch.setattr(Console, "from_pretrained", lambda source=None: console)
    return believed.update
