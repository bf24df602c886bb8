"""From a score to finished native stems: played, produced in its style, and levelled within its role."""

from functools import cache
from importlib.resources import files

import numpy as np
import yaml
from jaxtyping import Float32
from numpy import ndarray
from pydantic import BaseModel, ConfigDict

from console.data.synth.effects import (
    add_room,
    compress,
    draw_room,
    equalise,
    place,
    saturate,
    second_energies,
    soften_peaks,
)
from console.data.synth.genres import genres
from console.data.synth.needs import soundfont
from console.data.synth.oscillators import beat, synthesise
from console.data.synth.perform import RATE_HZ, Event, perform
from console.data.synth.sampler import sample
from console.data.synth.score import Part, Score, rng_for
from console.data.synth.voice import Manner, sing_events

FONT_ODDS = {"FluidR3_GM.sf2": 0.62, "TimGM6mb.sf2": 0.34, "MuseScore_General_Lite.sf3": 0.04}
SLOW_FONT = "MuseScore_General_Lite.sf3"  # compressed: it takes a second of computing to open for each part
LEVEL_SPREAD_DB = 2.0
CREST_DB = (11.0, 17.0)  # of peaks over the RMS of loud seconds
TILT_DB = (-1.0, 8.0)
Range = tuple[float, float]


class Style(BaseModel):
    """How a kind of native stem is produced, as styles.yaml explains."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    level_db: float
    high_pass_hz: Range
    low_pass_hz: Range | None = None
    bells: list[tuple[float, float, float]]
    ratio: Range
    drive: Range
    reverb_db: Range
    width: Range


@cache
def styles() -> dict[str, Style]:
    """Every style by its name."""
    text = files("console.data.synth").joinpath("styles.yaml").read_text()
    return {name: Style(**rules) for name, rules in yaml.safe_load(text).items()}


def produce(score: Score) -> list[Float32[ndarray, "2 time"]]:
    """The score's parts as sound, in their order, each at its level within its role.

    Raises `InputError` where an instrument cannot be played.
    """
    rng = rng_for(score.seed, score.index, "rooms")
    rooms = [draw_room(rng, float(rng.uniform(0.25, 0.7))), draw_room(rng, float(rng.uniform(0.9, 2.8)))]
    return [_finished(play(score, part), score, part, rooms) for part in score.parts]


def play(score: Score, part: Part) -> Float32[ndarray, "channel time"]:
    """The part, dry, in one or two channels."""
    events = perform(score, part)
    song = rng_for(score.seed, score.index, "instruments")
    if part.player == "drum machine":
        return beat(events, part.patch, score.seconds)
    if part.player == "oscillators":
        return synthesise(events, part.patch, part.style, score.seconds)
    if part.player == "voice":
        return _sung(events, score, part)
    tuning_cents = float(song.normal(0, 6))
    own = song if part.player == "drum kit" else rng_for(score.seed, score.index, f"play {part.name.rstrip(' LR')}")
    odds = {file: odds for file, odds in FONT_ODDS.items() if not (part.player == "drum kit" and file == SLOW_FONT)}
    file = str(own.choice(list(odds), p=np.array(list(odds.values())) / sum(odds.values())))
    detune_cents = tuning_cents + float(rng_for(score.seed, score.index, part.name).normal(0, 3))
    return sample(events, soundfont(file), part.patch, part.player == "drum kit", detune_cents, score.seconds)


def _sung(events: list[Event], score: Score, part: Part) -> Float32[ndarray, "1 time"]:
    """Every voice of a song sings the same words; a double is the lead's own voice once more."""
    rng = np.random.default_rng([part.patch, 1])
    rules = genres()[score.genre].singing
    manner = Manner(
        formant=float(np.exp(rng.normal(0, 0.07))),
        grit=float(rng.uniform(*rules.grit)),
        glide_s=float(rng.uniform(0.03, 0.12)),
        vibrato_hz=float(rng.uniform(4.5, 6.5)),
        vibrato_semitones=float(rng.uniform(0.0, 0.5)),
        spoken=rules.manner == "rap",
    )
    words = int(rng_for(score.seed, score.index, "words").integers(2**31))
    return sing_events(events, part.patch, manner, score.seconds, words, int(part.style == "double"))


def _finished(
    audio: Float32[ndarray, "channel time"], score: Score, part: Part, rooms: list[Float32[ndarray, "2 _"]]
) -> Float32[ndarray, "2 time"]:
    """Equalised, compressed, saturated, placed and put into a room, then set to its level."""
    style = styles()[part.style]
    rng = rng_for(score.seed, score.index, f"produce {part.name.rstrip(' LR')}")
    loud = np.abs(audio).max() or 1.0
    audio = (audio / loud).astype(np.float32)
    filters = [("high_pass", 0.0, 0.7, float(rng.uniform(*style.high_pass_hz)))]
    if style.low_pass_hz:
        filters.append(("low_pass", 0.0, 0.7, float(rng.uniform(*style.low_pass_hz))))
    for centre_hz, low_db, high_db in style.bells:
        hz = centre_hz * float(np.exp(rng.normal(0, 0.25)))
        filters.append(("peaking", float(rng.uniform(low_db, high_db)), float(rng.uniform(0.6, 1.6)), min(hz, 18_000)))
    tilt_db = float(rng.uniform(*TILT_DB))  # samples are duller than records
    filters.append(("high_shelf", tilt_db, 0.5, float(np.exp(rng.uniform(np.log(800), np.log(5000))))))
    audio = equalise(audio, filters)
    ratio = float(rng.uniform(*style.ratio))
    attack_s, release_s = float(rng.uniform(0.002, 0.03)), float(rng.uniform(0.05, 0.3))
    audio = compress(audio, float(rng.uniform(6, 18)), ratio, attack_s, release_s)
    drive = float(np.exp(rng.uniform(*np.log(style.drive))))
    if drive > 1.15:
        audio = saturate(audio, drive)
        if style.low_pass_hz:  # the loudspeaker comes after the amplifier
            audio = equalise(audio, filters[1:2])
    stereo = place(audio, part.pan, float(rng.uniform(*style.width)))
    reverb_db = float(rng.uniform(*style.reverb_db))
    if reverb_db > -34:
        stereo = add_room(stereo, rooms[int(rng.random() < 0.5) if part.role != "drums" else 0], reverb_db)
    level_db = style.level_db + float(rng.normal(0, LEVEL_SPREAD_DB))
    fade = round(0.02 * RATE_HZ)  # the song may end anywhere
    stereo[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    rms = max(_active_rms(stereo), 1e-9)
    stereo = soften_peaks(stereo, rms * 10 ** (float(rng.uniform(*CREST_DB)) / 20))
    return (stereo * (10 ** (level_db / 20) / rms)).astype(np.float32)


def _active_rms(audio: Float32[ndarray, "2 time"]) -> float:
    """RMS over the louder half of the seconds in which the stem sounds."""
    energies = np.sort(second_energies(audio))[::-1] / RATE_HZ
    heard = energies[energies > 1e-3 * energies[0]]
    return float(np.sqrt(heard[: max(1, len(heard) // 2)].mean()))
