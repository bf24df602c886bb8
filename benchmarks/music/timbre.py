"""Timbre against timbral-models, on 6 s of the middle of every audio file in a folder.

    pip download --no-deps --no-binary :all: timbral_models==0.4.0 && tar xzf timbral_models-0.4.0.tar.gz
    python benchmarks/music/timbre.py --sounds DIR --package timbral_models-0.4.0

For each attribute: the rank correlation (Spearman's) with the package over the sounds, the mean difference (ours less
theirs) and the mean of its size, in the attribute's units; and how many CPU seconds each took for all sounds. The
package was written for an older librosa and numpy: it is told their new names here, and nothing in it is changed.
"""

import argparse
import sys
import time
from pathlib import Path
from types import ModuleType

import librosa
import numpy as np
import soundfile
from scipy.stats import spearmanr

from console.music.timbre.models import measured
from console.music.timbre.spectra import RATE_HZ

SECONDS = 6
ATTRIBUTES = ("brightness", "warmth", "roughness", "hardness", "depth", "sharpness_acum")


def package(folder: Path) -> ModuleType:
    """timbral-models, made to run with today's librosa and numpy."""
    for module, name in ((librosa.onset, "onset_detect"), (librosa.onset, "onset_strength")):
        now = getattr(module, name)
        setattr(module, name, lambda y, sr, now=now, **told: now(y=y, sr=sr, **told))
    vars(np.lib)["pad"] = np.pad
    sys.path.insert(0, str(folder))
    import timbral_models  # type: ignore[import-not-found]

    return timbral_models


def theirs(models: ModuleType, audio: np.ndarray) -> list[float]:
    """The attributes by the package, from 0 to 100; sharpness in acum."""
    named = [getattr(models, f"timbral_{name}") for name in ATTRIBUTES[:-1]]
    values = [float(model(audio.copy(), fs=RATE_HZ, clip_output=True)) for model in named]
    return [*values, 10 ** models.timbral_sharpness(audio.copy(), fs=RATE_HZ, dev_output=True)[0]]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounds", type=Path, required=True)
    parser.add_argument("--package", type=Path, required=True)
    told = parser.parse_args()
    models = package(told.package)
    rows, spent = [], np.zeros(2)
    for path in sorted(path for path in told.sounds.rglob("*") if path.suffix in {".wav", ".flac", ".ogg"}):
        audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
        middle = max(0, len(audio) // 2 - SECONDS * rate // 2)
        mono = audio[middle : middle + SECONDS * rate].mean(1)
        mono = librosa.resample(mono, orig_sr=rate, target_sr=RATE_HZ, res_type="soxr_hq")
        started = time.process_time()
        ours = measured(mono)
        half = time.process_time()
        if ours is None:
            continue
        rows.append(([getattr(ours, name) for name in ATTRIBUTES], theirs(models, mono.astype(np.float64))))
        spent += half - started, time.process_time() - half
    if len(rows) < 2:
        raise SystemExit(f"{told.sounds} holds fewer than two sounds.")
    both = np.array(rows)
    print(f"{len(both)} sounds; CPU: {spent[0]:.1f} s, the package {spent[1]:.1f} s")
    print(f"{'':16}{'rank':>6}{'mean':>7}{'size':>6}{'theirs':>14}")
    for number, name in enumerate(ATTRIBUTES):
        mine, other = both[:, 0, number], both[:, 1, number]
        apart = mine - other
        rank = spearmanr(mine, other).statistic
        print(
            f"{name:16}{rank:6.3f}{apart.mean():+7.2f}{np.abs(apart).mean():6.2f}{other.min():7.1f}{other.max():7.1f}"
        )


if __name__ == "__main__":
    main()
