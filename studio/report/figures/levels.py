"""The level of each stem over time."""

import numpy as np
from matplotlib.figure import Figure

from console.music.music import Music
from studio.pictures.lettering import fitted, fonts
from studio.report.figures.base import FAINT, INK, SOFT, colours, over_time, quiet, sheet

SPAN_LU, FEW_PERCENT = 48.0, 2  # below the loudest, at most; moments that may lie below the picture
MOST_NAMED, ROW, LEGEND = 16, 4, 2.2  # stems in the legend; how many side by side; inches of each name
SHORT_S = 3.0  # over which levels are averaged, so that lines can be followed


def levels(music: Music) -> Figure | None:
    """A line for each stem, and one for the mix; None where nothing sounds."""
    course = music.course
    if course is None:
        return None
    names = [name for name in course.stems_lufs if any(level is not None for level in course.stems_lufs[name])]
    rows = -(-min(len(names) + 1, MOST_NAMED) // ROW)
    figure = sheet(2.8 + 0.24 * rows)
    axes = figure.subplots()
    quiet(axes, "LUFS")
    axes.grid(axis="y", color=FAINT, linewidth=0.7)
    window = max(1, round(SHORT_S / course.step_s))
    time_s = (np.arange(len(course.mix_lufs)) + 0.5) * course.step_s
    mix_lufs = _smooth(course.mix_lufs, window)
    axes.plot(time_s, mix_lufs, color=INK, linewidth=1.8, label="mix")
    kinds = colours([music.stems.get(name, "other") for name in names])
    for name, (colour, dash) in zip(names, kinds, strict=True):
        label = fitted(name, LEGEND - 0.5, 9.0)
        line = _smooth(course.stems_lufs[name], window)
        axes.plot(time_s, line, color=colour, linestyle=dash, linewidth=1.4, label=label)
    high = np.nanmax(mix_lufs) if np.isfinite(mix_lufs).any() else 0.0
    drawn = np.concatenate([line.get_ydata() for line in axes.get_lines()])
    low = np.nanpercentile(drawn, FEW_PERCENT) if np.isfinite(drawn).any() else high
    axes.set_ylim(np.floor((max(low - 3, high - SPAN_LU)) / 6) * 6, np.ceil((high + 1) / 6) * 6)
    if music.form is not None:
        for section in music.form.sections[1:]:
            axes.axvline(section.start_s, color=SOFT, linewidth=0.8)
    over_time(axes, music.duration_s)
    handles, labels = axes.get_legend_handles_labels()
    legend = figure.legend(
        handles[:MOST_NAMED],
        labels[:MOST_NAMED],
        loc="outside lower left",
        ncols=ROW,
        frameon=False,
        prop={"family": list(fonts()), "size": 9},
        labelcolor=INK,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    return figure


def _smooth(lufs: tuple[float | None, ...], window: int) -> np.ndarray:
    """Means of energy over some points; NaN where nothing sounds."""
    power = np.array([0.0 if level is None else 10 ** (level / 10) for level in lufs])
    kernel = np.ones(window)
    around = np.convolve(power, kernel, "same") / np.convolve(np.ones_like(power), kernel, "same")
    silent = np.array([level is None for level in lufs])
    with np.errstate(divide="ignore"):
        return np.where(silent | (around <= 0), np.nan, 10 * np.log10(around))
