"""What became of every file of a song: which stem it is, or why it was left out; and what is odd about it."""

from collections.abc import Sequence
from dataclasses import dataclass

NO_SOUND = "it holds no sound"
MOST_NAMED = 6  # files that a sentence names one by one


@dataclass(frozen=True)
class FileUse:
    """What became of one file.

    Args:
        file: as shown to people, with the folders in the song that it lies in.
        used_as: the stem that it is, or what else it tells; None where it was left out.
        left_out_because: why it was left out; None where it was used.
        notes: what is odd about it, a sentence each, without its name in front.
    """

    file: str
    used_as: str | None = None
    left_out_because: str | None = None
    notes: tuple[str, ...] = ()


def summary(stems: int, account: Sequence[FileUse]) -> str:
    """How many stems were taken and what was left out: "9 stems; left out: Master.wav (...)"."""
    left_out = [use for use in account if use.left_out_because is not None]
    text = f"{stems} stems"
    if left_out:
        # What sounds comes first: it is what people look for.
        left_out.sort(key=lambda use: use.left_out_because == NO_SOUND)
        named = [_named(use) for use in left_out[:MOST_NAMED]]
        more = len(left_out) - len(named)
        text += f"; left out: {', '.join(named)}" + (f", and {more} more" if more else "")
    return f"{text}."


def remarks(account: Sequence[FileUse]) -> list[str]:
    """What is odd, a sentence each; what several files share is said once."""
    files_of: dict[str, list[str]] = {}
    for use in account:
        for note in use.notes:
            files_of.setdefault(note, []).append(use.file)
    return [f"{_list(files)}: {note}." for note, files in files_of.items()]


def _named(use: FileUse) -> str:
    return use.file if use.left_out_because == NO_SOUND else f"{use.file} ({use.left_out_because})"


def _list(files: Sequence[str]) -> str:
    if len(files) > MOST_NAMED:
        return f"{', '.join(files[: MOST_NAMED - 1])} and {len(files) - MOST_NAMED + 1} more"
    return ", ".join(files)
