"""The report as a page of Markdown. What users called things stays text: no markup, no link, no HTML."""

from explainer.music.chapters import Told
from explainer.music.pieces import Chapter, Grid
from studio.export.markdown import escaped
from studio.report.text import METHODS, beside


def in_markdown(told: Told) -> str:
    """All chapters."""
    parts = [f"# {escaped(told.title) or 'Song'}", f"**{escaped(told.headline)}**"]
    for chapter in told.chapters:
        parts += _chapter(chapter)
    if told.missing:
        parts += ["## Not told", "\n".join(f"- {escaped(sentence)}" for sentence in told.missing)]
    if told.methods:
        rows = tuple((name, method) for name, method in told.methods)
        parts += [f"## {METHODS}", _table(Grid("", ("part", "method"), rows))]
    return "\n\n".join(parts) + "\n"


def _chapter(chapter: Chapter) -> list[str]:
    parts = [f"## {escaped(chapter.title)}"]
    if chapter.facts:
        rows = tuple((fact.name, fact.value, beside(fact)) for fact in chapter.facts)
        parts.append(_table(Grid("", ("what", "is", "beside"), rows)))
    for grid in chapter.grids:
        parts += [f"### {escaped(grid.name)}", _table(grid)]
    if chapter.said:
        parts.append("\n".join(f"- {escaped(sentence)}" for sentence in chapter.said))
    return parts


def _table(grid: Grid) -> str:
    rule = ["--:" if at in grid.numbers else "---" for at in range(len(grid.heads))]
    rows = [list(map(escaped, grid.heads)), rule, *(list(map(escaped, row)) for row in grid.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
