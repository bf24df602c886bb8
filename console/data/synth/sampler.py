"""Plays events with a General MIDI soundfont: mido writes what the program fluidsynth renders."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from jaxtyping import Float32
from numpy import ndarray

from console.data.synth.needs import mido
from console.data.synth.perform import RATE_HZ, Event
from console.errors import InputError

TICKS_PER_S = 1000
DRUM_CHANNEL = 9
BEND_CENTS = 200  # of a whole bend to one side, as General MIDI has it
TAIL_S = 0.5


def sample(
    events: Sequence[Event], soundfont: Path, program: int, drums: bool, detune_cents: float, seconds: float
) -> Float32[ndarray, "2 time"]:
    """The events, `seconds` long, dry; raises `InputError` where fluidsynth fails."""
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder, "part.mid"), Path(folder, "part.wav")
        _write_midi(midi, events, program, drums, detune_cents, seconds)
        options = f"-n -i -q -R 0 -C 0 -g 0.4 -r {RATE_HZ} -T wav -O float -o synth.dynamic-sample-loading=1".split()
        command = ["fluidsynth", *options, "-F", str(wav), str(soundfont), str(midi)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode or not wav.is_file():
            raise InputError(f"fluidsynth cannot play {soundfont.name}: {done.stderr.strip()[-200:]}")
        audio, _ = soundfile.read(wav, dtype="float32", always_2d=True, frames=round(seconds * RATE_HZ))
    return _fitted(audio.T, round(seconds * RATE_HZ))


def _write_midi(
    path: Path, events: Sequence[Event], program: int, drums: bool, detune_cents: float, seconds: float
) -> None:
    """One track at 60 quarters a minute: a beat is a second."""
    midi = mido().MidiFile(ticks_per_beat=TICKS_PER_S)
    track = mido().MidiTrack()
    midi.tracks.append(track)
    channel = DRUM_CHANNEL if drums else 0
    message = mido().Message
    track.append(mido().MetaMessage("set_tempo", tempo=1_000_000))
    track.append(message("program_change", channel=channel, program=program))
    if not drums:
        track.append(message("pitchwheel", channel=channel, pitch=round(8191 * detune_cents / BEND_CENTS)))
    timed = []
    until: dict[int, float] = {}
    for event in sorted(events, key=lambda event: -event.start_s):  # a note ends before its pitch sounds again
        end_s = min(event.start_s + event.length_s, until.get(event.pitch, seconds + TAIL_S) - 0.003)
        until[event.pitch] = event.start_s
        if end_s > event.start_s:
            timed.append((event.start_s, 1, event.pitch, event.velocity))
            timed.append((end_s, 0, event.pitch, 0))
    at = 0
    for time_s, on, pitch, velocity in sorted(timed):
        tick = round(time_s * TICKS_PER_S)
        kind = "note_on" if on else "note_off"
        track.append(message(kind, channel=channel, note=pitch, velocity=velocity, time=tick - at))
        at = tick
    track.append(mido().MetaMessage("end_of_track", time=max(0, round((seconds + TAIL_S) * TICKS_PER_S) - at)))
    midi.save(path)


def _fitted(audio: Float32[ndarray, "2 found"], length: int) -> Float32[ndarray, "2 time"]:
    return np.pad(audio, ((0, 0), (0, max(0, length - audio.shape[1]))))[:, :length]
