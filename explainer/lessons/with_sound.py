"""Lessons with sound: clips of a flawed song, and what a console that hears all of its stems says of it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Float
from torch import Tensor

from console.correct import Action
from console.data.recipe import Recipe
from console.data.sources.source import Source
from console.desk.mixer import db_to_amplitude
from console.network.features import WINDOW_S
from explainer.language.told.ask import Ask
from explainer.language.told.clip import Clip, Part, resampled
from explainer.lessons.heard import Heard, HeardLessons
from explainer.lessons.lessons import comparison, lesson
from explainer.phrasing.answers import Task, instruction
from explainer.phrasing.plan import Style


class ClipLessons:
    """Lessons on excerpts of 10 s, with the clips that are heard.

    What is heard is either the mix alone; or the anchor and then each other stem; or, of two versions of the song that
    differ by one stem's level, that stem and the rest of the first (the balanced one), then of the second.

    Args:
        source: balanced songs.
        rate_hz: of the clips: that of the audio encoder, or above it.
        mix_only: the mix alone is heard.
        versions: share of the lessons on two versions; none where the mix alone is heard.
        console, relevel, short, cache: as of `HeardLessons`.
        draws, no_anchor: as of `console.data.recipe.Recipe`.
    """

    def __init__(
        self,
        source: Source,
        rate_hz: int = 16_000,
        mix_only: bool = False,
        versions: float = 0.25,
        console: str | None = None,
        relevel: bool = True,
        draws: int = 8,
        no_anchor: float = 0.4,
        short: float = 0.4,
        cache: str = "runs/tables",
    ):
        self.source = source
        # Every stem is heard, with its own dynamics: a clip has one gain.
        recipe = Recipe(
            draws=draws, windows=1, no_anchor=no_anchor, mix_only=0.0, dropped=0.0, finer=0.0, second_by_second=0.0
        )
        self.lessons = HeardLessons(source, console, relevel, recipe, short=short, cache=cache)
        self.rate_hz, self.mix_only, self.versions, self.short = rate_hz, mix_only, versions, short

    def asks(self, seed: int) -> Iterator[Ask]:
        """Without end, all songs in turn."""
        rng = np.random.default_rng(seed)
        while True:
            for song in rng.permutation(len(self.source)).tolist():
                yield from self.of_song(song, rng)

    def of_song(self, song: int, rng: np.random.Generator) -> Iterator[Ask]:
        """The lessons on one excerpt of a song, which is read once for all of them."""
        sound: Tensor | None = None
        for heard in self.lessons.heard(song, rng):
            if sound is None:
                sound = self._sound(song, heard)
            style = Style.SHORT if rng.random() < self.short else Style.FULL
            if self.mix_only:
                yield self._mix(heard, sound, style, rng)
            elif int((heard.flaw_db != 0).sum()) <= 1 and rng.random() < self.versions:
                yield self._versions(heard, sound, style, rng)
            else:
                yield self._stems(heard, sound, style, rng)

    def _sound(self, song: int, heard: Heard) -> Float[Tensor, "stem time"]:
        """The excerpt's stems as the source has them, in one channel, at the clips' rate."""
        whole = self.source.song(song)
        start, length = round(heard.start_s * whole.sample_rate), round(WINDOW_S * whole.sample_rate)
        mono = whole.audio[..., start : start + length].mean(1)
        return resampled(heard.groups @ mono, whole.sample_rate, self.rate_hz)

    def _mix(self, heard: Heard, sound: Float[Tensor, "stem time"], style: Style, rng: np.random.Generator) -> Ask:
        """No reason is given: all of them are measured on stems."""
        advice = replace(heard.advice, stems=tuple(replace(stem, reasons=()) for stem in heard.advice.stems))
        anchor = None if advice.anchor is None or rng.random() < 0.5 else advice.alias_by_name[advice.anchor]
        asked = instruction(Task.MIX_ONLY, rng, anchor, style)
        mix = Clip((sound * heard.gain[:, None]).sum(0), self.rate_hz, Part.MIX)
        return replace(lesson(advice, style, rng), instruction=asked, clips=(mix,))

    def _stems(self, heard: Heard, sound: Float[Tensor, "stem time"], style: Style, rng: np.random.Generator) -> Ask:
        advice = heard.advice
        at = {stem.name: i for i, stem in enumerate(advice.stems) if stem.move.action is not Action.SILENT}
        order = sorted(at, key=lambda name: (name != advice.anchor, at[name]))
        flawed = sound * heard.gain[:, None]
        clips = tuple(Clip(flawed[at[name]], self.rate_hz, Part.STEM, name) for name in order)
        return replace(lesson(advice, style, rng, heard.embedding), clips=clips)

    def _versions(self, heard: Heard, sound: Float[Tensor, "stem time"], style: Style, rng: np.random.Generator) -> Ask:
        """The change of the one stem that has a flaw, or of any where none has."""
        told, flaws = heard.advice.stems, heard.flaw_db.tolist()
        sounding = [at for at, stem in enumerate(told) if stem.move.action is not Action.SILENT] or [0]
        stem = next((at for at, db in enumerate(flaws) if db), int(rng.choice(sounding)))
        moves = [replace(own.move, gain_db=-db) for own, db in zip(told, flaws, strict=True)]
        stems = tuple(replace(own, move=move) for own, move in zip(told, moves, strict=True))
        name, clips = told[stem].name, []
        balanced = heard.gain / db_to_amplitude(heard.flaw_db)
        for version, gain in (("A", balanced), ("B", heard.gain)):
            levelled = sound * gain[:, None]
            rest = levelled.sum(0) - levelled[stem]
            clips.append(Clip(levelled[stem], self.rate_hz, Part.STEM, name, version))
            clips.append(Clip(rest, self.rate_hz, Part.REST, name, version))
        return replace(comparison(replace(heard.advice, stems=stems), style, rng), clips=tuple(clips))
