"""The form of a song: its sections, what enters and rests with each, and how loud they are."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy import ndarray

from console.balance import PAUSE_DB
from console.meters.meters import gated_lufs
from console.meters.sounding import by_second, loudest
from console.music.form.cuts import Cuts, cut
from console.music.form.heard import STEPS, frames
from console.music.music import Form, Section
from console.music.sound import Sound
from console.network.features import SECOND, STEP_S
from console.read.roles import Role
from console.read.song import Song
from console.stream.steps import heard_energies

BY = "ruptures, kernel change points of stem levels, timbre and chroma"
SHORTEST_S = 8.0  # a shorter song has no form
ALIKE = 0.3  # sections whose means lie no further apart, of 2 at most, have the same letter
SOUNDS, RESTS = 0.4, 0.2  # shares of a section: from the one on a stem sounds, below the other it rests
FAINT_DB = -60.0  # of the loudest stem: below it a stem is left over from somewhere
DOUBT, DOUBT_FADES, SUREST = 0.4, 0.5, 0.98  # of a cut just worth its price; measured on composed songs
NO_CUT = 0.5  # how sure it is that nothing is to be cut: nobody knows
REACH_STEPS, NEAR_STEPS = 8, 3  # of 0.2 s: what is held against each other beside a cut; how far it moves
NEAR_BAR = 0.5  # of a bar: no further away, a section begins with its downbeat


@torch.inference_mode()
def form(song: Song, sound: Sound | None = None, downbeats_s: Sequence[float] = ()) -> Form | None:
    """Cuts a song into sections, and names those that are alike by the same letter.

    Cuts are where ruptures' kernel change-point detection puts them (`console.music.form.cuts`), to 0.2 s; letters come
    from average linkage of how far sections lie apart.

    Args:
        sound: of the song, where it is at hand.
        downbeats_s: sections begin with the nearest, where that is less than half a bar away.

    Returns: None for less than 8 s, and for silence.
    """
    if song.duration_s < SHORTEST_S:
        return None
    scale = song.extremes.scale
    energy = heard_energies(song.sound)
    sound = sound or Sound.of(song)
    harmony = sound.named({Role.BASS, Role.OTHER}) or sound.named(set(song.roles))
    if not harmony:
        return None
    heard = frames(energy.numpy(), sound, harmony)
    cuts = cut(heard)
    at = [_refined(energy[-1].numpy(), frame) for frame in cuts.at]
    starts = _on_downbeats([step * STEP_S for step in at], np.asarray(downbeats_s, dtype=float), song.duration_s)
    sure = [1 - DOUBT * float(np.exp(-(gain - 1) / DOUBT_FADES)) for gain in cuts.gain]
    sure = [round(min(SUREST, max(0.0, share)), 2) for share in sure]
    power = 2 / song.audio.shape[1] * energy[..., 1].double() / scale**2  # one channel sounds on both sides
    spans = [slice(round(a / STEP_S), round(b / STEP_S)) for a, b in pairwise([0.0, *starts, energy.shape[1] * STEP_S])]
    sounding = _sounding(energy[:-1, :, 0], spans)
    ends = [*starts, song.duration_s]
    sections = []
    for number, (span, letter) in enumerate(zip(spans, _letters(cuts), strict=True)):
        before = sounding[number - 1] if number else np.zeros_like(sounding[0])
        stem_lufs = {
            name: level
            for name, stem, there in zip(song.names, power, sounding[number], strict=False)
            if there and (level := _lufs(stem[span])) is not None
        }
        sections.append(
            Section(
                round(starts[number - 1], 3) if number else 0.0,
                round(ends[number], 3),
                letter,
                _named(song.names, sounding[number] & ~before),
                _named(song.names, before & ~sounding[number]),
                _lufs(power[-1, span]),
                stem_lufs,
                confidence=sure[number - 1] if number else 1.0,
            )
        )
    return Form(tuple(sections), round(float(np.mean(sure)), 2) if sure else NO_CUT, BY)


def _refined(mix: Float[ndarray, "step row"], frame: int) -> int:
    """The step near a cut with the greatest change from the steps before to those after it."""
    guess = frame * STEPS
    db = 10 * np.log10(np.maximum(mix[:, 2:], 1e-5 * mix[:, 2:].max(initial=1e-30)))
    total = np.concatenate([np.zeros((1, db.shape[1])), db.cumsum(0)])
    best, most = guess, -1.0
    for step in range(max(1, guess - NEAR_STEPS), min(len(db), guess + NEAR_STEPS + 1)):
        low, high = max(0, step - REACH_STEPS), min(len(db), step + REACH_STEPS)
        change = (total[high] - total[step]) / (high - step) - (total[step] - total[low]) / (step - low)
        worth = float(np.square(change).sum()) * (high - step) * (step - low) / (high - low)
        if worth > most:
            best, most = step, worth
    return best


def _on_downbeats(at: list[float], downbeats_s: Float[ndarray, " bar"], end_s: float) -> list[float]:
    """Each on the nearest downbeat, unless that is far or another section begins there."""
    if len(downbeats_s) < 2:
        return at
    near = NEAR_BAR * float(np.median(np.diff(downbeats_s)))
    moved: list[float] = []
    for time_s in at:
        downbeat_s = float(downbeats_s[np.abs(downbeats_s - time_s).argmin()])
        free = (moved[-1] if moved else 0.0) < downbeat_s < end_s
        moved.append(downbeat_s if free and abs(downbeat_s - time_s) <= near else time_s)
    return moved


def _sounding(plain: Float[torch.Tensor, "stem step"], spans: list[slice]) -> Bool[ndarray, "section stem"]:
    """Which stems sound in which section; one that sounds now and then goes on as it was in the section before."""
    loud = loudest(by_second(plain))
    around = torch.nn.functional.avg_pool1d(plain, SECOND, 1, SECOND // 2, count_include_pad=False)
    there = around > torch.maximum(loud * 10 ** (-PAUSE_DB / 10), loud.max() * 10 ** (FAINT_DB / 10))
    by_step = there.float().numpy()
    rows: list[Bool[ndarray, " stem"]] = []
    for span in spans:
        share = by_step[:, span].mean(-1) if span.stop > span.start else np.zeros(len(by_step))
        before = rows[-1] if rows else share >= (SOUNDS + RESTS) / 2
        rows.append(np.where(share >= SOUNDS, True, np.where(share < RESTS, False, before)))
    return np.stack(rows)


def _letters(cuts: Cuts) -> list[str]:
    """A for the first section and all like it, B for the next new one, after Z AA."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(cuts.apart) < 2:
        return ["A"]
    apart = cuts.apart.copy()
    np.fill_diagonal(apart, 0.0)
    group = fcluster(linkage(squareform(apart, checks=False), "average"), ALIKE, "distance")
    order = {number: place for place, number in enumerate(dict.fromkeys(group.tolist()))}
    return [chr(ord("A") + order[number] % 26) * (1 + order[number] // 26) for number in group.tolist()]


def _named(names: Sequence[str], there: Bool[ndarray, " stem"]) -> tuple[str, ...]:
    return tuple(name for name, is_there in zip(names, there, strict=True) if is_there)


def _lufs(power: Float[torch.Tensor, " step"]) -> float | None:
    level = gated_lufs(power) if len(power) else -np.inf
    return round(float(level), 1) + 0.0 if np.isfinite(level) else None
