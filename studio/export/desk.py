"""What an export is made of: a song, what is put on its stems, and the advice on it."""

from dataclasses import dataclass, replace
from functools import cached_property

from jaxtyping import Float32
from torch import Tensor

from console.balance.measured import measure_song
from console.correct import rounded
from console.errors import InputError
from console.read.song import Song
from explainer.advice.advice import Advice, Faders
from explainer.phrasing.plan import Style
from studio.session import Session


@dataclass(frozen=True, eq=False)
class Desk:
    """A song, and what its mix puts on its stems.

    Args:
        song: as it was read.
        gains_db: on each stem, in the song's order.
        trim_db: on all of them together.
        advice: on the song; None where nobody listened.

    Raises: InputError where there are not as many gains as stems.
    """

    song: Song
    gains_db: tuple[float, ...]
    trim_db: float = 0.0
    advice: Advice | None = None

    def __post_init__(self) -> None:
        if len(self.gains_db) != len(self.song.names):
            raise InputError(f"{len(self.song.names)} stems need as many gains, not {len(self.gains_db)}.")

    @classmethod
    def of_advice(cls, song: Song, advice: Advice) -> "Desk":
        """As an advice on this song has it."""
        of_stem = dict(zip(advice.names, advice.gains_db, strict=True))
        return cls(song, tuple(of_stem[name] for name in song.names), advice.mix.trim_db, advice)

    @classmethod
    def of_session(cls, session: Session) -> "Desk":
        """As the faders of a session stand now, with what is advised, where that is known already."""
        state = session.state
        known = session.heard.known_advice(state)
        return cls(session.heard.song_of(state), state.gains_db, advice=known)

    @property
    def sums_db(self) -> tuple[float, ...]:
        """What is put on each stem, the trim included."""
        return tuple(rounded(gain_db + self.trim_db) for gain_db in self.gains_db)

    @property
    def as_advised(self) -> bool:
        """Whether the gains are those that the advice comes to; true where there is no advice."""
        if self.advice is None:
            return True
        of_stem = dict(zip(self.song.names, self.gains_db, strict=True))
        return all(of_stem[stem.name] == stem.move.gain_db for stem in self.advice.stems)

    @cached_property
    def mix(self) -> Float32[Tensor, "channel time"]:
        """The sum of the stems with these gains."""
        return self.song.mix(self.sums_db)


def advice_of(session: Session, worded: bool = True) -> Advice:
    """The advice of a session on its stems as they were opened; and where the faders stand, if that is not where the
    moves alone lead.

    What was advised stays what was advised: no number of a move, nor the words, is made to fit the faders.

    Args:
        worded: with words, which take a moment to find.
    """
    heard, state = session.heard, session.state
    advice = heard.words(state, Style.FULL) if worded else session.advice
    *stems_lufs, mix_lufs = (round(lufs, 2) for lufs in heard.loudness_lufs)
    stems = (replace(stem, loudness_lufs=lufs) for stem, lufs in zip(advice.stems, stems_lufs, strict=True))
    mix = replace(advice.mix, loudness_lufs_before=mix_lufs)
    advice = replace(advice, stems=tuple(stems), mix=mix)
    if state.gains_db == advice.gains_db:
        return advice
    levels = heard.levels(state.gains_db)
    level_db = measure_song(heard.song_of(state), state.gains_db).level_db
    balance = {role: round(db, 2) for role, db in level_db.items()}
    return replace(advice, faders=Faders(state.gains_db, levels.loudness_lufs, levels.true_peak_dbtp), balance=balance)
