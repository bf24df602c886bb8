"""When in the song each file begins: Broadcast Wave files carry the time of their first sample."""

from collections.abc import Sequence
from dataclasses import replace

from console.read.part import Part

NOT_STAMPED = "it has no time stamp, as the others have: it is taken to begin with the first of them"


def placed(parts: Sequence[Part]) -> list[Part]:
    """The files with the time at which each begins, from their time references (EBU Tech 3285), on one origin.

    Where no two references differ, nothing moves. A reference beyond the end of everything else is no place in this
    song (as of takes recorded on another day): then none is used, and that is said.
    """
    stamps_s = [None if (ref := part.audio.time_reference) is None else ref / part.audio.sample_rate for part in parts]
    known_s = [stamp_s for stamp_s in stamps_s if stamp_s is not None]
    if len(set(known_s)) < 2:
        return list(parts)
    first_s = min(known_s)
    longest_s = max(part.audio.frames / part.audio.sample_rate for part in parts)
    if max(known_s) - first_s > longest_s:
        apart = f"its time stamp ({_clock(max(known_s))}) lies beyond the others' end: none is used"
        return [
            replace(part, notes=(*part.notes, apart)) if stamp_s == max(known_s) else part
            for part, stamp_s in zip(parts, stamps_s, strict=True)
        ]
    moved = []
    for part, stamp_s in zip(parts, stamps_s, strict=True):
        start_s = 0.0 if stamp_s is None else stamp_s - first_s
        note = [NOT_STAMPED] if stamp_s is None else [f"its time stamp places it {start_s:.3f} s in"] if start_s else []
        moved.append(replace(part, start_s=start_s, notes=(*part.notes, *note)))
    return moved


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(time_s, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{seconds:06.3f}"
