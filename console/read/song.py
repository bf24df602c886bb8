"""Song: the stems of one recording, time-aligned, with their names and roles."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
import yaml
from jaxtyping import Bool, Float, Float32, Float64, Real
from torch import Tensor

from console.audio.file import HIGHEST_HZ, LOWEST_HZ
from console.audio.io import whole_folder
from console.audio.write import Put, audio_file
from console.desk.mixer import db_to_amplitude, mix
from console.errors import InputError
from console.read.account import FileUse
from console.read.doubles import find_doubles
from console.read.doubles import questions as of_doubles
from console.read.hearing import with_heard_roles
from console.read.names import linked, nfc
from console.read.part import Stem
from console.read.roles import FinerRole, Role, are_mixtures, finer_role, parse_role, read_roles
from console.read.stems import open_stems
from console.stream.extremes import AskExtremes, Extremes
from console.stream.on_disk import OnDisk
from console.stream.sound import Block, Held, Meter, Mixed, Question, Sound, Source, ask
from console.stream.together import AskVariances
from console.tracks.sound import questions as of_roles

SILENT_RATIO = 1e-6  # of the loudest stem's peak: 120 dB below it, nothing is heard
STEP_S, RESTING_DB = 0.1, -40.0  # a stem rests where it is this far below its loudest step
if TYPE_CHECKING:  # what a song keeps ...
    Audio = Float[Tensor, "stem channel time"]
    Names = tuple[str, ...]
else:  # ... and what it can be made of
    Audio = Float[Tensor, "stem channel time"] | Float[np.ndarray, "stem channel time"] | Sound
    Names = Sequence[str]
Gains = Real[Tensor, " stem"] | Real[np.ndarray, " stem"] | Sequence[float | int]
_LONGEST_NAME = 200  # bytes, of the 255 that a file name may have


@dataclass(frozen=True, eq=False)
class Song:
    """The stems of one recording, time-aligned.

    Args:
        audio: samples of at least one stem, in one or two channels, as a tensor or array; kept as float32, full
            scale is 1.0, no limit. Of a song that is on disk (`Song.opened`), it is read when it is asked for; what can
            do with blocks of it takes them from `sound`.
        names: one for each stem, all different.
        sample_rate: in Hz, 8 to 192 kHz.
        roles: what the stems play; guessed from the names where None.
        files: the file that each stem was read from, as shown to people.
        title: the song's name.
        source: the folder or file that the song was read from.
        account: what became of every file of the song.
        links: names of stems that move together, a tuple for each such group.
        finer_roles: what the stems play exactly (kick, lead vocals), None where that is not known; read from the roles
            and names where None.

    Raises `InputError` where these do not fit together, and for NaN or infinite samples.
    """

    sound: ClassVar[Sound]  # of each song its own, by blocks
    audio: Audio
    names: Names
    sample_rate: int
    roles: tuple[Role, ...] = None  # type: ignore[assignment]  # None until the names are read
    files: tuple[str, ...] | None = None
    title: str = "song"
    source: Path | None = None
    account: tuple[FileUse, ...] = ()
    links: tuple[tuple[str, ...], ...] = ()
    finer_roles: tuple[FinerRole | None, ...] = None  # type: ignore[assignment]  # None until the names are read

    def __post_init__(self) -> None:
        given = self.__dict__.pop("audio")
        if not isinstance(given, Sound):
            given = torch.as_tensor(given).to(torch.float32)
            object.__setattr__(self, "audio", given)
            if given.dim() != 3 or 0 in given.shape or given.shape[1] > 2:
                shape = tuple(given.shape)
                raise InputError(f"A song's audio has stems, one or two channels, and samples, not {shape}.")
            given = Held(given, self.sample_rate)
        object.__setattr__(self, "sound", given)
        object.__setattr__(self, "names", tuple(self.names))
        if len(self.names) != self.sound.rows or len(set(self.names)) != len(self.names) or "" in self.names:
            raise InputError(f"{self.sound.rows} stems need as many different names, not {self.names}.")
        if not LOWEST_HZ <= self.sample_rate <= HIGHEST_HZ:
            raise InputError(f"A song's sample rate is 8 to 192 kHz, not {self.sample_rate} Hz.")
        for what in (self.roles, self.files, self.finer_roles):
            if what is not None and len(what) != len(self.names):
                raise InputError(f"{len(self.names)} stems need as many roles and files, not {len(what)}.")
        self._set_roles()
        if isinstance(self.sound, Held):  # files refuse such samples as they are read
            self._check_finite()

    def __getattr__(self, name: str) -> Any:
        if name != "audio" or "sound" not in self.__dict__:
            raise AttributeError(name)
        object.__setattr__(self, "audio", self.sound.whole())
        return self.__dict__["audio"]

    @property
    def _in_memory(self) -> bool:
        return isinstance(self.sound.source if isinstance(self.sound, Mixed) else self.sound, Held)

    def _check_finite(self) -> None:
        for name, peak in zip(self.names, self.peaks.tolist(), strict=True):
            if not peak < float("inf"):
                raise InputError(f'Stem "{name}" holds NaN or infinite samples.')

    def _set_roles(self) -> None:
        read = read_roles(self.names)
        told = [role or Role.OTHER for role, _ in read] if self.roles is None else self.roles
        roles = tuple(map(parse_role, told))
        if self.finer_roles is None:
            spoken = (finer_role(text) or finer for text, (_, finer) in zip(told, read, strict=True))
            finer = tuple(
                each if each and each.role is role else None for each, role in zip(spoken, roles, strict=True)
            )
            object.__setattr__(self, "finer_roles", finer)
        object.__setattr__(self, "roles", roles)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        roles: Mapping[str, str] | None = None,
        link: Sequence[tuple[str, str]] = (),
        unlink: Sequence[str] = (),
    ) -> "Song":
        """Read a song from a folder of stems, a .zip of such a folder, or a .stem.mp4.

        Whatever sounds in the folder or below it is a stem; `account` tells what became of each file. Left out are a
        mixture and a bus beside its parts, as heard (`console.read.doubles`), a file that its name calls the mixture,
        and other versions of the same stems (`console.read.layout`). A stem that is given a role is a stem.

        The song's rate is the highest among its stems, the others are resampled; it is mono if all stems are, else mono
        stems go to both sides and surround is folded to stereo; two mono files for left and right are one stereo stem.
        Shorter stems end in silence; time stamps that differ set the stems in their places. Stems are sorted by name.

        Args:
            roles: by stem's name (finer words such as "kick" included); they go before those in a roles.yaml beside the
                stems, and these before what the names tell. A stem of whose role nothing tells is heard
                (`console.tracks.sound`); where that is not sure, it is `other`.
            link: pairs of stems that move together, beside those whose names say that they do.
            unlink: stems that move by themselves.

        Raises `InputError` where there is no song to read: nothing there, no audio, fewer than two stems, two files
        with one name, a file that is damaged, truncated, empty, or holds NaN, a zip that is not safe to unpack, only
        silence, two stems that cancel each other, or a role for a stem that is not there.
        """
        with cls._from(path, roles or {}, link, unlink, whole=True) as song:
            return song

    @classmethod
    @contextmanager
    def opened(
        cls,
        path: str | os.PathLike[str],
        roles: Mapping[str, str] | None = None,
        link: Sequence[tuple[str, str]] = (),
        unlink: Sequence[str] = (),
        ahead: "Callable[[Song], Sequence[tuple[Sound, Question[Any]]]]" = lambda song: (),
    ) -> "Iterator[Song]":
        """As `load`, but the sound stays on disk, and is read in blocks as often as it passes; until this ends.

        Args:
            ahead: what will be asked of a song, so that it is asked in the one pass that reads it. It is given the song
                as it looks before that: where the sound tells otherwise, what is asked later is measured then.
        """
        with cls._from(path, roles or {}, link, unlink, ahead) as song:
            yield song

    @classmethod
    @contextmanager
    def _from(
        cls,
        path: str | os.PathLike[str],
        roles: Mapping[str, str],
        link: Sequence[tuple[str, str]],
        unlink: Sequence[str],
        ahead: "Callable[[Song], Sequence[tuple[Sound, Question[Any]]]]" = lambda song: (),
        whole: bool = False,
    ) -> "Iterator[Song]":
        path = Path(path)
        with open_stems(path, roles, unlink) as found:
            sound: Source = OnDisk(found.stems)
            if whole:
                sound = Held(_in_memory(sound), sound.sample_rate)

            def of(stems: Sequence[Stem], kept: Sequence[int], account: Sequence[FileUse]) -> Song:
                names, of_roles = [stems[i].name for i in kept], [stems[i].role for i in kept]
                return cls(
                    _kept(sound, kept),  # type: ignore[arg-type]
                    tuple(names),
                    sound.sample_rate,
                    roles=tuple(of_roles),
                    files=tuple(stems[i].file for i in kept),
                    title=found.title,
                    source=path.absolute(),
                    account=tuple(account),
                    links=linked(names, of_roles, link, unlink, by_name=not found.listed),
                    finer_roles=tuple(stems[i].finer for i in kept),
                )

            if not whole:
                likely = [i for i, stem in enumerate(found.stems) if not stem.mixture]
                later = ahead(of(found.stems, likely, ())) if len(likely) > 1 else ()
                ask(*((sound, question) for question in _questions(sound, found.stems)), *later)
            left_out = _left_out(sound, found.stems)
            kept = [i for i in range(len(found.stems)) if i not in left_out]
            stems = with_heard_roles(sound, found.stems, kept)
            account = [use for i, stem in enumerate(stems) for use in stem.account(left_out.get(i))]
            if len(kept) < 2:
                reasons = ", ".join(f"{use.file}: {use.left_out_because}" for use in account if use.left_out_because)
                raise InputError(f'"{path.name}" holds {len(kept)} stem ({reasons}): a song needs at least two stems.')
            song = of(stems, kept, (*account, *found.account))
            song._check_finite()
            if bool(song.silent.all()):
                raise InputError(f'All stems of "{song.title}" are silent.')
            yield song

    def index(self, name: str) -> int:
        """Where the stem of that name is; raises `InputError`, listing the names there are, if it is not."""
        for names, wanted in ((self.names, name), (tuple(map(nfc, self.names)), nfc(name))):
            if wanted in names:
                return names.index(wanted)
        raise InputError(f'There is no stem "{name}": the stems are {", ".join(self.names)}.')

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.sound.frames / self.sample_rate

    @cached_property
    def silent(self) -> Bool[Tensor, " stem"]:
        """Which stems are never heard: zeros, or 120 dB below the loudest, whatever gain all stems have."""
        swings = self.extremes.swings
        return swings <= SILENT_RATIO * swings.max()

    @property
    def peaks(self) -> Float32[Tensor, " stem"]:
        """The largest absolute sample of each stem."""
        return self.extremes.peaks

    @cached_property
    def extremes(self) -> Extremes:
        """The lowest and the highest sample of each stem's channels, and their mean."""
        return self.sound.ask(AskExtremes())

    @cached_property
    def balance_s(self) -> float:
        """How many seconds there are in which at least two stems sound, so that their balance can be heard."""
        step = step_of(self.sound)
        power = self.sound.ask(AskVariances(step))
        sounds = power > 10 ** (RESTING_DB / 10) * power.amax(-1, keepdim=True).clamp_min(SILENT_RATIO**2 * power.max())
        return float((sounds.sum(0) > 1).sum()) * step / self.sample_rate

    def with_gains_db(self, gains_db: Gains) -> "Song":
        """The song with a gain (dB) on each stem; -inf mutes."""
        factor = db_to_amplitude(self._checked(gains_db)).float()
        if self._in_memory:
            return replace(self, audio=self.audio * factor[:, None, None])
        return replace(self, audio=self.sound.mixed(factor.diag()))  # type: ignore[arg-type]

    def mixed(self, gains_db: Gains | None = None) -> Sound:
        """As `mix`, as it passes: a sound of one row."""
        factor = db_to_amplitude(self._checked([0.0] * len(self.names) if gains_db is None else gains_db))
        return self.sound.mixed(factor.float()[None])

    def mix(self, gains_db: Gains | None = None) -> Float32[Tensor, "channel time"]:
        """The sum of the stems, each with its gain (dB): to the bit, `with_gains_db` summed in order."""
        if self._in_memory:
            return mix(self.audio, self._checked([0.0] * len(self.names) if gains_db is None else gains_db))
        return self.mixed(gains_db).whole()[0]

    def save(self, folder: str | os.PathLike[str], format: str = "wav", force: bool = False) -> None:
        """Write one file per stem: "wav" is 32-bit float, bit for bit, "flac" is 24 bit.

        A roles.yaml is added where names do not tell the roles. The folder appears whole or not at all; with
        `force` it replaces an earlier one. Raises `InputError` as `whole_folder` and `write_audio` do.
        """
        with whole_folder(folder, force, self.source) as part, self.written_to(part, format) as files:
            ask(taps=[(self.sound, files)])

    @contextmanager
    def written_to(self, folder: Path, format: str = "wav") -> Iterator[Meter[None]]:
        """What writes its stems into an existing folder as they pass, as `save` does, with what is put on them."""
        files = _file_names(self.names)
        shape = self.sound.channels, self.sound.frames, self.sample_rate, format
        with ExitStack() as stack:
            yield _Files([stack.enter_context(audio_file(folder / f"{file}.{format}", *shape)) for file in files])
        if read_roles(files) != tuple(zip(self.roles, self.finer_roles, strict=True)) or any(are_mixtures(files)):
            both = zip(files, self.roles, self.finer_roles, strict=True)
            listed = {file: str(finer or role) for file, role, finer in both}
            text = yaml.safe_dump(listed, allow_unicode=True, sort_keys=False)
            (folder / "roles.yaml").write_text(text, "utf-8")

    def _checked(self, gains_db: Gains) -> Float64[Tensor, " stem"]:
        gains_db = torch.as_tensor(gains_db, dtype=torch.float64)
        if gains_db.shape != (len(self.names),) or not bool((gains_db < float("inf")).all()):
            raise InputError(f"{len(self.names)} stems need as many gains in dB, not {gains_db.tolist()}.")
        return gains_db


