"""Where everything stands, in sentences."""

import math
from collections.abc import Sequence

from explainer.advice.shown import listed, quoted
from studio.session import Session
from studio.session.sentences import position


def standing(session: Session, stems: Sequence[int] | None = None) -> str:
    """Where faders stand, and what is locked, linked and anchored.

    Args:
        stems: only these; all where left out.
    """
    state, names = session.state, session.song.names
    chosen = range(len(names)) if stems is None else stems
    faders = [f"{quoted(names[at])} at {position(state.gains_db[at])} dB" for at in chosen]
    said = [f"The {'fader stands' if len(faders) == 1 else 'faders stand'}: {listed(faders)}."]
    of_these = {names[at] for at in chosen}
    locked = [name for name in state.locks if name in of_these]
    if locked:
        said.append(f"Locked: {listed([quoted(name) for name in locked])}.")
    elif stems is not None:
        said.append("Not locked.")
    said += [
        f"{listed([quoted(name) for name in group])} move together." for group in state.links if of_these & set(group)
    ]
    if stems is None:
        said.append("There is no anchor." if state.anchor is None else f"The anchor is {quoted(state.anchor)}.")
        if state.usual.genre is not None:
            said.append(f"Judged as {state.usual.genre}.")
        if state.strength_percent != 100:
            said.append(f"{state.strength_percent:g} % of each correction is suggested.")
    return " ".join(said)


def by_level(session: Session) -> str:
    """How loud each stem is where its fader stands, the loudest first."""
    rows = zip(session.song.names, session.heard.loudness_lufs, session.state.gains_db, strict=False)
    levels = sorted(((lufs + gain_db, name) for name, lufs, gain_db in rows if math.isfinite(lufs)), reverse=True)
    if not levels:
        return "No stem is loud enough to have a loudness."
    return f"As the faders stand: {listed([f'{quoted(name)} at {lufs:.1f} LUFS' for lufs, name in levels])}."
