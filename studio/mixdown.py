"""One song through the desk: listen, decide, mix, measure."""

import math
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from jaxtyping import Float
from torch import Tensor

from console.balance.measured import asked_of as of_roles
from console.balance.measured import measure_song
from console.balance.usual import Usual
from console.correct import DECIMALS, Correction, rounded
from console.correct.judgeable import judgeable
from console.correct.links import joined, with_linked
from console.correct.passes import refine
from console.model import Console
from console.network.posterior import GainPosterior
from console.network.windows import asked_of as of_listening
from console.read.song import Song, step_of
from console.stream.extremes import AskExtremes
from console.stream.loudness import AskLoudness
from console.stream.peak import AskPeak
from console.stream.sound import Meter, Question, Sound, ask
from console.stream.steps import AskEnergies
from console.stream.together import AskVariances
from console.tracks.judge import first_heard, listen_grouped
from explainer.advice.advice import Advice, MixLevels, ModelStamp, advise
from explainer.language.writer import Writer
from explainer.phrasing.plan import Style

Gains = Float[Tensor, " stem"]
Write = Callable[[Song, Gains], AbstractContextManager[Sequence[tuple[Sound, Meter[Any]]]]]


@dataclass(frozen=True, eq=False)
class Mixdown:
    """A song, the advice on it, and the mix that the advice gives.

    Args:
        gains_db: what is put on each stem: its correction and the trim.
        peak_dbtp: the true peak of the mix, not rounded.
        believed: of each stem, when the console first listened; None where it did not.
    """

    song: Song
    advice: Advice
    gains_db: Gains
    peak_dbtp: float
    believed: GainPosterior | None = None

    @cached_property
    def mix(self) -> Float[Tensor, "channel time"]:
        """The sum of the stems with these gains."""
        return self.song.mix(self.gains_db)


def asked_ahead(song: Song, most_windows: int | None = None, words: bool = True) -> list[tuple[Sound, Question[Any]]]:
    """What `run` asks of a song before it knows any gain, for the one pass that reads it.

    Args:
        most_windows: as of `run`; `words`: whether there will be any.
    """
    units, _ = joined(song)
    heard = first_heard(units)
    asked: list[tuple[Sound, Question[Any]]] = [
        (song.sound, AskExtremes()),
        (song.sound, AskVariances(step_of(song.sound))),
        (song.sound, AskLoudness()),
        (song.mixed(), AskLoudness()),
        (heard.sound, AskExtremes()),
        (heard.sound, of_listening(heard.sound, most_windows)),
    ]
    if units is not song:
        asked += [(units.sound, AskExtremes()), (units.sound, AskLoudness())]
    return [*asked, (song.sound, AskEnergies())] if words else asked


def run(
    song: Song,
    console: Console,
    anchor: str | None = None,
    strength_percent: float = 100.0,
    lock: Collection[str] = (),
    headroom_db: float | None = None,
    passes: int = 1,
    style: Style | None = None,
    explainer: Writer | str | Path | None = None,
    tell: Callable[[str], None] = lambda step: None,
    usual: Usual | None = None,
    most_windows: int | None = None,
    write: Write | None = None,
) -> Mixdown:
    """Listens to a song and corrects it.

    Args:
        anchor: the stem whose level is taken as right.
        strength_percent: how much of the correction to apply, 0..100 %.
        lock: names of stems to leave alone.
        headroom_db: how far below 0 dBTP the mix's true peak has to stay; where it does not, all stems are
            lowered together until it does.
        passes: how often to listen and correct, at most; from 2 on, also what is left after each is listened to.
        style: how much the words say that go with the numbers; None for no words; nor are there any at a strength of 0.
        explainer: who finds them, or its folder or Hub name; the embedded explainer by default.
        tell: is told each step as it begins.
        usual: what is usual in music like this; None: in all music, as the console learnt it.
        most_windows: listen to no more stretches of 10 s than these, evenly spread; None: to the whole song.
        write: as of `at_the_desk`.

    Raises:
        InputError: fewer than two stems that sound, an unknown or silent anchor, an unknown locked stem.
    """
    judgeable(song)
    # Said before the work, not after it; and as the song spells them.
    lock = with_linked(song, [song.names[song.index(name)] for name in lock])
    anchor = None if anchor is None else song.names[song.index(anchor)]
    tell("Measuring loudness")
    levels_lufs = loudness(song)

    known_lufs = dict(zip(song.names, levels_lufs, strict=False))  # the last is the mix

    def listen(heard: Song) -> GainPosterior:
        tell("Listening" if heard is song else "Listening again")
        posterior = listen_grouped(heard, listen_to, anchor, known_lufs=known_lufs if heard is song else None)
        believed.append(posterior)
        return posterior

    believed: list[GainPosterior] = []
    listen_to = console.listen if usual is None else partial(console.listen, usual=usual)
    listen_to = listen_to if most_windows is None else partial(listen_to, most_windows=most_windows)

    correction = refine(song, listen, passes, strength_percent, lock)

    model = ModelStamp(console.name, console.version, console.checksum)
    mixdown = at_the_desk(song, correction, levels_lufs, model, headroom_db, tell, usual, write)
    mixdown = replace(mixdown, believed=believed[0])
    if style is not None and strength_percent > 0:
        tell("Finding words")
        from explainer.speak import in_words, with_reasons

        advice = in_words([with_reasons(mixdown.advice, song)], style, explainer, [believed[0].embedding])[0]
        mixdown = replace(mixdown, advice=advice)
    return mixdown


