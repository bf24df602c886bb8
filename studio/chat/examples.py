"""What can be said of the song on the desk, on its own stems."""

from explainer.advice.shown import shown
from studio.session import Session

MOST_LETTERS = 24  # of a name that is said in an example
QUESTIONS = (
    "why {one}?",
    "what first?",
    "how sure are you about {one}?",
    "what key is it in?",
    "what if {other} is the anchor?",
)
ORDERS = (
    "turn {one} down a bit",
    "{other} up 2 dB",
    "bring {one} to -3",
    "lock {other}",
    "apply it",
    "apply only {one}",
    "undo that",
    "compare with the original",
    "how loud is it now?",
    "judge it as metal",
    "make it half as strong",
)


def examples(session: Session) -> list[str]:
    """Commands and questions that are understood of this song."""
    one, other = _names(session)
    return [each.format(one=one, other=other) for each in (*ORDERS, *QUESTIONS)]


def can_be_said(session: Session) -> str:
    """What a conversation can do, in sentences with examples."""
    one, other = _names(session)
    return (
        f"I can move faders (“{one} up 2 dB”, “turn {other} down a bit”, “bring {one} to -3”), apply what is suggested "
        f"(“apply it”, “apply only {one}”), undo (“undo that”), lock, link and anchor stems (“lock {other}”), judge by "
        f"a genre (“judge it as metal”), compare, measure (“how loud is it now?”), and answer "
        f"questions on the advice (“why {one}?”) and on the music (“what key is it in?”)."
    )


def _names(session: Session) -> tuple[str, str]:
    """Two stems that sound; the shortest names that are no riddle first."""
    song = session.song
    sounding = [name for name, silent in zip(song.names, song.silent.tolist(), strict=True) if not silent] or list(
        song.names
    )
    fit = [name for name in sounding if len(name) <= MOST_LETTERS] or sounding
    one, other = (fit * 2)[:2]
    return _as_typed(one), _as_typed(other)


def _as_typed(name: str) -> str:
    """A name as it can be typed: in quotation marks where it reads like an order."""
    from studio.chat.grammar.heard.names import is_riddle
    from studio.chat.grammar.heard.words import plain_words

    plain = shown(name)[:MOST_LETTERS]
    return f"“{plain}”" if is_riddle(plain_words(name)) else plain
