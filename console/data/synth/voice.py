"""The singer: espeak-ng speaks syllables, the WORLD vocoder moves them onto the melody."""

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from jaxtyping import Float, Float32
from numpy import ndarray
from scipy.signal import butter, resample_poly, sosfilt

from console.data.synth.melody import SYLLABLES
from console.data.synth.needs import pyworld
from console.data.synth.perform import RATE_HZ, Event
from console.errors import InputError

FRAME_S = 0.005
LOW_VOICES = "m1 m2 m3 m4 m6 m7 m8 Andy Denis Gene Lee Mario Michael adam ed john max paul rob steph3".split()
HIGH_VOICES = "f1 f2 f3 f4 f5 Alicia Andrea Annie anika aunty belinda linda steph steph2 shelby".split()
LANGUAGES = "en-us en-gb en-gb-scotland en-029".split()
ONSETS = "l n m d t s k b f w r j S g h v".split()  # phonemes as espeak-ng writes them
VOWELS = "A: i: u: eI oU E I aI 0 O: 3: V".split()
CODAS = ("", "", "", "n", "m", "l", "t", "s")
MALE_TOP = 58  # MIDI pitch; a melody around it or lower is given to a low voice
GAP_S = 0.25  # a longer rest ends a breath


@dataclass(frozen=True)
class Syllable:
    """A spoken syllable as WORLD sees it, frame by frame; the vowel lies between two frames."""

    envelope: Float[ndarray, "frame bin"]  # log power
    noise: Float[ndarray, "frame bin"]
    voiced: Float[ndarray, " frame"]
    vowel_start: int
    vowel_end: int


@dataclass(frozen=True)
class Manner:
    """How this voice sings: formants moved by a factor, roughness (0 to 1), glide (s), vibrato (Hz, semitones)."""

    formant: float
    grit: float
    glide_s: float
    vibrato_hz: float
    vibrato_semitones: float
    spoken: bool


def sing_events(
    events: Sequence[Event], patch: int, manner: Manner, seconds: float, words: int, take: int
) -> Float32[ndarray, "1 time"]:
    """The events sung by the voice of number `patch`, in the words of number `words`; each take differs a little.

    Raises `InputError` where espeak-ng fails.
    """
    length = round(seconds * RATE_HZ)
    low = np.median([event.pitch for event in events]) <= MALE_TOP
    bank, rate_hz = speak(patch, words, bool(low))
    rng = np.random.default_rng([patch, take])
    audio = np.zeros(length, dtype=np.float32)
    for breath in _breaths(events):
        start_s = max(0.0, breath[0].start_s - 0.15)
        sung = _sing_breath(breath, start_s, bank, manner, rate_hz, rng)
        up = resample_poly(sung, RATE_HZ, rate_hz).astype(np.float32)
        start = round(start_s * RATE_HZ)
        up = up[: length - start]
        audio[start : start + len(up)] += up
    return _with_air(audio, rng)[None]


def speak(patch: int, words: int, low: bool) -> tuple[list[Syllable], int]:
    """The syllables of one song in one voice, and the rate (Hz) they were spoken at."""
    rng = np.random.default_rng([patch, low])
    voice = f"{rng.choice(LANGUAGES)}+{rng.choice(LOW_VOICES if low else HIGH_VOICES)}"
    own = np.random.default_rng(words)
    texts = [f"[[{own.choice(ONSETS)}'{own.choice(VOWELS)}{own.choice(CODAS)}]]" for _ in range(SYLLABLES)]
    with tempfile.TemporaryDirectory() as folder:
        spoken = [_spoken(text, voice, Path(folder, f"{i}.wav")) for i, text in enumerate(texts)]
    rate_hz = spoken[0][1]
    return [_analysed(audio, rate_hz) for audio, _ in spoken], rate_hz


