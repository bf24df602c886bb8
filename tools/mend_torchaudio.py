"""Make `import torchaudio` work beside whichever torch is installed; does nothing where it already does.

torchaudio 2.11, the last of its line, is compiled for a build of torch with CUDA. Beside a CPU build its
extension fails to load and takes the whole import down with it. All that is used here (mel filters,
resampling) is pure Python and runs without the extension, so where it cannot load it is removed.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path


def import_error() -> str:
    """The last line of what `import torchaudio` complains of in a fresh interpreter; empty if it loads."""
    run = subprocess.run([sys.executable, "-c", "import torchaudio"], capture_output=True, text=True)
    return "" if run.returncode == 0 else (run.stderr.strip().splitlines() or ["it crashed"])[-1]


def main() -> None:
    if not import_error():
        return
    spec = find_spec("torchaudio")  # finds the package without importing it
    if spec is None or spec.origin is None:
        sys.exit("torchaudio is not installed.")
    for extension in (Path(spec.origin).parent / "lib").glob("*.so"):
        extension.unlink()
    if remaining := import_error():
        sys.exit(f"torchaudio cannot be imported, with or without its compiled extension: {remaining}")
    print("Removed torchaudio's compiled extension: it cannot load beside this torch, and is not needed.")


if __name__ == "__main__":
    main()
