"""What raters hear of an item: its mixes, faded at both ends and equally loud."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from console.balance import ROLES
from console.correct import decide
from console.evaluation.baselines import BASELINES, Baseline, Heard
from console.model import Console
from console.network.features import Features, measure
from console.network.posterior import GainPosterior
from console.read.song import Song
from console.stream.loudness import integrated_lufs
from console.stream.peak import true_peak_dbtp
from studio.study.items import StudyItem

REFERENCE, FLAWED, LOW_ANCHOR, CONSOLE = "reference", "flawed", "low anchor", "console"
NOTHING = "do nothing"  # the baseline whose mix is the flawed one, which is always there
TARGET_LUFS = -23.0  # EBU R 128
MOST_DBTP = -1.0
TOLERANCE_LU, TRIES = 0.01, 5
FADE_S = 0.02
LOW_PASS_HZ, STOP_HZ, STOP_DB = 3500.0, 4000.0, 60.0  # the low anchor of ITU-R BS.1534-3, 5.1


class Matched(NamedTuple):
    """Mixes of one page, equally loud.

    Args:
        lufs: integrated loudness of each.
    """

    mixes: dict[str, Float[Tensor, "channel time"]]
    lufs: float


def baselines() -> dict[str, str]:
    """The baselines that raters may hear, by what they are called on a command line."""
    return {re.sub(r"\W+", "-", name.lower()): name for name in BASELINES if name != NOTHING}


def believed(item: StudyItem, listener: str, console: Console) -> GainPosterior:
    """What the console, or the baseline of that name, believes of an item's flawed stems."""
    flawed = item.flawed
    return console.listen(flawed, item.anchor) if listener == CONSOLE else _believed(item, flawed, BASELINES[listener])


def _believed(item: StudyItem, flawed: Song, baseline: Baseline) -> GainPosterior:
    features = Features(*(part[None] for part in measure(flawed.audio, flawed.sample_rate)))
    role = torch.tensor([[ROLES.index(role) for role in flawed.roles]])
    anchor = torch.tensor([[name == item.anchor for name in flawed.names]])
    sounds = features.present[:, :-1]
    heard = Heard.of(features, role, anchor, sounds & ~anchor, torch.tensor([item.flaw_db]))
    return GainPosterior(flawed.names, baseline(heard)[0].softmax(-1), item.anchor, ~sounds[0])


def render(item: StudyItem, posteriors: Mapping[str, GainPosterior]) -> dict[str, Float[Tensor, "channel time"]]:
    """The item's mixes by what made them: reference, low anchor, flawed, and corrected as each listener advises."""
    flawed = item.flawed
    reference = item.balanced.mix()
    corrected = {name: flawed.mix(decide(flawed, heard).gains_db()) for name, heard in posteriors.items()}
    low = low_passed(reference, flawed.sample_rate)
    return {REFERENCE: reference, LOW_ANCHOR: low, FLAWED: flawed.mix(), **corrected}


def matched(mixes: Mapping[str, Float[Tensor, "channel time"]], sample_rate: int, fade_s: float = FADE_S) -> Matched:
    """The mixes faded in and out, and by one gain each at the same integrated loudness (ITU-R BS.1770).

    That is -23 LUFS, or as much less as it takes to keep every true peak at -1 dBTP or below. A mix without sound stays
    as it is.
    """
    levelled = {name: _levelled(_faded(mix, sample_rate, fade_s), sample_rate) for name, mix in mixes.items()}
    peak_dbtp = max(true_peak_dbtp(mix, sample_rate) for mix in levelled.values())
    lower_db = max(0.0, peak_dbtp - MOST_DBTP)
    factor = 10 ** (-lower_db / 20)
    return Matched({name: mix * factor for name, mix in levelled.items()}, TARGET_LUFS - lower_db)


def _levelled(mix: Float[Tensor, "channel time"], sample_rate: int) -> Float[Tensor, "channel time"]:
    # Once is enough but where faint parts pass the meter's absolute gate on the way.
    for _ in range(TRIES):
        off_lu = TARGET_LUFS - integrated_lufs(mix, sample_rate)
        if not np.isfinite(off_lu) or abs(off_lu) < TOLERANCE_LU:
            break
        mix = mix * 10 ** (off_lu / 20)
    return mix


def _faded(mix: Float[Tensor, "channel time"], sample_rate: int, fade_s: float) -> Float[Tensor, "channel time"]:
    length = round(fade_s * sample_rate)
    rise = 0.5 - 0.5 * torch.cos(torch.pi * (torch.arange(length) + 0.5) / length)
    faded = mix.clone()
    faded[:, :length] *= rise
    faded[:, -length:] *= rise.flip(0)
    return faded


def low_passed(mix: Float[Tensor, "channel time"], sample_rate: int) -> Float[Tensor, "channel time"]:
    """The mix without what lies above 3.5 kHz: the low anchor of ITU-R BS.1534-3."""
    from scipy.signal import fftconvolve, firwin, kaiserord

    taps, beta = kaiserord(STOP_DB, (STOP_HZ - LOW_PASS_HZ) / (sample_rate / 2))
    filtered = firwin(taps | 1, (LOW_PASS_HZ + STOP_HZ) / 2, window=("kaiser", beta), fs=sample_rate)
    return torch.from_numpy(fftconvolve(mix.numpy(), filtered[None], mode="same", axes=1)).float()