def at_the_desk(
    song: Song,
    correction: Correction,
    loudness_lufs: Sequence[float],
    model: ModelStamp,
    headroom_db: float | None = None,
    tell: Callable[[str], None] = lambda step: None,
    usual: Usual | None = None,
    write: Write | None = None,
) -> Mixdown:
    """The mix that a correction gives, measured, and the advice on it, without words.

    The song passes once more to be mixed, measured and written. Where a headroom is to be kept, it passes twice: what
    is written has to be known before, and is written once.

    Args:
        loudness_lufs: of each stem and, last, of their plain sum, before the correction.
        model: whose correction it is.
        headroom_db, usual: as of `run`.
        write: given the song and the gains of its stems, gives the meters that write what they are fed; None: nothing
            is written.
    """
    *stems_lufs, before_lufs = loudness_lufs
    tell("Mixing")
    roles = of_roles(song, correction.gains_db().tolist())

    def mixed(gains_db: Gains, write: Write | None) -> tuple[float, float]:
        mix = song.mixed(gains_db)
        with nullcontext(()) if write is None else write(song, gains_db) as taps:
            (peak_dbtp,), (lufs,), _ = ask((mix, AskPeak()), (mix, AskLoudness()), roles, taps=taps)
        return peak_dbtp, lufs

    gains_db, trim_db = correction.gains_db(), 0.0
    peak_dbtp, after_lufs = mixed(gains_db, write if headroom_db is None else None)
    if headroom_db is not None:
        if peak_dbtp > -headroom_db:
            trim_db = trim_for(peak_dbtp, headroom_db)
            gains_db = correction.gains_db(trim_db)
        peak_dbtp, after_lufs = mixed(gains_db, write)

    levels = MixLevels(before_lufs, after_lufs, peak_dbtp, trim_db)
    balance = measure_song(song, correction.gains_db().tolist()).level_db
    advice = advise(song, correction, stems_lufs, levels, model, balance, usual)
    return Mixdown(song, advice, gains_db, peak_dbtp)


def lowered(mixdown: Mixdown, trim_db: float) -> Mixdown:
    """The mixdown with `trim_db` put on all stems on top of what they have, and measured again."""
    gains_db = (mixdown.gains_db + trim_db).round(decimals=DECIMALS)
    mix = mixdown.song.mixed(gains_db)
    (peak_dbtp,), (after_lufs,) = ask((mix, AskPeak()), (mix, AskLoudness()))
    levels = replace(
        mixdown.advice.mix,
        loudness_lufs_after=round(after_lufs, 2),
        true_peak_dbtp=round(peak_dbtp, 2),
        trim_db=rounded(mixdown.advice.mix.trim_db + trim_db),
    )
    return replace(mixdown, advice=replace(mixdown.advice, mix=levels), gains_db=gains_db, peak_dbtp=peak_dbtp)


def trim_for(peak_dbtp: float, headroom_db: float = 0.0) -> float:
    """The gain (dB, rounded, at most 0) that brings a true peak to `headroom_db` below 0 dBTP or under."""
    steps = 10**DECIMALS
    return min(0.0, math.floor((-headroom_db - peak_dbtp) * steps) / steps)


def loudness(song: Song) -> list[float]:
    """Integrated loudness of each stem, and last of their plain sum, in LUFS."""
    of_stems, of_mix = ask((song.sound, AskLoudness()), (song.mixed(), AskLoudness()))
    heard = [-math.inf if silent else lufs for lufs, silent in zip(of_stems, song.silent.tolist(), strict=True)]
    return [*heard, *of_mix]
