"""Texts in tables for spreadsheets, none of which is taken for a formula."""

from console.files.names import shown

FORMULA = tuple(
    "=+-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)
MARK = "\N{BYTE ORDER MARK}"  # by which spreadsheets see that it is UTF-8


def harmless(text: str) -> str:
    """A text on one line that no spreadsheet takes for a formula: where it begins like one, behind an apostrophe."""
    plain = shown(text)
    return f"'{plain}" if plain.lstrip().startswith(FORMULA) else plain
