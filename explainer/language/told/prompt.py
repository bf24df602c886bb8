"""The question to a language model: the stems by their plain names, a place for each vector, the instruction."""

from collections.abc import Sequence

from console.correct import Action
from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.claims import Direction, Reason, ReasonKind
from explainer.language.told.conditioning import MOST_REASONS, MOST_STEMS, Conditioning, told
from explainer.language.told.facts import JUDGED, NONE, sources, spelled
from explainer.phrasing.plan import Fact, Step

BEFORE = 8  # words that are told of the step before
MARK = "\ue000"  # of private use: a vector is put here


def prompt(
    advice: Advice, instruction: str, conditioning: Conditioning, compare: bool = False, report: str = ""
) -> str:
    """The question, in which no word is the user's: stems go by their aliases.

    Args:
        instruction: what is asked.
        compare: the moves are the way back from one version of the song to another.
        report: what `Conditioning.REPORT` tells; the advice's own numbers where it is "".
    """
    called = advice.alias_by_name
    as_text = conditioning is Conditioning.REPORT and not report
    listed = _by_rank(advice) if as_text else told(advice)
    stems = [_stem(stem, called, advice, conditioning, report) for stem in listed]
    parts = [f"Stems: {', '.join(stems)}."]
    if conditioning.prefixed:
        parts.append(f"Mix {MARK}.")
    elif conditioning is Conditioning.REPORT:
        parts.append(report or f"Mix {_mix(advice, called, compare)}.")
    if advice.anchor is not None:
        parts.append(f"Anchor: {called[advice.anchor]}.")
    return " ".join([*parts, instruction])


def step_prompt(step: Step, conditioning: Conditioning, before: str = "") -> str:
    """What is asked for one step of an answer: its kind, its stem, what it tells in words, its slots.

    Args:
        before: the text of the step before, with its slots; how it begins is told, so as not to begin alike.
    """
    kind = step.topic or str(step.kind)
    place = [step.facts[Fact.PLACE]] if Fact.PLACE in step.facts else []
    parts = [f"{', '.join([kind, spelled(step, Fact.STYLE), *place])}."]
    stem = f"{step.alias}, {step.facts.get(Fact.NUMBER, 'one')}: " if step.alias else ""
    if conditioning.prefixed:
        parts.append(f"{stem}{MARK * len(sources(conditioning))}.")
    elif conditioning is Conditioning.REPORT:
        told = [spelled(step, fact) for fact in JUDGED if fact in step.facts]
        parts.append(f"{stem}{', '.join(told) or NONE}.")
    else:
        parts.append(f"{stem}{NONE}.")
    parts += [" ".join(slot.tag for slot in step.slots)] if step.slots else []
    parts += [f"After: {' '.join(before.split()[:BEFORE])} ..."] if before else []
    return " ".join(parts)


def _by_rank(advice: Advice) -> list[StemAdvice]:
    """The stems that are told, those that move first, in the order in which an answer speaks of them."""
    rank = {stem.name: at for at, stem in enumerate(advice.moving)}
    return sorted(told(advice), key=lambda stem: rank.get(stem.name, len(rank)))


def _stem(stem: StemAdvice, called: dict[str, str], advice: Advice, conditioning: Conditioning, report: str) -> str:
    if conditioning.prefixed:
        return f"{called[stem.name]} {MARK}"
    if conditioning is Conditioning.REPORT and not report:
        return f"{called[stem.name]} {_numbers(stem, called, advice)}"
    return called[stem.name]


def _mix(advice: Advice, called: dict[str, str], compare: bool) -> str:
    """How many stems move, and which, one after another as an answer tells them."""
    moving = [called[stem.name] for stem in advice.moving[:MOST_STEMS]]
    moves = f"{len(advice.moving)} moves: {', '.join(moving)}" if moving else "balanced"
    return f"({'compare, ' if compare else ''}{moves})"


def _numbers(stem: StemAdvice, called: dict[str, str], advice: Advice) -> str:
    """What is known of a stem, in few words."""
    if not stem.move.moves:
        return "leave" if stem.move.action is Action.LEAVE else str(stem.move.action)
    claim = next(claim for claim in advice.claims().moves if claim.stem == stem.name)
    way = "up" if claim.direction is Direction.UP else "down"
    said = [f"{claim.low_db:.1f} to {claim.high_db:.1f}", str(claim.severity), str(stem.confidence)]
    if advice.is_taste(stem):
        said.append("taste")
    said += [_reason(reason, called) for reason in stem.reasons[:MOST_REASONS]] or ["no reason"]
    return f"{way} {claim.db:.1f} ({', '.join(said)})"


def _reason(reason: Reason, called: dict[str, str]) -> str:
    """What was measured, spelled as an answer spells it: "level 7.3 below rest usual 2.4 below"."""
    level = reason.kind in (ReasonKind.LEVEL, ReasonKind.ANCHOR)
    said = f"{ReasonKind.LEVEL if level else reason.kind} {_figure(reason.measured, level)}"
    if reason.other is not None:
        said += f" {'' if level else 'by '}{called[reason.other]}"
    elif level:
        said += " rest"
    if reason.low_hz is not None and reason.high_hz is not None:
        said += f" {reason.low_hz:.0f} to {reason.high_hz:.0f}"
    return said if reason.usual is None else f"{said} usual {_figure(reason.usual, level)}"


def _figure(value: float, level: bool) -> str:
    return f"{abs(value):.1f} {'below' if round(value, 1) < 0 else 'above'}" if level else f"{value:.0f}"


def pieces(text: str) -> Sequence[str]:
    """The text between the places of the vectors."""
    return text.split(MARK)
