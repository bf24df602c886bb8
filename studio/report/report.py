"""One song's report: analysed, or as it was saved, and given out in any form."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from console.errors import InputError
from console.music.music import Music
from console.music.music import schema as music_schema
from console.read.song import Song
from explainer.measured.kept import AnyReport
from explainer.measured.report import report as measured
from explainer.music.chapters import told
from explainer.music.for_model import FULL, SHORT, for_model
from studio.measured import BALANCE, SAVED, kept
from studio.session.names import readable

BUDGETS = {"short": SHORT, "full": FULL}


@dataclass(frozen=True)
class SongReport:
    """A song's report.

    Args:
        balance: what was measured of its stems; None where they are not at hand.
    """

    music: Music
    balance: AnyReport | None = None

    @classmethod
    def of(cls, path: Path, roles: Mapping[str, str], tell: Callable[[str], None]) -> "SongReport":
        """Of a song's stems, or of an analysis in JSON. Raises: InputError for what is neither."""
        if path.suffix.casefold() == SAVED:
            return cls(*kept(path))
        from console.music.analyse import analyse

        tell("Reading the stems")
        song = readable(Song.load(path, roles))
        music = analyse(song, tell)
        tell("Measuring the stems")
        return cls(music, measured(song))

    def as_json(self) -> str:
        """All of it; `mixconsole report` and `feedback` read it back."""
        data = json.loads(self.music.to_json(None))
        if self.balance is not None:
            data[BALANCE] = json.loads(self.balance.to_json())
        text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        return text.encode("utf-8", "backslashreplace").decode("utf-8")  # lone surrogates, as of file names

    def as_text(self) -> str:
        """For people, in the terminal."""
        from studio.report.text import in_text

        return in_text(told(self.music, self.balance))

    def as_markdown(self) -> str:
        """As a page of Markdown."""
        from studio.report.markdown import in_markdown

        return in_markdown(told(self.music, self.balance))

    def as_html(self) -> str:
        """As a page with its pictures."""
        from studio.report.html import in_html

        return in_html(told(self.music, self.balance), self.pictures())

    def for_model(self, size: str) -> str:
        """For a language model, "short" or "full"."""
        return for_model(self.music, self.balance, BUDGETS[size]) + "\n"

    def pictures(self) -> dict[str, str]:
        """Those that there is something for, as SVG."""
        from studio.report.figures.base import svg
        from studio.report.figures.levels import levels
        from studio.report.figures.spectrum import spectrum
        from studio.report.figures.timeline import timeline

        drawn = {"timeline": timeline(self.music), "levels": levels(self.music), "spectrum": spectrum(self.music)}
        return {name: svg(figure) for name, figure in drawn.items() if figure is not None}


def schema() -> str:
    """JSON Schema of a report in JSON."""
    told = music_schema()
    properties = told["properties"]
    if not isinstance(properties, dict):
        raise InputError("The schema has no properties.")
    said = "what was measured of the stems in the mix, where they were at hand"
    properties[BALANCE] = {"anyOf": [{"type": "object"}, {"type": "null"}], "default": None, "description": said}
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **told}, indent=1) + "\n"
