"""Any text in a picture: what fonts there are to write it, and names cut to the room there is."""

from functools import cache

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from explainer.advice.shown import shown

# DejaVu comes with matplotlib; the others are used where they are installed, for the scripts it cannot write.
OTHER_FONTS = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans JP",
    "Noto Sans SC",
    "Noto Sans KR",
    "WenQuanYi Zen Hei",
    "IPAGothic",
    "Hiragino Sans",
    "PingFang SC",
    "Apple SD Gothic Neo",
    "Yu Gothic",
    "Microsoft YaHei",
    "Malgun Gothic",
    "Arial Unicode MS",
)
INK = "#23272e"
NO_GLYPH = "\N{WHITE SQUARE}"
LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"  # the line runs as the page does, whatever it begins with
LONGEST = 120  # characters that are looked at when a name is cut


@cache
def fonts() -> tuple[str, ...]:
    """The font families to write with, in the order in which they are asked for a letter."""
    installed = {font.name for font in fontManager.ttflist}
    return ("DejaVu Sans", *(font for font in OTHER_FONTS if font in installed))


def writable(text: str, weight: str = "normal") -> str:
    """The text, with a white square for every letter that no font here can write."""
    faces = [get_font(findfont(FontProperties(family=[family], weight=weight))) for family in fonts()]
    letters = (char if any(face.get_char_index(ord(char)) for face in faces) else NO_GLYPH for char in shown(text))
    return "".join(letters)


def write(
    page: Axes,
    x: float,
    y: float,
    text: str,
    size: float,
    weight: str = "normal",
    align: str = "left",
    colour: str = INK,
) -> None:
    """Writes one line at a point of the page; nothing in it is taken for mathematics."""
    page.text(
        x,
        y,
        LEFT_TO_RIGHT + writable(text, weight),
        fontsize=size,
        fontweight=weight,
        fontfamily=list(fonts()),
        parse_math=False,
        ha=align,
        color=colour,
    )


def fitted(text: str, room: float, size: float, weight: str = "normal") -> str:
    """The text, its middle left out where it is wider than `room` inches."""
    properties = FontProperties(family=list(fonts()), size=size, weight=weight)
    renderer = RendererAgg(1, 1, dpi=72)

    def width(text: str) -> float:
        return renderer.get_text_width_height_descent(text, properties, ismath=False)[0] / 72

    text = writable(text, weight)
    if len(text) > LONGEST:
        text = text[: LONGEST // 2] + text[-LONGEST // 2 :]
    cut = text
    kept = len(text)
    while width(cut) > room and kept > 2:
        kept -= 1
        cut = f"{text[: kept - kept // 3]}…{text[len(text) - kept // 3 :]}"
    return cut
