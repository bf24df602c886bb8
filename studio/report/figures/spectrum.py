"""The spectrum of the mix beside the usual one."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from console.music.music import Music
from studio.report.figures.base import FAINT, INK, SOFT, quiet, sheet

TICKS_HZ = (31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16_000)
ABOVE, BELOW = "#c8511b", "#0b7a75"
SPAN_DB = 42.0


def spectrum(music: Music) -> Figure | None:
    """Thirds of an octave and the usual line; None where there is no spectrum."""
    if music.spectrum is None:
        return None
    hz = np.asarray(music.spectrum.bands_hz)
    level_db = np.asarray(music.spectrum.level_db)
    usual_db = np.array([np.nan if level is None else level for level in music.spectrum.usual_db])
    figure = sheet(3.0)
    axes = figure.subplots()
    quiet(axes, "dB below the whole")
    axes.grid(axis="y", color=FAINT, linewidth=0.7)
    axes.set_xscale("log")
    axes.fill_between(
        hz, usual_db, level_db, where=level_db > usual_db, color=ABOVE, alpha=0.18, interpolate=True, lw=0
    )
    axes.fill_between(
        hz, usual_db, level_db, where=level_db < usual_db, color=BELOW, alpha=0.16, interpolate=True, lw=0
    )
    axes.plot(hz, usual_db, color=SOFT, linewidth=1.2, linestyle=(0, (4, 3)), label="usual")
    axes.plot(hz, level_db, color=INK, linewidth=1.6, label="mix")
    high = np.ceil((level_db.max() + 1) / 6) * 6
    axes.set_ylim(high - SPAN_DB, high)
    axes.set_xlim(hz.min(), hz.max())
    axes.xaxis.set_major_locator(FixedLocator([tick for tick in TICKS_HZ if hz.min() <= tick <= hz.max()]))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value / 1000:g} k" if value >= 1000 else f"{value:g}")
    )
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("Hz", fontsize=9, color=SOFT)
    axes.legend(loc="upper right", frameon=False, fontsize=9, labelcolor=INK)
    return figure
