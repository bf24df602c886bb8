"""What one evaluation is about: songs, questions, and who answers them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.data.cache import SongTables
from console.data.sources.identity import hash_of, hash_of_files
from console.data.sources.source import Source
from console.errors import InputError
from console.evaluation.conditions import Condition
from console.evaluation.engineers.consensus import Consensus
from console.evaluation.items import Protocol
from console.model import Console
from explainer.evaluation.chosen import Chosen
from explainer.evaluation.judge import Judge
from explainer.phrasing.plan import Style

FORMAT = 4  # goes up when equal settings give other tables
INPUTS = ("stems", "mix")


@dataclass(frozen=True)
class Wording:
    """What is put into words, and how texts are compared.

    Args:
        sample: items, spread evenly over all of them; 0 takes all.
        style: how much is said.
        tries: how often the explainer may write before the phrase bank does.
        inputs: of "stems" and "mix"; those that the run does not hear are left out.
        bertscore, similarity: folders of models for `explainer.evaluation.texts.text_metrics.text_metrics`.

    Raises: InputError for a value that cannot be.
    """

    sample: int = 200
    style: str = "full"
    tries: int = 3
    inputs: tuple[str, ...] = ("stems",)
    bertscore: str | None = None
    similarity: str | None = None

    def __post_init__(self) -> None:
        if self.style not in list(Style):
            raise InputError(f'words.style is {" or ".join(Style)}, not "{self.style}".')
        _check_counts({"words.sample": self.sample, "words.tries": self.tries})
        _check_inputs("words.inputs", self.inputs)


@dataclass(frozen=True, eq=False)
class Plan:
    """One evaluation.

    Args:
        source: songs at the levels of their balanced mixes.
        protocol: what is wrong with them.
        console: who gives numbers beside the baselines.
        explainer: who puts them into words, alone or several side by side; None for numbers alone.
        judge: who reads the words.
        inputs: what is heard: "stems", "mix", or both side by side.
        relevel: set each song to a balance drawn from the balance prior.
        short_songs: take songs under 10 s as one chunk.
        judged: items of the sample that the judge reads; 0 for all.
        seed: of flaws, sample and words.
        cache: folder in which what was measured of songs is kept.
        workers: processes that prepare items beside this one.
        consensus: what engineers did, which corrections are held against.
        conditions: the rows of a table of conditions, which is made in place of everything else where there are any.
        also: further sources for these rows, by name.
        settings: all of that as it was written down, for the run's folder.

    Raises: InputError for a value that cannot be.
    """

    source: Source
    protocol: Protocol
    console: Console | None = None
    explainer: Chosen | None = None
    judge: Judge | None = None
    inputs: tuple[str, ...] = INPUTS
    relevel: bool = False
    short_songs: bool = False
    words: Wording = field(default_factory=Wording)
    judged: int = 50
    seed: int = 0
    cache: str = "runs/tables"
    workers: int = 0
    consensus: Consensus = field(default_factory=Consensus.published)
    settings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    also: Mapping[str, Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_inputs("inputs", self.inputs)
        _check_counts({"judged": self.judged, "workers": self.workers, "seed": self.seed})
        if self.explainer is not None:
            self.explainer.ready()  # before anything is measured

    def sources(self) -> dict[str, Source]:
        """All songs, by what they are called: the folder's name, where they are in one.

        Raises: InputError where two of them are called the same.
        """
        data = self.settings.get("data", {})
        root, name = data.get("root"), str(data.get("name", "songs"))
        name = Path(root).resolve().name if root else name
        if name in self.also:
            raise InputError(f'"{name}" is what data=... is called already: give conditions.songs another name for it.')
        return {name: self.source, **self.also}

    def fingerprint(self, *tables: SongTables) -> dict[str, Any]:
        """All that the results depend on: the settings, and the content of songs and models."""
        identities = [identity for each in tables for identity in each.identities]
        return {
            "format": FORMAT,
            **self.settings,
            "songs": {"count": len(identities), "content": hash_of(*identities)},
            "console_content": None if self.console is None else self.console.checksum,
            "references_content": hash_of_files([Path(self.consensus.path)]) if self.consensus.path else None,
            "explainer_content": None if self.explainer is None else self.explainer.identity(),
        }


def _check_counts(counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        if count < 0:
            raise InputError(f"{name} is 0 or more, not {count}.")


def _check_inputs(name: str, inputs: tuple[str, ...]) -> None:
    if not inputs or len(set(inputs)) < len(inputs) or not set(inputs) <= set(INPUTS):
        raise InputError(f"{name} is [stems], [mix] or [stems,mix], not [{','.join(inputs)}].")
