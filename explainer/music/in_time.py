"""Metre, tempo and key in words, and how they change in the course of a song."""

from collections.abc import Sequence

from console.music.pulse_and_key import Beats, Key, Reading
from explainer.music.said import clock, plain

OUT_OF_TUNE_CENTS = 10.0  # less is told in the data only
QUARTER_TONE_CENTS = 40.0  # from here on a key may as well be the one a semitone further
MOST_STRETCHES = 8
SIGNATURES = {2: "6/8", 3: "9/8", 4: "12/8"}


def metre(beats: int, feel: str | None) -> str:
    """As "4 beats in a bar"; in three parts each, as 6/8 or its like."""
    said = f"{beats} beats in a bar"
    if feel == "triple":
        return (
            f"{SIGNATURES[beats]}: {said}, each in three parts"
            if beats in SIGNATURES
            else f"{said}, each in three parts"
        )
    return f"{said}, swung" if feel == "swung" else said


def other_metre(other: Reading | None) -> str:
    """Another way to count; "" for none."""
    return "" if other is None else f"it may be {metre(other.metre, other.feel)} at {other.tempo_bpm:.1f} BPM"


def metre_confidence(beats: Beats) -> float:
    """How sure the metre is."""
    return beats.confidence if beats.metre_confidence is None else beats.metre_confidence


def tempo(beats: Beats) -> str:
    """As "120.0 BPM", or "120.0 BPM until 0:45, then 96.0 BPM"."""
    if len(beats.paces) < 2:
        return f"{beats.tempo_bpm or 0.0:.1f} BPM"
    return _course([(f"{pace.tempo_bpm:.1f} BPM", pace.end_s) for pace in beats.paces])


def key(of: Key) -> str:
    """As "D minor", or "D minor until 1:20, then E minor"."""
    if len(of.stretches) < 2:
        return plain(of.name)
    return _course([(plain(stretch.name), stretch.end_s) for stretch in of.stretches])


def tuning(of: Key) -> str:
    """Where a song is clearly off A = 440 Hz: by how much; "" where it is not."""
    cents = of.tuning_cents
    if cents is None or abs(cents) < OUT_OF_TUNE_CENTS:
        return ""
    concert_hz = 440 * 2 ** (cents / 1200)
    between = ", between two keys" if abs(cents) >= QUARTER_TONE_CENTS else ""
    return f"{abs(cents):.0f} cents {'above' if cents > 0 else 'below'} A = 440 Hz (A = {concert_hz:.0f} Hz){between}"


def _course(stretches: Sequence[tuple[str, float]]) -> str:
    """What holds until when, one after another."""
    told = list(stretches[:MOST_STRETCHES])
    said = [f"{what} until {clock(end_s)}" for what, end_s in told[:-1]]
    more = " …" if len(stretches) > len(told) else ""
    return ", then ".join([*said, told[-1][0]]) + more
