"""How many items of an evaluation a second, from measured songs: what is said of each, how right it is, and its sound.

    python benchmarks/evaluate_items.py [--root data/synth] [--cache runs/tables] [--protocol single] [--relevel]
        [--threads 1]

Without --root: synthetic songs made on the spot. Every item is put to the embedded console, of the stems and of the mix
alone, and to all baselines.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch

from console import Console
from console.balance import BalancePrior
from console.data.cache import SongTables
from console.data.sources.folder import FolderSource
from console.data.sources.synthetic import SyntheticSource
from console.evaluation.figures.summary import summarise
from console.evaluation.figures.tables import as_page, number_tables
from console.evaluation.items import Items, Protocol
from console.evaluation.listeners import CONSOLE, listeners
from console.evaluation.numbers import Row, believe, numbers
from console.evaluation.protocol import MUSDB18_HQ_ITEMS


def main() -> None:
    """Print the rates, and the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--protocol", type=Protocol, choices=list(Protocol), default=Protocol.SINGLE)
    parser.add_argument("--relevel", action="store_true", help="bring each song to a balance drawn from the prior")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    source = FolderSource(args.root, "test") if args.root else SyntheticSource(4)
    with tempfile.TemporaryDirectory() as folder:
        tables = SongTables(source, args.cache or folder)
        tables.build()
        items = Items(tables, args.protocol, prior=BalancePrior.load() if args.relevel else None)
        items.check()
        asked_of = listeners(Console.from_pretrained(), args.protocol)
        numbers(items[0], asked_of)  # the first one maps the files
        rows: list[Row] = []
        parts = dict.fromkeys(("read", "heard", "judged"), 0.0)
        for index in range(len(items)):
            at = [time.perf_counter()]
            stems = items[index]
            both = (stems, stems.of_mix())
            at.append(time.perf_counter())
            believed = [believe(asked, asked_of) for asked in both]
            at.append(time.perf_counter())
            for asked, beliefs in zip(both, believed, strict=True):
                rows += numbers(asked, asked_of, beliefs)
            at.append(time.perf_counter())
            for part, begun, ended in zip(parts, at, at[1:], strict=False):
                parts[part] += ended - begun
    took_s = sum(parts.values())
    rate = items.count / took_s
    share = ", ".join(f"{part} {1000 * spent_s / len(items):.0f} ms a chunk" for part, spent_s in parts.items())
    rows_told = f"{items.count} items of {len(items)} chunks, {len(rows)} rows"
    print(f"{rows_told}: {rate:.0f} items/s with {args.threads} thread(s)")
    print(f"{share}; the {MUSDB18_HQ_ITEMS} items of MUSDB18-HQ would take {MUSDB18_HQ_ITEMS / rate / 60:.1f} min")
    begun = time.perf_counter()
    told = summarise(rows)
    print(f"summed up in {time.perf_counter() - begun:.1f} s\n")
    print(as_page(number_tables(told, CONSOLE)))


if __name__ == "__main__":
    main()
