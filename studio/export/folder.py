"""What is left in a folder: a mixdown's advice, mix, picture and gained stems; a spoilt song's stems."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.audio.io import write_audio
from console.errors import InputError
from console.files.whole import whole_folder
from studio.mixdown import Mixdown
from studio.pictures.faders import draw_faders
from studio.trial.spoil import Spoilt, write_truth


def default_folder(song: Path, what: str = "corrected") -> Path:
    """`SONG-corrected`, or what else was done to it, beside the song."""
    return beside(song, f"-{what}")


def beside(song: Path, ending: str) -> Path:
    """A path beside a song: its name, without what tells that it is an archive, and an ending."""
    song = Path(os.path.realpath(song))
    name = song.name
    if not song.is_dir():
        for suffix in (".zip", ".mp4", ".stem"):
            name = name[: -len(suffix)] if name.lower().endswith(suffix) else name
    return song.with_name(f"{name}{ending}")


@contextmanager
def place(out: Path, force: bool, song: Path) -> Iterator[Path]:
    """A folder to write into that becomes `out` on success, and vanishes on failure.

    Raises: InputError when there is no song at `song`, and as `console.files.whole.whole_folder` does.
    """
    if not song.exists():  # said before anything about the output
        raise InputError(f'There is no song at "{song}".')
    with whole_folder(out, force, source=song) as folder:
        yield folder


def write_mixdown(
    folder: Path, mixdown: Mixdown, audio_format: str = "wav", with_stems: bool = False, mix_name: str = "mix"
) -> None:
    """Writes everything into an existing folder.

    Raises: InputError when the format is flac, which ends at full scale, and the mix or a stem goes over it.
    """
    if audio_format == "flac" and max(map(abs, mixdown.mix.aminmax())) > 1:
        raise InputError("The mix goes over full scale, which FLAC cannot hold: add --headroom 0, or use --format wav.")
    (folder / "advice.json").write_text(mixdown.advice.to_json(), encoding="utf-8")
    draw_faders(mixdown.advice, folder / "faders.png")
    write_audio(folder / f"{mix_name}.{audio_format}", mixdown.mix, mixdown.song.sample_rate, audio_format)
    if with_stems:
        mixdown.song.with_gains_db(mixdown.gains_db).save(folder / "stems", audio_format)


def write_spoilt(folder: Path, spoilt: Spoilt, audio_format: str = "wav") -> None:
    """Writes the spoilt stems and the truth into an existing folder."""
    spoilt.song.save(folder, audio_format, force=True)
    write_truth(folder, spoilt)
