"""What every source of songs offers."""

from typing import Protocol, runtime_checkable

from console.read.song import Song


@runtime_checkable
class Source(Protocol):
    """Balanced songs, by index. The target mix is the sum of the stems. A source can be pickled."""

    def __len__(self) -> int:
        """Number of songs."""
        ...

    def identity(self, index: int) -> str:
        """A hexadecimal hash of all that song `index` is: another one whenever its content, roles or title change.

        Raises: InputError, naming the song, when it cannot be read.
        """
        ...

    def song(self, index: int) -> Song:
        """Song `index`, whole: at any rate, with any number of stems.

        Raises: InputError, naming the song, when it cannot be read.
        """
        ...
