"""Fits the figures of `balance.yaml` and the patterns of `patterns.csv` again.

python -m console.balance SHARES.csv SECONDS.csv [--out FOLDER]

SHARES has columns track, second and one per role: shares of a second's energy. SECONDS has song, second and one per
role: levels in dB, empty where silent. Both files go to FOLDER, the package's own by default.
"""

import argparse
from pathlib import Path

from console.balance.fit import write

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shares", type=Path)
    parser.add_argument("seconds", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()
    write(args.shares, args.seconds, args.out)
