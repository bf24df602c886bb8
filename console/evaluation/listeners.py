"""Who is asked: a console, the baselines, both together, and, of two versions, their levels."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from console.evaluation.baselines import BASELINES, TOLD, TOLD_BOTH, TOLD_OTHER, Baseline, Heard
from console.evaluation.items import Asked, Protocol
from console.model import Console
from console.network.features import Features
from console.network.posterior import IMPOSSIBLE, N_BINS, bin_of

CONSOLE = "console"
BOTH = "mean of console and Gaussian Bayes"  # its log-probabilities and those of the best Gaussian of the case
ONE_BY_ONE = "console, window by window"  # the mean of what it says of each
VERSIONS = "levels of both versions"  # the listener that compares A and B
BLIND = ("do nothing", "oracle")  # baselines that hear nothing, so the mix alone will do


class Believed(NamedTuple):
    """What a listener believes of a chunk's items.

    Args:
        log_probability: over `console.network.posterior.BINS_DB`, of each stem's correction.
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
    return Listener(_Once(partial(_by_console, console.eval())))


def listeners(
    console: Console | None, protocol: Protocol, told: bool = False, windows: bool = False
) -> dict[str, Listener]:
    """The console (where there is one) and all baselines by name; under `ab`, who compares the versions first.

    Args:
        told: whether something is told to be usual, for which there are baselines of their own.
        windows: whether there are several of them, which a console may judge one by one.
    """
    asked = {VERSIONS: Listener(_by_versions, of_mix=False)} if protocol is Protocol.AB else {}
    baselines = BASELINES | TOLD if told else BASELINES
    if console is not None:
        asked[CONSOLE] = console_listener(console)
        if windows:
            asked[ONE_BY_ONE] = Listener(partial(_by_windows, console.eval()), of_mix=False)
        best = baselines[TOLD_BOTH if told else TOLD_OTHER]
        asked[BOTH] = Listener(partial(_by_both, asked[CONSOLE].believe, best), independent=0.25, of_mix=False)
    for name, baseline in baselines.items():
        asked[name] = Listener(partial(_by_baseline, baseline), independent=0.0, of_mix=name in BLIND)
    return asked


class _Once:
    """Asked twice in a row about the same, it says the same without listening again."""

    def __init__(self, believe: Callable[[Asked], Believed]):
        self.believe = believe
        self._last: tuple[Asked, Believed] | None = None

    def __call__(self, asked: Asked) -> Believed:
        if self._last is None or self._last[0] is not asked:
            self._last = asked, self.believe(asked)
        return self._last[1]


@torch.no_grad()
def _by_console(console: Console, asked: Asked) -> Believed:
    """On the console's device, in full precision."""
    return Believed(*_heard(console, asked, _features(console, asked)))


@torch.no_grad()
def _by_windows(console: Console, asked: Asked) -> Believed:
    """The mean log-probability of the windows in which a stem sounds, each judged by itself."""
    features = _features(console, asked)
    windows = range(features.present.shape[1])
    alone = [_heard(console, asked, Features(*(part[:, w : w + 1] for part in features)))[0] for w in windows]
    sounds = features.present[:, :, :-1, None].float()
    mean = (torch.stack(alone, dim=1) * sounds).sum(1) / sounds.sum(1).clamp_min(1)
    silent = ~features.present[:, :, :-1].any(1)
    return Believed(torch.where(silent[..., None], alone[0], mean.log_softmax(-1).clamp_min(IMPOSSIBLE)))


def _features(console: Console, asked: Asked) -> Features:
    """What the console hears of the items, its encoder's part of it included."""
    with torch.autocast(console.head.weight.device.type, enabled=False):
        return console.with_sound(asked.example.features, asked.example.sound)


def _heard(console: Console, asked: Asked, features: Features) -> tuple[Tensor, Tensor]:
    example, device = asked.example, console.head.weight.device
    rows = (part.to(device) for part in (example.role, example.anchor, example.heard, example.usual))
    with torch.autocast(device.type, enabled=False):
        log_probability, embedding, _ = console.judge(Features(*(part.to(device) for part in features)), *rows)
    return log_probability.cpu(), embedding.cpu()


def _by_baseline(baseline: Baseline, asked: Asked) -> Believed:
    of = asked.example
    return Believed(baseline(Heard.of_windows(of.features, of.role, of.anchor, of.free, of.flaw_db, of.usual)))


def _by_both(console: Callable[[Asked], Believed], baseline: Baseline, asked: Asked) -> Believed:
    """The mean of their log-probabilities."""
    both = [who.log_probability for who in (console(asked), _by_baseline(baseline, asked))]
    return Believed(torch.stack(both).mean(0).log_softmax(-1).clamp_min(IMPOSSIBLE))


def _by_versions(asked: Asked) -> Believed:
    """The way back from B to A: how much lower a stem's mean level is in A.

    What differs is a gain alone (`console.correct.compare` also tells whether that is so), so that levels are enough.
    """
    a, b = (energy[..., :-1, :, 0].mean(-1) for energy in (asked.balanced, asked.energy))
    tiny = torch.finfo(b.dtype).tiny
    back_db = torch.where(asked.example.free, 10 * (a.clamp_min(tiny) / b.clamp_min(tiny)).log10(), 0.0)
    certain = torch.nn.functional.one_hot(bin_of(back_db), N_BINS).bool()
    return Believed(torch.where(certain, 0.0, IMPOSSIBLE), None, back_db)
