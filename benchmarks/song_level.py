"""What more of a song tells: error and coverage when 1, 2, 4 or all windows of 10 s are pooled.

    python benchmarks/song_level.py ROOT [--console PATH] [--cache FOLDER]

ROOT/test holds songs of about a minute (tools that make such a set write the MUSDB18-HQ layout). Each song is asked
with the 30 items of the evaluation protocol, a flaw lasting the whole song. For comparison: the same windows judged
one by one and their log-probabilities averaged.
"""

import argparse

import torch

from console import Console
from console.balance import ROLES
from console.data.cache import SongTables
from console.data.excerpt import WINDOW
from console.data.folder import FolderSource
from console.data.grouping import by_role
from console.desk.mixer import db_to_amplitude
from console.evaluation.metrics import Figure, ProtocolMetrics
from console.evaluation.protocol import items, rendered
from console.features import Features, describe, regained

COUNTS = (1, 2, 4, 6)
SHOWN = ("joint", "mae_db", "coverage", "coverage_flawed", "range_db")


def starts(steps: int, count: int) -> list[int]:
    """Windows evenly spread over a song."""
    last = steps - WINDOW
    return [round(i * last / (count - 1)) for i in range(count)] if count > 1 else [last // 2]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root")
    parser.add_argument("--console")
    parser.add_argument("--cache", default="runs/tables")
    args = parser.parse_args()
    console = Console.from_pretrained(args.console)
    tables = SongTables(FolderSource(args.root, "test"), args.cache)
    tables.build()
    metrics = {(count, way): ProtocolMetrics() for count in COUNTS for way in ("pooled", "averaged")}
    songs = 0
    for index, song in enumerate(tables):
        if song.steps < COUNTS[-1] * WINDOW:
            continue
        songs += 1
        groups, roles = by_role(song.roles)
        anchor, flaw_db = rendered(items(song.title, 0, roles), roles)
        gain = db_to_amplitude(flaw_db)[..., None].expand(-1, -1, WINDOW)
        role = torch.tensor([ROLES.index(own) for own in roles]).expand(len(anchor), -1)
        heard, number = torch.ones_like(anchor), torch.full((len(anchor),), index)
        for count in COUNTS:
            windows = []
            for at in starts(song.steps, count):
                cross = torch.einsum("ai,bj,ijtr->abtr", groups, groups, song.window(at, WINDOW))
                windows.append(describe(regained(cross, gain)))
            together = Features(*(torch.stack(part, dim=1) for part in zip(*windows, strict=True)))
            free = together.present[:, :, :-1].any(1) & ~anchor
            with torch.inference_mode():
                pooled = console(together, role, anchor, heard)
                single = [console(Features(*(p[:, None] for p in window)), role, anchor, heard) for window in windows]
            averaged = torch.stack(single).mean(0).log_softmax(-1)
            for way, scores in (("pooled", pooled), ("averaged", averaged)):
                metrics[count, way].update(scores, -flaw_db, free, anchor, role, number)
    print(f"{songs} songs\n\n| windows | | {' | '.join(SHOWN)} |\n|---|---|{'---|' * len(SHOWN)}")
    for (count, way), metric in metrics.items():
        told: dict[str, Figure] = metric.compute()
        print(f"| {count} | {way} | {' | '.join(f'{told[name].value:.3f}' for name in SHOWN)} |")


if __name__ == "__main__":
    main()
