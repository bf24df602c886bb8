"""Mixes to export, and what is read back from what was written: by other readers than our own."""

import io
import math
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import rpp
import soundfile
import torch
from lxml import etree

from console import Song
from console.correct import Action, Correction, Move
from explainer.advice.advice import ModelStamp
from studio.mixdown import Mixdown, at_the_desk, loudness

SCHEMAS = Path(__file__).parent / "dawproject"
NASTY = (
    'He said "it\'s `fine`"',
    "{kick} <b>&amp;</b> > | in",
    "=cmd|' /C calc'!A0",
    "line\nbreak\r\n  >\n>",
    "../../\\..\\up",
    "CON",
    "con",
    " \"`' ",
    "\udcff bytes",
    "[link](http://x.y) *b* `c`",
    "日本語 ~/.x",
    "-3",
)


def mixed(song: Song, gains_db: Mapping[str, float] = {}, headroom_db: float | None = None) -> Mixdown:
    """The song, mixed by an advice with these gains, the other stems left."""

    def move(gain_db: float) -> Move:
        action = Action.RAISE if gain_db > 0 else Action.LOWER if gain_db < 0 else Action.LEAVE
        return Move(action, gain_db, gain_db - 1, gain_db + 1, 0.9 if gain_db else 0.1)

    moves = tuple(move(gains_db.get(name, 0.0)) for name in song.names)
    correction = Correction(song.names, moves, None, 100.0)
    return at_the_desk(song, correction, loudness(song), ModelStamp("by hand", "1", ""), headroom_db)


def nasty_song(seconds: float = 1.0) -> Song:
    """Noise under names that upset formats."""
    generator = torch.Generator().manual_seed(3)
    audio = 0.05 * torch.randn(len(NASTY), 2, round(seconds * 44_100), generator=generator)
    return Song(audio, NASTY, 44_100, title='</Title> "../x" |`')


def reaper_tracks(text: str) -> list[dict]:
    """Name, file and the factors of every track of a REAPER project, and of the master, as the package rpp reads it."""
    project = rpp.loads(text)
    assert project.tag == "REAPER_PROJECT"
    master = float(project.find("MASTER_VOLUME")[1])
    tracks = []
    for track in project.findall("TRACK"):
        items = track.findall("ITEM")
        assert len(items) == 1
        item, take = (float(items[0].find("VOLPAN")[at]) for at in (1, 3))
        tracks.append(
            {
                "name": track.find("NAME")[1],
                "file": items[0].find("SOURCE").find("FILE")[1],
                "fader": float(track.find("VOLPAN")[1]),
                "item": item,
                "take": take,
                "master": master,
                "length_s": float(items[0].find("LENGTH")[1]),
            }
        )
    return tracks


def dawproject_tracks(archive: zipfile.ZipFile) -> list[dict]:
    """The same of a DAWproject, once both of its texts are valid by the official schemas."""
    read = {}
    for schema, name in (("MetaData.xsd", "metadata.xml"), ("Project.xsd", "project.xml")):
        read[name] = etree.fromstring(archive.read(name))
        etree.XMLSchema(etree.parse(SCHEMAS / schema)).assertValid(read[name])
    project = read["project.xml"]
    (master,) = project.xpath("Structure/Track/Channel[@role='master']")
    volume = float(master.find("Volume").get("value"))
    tracks = []
    for track in project.xpath("Structure/Track[Channel/@role='regular']"):
        channel = track.find("Channel")
        assert channel.get("destination") == master.get("id")
        (clip,) = project.xpath(f"Arrangement/Lanes/Lanes[@track='{track.get('id')}']/Clips/Clip")
        tracks.append(
            {
                "name": track.get("name"),
                "file": clip.find("Audio/File").get("path"),
                "fader": float(channel.find("Volume").get("value")),
                "master": volume,
                "length_s": float(clip.get("duration")),
                "comment": track.get("comment"),
            }
        )
    return tracks


def summed(tracks: list[dict], read: Callable[[str], bytes]) -> np.ndarray:
    """What a DAW plays: the sum of all sound with the factors that were read, in double precision."""
    total = 0.0
    for track in tracks:
        sound, _ = soundfile.read(io.BytesIO(read(track["file"])), always_2d=True)
        factors = [track[part] for part in ("fader", "item", "take", "master") if part in track]
        total = total + sound.T * np.prod(factors)
    return total


def off_db(sound: np.ndarray, mix: torch.Tensor) -> float:
    """How far below the mix the difference lies: dB of its largest sample."""
    assert sound.shape[-1] == mix.shape[-1]
    difference = np.abs(sound - mix.double().numpy()).max()
    return 20 * math.log10(float(difference) / float(mix.abs().max()) + 1e-20)
