"""Questions about the mix as a whole, the anchor, the advice itself, and what another listening would tell."""

import math
from collections.abc import Iterator

from console.balance.genre import Genre
from console.correct import Action
from explainer.advice.versions import AUDIBLE_CHANGE_DB
from explainer.phrasing.conclusion import HARDLY, LITTLE, conclusion, notes
from explainer.phrasing.plan import Step, StepKind, decibels, number, plan, plan_changes
from explainer.phrasing.questions.asked import Anew, Operation
from explainer.phrasing.questions.case import STATES, Case, Reply, all_of, counted_of
from explainer.phrasing.slots import Slot
from explainer.phrasing.usual import place

SAME_LU = 0.1  # a smaller difference does not show in one decimal
FULL_DBTP = 0.0
OPTIONS = {
    Anew.GENRE: ("--genre", "GENRE"),
    Anew.LIKE: ("--like", "SONG"),
    Anew.STRENGTH: ("--strength", "50"),
    Anew.PASSES: ("--passes", "3"),
}


def move(case: Case) -> Reply:
    """What to do with a stem."""
    if not case.asked:
        return everything(case)
    told = {at: case.say("why_matched", at, {Slot.GAIN: case.gain(at)}) if case.matched else None for at in case.asked}
    return Reply(tuple((told[at] or case.move(at)) if case.moves(at) else case.stays(at) for at in case.asked))


def everything(case: Case) -> Reply:
    """What to do at all: the advice."""
    aside = notes(case.advice)
    if case.matched:
        return Reply((), asides=(conclusion(case.advice), *aside))
    if not case.moving and any(stem.move.moves for stem in case.advice.stems):
        return Reply((case.still(),), asides=aside)
    return Reply(plan(case.advice).steps, asides=aside)


def loudness(case: Case) -> Reply:
    """How loud a stem is, or the mix, and how loud it will be."""
    if case.asked:
        return Reply(tuple(_loudness_of(case, at) for at in case.asked))
    levels = case.advice.mix
    if not math.isfinite(levels.loudness_lufs_before):
        return Reply((case.say("mix_silent"),))
    before, after = levels.loudness_lufs_before, levels.loudness_lufs_after
    slots = {Slot.LOUDNESS: lufs(before), Slot.AFTER: lufs(after)}
    if not math.isfinite(after) or abs(after - before) < SAME_LU:
        return Reply((case.say("loudness_mix_same", slots={Slot.LOUDNESS: lufs(before)}),))
    return Reply((case.say("loudness_mix", slots=slots, way="up" if after > before else "down"), *_trimmed(case)))


def _trimmed(case: Case) -> list[Step]:
    """That all stems were turned down for headroom, where they were."""
    trim_db = case.advice.mix.trim_db
    return [case.say("headroom_trim", slots={Slot.TRIM: decibels(abs(trim_db))})] if trim_db else []


def _loudness_of(case: Case, at: int) -> Step:
    stem = case.stem(at)
    if not math.isfinite(stem.loudness_lufs):
        return case.say("why_silent", at)
    slots = {Slot.LOUDNESS: lufs(stem.loudness_lufs)}
    if not case.moves(at):
        return case.say("loudness", at, slots)
    after = stem.loudness_lufs + stem.move.gain_db + case.advice.mix.trim_db
    return case.say("loudness_after", at, slots | {Slot.AFTER: lufs(after)})


def louder(case: Case) -> Reply:
    """Whether the mix gets louder, and whether it goes over full scale."""
    levels = case.advice.mix
    before, after, peak_dbtp = levels.loudness_lufs_before, levels.loudness_lufs_after, levels.true_peak_dbtp
    if not (math.isfinite(before) and math.isfinite(after)):
        return Reply((case.say("mix_silent"),))
    if abs(after - before) < SAME_LU:
        steps = [case.say("louder_same", slots={Slot.LOUDNESS: lufs(after)})]
    else:
        slots = {Slot.LOUDNESS: lufs(before), Slot.AFTER: lufs(after)}
        steps = [case.say("louder", slots=slots, way="up" if after > before else "down")]
    steps += _trimmed(case)
    over = peak_dbtp > FULL_DBTP
    if math.isfinite(peak_dbtp):
        peak = {Slot.PEAK: f"{number(peak_dbtp)} dBTP"}
        steps.append(case.say("headroom_over" if over else "headroom_enough", slots=peak))
    return Reply(tuple(steps), Operation("correct", ("--headroom", "1")) if over else None)


