"""The spectrum of the mix, beside that of a usual one."""

import math

import numpy as np
import torch

from console.meters.thirds import thirds
from console.music.music import Spectrum
from console.read.roles import Role
from console.read.song import Song

# A straight line of density over frequency, as engineers lay it beside a mix; docs/music/report.md has how songs lie.
FALL_DB, FROM_HZ, TO_HZ = 4.5, 63.0, 10_000.0  # per octave
PINK_DB = 3.0  # a third of an octave holds twice as many Hz an octave higher
FLOOR_DB = -80.0


@torch.inference_mode()
def spectrum(song: Song) -> Spectrum | None:
    """Energy in thirds of an octave (IEC 61260) over the whole song; None for silence."""
    alone = Song(song.mix()[None], ("mix",), song.sample_rate, roles=(Role.OTHER,))
    bands_hz, powers = thirds(alone, alone.extremes.scale)
    power = powers[0].numpy()
    if not power.sum() > 0:
        return None
    level_db = 10 * np.log10(np.maximum(power / power.sum(), 10 ** (FLOOR_DB / 10)))
    known = np.array([FROM_HZ <= hz <= TO_HZ for hz in bands_hz])
    line_db = np.array([(PINK_DB - FALL_DB) * math.log2(hz / 1000) for hz in bands_hz])
    if known.any():
        heard, usual = power[known].sum() / power.sum(), (10 ** (line_db[known] / 10)).sum()
        line_db += 10 * math.log10(max(float(heard), 10 ** (FLOOR_DB / 10)) / float(usual))
    return Spectrum(
        tuple(bands_hz),
        tuple(round(float(db), 1) + 0.0 for db in level_db),
        tuple(round(float(db), 1) + 0.0 if there else None for db, there in zip(line_db, known, strict=True)),
    )
