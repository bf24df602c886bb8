"""Advice in one plain sentence, and names as they can be shown to people."""

from collections.abc import Sequence

from console.correct import AUDIBLE_DB, Action
from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.claims import Severity, severity_of
from explainer.advice.shown import NUMBERS, capital, listed, quoted

MOST_NAMED = 3  # stems that one sentence can carry
LITTLE, HARDLY = 0.5, 0.1  # familiarity, below which it is said how little music like this is known

DEGREES = {Severity.LITTLE: "a little too", Severity.PLAIN: "too", Severity.MUCH: "much too"}
PLURAL = {"vocals", "drums"}
SINGULAR = {"bass"}


def conclusion(advice: Advice) -> str:
    """What the advice comes to, in one sentence."""
    if advice.reference is not None:
        from explainer.phrasing import matched  # which speaks as this file does

        return matched.conclusion(advice, advice.reference)
    moving = advice.moving
    if not moving:
        actions = {stem.move.action for stem in advice.stems}
        if Action.LOCKED in actions:
            if Action.LEAVE not in actions:
                return "Nothing is free to move: every stem that sounds is locked or the anchor."
            if advice.doubted:
                return "Nothing else is sure enough to move, though something may be off."
            return "Nothing else needs to move: the stems that are not locked sound right."
        if advice.doubted:
            return "Nothing is sure enough to move, though something may be off."
        return "Nothing needs to move: the balance sounds right."
    if advice.strength_percent == 0:
        return f"{_count(moving)} should move, but at a strength of 0 % nothing does."
    if len(moving) == 1:
        so = "if so, " if moving[0].touches_zero else ""
        said = f"{capital(_fault(moving[0], advice))}: {so}turn {_pronoun(moving[0])} {_turn(moving[0])}"
    else:
        turns = [f"{called(stem)} {_turn(stem)}" for stem in moving[:MOST_NAMED]]
        most = ", most of all" if len(moving) > MOST_NAMED else ""
        should = "may have to" if all(stem.touches_zero for stem in moving) else "should"
        said = f"{_count(moving)} {should} move{most}: turn {listed(turns)}"
    if advice.strength_percent < 100:
        said += f" ({advice.strength_percent:g} % of the full correction)"
    if all(advice.is_taste(stem) for stem in moving):
        said += "; engineers differ by as much, so this is a matter of taste"
    return said + "."


def notes(advice: Advice) -> tuple[str, ...]:
    """What has to be known beside the moves: locked stems that are off, that less than all is applied, and that the
    console knows little music like this."""
    if advice.reference is not None:
        from explainer.phrasing import matched

        return matched.notes(advice, advice.reference)
    return tuple(filter(None, (_held_back(advice), _scaled(advice), _unfamiliar(advice))))


def _unfamiliar(advice: Advice) -> str:
    """That the song is unlike what was learnt, where it is."""
    if advice.familiarity >= LITTLE:
        return ""
    if advice.familiarity >= HARDLY:
        return "I know little music like this: take my word with caution."
    return "I know hardly any music like this, so I move little and may well be wrong: trust your ears."


def _held_back(advice: Advice) -> str:
    """Which locked stems are off, and what balancing the others round them would take."""
    off = advice.held_back
    if not off:
        return ""
    first = off[0]
    if len(off) == 1:
        off_db = abs(first.move.held_back_db)
        said = f"{capital(called(first))} {are(first)} locked, but {off_db:.1f} dB too {_side(first)}."
    else:
        each = [f"{called(s)} {are(s)} {abs(s.move.held_back_db):.1f} dB too {_side(s)}" for s in off[:MOST_NAMED]]
        most = ", most of all" if len(off) > MOST_NAMED else ""
        said = f"{_count(off)} are locked, but off{most}: {listed(each)}."
    locked_db = [stem.move.held_back_db for stem in advice.stems if stem.move.action is Action.LOCKED]
    if max(locked_db) - min(locked_db) >= AUDIBLE_DB:
        return f"{said} What is locked does not fit together: no gain on the others balances them round all of it."
    others_db = -sum(locked_db) / len(locked_db)
    them = _pronoun(first) if len(off) == 1 else "them"
    top = (
        "" if advice.still else f", on top of its {'own move' if advice.strength_percent == 100 else 'full correction'}"
    )
    way = "up" if others_db > 0 else "down"
    return f"{said} Balancing the mix round {them} would take every other stem {way} {abs(others_db):.1f} dB{top}."


def _scaled(advice: Advice) -> str:
    """That gains and ranges are less than the full ones."""
    if advice.strength_percent in (0, 100):
        return ""
    return f"Gains and ranges are {advice.strength_percent:g} % of the full ones."


def refinement(advice: Advice) -> str:
    """How much each pass left, in one sentence; "" where the console did not listen again."""
    free = [i for i, stem in enumerate(advice.stems) if stem.move.free]
    most_db = [max((abs(left_db[i]) for i in free), default=0.0) for left_db in advice.residual]
    if not most_db or (advice.still and len(most_db) == 1):  # nothing moved, so nothing was heard anew
        return ""
    left = [f"{most:.1f} dB after pass {i}" for i, most in enumerate(most_db[: advice.passes], start=1)]
    full = ", at full strength" if advice.strength_percent < 100 else ""
    said = f"Left to move when heard again{full}: at most {listed(left)}"
    if advice.took_back:
        said += f"; pass {len(most_db)} left {most_db[-1]:.1f} dB and was taken back"
    return said + "."


def called(stem: StemAdvice) -> str:
    """A stem as a sentence names it."""
    word = stem.name.casefold()
    return f"the {word}" if word in PLURAL | SINGULAR else quoted(stem.name)


def _is_plural(stem: StemAdvice) -> bool:
    return stem.name.casefold() in PLURAL


def _pronoun(stem: StemAdvice) -> str:
    return "them" if _is_plural(stem) else "it"


def _fault(stem: StemAdvice, advice: Advice) -> str:
    if stem.touches_zero:  # by how much is as open as whether
        return f"{called(stem)} may be too {_side(stem)}"
    degree = DEGREES[severity_of(_full_db(stem, advice))]
    return f"{called(stem)} {are(stem)} {degree} {_side(stem)}"


def are(stem: StemAdvice) -> str:
    """The verb that agrees with a stem."""
    return "are" if _is_plural(stem) else "is"


def _side(stem: StemAdvice) -> str:
    return "quiet" if stem.move.action is Action.RAISE or stem.move.held_back_db > 0 else "loud"


def _full_db(stem: StemAdvice, advice: Advice) -> float:
    """The size of the correction at full strength."""
    return abs(stem.move.gain_db) * 100 / advice.strength_percent


def _turn(stem: StemAdvice) -> str:
    return f"{'up' if stem.move.action is Action.RAISE else 'down'} {abs(stem.move.gain_db):.1f} dB"


def _count(stems: Sequence[StemAdvice]) -> str:
    count = NUMBERS[len(stems)] if len(stems) < len(NUMBERS) else str(len(stems))
    return capital(f"{count} stem{'' if len(stems) == 1 else 's'}")
