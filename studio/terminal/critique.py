"""What is said of a mix without its stems: by estimated ones, or by the mixture alone."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jaxtyping import Float32
from torch import Tensor

from console.errors import InputError
from console.match.reading import read_mix
from console.music.tags.clap import Fit, fit
from console.separate.separator import Separator
from console.separate.song import Separated, mixture, separated, without_stems
from explainer.advice.shown import quoted, shown
from explainer.feedback.evaluation import Evaluation, evaluate
from explainer.feedback.words import in_markdown, in_text
from explainer.music.chapters import Told, told
from explainer.phrasing.conclusion import conclusion, notes
from studio.export.markdown import escaped
from studio.measured import Measured, music_of
from studio.report.markdown import in_markdown as report_in_markdown
from studio.report.report import SongReport
from studio.report.text import in_text as report_in_text
from studio.session import Session
from studio.session.names import readable

SCHEMA = "mixconsole/critique/1"
ALONE = (
    "I heard the mixture alone. Of the balance of its instruments, of who covers whom, and of what enters and rests, I "
    "know nothing. Key, chords and beats are heard less surely in a mixture than in stems. With a separator of yours "
    "(--separator) I would judge estimated stems."
)
ESTIMATED = (
    "The stems were estimated from the mix by {}: they are not the recordings; they hold artefacts, and each other. "
    "What I say of single stems and of the balance is less sure than its figures say: the ranges and chances were "
    "learnt on real stems."
)
LEFT = "What the separator left over is in {}, so that the stems sum to the mix: {:.1f} dB against the mix."
MUCH_LEFT_DB = -10.0
POORLY = "That is much: the separator knows little of this music, or its weights are not right. Trust no word on stems."
NO_BALANCE = "The balance of the estimated stems could not be judged: they sound together for too short a time."
BALANCE, MEASURED, FITS = "Balance of the estimated stems", "What was measured", "How well the words fit"
BY_CLAP = "Each chance is among these words only, by your own CLAP."


@dataclass(frozen=True)
class Critique:
    """A mix, criticised.

    Args:
        heard: with the advice and the measured stems, where there are any.
        caveats: what has to be known first, sentences.
        separator: what took the mix apart; None where nothing did.
        words: how well they fit; None where nobody asked.
    """

    evaluation: Evaluation
    heard: Measured
    caveats: tuple[str, ...]
    separator: str | None = None
    left_db: float | None = None
    words: Fit | None = None

    @classmethod
    def of(
        cls,
        path: Path,
        separator: Separator | None,
        tell: Callable[[str], None],
        stems: Path | None = None,
        force: bool = False,
        clap: tuple[Path, Sequence[str]] | None = None,
    ) -> "Critique":
        """Of one sound file.

        Args:
            stems, force: where the estimated stems are to be written, and whether that may replace a folder.
            clap: the folder of a CLAP, and the words to hold against the sound.

        Raises: InputError for what cannot be read or taken apart.
        """
        tell("Reading the mix")
        mix, sample_rate = _read(path)
        words = None
        whole = readable(mixture(mix, sample_rate, path.stem))
        if clap is not None:
            tell("Holding words against the sound")
            words = fit(clap[0], mix.mean(0).numpy(), sample_rate, clap[1])
        if separator is None:
            heard = Measured(without_stems(music_of(whole, tell)))
            return cls(evaluate(heard.music), heard, (ALONE,), words=words)
        apart = separated(mix, sample_rate, whole.title, separator, tell)
        if stems is not None:
            apart.song.save(stems, force=force)
        heard = Measured.on(Session(apart.song, tell=tell), tell)
        evaluation = evaluate(heard.music, heard.report, heard.advice)
        return cls(evaluation, heard, _caveats(apart, separator), separator.called, apart.left_db, words)

    def in_text(self) -> str:
        """In plain lines."""
        parts = [shown(self.evaluation.song), *map(shown, self.caveats)]
        if balance := self._balance():
            parts.append("\n".join((BALANCE, *map(shown, balance))))
        if self.words is not None:
            parts.append("\n".join((FITS, *_rows(self.words), BY_CLAP)))
        parts.append(in_text(self.evaluation).partition("\n\n")[2])
        return "\n\n".join(parts) + "\n\n" + report_in_text(replace(self._told, title=MEASURED))

    def in_markdown(self) -> str:
        """In Markdown."""
        parts = [f"# {escaped(self.evaluation.song)}", *map(escaped, self.caveats)]
        if balance := self._balance():
            parts += [f"## {BALANCE}", *map(escaped, balance)]
        if self.words is not None:
            parts += [f"## {FITS}", "\n".join(f"- {escaped(row)}" for row in _rows(self.words)), BY_CLAP]
        parts.append(in_markdown(self.evaluation).partition("\n\n")[2])
        parts.append(re.sub(r"^#", "##", report_in_markdown(replace(self._told, title=MEASURED)), flags=re.MULTILINE))
        return "\n\n".join(parts)

    def as_json(self) -> str:
        """All of it."""
        advice = self.heard.advice
        data = {
            "schema": SCHEMA,
            "song": self.evaluation.song,
            "heard": "mixture" if self.separator is None else "estimated stems",
            "separator": self.separator,
            "left_over_db": None if self.left_db is None else round(self.left_db, 1),
            "caveats": list(self.caveats),
            "advice": None if advice is None else json.loads(advice.to_json()),
            "feedback": self.evaluation.as_data(),
            "report": json.loads(SongReport(self.heard.music, self.heard.report).as_json()),
            "words": None if self.words is None else {tag.name: tag.probability for tag in self.words.words},
            "embedding": None if self.words is None else list(self.words.embedding),
        }
        text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    def _balance(self) -> tuple[str, ...]:
        """Sentences; none where there are no stems."""
        advice = self.heard.advice
        if self.separator is None:
            return ()
        if advice is None:
            return (NO_BALANCE,)
        return conclusion(advice), *notes(advice)

    @property
    def _told(self) -> Told:
        return told(self.heard.music, self.heard.report)


def _read(path: Path) -> tuple[Float32[Tensor, "channel time"], int]:
    if not path.exists():
        raise InputError(f'There is no mix at "{path}".')
    if path.is_dir():
        raise InputError(f'"{path}" is a folder: critique takes one sound file; mixconsole feedback takes stems.')
    return read_mix(path)


def _caveats(apart: Separated, separator: Separator) -> tuple[str, ...]:
    said = [ESTIMATED.format(separator.called)]
    if apart.left_db is not None:
        said.append(LEFT.format(quoted(apart.song.names[-1]), apart.left_db))
        if apart.left_db > MUCH_LEFT_DB:
            said.append(POORLY)
    return tuple(said)


def _rows(words: Fit) -> list[str]:
    return [f"{quoted(tag.name)}: {100 * tag.probability:.0f} %" for tag in words.words]
