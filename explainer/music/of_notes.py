"""Chapters on rhythm, harmony and melody."""

from console.music.music import Music
from explainer.advice.shown import listed, quoted, shown
from explainer.music import in_time
from explainer.music.pieces import Chapter, Fact, Grid
from explainer.music.said import NOTHING, SILENCES, chord, clock, counted


def rhythm(music: Music) -> Chapter | None:
    """Tempo, metre, how steady."""
    beats = music.beats
    if beats is None or beats.tempo_bpm is None:
        return None
    sure = beats.confidence
    other = "" if beats.other_tempo_bpm is None else f"it may as well be counted {beats.other_tempo_bpm:.1f} BPM"
    found = [Fact("Tempo", in_time.tempo(beats), other, sure, first=True)]
    if beats.metre is not None:
        said = in_time.metre(beats.metre, beats.feel)
        notes = [counted(len(beats.downbeats_s), "bar"), in_time.other_metre(beats.other_metre)]
        note = "; ".join(filter(None, notes))
        found.append(Fact("Metre", said, note, in_time.metre_confidence(beats), first=True))
    found.append(Fact("Steadiness", f"{beats.steady_percent} % of the beats come within 5 % of the tempo"))
    if beats.beats_s:
        span = f"from {clock(beats.beats_s[0])} to {clock(beats.beats_s[-1])}"
        found.append(Fact("Beats", str(len(beats.beats_s)), span))
    return Chapter("Rhythm", tuple(found))


def harmony(music: Music) -> Chapter | None:
    """Key, chords, and what comes again and again."""
    key, chords = music.key, music.chords
    if key is None and chords is None:
        return None
    found = []
    if key is not None:
        note = f"next best: {shown(key.second)}; heard in {shown(key.heard_in)}"
        found.append(Fact("Key", in_time.key(key), note, key.confidence, first=True))
        if tuned := in_time.tuning(key):
            found.append(Fact("Tuning", tuned))
    if chords is None:
        return Chapter("Harmony", tuple(found))
    different = {each.name for each in chords.chords} - set(SILENCES)
    many = counted(len(different), "different chord")
    found.append(Fact("Chords", many, f"heard in {shown(chords.heard_in)}", chords.confidence))
    length = f"a chord lasts {chords.mean_length_s:.1f} s on average"
    found.append(Fact("Changes", f"{chords.changes_per_minute:.0f} a minute", length))
    found.append(Fact("Minor", f"{chords.minor_percent} % of the time under chords with a minor third"))
    rows = tuple((chord(share.name), f"{share.percent} %") for share in chords.commonest)
    again = tuple((" ".join(map(shown, each.numerals)), str(each.times)) for each in chords.progressions)
    grids = (
        Grid("Commonest chords", ("chord", "of the time"), rows, frozenset({1})),
        Grid("Progressions", ("in numerals of the key", "times"), again, frozenset({1})),
    )
    return Chapter(
        "Harmony",
        tuple(found),
        tuple(grid for grid in grids if grid.rows),
        pictures=() if music.form is not None else ("timeline",),
    )


def melody(music: Music) -> Chapter | None:
    """What is sung."""
    sung = music.melody
    if sung is None:
        return None
    span = f"{shown(sung.lowest)} to {shown(sung.highest)}"
    heard = listed(list(map(quoted, sung.stems))) if sung.stems else NOTHING
    found = (
        Fact("Range", span, counted(sung.range_semitones, "semitone"), sung.confidence, first=True),
        Fact("Middle", shown(sung.middle), "half of what is sung lies below"),
        Fact("Register", shown(sung.register)),
        Fact("Sung", f"{sung.voiced_percent} % of the song", f"heard in {heard}"),
    )
    return Chapter("Melody", found)
