"""Sets the four stems of a song to the levels drawn from the balance prior, and the mix to its loudness."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int32
from numpy import ndarray

from console.balance import CHUNK_S, FAINT_DB, LOUDEST_S, ROLES, BalancePrior
from console.balance.genre import Genre, conventions_db
from console.data.synth.effects import second_energies
from console.data.synth.perform import RATE_HZ
from console.data.synth.score import Score, rng_for
from console.stream.loudness import integrated_lufs

LOUDNESS_LUFS = -18.0
HIGHEST = 0.89  # a peak, 1 dB below full scale
FULL_SCALE = 2**23  # of 24 bits
ROUNDS = 30
SOUNDING_DB = 20.0  # below its loudest second, a stem rests


def target_db(score: Score) -> Float[ndarray, " role"]:
    """Loudest-second levels (dB against the mix): the prior's draw for a song, moved by the genre's conventions."""
    prior = BalancePrior.load()
    rng = rng_for(score.seed, score.index, "balance")
    drawn = rng.multivariate_normal(prior.mean_db, prior.covariance_db2)
    return drawn + conventions_db()[Genre(score.genre)]


def loudest_db(energies: Float[ndarray, "role second"]) -> Float[ndarray, " role"]:
    """Each stem's loudest-second level as the balance prior has it: mean of the two loudest seconds of ten.

    Chunks in which a stem is hardly heard do not count; a stem that is heard in none has its loudest chunk's level.
    """
    energies = energies[:, together(energies)]
    shares = energies / np.maximum(energies.sum(0), 1e-12)
    chunks = [shares[:, at : at + CHUNK_S] for at in range(0, max(1, shares.shape[1] - LOUDEST_S), CHUNK_S)]
    tops = np.array([np.sort(chunk, axis=1)[:, -LOUDEST_S:].mean(1) for chunk in chunks])
    levels_db = 10 * np.log10(tops + 1e-9)
    levels_db[(levels_db < FAINT_DB) & (levels_db < levels_db.max(0))] = np.nan
    return np.nanmean(levels_db, 0)


def together(energies: Float[ndarray, "role second"]) -> Bool[ndarray, " second"]:
    """The seconds in which all stems sound; all seconds where there are too few of these.

    Where the voice rests, any bass is loud against the mix: our songs rest more than those the prior was fitted to.
    """
    sounding = energies > 10 ** (-SOUNDING_DB / 10) * energies.max(1, keepdims=True)
    every = sounding.all(0)
    return every if every.sum() >= 2 * LOUDEST_S else np.ones_like(every)


def gains_db(energies: Float[ndarray, "role second"], wanted_db: Float[ndarray, " role"]) -> Float[ndarray, " role"]:
    """One static gain per stem (dB, mean 0) after which the loudest-second levels differ as wanted.

    Four levels against their own sum cannot all be chosen: their differences can.
    """
    gains = np.zeros(len(wanted_db))
    for _ in range(ROUNDS):
        missing = wanted_db - loudest_db(energies * 10 ** (gains[:, None] / 10))
        gains += 0.7 * (missing - missing.mean())
    return gains - gains.mean()


def set_levels(
    score: Score, natives: list[Float32[ndarray, "2 time"]]
) -> tuple[list[Int32[ndarray, "2 time"]], dict[str, object]]:
    """The native stems as 24-bit integers, whose sums are exact, and what was drawn and done."""
    stems = [_sum(natives, score, role) for role in ROLES]
    energies = np.stack([second_energies(stem) for stem in stems])
    wanted_db = target_db(score)
    moved_db = gains_db(energies, wanted_db)
    factors = dict(zip(ROLES, 10 ** (moved_db / 20), strict=True))
    mix = sum(factors[role] * stem for role, stem in zip(ROLES, stems, strict=True))
    loudness = integrated_lufs(torch.from_numpy(mix), RATE_HZ)
    wanted_lufs = LOUDNESS_LUFS + float(rng_for(score.seed, score.index, "loudness").normal(0, 1))
    overall = 10 ** ((wanted_lufs - loudness) / 20)
    peak = max(
        float(np.abs(mix).max()), *(factors[r] * float(np.abs(s).max()) for r, s in zip(ROLES, stems, strict=True))
    )
    overall = min(overall, HIGHEST / peak)
    integers = [
        np.round(native * (factors[part.role] * overall * FULL_SCALE)).astype(np.int32)
        for part, native in zip(score.parts, natives, strict=True)
    ]
    reached_db = loudest_db(energies * 10 ** (moved_db[:, None] / 10))
    told: dict[str, object] = {
        "wanted_db": _named(wanted_db),
        "reached_db": _named(reached_db),
        "loudness_lufs": round(loudness + 20 * float(np.log10(overall)), 2),
    }
    return integers, told


def _sum(natives: list[Float32[ndarray, "2 time"]], score: Score, role: str) -> Float32[ndarray, "2 time"]:
    total = np.zeros_like(natives[0])
    for part, native in zip(score.parts, natives, strict=True):
        if part.role == role:
            total += native
    return total


def _named(levels: Float[ndarray, " role"]) -> dict[str, float]:
    return {str(role): round(float(level), 2) for role, level in zip(ROLES, levels, strict=True)}
