"""torchaudio, imported only where it is needed, and one sentence about what to do where it cannot be."""

from types import ModuleType

from console.errors import InputError


def load_torchaudio() -> ModuleType:
    """The torchaudio module.

    Raises `InputError` where it cannot be imported: its compiled extension links CUDA and fails beside a CPU
    build of torch, while all that is used here (resampling, mel filters) is pure Python and runs without the
    extension.
    """
    try:
        import torchaudio
        import torchaudio.functional
    except (ImportError, OSError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError(
            f"torchaudio cannot be imported beside this build of torch ({reason}): delete the *.so files in "
            "site-packages/torchaudio/lib, as `make` does, or install the torchaudio that matches your torch."
        ) from error
    return torchaudio
