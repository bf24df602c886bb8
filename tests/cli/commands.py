"""The command line as tests call it, and what it leaves."""

from pathlib import Path

import numpy as np
import soundfile as sf
import torch
from click.testing import CliRunner

from console.audio.io import read_audio
from explainer.advice.advice import Advice
from studio.cli import main

RATE = 44100


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def correct(*arguments):
    result = invoke("correct", *arguments)
    assert result.exit_code == 0, result.output
    return result


def advice_in(folder):
    return Advice.from_json((folder / "advice.json").read_text("utf-8"))


def mix_in(folder):
    audio, sample_rate = read_audio(folder / "mix.wav")
    assert sample_rate == RATE
    return torch.from_numpy(audio.T)


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def refused(*arguments):
    """Runs a command that has to end with status 2 and one sentence, and leave nothing behind."""
    place = Path(arguments[1]).parent
    before = everything(place)
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert everything(place) == before
    return result


def silence(folder, *names):
    for name in names:
        sf.write(folder / f"{name}.wav", np.zeros((RATE, 2)), RATE)
