"""One track of many is off: is it found, and does the song end better than it was?

    python benchmarks/native_tracks.py FOLDER [--songs N] [--cases K] [--levels TRACKS.csv] [--anchored] [--seed S]

FOLDER holds songs: folders of stems, or what `mixconsole synth` makes, of which the native stems are taken. Each track
in turn (or K of them, drawn) is put 6 to 12 dB too loud or too quiet. An error is the mean over a song's tracks of
|flaw + correction| in dB, a correction being what `decide` would move; "named" says that the largest move is on the
flawed track and against the flaw. Also without any flaw: how much a song is moved that was left as it is.

With --levels, the tracks get the levels that an engineer gave such tracks in a mix of the table (Mix Evaluation
Dataset, see `console.tracks.prior`), drawn for each song, and the prior is fitted without all mixes of that song.
With --within too, only the levels within each role are the engineer's.
"""

import argparse
import zlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from console import Console, Song
from console.correct import decide
from console.data.sources.native import LISTING, NATIVE
from console.read.vocabulary import role_of
from console.stream.loudness import integrated_lufs
from console.tracks.hypotheses import kinds_of
from console.tracks.judge import Weights, listen_grouped
from console.tracks.prior import Track, TracksPrior, fit, read_tracks


@dataclass
class Case:
    """One flaw on one song: mean errors before and after, dB, and whether the track was named."""

    before_db: float
    after_db: float
    named: bool


def songs_of(folder: Path) -> list[Path]:
    """The songs in a folder, or the one that it is; native stems where there are any."""
    inside = folder / "songs" if (folder / "songs").is_dir() else folder
    paths = sorted(path for path in inside.iterdir() if path.is_dir() and not path.name.startswith("."))
    found = [path / NATIVE if (path / LISTING).is_file() and (path / NATIVE).is_dir() else path for path in paths]
    return [path for path in found if any(path.iterdir())] or [folder]


def engineers_gains_db(song: Song, mix: list[Track], within: bool, rng: np.random.Generator) -> torch.Tensor:
    """Gains (dB) that give a song's tracks the levels of such tracks in a mix."""
    now_lufs = np.array([integrated_lufs(stem, song.sample_rate) for stem in song.audio])
    kinds = kinds_of(song.roles, song.finer_roles)
    left = [mix[i] for i in rng.permutation(len(mix))]
    gains_db = np.zeros(len(kinds))
    for i, kind in enumerate(kinds):
        alike = [t for t in left if t.kind == kind] or [t for t in left if role_of(t.kind) is song.roles[i]]
        again = [t for t in mix if role_of(t.kind) is song.roles[i]]
        track = (alike or [again[rng.integers(len(again))] if again else mix[rng.integers(len(mix))]])[0]
        if alike:
            left.remove(track)
        gains_db[i] = track.level_lufs - now_lufs[i]
    if within:
        for role in set(song.roles):
            of = [i for i, each in enumerate(song.roles) if each is role]
            power = 10 ** (now_lufs[of] / 10)
            gains_db[of] += 10 * np.log10(power.sum() / (power * 10 ** (gains_db[of] / 10)).sum())
    return torch.from_numpy(gains_db - np.median(gains_db))


