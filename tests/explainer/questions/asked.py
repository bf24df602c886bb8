"""Songs to ask about, and the questions that people ask of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from console.correct import Action, Move
from console.read.roles import guess_role
from explainer.advice.advice import NOBODY, Advice, MixLevels, StemAdvice
from explainer.advice.claims import Reason, ReasonKind

FOLDER = Path(__file__).parent
SONGS = {
    "four": ("vocals", "drums", "bass", "other"),
    "native": (*("Lead Vox", "BGV", "Kick In", "Snare Top", "OH", "Bass DI", "GTR L", "GTR R", "Keys 1", "Synth Pad"),),
}
LEFT = Move(Action.LEAVE, 0.0, -1.2, 0.8, 0.21)
LEVELS = MixLevels(-14.0, -12.9, -0.4, 0.0)


@dataclass(frozen=True)
class Case:
    """A question, and what it is about: its kind, the stems' own names, an instrument that the song lacks."""

    song: str
    kind: str
    stems: tuple[str, ...]
    absent: str
    anew: str
    text: str


def cases(file: str) -> Iterator[Case]:
    """The questions of a file."""
    for song, kinds in yaml.safe_load((FOLDER / file).read_text()).items():
        for kind, lines in kinds.items():
            for line in lines.strip().splitlines():
                label, text = (part.strip() for part in line.split("|", 1))
                anew, label = label.split(" ", 1) if kind == "again" else ("", label)
                absent = label.strip('"').removeprefix("!") if "!" in label else ""
                stems = () if absent or label == "-" else tuple(part.strip() for part in label.split(","))
                yield Case(song, kind, stems, absent, anew, text)


def song(name: str = "four", anchor: str | None = None, **moves: Move) -> Advice:
    """Advice on a song whose stems are left, but for those given; vocals that move are covered by the bass."""
    stems = []
    for stem in SONGS[name]:
        move = moves.get(stem, Move(Action.ANCHOR, 0.0, 0.0, 0.0, 0.0) if stem == anchor else LEFT)
        reasons = {
            "vocals": (Reason(ReasonKind.MASKED, 61.0, None, "bass", 250.0, 500.0),),
            "drums": (Reason(ReasonKind.LEVEL, 0.7, -5.4),),
        }
        stems.append(StemAdvice(stem, guess_role(stem), None, -18.9, move, reasons.get(stem, ()) if move.moves else ()))
    return Advice("riddle", 44_100, 180.0, anchor, 100.0, tuple(stems), NOBODY, LEVELS)


def up(gain_db: float, chance: float = 0.95, low_db: float | None = None, high_db: float | None = None) -> Move:
    """A move up."""
    ends = (gain_db - 1 if low_db is None else low_db, gain_db + 1 if high_db is None else high_db)
    return Move(Action.RAISE, gain_db, *ends, chance)


def down(gain_db: float, chance: float = 0.95) -> Move:
    """A move down by so many dB."""
    return Move(Action.LOWER, -gain_db, -gain_db - 1, -gain_db + 1, chance)
