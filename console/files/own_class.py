"""Models of a user's own class come back as that class, and no file makes anything be imported.

A model's configuration names its class. A class that this process has imported is found by that name; of others the
user says which modules to import: `MIXCONSOLE_IMPORT=my_models mixconsole correct SONG --console FOLDER`. What a file
names is never imported by itself, as whoever made the file would then choose what code runs here.
"""

import importlib
import os
from collections.abc import Iterator
from typing import TypeVar

from console.errors import InputError

IMPORT = "MIXCONSOLE_IMPORT"  # modules, with commas between them
T = TypeVar("T")


class ClassNotHere(InputError):
    """A model's class cannot be had."""


def path_of(kind: type) -> str:
    """The name by which a class is found again: "my_models.Mine"."""
    # What is cut into shards is of a class that torch makes of its own.
    own = next(each for each in kind.__mro__ if not _is_made(each))
    return f"{own.__module__}.{own.__qualname__}"


def own_class(base: type[T], path: str, where: object, default: type[T] | None = None) -> type[T]:
    """The class of that path: `base`, or one derived from it.

    Args:
        base: what it must be.
        path: as `path_of` gave it.
        where: the file or folder that names it, for the sentence.
        default: where it cannot be had.

    Raises: ClassNotHere where it cannot be had and there is no default, or where a module that the user names cannot
        be imported.
    """
    found = [kind for kind in _derived(base) if path_of(kind) == path]
    if not found:
        _import_what_is_named()
        found = [kind for kind in _derived(base) if path_of(kind) == path]
    if found:
        return found[-1]  # the newest, where a notebook has defined it several times
    if default is not None:
        return default
    module = path.rpartition(".")[0] or path
    raise ClassNotHere(
        f'"{where}" holds a {base.__name__} of the class "{path}", which is not here: import it first, or where you '
        f"trust that module set {IMPORT}={module} (and PYTHONPATH to where it is)."
    )


def _derived(base: type[T]) -> Iterator[type[T]]:
    if not _is_made(base):
        yield base
    for kind in base.__subclasses__():
        yield from _derived(kind)


def _is_made(kind: type) -> bool:
    return kind.__module__.startswith("torch.distributed.")


def _import_what_is_named() -> None:
    for module in filter(None, map(str.strip, os.environ.get(IMPORT, "").split(","))):
        try:
            importlib.import_module(module)
        except Exception as error:  # whatever a module of the user's raises
            raise ClassNotHere(f'The module "{module}" that {IMPORT} names cannot be imported: {error}.') from error
