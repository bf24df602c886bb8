"""The finer stems that a song may have beside its four, and what `song.json` tells of them."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ValidationError

from console.errors import InputError
from console.read.layout import NATIVE
from console.read.names import nfc
from console.read.roles import Role

LISTING = "song.json"


class _Stem(BaseModel):
    file: str
    role: Role


def _as_list(native: object) -> object:
    """A mapping of names is read as a list of stems, each in the WAV file of its name."""
    if not isinstance(native, dict):
        return native
    return [{"file": f"{name}.wav", **told} if isinstance(told, dict) else told for name, told in native.items()]


class _Listing(BaseModel):
    native: Annotated[list[_Stem], BeforeValidator(_as_list)]


def native_roles(song: Path) -> dict[str, str]:
    """The roles of a song's native stems by their names, as its `song.json` gives them; none where there is no such.

    Its `native` is a list of `file` (in the sub-folder) and `role`, or a mapping of names to `role`; whatever else is
    told there is passed over.

    Raises: InputError for a listing that cannot be read, or that names a file which is not there.
    """
    path = song / LISTING
    if not path.is_file():
        return {}
    try:
        listing = _Listing.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        roles = ", ".join(Role)
        raise InputError(f'"{path}" needs "native" stems, each with its "file" and "role" ({roles}).') from error
    files = [Path(stem.file).name for stem in listing.native]
    missing = [file for file in files if not (song / NATIVE / file).is_file()]
    if missing:
        raise InputError(f'"{path}" names "{missing[0]}", which is not in "{NATIVE}".')
    return {nfc(Path(file).stem): stem.role.value for file, stem in zip(files, listing.native, strict=True)}
