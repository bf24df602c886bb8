"""Trained models on the Hugging Face Hub: folders that are fetched by their name there, and uploaded."""

from collections.abc import Sequence
from pathlib import Path

from console.errors import InputError

CARD = "README.md"  # where the Hub looks for a model card


def fetched(source: str | Path, patterns: Sequence[str]) -> Path:
    """The folder itself, or where the Hub's folder of that name is kept here.

    Args:
        patterns: which of its files are fetched.

    Raises: InputError for what looks like a name on the Hub and is not to be had from there.
    """
    path = Path(source)
    try:
        if path.exists() or not _looks_like_hub_id(str(source)):
            return path
    except OSError as error:  # such as a name that is too long
        raise InputError(f'"{source}" is no folder: {error.strerror}.') from error
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(str(source), allow_patterns=list(patterns)))
    except Exception as error:  # the Hub's client raises many kinds: offline, unknown, forbidden
        raise InputError(f'"{source}" is no folder here, and is not to be had from the Hub.') from error


def upload(folder: str | Path, repository: str, private: bool = True) -> str:
    """Uploads a folder to the Hub, where it is made as needed, and returns its address.

    Args:
        repository: "owner/name".

    Raises: InputError where the Hub does not take it.
    """
    import huggingface_hub

    try:
        api = huggingface_hub.HfApi()
        api.create_repo(repository, private=private, exist_ok=True)
        return str(api.upload_folder(repo_id=repository, folder_path=str(folder)))
    except Exception as error:  # the Hub's client raises many kinds: offline, forbidden, a bad name
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f'"{folder}" could not be uploaded as "{repository}" ({reason}).') from error


def _looks_like_hub_id(source: str) -> bool:
    return source.count("/") == 1 and not source.startswith((".", "/", "~"))
