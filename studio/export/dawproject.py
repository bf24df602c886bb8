"""DAWproject 1.0, which Bitwig Studio, Studio One and Cubase open: a zip of project.xml, metadata.xml and the sound."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from importlib.metadata import version
from itertools import count

from console.read.song import Song
from explainer.advice.shown import shown
from studio.export.desk import Desk
from studio.export.places import Place
from studio.export.put import COLOUR, MASTER, Put, told
from studio.export.stages import amplitude, decimal, staged
from studio.export.stems import write_sound

FADER_DB = 6.0  # the most that the faders of all of them show; Volume's maximum of 2 is 6.02 dB
SOUND_DB = 54.0  # the most that is put on the sound, which as float has no end
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def write_dawproject(desk: Desk, place: Place, put: Put = Put.FADER) -> None:
    """Writes what is in the zip.

    Args:
        put: on the channels' volumes, or (the format has no trim that all DAWs read) on the sound itself, so that the
            faders stay free. What is more than a fader takes is put on the sound, too.

    Raises: InputError for a gain that is more than both take, before anything is written.
    """
    names, most_db = desk.song.names, ((FADER_DB, SOUND_DB) if put is Put.FADER else (FADER_DB + SOUND_DB,))
    parts = [staged(name, gain_db, most_db, "a DAWproject") for name, gain_db in zip(names, desk.gains_db, strict=True)]
    faders_db = [part[0] if put is Put.FADER else 0.0 for part in parts]
    sound_db = [part[-1] for part in parts]
    (master_db,) = staged(MASTER, desk.trim_db, (FADER_DB,), "a DAWproject")
    place.text("metadata.xml", _metadata(desk))
    paths = write_sound(desk, place, "audio", sound_db)
    place.text("project.xml", _project(desk.song, faders_db, sound_db, master_db, paths))


def _metadata(desk: Desk) -> str:
    root = ET.Element("MetaData")
    ET.SubElement(root, "Title").text = shown(desk.song.title)
    lines = told(desk)
    if lines:
        ET.SubElement(root, "Comment").text = "\n".join(map(shown, lines))
    return _written(root)


def _project(
    song: Song, faders_db: Sequence[float], sound_db: Sequence[float], master_db: float, paths: Sequence[str]
) -> str:
    """The tracks, each with a clip from the song's start to its end; time is in seconds, as stems tell no beats."""
    numbers = count()
    root = ET.Element("Project", version="1.0")
    ET.SubElement(root, "Application", name="mixconsole", version=version("mixconsole"))
    transport = ET.SubElement(root, "Transport")
    ET.SubElement(transport, "Tempo", unit="bpm", value="120", min="20", max="666", id=_id(numbers), name="Tempo")
    ET.SubElement(transport, "TimeSignature", numerator="4", denominator="4", id=_id(numbers))
    structure = ET.SubElement(root, "Structure")
    arrangement = ET.SubElement(root, "Arrangement", id=_id(numbers))
    lanes = ET.SubElement(arrangement, "Lanes", timeUnit="seconds", id=_id(numbers))
    master = _id(numbers)
    for name, role, fader_db, on_sound_db, path in zip(song.names, song.roles, faders_db, sound_db, paths, strict=True):
        track = ET.SubElement(
            structure,
            "Track",
            contentType="audio",
            loaded="true",
            id=_id(numbers),
            name=shown(name),
            color=COLOUR[role],
        )
        if on_sound_db:
            track.set("comment", f"{on_sound_db:+.2f} dB are in the audio file.")
        _channel(track, numbers, "regular", fader_db, _id(numbers)).set("destination", master)
        _clip(lanes, numbers, track.attrib, path, song)
    track = ET.SubElement(structure, "Track", contentType="audio", loaded="true", id=_id(numbers), name="Master")
    _channel(track, numbers, "master", master_db, master)
    return _written(root)


def _channel(track: ET.Element, numbers: "count[int]", role: str, fader_db: float, own: str) -> ET.Element:
    """A mixer channel: its fader as a factor, panned to the middle."""
    channel = ET.SubElement(track, "Channel", audioChannels="2", role=role, solo="false", id=own)
    ET.SubElement(channel, "Mute", value="false", id=_id(numbers), name="Mute")
    ET.SubElement(channel, "Pan", unit="normalized", value="0.5", min="0", max="1", id=_id(numbers), name="Pan")
    volume = decimal(amplitude(fader_db))
    ET.SubElement(channel, "Volume", unit="linear", value=volume, min="0", max="2", id=_id(numbers), name="Volume")
    return channel


def _clip(lanes: ET.Element, numbers: "count[int]", track: dict[str, str], path: str, song: Song) -> None:
    """A track's sound, not stretched."""
    lane = ET.SubElement(lanes, "Lanes", track=track["id"], id=_id(numbers))
    clips = ET.SubElement(lane, "Clips", id=_id(numbers))
    length_s = decimal(song.duration_s)
    clip = ET.SubElement(
        clips,
        "Clip",
        time="0",
        duration=length_s,
        contentTimeUnit="seconds",
        playStart="0",
        playStop=length_s,
        name=track["name"],
    )
    audio = ET.SubElement(
        clip, "Audio", channels="2", duration=length_s, sampleRate=str(song.sample_rate), id=_id(numbers)
    )
    ET.SubElement(audio, "File", path=path)


def _id(numbers: "count[int]") -> str:
    return f"id{next(numbers)}"


def _written(root: ET.Element) -> str:
    ET.indent(root)
    return HEAD + ET.tostring(root, encoding="unicode") + "\n"
