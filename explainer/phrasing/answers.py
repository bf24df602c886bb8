"""Instructions and responses in many words: advice put into language by templates of the phrase bank."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np

from console.correct import Action
from console.flaws import Category
from explainer.advice.advice import Advice
from explainer.advice.claims import Confidence, Reason, ReasonKind
from explainer.advice.names import alias_by_name, the
from explainer.advice.shown import NUMBERS
from explainer.advice.versions import AUDIBLE_CHANGE_DB
from explainer.phrasing.bank import Draw, finished
from explainer.phrasing.spoken import Spoken, directions, figures, grammar, number, spoken
from explainer.phrasing.telling import SLOT, Telling

SENTENCES = 3  # moves that get a sentence each in a short answer
LIKELIER = 0.5  # a stem with a higher chance of a flaw that is still left makes "leave it" less sure


class Task(StrEnum):
    """What is asked."""

    ANY = "any"  # gives nothing away: fits one flaw, several, none
    SINGLE = "single"
    MANY = "many"
    BALANCED = "balanced"
    MIX_ONLY = "mix_only"
    COMPARE = "compare"


class Style(StrEnum):
    """How much is said."""

    SHORT = "short"
    FULL = "full"


def instruction(
    task: Task | Category, rng: np.random.Generator, anchor: str | None = None, style: Style | None = None
) -> str:
    """A question to be answered.

    Args:
        task: what is asked; a category of flaws asks for a stem with such a flaw.
        anchor: the alias of the stem whose level is right, to be named in the question.
        style: asks for a short or an explained answer; nothing of the kind by default.
    """
    draw = Draw(rng)
    parts = [draw.one(f"instruction.{Task.BALANCED if task is Category.NO_ERROR else task}")]
    if anchor is not None:
        parts.insert(int(draw.chance(0.5)), draw.one("instruction.anchor").format_map(grammar(anchor)))
    if style is not None:
        parts.append(draw.one(f"instruction.{style}"))
    return finished(" ".join(parts))


def respond(advice: Advice, style: Style, rng: np.random.Generator) -> str:
    """The advice in words, stems called by their aliases; the move that is largest comes first.

    A full answer has the range, what each stem is measured against, a reason, how sure it is, and whether the move is a
    matter of taste.
    """
    called = advice.alias_by_name
    anchor = None if advice.anchor is None else the(called[advice.anchor])
    moves = [spoken(stem, advice, called) for stem in advice.moving]
    draw = Draw(rng)
    if not moves:
        said = _balanced(advice, style, anchor, draw)
    elif style is Style.SHORT:
        said = _short(moves, anchor, draw)
    elif len(moves) == 1:
        said = _full_one(moves[0], anchor, draw)
    else:
        said = _full_many(moves, anchor, draw)
    left = any(stem.move.action is Action.LEAVE for stem in advice.stems)
    if moves and left and draw.chance(0.3 if style is Style.FULL else 0.1):
        said += " " + draw.one("full.close")
    return finished(said)


def compare(changes_db: Mapping[str, float], style: Style, rng: np.random.Generator) -> str:
    """What is louder or quieter in B than in A (dB per stem, by name or alias), and the gains that lead back to A."""
    draw = Draw(rng)
    called = alias_by_name(list(changes_db))
    changes = ((called[name], change_db) for name, change_db in changes_db.items())
    changed = sorted((c for c in changes if abs(c[1]) >= AUDIBLE_CHANGE_DB), key=lambda c: -abs(c[1]))
    if not changed:
        return finished(draw.one(f"compare.same.{style}"))
    frame = draw.one(f"compare.{style}")
    avoid = [":"] if ":" in frame else []  # one colon in a sentence is enough
    named = False

    def slots(alias: str, change_db: float) -> dict[str, str]:
        agreeing = grammar(alias, named and len(changed) == 1)
        return agreeing | directions(change_db < 0) | {"db": f"{number(abs(change_db))} dB"}

    def fill(slot: str) -> str:
        nonlocal named
        if slot == "turns":
            template = draw.one("compare.back.item")
            said = f"{draw.one('compare.back.verb')} {_joined([template.format_map(slots(*c)) for c in changed])}"
        elif len(changed) == 1:
            said = draw.one("compare.one", avoid=avoid).format_map(slots(*changed[0]))
        else:
            items = _joined([draw.one("compare.item").format_map(slots(*c)) for c in changed])
            said = draw.one("compare.many", avoid=avoid).format(items=items, count=_count(len(changed)))
        named = True
        return said

    said = SLOT.sub(lambda slot: fill(slot[1]), frame)
    if len(changed) < len(changes_db) and draw.chance(0.6 if style is Style.FULL else 0.1):
        said += " " + draw.one("compare.kept")
    return finished(said)


def _balanced(advice: Advice, style: Style, anchor: str | None, draw: Draw) -> str:
    actions = {stem.move.action for stem in advice.stems}
    if Action.LEAVE not in actions:
        return draw.one("balanced.stuck")
    if Action.LOCKED in actions:
        return draw.one("balanced.locked")
    if style is Style.SHORT:
        named = anchor is not None and draw.chance(0.7)
        return draw.one("balanced.short_anchor" if named else "balanced.short").format(ref=anchor)
    doubt = max(stem.move.flaw_probability for stem in advice.stems if stem.move.action is Action.LEAVE) > LIKELIER
    group = {
        "verdict": f"verdict.{'anchor' if anchor else 'rest'}",
        "ground": f"ground.{'unsure' if doubt else 'sure'}",
        "act": "act",
        "so": "so",
    }
    frame = draw.one("balanced.full")
    return SLOT.sub(lambda slot: draw.one(f"balanced.{group[slot[1]]}").format(ref=anchor), frame)


def _short(moves: Sequence[Spoken], anchor: str | None, draw: Draw) -> str:
    tellings = [Telling(move, draw, anchor, _hedges(move, draw)) for move in moves]
    taste = ""
    if all(move.taste for move in moves):
        taste = draw.one("taste.all" if len(moves) > 1 else "taste.one") + "."
    if len(moves) == 1:
        return f"{tellings[0].frame(draw.one('short.one'))} {taste}"
    kind = draw.pick(("turn", "turn", "need", "less", "same", "same", "bare", "item", "item"))
    if kind == "item" and len(moves) > SENTENCES:
        kind = "less"
    if kind == "item":
        said = ". ".join(telling.frame(draw.one("short.item")) for telling in tellings)
    elif kind in ("turn", "need"):
        lead = draw.one("short.lead") + " " if kind == "turn" and draw.chance(0.4) else ""
        said = lead + _joined([telling.clause(kind) for telling in tellings])
    else:
        said = _elliptic(kind, moves, draw)
    return f"{said.replace('{count}', _count(len(moves)))}. {taste}"


def _elliptic(kind: str, moves: Sequence[Spoken], draw: Draw) -> str:
    """Several moves with one verb, or none: "the vocals need 3.2 dB less and the bass 2.0 dB more"."""
    first, _, following = draw.one(f"short.{kind}").partition(" / ")
    lead = ""
    if kind == "same" and draw.chance(0.7):
        lead = draw.one("short.verb")
    elif kind == "same" or (kind == "bare" and draw.chance(0.6)):
        lead = draw.one("short.lead_bare")
    said = []
    for i, move in enumerate(moves):
        before = draw.one("maybe.turn") if move.confidence is Confidence.UNSURE else ""
        said.append(
            f"{before} {(following if i and following else first).format_map(grammar(move.alias) | figures(move))}"
        )
    # "Perhaps turn the vocals down", not "turn perhaps the vocals down".
    if lead and moves[0].confidence is Confidence.UNSURE and not lead.endswith(":"):
        said[0] = said[0].strip()
        before, rest = said[0].split(" ", 1)
        said[0], lead = rest, f"{before} {lead}"
    return f"{lead} {_joined(said)}"


def _full_one(move: Spoken, anchor: str | None, draw: Draw) -> str:
    frame, reason = _frame(move, draw, plain="full.plain")
    opening = prefix = ""
    said_by = "anchor" if anchor else "rest"
    if anchor is None or ("{against}" not in frame and (reason is None or reason.kind is not ReasonKind.ANCHOR)):
        chance = draw.rng.random()
        if chance < 0.4:
            opening = draw.one(f"full.open.one.{said_by}").format(anchor=anchor)
        elif (
            frame.startswith("{fault}" if anchor is None else ("{fault}", "{turn}", "{need}", "{why}")) and chance < 0.8
        ):
            prefix = draw.one(f"full.frame.{said_by}").format(anchor=anchor)
        elif anchor:
            opening = draw.one(f"full.open.one.{said_by}").format(anchor=anchor)
    return f"{opening} {_told(move, anchor, draw, frame, reason, prefix)}"


def _full_many(moves: Sequence[Spoken], anchor: str | None, draw: Draw) -> str:
    opening = draw.one(f"full.open.many.{'anchor' if anchor else 'rest'}")
    parts = [opening.format(count=_count(len(moves)), anchor=anchor)]
    for i, move in enumerate(moves):
        plain = "full.bare" if anchor or (i and draw.chance(0.8)) else "full.plain"
        frame, reason = _frame(move, draw, plain)
        prefix = ""
        if draw.chance(0.5) and not frame.startswith("{against}"):
            prefix = draw.one(f"full.order.{'first' if i == 0 else 'last' if i == len(moves) - 1 else 'next'}")
        parts.append(_told(move, anchor, draw, frame, reason, prefix))
    return " ".join(parts)


def _frame(move: Spoken, draw: Draw, plain: str) -> tuple[str, Reason | None]:
    """A frame for a full account of a move, and the reason that it gives; mostly the strongest."""
    if not move.reasons:
        return draw.one(plain), None
    reason = move.reasons[0] if draw.chance(0.6) else draw.pick(move.reasons)
    explains = reason.kind is not ReasonKind.SOUNDS
    return draw.one(*(["full.cause"] if explains else []), "full.reason"), reason


def _told(move: Spoken, anchor: str | None, draw: Draw, frame: str, reason: Reason | None, prefix: str) -> str:
    telling = Telling(move, draw, anchor, _hedges(move, draw), reason)
    said = telling.frame(frame, prefix)
    if draw.chance(0.5) if not telling.hedged else draw.chance(0.2):
        said += f" {draw.one(f'hedge.{move.confidence}')}."
    if move.taste:
        said += f" {draw.one('taste.one')}."
    return said


def _hedges(move: Spoken, draw: Draw) -> bool:
    return move.confidence is Confidence.UNSURE or draw.chance(0.5)


def _joined(clauses: Sequence[str]) -> str:
    """a; a and b; a, b and c. Clauses with commas of their own are kept apart by semicolons."""
    *first, last = clauses
    if not first:
        return last
    if any("," in clause for clause in clauses):
        return f"{'; '.join(first)}{';' if len(first) > 1 else ','} and {last}"
    return f"{', '.join(first)} and {last}"


def _count(number_of: int) -> str:
    return NUMBERS[number_of] if number_of < len(NUMBERS) else str(number_of)
