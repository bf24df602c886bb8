"""Questions about moves: why, why not, what first, what if not, how far, and what covers what."""

from console.correct import Action
from explainer.advice.claims import ReasonKind
from explainer.advice.names import the
from explainer.phrasing.plan import Fact, Step, counted, decibels, least
from explainer.phrasing.questions.asked import Operation
from explainer.phrasing.questions.case import MOST_STEMS, Case, Reply, all_of, range_of
from explainer.phrasing.slots import Slot

OF_REASON = (Fact.WHY, Fact.USUAL)


def why(case: Case) -> Reply:
    """Why a stem moves, or does not."""
    if not case.asked:
        return Reply((_because(case, case.moving[0]),) if case.moving else (case.still(),))
    return Reply(tuple(_because(case, at) if case.moves(at) else case.stays(at) for at in case.asked))


def _because(case: Case, at: int) -> Step:
    slots = {Slot.GAIN: case.gain(at)}
    if case.matched:
        return case.say("why_matched", at, slots)
    told = case.move(at)
    why = told.facts[Fact.WHY]
    if why == "none":
        return case.say("why_none", at, slots)
    reason: dict[Slot, str] = {
        slot: text for slot, text in told.slots.items() if slot not in (Slot.LOW, Slot.HIGH, Slot.OFF)
    }
    facts = {str(fact): told.facts[fact] for fact in OF_REASON if fact in told.facts}
    return case.say("why_seldom" if why == ReasonKind.SOUNDS else "why", at, reason, **facts)


def why_not(case: Case) -> Reply:
    """Why a stem, or what is left, does not move."""
    if case.asked:
        slots = {at: {Slot.GAIN: case.gain(at)} for at in case.asked}
        return Reply(tuple(case.say("not_left", at, slots[at]) if case.moves(at) else case.stays(at) for at in slots))
    left = case.left()
    if not left:
        return Reply((case.say("nothing_left"),))
    return Reply((case.say("why_others", slots={Slot.STEMS: all_of(case.advice, left)}),))


def first(case: Case) -> Reply:
    """What comes first."""
    moving = case.moving
    if not moving:
        return Reply((case.still(),))
    slots = {Slot.GAIN: case.gain(moving[0])}
    if len(moving) == 1:
        return Reply((case.say("first_only", moving[0], slots),))
    return Reply((case.say("first", moving[0], slots | {Slot.NEXT: case.the(moving[1])}),))


def leave(case: Case) -> Reply:
    """What if a stem, or all of it, stays as it is."""
    moving = case.moving
    if not case.asked:
        if not moving:
            return Reply((case.still(),))
        if len(moving) > 1:
            slots = {Slot.COUNT: counted(len(moving)), Slot.GAIN: case.gain(moving[0])}
            return Reply((case.say("leave_all", moving[0], slots),))
    steps: list[Step] = []
    locked: list[str] = []
    for at in case.asked or (moving[0],):
        if case.moves(at):
            topic = "leave_matched" if case.matched else "leave"
            taste = {} if case.matched or not case.advice.is_taste(case.stem(at)) else {"taste": "taste"}
            steps.append(case.say(topic, at, {Slot.GAIN: case.gain(at)}, **taste))
            locked += [] if case.matched or not case.asked else ["--lock", case.stem(at).name]
        elif case.stem(at).move.action is Action.LEAVE:
            steps.append(case.say("leave_left", at))
        else:
            steps.append(case.stays(at))
    return Reply(tuple(steps), Operation("correct", tuple(locked)) if locked else None)


def only(case: Case) -> Reply:
    """What if one stem moves and no other."""
    moving = case.moving
    if not moving:
        return Reply((case.still(),))
    at = case.asked[0] if case.asked else moving[0]
    rest = [other for other in moving if other not in (case.asked or (at,))]
    if not case.moves(at):
        return Reply((case.stays(at), case.say("only_left", rest[0], {Slot.GAIN: case.gain(rest[0])})))
    if not rest:
        return Reply((case.say("only_one", at, {Slot.GAIN: case.gain(at)}),))
    slots = {Slot.GAIN: case.gain(at), Slot.NEXT: case.the(rest[0]), Slot.NEXT_GAIN: case.gain(rest[0])}
    return Reply((case.say("only", at, slots),))


def how_far(case: Case) -> Reply:
    """How far a fader may go."""
    asked = case.asked or tuple(case.moving[:1])
    if not asked:
        return Reply((case.still(),))
    return Reply(tuple(_range_step(case, at) for at in asked))


def _range_step(case: Case, at: int) -> Step:
    stem = case.stem(at)
    if case.moves(at):
        topic = "range_zero" if stem.touches_zero else "range"
        return case.say(topic, at, {Slot.GAIN: case.gain(at)} | range_of(stem))
    if stem.move.action is Action.LEAVE and not case.matched:
        slots = {Slot.LOW: least(stem.move.low_db), Slot.HIGH: decibels(stem.move.high_db)}
        return case.say("range_left", at, slots)
    return case.stays(at)


def masked(case: Case) -> Reply:
    """What covers a stem, or what a stem covers."""
    covered = {
        at: reason
        for at in case.moving
        for reason in case.stem(at).reasons
        if reason.kind is ReasonKind.MASKED and reason.other in case.called
    }
    names = case.advice.names
    if not case.asked:
        told = list(covered.items())[:MOST_STEMS]
        return Reply(tuple(_covered(case, at, "covers") for at, _ in told) or (case.say("masked_nothing"),))
    pairs = [(at, names.index(reason.other or "")) for at, reason in covered.items()]
    wanted = set(case.question.stems)
    if len(wanted) > 1:
        fits = [at for at, by in pairs if at in wanted and by in wanted]
        pair = case.say("masked_pair", case.asked[0], {Slot.NEXT: case.the(case.asked[1])})
        return Reply(tuple(_covered(case, at, "masked_yes") for at in fits) or (pair,))
    if case.question.covers:
        fits = [at for at, by in pairs if by in wanted]
        nothing = case.say("masks_nothing", case.asked[0])
        return Reply(tuple(_covered(case, at, "covers") for at in fits) or (nothing,))
    fits = [at for at, _ in pairs if at in wanted]
    return Reply(tuple(_covered(case, at, "masked") for at in fits) or (case.say("masked_unknown", case.asked[0]),))


def _covered(case: Case, at: int, topic: str) -> Step:
    reason = next(r for r in case.stem(at).reasons if r.kind is ReasonKind.MASKED and r.other in case.called)
    slots = {Slot.MASKER: the(case.called[reason.other or ""]), Slot.COVERED: f"{reason.measured:.0f} %"}
    if reason.low_hz is not None and reason.high_hz is not None:
        slots[Slot.BAND] = f"{reason.low_hz:.0f} to {reason.high_hz:.0f} Hz"
    return case.say(topic, at, slots, why=str(ReasonKind.MASKED))
