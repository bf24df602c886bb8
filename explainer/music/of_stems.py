"""The chapter on the stems in the mix: their levels beside what is usual, and who covers whom."""

from explainer.advice.shown import shown
from explainer.measured.kept import AnyReport
from explainer.music.pieces import Chapter, Grid
from explainer.music.said import NOTHING, decimal, hertz, signed

MOST_PAIRS = 8


def balance(report: AnyReport) -> Chapter:
    """Every stem, and the masking."""
    heads = ("stem", "role", "LUFS", "against the rest, LU", "usual", "energy", "sounds", "width")
    rows = tuple(
        (
            shown(stem.name),
            str(stem.role),
            decimal(stem.sound.loudness_lufs),
            signed(stem.level_lu),
            signed(stem.usual_level_lu),
            NOTHING if stem.share_percent is None else f"{stem.share_percent} %",
            f"{stem.sounds_percent} %",
            NOTHING if stem.sound.width_percent is None else f"{stem.sound.width_percent} %",
        )
        for stem in report.stems
    )
    said = tuple(
        f"{shown(pair.by)} covers {shown(pair.stem)} from {hertz(pair.low_hz)} to {hertz(pair.high_hz)} for "
        f"{pair.time_percent} % of its time, by {pair.over_db:.1f} dB."
        for pair in report.masking[:MOST_PAIRS]
    )
    grid = Grid("Stem by stem", heads, rows, frozenset(range(2, len(heads))))
    return Chapter("Stems in the mix", grids=(grid,), said=said)
