"""Are the gains of a reference mix found again on real songs, whatever was done to it?

    python benchmarks/match_real.py [FOLDER ...] [--draws N] [--seed K]

Each folder holds songs (folders of stems); without one: the song inside stempeg. Gains of -6 to 6 dB are drawn for
every stem; their mix is treated as the row says and matched. Printed are the largest error of a stem's gain (dB; a
common gain set aside) over all songs, its mean, how often the 80 % range holds the gain, the median of the residual,
and the time it takes. At last each song is matched to the mix of another.
"""

import argparse
import io
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile as sf
import torch

from console import InputError, Song
from console.evaluation.mastering import bell, limit, shelf
from console.match.match import match
from studio.trial.demo import example_song


def cut(mix: np.ndarray, rate: int) -> np.ndarray:
    """Without its first 1.7 s, 10 dB softer, and longer at its end."""
    return np.pad(mix[:, round(1.7 * rate) :] * 10**-0.5, ((0, 0), (0, rate)))


def smile(mix: np.ndarray, rate: int) -> np.ndarray:
    """Lows and highs up, the middle down."""
    return shelf(bell(bell(mix, 80, 3, rate, 0.7), 800, -3, rate, 0.7), 6000, 3, rate)


def mp3(mix: np.ndarray, rate: int) -> np.ndarray:
    """An mp3, not louder than full scale, and decoded again."""
    packed = io.BytesIO()
    sf.write(packed, (mix / max(1.0, np.abs(mix).max())).T, rate, format="MP3")
    packed.seek(0)
    return sf.read(packed, dtype="float64")[0].T


ROWS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "as it is": lambda mix, rate: mix,
    "intro cut, 10 dB softer": cut,
    "limiter of 6 dB": lambda mix, rate: limit(mix, 6, rate),
    "bell +3 dB at 100 Hz, limiter": lambda mix, rate: limit(bell(mix, 100, 3, rate), 6, rate),
    "bell -3 dB at 1 kHz, limiter": lambda mix, rate: limit(bell(mix, 1000, -3, rate), 6, rate),
    "shelf +3 dB at 5 kHz, limiter": lambda mix, rate: limit(shelf(mix, 5000, 3, rate), 6, rate),
    "shelf -3 dB at 400 Hz, limiter": lambda mix, rate: limit(shelf(mix, 400, -3, rate), 6, rate),
    "smile of 3 dB, limiter": lambda mix, rate: limit(smile(mix, rate), 6, rate),
    "smile, limiter, mono": lambda mix, rate: limit(smile(mix, rate), 6, rate).mean(0, keepdims=True),
    "mp3": mp3,
    "smile, limiter, mp3": lambda mix, rate: mp3(limit(smile(mix, rate), 6, rate), rate),
    "soft clipping": lambda mix, rate: np.tanh(mix * (1.5 / np.abs(mix).max())),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    places = [place for folder in args.folders for place in sorted(folder.iterdir())] or [example_song()]
    songs = [Song.load(place) for place in places]
    rng = np.random.default_rng(args.seed)
    print("| reference | largest, dB | mean, dB | in range | residual, dB | s |\n|---|---|---|---|---|---|", flush=True)
    for row, treat in ROWS.items():
        errors_db, residuals_db, inside, begun = [], [], [], time.perf_counter()
        for song in songs:
            for _ in range(args.draws):
                gains_db = rng.uniform(-6, 6, len(song.names))
                mix = song.mix(gains_db.tolist()).double().numpy()
                reference = torch.from_numpy(np.ascontiguousarray(treat(mix, song.sample_rate))).float()
                found = match(song, reference, song.sample_rate)
                off = np.array(found.gains_db) - gains_db
                weight = 1 / np.array(found.spread_db) ** 2
                errors_db.append(np.abs(off - np.median(off)))
                inside += list(np.abs(off - off @ weight / weight.sum()) <= 1.2816 * np.array(found.spread_db))
                residuals_db.append(found.residual_db)
        taken_s = (time.perf_counter() - begun) / len(residuals_db)
        every = np.concatenate(errors_db)
        print(
            f"| {row} | {every.max():.2f} | {every.mean():.3f} | {100 * np.mean(inside):.0f} % | "
            f"{np.median(residuals_db):.1f} | {taken_s:.0f} |",
            flush=True,
        )
    refused = 0
    for song, other in zip(songs, songs[1:] + songs[:1], strict=True):
        try:
            match(song, other.mix(), other.sample_rate)
        except InputError:
            refused += 1
    if len(songs) > 1:
        print(f"\nOf {len(songs)} mixes of another song {refused} were refused.")


if __name__ == "__main__":
    main()
