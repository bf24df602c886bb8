"""Time of scoring mixes of the same stems by their spectra, against rendering them and calling auraloss.

    python benchmarks/mix_loss.py [--draws 16] [--runs 7]

Both give the distance of every corrected mix of four stereo stems to their sum, and its gradient in the corrections;
the stems' STFTs are part of the time. Both run in turn on two threads; the ratio is the median over the turns. The
stems are the example song inside stempeg, repeated. Differences are from auraloss called for one mix at a time (it is
timed on all of them at once), relative to the largest distance and to the gradient's norm.

Run it on an idle machine: two threads that have to wait for other work wait for each other, too.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from console import Song
from console.desk.losses import spectral_loss
from console.desk.mixer import db_to_amplitude, mix
from console.desk.stem_spectra import StemSpectra
from studio.trial.demo import example_song

DURATIONS_S = (0.5, 10.0)


def timed(distance: Callable[[], Tensor]) -> float:
    """Wall seconds of a distance and its gradient."""
    started = time.perf_counter()
    distance().sum().backward()
    return time.perf_counter() - started


def value_and_gradient(distance: Callable[[Tensor], Tensor], gains_db: Tensor) -> tuple[Tensor, Tensor]:
    """Of each draw."""
    gains_db = gains_db.detach().requires_grad_()
    value = distance(gains_db)
    return value.detach(), torch.autograd.grad(value.sum(), gains_db)[0]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=16)
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    torch.set_num_threads(2)
    song, auraloss = Song.load(example_song()), spectral_loss()
    generator = torch.Generator().manual_seed(0)
    print("| chunk | rendered, auraloss | by spectra | ratio (least) | values differ | gradients differ |")
    print("|---|---|---|---|---|---|")
    for duration_s in DURATIONS_S:
        n = round(duration_s * song.sample_rate)
        stems = song.audio.repeat(1, 1, -(-n // song.audio.shape[-1]))[..., :n].contiguous()
        gains_db = 6 * torch.randn(args.draws, len(stems), generator=generator)

        def rendered(gains_db: Tensor, stems: Tensor = stems) -> Tensor:
            mixes = mix(stems.expand(len(gains_db), -1, -1, -1), gains_db)
            return auraloss(mixes, stems.sum(0).expand_as(mixes))

        def by_spectra(gains_db: Tensor, stems: Tensor = stems) -> Tensor:
            return StemSpectra.of(stems).distance(db_to_amplitude(gains_db))

        one_by_one = [value_and_gradient(rendered, gain_db[None]) for gain_db in gains_db]
        value, gradient = torch.stack([one[0] for one in one_by_one]), torch.cat([one[1] for one in one_by_one])
        our_value, our_gradient = value_and_gradient(by_spectra, gains_db)
        leaf = gains_db.requires_grad_()
        turns = [(timed(lambda: rendered(leaf)), timed(lambda: by_spectra(leaf))) for _ in range(args.runs + 1)]  # noqa: B023
        theirs, ours = (statistics.median(turn[at] for turn in turns[1:]) for at in (0, 1))  # the first one warms up
        ratios = [slow / fast for slow, fast in turns[1:]]
        print(
            f"| {duration_s:g} s, {args.draws} mixes | {theirs:.3f} s | {ours:.3f} s"
            f" | {statistics.median(ratios):.1f} ({min(ratios):.1f})"
            f" | {float((our_value - value).abs().max() / value.max()):.1e}"
            f" | {float((our_gradient - gradient).norm() / gradient.norm()):.1e} |"
        )


if __name__ == "__main__":
    main()
