"""The stems of a song before they are read: their files, names and roles."""

from dataclasses import dataclass

from console.audio.file import AudioFile
from console.read.account import FileUse
from console.read.vocabulary import FinerRole, Role


@dataclass(frozen=True)
class Part:
    """One file of a stem.

    Args:
        file: as shown to people.
        audio: what its header says.
        start_s: when in the song it begins.
        side: the only side that it sounds on, 0 left or 1 right; None for both.
        notes: what is odd about it.
    """

    file: str
    audio: AudioFile
    start_s: float = 0.0
    side: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stem:
    """One stem.

    Args:
        parts: its file; two where left and right are files apart.
        asked: a person gave it its role, so that it is a stem whatever it sounds like.
        mixture: its name says that it is the mixture of the others.
        finer: what it plays exactly, where that is told.
        told: whether anything told its role: a person, a listing, its name; else it is `OTHER` until it is heard.
    """

    name: str
    role: Role
    parts: tuple[Part, ...]
    asked: bool = False
    mixture: bool = False
    finer: FinerRole | None = None
    told: bool = True

    @property
    def file(self) -> str:
        """Its files, as shown to people."""
        return " + ".join(part.file for part in self.parts)

    def account(self, left_out_because: str | None = None) -> list[FileUse]:
        """What became of its files."""
        name = None if left_out_because else self.name
        return [FileUse(part.file, name, left_out_because, part.notes) for part in self.parts]


@dataclass(frozen=True)
class Opened:
    """The stems of a song, those that its names call the mixture last, and what became of all other files.

    Args:
        title: the song's.
        listed: whether a listing told the stems' names, so that these say nothing of microphones and takes.
    """

    stems: list[Stem]
    account: list[FileUse]
    title: str
    listed: bool = False
