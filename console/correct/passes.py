"""Listening again to the corrected song, until nothing moves any more or it stops getting better."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from console.correct import Correction, decide, rounded
from console.errors import InputError
from console.network.posterior import GainPosterior
from console.read.song import Song


class _Pass(NamedTuple):
    """The gains that the song was heard with, what was believed of it then, and what came of that, at full strength."""

    before_db: Sequence[float] | None
    heard: GainPosterior
    plan: Correction


def refine(
    song: Song,
    listen: Callable[[Song], GainPosterior],
    passes: int = 1,
    strength_percent: float = 100.0,
    lock: Collection[str] = (),
) -> Correction:
    """The correction of `song` after listening to it, and again to what each pass made of it.

    The first pass is `decide`. Each further one listens to the song at the gains so far and adds what `decide`
    then moves; where that is nothing, it ends early. A further pass is kept only if it makes the largest
    correction that is left on a stem free to move smaller: if not, it is taken back, and that is the end. With one
    pass nothing is listened to again, and what is left is not known.

    All of it is at full strength; `strength_percent` scales the sum. A range is the last kept pass's, on top of
    the gain before it. A stem's chance of a flaw is the largest over the kept passes.

    Raises: InputError for less than one pass, and as `listen` and `decide` do.
    """
    if passes < 1:
        raise InputError(f"A correction takes at least one pass, not {passes}.")
    heard = listen(song)
    kept = [_Pass(None, heard, decide(song, heard, lock=lock))]
    free = [stem for stem, move in enumerate(kept[0].plan.moves) if move.free]

    def largest_db(heard: GainPosterior) -> float:
        median_db = heard.median_db.tolist()
        return max((abs(median_db[stem]) for stem in free), default=0.0)

    residual: list[tuple[float, ...]] = []
    while passes > 1:
        last = kept[-1]
        so_far_db = last.plan.gains_db().tolist()
        # A first pass that moves nothing leaves the song as it was heard; any other has moved something.
        heard = last.heard if last.plan.still and len(kept) == 1 else listen(song.with_gains_db(so_far_db))
        residual.append(tuple(map(rounded, heard.median_db.tolist())))
        if len(kept) > 1 and largest_db(heard) >= largest_db(last.heard):
            kept.pop()
            break
        plan = decide(song, heard, lock=lock, before_db=so_far_db)
        if len(kept) == passes or plan.gains_db().tolist() == so_far_db:
            break
        kept.append(_Pass(so_far_db, heard, plan))

    correction = decide(song, kept[-1].heard, strength_percent, lock, kept[-1].before_db)
    chances = zip(*([move.flaw_probability for move in each.plan.moves] for each in kept), strict=True)
    moves = [
        replace(move, flaw_probability=max(chance)) for move, chance in zip(correction.moves, chances, strict=True)
    ]
    return replace(correction, moves=tuple(moves), passes=len(kept), residual=tuple(residual))
