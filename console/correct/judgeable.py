"""Whether a song has a balance to judge."""

from console.correct.decision import SHORTEST_S
from console.correct.links import joined
from console.errors import InputError
from console.read.song import STEP_S, Song


def judgeable(song: Song) -> None:
    """Raises InputError for a song that has no balance to judge: one stem that sounds, or too short a time of two."""
    units, _ = joined(song)
    if int((~units.silent).sum()) == 1 and int((~song.silent).sum()) > 1:
        together = ", ".join(song.links[0])
        raise InputError(
            f'In "{song.title}" all that sounds moves together ({together}): unlink one of them (--unlink NAME).'
        )
    if int((~song.silent).sum()) == 1:
        raise InputError(f'In "{song.title}" only one stem sounds: a balance needs at least two.')
    if song.balance_s < SHORTEST_S - STEP_S:
        raise InputError(
            f'"{song.title}" is too short to judge: two stems or more sound together for {song.balance_s:.1f} s, and '
            f"{SHORTEST_S:g} s are needed."
        )
