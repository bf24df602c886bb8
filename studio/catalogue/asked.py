"""What songs are to be corrected with, and what is loaded once for all of them."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from typing import Any

from console.model import Console
from console.read.song import Song
from explainer.language.writer import writer
from explainer.phrasing.plan import Style
from studio.export.folder import Sounds, write_advice
from studio.mixdown import Mixdown, asked_ahead, run
from studio.usual import Told


@dataclass(frozen=True)
class Asked:
    """The settings of `mixconsole correct`, the same for every song.

    Args:
        console: a folder or Hub id of another console; None: the embedded one.
        anchor, strength_percent, lock, headroom_db, passes, most_windows: as of `studio.mixdown.run`.
        roles, link, unlink: as of `Song.load`.
        told: what is usual.
        style: what the words say; None for no words.
        explainer: who finds them.
        audio_format: of the mix and the stems; `with_stems`: whether these are written.
    """

    console: str | None = None
    anchor: str | None = None
    strength_percent: float = 100.0
    lock: tuple[str, ...] = ()
    headroom_db: float | None = None
    passes: int = 1
    most_windows: int | None = None
    roles: dict[str, str] = field(default_factory=dict)
    link: tuple[tuple[str, str], ...] = ()
    unlink: tuple[str, ...] = ()
    told: Told = field(default_factory=Told)
    style: Style | None = None
    explainer: str | None = None
    audio_format: str = "wav"
    with_stems: bool = False

    def key(self, checksum: str) -> str:
        """A hash of all that the outputs hang on but the song: another setting, console or version, another key.

        Args:
            checksum: of the console's weights, which may change behind one name.
        """
        plain: dict[str, Any] = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        plain |= {"told": _plain(plain["told"]), "console": checksum, "version": version("mixconsole")}
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode("utf-8", "backslashreplace")).hexdigest()[:16]


class Desk:
    """The models, loaded once, and a song after the other through them."""

    def __init__(self, asked: Asked):
        self.asked = asked
        self.console = Console.from_pretrained(asked.console)
        self.words = None if asked.style is None else writer(asked.explainer)

    def corrected(
        self, song: Path, folder: Path | None = None, tell: Callable[[str], None] = lambda step: None
    ) -> Mixdown:
        """One song, listened to and corrected; written into an existing folder where one is given.

        Raises: InputError, as reading, judging and writing do.
        """
        asked = self.asked
        if folder is not None:  # what draws is loaded while the song is read
            Thread(target=import_module, args=("studio.pictures.faders",)).start()
        tell("Reading the stems")
        ahead = partial(asked_ahead, most_windows=asked.most_windows, words=asked.style is not None)
        with Song.opened(song, asked.roles, asked.link, asked.unlink, ahead) as loaded:
            mixdown = run(
                loaded,
                self.console,
                asked.anchor,
                asked.strength_percent,
                asked.lock,
                asked.headroom_db,
                asked.passes,
                asked.style,
                self.words,
                tell,
                asked.told.of(loaded),
                asked.most_windows,
                None if folder is None else Sounds(folder, asked.audio_format, asked.with_stems),
            )
        if folder is not None:
            tell("Writing")
            write_advice(folder, mixdown)
        return mixdown


def _plain(told: Any) -> Any:
    """As JSON holds it."""
    if dataclasses.is_dataclass(told):
        return [_plain(getattr(told, each.name)) for each in dataclasses.fields(told)]
    if isinstance(told, dict):
        return sorted((str(name), _plain(value)) for name, value in told.items())
    if isinstance(told, list | tuple):
        return [_plain(each) for each in told]
    return told.tolist() if hasattr(told, "tolist") else repr(told)
