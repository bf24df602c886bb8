"""What a file is, by what is in it: the sound of a stem, a file of stems, or no sound."""

import io
import os
from enum import StrEnum
from pathlib import Path

from console.audio import container, sndfile
from console.audio.file import check_file
from console.audio.mpeg import Mpeg, read_mpeg, skip_id3
from console.audio.stemfile import STEM_NAMES, is_stem_file
from console.audio.view import View
from console.errors import InputError

# What people call files of sound. What is in them decides; a name that promises sound makes a damaged file an error,
# where another would be left out.
AUDIO_SUFFIXES = frozenset(
    """.wav .wave .bwf .rf64 .w64 .aif .aiff .aifc .caf .au .snd .flac .mp3 .mp2 .ogg .oga .opus .spx .m4a .m4b .mp4
    .m4v .mov .aac .ac3 .eac3 .alac .wv .ape .tta .tak .mpc .wma .mka .mkv .webm .amr .dts .dsf .voc .sd2 .shn .3gp
    .weba .adts .ra .oma .mlp .thd .qoa""".split()
)
_STEM_SUFFIXES = (".stem.mp4", ".stem.m4a")
# Formats that a decoder knows by a few bits only, which also turn up in the middle of anything: how they begin.
_BEGINNINGS = {
    "mp3": (b"\xff",),
    "aac": (b"\xff",),
    "ac3": (b"\x0b\x77", b"\x77\x0b"),
    "eac3": (b"\x0b\x77", b"\x77\x0b"),
    "dts": (b"\x7f\xfe", b"\xfe\x7f", b"\x1f\xff", b"\xff\x1f", b"\x64\x58"),
    "loas": (b"\x56",),
    "mpeg": (b"\0\0\1\xba",),
    "mpegts": (b"\x47",),
}


class Kind(StrEnum):
    """What a file is to a song: the sound of one stem, a file of stems, or no sound."""

    AUDIO = "audio"
    STEMS = "stems"
    OTHER = "other"


def kind_of(path: str | os.PathLike[str]) -> Kind:
    """What a file is, by what is in it: its header is read, hardly anything is decoded, and no error is raised.

    A file whose name promises sound (`AUDIO_SUFFIXES`) is AUDIO even where it is empty, damaged or no regular file,
    so that `open_audio` says so and the file is not passed over; a video without sound is OTHER. STEMS is an MP4 that
    says so, in its name or inside, or that holds a mixture and four stems.
    """
    path = Path(path)
    promised = path.suffix.casefold() in AUDIO_SUFFIXES
    try:
        if path.is_dir():
            return Kind.OTHER
        check_file(path)
        mpeg = read_mpeg(path)
        if mpeg in (Mpeg.TIMED, Mpeg.UNTIMED, Mpeg.LAYER_2) or (mpeg is Mpeg.OTHER and sndfile.reads(path)):
            return Kind.AUDIO
        format, streams = container.survey(path)
        if not streams or (not promised and not _begins_as(path, format)):
            return Kind.OTHER
        return Kind.STEMS if _holds_stems(path, format, streams) else Kind.AUDIO
    except (OSError, InputError, *container.UNREADABLE):
        return Kind.AUDIO if promised else Kind.OTHER


def _holds_stems(path: Path, format: str, streams: int) -> bool:
    if format != container.MP4 or streams < 2:
        return False
    return path.name.casefold().endswith(_STEM_SUFFIXES) or streams == 1 + len(STEM_NAMES) or is_stem_file(path)


def _begins_as(path: Path, format: str) -> bool:
    with io.BufferedReader(View(path)) as file:
        file.seek(skip_id3(file))
        return file.read(4).startswith(_BEGINNINGS.get(format, (b"",)))
