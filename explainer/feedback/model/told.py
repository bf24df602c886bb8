"""What a language model is told of a song: its facts with their slots, the most important first, within a budget."""

from collections.abc import Sequence

from console.music.music import Music
from explainer.advice.advice import Advice
from explainer.advice.names import aliases, the
from explainer.advice.shown import listed
from explainer.feedback.facts.fact import Facts
from explainer.feedback.facts.of_music import facts_of
from explainer.measured.kept import AnyReport
from explainer.music.tokens import tokens

SHORT, FULL = 700, 2000  # tokens
HEAD = "The report. A slot, what it stands for, and what it is:"
PARTS = ("beats", "key", "chords", "form", "tags", "melody", "timbre", "mix")
LEFT_OUT = "(Further facts were left out for want of room.)"


def told_facts(music: Music, report: AnyReport | None = None, advice: Advice | None = None) -> Facts:
    """The facts as a language model may read them: stems by their aliases, so that no user's string gives orders."""
    names = tuple(music.stems)
    called = dict(zip(names, map(the, aliases(names)), strict=True))
    return facts_of(music, report, advice, lambda stem: called.get(stem, "a stem"))


def unmeasured(music: Music) -> tuple[str, ...]:
    """The parts of an analysis that are not there."""
    return tuple(part for part in PARTS if getattr(music, part) is None)


def as_lines(facts: Facts, budget: int, missing: Sequence[str] = ()) -> str:
    """Facts in lines that a language model can quote by slots: `{tempo} = 128.0 BPM: tempo`; and what was not measured.

    Args:
        budget: tokens that it may take, as `explainer.music.tokens` counts them.
    """
    lines = [HEAD]
    if missing:
        lines.append(f"Not measured at all: {listed(list(missing))}.")
    left = budget - sum(tokens(f"{line}\n") for line in (*lines, LEFT_OUT))
    for slot, fact in facts.items():
        line = f"{{{slot}}} = {fact.said}: {fact.kind.about}"
        left -= tokens(f"{line}\n")
        if left < 0:
            lines.append(LEFT_OUT)
            return "\n".join(lines)
        lines.append(line)
    return "\n".join(lines)
