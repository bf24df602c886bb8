"""The card of a trained model: the data, the command and the figures. Its head is for the Hub."""

import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

import torch
from huggingface_hub import EvalResult, ModelCardData
from lightning import Trainer

from console.data.cache import SongTables
from console.data.sources.source import Source
from console.network.encoders.licence import is_commercial, warning

SPLITS = {"train": "training", "valid": "validation", "test": "test"}
DEEPEST = 4  # lessons of lessons of sources of songs
_given: ContextVar[str | None] = ContextVar("given", default=None)


@dataclass(frozen=True)
class Part:
    """A pretrained model within another one: its name, and its licence as the Hub writes it."""

    name: str
    licence: str


@dataclass(frozen=True)
class Subject:
    """What a card says of all models of a kind.

    Args:
        about: a sentence or two, Markdown.
        library: that loads it.
        pipeline: as the Hub knows tasks; None for none of them.
        base: the model that it was trained on top of.
        part: a pretrained model that it is made with.
    """

    about: str
    library: str
    pipeline: str | None = None
    base: str | None = None
    part: Part | None = None


@contextmanager
def as_given(program: str, args: Sequence[str] | None) -> Iterator[None]:
    """Within, `command` is this one; the process's own arguments where None."""
    token = _given.set(shlex.join(["python", program, *map(str, sys.argv[1:] if args is None else args)]))
    try:
        yield
    finally:
        _given.reset(token)


def command() -> str:
    """That the run was started with."""
    return _given.get() or shlex.join(["python", Path(sys.argv[0]).name, *sys.argv[1:]])


def model_card(subject: Subject, trainer: Trainer, name: str, version: str, license: str) -> str:
    """The card as Markdown with a YAML head, of a model as it is at this moment of its run.

    Args:
        subject: the kind of model.
        trainer: whose data module and metrics are told.
        name, version: what the model is called.
        license: as the Hub writes it.
    """
    data = getattr(trainer, "datamodule", None)
    things = {split: getattr(data, split, None) for split in SPLITS}
    sources = {split: list(sources_of(thing)) for split, thing in things.items()}
    figures = {
        metric: float(value)
        for metric, value in sorted(trainer.callback_metrics.items())
        if metric.startswith("val/") and bool(torch.isfinite(value))
    }
    names = sorted({_slug(source) for group in sources.values() for source in group})
    results = [
        EvalResult(
            task_type=subject.pipeline or "other",
            dataset_type=next(map(_slug, sources["valid"]), "validation"),
            dataset_name="validation",
            metric_type=metric.removeprefix("val/"),
            metric_value=round(value, 4),
        )
        for metric, value in figures.items()
    ]
    head = ModelCardData(
        model_name=name if results else None,
        license=_strictest(license, subject.part),
        tags=["music", "mixing"],
        library_name=subject.library,
        pipeline_tag=subject.pipeline,
        base_model=subject.base,
        datasets=names or None,
        metrics=[metric.removeprefix("val/") for metric in figures] or None,
        eval_results=results or None,
    )
    learnt = [
        f"- {SPLITS[split]}: {_told(thing, sources[split])}" for split, thing in things.items() if thing is not None
    ]
    rows = [f"| `{metric}` | {value:.4g} |" for metric, value in figures.items()]
    table = ["| | |", "|---|---|", *rows] if rows else ["None: there was no validation."]
    lines = [
        f"# {name} {version}",
        *("", subject.about),
        *_made_with(subject.part, license),
        *("", "**Made by**", "", f"    {command()}"),
        *("", "**Data**", "", *(learnt or ["- given in Python, without a data module"])),
        *("", f"**Figures** {_when(trainer)}", "", *table),
    ]
    return f"---\n{head.to_yaml()}\n---\n" + "\n".join(lines) + "\n"


def _strictest(license: str, part: Part | None) -> str:
    """What the Hub is told: of a model with a part that is not for commercial use, the part's licence."""
    return license if part is None or is_commercial(part.licence) is not False else part.licence


def _made_with(part: Part | None, license: str) -> list[str]:
    if part is None:
        return []
    lines = ["", "**Made with**", "", f"- {_code(part.name)}, whose licence is {_code(part.licence)}"]
    lines += [f"- what was trained here: {_code(license)}"]
    told = warning(part.name, part.licence)
    return lines if told is None else [*lines, "", _plain(told)]


def _code(text: str) -> str:
    return f"`{_plain(text)}`"


def _plain(text: str) -> str:
    """In one line, without what Markdown or HTML would make something of."""
    return re.sub(r"[`<>*\[\]\s]+", " ", text).strip()


def sources_of(thing: object, depth: int = 0) -> Iterator[Source]:
    """The sources of songs in what a data module learns from: a source, or lessons, tables or lists made of some."""
    if isinstance(thing, Source):
        yield thing
    elif depth < DEEPEST and thing is not None and not isinstance(thing, str | bytes | torch.Tensor):
        parts = thing if isinstance(thing, list | tuple) else _attributes(thing)
        seen: list[Source] = []
        for part in parts:
            for source in sources_of(part, depth + 1):
                if all(source is not other for other in seen):
                    seen.append(source)
                    yield source


def _attributes(thing: object) -> list[object]:
    own = type(thing).__module__.partition(".")[0] not in {"torch", "numpy", "builtins"}
    return list(getattr(thing, "__dict__", {}).values()) if own else []


def _told(thing: object, sources: Sequence[Source]) -> str:
    """The sources with their numbers of songs, and by what lessons they are told."""
    songs = ", ".join(map(_of_source, sources))
    if isinstance(thing, SongTables):
        return songs
    return f"`{type(thing).__name__}`" + (f" on {songs}" if songs else "")


def _of_source(source: Source) -> str:
    given = [str(getattr(source, name)) for name in ("dataset", "split") if hasattr(source, name)]
    if is_dataclass(source):
        given = [f"{part.name}={getattr(source, part.name)!r}" for part in fields(source)]
    count = len(source)
    return f"{count} song{'' if count == 1 else 's'} of `{type(source).__name__}({', '.join(given)})`"


def _slug(source: Source) -> str:
    """A name as the Hub takes it for a data set."""
    named = getattr(source, "dataset", None) or type(source).__name__
    return re.sub(r"[^A-Za-z0-9._-]+", "-", str(named)).strip("-.") or "songs"


def _when(trainer: Trainer) -> str:
    epochs, steps = trainer.fit_loop.epoch_progress.current.ready, trainer.global_step
    return f"of validation after {epochs} epoch{'' if epochs == 1 else 's'}, {steps} step{'' if steps == 1 else 's'}"
