"""The key of a listening test: which code stands for what. Raters never see it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from console.errors import InputError
from console.files.untrusted import MB, read_text
from console.files.whole import whole_file

SCHEMA = 1
MOST_BYTES = 64 * MB  # tens of thousands of pages


@dataclass(frozen=True)
class Stimulus:
    """One mix.

    Args:
        system: what made it: "flawed", "low anchor", "console" or a baseline's name.
        gains_db: what was put on the flawed stems.
    """

    system: str
    gains_db: dict[str, float]


@dataclass(frozen=True)
class MixPage:
    """One item whose mixes are rated against the reference.

    Args:
        page: its code.
        item, song, start_s, anchor, flaw_db: which item that is (`console.evaluation.items`).
        lufs: integrated loudness of all its mixes.
        stimuli: its mixes by their codes; the hidden reference is called "reference", as webMUSHRA does.
    """

    page: str
    item: str
    song: str
    start_s: float
    anchor: str | None
    flaw_db: dict[str, float]
    lufs: float
    stimuli: dict[str, Stimulus]


@dataclass(frozen=True)
class TextPage:
    """One text that is rated.

    Args:
        page, stimulus: its codes.
        item: the item that it is about.
        source: who wrote it: "model" or "phrases".
    """

    page: str
    stimulus: str
    item: str
    text: str
    source: str


@dataclass(frozen=True)
class Key:
    """A whole listening test.

    Args:
        study: its code.
        mixes_test, texts_test: what its two tests are called; the second is "" where there are no texts.
        scales: on which the texts are rated, in the order of the form.
        console: name, version and checksum of the console.
        style: of the texts.
    """

    study: str
    mixes_test: str
    texts_test: str
    protocol: str
    seed: int
    console: dict[str, str]
    style: str
    scales: tuple[str, ...]
    mixes: tuple[MixPage, ...]
    texts: tuple[TextPage, ...]
    schema: int = SCHEMA

    def save(self, path: Path) -> None:
        """Writes it as JSON, whole or not at all. Raises: InputError where the file cannot be written."""
        with whole_file(path) as part:
            part.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> "Key":
        """Reads what `save` wrote.

        Raises: InputError for anything else, naming what is wrong.
        """
        from pydantic import TypeAdapter, ValidationError

        text = read_text(path, "the key of a listening test", MOST_BYTES, "JSON", replace=True)
        try:
            key = TypeAdapter(cls).validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the file"
            raise InputError(f'"{path}" is no key of a listening test: {where}: {first["msg"]}.') from error
        if key.schema != SCHEMA:
            raise InputError(f'"{path}" is a key of another version ({key.schema}): export the study again.')
        return key

    @property
    def systems(self) -> tuple[str, ...]:
        """All that made mixes, in the order in which they were asked for."""
        return tuple(dict.fromkeys(stimulus.system for page in self.mixes for stimulus in page.stimuli.values()))


def by_name(names: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    """Values by the names of their stems, with four decimals."""
    return {name: round(value, 4) for name, value in zip(names, values, strict=True)}