def plain(song: Song, console: Console, anchor: str | None) -> np.ndarray:
    """The moves (dB) of the console that hears every track as a stem of its own."""
    return decide(song, console.listen(song, anchor)).gains_db().numpy()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--songs", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--levels", type=Path)
    parser.add_argument("--within", action="store_true")
    parser.add_argument("--anchored", action="store_true", help="with another track, drawn, as the anchor")
    parser.add_argument("--trust", type=float, default=Weights.trust)
    parser.add_argument("--whole", type=float, default=Weights.whole)
    parser.add_argument("--plain", action="store_true", help="every track as a stem of its own, for comparison")
    parser.add_argument("--console", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    console = Console.from_pretrained(args.console)
    mixes = read_tracks(args.levels) if args.levels else {}
    priors: dict[str, TracksPrior] = {}
    flawed: dict[str, list[Case]] = defaultdict(list)
    by_kind: dict[str, list[Case]] = defaultdict(list)
    untouched: dict[str, tuple[float, float]] = {}
    print(
        "| song | tracks | before | after | named | untouched: moved by, most |\n|---|---|---|---|---|---|", flush=True
    )
    for path in songs_of(args.folder)[args.first :][: args.songs]:
        song = Song.load(path)
        title = path.parent.name if path.name == NATIVE else path.name
        rng = np.random.default_rng([args.seed, zlib.crc32(title.encode())])
        prior = TracksPrior.load()
        if mixes:
            of = list(mixes)[rng.integers(len(mixes))]
            song = song.with_gains_db(engineers_gains_db(song, mixes[of], args.within, rng))
            if of[0] not in priors:
                priors[of[0]] = fit([mix for name, mix in mixes.items() if name[0] != of[0]])
            prior = priors[of[0]]

        def moves_db(heard: Song, anchor: str | None, prior: TracksPrior = prior) -> np.ndarray:
            if args.plain:
                return plain(heard, console, anchor)
            believed = listen_grouped(heard, console.listen, anchor, prior, Weights(args.trust, args.whole))
            return decide(heard, believed).gains_db().numpy()

        tracks = len(song.names)
        # The same flaw on all microphones of one instrument is one flaw: what moves together is told so.
        cases = [(stem, sign) for stem in range(tracks) for sign in (1, -1) if not song.silent[stem]]
        if args.cases:
            cases = [cases[i] for i in sorted(rng.permutation(len(cases))[: args.cases])]
        for stem, sign in cases:
            flaw_db = np.zeros(tracks)
            together = next((group for group in song.links if song.names[stem] in group), (song.names[stem],))
            flaw_db[[song.index(name) for name in together]] = sign * rng.uniform(6, 12)
            others = [i for i in range(tracks) if not flaw_db[i] and not song.silent[i]]
            anchor = song.names[others[rng.integers(len(others))]] if args.anchored else None
            moved_db = moves_db(song.with_gains_db(flaw_db), anchor)
            most = int(np.abs(moved_db).argmax())
            named = bool(flaw_db[most] * moved_db[most] < 0)
            case = Case(float(np.abs(flaw_db).mean()), float(np.abs(flaw_db + moved_db).mean()), named)
            flawed[title].append(case)
            by_kind[f"{song.finer_roles[stem] or song.roles[stem]} {'+' if sign > 0 else '-'}"].append(case)
        moved_db = np.abs(moves_db(song, None))
        untouched[title] = float(moved_db.mean()), float(moved_db.max())
        print(_row(title, tracks, flawed[title], untouched[title]), flush=True)
    print("\n| flawed | before | after | named | cases |\n|---|---|---|---|---|")
    for kind, found in sorted(by_kind.items()):
        before, after, named_share = _means(found)
        print(f"| {kind} | {before:.2f} | {after:.2f} | {named_share:.0f} % | {len(found)} |")
    everything = [case for cases in flawed.values() for case in cases]
    before, after, named_share = _means(everything)
    worse = max(np.mean([case.after_db - case.before_db for case in cases]) for cases in flawed.values())
    moved = np.array(list(untouched.values()))
    print(
        f"\n{len(everything)} cases on {len(flawed)} songs: {before:.2f} dB before, {after:.2f} after, "
        f"{named_share:.0f} % named; the song that fares worst: {worse:+.2f} dB. Untouched songs: moved by "
        f"{moved[:, 0].mean():.2f} dB on average, {100 * (moved[:, 1] >= 1).mean():.0f} % moved at all."
    )


def _means(cases: list[Case]) -> tuple[float, float, float]:
    before, after = (float(np.mean([getattr(c, name) for c in cases])) for name in ("before_db", "after_db"))
    return before, after, 100 * float(np.mean([case.named for case in cases]))


def _row(title: str, tracks: int, cases: list[Case], untouched: tuple[float, float]) -> str:
    before, after, named_share = _means(cases)
    moved = f"{untouched[0]:.2f}, {untouched[1]:.1f}"
    return f"| {title} | {tracks} | {before:.2f} | {after:.2f} | {named_share:.0f} % | {moved} |"


if __name__ == "__main__":
    main()
