"""How many flawed examples a second: prepared by one process, and learnt from (forward, backward, both losses).

    python benchmarks/examples_per_second.py [--root data/synth] [--cache runs/tables] [--threads 1]

Without --root: synthetic songs made on the spot. One window of 10 s, four stems, 16 draws of an excerpt, batches of
256, after the songs have been measured once.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch

from console import Console
from console.balance import BalancePrior
from console.data.cache import SongTables
from console.data.examples import FlawedExcerpts, Key, collate
from console.data.recipe import Recipe
from console.data.sources.folder import FolderSource
from console.data.sources.synthetic import SyntheticSource
from console.desk.losses import mix_loss, posterior_loss
from console.desk.stem_spectra import StemSpectra

EXCERPTS, BATCHES, MIX_DRAWS = 16, 6, 4


def main() -> None:
    """Print both rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    source = FolderSource(args.root, "train", native=True) if args.root else SyntheticSource(8)
    with tempfile.TemporaryDirectory() as folder:
        tables = SongTables(source, args.cache or folder)
        begun = time.perf_counter()
        tables.build()
        print(f"{len(tables)} songs measured or found in {time.perf_counter() - begun:.1f} s")
        recipe = Recipe(windows=1, finer=0.0)
        examples = FlawedExcerpts(tables, recipe, BalancePrior.load())

        def batch(number: int) -> list[Key]:
            return [Key(number, i % len(tables)) for i in range(EXCERPTS * number, EXCERPTS * (number + 1))]

        collate([examples[key] for key in batch(0)])  # the first one maps the files
        begun = time.perf_counter()
        batches = [collate([examples[key] for key in batch(n)]) for n in range(BATCHES)]
        count = BATCHES * EXCERPTS * recipe.draws
        print(f"prepared: {count / (time.perf_counter() - begun):.0f} examples/s in one process")
        console = Console(depth=1, song_depth=1, dropout=0.0)
        optimizer = torch.optim.AdamW(console.parameters())
        begun = time.perf_counter()
        for drawn in batches:
            scores = console(drawn.features, drawn.role, drawn.anchor, drawn.heard)
            few = slice(0, MIX_DRAWS)
            spectra = StemSpectra.of(drawn.moment[0])
            loss = posterior_loss(scores, -drawn.flaw_db, drawn.free)
            loss = loss + 0.1 * mix_loss(scores[few], spectra, drawn.flaw_db[few], drawn.balance[few])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"learnt from: {count / (time.perf_counter() - begun):.0f} examples/s with {args.threads} thread(s)")


if __name__ == "__main__":
    main()
