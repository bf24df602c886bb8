"""Reading texts: what they claim of the stems of a mix."""

from explainer.parse.reader import parse, read
from explainer.parse.versions import parse_comparison

__all__ = ["parse", "parse_comparison", "read"]