def _spoken(text: str, voice: str, path: Path) -> tuple[Float[ndarray, " time"], int]:
    done = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", "130", "-w", str(path), text], capture_output=True, text=True
    )
    if done.returncode or not path.is_file():
        raise InputError(f"espeak-ng cannot speak with the voice {voice}: {done.stderr.strip()[-200:]}")
    audio, rate_hz = soundfile.read(path)
    heard = np.flatnonzero(np.abs(audio) > 0.01 * np.abs(audio).max())
    return np.ascontiguousarray(audio[max(0, heard[0] - 100) : heard[-1] + 100]), rate_hz


def _analysed(audio: Float[ndarray, " time"], rate_hz: int) -> Syllable:
    world = pyworld()
    f0_hz, times = world.dio(audio, rate_hz, frame_period=FRAME_S * 1000)
    envelope = world.cheaptrick(audio, f0_hz, times, rate_hz)
    noise = world.d4c(audio, f0_hz, times, rate_hz)
    voiced = f0_hz > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], voiced, [0]])))
    runs = edges.reshape(-1, 2)
    start, end = max(runs, key=lambda run: run[1] - run[0]) if len(runs) else (0, len(voiced))
    loud = envelope[start:end].sum(1).max()
    return Syllable(np.log(envelope / loud + 1e-12), noise, voiced.astype(float), int(start), int(end))


def _breaths(events: Sequence[Event]) -> list[list[Event]]:
    """Events that follow each other closely; one voice sings one note at a time."""
    breaths: list[list[Event]] = []
    for event in events:
        if breaths and event.start_s - breaths[-1][-1].start_s < 0.04:
            continue
        if breaths and event.start_s < breaths[-1][-1].start_s + breaths[-1][-1].length_s + GAP_S:
            breaths[-1].append(event)
        else:
            breaths.append([event])
    return breaths


def _sing_breath(
    breath: list[Event], start_s: float, bank: list[Syllable], manner: Manner, rate_hz: int, rng: np.random.Generator
) -> Float[ndarray, " time"]:
    """One breath: every syllable's consonants as spoken, its vowel as long as the note, the vowel on the beat."""
    end_s = breath[-1].start_s + breath[-1].length_s + 0.1
    frames = int((end_s - start_s) / FRAME_S) + 1
    bins = bank[0].envelope.shape[1]
    envelope = np.full((frames, bins), np.log(1e-12))
    noise = np.ones((frames, bins))
    voiced = np.zeros(frames)
    notes = np.full(frames, np.nan)
    for number, event in enumerate(breath):
        syllable = bank[event.syllable % len(bank)]
        follows = breath[number + 1].start_s if number + 1 < len(breath) else np.inf
        onset = round((event.start_s - start_s) / FRAME_S)
        before = min(syllable.vowel_start, 30, onset)
        stop = round((min(event.start_s + event.length_s * 0.95, follows) - start_s) / FRAME_S)
        if follows < np.inf:  # room for the next consonant
            upcoming = bank[breath[number + 1].syllable % len(bank)]
            stop = max(onset + 6, min(stop, round((follows - start_s) / FRAME_S) - min(upcoming.vowel_start, 12)))
        stop = min(stop, frames)
        source = _stretched(syllable, before, stop - onset)
        where = slice(onset - before, onset - before + len(source))
        gain = 2 * np.log(event.velocity / 100) + np.minimum(0, np.log(1e-3) * (1 - _edges(len(source))))
        envelope[where] = _taken(syllable.envelope, source) + gain[:, None]
        noise[where] = _taken(syllable.noise, source)
        voiced[where] = syllable.voiced[np.clip(np.round(source).astype(int), 0, len(syllable.voiced) - 1)]
        notes[onset - before : stop] = event.pitch
    f0_hz = np.where(voiced > 0, _tune(notes, breath, start_s, manner, rng), 0.0)
    power = np.exp(_formants_moved(envelope, manner.formant))
    noise = np.clip(noise + manner.grit * 0.6 * np.linspace(0.2, 1, bins), 0, 1)
    return pyworld().synthesize(f0_hz, np.ascontiguousarray(power), noise, rate_hz, FRAME_S * 1000)


