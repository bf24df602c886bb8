"""The song over time: its sections, its waveform with bars, and its chords as a piano roll."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from console.music.harmony.notes import notes
from console.music.harmony.vocabulary import FLATS
from console.music.music import Chords, Music
from explainer.music.said import chord
from studio.pictures.lettering import fonts, writable
from studio.report.figures.base import FAINT, INK, LINE, SOFT, over_time, quiet, sheet

SHADES = ("#f4f2ec", "#e2f0ee", "#faeae1", "#ebe4f0", "#e4ebf4", "#f2eed8")
WAVE, ROOT, NOTE = "#9aa0a8", "#0b7a75", "#a9d3cf"
MOST_LINES = 160  # bars or beats that are drawn; more of them would be a grey
CHARACTER = 0.075  # inches of a letter at 8.5 points


def timeline(music: Music) -> Figure | None:
    """Sections, waveform, bars and chords; None where there is nothing of it."""
    chords = music.chords if music.chords is not None and music.chords.chords else None
    if music.course is None and chords is None:
        return None
    heights = [1.3] + ([2.0] if chords is not None else [])
    figure = sheet(sum(heights) + 0.9)
    rows = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    _waves(rows[0], music)
    if chords is not None:
        _roll(rows[1], chords)
    for axes in rows:
        _bars(axes, music)
    over_time(rows[-1], music.duration_s)
    return figure


def _waves(axes: Axes, music: Music) -> None:
    quiet(axes)
    axes.set_ylim(-1.05, 1.5)
    axes.set_yticks([])
    if music.course is not None:
        peaks = np.asarray(music.course.peaks)
        tall = np.sqrt(peaks / max(peaks.max(initial=0.0), 1e-9))  # so that what is soft is seen, too
        edges = np.arange(len(peaks) + 1) * music.course.step_s
        axes.stairs(tall, edges, baseline=-tall, fill=True, color=WAVE, linewidth=0, zorder=2)
    if music.form is None:
        return
    letters = list(dict.fromkeys(section.label for section in music.form.sections))
    for section in music.form.sections:
        shade = SHADES[letters.index(section.label) % len(SHADES)]
        axes.axvspan(section.start_s, section.end_s, color=shade, linewidth=0, zorder=0)
        axes.axvline(section.start_s, color=SOFT, linewidth=0.8, zorder=3)
        label = writable(section.label)[:8]
        axes.text(
            section.start_s + 0.004 * music.duration_s,
            1.38,
            label,
            fontsize=10,
            fontweight="bold",
            fontfamily=list(fonts()),
            color=INK,
            va="top",
            clip_on=True,
            parse_math=False,
        )


def _bars(axes: Axes, music: Music) -> None:
    """Bars, or beats where no bars are heard; every so manyth where they lie close."""
    if music.beats is None:
        return
    lines_s = music.beats.downbeats_s or music.beats.beats_s
    every = 1
    while len(lines_s) / every > MOST_LINES:
        every *= 2
    for time_s in lines_s[::every]:
        axes.axvline(time_s, color=LINE, linewidth=0.5, zorder=1)


def _roll(axes: Axes, chords: Chords) -> None:
    """A row for each of the twelve notes; the root stands out."""
    quiet(axes)
    axes.set_ylim(-0.5, 13.0)
    axes.set_yticks(range(12), FLATS)
    for row in range(12):
        axes.axhline(row - 0.5, color=FAINT, linewidth=0.6, zorder=0)
    spans: dict[tuple[int, bool], list[tuple[float, float]]] = {}
    for each in chords.chords:
        for at, note in enumerate(notes(each.name)):
            spans.setdefault((note, at == 0), []).append((each.start_s, each.end_s - each.start_s))
    for (note, is_root), bars in spans.items():
        axes.broken_barh(bars, (note - 0.42, 0.84), facecolors=ROOT if is_root else NOTE, linewidth=0, zorder=2)
    _names(axes, chords)


def _names(axes: Axes, chords: Chords) -> None:
    """The chords' names above, where they have room."""
    end_s = max(each.end_s for each in chords.chords)
    inch_s = end_s / 9.4
    free_s = -1.0
    for each in chords.chords:
        name = writable(chord(each.name))[:8] if notes(each.name) else ""
        wide_s = (len(name) * CHARACTER + 0.05) * inch_s
        if name and each.start_s >= free_s and each.end_s - each.start_s >= 0.5 * wide_s:
            axes.text(each.start_s, 12.1, name, fontsize=8.5, color=INK, va="center", clip_on=True, parse_math=False)
            free_s = each.start_s + wide_s
