"""What differs between two versions of a song, as text and as JSON; and where the stems of a version lie."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from console.correct.compare import Comparison, Likeness, StemChange
from console.errors import InputError
from explainer.advice.shown import listed, quoted, shown
from explainer.advice.versions import AUDIBLE_CHANGE_DB
from explainer.language.writer import Writer
from explainer.phrasing.plan import Style
from explainer.speak import explain_changes

SEED = 0  # the same difference is told in the same words
TOLD_S = 0.1  # an end that is longer by less is no news
BEYOND = {
    Likeness.PROCESSED: "More than the level was changed of {stems}: the figure is the gain that comes nearest.",
    Likeness.OTHER: "Another sound in the two versions: {stems}.",
    Likeness.MUTED: "Heard in one version only: {stems}.",
}
UNCHANGED = re.compile(r"\b(same|nothing|else|rest|only|other stems?|identical)\b", re.IGNORECASE)


def stems_of(path: Path) -> Path:
    """Where the stems of a version lie: of what `mixconsole correct --stems` left, in its folder `stems`.

    Raises: InputError for what was corrected without --stems.
    """
    if not (path / "advice.json").is_file():
        return path
    if (path / "stems").is_dir():
        return path / "stems"
    if (path / "faders.png").is_file():
        raise InputError(
            f'"{path}" holds a mix, but not its stems: "mixconsole correct SONG --stems" writes them into a folder.'
        )
    return path


def in_text(comparison: Comparison, style: str, explainer: Writer) -> str:
    """What B is as a whole, the gains beyond that in verified words, and below them whatever a gain does not explain.

    Args:
        explainer: who finds the words.
    """
    known = {change.name: change.relative_db or 0.0 for change in comparison.related}
    more = [*_stem_by_stem(comparison), *_not_compared(comparison)]
    whole = list(_as_a_whole(comparison))
    moved = any(abs(db) >= AUDIBLE_CHANGE_DB for db in known.values())
    if moved or not (whole or more or any(known.values()) or comparison.common_db):
        said = explain_changes(explainer, [known], Style(style), seed=SEED)[0].text
        if moved and (whole or more) and UNCHANGED.search(said):  # true of the levels, but not of all that differs
            said = _plainly(known)
        levels = [said, f"To the hundredth: {_hundredths(known)}."] if moved else [said]
    elif any(known.values()):
        levels = [f"By less than {AUDIBLE_CHANGE_DB} dB, a level differs: {_hundredths(known)}."]
    elif not comparison.common_db:
        levels = ["No level differs: 0.00 dB."]
    else:
        levels = []
    if comparison.common_db:
        softer = f"{abs(comparison.common_db):.2f} dB {'softer' if comparison.common_db < 0 else 'louder'} as a whole"
        balance = "" if levels else "; no level differs beyond that" if whole or more else "; the balance is the same"
        whole.append(f"B is {softer}{balance}.")
        levels = [f"Beyond that: {levels[0]}", *levels[1:]] if levels else []
    return "\n".join([*whole, *levels, *more])


def as_data(comparison: Comparison) -> str:
    """Every figure of a comparison as JSON; lags are in samples at `sample_rate`, positive where B is later."""
    data = asdict(comparison)
    stems = [_row(change) for change in comparison.changes]
    rate_a, rate_b = data.pop("sample_rates")
    del data["changes"]
    return json.dumps(data | {"sample_rate_a": rate_a, "sample_rate_b": rate_b, "stems": stems}, indent=2)


def _row(change: StemChange) -> dict[str, Any]:
    row = asdict(change)
    inverted = row.pop("inverted")
    polarity = None if change.change_db is None else "inverted" if inverted else "same"
    return row | {"likeness": str(change.likeness), "polarity": polarity}


def _as_a_whole(comparison: Comparison) -> Iterator[str]:
    """What holds of all of B but for its gain: its rate, its delay, its polarity."""
    rate_a, rate_b = comparison.sample_rates
    if rate_a != rate_b:
        yield f"A is at {rate_a} Hz and B at {rate_b} Hz: compared at {comparison.sample_rate} Hz, to 0.02 dB."
    if comparison.lag_samples and _lag_is_common(comparison):
        yield f"B is {_delay(comparison.lag_samples, comparison)} {'late' if comparison.lag_samples > 0 else 'early'}."
    if _all_inverted(comparison):
        yield "The polarity of B is inverted as a whole."


def _stem_by_stem(comparison: Comparison) -> Iterator[str]:
    """A line for each stem whose delay or polarity is not the whole's."""
    common = comparison.lag_samples if _lag_is_common(comparison) else 0
    for change in comparison.related:
        said = []
        if change.lag_samples is not None and change.lag_samples != common:
            lag = change.lag_samples
            way = f"{_delay(lag, comparison)} {'later' if lag > 0 else 'earlier'} than in A"
            said.append(way if lag else "not delayed")
        if change.inverted and not _all_inverted(comparison):
            said.append("polarity inverted")
        if said:
            beyond = " beyond the whole" if comparison.common_db else ""
            yield f"{shown(change.name)}: {', '.join(said)}, {_signed(change.relative_db or 0.0)}{beyond}."


def _not_compared(comparison: Comparison) -> Iterator[str]:
    """What no gain and no delay explains, and what only one version has."""
    for likeness, sentence in BEYOND.items():
        stems = [quoted(change.name) for change in comparison.changes if change.likeness is likeness]
        if stems:
            yield sentence.format(stems=listed(stems))
    for version, names in (("A", comparison.only_a), ("B", comparison.only_b)):
        if names:
            yield f"Only {version} has {listed([quoted(name) for name in names])}."
    for version, lengths in (
        ("A", {change.name: change.only_a_s for change in comparison.related}),
        ("B", {change.name: change.only_b_s for change in comparison.related}),
    ):
        longer = [f"{quoted(name)} by {length:.1f} s" for name, length in lengths.items() if length >= TOLD_S]
        if longer:
            yield f"Sounds longer in {version}: {listed(longer)}. Compared is what both have."


def _lag_is_common(comparison: Comparison) -> bool:
    """Whether at least half of the stems have the delay of the whole."""
    lags = [change.lag_samples for change in comparison.related]
    return 2 * lags.count(comparison.lag_samples) >= len(lags)


def _all_inverted(comparison: Comparison) -> bool:
    return len(comparison.related) > 1 and all(change.inverted for change in comparison.related)


def _delay(lag: int, comparison: Comparison) -> str:
    samples = abs(lag)
    return f"{samples} sample{'' if samples == 1 else 's'} ({1000 * samples / comparison.sample_rate:.2f} ms)"


def _plainly(known: Mapping[str, float]) -> str:
    changed = [
        f"{quoted(name)} is {abs(db):.1f} dB {'louder' if db > 0 else 'quieter'}"
        for name, db in known.items()
        if abs(db) >= AUDIBLE_CHANGE_DB
    ]
    return f"In B, {listed(changed)} than in A."


def _hundredths(known: Mapping[str, float]) -> str:
    return listed([f"{shown(name)} {_signed(db)}" for name, db in known.items() if db])


def _signed(db: float) -> str:
    return f"{db:+.2f} dB" if db else "0.00 dB"
