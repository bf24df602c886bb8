"""What is said of stems that were brought to the balance of a reference: what moved, and how well it explains them.

Nothing is wrong with a stem here: it is only louder or quieter than in the reference.
"""

from collections.abc import Iterator, Sequence

from console.correct import Action
from explainer.advice.advice import Advice, Reference, StemAdvice
from explainer.advice.shown import capital, listed, quoted
from explainer.phrasing.conclusion import MOST_NAMED, are, called

CLOSE_DB, FAR_DB = -10.0, -3.0  # left unexplained: below the first a reference is told well, above the second hardly
LATE_S = 0.05  # a smaller offset is no news
ABOUT_DB = 1.0  # a wider half range is said


def conclusion(advice: Advice, reference: Reference) -> str:
    """What moves, in one sentence."""
    title = quoted(reference.title)
    moving = advice.moving
    if advice.strength_percent == 0 and moving:
        return f"At a strength of 0 %, nothing moves towards the balance of {title}."
    if not moving:
        free = any(stem.move.action is Action.LEAVE for stem in advice.stems)
        return f"{'Nothing' if free else 'Nothing that may move'} has to move: the balance is that of {title}."
    muted = reference.muted if advice.strength_percent == 100 else ()
    turns = [_turn(stem, stem.name in muted) for stem in moving[:MOST_NAMED]]
    more = f", and {len(moving) - MOST_NAMED} more" if len(moving) > MOST_NAMED else ""
    share = "" if advice.strength_percent == 100 else f" by {advice.strength_percent:g} % of the way"
    return f"To bring the balance to that of {title}{share}: {listed(turns)}{more}."


def notes(advice: Advice, reference: Reference) -> tuple[str, ...]:
    """What has to be known beside the moves."""
    return tuple(_notes(advice, reference))


def _notes(advice: Advice, reference: Reference) -> Iterator[str]:
    rest = [stem for stem in advice.stems if stem.move.action is Action.LEAVE and stem.name not in reference.untold]
    if advice.moving and rest:
        many = len(rest) > 1 or are(rest[0]) == "are"
        yield f"{capital(_all(rest))} {'stay' if many else 'stays'}."
    held = advice.held_back
    if held:
        each = [f"{called(stem)} by {stem.move.held_back_db:+.1f} dB" for stem in held[:MOST_NAMED]]
        yield f"Locked, though the reference would move {'it' if len(held) == 1 else 'them'}: {listed(each)}."
    wide = [s for s in advice.moving if s.name not in reference.muted and s.move.high_db - s.move.low_db > 2 * ABOUT_DB]
    if wide:
        each = [f"{called(s)} ({s.move.low_db:+.1f} to {s.move.high_db:+.1f} dB)" for s in wide[:MOST_NAMED]]
        yield f"Known only roughly: {listed(each)}."
    if reference.untold:
        yield f"The reference does not tell the level of {listed(list(map(quoted, reference.untold)))}."
    yield _explained(reference)
    lies = []
    if abs(reference.offset_s) >= LATE_S:
        lies.append(f"{abs(reference.offset_s):.2f} s {'later' if reference.offset_s > 0 else 'earlier'} than the song")
    if reference.inverted:
        lies.append("with its polarity inverted")
    if lies:
        yield f"The reference lies {', '.join(lies)}."


def _explained(reference: Reference) -> str:
    percent = 100 * (1 - 10 ** (reference.residual_db / 10))
    said = f"The stems explain {percent:.{0 if percent < 99 else 1}f} % of the reference"
    left = f"residual {reference.residual_db:.1f} dB"
    if reference.residual_db <= CLOSE_DB:
        return f"{said} ({left})."
    if reference.residual_db <= FAR_DB:
        return f"{said} ({left}): it has something that they have not, such as effects."
    return f"{said} only ({left}): it has much that they have not, or is another version; take care."


def _turn(stem: StemAdvice, mute: bool) -> str:
    if mute:
        return f"mute {called(stem)} (not in the reference)"
    way = "up" if stem.move.action is Action.RAISE else "down"
    return f"turn {called(stem)} {way} {abs(stem.move.gain_db):.1f} dB"


def _all(stems: Sequence[StemAdvice]) -> str:
    if len(stems) > MOST_NAMED:
        return f"the other {len(stems)} stems"
    return listed([called(stem) for stem in stems])
