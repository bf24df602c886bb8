"""Names of users as files can have them on every system, and whole texts without what upsets a line."""

import re
from collections.abc import Sequence

from explainer.advice.shown import shown

FORBIDDEN = re.compile(r'[<>:"/\\|?*]')  # on Windows
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
LONGEST = 120  # bytes: with folders and a number it stays under what any system takes


def file_name(name: str) -> str:
    """A name that a file can have on Windows, macOS and Linux; it is hidden nowhere."""
    safe = FORBIDDEN.sub("_", shown(name)).strip().rstrip(".")
    while len(safe.encode()) > LONGEST:
        safe = safe[:-1]
    safe = safe.rstrip(" .")
    return f"_{safe}" if not safe or safe.startswith((".", "~")) or DEVICES.match(safe) else safe


def file_names(names: Sequence[str]) -> tuple[str, ...]:
    """The same for each of several, all different, in capitals too."""
    taken: dict[str, str] = {}
    for name in names:
        safe, count = file_name(name), 1
        while (unique := safe if count == 1 else f"{safe} ({count})").casefold() in taken:
            count += 1
        taken[unique.casefold()] = unique
    return tuple(taken.values())