def anchor(case: Case) -> Reply:
    """What the anchor is, and what happens to it."""
    if case.advice.anchor is None:
        return Reply((case.say("anchor_none"),), Operation("correct", ("--anchor", "NAME")))
    at = case.advice.names.index(case.advice.anchor)
    others = [asked for asked in case.asked if asked != at]
    if others:
        return Reply((case.say("anchor_other", others[0], {Slot.ANCHOR: case.the(at)}),))
    return Reply((case.say("anchor", at),))


def source(case: Case) -> Reply:
    """Where the judgement comes from."""
    if case.matched:
        return Reply((case.say("source_matched"),))
    steps = [case.say("source", slots={Slot.WHERE: place(case.advice.usual)})]
    if case.advice.passes > 1:
        steps.append(case.say("source_passes", slots={Slot.PASSES: counted_of(case.advice.passes, "listening")}))
    else:
        steps.append(case.say("source_once"))
    steps += unfamiliar(case)
    return Reply(tuple(steps))


def unfamiliar(case: Case) -> list[Step]:
    """That little music like this is known, where that is so."""
    known = case.advice.familiarity
    return [] if known >= LITTLE else [case.say("unfamiliar" if known >= HARDLY else "unfamiliar_much")]


def unjudged(case: Case) -> Reply:
    """What was not judged, or whether a stem was."""
    if case.asked:
        free = [case.stem(at).move.free for at in case.asked]
        steps = (
            case.say("judged", at) if heard else case.stays(at) for at, heard in zip(case.asked, free, strict=True)
        )
        return Reply(tuple(steps))
    told = [case.say("unjudged")]
    stems = list(enumerate(case.advice.stems))
    by_action = {action: [at for at, stem in stems if stem.move.action is action] for action in STATES}
    told += [case.say("unjudged_anchor", at) for at in by_action[Action.ANCHOR]]
    for action, topic in ((Action.SILENT, "unjudged_silent"), (Action.LOCKED, "unjudged_locked")):
        if by_action[action]:
            told.append(case.say(topic, slots={Slot.STEMS: all_of(case.advice, by_action[action])}))
    if not by_action[Action.SILENT] and not by_action[Action.LOCKED]:
        told.append(case.say("unjudged_none"))
    left_out = sum(use.left_out_because is not None for use in case.advice.files)
    if case.advice.files and not left_out:
        told.append(case.say("unjudged_no_files"))
    if left_out:
        told.append(case.say("unjudged_files", slots={Slot.FILES: counted_of(left_out, "file")}))
    return Reply(tuple(told))


def changed(case: Case) -> Reply:
    """What changed, of which an advice on one version knows nothing."""
    return Reply((case.say("changed_none"),), Operation("compare", ("A", "B")))


def again(case: Case) -> Reply:
    """What only another listening tells, and how to ask for it."""
    anew, at = case.question.anew or Anew.PASSES, case.asked[0] if case.asked else None
    if anew in (Anew.ANCHOR, Anew.LOCK):
        if at is None:
            return Reply((case.say(f"again_{anew}_which"),), Operation("correct", (f"--{anew}", "NAME")))
        fixed = Action.ANCHOR if anew is Anew.ANCHOR else Action.LOCKED
        if case.stem(at).move.action is fixed:
            return Reply((case.stays(at),))
        return Reply((case.say(f"again_{anew}", at),), Operation("correct", (f"--{anew}", case.stem(at).name)))
    options = OPTIONS[anew]
    if anew is Anew.GENRE and case.question.genre in set(Genre):
        options = ("--genre", case.question.genre)
        return Reply((case.say("again_genre", slots={Slot.GENRE: options[1]}),), Operation("correct", options))
    if anew is Anew.GENRE:
        return Reply((case.say("again_genre_unknown"),), Operation("correct", options))
    return Reply((case.say(f"again_{anew}"),), Operation("correct", options))


def versions(case: Case) -> Iterator[Step]:
    """What changed of the stems that are asked about."""
    changes = {step.stem: step for step in plan_changes(case.advice).steps if step.kind is StepKind.CHANGE}
    for at in case.asked:
        small = abs(case.stem(at).move.gain_db) < AUDIBLE_CHANGE_DB
        yield case.say("changed_same", at) if small else changes[at]


def lufs(level_lufs: float) -> str:
    """A loudness as it is said."""
    return f"{number(level_lufs)} LUFS"
