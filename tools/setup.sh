#!/bin/sh
# Everything `make` needs: the virtual environment, the tested versions in it, torchaudio's care, ffmpeg.
set -eu
cd "$(dirname "$0")/.."
venv=.venv
pip="$venv/bin/python -m pip --disable-pip-version-check -qq"

usable() { # a Python new enough, with what `venv` needs (Debian packs ensurepip separately)
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

if ! $pip --version >/dev/null 2>&1; then # absent, or left half made
    for python in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
        if usable "$python"; then break; fi
        python=
    done
    if [ -z "$python" ]; then
        echo "mixconsole needs Python 3.11 or newer with its venv module (on Debian or Ubuntu:" \
            "apt-get install python3 python3-venv); PYTHON=/path/to/python names one." >&2
        exit 1
    fi
    echo "Making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
fi

# torch by itself and at its tested version: left to choose, pip may fetch gigabytes of CUDA packages over again.
echo "Installing torch (a few minutes on a slow line)"
$pip install -c constraints.txt torch
echo "Installing mixconsole and everything else"
$pip install -c constraints.txt -e '.[dev]'
$venv/bin/python tools/mend_torchaudio.py

# Of Debian: ffmpeg, which musdb needs, and Chromium, in which the page is tested.
missing=
command -v ffmpeg >/dev/null || missing="ffmpeg"
command -v chromium >/dev/null || missing="$missing chromium"
if [ -n "$missing" ]; then
    if [ "$(id -u)" -eq 0 ]; then root=; else root="sudo -n"; fi
    echo "Installing" $missing
    {
        command -v apt-get && $root apt-get -q update &&
            $root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing
    } >/dev/null 2>&1 ||
        echo "Could not install" $missing: "only MUSDB18 needs ffmpeg, and only the tests of the page Chromium; get them" \
            "with your system's package manager."
fi
