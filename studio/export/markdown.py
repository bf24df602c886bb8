"""advice.md: the advice as a page of Markdown. What users called things stays text: no markup, no link, no HTML."""

import math
import re

from console.correct import Action, rounded
from console.read.account import remarks, summary
from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.shown import shown
from explainer.phrasing.conclusion import conclusion, notes, refinement
from explainer.phrasing.usual import judged_against

MARKUP = re.compile(r"[\\`*_\[\]<>|~&$]|:(?=//)|(?<=www)\.|@(?=\w)")
BEGINS = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)]))")  # a heading, a list, a rule
NOTHING = "–"


def escaped(text: str) -> str:
    """A text on one line that means nothing but itself in Markdown."""
    plain = MARKUP.sub(lambda sign: f"\\{sign[0]}", shown(text).strip())
    found = BEGINS.match(plain)
    if found is None:
        return plain
    at = found.end() if found[2].isdigit() else found.start(2)
    return f"{plain[:at]}\\{plain[at:]}"


def as_markdown(advice: Advice) -> str:
    """Headline, table, words, and what was left out."""
    headline = " ".join([conclusion(advice), *notes(advice)])
    parts = [f"# {escaped(advice.song) or 'Song'}", f"**{escaped(headline)}**", *_judged(advice), _table(advice)]
    parts += [escaped(line) for line in advice.text.splitlines() if line.strip()]
    parts += [escaped(said) for said in (refinement(advice), *_mix(advice)) if said]
    read = [summary(len(advice.stems), advice.files), *remarks(advice.files)]
    parts += ["## What was read", *map(escaped, read)]
    return "\n\n".join(parts) + "\n"


def _judged(advice: Advice) -> list[str]:
    said = [] if advice.usual is None else [judged_against(advice.usual)]
    if advice.anchor is not None:
        said.append(f"The others were judged by {shown(advice.anchor)}.")
    return [escaped(each) for each in said]


def _table(advice: Advice) -> str:
    """A row for each stem; where a user put the faders, with what is in the mix."""
    chance = "flawed" if advice.reference is None else "differs"
    heads = ["stem", "role", "LUFS", "gain", "range", chance, "action", *(["in the mix"] if advice.faders else [])]
    rows = [heads, ["---", "---", "--:", "--:", "--:", "--:", "---", *(["--:"] if advice.faders else [])]]
    for stem, gain_db in zip(advice.stems, advice.gains_db, strict=True):
        applied = [f"{rounded(gain_db):+.1f} dB"] if advice.faders else []
        rows.append([*_cells(stem, advice.strength_percent > 0), *applied])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(stem: StemAdvice, ranged: bool) -> list[str]:
    move = stem.move
    heard = move.action not in (Action.ANCHOR, Action.SILENT)
    return [
        escaped(stem.name),
        str(stem.role),
        f"{stem.loudness_lufs:.1f}" if math.isfinite(stem.loudness_lufs) else NOTHING,
        f"{move.gain_db:+.1f} dB" if move.moves else NOTHING,
        f"{move.low_db:+.1f} to {move.high_db:+.1f}" if heard and ranged else NOTHING,
        f"{100 * move.flaw_probability:.0f} %" if heard else NOTHING,
        str(move.action),
    ]


def _mix(advice: Advice) -> list[str]:
    """How loud the mix is, as advised and as the faders stand."""
    mix, faders = advice.mix, advice.faders
    said = [
        f"The mix as it was: {_level(mix.loudness_lufs_before)}. As advised: {_level(mix.loudness_lufs_after)}, true "
        f"peak {_peak(mix.true_peak_dbtp)}."
    ]
    if mix.trim_db:
        said.append(f"All stems are {abs(mix.trim_db):.2f} dB {'lower' if mix.trim_db < 0 else 'louder'} in it.")
    if faders is not None:
        said.append(f"As the faders stand: {_level(faders.loudness_lufs)}, true peak {_peak(faders.true_peak_dbtp)}.")
    return said


def _level(level_lufs: float) -> str:
    return f"{level_lufs:.1f} LUFS" if math.isfinite(level_lufs) else "silence"


def _peak(peak_dbtp: float) -> str:
    return f"{peak_dbtp:+.1f} dBTP" if math.isfinite(peak_dbtp) else "none"
