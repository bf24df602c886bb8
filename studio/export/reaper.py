"""REAPER: a project (.rpp) whose tracks are the stems, with the sound beside it, so that the folder opens anywhere."""

from collections.abc import Sequence

from explainer.advice.shown import shown
from studio.export.desk import Desk
from studio.export.names import file_name
from studio.export.places import Place
from studio.export.put import COLOUR, MASTER, Put, told
from studio.export.stages import amplitude, decimal, staged
from studio.export.stems import write_sound

FADER_DB = 12.0  # the most that a fader of REAPER shows, as it comes; of the master, too
ITEM_DB = 24.0  # the most that an item's trim takes, and a take's volume
OWN_COLOUR = 0x1000000  # a track has one of its own


def write_reaper(desk: Desk, place: Place, put: Put = Put.TRIM) -> None:
    """Writes the project and its sound.

    Args:
        put: on the trim of each track's item, so that the faders stay free, or on the faders. What is more than one of
            these takes goes to the volume of the take, and at last to the other.

    Raises: InputError for a gain that is more than all of them take, before anything is written.
    """
    gains = [_staged(name, gain_db, put) for name, gain_db in zip(desk.song.names, desk.gains_db, strict=True)]
    (master_db,) = staged(MASTER, desk.trim_db, (FADER_DB,), "a REAPER project")
    paths = write_sound(desk, place, "audio", [0.0] * len(gains))
    place.text(f"{file_name(desk.song.title)}.rpp", _project(desk, gains, master_db, paths))


def _staged(name: str, gain_db: float, put: Put) -> dict[str, float]:
    """What is put where: on the item's trim, its take and the track's fader."""
    most_db = {"fader": FADER_DB, "item": ITEM_DB, "take": ITEM_DB}
    order = ("item", "take", "fader") if put is Put.TRIM else ("fader", "item", "take")
    parts_db = staged(name, gain_db, [most_db[each] for each in order], "a REAPER project")
    return dict(zip(order, parts_db, strict=True))


def _project(desk: Desk, gains: Sequence[dict[str, float]], master_db: float, paths: Sequence[str]) -> str:
    """The text of the project: a line for each setting, blocks in angle brackets."""
    song = desk.song
    notes = [f"    |{shown(line)}" for line in told(desk)]
    lines = [
        '<REAPER_PROJECT 0.1 "6.0/mixconsole" 0',
        *(["  <NOTES 0 2", *notes, "  >"] if notes else []),
        "  PANLAW 1",  # 0 dB in the middle
        "  TIMELOCKMODE 0",  # sound stays where it is when the tempo is changed
        f"  SAMPLERATE {song.sample_rate} 1 0",
        "  TEMPO 120 4 4",
        "  MASTER_NCH 2 2",
        f"  MASTER_VOLUME {decimal(amplitude(master_db))} 0 -1 -1 1",
    ]
    for name, role, parts_db, path in zip(song.names, song.roles, gains, paths, strict=True):
        lines += _track(name, COLOUR[role], parts_db, path, song.duration_s)
    return "\n".join([*lines, ">", ""])


def _track(name: str, colour: str, parts_db: dict[str, float], path: str, duration_s: float) -> list[str]:
    """A track with one item, from the song's start to its end."""
    fader, item, take = (decimal(amplitude(parts_db[part])) for part in ("fader", "item", "take"))
    return [
        "  <TRACK",
        f"    NAME {quoted(name)}",
        f"    PEAKCOL {_native(colour)}",
        f"    VOLPAN {fader} 0 -1 -1 1",
        "    MUTESOLO 0 0 0",
        "    NCHAN 2",
        "    MAINSEND 1 0",
        "    <ITEM",
        "      POSITION 0",
        f"      LENGTH {decimal(duration_s)}",
        "      LOOP 0",
        "      FADEIN 1 0 0 1 0 0 0",  # none
        "      FADEOUT 1 0 0 1 0 0 0",
        "      MUTE 0 0",
        f"      NAME {quoted(name)}",
        f"      VOLPAN {item} 0 {take} -1",
        "      SOFFS 0",
        "      PLAYRATE 1 1 0 -1 0 0.0025",
        "      CHANMODE 0",
        "      <SOURCE WAVE",
        f"        FILE {quoted(path)}",
        "      >",
        "    >",
        "  >",
    ]


def quoted(text: str) -> str:
    """A text as REAPER writes it: in the first kind of quotes that is not in it. Nothing is escaped by backslashes;
    where all three are in it, its backticks become apostrophes."""
    plain = shown(text)
    for quote in "\"'`":
        if quote not in plain:
            return f"{quote}{plain}{quote}"
    return "`" + plain.replace("`", "'") + "`"


def _native(colour: str) -> int:
    """A colour as a number: blue, green, red."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return OWN_COLOUR | blue << 16 | green << 8 | red
