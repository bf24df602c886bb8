"""From belief to faders: which stems of a song should move, and by how much."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from console.balance import ROLES
from console.correct.links import heads_of, with_linked
from console.errors import InputError
from console.network.posterior import BINS_DB, STEP_DB, GainPosterior, quantile_db
from console.read.song import Song

# Seconds in which at least two stems sound. Of excerpts of six real songs the corrections of shorter ones were further
# off than no correction.
SHORTEST_S = 3.0
AUDIBLE_DB = 1.0  # a smaller correction is not heard: the stem is left
# The chance from which a stem is taken to be off, on that side and audibly: two to one. Below it, whole real songs that
# nobody spoiled are moved in one of four, and flawed ones end no nearer.
SURE = 0.65
# Between stems of one role the level of the whole does not hang on it, and songs that are right are hardly moved.
SURE_WITHIN = 0.5
RANGE_LEVEL = 0.8  # the range that is stated holds the right correction this often
DECIMALS = 2  # of a dB: what is written down is what is applied, so that numbers on paper give the same mix


class Action(StrEnum):
    """What happens to a stem, and why nothing happens to it."""

    RAISE = "raise"
    LOWER = "lower"
    LEAVE = "leave"  # heard, and right, or not surely off
    ANCHOR = "anchor"  # right because somebody said so
    SILENT = "silent"  # nothing to hear
    LOCKED = "locked"  # heard, but not to be touched


@dataclass(frozen=True)
class Move:
    """What one stem's fader does, and how sure the console is.

    Args:
        action: the move, or the reason that there is none.
        gain_db: the gain to apply; 0 unless the action is to raise or to lower.
        low_db, high_db: the range that holds the right correction with probability 0.8, scaled by the
            strength: half of it at 50 %; a stem that is left or locked has one too.
        flaw_probability: chance (0..1) that the stem has any flaw.
        held_back_db: the correction of a locked stem that is off, which is not applied, at full strength; else 0.
    """

    action: Action
    gain_db: float
    low_db: float
    high_db: float
    flaw_probability: float
    held_back_db: float = 0.0

    @property
    def moves(self) -> bool:
        """Whether this stem should be raised or lowered."""
        return self.action in (Action.RAISE, Action.LOWER)

    @property
    def free(self) -> bool:
        """Whether this stem may move at all."""
        return self.moves or self.action is Action.LEAVE


@dataclass(frozen=True)
class Correction:
    """One move per stem, in the song's order.

    Args:
        names, moves: the stems and what happens to them.
        anchor: the stem whose level is taken as right, if one was given.
        strength_percent: how much of the full correction (0..100 %) the gains and ranges are.
        passes: how many listenings the gains come from.
        residual: if the corrected song was listened to again, the medians (dB, one per stem) that were then
            believed, a row for each pass. A row more than there are passes is of one that was taken back.
        familiarity: how like anything that the console learnt the song is, 0..1.
    """

    names: tuple[str, ...]
    moves: tuple[Move, ...]
    anchor: str | None
    strength_percent: float
    passes: int = 1
    residual: tuple[tuple[float, ...], ...] = ()
    familiarity: float = 1.0

    @property
    def still(self) -> bool:
        """True when nothing moves."""
        return not any(move.moves for move in self.moves)

    @property
    def balanced(self) -> bool:
        """True when nothing should move: no stem is off, not even one that is locked."""
        return self.still and not any(move.held_back_db for move in self.moves)

    def gains_db(self, trim_db: float = 0.0) -> Float[Tensor, " stem"]:
        """The gain to put on each stem, dB, each with `trim_db` added."""
        gains_db = [round(move.gain_db + trim_db, DECIMALS) for move in self.moves]
        return torch.tensor(gains_db, dtype=torch.float64)  # as written: a float32 dB gives another factor


def moved_db(
    probability: Float[Tensor, "*stems bin"], sure: float | Float[Tensor, "*stems"] = SURE
) -> Float[Tensor, "*stems"]:
    """What a belief comes to: its median (dB) where that is heard and at least so sure (a chance), else 0."""
    median_db = quantile_db(probability, 0.5)
    audible = BINS_DB.to(probability) * median_db.sign()[..., None] >= AUDIBLE_DB - STEP_DB / 2
    enough = (probability * audible).sum(-1) >= sure
    return torch.where(enough & (median_db.abs() >= AUDIBLE_DB), median_db, 0.0)


def sure_from(role: Int[Tensor, "*songs stem"], sounds: Bool[Tensor, "*songs stem"]) -> Float[Tensor, "*songs stem"]:
    """The chance from which each stem moves: less is enough for one of several stems of a role that sound.

    Args:
        role: any number that tells the roles apart.
        sounds: False for stems that do not count: silent ones, and of those that move together all but one.
    """
    alike = (role[..., :, None] == role[..., None, :]) & sounds[..., None, :]
    return torch.where(alike.sum(-1) > 1, SURE_WITHIN, SURE)


def decide(
    song: Song,
    posterior: GainPosterior,
    strength_percent: float = 100.0,
    lock: Collection[str] = (),
    before_db: Sequence[float] | None = None,
) -> Correction:
    """What to do with each stem of `song`, given what the console believes of it.

    A stem moves by the median of its belief when that is at least 1 dB and the chance that it is off to that side by so
    much is 0.65 or more (0.5 of one of several stems of a role that sound, linked ones being one); otherwise it is
    left. The anchor, silent stems and the stems named in `lock` do not move, nor what is linked to the anchor.

    Args:
        strength_percent: how much of the correction to apply, 0..100 %.
        lock: names of stems to leave alone.
        before_db: the gains of an earlier correction, at full strength, that the song was heard with. What is
            decided is added to them; a sum under 1 dB is none.

    Raises:
        InputError: a strength outside 0..100, or a locked stem that the song does not have.
        ValueError: a posterior about other stems than the song's.
    """
    if not 0 <= strength_percent <= 100:
        raise InputError(f"The strength is a percentage from 0 to 100, not {strength_percent:g}.")
    if posterior.names != song.names:
        raise ValueError(f"a belief about {posterior.names} says nothing about {song.names}")
    locked = {song.index(name) for name in lock}
    anchors = {song.index(name) for name in with_linked(song, [posterior.anchor] if posterior.anchor else [])}
    low_db, high_db = (bound.tolist() for bound in posterior.interval_db(RANGE_LEVEL))
    silent = posterior.silent.tolist()
    moved = moved_db(posterior.probability, _sure(song, silent).to(posterior.probability)).tolist()
    flaw_probability = posterior.flaw_probability.tolist()
    before_db = [0.0] * len(song.names) if before_db is None else before_db

    def share(full_db: float) -> float:
        return rounded(full_db * strength_percent / 100)

    def move(stem: int) -> Move:
        if silent[stem] and not before_db[stem]:
            return Move(Action.SILENT, 0.0, 0.0, 0.0, 0.0)
        if stem in anchors:
            return Move(Action.ANCHOR, 0.0, 0.0, 0.0, 0.0)
        full_db = before_db[stem]
        full_db += moved[stem]
        held_back_db = rounded(full_db) if stem in locked and abs(full_db) >= AUDIBLE_DB else 0.0
        if stem in locked:
            action, full_db = Action.LOCKED, 0.0
        elif abs(full_db) < AUDIBLE_DB:
            action, full_db = Action.LEAVE, 0.0
        else:
            action = Action.RAISE if full_db > 0 else Action.LOWER
        range_db = (share(before_db[stem] + low_db[stem]), share(before_db[stem] + high_db[stem]))
        return Move(action, share(full_db), *range_db, flaw_probability[stem], held_back_db)

    moves = tuple(move(stem) for stem in range(len(song.names)))
    told = round(posterior.familiarity, DECIMALS)
    return Correction(song.names, moves, posterior.anchor, float(strength_percent), familiarity=told)


def _sure(song: Song, silent: Sequence[bool]) -> Float[Tensor, " stem"]:
    """The chance from which each stem moves: of those that move together, the first stands for all."""
    heads = heads_of(song)
    sounding = {head for head, still in zip(heads, silent, strict=True) if not still}
    role = torch.tensor([ROLES.index(song.roles[song.names.index(head)]) for head in heads])
    counts = [name in sounding for name in song.names]  # only heads are in it
    return sure_from(role, torch.tensor(counts))


def rounded(gain_db: float) -> float:
    """A gain as it is written down."""
    return round(gain_db, DECIMALS) + 0.0  # + 0 makes -0 a 0
