"""What is computed from a song and a state, each thing once: what was heard, the advice, the mix and its levels."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch

from console.audio.loudness import integrated_lufs, true_peak_dbtp
from console.balance.usual import Usual
from console.correct import rounded
from console.correct.links import with_linked
from console.correct.passes import refine
from console.model import Console
from console.network.posterior import GainPosterior
from console.read.song import Song
from console.tracks.judge import listen_grouped
from explainer.advice.advice import Advice, ModelStamp
from explainer.language.writer import Writer
from explainer.phrasing.plan import Style
from studio.mixdown import at_the_desk, judgeable, loudness
from studio.session.state import Gains, State
from studio.usual import told

KEPT = 24  # of each kind of result: a few kilobytes each
Result = TypeVar("Result")


@dataclass(frozen=True)
class Levels:
    """A mix, measured.

    Args:
        loudness_lufs: integrated loudness.
        true_peak_dbtp: the largest swing between samples, too.
    """

    loudness_lufs: float
    true_peak_dbtp: float


class Heard:
    """The computed side of a session. It keeps what it computed, by what went into it, so that undo costs nothing.

    Args:
        song: as it was opened.
        console: who listens.
        explainer: who finds the words; None: the embedded one, loaded when it is first asked.
    """

    def __init__(self, song: Song, console: Console, explainer: Writer | None = None) -> None:
        self.song, self.console = song, console
        self._explainer = explainer
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

        def read() -> Song:
            told: dict[str, Any] = {"roles": state.roles, "finer_roles": None}  # read anew from the words
            return replace(self.song, links=state.links, **told)

        return self._once("song", (state.roles, state.links), read, most=1)

    @property
    def loudness_lufs(self) -> tuple[float, ...]:
        """Of each stem and, last, of their plain sum."""
        return self._once("loudness", (), lambda: tuple(loudness(self.song)))

    def usual(self, state: State) -> Usual | None:
        """What the song is judged against; None: all music."""
        choice = state.usual
        key = (choice, state.roles)

        def read() -> Usual | None:
            file = None if choice.file is None else Path(choice.file)
            return told(choice.genre, list(map(Path, choice.like)), file).of(self.song_of(state))

        return self._once("usual", key, read)

    def posterior(self, state: State, gains_db: Gains | None = None) -> GainPosterior:
        """What is believed of the stems as they were opened, or with gains on them."""
        still = gains_db is None or not any(gains_db)
        key = (state.roles, state.links, state.anchor, state.usual, () if still else gains_db)

        def listen() -> GainPosterior:
            song = self.song_of(state)
            judgeable(song)
            known_lufs = dict(zip(song.names, self.loudness_lufs, strict=False)) if still else None
            usual = self.usual(state)
            listen_to = self.console.listen if usual is None else partial(self.console.listen, usual=usual)
            heard = song if still else song.with_gains_db(gains_db or ())
            with torch.inference_mode():
                return listen_grouped(heard, listen_to, state.anchor, known_lufs=known_lufs)

        return self._once("posterior", key, listen)

    def advice(self, state: State) -> Advice:
        """What is suggested, with the reasons for it, without words."""
        return self._once("advice", _judged(state), lambda: self._advised(state))

    def _advised(self, state: State) -> Advice:
        from explainer.speak import with_reasons

        if state.reference is not None:
            return self._matched(state)
        song = self.song_of(state)
        lock = with_linked(song, state.locks)
        correction = refine(song, lambda _: self.posterior(state), 1, state.strength_percent, lock)
        console = ModelStamp(self.console.name, self.console.version, self.console.checksum)
        made = at_the_desk(song, correction, self.loudness_lufs, console, usual=self.usual(state))
        return with_reasons(made.advice, song)

    def _matched(self, state: State) -> Advice:
        from studio.matched import at_the_desk_as, found_in

        song, path = self.song_of(state), Path(state.reference or "")
        key = (state.roles, state.links, state.anchor, state.reference)
        found = self._once("match", key, lambda: found_in(song, path, state.anchor))
        lock = with_linked(song, state.locks)
        return at_the_desk_as(song, found, path, self.loudness_lufs, state.strength_percent, lock).advice

    def words(self, state: State, style: Style) -> Advice:
        """The advice with a text."""
        from explainer.speak import in_words

        def write() -> Advice:
            advice = self.advice(state)
            if state.strength_percent == 0:
                return advice
            embedding = None if state.reference is not None else self.posterior(state).embedding
            return in_words([advice], style, self.explainer, [embedding])[0]

        return self._once("words", (_judged(state), style), write)

    def levels(self, gains_db: Gains) -> Levels:
        """Loudness and peak of the mix with gains on the stems."""

        def measure() -> Levels:
            mix = self.song.mix(gains_db)
            rate = self.song.sample_rate
            return Levels(round(integrated_lufs(mix, rate), 2), round(true_peak_dbtp(mix, rate), 2))

        return self._once("levels", gains_db, measure)

    def known_advice(self, state: State) -> Advice | None:
        """The advice, where it was given already."""
        return self._kept.get("advice", OrderedDict()).get(_judged(state))

    @property
    def known_loudness(self) -> tuple[float, ...] | None:
        """The loudness of the stems and of their sum, where it was measured already."""
        return self._kept.get("loudness", OrderedDict()).get(())

    def known_levels(self, gains_db: Gains) -> Levels | None:
        """The same, where it was measured already."""
        return self._kept.get("levels", OrderedDict()).get(gains_db)

    def left_db(self, state: State) -> tuple[float, ...] | None:
        """What the console would still move at the present faders; None where it was not asked, or has no ears for it:
        of a song that is matched to a reference."""
        key = (state.roles, state.links, state.anchor, state.usual, state.gains_db if any(state.gains_db) else ())
        heard = self._kept.get("posterior", OrderedDict()).get(key)
        if heard is None or state.reference is not None:
            return None
        return tuple(map(rounded, heard.median_db.tolist()))

    def _once(self, kind: str, key: Hashable, compute: Callable[[], Result], most: int = KEPT) -> Result:
        """What was computed before, or now; the oldest results go."""
        kept = self._kept.setdefault(kind, OrderedDict())
        if key not in kept:
            kept[key] = compute()
            while len(kept) > most:
                kept.popitem(last=False)
        kept.move_to_end(key)
        return kept[key]


def _judged(state: State) -> State:
    """All of a state that the advice depends on."""
    return replace(state, gains_db=())
