"""Listening to 60 s of four stereo stems with the embedded console: median of five.

python benchmarks/listen.py
"""

import statistics
import time

import torch

from console import Console, Song

SECONDS, RATE_HZ, RUNS = 60, 44_100, 5


def main() -> None:
    """Print the time."""
    audio = 0.1 * torch.randn(4, 2, SECONDS * RATE_HZ, generator=torch.Generator().manual_seed(0))
    song = Song(audio, ("vocals", "drums", "bass", "other"), RATE_HZ)
    console = Console.from_pretrained()
    console.listen(song)  # the first time fills caches
    taken_s = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        console.listen(song)
        taken_s.append(time.perf_counter() - begun)
    print(f"{statistics.median(taken_s):.2f} s")


if __name__ == "__main__":
    main()
