"""Music: what was measured of a song's music, each part with how sure it is and by which method."""

from dataclasses import dataclass

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from console.errors import InputError
from console.music.pulse_and_key import Beats, Chance, Key


@dataclass(frozen=True)
class Chord:
    """A chord from when to when, in Harte's notation ("A:min7", "N" for none)."""

    start_s: float
    end_s: float
    name: str


@dataclass(frozen=True)
class Progression:
    """Chords that follow each other again and again, in Roman numerals of the key, and how often."""

    numerals: tuple[str, ...]
    times: int


@dataclass(frozen=True)
class Share:
    """How much of the time something has, in per cent."""

    name: str
    percent: int


@dataclass(frozen=True)
class Chords:
    """The chords, and what makes a list of them readable.

    Args:
        commonest: at most six, the commonest first; share of the time in which any chord sounds.
        minor_percent: of that time, under chords with a minor third.
        progressions: at most four, the commonest first.
    """

    chords: tuple[Chord, ...]
    changes_per_minute: float
    commonest: tuple[Share, ...]
    minor_percent: int
    mean_length_s: float
    progressions: tuple[Progression, ...]
    heard_in: str
    confidence: Chance
    by: str


@dataclass(frozen=True)
class Tag:
    """A tag and how likely it is, 0 to 1."""

    name: str
    probability: Chance


@dataclass(frozen=True)
class Timbre:
    """How something sounds, each from 0 (none) to 100 (most) by published formulas; sharpness in acum."""

    brightness: float
    warmth: float
    roughness: float
    hardness: float
    depth: float
    sharpness_acum: float


@dataclass(frozen=True)
class Section:
    """A stretch of the song.

    Args:
        label: sections alike have the same letter.
        enters, rests: stems that begin to sound, and that fall silent, where it begins.
        level_lufs: how loud the mix is in it; None in silence.
        stem_level_lufs: how loud each stem is, by its name; those that sound.
        timbre, tags: of the mix in it; None and empty where they were not measured.
        confidence: 0 to 1, that a section begins here.
        key: that it is mostly in; None unless the song's key changes.
    """

    start_s: float
    end_s: float
    label: str
    enters: tuple[str, ...]
    rests: tuple[str, ...]
    level_lufs: float | None
    stem_level_lufs: dict[str, float]
    timbre: Timbre | None = None
    tags: tuple[Tag, ...] = ()
    confidence: Chance = 1.0
    key: str | None = None


@dataclass(frozen=True)
class Form:
    """The sections, in their order.

    Args:
        confidence: 0 to 1: how many of the cuts are right, to be expected.
    """

    sections: tuple[Section, ...]
    confidence: Chance
    by: str


@dataclass(frozen=True)
class Tags:
    """What the mix and each stem sound like to a network that was trained on people's tags.

    Args:
        genres, moods, instruments, voices, eras: the likeliest of each kind, the likeliest first.
        of_stems: by the stem's name, the likeliest instruments.
        embedding: 200 values that songs can be compared by.
    """

    genres: tuple[Tag, ...]
    moods: tuple[Tag, ...]
    instruments: tuple[Tag, ...]
    voices: tuple[Tag, ...]
    eras: tuple[Tag, ...]
    of_stems: dict[str, tuple[Tag, ...]]
    embedding: tuple[float, ...]
    by: str


@dataclass(frozen=True)
class Melody:
    """What is sung.

    Args:
        stems: that were listened to.
        lowest, highest, middle: notes, as "A3"; 5 %, 95 % and half of the sung time lie below them.
        range_semitones: from the lowest to the highest.
        register: in words, such as "tenor" or "alto".
        voiced_percent: of the song's time.
    """

    stems: tuple[str, ...]
    lowest: str
    highest: str
    middle: str
    range_semitones: int
    register: str
    voiced_percent: int
    confidence: Chance
    by: str


@dataclass(frozen=True)
class Target:
    """A streaming service's loudness, and by how much it would turn the mix up or down.

    Args:
        only_down: whether it leaves quieter mixes as they are.
    """

    service: str
    target_lufs: float
    change_db: float
    only_down: bool


@dataclass(frozen=True)
class Band:
    """A band of the mix, and its share of the energy in dB below the whole."""

    low_hz: int
    high_hz: int
    share_db: float


@dataclass(frozen=True)
class Mix:
    """The mix as a meter has it.

    Args:
        range_lu: loudness range (EBU Tech 3342); None for less than 3 s.
        true_peak_dbtp: None in silence, as are the others.
        crest_db: true peak against the mean level while it sounds.
        correlation: of left and right, -1 to 1; None in mono.
        width_percent: energy of the sides against all.
    """

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None
    crest_db: float | None
    bands: tuple[Band, ...]
    correlation: float | None
    width_percent: int | None
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Spectrum:
    """The mix in thirds of an octave.

    Args:
        bands_hz: what they are called.
        level_db: the energy of each against that of the whole.
        usual_db: the same of a usual mix that is as loud between them; None beyond where anything is usual.
    """

    bands_hz: tuple[float, ...]
    level_db: tuple[float, ...]
    usual_db: tuple[float | None, ...]

    def __post_init__(self) -> None:
        if not len(self.bands_hz) == len(self.level_db) == len(self.usual_db):
            raise ValueError("a spectrum has a level and a usual one for each of its bands")


@dataclass(frozen=True)
class Course:
    """How loud everything is over time.

    Args:
        step_s: from one point to the next; the first is of 0 to `step_s`.
        peaks: of the mix, full scale 1.
        mix_lufs, stems_lufs: loudness, momentary (BS.1770) or of the whole step; None where nothing sounds.
    """

    step_s: float
    peaks: tuple[float, ...]
    mix_lufs: tuple[float | None, ...]
    stems_lufs: dict[str, tuple[float | None, ...]]


@checked(frozen=True, config=ConfigDict(allow_inf_nan=False))
class Music:
    """What was measured of a song's music. What was not is None, and `missing` says why.

    Args:
        stems: what plays what, by the stem's name.
        missing: sentences.
    """

    song: str
    duration_s: float
    stems: dict[str, str]
    beats: Beats | None = None
    key: Key | None = None
    chords: Chords | None = None
    form: Form | None = None
    tags: Tags | None = None
    melody: Melody | None = None
    timbre: Timbre | None = None
    mix: Mix | None = None
    spectrum: Spectrum | None = None
    course: Course | None = None
    missing: tuple[str, ...] = ()

    def to_json(self, indent: int | None = 1) -> str:
        """As text; `from_json` reads it back."""
        return _MUSIC.dump_json(self, indent=indent).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> "Music":
        """Raises: InputError where the text is no such analysis."""
        try:
            return _MUSIC.validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            said = f"{where}: {first['msg']}" if where else first["msg"]
            raise InputError(
                f"This is no analysis of music, as mixconsole report --json writes it ({said})."
            ) from error


_MUSIC = TypeAdapter(Music)


def schema() -> dict[str, object]:
    """JSON schema of an analysis."""
    return _MUSIC.json_schema()