def _stretched(syllable: Syllable, before: int, sung: int) -> Float[ndarray, " frame"]:
    """Which frame of the syllable sounds when: 20 frames into the vowel as spoken, then what the note needs."""
    start, end, last = syllable.vowel_start, syllable.vowel_end, len(syllable.voiced) - 1
    entry = min(12, (end - start) // 3)
    leave = max(start + entry, end - 12)
    coda = max(0, min(last - leave, sung // 3))
    onset = np.arange(start - before, start + min(entry, sung))
    middle = np.linspace(start + entry, leave, max(0, sung - entry - coda))
    return np.concatenate([onset, middle, leave + np.arange(1, coda + 1)]).astype(float)


def _edges(count: int) -> ndarray:
    """0 at both ends, 1 between: 10 ms in, 30 ms out."""
    at = np.arange(count, dtype=float)
    return np.clip(np.minimum((at + 1) / 2, (count - at) / 6), 0, 1)


def _taken(frames: Float[ndarray, "frame bin"], where: Float[ndarray, " taken"]) -> Float[ndarray, "taken bin"]:
    low = np.clip(np.floor(where).astype(int), 0, len(frames) - 1)
    high = np.minimum(low + 1, len(frames) - 1)
    part = np.clip(where - low, 0, 1)[:, None]
    return frames[low] * (1 - part) + frames[high] * part


def _tune(
    notes: Float[ndarray, " frame"], breath: list[Event], start_s: float, manner: Manner, rng: np.random.Generator
) -> Float[ndarray, " frame"]:
    """The fundamental (Hz): notes joined by glides, a scoop at the start, vibrato on what is held, drift."""
    heard = np.flatnonzero(~np.isnan(notes))
    pitch = np.interp(np.arange(len(notes)), heard, notes[heard])
    time = start_s + np.arange(len(pitch)) * FRAME_S
    width = max(1, round(manner.glide_s / FRAME_S))
    kernel = np.hanning(width + 2)[1:-1]
    pitch = np.convolve(np.pad(pitch, width, "edge"), kernel / kernel.sum(), "same")[width:-width]
    phase = rng.random()
    for event in breath:
        since = time - event.start_s
        on = (since >= 0) & (since < event.length_s)
        depth = np.clip((since - 0.25) / 0.3, 0, 1) * on * manner.vibrato_semitones
        pitch = pitch + depth * np.sin(2 * np.pi * (manner.vibrato_hz * time + phase))
        if manner.spoken:  # speech falls on every syllable
            pitch = pitch + on * (1.5 - 5 * since / max(event.length_s, 0.1))
    drift = np.interp(time, time[0] + np.arange(0, 60, 0.2), rng.normal(0, 0.1, 300))
    return 440 * 2 ** ((pitch + drift + manner.grit * rng.normal(0, 0.25, len(pitch)) - 69) / 12)


def _formants_moved(envelope: Float[ndarray, "frame bin"], factor: float) -> Float[ndarray, "frame bin"]:
    bins = envelope.shape[1]
    return _taken(envelope.T, np.minimum(np.arange(bins) / factor, bins - 1)).T


def _with_air(audio: Float32[ndarray, " time"], rng: np.random.Generator) -> Float32[ndarray, " time"]:
    """espeak-ng says nothing above 11 kHz: noise goes on there as loud as what lies just below."""
    band = butter(2, [5000, 9500], "band", fs=RATE_HZ, output="sos").astype(np.float32)
    top = butter(4, 9000, "high", fs=RATE_HZ, output="sos").astype(np.float32)
    follow = butter(1, 40, fs=RATE_HZ, output="sos").astype(np.float32)
    level = np.maximum(sosfilt(follow, np.abs(sosfilt(band, audio))), 0)
    air = sosfilt(top, rng.standard_normal(len(audio)).astype(np.float32))
    return (audio + 0.5 * level * air).astype(np.float32)
