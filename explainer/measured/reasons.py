"""Reasons: what was measured of a stem that speaks for its move, the strongest first."""

from collections.abc import Iterator, Sequence
from math import isnan

from console.meters.bands import BANDS_HZ
from explainer.advice.claims import Reason, ReasonKind
from explainer.measured.figures import Figures
from explainer.measured.masking import COVERED_DB, MOSTLY

MOST = 3  # for one stem
CLEAR_DB, CLEAR_POINTS = 1.0, 2  # a figure nearer to the usual one speaks for nothing
SELDOM_PERCENT = 60
UNEVEN = 1.5  # times an even share: for stems of which nothing usual is known

# A stem's reasons come in the order of their strengths: by how many standard deviations it is off.
ANCHOR_BONUS = 0.25  # the anchor is known to be right, the rest is not
SHARE_DISCOUNT = 0.6  # it says what the level says
SELDOM = 0.3

Strong = tuple[float, Reason]


def reasons(
    figures: Figures, gains_db: Sequence[Sequence[float]], names: Sequence[Sequence[str]]
) -> list[tuple[tuple[Reason, ...], ...]]:
    """For each draw and each stem at most three measured facts that speak for its gain, the strongest first.

    A fact that speaks against the gain, or for none, is left out: so a stem that does not move has no reasons.

    Args:
        figures: of the stems as they are, before any move.
        gains_db: of each draw's stems: positive for one to be raised, 0 for one to be left.
        names: of each draw's stems.
    """
    draws = len(figures.present)
    if not len(gains_db) == len(names) == draws:
        raise ValueError(f"{draws} draws need as many lists of gains and names, not {len(gains_db)} and {len(names)}")
    columns = {key: column.tolist() for key, column in figures._asdict().items()}
    told = []
    for draw, (of_draw_db, of_draw) in enumerate(zip(gains_db, names, strict=True)):
        row = {key: column[draw] for key, column in columns.items()}
        told.append(tuple(_of_stem(row, stem, gain_db, of_draw) for stem, gain_db in enumerate(of_draw_db)))
    return told


def _of_stem(row: dict[str, list], stem: int, gain_db: float, names: Sequence[str]) -> tuple[Reason, ...]:
    if not gain_db or not row["present"][stem]:
        return ()
    strong = [*_level(row, stem, gain_db), *_anchor(row, stem, gain_db, names), *_share(row, stem, gain_db)]
    if gain_db > 0:
        strong += [*_masked(row, stem, gain_db, names), *_seldom(row, stem)]
    strong.sort(key=lambda pair: -pair[0])
    return tuple(reason for _, reason in strong[:MOST])


def _level(row: dict[str, list], stem: int, gain_db: float) -> Iterator[Strong]:
    level_lu, usual_lu, off_db = row["level_lu"][stem], row["usual_level_lu"][stem], row["off_db"][stem]
    if _speaks(level_lu, usual_lu, off_db, gain_db):
        yield abs(off_db) / row["spread_db"][stem], Reason(ReasonKind.LEVEL, _lu(level_lu), _known(usual_lu))


def _anchor(row: dict[str, list], stem: int, gain_db: float, names: Sequence[str]) -> Iterator[Strong]:
    level_lu, usual_lu = row["anchor_lu"][stem], row["usual_anchor_lu"][stem]
    off_db = row["off_db"][stem] if isnan(usual_lu) else level_lu - usual_lu
    if _speaks(level_lu, usual_lu, off_db, gain_db):
        at = next(at for at, lu in enumerate(row["anchor_at"]) if lu)
        strength = abs(off_db) / row["anchor_spread_db"][stem] + ANCHOR_BONUS
        yield strength, Reason(ReasonKind.ANCHOR, _lu(level_lu), _known(usual_lu), names[at])


def _share(row: dict[str, list], stem: int, gain_db: float) -> Iterator[Strong]:
    share, usual, off_db = row["share"][stem], row["usual_share"][stem], row["off_db"][stem]
    if not _towards(-off_db, gain_db):
        return
    percent, usual_percent = round(100 * share), None if isnan(usual) else round(100 * usual)
    if usual_percent is None:
        even = 1 / sum(row["present"])
        speaks = share < even / UNEVEN if gain_db > 0 else share > even * UNEVEN
    else:
        speaks = (usual_percent - percent) * (1 if gain_db > 0 else -1) >= CLEAR_POINTS
    if speaks and percent and usual_percent != 0:  # "0 %" explains nothing
        strength = SHARE_DISCOUNT * abs(off_db) / row["spread_db"][stem]
        yield (
            strength,
            Reason(ReasonKind.SHARE, float(percent), None if usual_percent is None else float(usual_percent)),
        )


def _masked(row: dict[str, list], stem: int, gain_db: float, names: Sequence[str]) -> Iterator[Strong]:
    """What covers it for most of its time, and no longer does once it is raised."""
    covered, over_db, band = row["covered"][stem], row["over_db"][stem], row["band"][stem]
    freed = [
        other
        for other, share in enumerate(covered)
        if other != stem and share >= MOSTLY and over_db[other] - gain_db <= COVERED_DB
    ]
    if freed:
        other = max(freed, key=lambda other: covered[other])
        low_hz, high_hz = BANDS_HZ[band[other]], BANDS_HZ[band[other] + 1]
        percent = float(round(100 * covered[other]))
        reason = Reason(ReasonKind.MASKED, percent, None, names[other], float(low_hz), float(high_hz))
        yield 1 + covered[other], reason


def _seldom(row: dict[str, list], stem: int) -> Iterator[Strong]:
    percent = round(100 * row["sounds"][stem])
    if 0 < percent < SELDOM_PERCENT:
        yield SELDOM, Reason(ReasonKind.SOUNDS, float(percent))


def _speaks(level_lu: float, usual_lu: float, off_db: float, gain_db: float) -> bool:
    """Whether a level lies clearly on the side of the usual one that the gain takes it away from.

    Where nothing usual is known of the stem itself, its role's level has to, and the stem has to be louder (to be
    lowered) or quieter (to be raised) than what it is held against.
    """
    if isnan(level_lu) or not _towards(-off_db, gain_db):
        return False
    return not isnan(usual_lu) or _towards(-level_lu, gain_db)


def _towards(db: float, gain_db: float) -> bool:
    return db >= CLEAR_DB if gain_db > 0 else db <= -CLEAR_DB


def _lu(level_lu: float) -> float:
    return round(level_lu, 1) + 0.0  # + 0 makes -0 a 0


def _known(usual_lu: float) -> float | None:
    return None if isnan(usual_lu) else _lu(usual_lu)