class _Files:
    """Writes each row of a sound to a file of its own."""

    def __init__(self, puts: Sequence[Put]):
        self._puts = puts

    def feed(self, block: Block) -> None:
        for put, row in zip(self._puts, block, strict=True):
            put(row.numpy())

    def read(self) -> None:
        pass


def step_of(sound: Sound) -> int:
    """Samples of a step, for the time in which stems sound together."""
    return min(round(STEP_S * sound.sample_rate), sound.frames)


def _questions(sound: Sound, stems: Sequence[Stem]) -> list[Question[Any]]:
    """What is asked of every song that is read."""
    asked = [AskExtremes(), *of_doubles([stem.mixture for stem in stems])]
    return asked if all(stem.told for stem in stems) else [*asked, *of_roles(sound)]


def _in_memory(sound: Sound) -> Tensor:
    try:
        return sound.whole()
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "allocate memory" not in str(error):
            raise
        size_gb = sound.rows * sound.channels * sound.frames * 4 / 1e9
        raise InputError(f"The song does not fit into memory: it takes {size_gb:.0f} GB.") from error


def _kept(sound: Source, kept: Sequence[int]) -> Tensor | Sound:
    if isinstance(sound, Held):
        return sound.audio if len(kept) == sound.rows else sound.audio[list(kept)]
    return sound.picked(kept)


def _left_out(sound: Sound, stems: Sequence[Stem]) -> dict[int, str]:
    """The stems that are not to be kept, and why."""
    names = [stem.name for stem in stems]
    mixtures = [stem.mixture for stem in stems]
    finite = bool((sound.ask(AskExtremes()).peaks < float("inf")).all())  # else said of the stem that it is
    heard = find_doubles(sound, names, [stem.asked for stem in stems], mixtures) if finite else ()
    reasons = {i: "its name says that it is the mixture" for i, stem in enumerate(stems) if stem.mixture}
    return reasons | {double.stem: double.because(names) for double in heard}


def _file_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The stems' names as files can have them: without separators, not hidden, not too long, different."""
    taken: dict[str, str] = {}
    for name in names:
        safe = re.sub(r"[/\\\x00-\x1f]", "_", name)
        safe = f"_{safe}" if safe.startswith(".") else safe
        while len(safe.encode(errors="surrogatepass")) > _LONGEST_NAME:  # bytes that are no letters stay
            safe = safe[:-1]
        count = 1
        while (unique := safe if count == 1 else f"{safe} ({count})").casefold() in taken:
            count += 1
        taken[unique.casefold()] = unique
    return tuple(taken.values())
