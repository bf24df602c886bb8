"""The chapter on the mix as meters have it."""

from itertools import groupby

from console.music.music import Music, Spectrum
from explainer.advice.shown import shown
from explainer.music.pieces import Chapter, Fact, Grid
from explainer.music.said import decimal, hertz, signed

FAR_DB = 4.0  # off the usual, over an octave: single thirds of a song's own notes lie further off
MOST_FAR = 4
LINE = "a straight line that falls 4.5 dB per octave from 63 Hz to 10 kHz"


def mix(music: Music) -> Chapter | None:
    """Loudness, peaks, stereo, spectrum, and what services would do."""
    metered = music.mix
    if metered is None:
        return None
    found = [
        Fact("Loudness", decimal(metered.integrated_lufs, 1, "LUFS"), "integrated", first=True),
        Fact("Loudness range", decimal(metered.range_lu, 1, "LU")),
        Fact("True peak", signed(metered.true_peak_dbtp, 1, "dBTP"), first=True),
        Fact("Crest", decimal(metered.crest_db, 1, "dB"), "the peak above the mean level while it sounds"),
    ]
    if metered.correlation is not None:
        found.append(Fact("Correlation", signed(metered.correlation, 2), "of left and right"))
    if metered.width_percent is not None:
        found.append(Fact("Width", f"{metered.width_percent} %", "energy of the sides against all"))
    rows = tuple(
        (
            shown(each.service),
            decimal(each.target_lufs, 0),
            signed(each.change_db, 1, "dB"),
            "turns down only" if each.only_down else "turns down, and up as far as -1 dBTP",
        )
        for each in metered.targets
    )
    grids = [Grid("Streaming", ("service", "LUFS", "would change it by", ""), rows, frozenset({1, 2}))] if rows else []
    bands = tuple((f"{hertz(b.low_hz)} to {hertz(b.high_hz)}", decimal(b.share_db, 1)) for b in metered.bands)
    grids.append(Grid("Energy", ("band", "dB below all"), bands, frozenset({1})))
    said = () if music.spectrum is None else departures(music.spectrum)
    return Chapter("Mix", tuple(found), tuple(grids), said, pictures=("levels", "spectrum"))


def departures(spectrum: Spectrum) -> tuple[str, ...]:
    """Where a spectrum lies far off the usual one, sentences; the farthest first."""
    rows = zip(spectrum.bands_hz, spectrum.level_db, spectrum.usual_db, strict=True)
    off = [(hz, level_db - usual_db) for hz, level_db, usual_db in rows if usual_db is not None]
    over_octave = [
        (hz, sum(by for _, by in around) / len(around))
        for at, (hz, _) in enumerate(off)
        if (around := off[max(at - 1, 0) : at + 2])
    ]
    runs = []
    for way, run in groupby(over_octave, key=lambda pair: (pair[1] >= FAR_DB) - (pair[1] <= -FAR_DB)):
        pairs = list(run)
        if way:
            runs.append((pairs[0][0], pairs[-1][0], max((by for _, by in pairs), key=abs)))
    if not off:
        return ()
    runs.sort(key=lambda run: -abs(run[2]))
    said = [
        f"{_span(low, high)}: up to {abs(by):.0f} dB {'above' if by > 0 else 'below'} the usual spectrum."
        for low, high, by in runs[:MOST_FAR]
    ]
    return (*(said or [f"The spectrum lies within {FAR_DB:.0f} dB of the usual."]), f"The usual is {LINE}.")


def _span(low_hz: float, high_hz: float) -> str:
    return f"Round {hertz(low_hz)}" if low_hz == high_hz else f"From {hertz(low_hz)} to {hertz(high_hz)}"
