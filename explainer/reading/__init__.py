"""Reading texts: what they claim of the stems of a mix."""

from explainer.reading.claims.versions import parse_comparison
from explainer.reading.reader import parse, read

__all__ = ["parse", "parse_comparison", "read"]
