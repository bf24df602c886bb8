"""A song as feedback needs it: its music, its stems and its balance, measured; or an analysis that was saved."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.errors import InputError
from console.files.untrusted import read_text
from console.music.music import Music
from console.read.song import Song
from explainer.advice.advice import Advice
from explainer.measured.kept import AnyReport, KeptReport, kept_report
from explainer.measured.report import Report, report

if TYPE_CHECKING:
    from studio.session import Session

SAVED = ".json"
MOST_BYTES = 20_000_000
BALANCE = "balance"


@dataclass(frozen=True)
class Measured:
    """What is known of a song.

    Args:
        report, advice: None where there are no stems at hand, or none that can be judged.
    """

    music: Music
    report: AnyReport | None = None
    advice: Advice | None = None

    @classmethod
    def of(cls, path: Path, roles: Mapping[str, str], tell: Callable[[str], None]) -> "Measured":
        """Of stems, or of an analysis. Raises: InputError, as those who read them."""
        if path.suffix.casefold() == SAVED:
            return cls(*kept(path))
        from studio.session import Session

        return cls.on(Session.open(path, roles, tell=tell), tell)

    @classmethod
    def on(cls, session: "Session", tell: Callable[[str], None]) -> "Measured":
        """Of the song on a desk."""
        music = music_of(session.song, tell)
        tell("Listening to the balance")
        try:
            advice = session.advice
        except InputError:  # such as a song that is too short to judge
            advice = None
        return cls(music, report_of(session.song, tell), advice)


def music_of(song: Song, tell: Callable[[str], None], before: Music | None = None) -> Music:
    """What the music of a song is.

    Args:
        before: what it was with the faders elsewhere, so that only what they change is heard anew.
    """
    from console.music.analyse import analyse

    return analyse(song, tell, before)


def report_of(song: Song, tell: Callable[[str], None]) -> Report:
    """What was measured of its stems."""
    tell("Measuring the stems")
    return report(song)


def kept(path: Path) -> tuple[Music, KeptReport | None]:
    """What `mixconsole report --json` wrote: the music, and its stems in the mix. Raises: InputError."""
    text = read_text(path, "an analysis", MOST_BYTES, "JSON")
    music = Music.from_json(text)
    balance = json.loads(text).get(BALANCE)
    return music, None if balance is None else kept_report(balance)
