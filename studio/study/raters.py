"""How many raters it takes: the reliability of a mean over raters, after Spearman (1910) and Brown (1910)."""

import math

RELIABILITY = 0.8  # of a mix's mean score, as correlation of two such panels; what most journals ask for
RATERS = 15  # that usually give it: one rater's scores of mixes have an intraclass correlation (ICC) of about 0.21
TYPICAL_ICC = RELIABILITY / (RELIABILITY + RATERS * (1 - RELIABILITY))
ROUNDING = 1e-9


def reliability_of(raters: int, icc: float) -> float:
    """Reliability of the mean over so many raters, each of whom has that intraclass correlation with any other."""
    return raters * icc / (1 + (raters - 1) * icc)


def raters_for(icc: float, reliability: float = RELIABILITY) -> int | None:
    """How many raters give a mean of that reliability; None where raters do not agree at all (an ICC of 0 or less)."""
    if icc <= 0:
        return None
    return max(1, math.ceil(reliability * (1 - icc) / (icc * (1 - reliability)) - ROUNDING))


def advice() -> str:
    """How many raters to look for, and why."""
    others = ", ".join(f"{raters_for(icc)} at an ICC of {icc:g}" for icc in (0.1, 0.3, 0.5))
    return (
        f"About {RATERS} raters per mix are needed for a reliability of {RELIABILITY:g}: by Spearman and Brown, the "
        f"mean of k raters has a reliability of k ICC / (1 + (k - 1) ICC), and one rater's scores of mixes have an ICC "
        f"of about {TYPICAL_ICC:.2f} ({others}). What yours have, the import tells."
    )
