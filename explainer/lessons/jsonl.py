"""Instruction data as a folder that `datasets` loads: conversations and all that is known of them, no sound."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import click
import numpy as np

from console.correct import Action, Move
from console.errors import InputError
from console.files.untrusted import parse_json
from console.files.whole import whole_folder
from console.read.roles import Role
from explainer.advice.advice import LEVELS, Advice, ModelStamp, StemAdvice
from explainer.advice.claims import Reason, ReasonKind
from explainer.advice.versions import changes_of
from explainer.language.told.ask import Ask
from explainer.language.told.origin import Origin, StemOrigin
from explainer.lessons.card import data_card
from explainer.lessons.lessons import ImaginedLessons, Lessons
from explainer.phrasing.answers import Task, compare, respond
from explainer.phrasing.plan import Style

SPLITS = ("train", "valid", "test")
CARD = "README.md"
FIGURES = ("gain_db", "low_db", "high_db", "flaw_probability")
BELIEFS = ("median_db", "low_db", "high_db", "flaw_probability")
UNMEASURED_LUFS = -20.0  # no word speaks of a stem's loudness, and it is not kept
PATIENCE = 8  # renders for each reference that is to be another one


def write_jsonl(
    lessons: Lessons,
    folder: str | Path,
    count: int,
    references: int = 3,
    seed: int = 0,
    split: Literal["train", "valid", "test"] = "train",
    command: str = "",
) -> None:
    """Writes `count` conversations and a data card, whole or not at all, with a progress bar.

    Args:
        references: most other right answers to each question; where there are hardly any, fewer.
        split: what the conversations are for.
        command: that the data card gives as what made them.

    Raises: InputError where the folder exists or cannot be written, for a count below 1, and for lessons that are none.
    """
    if count < 1:
        raise InputError(f"Ask for at least one conversation, not {count}.")
    from rich.console import Console as Terminal
    from rich.progress import track

    rng, file, rows = np.random.default_rng(seed), _file(split), []
    with whole_folder(folder) as part:
        with open(part / file, "w", encoding="utf-8", errors="replace", newline="\n") as lines:
            asks = islice(lessons.asks(seed), count)
            for ask in track(asks, "Conversations", count, console=Terminal(stderr=True)):
                lines.write(json.dumps(_row(ask, references, rng), ensure_ascii=False) + "\n")
                rows.append(_counted(ask))
        if not rows:
            raise InputError("There are no lessons to write.")
        how = command or f"write_jsonl(..., count={count}, references={references}, seed={seed})"
        (part / CARD).write_text(data_card(rows, split, file, how), encoding="utf-8", errors="replace")


class JsonlLessons:
    """Lessons from a folder that `write_jsonl` wrote.

    Raises: InputError for another folder, naming the line that is wrong.
    """

    def __init__(self, folder: str):
        there = [Path(folder) / _file(split) for split in SPLITS]
        found = next((path for path in there if path.is_file()), None)
        if found is None:
            raise InputError(f'"{folder}" holds no instruction data: it needs {_file(SPLITS[0])}.')
        self.path = found

    def asks(self, seed: int) -> Iterator[Ask]:
        """Each once, in another order for another seed."""
        lines = self.path.read_text(encoding="utf-8", errors="replace").removesuffix("\n").split("\n")
        for at in np.random.default_rng(seed).permutation(len(lines)).tolist():
            try:
                yield _ask(parse_json(lines[at]))
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                raise InputError(f'"{self.path}", line {at + 1}: no conversation ({error}).') from error


def _file(split: str) -> str:
    return f"{split}.json"


def _counted(ask: Ask) -> dict[str, str]:
    """What the data card counts."""
    console = f"{ask.advice.model.name} {ask.advice.model.version}, {ask.advice.model.checksum[:12]}"
    return {
        "task": ask.task,
        "style": ask.style,
        "anchor": "none" if ask.advice.anchor is None else "given",
        "console": console,
        "song": "" if ask.origin is None else ask.origin.identity,
    }


def _row(ask: Ask, references: int, rng: np.random.Generator) -> dict[str, Any]:
    advice, origin = ask.advice, ask.origin
    audio = None if origin is None else {key: value for key, value in vars(origin).items() if key != "stems"}
    of_stems = [None] * len(advice.stems) if origin is None else origin.stems
    return {
        "song": advice.song,
        "duration_s": advice.duration_s,
        "audio": audio,
        "task": ask.task,
        "style": ask.style,
        "anchor": advice.anchor,
        "console": vars(advice.model),
        "stems": [_stem(stem, known) for stem, known in zip(advice.stems, of_stems, strict=True)],
        "instruction": ask.instruction,
        "response": ask.response,
        "references": _references(ask, references, rng),
    }


def _stem(stem: StemAdvice, origin: StemOrigin | None) -> dict[str, Any]:
    known = None if origin is None else asdict(origin)
    return {
        "name": stem.name,
        "role": stem.role,
        "advice": vars(stem.move),
        "reasons": [vars(reason) for reason in stem.reasons],
        "truth": None if known is None else {key: known[key] for key in ("parts", "gains_db", "flaw_db", "heard")},
        "posterior": None if known is None else {key: known[key] for key in BELIEFS},
    }


def _references(ask: Ask, count: int, rng: np.random.Generator) -> list[str]:
    """Other renders of the same numbers, no two alike."""
    found = {ask.response: None}
    for _ in range(PATIENCE * count):
        if len(found) > count:
            break
        said = compare(changes_of(ask.advice), ask.style, rng) if ask.compare else respond(ask.advice, ask.style, rng)
        found[said] = None
    return [said for said in found if said is not None and said != ask.response]


def _ask(row: dict[str, Any]) -> Ask:
    if not row["stems"]:
        raise ValueError("it has no stems")
    stems = []
    for told in row["stems"]:
        reasons = tuple(Reason(**{**why, "kind": ReasonKind(why["kind"])}) for why in told["reasons"])
        move = Move(Action(told["advice"]["action"]), *(float(told["advice"][key]) for key in FIGURES))
        stems.append(StemAdvice(told["name"], Role(told["role"]), None, UNMEASURED_LUFS, move, reasons))
    stamp, anchor = ModelStamp(**row["console"]), row["anchor"]
    advice = Advice(row["song"], 44_100, float(row["duration_s"]), anchor, 100.0, tuple(stems), stamp, LEVELS)
    task, style = Task(row["task"]), Style(row["style"])
    return Ask(
        advice,
        str(row["instruction"]),
        compare=task is Task.COMPARE,
        response=str(row["response"]),
        style=style,
        task=task,
        origin=None if row["audio"] is None else _origin(row["audio"], row["stems"]),
    )


def _origin(audio: dict[str, Any], stems: list[dict[str, Any]]) -> Origin:
    of_stems = []
    for stem in stems:
        truth, belief = stem["truth"], (float(stem["posterior"][key]) for key in BELIEFS)
        gains_db = tuple(tuple(map(float, window)) for window in truth["gains_db"])
        parts = tuple(map(int, truth["parts"]))
        of_stems.append(StemOrigin(parts, bool(truth["heard"]), gains_db, float(truth["flaw_db"]), *belief))
    start_s = tuple(map(float, audio["start_s"]))
    return Origin(audio["song"], audio["identity"], start_s, float(audio["window_s"]), tuple(of_stems))


@click.command(context_settings={"max_content_width": 100})
@click.option("--out", required=True, help="Folder to write; it must not exist.")
@click.option("--n", "count", default=1000, show_default=True, help="Conversations.")
@click.option("--songs", help="A folder of balanced songs, each a folder of stems; without it, songs are imagined.")
@click.option("--split", type=click.Choice(SPLITS), default="train", show_default=True, help="Which of the songs.")
@click.option("--console", help="Folder or Hub id of the console that listens; the embedded one by default.")
@click.option("--references", default=3, show_default=True, help="Other right answers to each question.")
@click.option("--seed", default=0, show_default=True, help="Another one, other conversations.")
def main(
    out: str,
    count: int,
    songs: str | None,
    split: Literal["train", "valid", "test"],
    console: str | None,
    references: int,
    seed: int,
) -> None:
    """Write instruction data: questions about mixes, with the answers that are right.

    With songs, their balance is spoilt by known gains, a console listens, and what it believes is put into words.
    Without, the numbers are drawn at random, which needs no sound. Each conversation keeps what was heard (a song's
    title, where in it, the gains that were on its stems), what was wrong, what the console believed, and several right
    answers. There is no audio in it.

    The folder has the conversations as JSON lines and a data card. It appears whole or not at all.

    \b
    python -m explainer.lessons --out lessons --n 1000
    python -m explainer.lessons --out lessons --n 1000 --songs data/synth --split train
    \b
    To look into it, and to train on it:
      datasets.load_dataset("lessons")
      python train.py fit -c configs/explainer/embedded.yaml \\
        --data.init_args.train explainer.lessons.jsonl.JsonlLessons \\
        --data.init_args.train.init_args.folder lessons
    """
    try:
        lessons: Lessons = ImaginedLessons()
        told = ["python", "-m", "explainer.lessons", "--out", "FOLDER", "--n", str(count)]
        if songs is not None:
            from console.data.sources.folder import FolderSource
            from explainer.lessons.heard import HeardLessons

            lessons = HeardLessons(FolderSource(songs, split), console)
            told += ["--songs", Path(songs).name, "--split", split]
            told += [] if console is None else ["--console", console]
        told += ["--references", str(references), "--seed", str(seed)]
        write_jsonl(lessons, out, count, references, seed, split, shlex.join(told))
    except InputError as error:
        click.echo(f"explainer.lessons: {error}", err=True)
        raise SystemExit(2) from None
