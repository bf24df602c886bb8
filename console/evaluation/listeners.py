"""Who is asked: a console, the baselines, and, of two versions, their levels."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from console.evaluation.baselines import BASELINES, Baseline, Heard
from console.evaluation.items import Asked, Protocol
from console.features import Features
from console.model import Console
from console.posterior import IMPOSSIBLE, N_BINS, bin_of

CONSOLE = "console"
VERSIONS = "levels of both versions"  # the listener that compares A and B
BLIND = ("do nothing", "oracle")  # baselines that hear nothing, so the mix alone will do


class Believed(NamedTuple):
    """What a listener believes of a chunk's items.

    Args:
        log_probability: over `console.posterior.BINS_DB`, of each stem's correction.
        embedding: of the stems and last of the mix, where it has any.
        exact_db: each stem's correction, of one that measures it and need not be rounded to a bin.
    """

    log_probability: Float[Tensor, "draw stem bin"]
    embedding: Float[Tensor, "draw source width"] | None = None
    exact_db: Float[Tensor, "draw stem"] | None = None


@dataclass(frozen=True, eq=False)
class Listener:
    """Who says of every stem by how much it is wrong.

    Args:
        believe: what it makes of a chunk's items.
        independent: of `console.evaluation.answer.answer`; 0 for one that knows of at most one flaw.
        of_mix: whether it can be asked when the mix alone is heard.
    """

    believe: Callable[[Asked], Believed]
    independent: float = 0.5
    of_mix: bool = True


def console_listener(console: Console) -> Listener:
    """A console, which is put into evaluation; no gradients are kept."""
    return Listener(partial(_by_console, console.eval()))


def listeners(console: Console | None, protocol: Protocol) -> dict[str, Listener]:
    """The console (where there is one) and all baselines by name; under `ab`, who compares the versions first."""
    asked = {VERSIONS: Listener(_by_versions, of_mix=False)} if protocol is Protocol.AB else {}
    if console is not None:
        asked[CONSOLE] = console_listener(console)
    for name, baseline in BASELINES.items():
        asked[name] = Listener(partial(_by_baseline, baseline), independent=0.0, of_mix=name in BLIND)
    return asked


@torch.no_grad()
def _by_console(console: Console, asked: Asked) -> Believed:
    example = asked.example
    return Believed(*console.embed(example.features, example.role, example.anchor, example.heard, example.usual))


def _by_baseline(baseline: Baseline, asked: Asked) -> Believed:
    example = asked.example
    window = Features(*(part[:, 0] for part in example.features))
    heard = Heard.of(window, example.role, example.anchor, example.free, example.flaw_db)
    return Believed(baseline(heard))


def _by_versions(asked: Asked) -> Believed:
    """The way back from B to A: how much lower a stem's mean level is in A.

    What differs is a gain alone (`console.compare` also tells whether that is so), so that levels are enough.
    """
    a, b = (energy[..., :-1, :, 0].mean(-1) for energy in (asked.balanced, asked.energy))
    tiny = torch.finfo(b.dtype).tiny
    back_db = torch.where(asked.example.free, 10 * (a.clamp_min(tiny) / b.clamp_min(tiny)).log10(), 0.0)
    certain = torch.nn.functional.one_hot(bin_of(back_db), N_BINS).bool()
    return Believed(torch.where(certain, 0.0, IMPOSSIBLE), None, back_db)
