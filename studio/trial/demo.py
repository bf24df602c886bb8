"""The demonstration: a real song is spoiled, heard, corrected, and held against what it was."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from console.audio.io import write_audio
from console.balance.usual import Usual
from console.correct import Action
from console.desk.losses import spectral_distance
from console.errors import InputError
from console.model import Console
from console.read.song import Song
from explainer.advice.advice import Advice
from explainer.advice.shown import shown
from explainer.phrasing.plan import Style
from studio.export.folder import place, write_mixdown
from studio.mixdown import Mixdown, lowered, run
from studio.trial.example import example_song
from studio.trial.spoil import FILE, Spoilt, draw_flaw_db, draw_stem, spoil, trim_below, write_truth

PIECE_S = 30.0
SHORTEST_S = 1.0
MIXES = ("mix-original", "mix-flawed", "mix-corrected")
FILES = {"advice.json", "faders.png", FILE, *(f"{name}.wav" for name in MIXES)}


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of it.

    Args:
        spoilt, mixdown: the flaw, and what the console made of it.
        error_db: mean distance of the free stems from their right level, before and after the correction.
        distance: spectral distance of the mix from the original mix, before and after.
    """

    spoilt: Spoilt
    mixdown: Mixdown
    error_db: tuple[float, float]
    distance: tuple[float, float]


def demonstrate(
    path: Path | None,
    stem: str | None,
    flaw_db: float | None,
    seed: int,
    anchor: str | None,
    out: Path,
    force: bool = False,
    tell: Callable[[str], None] = lambda step: None,
    judged_by: Callable[[Song], Usual | None] = lambda song: None,
) -> Outcome:
    """Spoils the song at `path` (None: the example), corrects it, and leaves the three mixes in `out`.

    Where one of the mixes would go over -1 dBTP, all three are lowered by one gain. What is not given is drawn: a
    stem, a clear flaw. An `out` that an earlier demonstration left is replaced,
    any other only with `force`. `judged_by` tells what is usual in music like the spoiled song; None: in all music.

    Raises: InputError for a song, stem or anchor that cannot be used, and an `out` that is somebody else's.
    """
    path = path or example_song()
    rng = np.random.default_rng(seed)
    with place(out, force or _is_demo(out), path) as folder:
        tell("Reading the stems")
        song = Song.load(path)
        if song.duration_s < SHORTEST_S:
            raise InputError(f'"{song.title}" is too short to compare: give a song of {SHORTEST_S:g} s or more.')
        anchor = None if anchor is None else song.names[song.index(anchor)]
        if anchor is not None and stem is not None and song.names[song.index(stem)] == anchor:
            raise InputError(f'"{stem}" cannot be both the anchor and the stem that is spoiled.')
        drawn_stem, drawn_db = draw_stem(song, rng, anchor), draw_flaw_db(rng)
        spoilt = spoil(song, stem or drawn_stem, drawn_db if flaw_db is None else flaw_db)
        tell("Loading the console")
        usual = judged_by(spoilt.song)
        mixdown = run(spoilt.song, Console.from_pretrained(), anchor, style=Style.FULL, tell=tell, usual=usual)

        tell("Comparing with the original")
        original, flawed = song.mix(), spoilt.song.mix()
        trim_db = trim_below((mixdown.mix, original, flawed), song.sample_rate)
        if trim_db:  # one gain on all three, so that they still compare
            trims_db = [trim_db] * len(song.names)
            original, flawed = song.mix(trims_db), spoilt.song.mix(trims_db)
            mixdown = lowered(mixdown, trim_db)
        outcome = Outcome(
            spoilt,
            mixdown,
            error_db=error_db(spoilt, mixdown.advice),
            distance=(
                _distance(flawed, original, song.sample_rate),
                _distance(mixdown.mix, original, song.sample_rate),
            ),
        )
        tell("Writing")
        write_mixdown(folder, mixdown, mix_name=MIXES[2])
        for name, mix in zip(MIXES, (original, flawed), strict=False):
            write_audio(folder / f"{name}.wav", mix, song.sample_rate)
        write_truth(folder, spoilt)
    return outcome


def _is_demo(folder: Path) -> bool:
    """Whether a folder holds what a demonstration leaves, and nothing else."""
    return folder.is_dir() and {entry.name for entry in folder.iterdir()} - {".DS_Store"} == FILES


def error_db(spoilt: Spoilt, advice: Advice) -> tuple[float, float]:
    """How far the free stems are from their right levels on average, before and after the correction."""
    free = [i for i, stem in enumerate(advice.stems) if stem.move.action not in (Action.ANCHOR, Action.SILENT)]
    right_db = [spoilt.correction_db[i] for i in free]
    given_db = [advice.stems[i].move.gain_db for i in free]
    after = [abs(given - right) for given, right in zip(given_db, right_db, strict=True)]
    return sum(map(abs, right_db)) / len(free), sum(after) / len(free)


def _distance(mix: Float[Tensor, "channel time"], original: Float[Tensor, "channel time"], sample_rate: int) -> float:
    """Spectral distance, as the mean over pieces of about 30 s, which bounds the memory."""
    pieces = max(1, round(mix.shape[-1] / (PIECE_S * sample_rate)))
    pairs = zip(torch.tensor_split(mix, pieces, -1), torch.tensor_split(original, pieces, -1), strict=True)
    return sum(spectral_distance(*pair) for pair in pairs) / pieces


def told(outcome: Outcome) -> list[str]:
    """What really was wrong, how much closer the mix came, and a verdict, a line each."""
    flaw_db = outcome.spoilt.flaw_db
    turned = f"{'up' if flaw_db > 0 else 'down'} {abs(flaw_db):g} dB"
    (error_before, error_after), (distance_before, distance_after) = outcome.error_db, outcome.distance
    trim_db = outcome.mixdown.advice.mix.trim_db
    lower = f"The original and the flawed mix are {abs(trim_db):.2f} dB lower, too: the three compare, and none clips."
    return [
        f"The flaw really was: {shown(outcome.spoilt.stem)} turned {turned}.",
        f"Error of the levels:  {error_before:.2f} dB before, {error_after:.2f} dB after.",
        f"Spectral distance to the original:  {distance_before:.3f} before, {distance_after:.3f} after.",
        verdict(outcome),
        *([lower] if trim_db else []),
    ]


def verdict(outcome: Outcome) -> str:
    """Whether the correction helped, honestly, in one sentence."""
    if outcome.mixdown.advice.still:
        return "The console heard nothing wrong, and left the flaw as it was."
    (error_before, error_after), (distance_before, distance_after) = outcome.error_db, outcome.distance
    levels_closer, sound_closer = error_after < error_before, distance_after < distance_before
    if levels_closer and sound_closer:
        gone = 100 * (1 - error_after / error_before)
        return f"The correction brought the mix closer to the original: {gone:.0f} % of the error is gone."
    if levels_closer:
        return "The correction brought the levels closer to the original, but the sound further from it."
    if sound_closer:
        return "The correction brought the sound closer to the original, but the levels further from it."
    return "The correction made the mix worse: it is further from the original than the flawed one was."
