"""Is what tags say right? On composed songs, and printed for others.

    python benchmarks/music/tags.py [SONG ...] [--songs FOLDER] [--n 60]

--songs: a folder that `mixconsole synth` made, of whose songs genre and instruments are known; the first n are listened
to, as stems of every instrument. A tag counts as right: of genre where it names the genre that the song was composed in
(of genres that tags can name); of an instrument where a stem of its General MIDI family sounds in the mix, or is the
stem. Each line: how often something was said so surely, and how often it was right.

SONG: all that is said of it.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from console import Song
from console.data.synth.truth import Truth
from console.music.music import Tag
from console.music.sound import Sound
from console.music.tags.genre import NAMED
from console.music.tags.listen import listen

# General MIDI programs (from 0) by what they are called here.
PROGRAMS = {
    "piano": range(6),
    "harpsichord": range(6, 8),
    "guitar": range(24, 32),
    "strings": (*range(40, 46), *range(48, 52)),
    "harp": (46,),
    "flute": range(72, 80),
    "synthesiser": range(80, 104),
    "sitar": (104,),
}
PLAYERS = {"drum kit": {"drums"}, "drum machine": {"drums"}, "oscillators": {"synthesiser"}, "voice": {"voice"}}
UNKNOWN = {"female voice", "male voice", "choir", "no voice"}  # of composed voices nobody knows
KINDS = ("genres", "moods", "instruments", "voices", "eras")
Counts = dict[tuple[str, str], Counter[bool]]


def names_of(player: str, patch: int) -> set[str]:
    """What a stem may be called."""
    if player == "sampler":
        return {name for name, programs in PROGRAMS.items() if patch in programs}
    return PLAYERS.get(player, set())


def count(counts: Counts, what: str, tags: Iterable[Tag], right: set[str]) -> None:
    """Counts tags by name, and by how sure they are."""
    for tag in tags:
        if tag.name not in UNKNOWN:
            counts[what, tag.name][tag.name in right] += 1
            counts[f"{what}, all", f"{int(tag.probability * 10) / 10:.1f} to {int(tag.probability * 10 + 1) / 10:.1f}"][
                tag.name in right
            ] += 1


def shown(name: str, tags: Mapping[str, tuple[Tag, ...]]) -> None:
    """Prints what was said."""
    print(f"\n{name}")
    for kind, told in tags.items():
        if told:
            print(f"  {kind}: {', '.join(f'{tag.name} {tag.probability:.2f}' for tag in told)}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, metavar="SONG")
    parser.add_argument("--songs", type=Path)
    parser.add_argument("--n", type=int, default=60)
    args = parser.parse_args()
    for path in args.paths:
        song = Song.load(path)
        begun = time.perf_counter()
        tags = listen(Sound.of(song))
        took_s = time.perf_counter() - begun
        kinds = {kind: getattr(tags, kind) for kind in KINDS} if tags else {}
        stems = {f"stem {name}": told for name, told in tags.of_stems.items()} if tags else {}
        shown(f"{song.title} ({song.duration_s:.0f} s, {len(song.names)} stems, {took_s:.1f} s)", kinds | stems)
    counts: Counts = defaultdict(Counter)
    folders = sorted((args.songs / "songs").iterdir())[: args.n] if args.songs else []
    for folder in folders:
        truth = Truth.of_folder(folder)
        tags = listen(Sound.of(Song.load(folder / "native")))
        if tags is None:
            continue
        nameable = {name: str(genre) for genre, names in NAMED.items() for name in names}
        named = [tag for tag in tags.genres if tag.name in nameable]
        count(counts, "genre", named, {name for name, genre in nameable.items() if genre == truth.genre})
        every = set().union(*(names_of(*told) for told in truth.instruments.values()))
        count(counts, "mix", (*tags.instruments, *tags.voices), every)
        for name, told in tags.of_stems.items():
            count(counts, "stem", told, names_of(*truth.instruments[name]))
    if folders:
        print("\n| of | tag | said | right |\n|---|---|---|---|")
    for (what, name), how in sorted(counts.items()):
        print(f"| {what} | {name} | {how.total()} | {100 * how[True] / how.total():.0f} % |")


if __name__ == "__main__":
    main()
