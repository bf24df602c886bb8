"""`mixconsole learn`: what is usual for somebody, from finished songs or from decisions made by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from studio.commands import options
from studio.commands.options import plainly, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from console.balance.learn import Learnt
    from console.balance.usual import Usual
    from console.read.roles import Role


@click.command()
@click.argument("songs", type=options.folder, nargs=-1, metavar="[SONG...]")
@click.option(
    "--from",
    "decisions",
    type=options.folder,
    metavar="CSV",
    help="What you changed by hand: a table with the columns role and gain_db, and, if you like, song and advised_db.",
)
@click.option("--genre", metavar="NAME", help="Begin with this genre, not with all music.")
@click.option(
    "--usual", "usual_file", type=options.folder, metavar="FILE", help="Begin with this file, not with all music."
)
@click.option("--out", type=options.folder, metavar="FILE", required=True, help="Where it goes: a YAML file.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@plainly
def learn(
    songs: tuple[Path, ...], decisions: Path | None, genre: str | None, usual_file: Path | None, out: Path, force: bool
) -> None:
    """Learn what is usual for you, to judge by with --usual.

    SONG is a finished song (its stems at the levels of the mix) or a folder of such songs. One odd song counts for
    little; one that cannot be read is named and left out. Few songs move what is usual by a part of how they differ
    from all music.

    With --from, what you changed by hand is learnt: rows of a role and the gain in dB that you put on it on top of the
    console's advice, or beside it in the column advised_db.

    \b
    mixconsole learn my-songs/ --out my.yaml
    mixconsole learn --from decisions.csv --out my.yaml
    mixconsole learn --from decisions.csv --usual my.yaml --out newer.yaml
    mixconsole correct my-song/ --usual my.yaml
    """
    from console.errors import InputError
    from studio.usual import told

    if not songs and decisions is None:
        raise InputError("There is nothing to learn from: give finished songs, or --from a table of decisions.")
    if out.is_dir() or (out.exists() and not force):
        raise InputError(f'"{out}" exists: give --out another name{"" if out.is_dir() else ", or --force"}.')
    from console.balance.decisions import read_decisions
    from console.balance.genre import usual_in_all_music
    from console.balance.learn import learn_decisions
    from console.balance.usual import USUAL

    base = told(genre, usual_file=usual_file).base
    usual = base or usual_in_all_music()
    made = None if decisions is None else read_decisions(decisions)  # a slip in it is told before the work
    if songs:
        learnt = _from_songs(songs, base)
        click.echo(_table(learnt, usual, "songs"))
        usual = learnt.usual
    if made is not None:
        count = f"{len(made)} decision{'' if len(made) == 1 else 's'}"
        learnt = learn_decisions(made, f"{USUAL}for you ({count}, on top of {_plain(usual.source)})", usual)
        click.echo(_table(learnt, usual, "decisions"))
        usual = learnt.usual
    usual.save(out)
    click.echo(f"Written to {click.format_filename(out)}")


def _from_songs(places: tuple[Path, ...], base: "Usual | None") -> "Learnt":
    from console.balance.learn import learn_songs
    from console.balance.measured import measure_song
    from console.balance.usual import USUAL
    from console.errors import InputError
    from console.read.several import songs_in
    from console.read.song import Song
    from explainer.advice.shown import shown

    found = list(dict.fromkeys(song for place in places for song in songs_in(place)))
    levels_db: list[Mapping[Role, float]] = []
    left_out = []
    with _bar(len(found)) as step:
        for path in found:
            try:
                measured = measure_song(Song.load(path))
                if len(measured.level_db) < 2:
                    raise InputError(f'In "{path.name}" only one of vocals, drums, bass and other is to be heard.')
                levels_db.append(measured.level_db)
            except Exception as error:
                said = sentence(error)
                if said is None:
                    raise
                left_out.append(said if path.name in said else f"{path.name}: {said}")
            step()
    if len(found) == 1 and left_out:
        raise InputError(left_out[0])
    for said in left_out:
        click.echo(f"Left out: {shown(said)}", err=True)
    if not levels_db:
        raise InputError(f"None of the {len(found)} songs can be learnt from.")
    count = f"{len(levels_db)} song{'' if len(levels_db) == 1 else 's'}"
    of = places[0].resolve().name if len(places) == 1 else "yours"
    return learn_songs(levels_db, f"{USUAL}in {count} of {shown(of)}", base)


def _plain(source: str) -> str:
    """Without what stands in brackets, so that what is learnt again and again does not grow."""
    return source.partition(" (")[0]


def _table(learnt: "Learnt", base: "Usual", counted: str) -> str:
    """Per role: its level, how far that lies from the base's, the spread, and what told it."""
    lines = [f"{'role':8}{'level':>10}{'change':>10}{'spread':>10}{counted:>12}"]
    shift_db = [db - base.mean_db[role] for role, db in learnt.usual.mean_db.items() if role in base.mean_db]
    common_db = sum(shift_db) / len(shift_db) if counted == "songs" else 0.0  # only differences count
    for role, db in learnt.usual.mean_db.items():
        change = f"{db - base.mean_db[role] - common_db:+.1f} dB" if role in base.mean_db else ""
        spread_db = learnt.usual.spread_db[role]
        lines.append(f"{role:8}{db:>+7.1f} dB{change:>10}{spread_db:>7.1f} dB{learnt.counts[role]:>12}")
    return "\n".join(lines) + "\n"


@contextmanager
def _bar(songs: int) -> "Iterator[Callable[[], None]]":
    """A bar on stderr, where that is a terminal, and the function that moves it on by one song."""
    import sys

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Measuring songs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=songs)
        yield lambda: bar.advance(task)
