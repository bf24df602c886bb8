"""Questions about how far the advice is to be trusted: how sure, against what, by what is usual, by whose taste."""

from collections.abc import Iterator

from console.correct import Action
from console.evaluation.engineers.consensus import SPREAD_LU
from explainer.phrasing.conclusion import LITTLE
from explainer.phrasing.plan import RELATIVE, Fact, Step, number
from explainer.phrasing.questions.asked import Operation
from explainer.phrasing.questions.case import Case, Reply, all_of, range_of
from explainer.phrasing.questions.of_mix import unfamiliar
from explainer.phrasing.slots import Slot
from explainer.phrasing.usual import place


def sure(case: Case) -> Reply:
    """How sure it is that a stem is off, or all of it."""
    steps = list(_how_sure(case))
    if case.advice.familiarity < LITTLE and not case.matched:
        return Reply((*steps, *unfamiliar(case)), Operation("correct", ("--like", "SONG")))
    return Reply(tuple(steps))


def _how_sure(case: Case) -> Iterator[Step]:
    moving = case.moving
    if case.matched:
        yield case.say("sure_matched")
    elif case.asked:
        yield from (_sure_of(case, at) for at in case.asked)
    elif len(moving) == 1:
        yield _sure_of(case, moving[0])
    elif moving:
        by_chance = sorted(moving, key=lambda at: -case.stem(at).move.flaw_probability)
        most, least = by_chance[0], by_chance[-1]
        slots = {Slot.CHANCE: case.chance(most), Slot.NEXT: case.the(least), Slot.NEXT_CHANCE: case.chance(least)}
        yield case.say("sure_all", most, slots)
    else:
        yield case.still()


def _sure_of(case: Case, at: int) -> Step:
    stem = case.stem(at)
    if not case.moves(at):
        return case.say("sure_left", at, {Slot.CHANCE: case.chance(at)}) if stem.move.free else case.stays(at)
    if stem.touches_zero:
        return case.say("sure_zero", at, {Slot.CHANCE: case.chance(at)} | range_of(stem))
    return case.say("sure", at, {Slot.CHANCE: case.chance(at)})


def against(case: Case) -> Reply:
    """What the stems are compared with."""
    if case.matched:
        return Reply((case.say("against_matched"),))
    steps = []
    for at in case.asked:
        told = _relative(case, at)
        if told is not None:
            known = {Fact.USUAL: "usual"} if Slot.USUAL in told else {}
            steps.append(case.say("against", at, told, **{str(fact): word for fact, word in known.items()}))
        elif case.stem(at).move.action is Action.LEAVE:
            steps.append(case.say("against_unmeasured", at))
    names, where = case.advice.names, {Slot.WHERE: place(case.advice.usual)}
    if case.advice.anchor is None:
        steps.append(case.say("against_rest", slots=where))
    else:
        steps.append(case.say("against_anchor", names.index(case.advice.anchor), where))
    return Reply(tuple(steps))


def _relative(case: Case, at: int) -> dict[Slot, str] | None:
    """What was measured of a stem against another or the rest, where that was."""
    if not case.moves(at):
        return None
    told = case.move(at)
    if told.facts[Fact.WHY] not in RELATIVE:
        return None
    return {slot: told.slots[slot] for slot in (Slot.LEVEL, Slot.BESIDE, Slot.USUAL) if slot in told.slots}


def usual(case: Case) -> Reply:
    """What is usual."""
    if case.matched:
        return against(case)
    where = {Slot.WHERE: place(case.advice.usual)}
    other = Operation("correct", ("--genre", "GENRE")) if case.advice.usual is None else None
    if not case.asked:
        return Reply((case.say("usual_all", slots=where),), other)
    steps = []
    for at in case.asked:
        told = _relative(case, at)
        shares = case.move(at).slots if case.moves(at) else {}
        if told is not None and Slot.USUAL in told:
            steps.append(case.say("usual", at, told | where))
        elif Slot.USUAL_SHARE in shares:
            parts = {slot: shares[slot] for slot in (Slot.SHARE, Slot.USUAL_SHARE)}
            steps.append(case.say("usual_share", at, parts | where))
        else:
            steps.append(case.say("usual_unknown", at, where))
    return Reply(tuple(steps), other)


def taste(case: Case) -> Reply:
    """Whether it is a matter of taste."""
    if case.matched:
        return Reply((case.say("taste_matched"),))
    moving = case.moving
    if not case.asked and not moving:
        return Reply((case.still(),))
    asked = case.asked or (tuple(moving) if len(moving) == 1 else ())
    if asked:
        return Reply(tuple(_taste_of(case, at) for at in asked))
    tastes = [at for at in moving if case.advice.is_taste(case.stem(at))]
    if len(tastes) in (0, len(moving)):
        return Reply((case.say("taste_all" if tastes else "taste_none"),))
    return Reply((case.say("taste_some", slots={Slot.STEMS: all_of(case.advice, tastes)}),))


def _taste_of(case: Case, at: int) -> Step:
    stem = case.stem(at)
    if not case.moves(at):
        spread = {Slot.SPREAD: f"{number(SPREAD_LU[stem.role])} LU"}
        return case.say("taste_left", at, spread) if stem.move.free else case.stays(at)
    taste = case.advice.is_taste(stem)
    slots = {Slot.SPREAD: f"{number(SPREAD_LU[stem.role])} LU", Slot.GAIN: case.gain(at)}
    if case.advice.strength_percent != 100:  # the move is only a part of what is off
        del slots[Slot.GAIN]
    return case.say("taste" if taste else "taste_not", at, slots, **({"taste": "taste"} if taste else {}))
