"""The console and the explainer that a run is about, as people name them: by folder, Hub name or checkpoint."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from console.data.sources.identity import hash_of_files
from console.errors import InputError
from console.evaluation.engineers.consensus import Consensus
from console.files.home import expanded
from console.files.hub import fetched
from console.files.own_class import ClassNotHere, own_class, path_of
from console.files.untrusted import load_json, load_yaml
from console.model import Console
from explainer.language.pretrained import SETTINGS
from explainer.language.told.conditioning import Conditioning
from explainer.language.writer import Writer

CHECKPOINT = ".ckpt"
PRETRAINED = "pretrained"  # the folder in that of a training run
MOST_HASHED = 200_000_000  # bytes; a larger file (a base model's) is left out


def chosen_console(source: str | None = None) -> Console:
    """A trained console.

    Args:
        source: a folder of `Console.save_pretrained`, one of a training run that holds it, a name on the Hub, or a
            Lightning checkpoint (`.ckpt`) in the folder of the run that wrote it; the embedded console by default.

    Raises: InputError for what is none of them.
    """
    if source is None:
        return Console.from_pretrained()
    path = expanded(source)
    if path.suffix == CHECKPOINT:
        return _of_checkpoint(path)
    if (path / SETTINGS).is_file():
        raise InputError(f'"{path}" is an explainer, not a console: give it as explainer={path}.')
    return Console.from_pretrained(path / PRETRAINED if (path / PRETRAINED).is_dir() else source)


def chosen_consensus(path: str | None = None, published_else: bool = False) -> Consensus:
    """What engineers did, as `Consensus.load` reads it; the published spread between them by default.

    Raises: InputError, as that.
    """
    return Consensus.published() if path is None else Consensus.load(expanded(path), published_else)


def _of_checkpoint(path: Path) -> Console:
    if not path.is_file():
        raise InputError(f'"{path}": there is no such checkpoint.')
    described = next((folder / "config.yaml" for folder in path.parents if (folder / "config.yaml").is_file()), None)
    if described is None:
        raise InputError(f'"{path}" lies outside its run, whose config.yaml tells how the console is built: give that.')
    from console.system import ConsoleSystem
    from console.training.checkpoints import check_whole

    try:
        check_whole(path)
        asked = load_yaml(described, "the configuration of a run")["model"]["init_args"]["console"]
        kind = own_class(Console, str(asked.get("class_path", path_of(Console))), described)
        console = kind(**asked["init_args"])
        # Weights alone are read: nothing that a checkpoint could run.
        ConsoleSystem.load_from_checkpoint(path, map_location="cpu", console=console, weights_only=True)
    except ClassNotHere:
        raise
    except Exception as error:  # whatever a foreign file raises: pickle, keys, shapes
        raise InputError(
            f'"{path}" is no checkpoint of a console: give one that train.py wrote with configs/console, or the '
            f'folder "{PRETRAINED}" of its run.'
        ) from error
    console.name, console.version = path.stem, "checkpoint"
    console.checksum = hash_of_files([path])
    return console.eval()


@runtime_checkable
class Chosen(Protocol):
    """Who is to put numbers into words, as it was named: one writer, or several side by side."""

    def ready(self) -> None:
        """Raises: InputError for what cannot be had, before anything is measured."""
        ...

    def opened(self) -> tuple[Writer, ...]:
        """Who writes, the one that counts first."""
        ...

    def identity(self) -> dict[str, str]:
        """What tells it from another one."""
        ...


@dataclass(frozen=True)
class ChosenExplainer:
    """A trained explainer, or for each conditioning one of its own.

    Args:
        source: a folder of `explainer.language.pretrained.save_pretrained`, one of a training run that holds it, or a
            name on the Hub; the embedded explainer by default.
        conditioning: what it must have been trained to be told; None takes the source's.
        trained: where the one trained for `conditioning` is: a folder, or one of training runs (`version_0`, ...), of
            which the last counts. Where it is missing, the source serves if it has that conditioning.
    """

    source: str | None = None
    conditioning: str | None = None
    trained: str | None = None

    @property
    def folder(self) -> str | None:
        """The folder or Hub name to read; None for the embedded explainer.

        Raises: InputError where none was trained for the conditioning.
        """
        if self.source is not None and Path(self.source).suffix == CHECKPOINT:
            raise InputError(
                f'"{self.source}" is a checkpoint of a training: an explainer is the folder "{PRETRAINED}" of its run.'
            )
        source = None if self.source is None else str(_found(self.source))
        if self.conditioning is None:
            return source
        wanted = _wanted(self.conditioning)
        own = None if self.trained is None else _inside(expanded(self.trained))
        for folder in (own, _embedded() if source is None else Path(source)):
            if folder is not None and _conditioning(folder) == wanted:
                return None if folder == _embedded() else str(folder)
        raise InputError(
            f'There is no explainer trained with the conditioning "{wanted}" in "{self.trained}": train one with '
            f"python train.py fit -c configs/explainer/embedded.yaml --model.init_args.conditioning {wanted.name} "
            f"--trainer.logger.init_args.name explainer-{wanted}, or name its folder with explainer.trained=."
        )

    def ready(self) -> None:
        """Raises: InputError, as `folder`."""
        _ = self.folder

    def opened(self) -> tuple[Writer, ...]:
        """The explainer.

        Raises: InputError for what is none.
        """
        from explainer.language.pretrained import from_pretrained

        return (from_pretrained(self.folder),)

    def identity(self) -> dict[str, str]:
        """What tells this explainer from another one: its folder's place and its files' content."""
        named = self.folder
        folder = _embedded() if named is None else Path(named)
        return {"explainer": "embedded" if named is None else named, "content": content_of(folder)}


def content_of(folder: Path) -> str:
    """A hash of the files in a folder, but for large ones."""
    return hash_of_files(
        sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size <= MOST_HASHED)
    )


def _embedded() -> Path:
    from explainer.language.pretrained import EMBEDDED

    return EMBEDDED


def _wanted(conditioning: str) -> Conditioning:
    try:
        return Conditioning(conditioning)
    except ValueError:
        raise InputError(
            f'"{conditioning}" is no conditioning: choose from {", ".join(Conditioning)}, or leave it out.'
        ) from None


def _inside(folder: Path) -> Path | None:
    """Where in a folder the explainer is: there, in a training run, or in the last of several runs."""
    runs = sorted(folder.glob("version_*"), key=lambda run: (len(run.name), run.name), reverse=True)
    for place in (folder, folder / PRETRAINED, *(run / PRETRAINED for run in runs)):
        if (place / SETTINGS).is_file():
            return place
    return None


def _found(source: str) -> Path:
    """A folder here, of an explainer or its training, or where one of the Hub is kept here."""
    from explainer.language.pretrained import FETCHED

    folder = fetched(expanded(source) if source.startswith("~") else source, FETCHED)
    inside = _inside(folder)
    if inside is None:
        raise InputError(f'"{source}" is not an explainer: it needs {SETTINGS}.')
    return inside


def _conditioning(folder: Path) -> str | None:
    try:
        return str(load_json(folder / SETTINGS, f"an {SETTINGS}")["conditioning"])
    except (ValueError, KeyError, TypeError):
        return None
