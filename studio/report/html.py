"""The report as one page of HTML that needs nothing else: its style and its pictures lie in it."""

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from pathlib import Path

from explainer.advice.shown import shown
from explainer.music.chapters import Told
from explainer.music.pieces import Chapter, Grid
from explainer.music.said import UNSURE
from studio.report.text import METHODS, beside

STYLE = Path(__file__).parent / "page.css"
PICTURES = {  # as they are described to who does not see them, and below them
    "timeline": "Sections in letters over the waveform, lines at bars; below, the notes of the chords, roots dark.",
    "levels": "Loudness of the mix and of each stem over time, in LUFS, over 3 s; lines where sections begin.",
    "spectrum": "The mix in thirds of an octave beside the usual line that falls 4.5 dB per octave.",
}


def in_html(told: Told, pictures: Mapping[str, str]) -> str:
    """All chapters.

    Args:
        pictures: SVG by the names in `PICTURES`.
    """
    drawn: set[str] = set()
    body = [f"<h1>{_text(told.title) or 'Song'}</h1>", f'<p class="headline">{_text(told.headline)}</p>']
    for chapter in told.chapters:
        body += _chapter(chapter, {name: one for name, one in pictures.items() if name not in drawn})
        drawn.update(chapter.pictures)
    if left := [name for name in pictures if name not in drawn]:
        body += ["<section><h2>Pictures</h2>", *(_picture(name, pictures[name]) for name in left), "</section>"]
    if told.missing:
        rows = "".join(f"<li>{_text(sentence)}</li>" for sentence in told.missing)
        body.append(f"<section><h2>Not told</h2><ul>{rows}</ul></section>")
    if told.methods:
        methods = Grid(METHODS, ("part", "method"), tuple(told.methods))
        body.append(f"<section><h2>{METHODS}</h2>{_table(methods)}</section>")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Nothing may be fetched or run, whatever a name holds.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        'img-src data:">\n'
        f"<title>{_text(told.title) or 'Song'}</title>\n<style>\n{STYLE.read_text()}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return escape(shown(text))


def _chapter(chapter: Chapter, pictures: Mapping[str, str]) -> list[str]:
    parts = [f"<section><h2>{_text(chapter.title)}</h2>"]
    if chapter.facts:
        rows = []
        for fact in chapter.facts:
            unsure = ' class="unsure"' if fact.confidence is not None and fact.confidence < UNSURE else ""
            note = f"<small{unsure}>{_text(beside(fact))}</small>" if beside(fact) else ""
            rows.append(f"<div><dt>{_text(fact.name)}</dt><dd>{_text(fact.value)}{note}</dd></div>")
        parts.append(f"<dl>{''.join(rows)}</dl>")
    parts += [_picture(name, pictures[name]) for name in chapter.pictures if name in pictures]
    parts += [f"<h3>{_text(grid.name)}</h3>{_table(grid)}" for grid in chapter.grids]
    if chapter.said:
        parts.append(f"<ul>{''.join(f'<li>{_text(sentence)}</li>' for sentence in chapter.said)}</ul>")
    return [*parts, "</section>"]


def _picture(name: str, drawn: str) -> str:
    """As an image, in which nothing runs."""
    source = f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"
    said = escape(PICTURES[name])
    return (
        f'<figure><div class="wide" tabindex="0" role="group" aria-label="{name}">'
        f'<img src="{source}" alt="{said}"></div>'
        f"<figcaption>{said}</figcaption></figure>"
    )


def _table(grid: Grid) -> str:
    def row(cells: tuple[str, ...], tag: str) -> str:
        scope = " scope=col" if tag == "th" else ""
        marks = [f"{' class=number' if at in grid.numbers else ''}{scope}" for at in range(len(cells))]
        return f"<tr>{''.join(f'<{tag}{m}>{_text(cell)}</{tag}>' for cell, m in zip(cells, marks, strict=True))}</tr>"

    body = "".join(row(cells, "td") for cells in grid.rows)
    name = escape(grid.name)
    table = f"<table><thead>{row(grid.heads, 'th')}</thead><tbody>{body}</tbody></table>"
    return f'<div class="wide" tabindex="0" role="group" aria-label="{name}">{table}</div>'
