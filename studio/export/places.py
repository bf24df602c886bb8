"""Where an export is written: into a folder, or straight into a zip, file by file; nothing is kept in memory."""

import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from console.audio.write import wav_pieces, wav_size, write_audio
from console.files.whole import whole_file

MODE = 0o100644 << 16  # an ordinary file, as zips tell it
EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can tell


@runtime_checkable
class Place(Protocol):
    """What takes texts and sound, each under a name with "/" between folders."""

    def text(self, name: str, text: str) -> None:
        """Keeps a text, in UTF-8."""

    def sound(self, name: str, audio: Float[Tensor, "channel time"], sample_rate: int) -> None:
        """Keeps sound, as 32-bit float WAV."""


class Folder:
    """A folder that is there.

    Args:
        path: where.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def text(self, name: str, text: str) -> None:
        """Keeps a text, in UTF-8."""
        self._at(name).write_text(text, "utf-8", newline="")

    def sound(self, name: str, audio: Float[Tensor, "channel time"], sample_rate: int) -> None:
        """Keeps sound, as 32-bit float WAV."""
        write_audio(self._at(name), audio, sample_rate)

    def _at(self, name: str) -> Path:
        path = self.path.joinpath(*name.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


class Zip:
    """A zip that is being written. Sound is stored as it is, since it hardly packs, and DAWs open it faster so.

    Args:
        archive: open for writing.
        folder: in it, that everything goes into; "" for none.
    """

    def __init__(self, archive: zipfile.ZipFile, folder: str = "") -> None:
        self.archive = archive
        self.folder = folder and f"{folder}/"
        self.time = max(time.localtime()[:6], EARLIEST)

    def text(self, name: str, text: str) -> None:
        """Keeps a text, in UTF-8."""
        self.archive.writestr(self._entry(name), text.encode())

    def sound(self, name: str, audio: Float[Tensor, "channel time"], sample_rate: int) -> None:
        """Keeps sound, as 32-bit float WAV."""
        samples, entry = audio.numpy(), self._entry(name)
        entry.file_size = wav_size(samples)  # above 2 GB it is another kind of entry
        with self.archive.open(entry, "w") as file:
            for piece in wav_pieces(Path(name), samples, sample_rate):
                file.write(piece)

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(self.folder + name, self.time)
        entry.external_attr = MODE
        return entry


@contextmanager
def zipped(path: Path, folder: str = "") -> Iterator[Zip]:
    """A zip that becomes `path`, replacing a file there, once all is in it.

    Args:
        folder: in the zip, that everything goes into; "" for none.

    Raises: InputError as `whole_file` does.
    """
    with whole_file(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        yield Zip(archive, folder)
