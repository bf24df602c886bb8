"""Reading texts: what they claim of the stems of a mix."""

from explainer.reading.reader import parse, read
from explainer.reading.versions import parse_comparison

__all__ = ["parse", "parse_comparison", "read"]
