"""What is computed from a song and a state, each thing once: what was heard, the advice, the mix and its levels."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch

from console.balance.usual import Usual
from console.correct import decide, rounded
from console.correct.judgeable import judgeable
from console.correct.links import heads_of, with_linked
from console.correct.passes import refine
from console.model import Console
from console.music.music import Music
from console.network.posterior import GainPosterior
from console.read.roles import finer_role, parse_role
from console.read.song import Song
from console.stream.loudness import integrated_lufs
from console.stream.peak import true_peak_dbtp
from console.tracks.judge import listen_grouped
from explainer.advice.advice import Advice, ModelStamp
from explainer.language.writer import Writer
from explainer.measured.report import Report
from explainer.phrasing.plan import Style
from studio.mixdown import Mixdown, at_the_desk, loudness
from studio.session.state import Analysed, Gains, State, roles_of
from studio.usual import told

KEPT = 24  # of each kind of result: a few kilobytes each
FULL_PERCENT = 100.0
Result = TypeVar("Result")


@dataclass(frozen=True)
class Levels:
    """A mix, measured.

    Args:
        loudness_lufs: integrated loudness; -inf for one too faint to have any.
        true_peak_dbtp: the largest swing between samples, too.
    """

    loudness_lufs: float
    true_peak_dbtp: float


class Heard:
    """The computed side of a session. It keeps what it computed, by what went into it, so that undo costs nothing.

    What is judged is the song as it was opened, but for the faders that are given: those of the anchor and of locked
    stems are where they stand, and linked stems differ as they do. Moves are on top of that.

    Several threads may ask it, each of a state.

    Args:
        song: as it was opened.
        console: who listens.
        explainer: who finds the words; None: the embedded one, loaded when it is first asked.
    """

    def __init__(self, song: Song, console: Console, explainer: Writer | None = None) -> None:
        self.song, self.console = song, console
        self._lock = threading.Lock()
        self._roles = roles_of(song)
        self._explainer = explainer
        self.last_analysed: Analysed | None = None
        self._kept: dict[str, OrderedDict[Hashable, Any]] = {}

    @property
    def explainer(self) -> Writer:
        """Who finds the words."""
        if self._explainer is None:
            from explainer.language.writer import writer

            self._explainer = writer(None)
        return self._explainer

    def song_of(self, state: State) -> Song:
        """The song with the roles and links of a state."""
        if state.roles == self._roles and state.links == self.song.links:
            return self.song

        def read() -> Song:
            rows = zip(state.roles, self._roles, self.song.roles, self.song.finer_roles, strict=True)
            known = [
                (role, finer) if now == was else (parse_role(now), finer_role(now)) for now, was, role, finer in rows
            ]
            roles, finer_roles = zip(*known, strict=True)
            return replace(self.song, roles=roles, finer_roles=finer_roles, links=state.links)

        return self._once("song", (state.roles, state.links), read, most=2)

    def given_db(self, state: State) -> Gains:
        """The faders that judging takes as given: of stems that are not to move, and how linked ones differ; else 0."""
        song = self.song_of(state)
        fixed = with_linked(song, [*state.locks, *([] if state.anchor is None else [state.anchor])])
        stands_db = dict(zip(song.names, state.gains_db, strict=True))
        pairs = zip(song.names, heads_of(song), strict=True)
        return tuple(stands_db[n] if n in fixed else rounded(stands_db[n] - stands_db[head]) for n, head in pairs)

    @property
    def loudness_lufs(self) -> tuple[float, ...]:
        """Of each stem and, last, of their plain sum, as they were opened."""
        return self._loudness_lufs((0.0,) * len(self.song.names))

    def _loudness_lufs(self, gains_db: Gains) -> tuple[float, ...]:
        return self._once("loudness", gains_db, lambda: tuple(loudness(self._with(self.song, gains_db))))

    def usual(self, state: State) -> Usual | None:
        """What the song is judged against; None: all music."""
        choice = state.usual
        key = (choice, state.roles)

        def read() -> Usual | None:
            file = None if choice.file is None else Path(choice.file)
            return told(choice.genre, list(map(Path, choice.like)), file).of(self.song_of(state))

        return self._once("usual", key, read)

    def posterior(self, state: State, gains_db: Gains) -> GainPosterior:
        """What is believed of the stems with gains on them."""

        def listen() -> GainPosterior:
            song = self.song_of(state)
            judgeable(song)
            still = not any(gains_db)
            known_lufs = dict(zip(song.names, self.loudness_lufs, strict=False)) if still else None
            usual = self.usual(state)
            listen_to = self.console.listen if usual is None else partial(self.console.listen, usual=usual)
            with torch.inference_mode():
                return listen_grouped(self._with(song, gains_db), listen_to, state.anchor, known_lufs=known_lufs)

        return self._once("posterior", _listened(state, gains_db), listen)

    def advice(self, state: State) -> Advice:
        """What is suggested on top of the given faders, with the reasons for it, without words."""
        return self._once("advice", self._judged(state), lambda: self._advised(state))

    def _advised(self, state: State) -> Advice:
        from explainer.speak import with_reasons

        given_db = self.given_db(state)
        song = self._with(self.song_of(state), given_db)
        made = self._made(state, song, given_db)
        moved_db = [stem.move.gain_db for stem in made.advice.stems]
        at = tuple(rounded(base + by) for base, by in zip(given_db, moved_db, strict=True))
        self._once("levels", at, lambda: _levels(made.advice.mix.loudness_lufs_after, made.peak_dbtp))
        return made.advice if state.reference is not None else with_reasons(made.advice, song)

    def _made(self, state: State, song: Song, given_db: Gains) -> Mixdown:
        lock = with_linked(song, state.locks)
        levels_lufs = self._loudness_lufs(given_db)
        if state.reference is not None:
            from studio.matched import at_the_desk_as, found_in

            path = Path(state.reference)
            key = (state.roles, state.links, state.anchor, state.reference, given_db)
            found = self._once("match", key, lambda: found_in(song, path, state.anchor))
            return at_the_desk_as(song, found, path, levels_lufs, state.strength_percent, lock)
        correction = refine(song, lambda _: self.posterior(state, given_db), 1, state.strength_percent, lock)
        console = ModelStamp(self.console.name, self.console.version, self.console.checksum)
        return at_the_desk(song, correction, levels_lufs, console, usual=self.usual(state))

    def suggested_db(self, state: State) -> Gains:
        """Where each fader is suggested to stand."""
        moves = [stem.move for stem in self.advice(state).stems]
        return tuple(rounded(base + move.gain_db) for base, move in zip(self.given_db(state), moves, strict=True))

    def words(self, state: State, style: Style) -> Advice:
        """The advice with a text."""
        from explainer.speak import in_words

        def write() -> Advice:
            advice = self.advice(state)
            if state.strength_percent == 0:
                return advice
            matched = state.reference is not None
            embedding = None if matched else self.posterior(state, self.given_db(state)).embedding
            return in_words([advice], style, self.explainer, [embedding])[0]

        return self._once("words", (self._judged(state), style), write)

    def levels(self, gains_db: Gains) -> Levels:
        """Loudness and peak of the mix with gains on the stems."""

        def measure() -> Levels:
            mix = self.song.mix(gains_db)
            known = None if any(gains_db) else self.known_loudness
            lufs = integrated_lufs(mix, self.song.sample_rate) if known is None else known[-1]
            return _levels(lufs, true_peak_dbtp(mix, self.song.sample_rate))

        return self._once("levels", gains_db, measure)

    def analysed(self, state: State, tell: Callable[[str], None]) -> Music:
        """What the music is at the present faders; where only these were moved, only what they change is heard anew."""
        from studio.measured import music_of

        known = self.known_music(state)
        if known is None:
            last = self.last_analysed
            before = last.music if last is not None and last.roles == state.roles else None
            known = music_of(self._with(self.song_of(state), state.gains_db), tell, before)
        self.last_analysed = Analysed(state.roles, state.gains_db, known)
        return self._once("music", (state.roles, state.gains_db), lambda: known, most=4)

    def known_music(self, state: State) -> Music | None:
        """The same, where it was analysed already."""
        last = self.last_analysed
        if last is not None and (last.roles, last.gains_db) == (state.roles, state.gains_db):
            return last.music
        return self._known("music", (state.roles, state.gains_db))

    def music(self, state: State, tell: Callable[[str], None]) -> tuple[Music, Report]:
        """What the music is, and what was measured of the stems, at the present faders."""
        from studio.measured import report_of

        def measure() -> Report:
            return report_of(self._with(self.song_of(state), state.gains_db), tell)

        return self.analysed(state, tell), self._once("report", (state.roles, state.gains_db), measure, most=4)

    def left_db(self, state: State) -> Gains:
        """What would still be moved at the present faders, at full strength; it is listened where it was not yet."""
        full = replace(state, strength_percent=FULL_PERCENT)
        if state.reference is not None:
            pairs = zip(self.suggested_db(full), state.gains_db, strict=True)
            return tuple(rounded(aim - now) for aim, now in pairs)

        def decided() -> Gains:
            song = self.song_of(state)
            moves = decide(song, self.posterior(state, state.gains_db), lock=with_linked(song, state.locks)).moves
            return tuple(move.gain_db for move in moves)

        return self._once("left", full, decided)

    def known_advice(self, state: State) -> Advice | None:
        """The advice, where it was given already."""
        return self._known("advice", self._judged(state))

    @property
    def known_loudness(self) -> tuple[float, ...] | None:
        """The loudness of the stems and of their sum, where it was measured already."""
        return self._known("loudness", (0.0,) * len(self.song.names))

    def known_levels(self, gains_db: Gains) -> Levels | None:
        """Loudness and peak, where they were measured already."""
        return self._known("levels", gains_db)

    def known_left_db(self, state: State) -> Gains | None:
        """What would still be moved, where that was heard already."""
        full = replace(state, strength_percent=FULL_PERCENT)
        if state.reference is not None:
            known: object = self.known_advice(full)
        else:
            known = self._known("posterior", _listened(state, state.gains_db))
        return None if known is None else self.left_db(state)

    def _judged(self, state: State) -> State:
        """All of a state that the advice depends on."""
        return replace(state, gains_db=self.given_db(state))

    def _with(self, song: Song, gains_db: Gains) -> Song:
        return song.with_gains_db(gains_db) if any(gains_db) else song

    def _known(self, kind: str, key: Hashable) -> Any:
        with self._lock:
            return self._kept.get(kind, OrderedDict()).get(key)

    def _once(self, kind: str, key: Hashable, compute: Callable[[], Result], most: int = KEPT) -> Result:
        """What was computed before, or now; the oldest results go."""
        with self._lock:
            kept = self._kept.setdefault(kind, OrderedDict())
            if key in kept:
                kept.move_to_end(key)
                return kept[key]
        result = compute()
        with self._lock:
            kept[key] = result
            while len(kept) > most:
                kept.popitem(last=False)
        return result


def _levels(loudness_lufs: float, true_peak_dbtp: float) -> Levels:
    return Levels(round(loudness_lufs, 2), round(true_peak_dbtp, 2))


def _listened(state: State, gains_db: Gains) -> Hashable:
    """All that what is believed depends on."""
    return state.roles, state.links, state.anchor, state.usual, gains_db
