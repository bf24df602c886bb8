"""Advice: what should move in a mix, by how much and how surely. The one schema behind numbers and words."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from console.balance.usual import Usual
from console.correct import Action, Correction, Move
from console.evaluation.engineers.consensus import SPREAD_LU
from console.read.account import FileUse
from console.read.roles import Role
from console.read.song import Song
from explainer.advice.claims import Claim, Claims, Confidence, Direction, Reason, Severity, severity_of
from explainer.advice.names import alias_by_name

SCHEMA = 1
LOUDNESS = (
    "ITU-R BS.1770. A mono stem counts as placed on both sides: 3.0 LU above a meter that takes the mono file alone."
)
SURE, LIKELY = 0.9, 0.7  # chances of a flaw
LIKELIER = 0.5  # off rather than right


class TextSource(StrEnum):
    """Where a text came from."""

    MODEL = "model"  # the explainer wrote it, and it was verified
    PHRASES = "phrases"  # it is from the phrase bank
    MIXED = "mixed"  # some of its steps are the explainer's, some the phrase bank's


@dataclass(frozen=True)
class StemAdvice:
    """What is said of one stem.

    Args:
        file: where the stem came from, if from a file.
        loudness_lufs: integrated loudness before any move; -inf for a silent stem.
        reasons: what was measured that speaks for the move, the strongest first.
    """

    name: str
    role: Role
    file: str | None
    loudness_lufs: float
    move: Move
    reasons: tuple[Reason, ...] = ()

    @property
    def direction(self) -> Direction | None:
        """Which way its fader should go; None where it stays."""
        if not self.move.moves:
            return None
        return Direction.UP if self.move.action is Action.RAISE else Direction.DOWN

    @property
    def range_db(self) -> tuple[float, float]:
        """The range as sizes in the direction of the move, the smaller first; negative beyond 0."""
        low_db, high_db = self.move.low_db, self.move.high_db
        return (-high_db + 0.0, -low_db + 0.0) if self.direction is Direction.DOWN else (low_db, high_db)

    @property
    def severity(self) -> Severity:
        """The word for how far it moves."""
        return severity_of(self.move.gain_db)

    @property
    def touches_zero(self) -> bool:
        """Whether its range, as it is spoken (one decimal), takes in no move at all."""
        return round(self.range_db[0], 1) <= 0 <= round(self.range_db[1], 1)

    @property
    def confidence(self) -> Confidence:
        """How sure it is that the stem is off at all: by the chance of a flaw, but never sure nor likely where the
        range takes in no move at all."""
        chance = self.move.flaw_probability
        if self.touches_zero or chance < LIKELY:
            return Confidence.UNSURE
        return Confidence.SURE if chance >= SURE else Confidence.LIKELY


@dataclass(frozen=True)
class ModelStamp:
    """Which console gave the advice: its name, version and the checksum of its weights."""

    name: str
    version: str
    checksum: str


@dataclass(frozen=True)
class MixLevels:
    """The mix before and after.

    Args:
        loudness_lufs_before, loudness_lufs_after: integrated loudness.
        true_peak_dbtp: of the corrected mix.
        trim_db: the gain put on all stems on top of their corrections, to make headroom.
    """

    loudness_lufs_before: float
    loudness_lufs_after: float
    true_peak_dbtp: float
    trim_db: float


@dataclass(frozen=True)
class Reference:
    """The mix of the same song whose balance the stems were brought to.

    Args:
        title: what it is called.
        residual_db: energy of it that the stems do not explain, under any gains, equaliser and limiter, against all.
        offset_s: how much later it has what the song has.
        common_s: how much of the song it has.
        inverted: whether its polarity is inverted.
        muted, untold: names of the stems that are not in it, and of those whose level it does not tell.
    """

    title: str
    residual_db: float
    offset_s: float
    common_s: float
    inverted: bool = False
    muted: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()


@dataclass(frozen=True)
class Faders:
    """Where a user put the faders, and the mix that this gives.

    Args:
        gains_db: of each stem, in the advice's order.
        loudness_lufs: integrated loudness of that mix.
        true_peak_dbtp: its true peak.
    """

    gains_db: tuple[float, ...]
    loudness_lufs: float
    true_peak_dbtp: float


@dataclass(frozen=True)
class Advice:
    """Advice on a whole song, as written to advice.json.

    The mix is the sum of the stems, each with its `gain_db` plus the mix's `trim_db` put on it; or, where a user put
    the faders elsewhere, with what `faders` says: `gains_db`.

    Args:
        passes, residual: how many listenings the gains come from, and what the console heard after each, as in
            `console.correct.Correction`.
        text: the advice in words; "" where none were asked for.
        text_source: who wrote them.
        files: what became of every file of the song.
        links: the stems that move together.
        balance: the level of each role in the mix, dB, as `console.balance.song_level_db` has it;
            only differences count. Empty where it was not measured.
        usual: what the song was judged against; None: all music.
        familiarity: how like anything that the console learnt the song is, 0..1.
        reference: the mix that the stems were matched to; None where the console listened.
        faders: where a user put them; None where they stand as advised.
    """

    song: str
    sample_rate: int
    duration_s: float
    anchor: str | None
    strength_percent: float
    stems: tuple[StemAdvice, ...]
    model: ModelStamp
    mix: MixLevels
    passes: int = 1
    residual: tuple[tuple[float, ...], ...] = ()
    text: str = ""
    text_source: TextSource | None = None
    files: tuple[FileUse, ...] = ()
    links: tuple[tuple[str, ...], ...] = ()
    balance: Mapping[Role, float] = field(default_factory=dict)
    usual: Usual | None = None
    familiarity: float = 1.0
    reference: Reference | None = None
    faders: Faders | None = None

    @property
    def gains_db(self) -> tuple[float, ...]:
        """What is on each stem in the mix, in the advice's order, without the trim."""
        return self.faders.gains_db if self.faders else tuple(stem.move.gain_db for stem in self.stems)

    @property
    def names(self) -> tuple[str, ...]:
        """The stems' own names."""
        return tuple(stem.name for stem in self.stems)

    @property
    def alias_by_name(self) -> dict[str, str]:
        """What each stem is called in texts, by its own name and in their order."""
        return alias_by_name(self.names)

    @property
    def still(self) -> bool:
        """True when nothing moves."""
        return not self.moving

    @property
    def balanced(self) -> bool:
        """True when nothing should move: no stem is off, not even one that is locked."""
        return self.still and not self.held_back

    @property
    def doubted(self) -> bool:
        """Whether a stem is left that is likelier off than right, so that nobody can say that all is right."""
        left = (stem.move for stem in self.stems if stem.move.action is Action.LEAVE)
        return any(move.flaw_probability > LIKELIER for move in left)

    @property
    def held_back(self) -> tuple[StemAdvice, ...]:
        """The locked stems that are off, the one furthest off first."""
        off = [s for s in self.stems if s.move.action is Action.LOCKED and s.move.held_back_db]
        return tuple(sorted(off, key=lambda stem: -abs(stem.move.held_back_db)))

    @property
    def moving(self) -> tuple[StemAdvice, ...]:
        """The stems that should be raised or lowered, the one furthest off first."""
        moving = [stem for stem in self.stems if stem.move.moves]
        return tuple(sorted(moving, key=lambda stem: -abs(stem.move.gain_db)))

    def is_taste(self, stem: StemAdvice) -> bool:
        """Whether engineers differ by as much as one of the stems moves, for the strength that the moves have."""
        return bool(0 < abs(stem.move.gain_db) <= SPREAD_LU[stem.role] * self.strength_percent / 100)

    @property
    def left_db(self) -> tuple[float, ...] | None:
        """What the console would still move of each stem at these gains, dB; None where it did not listen again."""
        return self.residual[self.passes - 1] if self.residual else None

    @property
    def took_back(self) -> bool:
        """Whether one pass more was tried, and taken back because it did not leave less."""
        return len(self.residual) > self.passes

    def claims(self, names: Sequence[str] | None = None) -> Claims:
        """The claims of a text that says this advice, with one decimal.

        Args:
            names: what the stems are called in that text, in the advice's order; their own names by default.
        """
        called = dict(zip(self.names, names or self.names, strict=True))
        claims = tuple(
            Claim(
                called[stem.name],
                stem.direction,
                round(abs(stem.move.gain_db), 1),
                round(stem.range_db[0], 1) + 0.0,
                round(stem.range_db[1], 1) + 0.0,
                stem.severity,
                stem.confidence is Confidence.UNSURE,
            )
            for stem in self.moving
        )
        return Claims(claims, self.still)

    def to_json(self) -> str:
        """The advice as JSON text, names as they are; a level of -inf (silence) is null."""
        data = {
            "schema": SCHEMA,
            "song": self.song,
            "sample_rate": self.sample_rate,
            "duration_s": self.duration_s,
            "anchor": self.anchor,
            "strength_percent": self.strength_percent,
            "balanced": self.balanced,
            "familiarity": self.familiarity,
            "stems": [
                {
                    "name": stem.name,
                    "role": stem.role,
                    "file": stem.file,
                    "loudness_lufs": _finite_or_none(stem.loudness_lufs),
                    "gain_db": stem.move.gain_db,
                    "low_db": stem.move.low_db,
                    "high_db": stem.move.high_db,
                    "flaw_probability": stem.move.flaw_probability,
                    "action": stem.move.action,
                    "held_back_db": stem.move.held_back_db,
                    "reasons": [vars(reason) for reason in stem.reasons],
                }
                for stem in self.stems
            ],
            "text": self.text,
            "text_source": self.text_source,
            "passes": self.passes,
            "residual": self.residual,
            "model": vars(self.model),
            "mix": {key: _finite_or_none(value) for key, value in vars(self.mix).items()},
            "files": [_told(use) for use in self.files],
            "links": self.links,
            "balance": self.balance,
            "usual": None if self.usual is None else _usual_told(self.usual),
            "loudness": LOUDNESS,
        }
        if self.reference is not None:
            data["reference"] = vars(self.reference)
        if self.faders is not None:
            levels = (self.faders.loudness_lufs, self.faders.true_peak_dbtp)
            named = zip(("loudness_lufs", "true_peak_dbtp"), map(_finite_or_none, levels), strict=True)
            data["faders"] = {"gains_db": self.faders.gains_db, **dict(named)}
        text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        # A file name that is not valid Unicode holds lone surrogates; \udcff is how JSON writes them.
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    @classmethod
    def from_json(cls, text: str) -> "Advice":
        """Reads what `to_json` wrote.

        Raises: InputError for anything else, naming the field that is wrong.
        """
        from explainer.advice.json import read  # only readers need pydantic

        return read(text)


