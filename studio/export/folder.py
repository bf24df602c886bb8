"""What is left in a folder: a mixdown's advice, mix, picture and gained stems; a spoilt song's stems."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from console.audio.write import Put, audio_file
from console.errors import InputError
from console.files.whole import whole_folder
from console.read.song import Song
from console.stream.sound import Block, Meter, Sound, ask
from studio.mixdown import Mixdown
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


@dataclass(frozen=True)
class Sounds:
    """The mix, and the gained stems, as files that are written as they pass.

    Args:
        folder: an existing one.
        audio_format: "wav" or "flac".
        with_stems: whether the stems are written, too, into a folder of their own.
        mix_name: what the mix is called.
    """

    folder: Path
    audio_format: str = "wav"
    with_stems: bool = False
    mix_name: str = "mix"

    @contextmanager
    def __call__(self, song: Song, gains_db: Float[Tensor, " stem"]) -> Iterator[Sequence[tuple[Sound, Meter[None]]]]:
        """The meters that write a song with gains on its stems, and of what.

        Raises: InputError when the format is flac, which ends at full scale, and the mix or a stem goes over it.
        """
        mix, sound = song.mixed(gains_db), song.sound
        path = self.folder / f"{self.mix_name}.{self.audio_format}"
        with ExitStack() as stack:
            shape = sound.channels, sound.frames, sound.sample_rate, self.audio_format
            taps: list[tuple[Sound, Meter[None]]] = [(mix, _Mix(stack.enter_context(audio_file(path, *shape)), self))]
            if self.with_stems:
                gained = song.with_gains_db(gains_db)
                stems = stack.enter_context(whole_folder(self.folder / "stems", source=song.source))
                taps.append((gained.sound, stack.enter_context(gained.written_to(stems, self.audio_format))))
            yield taps


class _Mix:
    """Writes a mix, if it can be written."""

    def __init__(self, put: Put, sounds: Sounds):
        self._put, self._flac = put, sounds.audio_format == "flac"

    def feed(self, block: Block) -> None:
        if self._flac and max(map(abs, block.aminmax())) > 1:
            raise InputError(
                "The mix goes over full scale, which FLAC cannot hold: add --headroom 0, or use --format wav."
            )
        self._put(block[0].numpy())

    def read(self) -> None:
        pass


def write_advice(folder: Path, mixdown: Mixdown) -> None:
    """Writes the numbers, the words and the picture into an existing folder."""
    from studio.pictures.faders import draw_faders  # which loads what draws

    (folder / "advice.json").write_text(mixdown.advice.to_json(), encoding="utf-8")
    draw_faders(mixdown.advice, folder / "faders.png")


def write_mixdown(
    folder: Path, mixdown: Mixdown, audio_format: str = "wav", with_stems: bool = False, mix_name: str = "mix"
) -> None:
    """Writes everything into an existing folder. Raises: InputError as `Sounds` does."""
    with Sounds(folder, audio_format, with_stems, mix_name)(mixdown.song, mixdown.gains_db) as taps:
        ask(taps=taps)
    write_advice(folder, mixdown)


def write_spoilt(folder: Path, spoilt: Spoilt, audio_format: str = "wav") -> None:
    """Writes the spoilt stems and the truth into an existing folder."""
    spoilt.song.save(folder, audio_format, force=True)
    write_truth(folder, spoilt)
