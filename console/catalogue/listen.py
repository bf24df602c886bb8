"""One song of a catalogue: read and measured, then heard by the console, in the same process or another."""

from dataclasses import dataclass
from functools import partial

from console.catalogue.believed import KILLED, STRIKES, Believed, known_of, rows_of
from console.catalogue.places import fetched, state_of
from console.catalogue.task import Outcome, Task, failed
from console.correct.judgeable import judgeable
from console.correct.passes import refine
from console.model import Console
from console.network.posterior import GainPosterior
from console.read.song import Song
from console.stream.loudness import integrated_lufs
from console.tracks.judge import listen_grouped


@dataclass(frozen=True)
class Asked:
    """How songs are listened to, the same for each.

    Args:
        settings: a hash of the console and of what follows.
        anchor: the stem whose level is taken as right.
        most_windows: listen to no more stretches of 10 s than these, evenly spread; None: to the whole song.
        console: what the console is called.
    """

    settings: str
    anchor: str | None = None
    most_windows: int | None = None
    console: str = ""


@dataclass(frozen=True, eq=False)
class Opened:
    """A song that was read, or what came of that.

    Args:
        asked: how it is listened to.
        state: of its files, before it was read: what changes meanwhile is found changed.
        level_lufs: of its stems.
        failure: where it cannot be listened to.
    """

    task: Task
    asked: Asked
    state: str
    song: Song | None = None
    level_lufs: tuple[float, ...] = ()
    failure: Outcome | None = None

    def heard_by(self, console: Console) -> tuple[Outcome, Believed | None]:
        """What came of the song, and what is to be kept of it: nothing new where it was finished before."""
        if self.failure is not None:
            return self.failure, self._failed(self.failure)
        if self.song is None:
            return Outcome(self.task, found=True), None
        try:
            return Outcome(self.task), self._heard(self.song, console)
        except Exception as error:
            outcome = failed(self.task, error)
            return outcome, self._failed(outcome)

    def _heard(self, song: Song, console: Console) -> Believed:
        asked = self.asked
        anchor = None if asked.anchor is None else song.names[song.index(asked.anchor)]
        known_lufs = dict(zip(song.names, self.level_lufs, strict=True))
        believed: list[GainPosterior] = []

        def listen(heard: Song) -> GainPosterior:
            listen_to = partial(console.listen, most_windows=asked.most_windows)
            believed.append(listen_grouped(heard, listen_to, anchor, known_lufs=known_lufs))
            return believed[-1]

        correction = refine(song, listen)
        rows = rows_of(self.task.name, song, correction, believed[0], self.level_lufs, asked.console)
        return Believed(asked.settings, self.state, tuple(rows))

    def _failed(self, outcome: Outcome) -> Believed:
        return Believed(self.asked.settings, self.state, failure=outcome.failure, where=outcome.where)


def open_song(task: Task, asked: Asked) -> Opened:
    """Reads a song; whatever goes wrong is told and not raised.

    That it is begun is put down first: a song whose process is killed again and again is given up.

    Raises: InputError where nothing can be written.
    """
    state = state_of(task.song)
    known = known_of(task)
    begun = 1
    if known is not None and (known.settings, known.song) == (asked.settings, state):
        if known.rows:  # it is finished
            return Opened(task, asked, state)
        begun = known.begun + 1
    if begun > STRIKES:
        return Opened(task, asked, state, failure=Outcome(task, KILLED))
    Believed(asked.settings, state, begun=begun).write(task)
    try:
        with fetched(task.song) as place:
            song = Song.load(place)
        judgeable(song)
        return Opened(task, asked, state, song, tuple(integrated_lufs(stem, song.sample_rate) for stem in song.audio))
    except Exception as error:
        return Opened(task, asked, state, failure=failed(task, error))