NOBODY = ModelStamp("imagined", "0", "")  # who advises on songs that do not exist
LEVELS = MixLevels(-14.0, -14.0, -1.0, 0.0)
ROLES = {"vocals": Role.VOCALS, "drums": Role.DRUMS, "bass": Role.BASS}


def advise(
    song: Song,
    correction: Correction,
    loudness_lufs: Sequence[float],
    mix: MixLevels,
    model: ModelStamp,
    balance: Mapping[Role, float] | None = None,
    usual: Usual | None = None,
) -> Advice:
    """Puts together the advice on `song`, every number rounded for people.

    Args:
        correction: the moves, in the song's order.
        loudness_lufs: integrated loudness of each stem before any move, in the song's order.
        balance: the level of each role with the gains, dB.
        usual: what the song was judged against; None: all music.
    """
    files = song.files or [None] * len(song.names)
    moves = [replace(move, flaw_probability=round(move.flaw_probability, 3)) for move in correction.moves]
    levels = [round(lufs, 2) for lufs in loudness_lufs]
    rows = zip(song.names, song.roles, files, levels, moves, strict=True)
    return Advice(
        song=song.title,
        sample_rate=song.sample_rate,
        duration_s=round(song.duration_s, 3),
        anchor=correction.anchor,
        strength_percent=correction.strength_percent,
        stems=tuple(StemAdvice(*row) for row in rows),
        model=model,
        mix=MixLevels(**{key: round(value, 2) for key, value in vars(mix).items()}),
        passes=correction.passes,
        residual=correction.residual,
        files=song.account,
        links=song.links,
        balance={role: round(db, 2) for role, db in (balance or {}).items()},
        usual=None if usual is None else usual.rounded(),
        familiarity=correction.familiarity,
    )


def _told(use: FileUse) -> dict[str, object]:
    """What became of a file, without what there is nothing to say of."""
    return {key: value for key, value in vars(use).items() if value}


def _usual_told(usual: Usual) -> dict[str, object]:
    levels = {role: {"mean_db": db, "spread_db": usual.spread_db[role]} for role, db in usual.mean_db.items()}
    return {"source": usual.source, "levels": levels}


def _finite_or_none(level: float) -> float | None:
    return level if math.isfinite(level) else None
