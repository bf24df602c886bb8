"""The phrase bank: every step of a plan in words, whole answers, and two versions."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.correct import Action, Move
from explainer.advice.advice import Advice
from explainer.advice.claims import Reason, ReasonKind
from explainer.advice.names import VOCABULARY, aliases, the
from explainer.evaluation.texts.text_metrics import distinct
from explainer.lessons.imagined import imagine
from explainer.phrasing.answers import compare, respond, worded
from explainer.phrasing.bank import Draw, templates, variants
from explainer.phrasing.plan import ZERO, Fact, Step, StepKind, Style, plan
from explainer.phrasing.slots import Slot, fill, slots_of
from explainer.reading.agreement import contradictions

NUMBER_WORD = re.compile(
    r"\b(zero|one|two|three|four|five|six|seven|eight|nine|ten|half|twice|double|second|third|once)\b", re.IGNORECASE
)
UNSURE = re.compile(r"\b(perhaps|maybe|possibly|might|may|could|suspicion|suspect|guess|if anything)\b", re.IGNORECASE)
LIKELY = re.compile(
    r"\b(probably|likely|I think|I would say|guess|chances|looks as if|fairly|believe|far as I can tell|"
    r"inclination|(should|probably) help|best)\b",
    re.IGNORECASE,
)
PLURAL_SUBJECT = re.compile(
    r"(?<!of )(?<!in )(?<!behind )\b(the vocals|they) (is|was|has|does|needs?s|sits|comes|sounds|wants|hides|holds)\b",
    re.IGNORECASE,
)
SINGULAR_SUBJECT = re.compile(
    r"(?<!does )(?<!of )\b(the bass|it) (are|have|do|need|sit|come|sound|want|hide|hold|stick|lack)\b", re.IGNORECASE
)

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def moves() -> Iterator[Step]:
    """Every combination of facts that a plan gives a move."""
    ways = product(Style, ("one", "many"), ("up", "down"), ("little", "plain", "much"), ("sure", "likely", "unsure"))
    for style, number, way, size, sure in ways:
        facts = dict(zip(tuple(Fact)[2:6], (number, way, size, sure), strict=True))
        facts |= {Fact.STYLE: str(style), Fact.PLACE: "only"}
        slots = {Slot.STEM: "the vocals" if number == "many" else "the bass", Slot.GAIN: "3.2 dB"}
        if style is Style.SHORT:
            yield Step(StepKind.MOVE, facts, slots)
            continue
        if style is Style.FULL:
            slots |= {Slot.LOW: "2.1", Slot.HIGH: "4.4 dB"}
        for why, usual, taste in product(("none", *ReasonKind), (False, True), (False, True)):
            if (usual and why not in ("level", "anchor", "share")) or (why == "masked" and way == "down"):
                continue
            told = facts | {Fact.WHY: str(why)} | ({Fact.TASTE: "taste"} if taste else {})
            told |= {Fact.USUAL: "usual"} if usual else {}
            yield from reasoned(told, slots, style, str(why), usual)


def reasoned(facts: dict, slots: dict, style: Style, why: str, usual: bool) -> Iterator[Step]:
    """The steps of a move with a reason of that kind: as it is, only a part of what it is off, or next to nothing."""
    full = {
        "level": {Slot.LEVEL: "7.3 LU below", Slot.BESIDE: "the rest of the mix"},
        "anchor": {Slot.LEVEL: "7.3 LU below", Slot.BESIDE: "the drums"},
        "share": {Slot.SHARE: "12 %"},
        "masked": {Slot.MASKER: "the drums", Slot.COVERED: "61 %"},
        "sounds": {Slot.HEARD: "17 %"},
    }.get(why, {})
    if style is Style.PLAIN:
        full = {slot: said for slot, said in full.items() if slot is Slot.MASKER or said == "the drums"}
    elif usual:
        full |= {Slot.USUAL_SHARE: "25 %"} if why == "share" else {Slot.USUAL: "2.4 LU below"}
    yield Step(StepKind.MOVE, facts, slots | full)
    if style is Style.FULL:
        if why == "masked":
            yield Step(StepKind.MOVE, facts, slots | full | {Slot.BAND: "250 to 500 Hz"})
        if facts[Fact.SURE] == "unsure":
            yield Step(StepKind.MOVE, facts | {Fact.PART: "zero"}, slots | full)
        if usual and why != "share":
            yield Step(StepKind.MOVE, facts | {Fact.PART: "part"}, slots | full | {Slot.OFF: "4.9 LU"})
            if facts[Fact.SURE] == "unsure":
                yield Step(StepKind.MOVE, facts | {Fact.PART: "both"}, slots | full | {Slot.OFF: "4.9 LU"})


def others() -> Iterator[Step]:
    """Every other step of an answer."""
    for style in Style:
        for number, stem in (("one", "the bass"), ("many", "the vocals")):
            told = {Fact.STYLE: str(style), Fact.NUMBER: number}
            yield Step(StepKind.OPENING, told, {Slot.COUNT: "three stems", Slot.STEM: stem})
            for way, place in product(("up", "down"), ("only", "first", "last")):
                facts = told | {Fact.WAY: way, Fact.PLACE: place}
                yield Step(StepKind.CHANGE, facts, {Slot.STEM: stem, Slot.CHANGE: "3.2 dB"})
        for kind in (StepKind.CLOSE, StepKind.KEPT, StepKind.SAME):
            yield Step(kind, {Fact.STYLE: str(style)})
        for why, sure, anchor in product(("free", "locked", "stuck"), ("sure", "unsure"), (False, True)):
            facts = {Fact.STYLE: str(style), Fact.WHY: why, Fact.SURE: sure}
            slots = {Slot.ANCHOR: "the drums"} if anchor and why == "free" else {}
            yield Step(StepKind.BALANCED, facts, slots)


STEPS = [*moves(), *others()]


def texts(step: Step, count: int, seed: int = 0) -> list[str]:
    return [worded(step, Draw(np.random.default_rng((seed, at)))) for at in range(count)]


def assert_well_formed(text: str) -> None:
    assert not re.search(r"[{}\[\]|\n]|  | [.,;:?!]|[.,;:?!]{2}|-0\.0", text), text
    assert re.fullmatch(r"[A-Z0-9].*[.?]", text), text
    assert not re.search(r"[.?!] [a-z]", text), text
    assert not re.search(r"\b([A-Za-z]+) \1\b", text), text  # no word twice
    assert text.count("(") == text.count(")")


# Steps


def test_each_number_of_a_step_is_written_once_and_no_other() -> None:
    for at, step in enumerate(STEPS):
        for text in texts(step, 3, at):
            tags = Counter(slots_of(text))
            assert all(tags[slot] == 1 for slot in step.numbers), text
            assert set(tags) <= set(step.slots), text
            assert Slot.STEM not in step.slots or tags[Slot.STEM], text
            assert all(tags[slot] == 1 for slot in (Slot.BESIDE, Slot.MASKER) if slot in step.slots), text
            assert not re.search(r"\d", text), text
            assert not NUMBER_WORD.search(text), text
            assert not re.search(r">'", text), text  # no possessive of a slot


def test_a_step_is_plain_english_and_agrees_with_its_stem() -> None:
    for at, step in enumerate(STEPS):
        for text in texts(step, 3, at + 9999):
            said = fill(text, step.slots)
            assert_well_formed(said)
            assert not PLURAL_SUBJECT.search(said), said
            assert not SINGULAR_SUBJECT.search(said), said


def test_every_thought_is_worded_in_three_ways_at_least() -> None:
    for path, group in templates().items():
        assert len(set(group)) >= 3, path
        assert len(set(group)) >= len(group) * 0.6, path  # the same line counts for more chance, not for more words
    for step in STEPS:
        assert len(set(texts(step, 8))) >= 3, step


def test_what_a_plan_gives_is_among_the_steps() -> None:
    rng = np.random.default_rng(0)
    known = {frozenset((step.facts | {Fact.PLACE: ""}).items()) for step in STEPS}
    for _ in range(200):
        for style in Style:
            for step in plan(imagine(rng), style).steps:
                if step.kind is StepKind.MOVE:
                    assert frozenset((step.facts | {Fact.PLACE: ""}).items()) in known, step


def test_how_sure_it_is_chooses_the_words() -> None:
    for at, step in enumerate(moves()):
        for text in texts(step, 2, at + 777):
            headline = re.sub(r"\([^)]*\)", "", text)
            if step.facts[Fact.SURE] == "sure":
                assert not UNSURE.search(text), text
                assert not re.search(r"\b(probably|likely|I think|fairly|chances)\b", text), text
            elif step.facts[Fact.SURE] == "likely":
                assert LIKELY.search(headline), text
            else:
                assert UNSURE.search(headline), text


def test_where_the_range_takes_in_no_move_nothing_is_much() -> None:
    for step in moves():
        if step.facts.get(Fact.PART) in ZERO:
            for text in texts(step, 2):
                assert not re.search(r"\b(much|far|well|a lot|massively|buried) (too|up|down|by)\b", text), text


def test_size_and_direction_choose_the_words() -> None:
    sides = {(way, size): set() for way, size in product(("up", "down"), ("little", "plain", "much"))}
    for way, size in sides:
        groups = (f"moves.{kind}.{way}.{size}" for kind in ("fault", "idiom"))
        sides[way, size] = {text for group in groups for t in templates()[group] for text in variants(t)}
    for one, other in product(sides, sides):
        assert one == other or not sides[one] & sides[other]


def test_a_figure_of_which_nothing_is_usual_is_told_without() -> None:
    for step in moves():
        if step.style is Style.FULL and Fact.USUAL not in step.facts and Fact.PART not in step.facts:
            assert not any("usual" in text or "norm" in text for text in texts(step, 2)), step


def test_in_plain_words_there_is_no_unit_but_the_decibel() -> None:
    for step in moves():
        if step.style is Style.PLAIN:
            assert not any(re.search(r"LU|%|Hz|energy|mask", fill(t, step.slots)) for t in texts(step, 3)), step


# Draws


def test_no_template_is_drawn_again_before_its_group_is_used_up() -> None:
    draw = Draw(np.random.default_rng(3))
    size = len(templates()["answers.kept"])
    assert Counter(Counter(draw.one("answers.kept") for _ in range(2 * size)).values()) == {2: size}


def test_an_avoided_word_is_not_drawn() -> None:
    draw = Draw(np.random.default_rng(3))
    assert not any("mix" in draw.one("moves.fault.down.any", avoid=["mix"]) for _ in range(100))


# Answers


@settings(max_examples=300)
@given(seeds, st.sampled_from(Style))
def test_an_answer_says_each_move_and_no_other(rng: np.random.Generator, style: Style) -> None:
    advice = imagine(rng)
    names = [stem.name for stem in advice.stems]
    called = dict(zip(names, aliases(names), strict=True))
    text = respond(advice, style, rng)
    assert_well_formed(text)
    allowed = {called[advice.anchor]} if advice.anchor else set()
    for claim in advice.claims(aliases(names)).claims:
        assert text.count(f"{claim.db:.1f} dB") >= 1, text
        if style is Style.FULL:
            low = f"{claim.low_db:.1f}" if claim.low_db else "0"
            assert re.search(rf"(?<![\d.]){low} [^.(]*?{claim.high_db:.1f} dB", text), text
        allowed.add(claim.stem)
    for stem in advice.moving:
        allowed |= {called[reason.other] for reason in stem.reasons if reason.other is not None}
    for alias in set(called.values()) - allowed:
        others = "|".join(sorted((a for a in allowed if alias in a), key=len)) or "$^"
        assert not re.search(rf"\b{alias}\b", re.sub(others, "", text), re.IGNORECASE), text


def test_the_bank_agrees_with_its_advice() -> None:
    """As the reader reads it: nearly always, since no reader knows all of English."""
    rng = np.random.default_rng(5)
    read = wrong = 0
    for _ in range(70):
        advice = imagine(rng)
        for style in Style:
            read += 1
            wrong += contradictions(respond(advice, style, rng), advice) != ()
    assert read > 150
    assert wrong / read <= 0.02


def test_answers_vary_at_least_as_much_as_they_did() -> None:
    rng = np.random.default_rng(0)
    advices = [imagine(rng) for _ in range(1000)]
    full = [respond(advice, Style.FULL, np.random.default_rng(at)) for at, advice in enumerate(advices)]
    assert distinct(full, 2) >= 0.141  # of the bank of clauses that was here before


def test_the_same_seed_gives_the_same_answer_and_others_vary() -> None:
    advice = with_moves(2)
    told = [respond(advice, Style.FULL, np.random.default_rng(seed)) for seed in [*range(100), 0]]
    assert told[0] == told[-1]
    assert len(set(told)) == 100


def with_moves(count: int) -> Advice:
    rng = np.random.default_rng(1)
    return next(a for a in iter(lambda: imagine(rng), None) if len(a.moving) == count)


@pytest.mark.parametrize("style", Style)
def test_nothing_is_thought_twice_where_nothing_moves(style: Style) -> None:
    for step in others():
        if step.kind is StepKind.BALANCED and step.style is style:
            for text in texts(step, 10):
                assert len(re.findall(r"[.?!](?: |$)", text)) <= 2, text
                if step.facts[Fact.SURE] == "unsure" and step.facts[Fact.WHY] != "stuck":
                    assert not re.search(r"sounds right|sits well|is fine|balanced", text), text


def test_that_engineers_differ_is_said_once_and_then_referred_to() -> None:
    step = next(s for s in moves() if s.style is Style.FULL and Fact.TASTE in s.facts and Fact.PART not in s.facts)
    draw = Draw(np.random.default_rng(0))
    first, second = worded(step, draw), worded(step, draw)
    assert re.search("taste|engineers", first)
    assert re.search("too,|again|another|as well", second)


def test_locked_stems_and_the_anchor_are_not_called_right() -> None:
    base = with_moves(0)
    locked = Move(Action.LOCKED, 0.0, 1.0, 2.0, 0.9)
    stuck = replace(base, stems=tuple(replace(stem, move=locked) for stem in base.stems))
    for seed in range(10):
        text = respond(stuck, Style.FULL, np.random.default_rng(seed))
        assert re.search("nothing|no stem|no fader", text, re.IGNORECASE)
        assert "sound right" not in text


def test_no_share_of_nothing_is_a_reason() -> None:
    base = with_moves(1)
    (stem,) = base.moving
    none = Reason(ReasonKind.SHARE, 0.0, 4.0)
    stems = tuple(replace(s, reasons=(none,)) if s is stem else s for s in base.stems)
    assert not any("%" in respond(replace(base, stems=stems), Style.FULL, np.random.default_rng(i)) for i in range(10))


@given(st.sampled_from(sorted(VOCABULARY)), seeds)
def test_every_known_word_can_be_spoken_of(word: str, rng: np.random.Generator) -> None:
    base = with_moves(1)
    named = tuple(replace(s, name=word if s.move.moves else f"take {i}") for i, s in enumerate(base.stems))
    advice = replace(base, anchor=None, stems=tuple(replace(s, reasons=()) for s in named))
    text = respond(advice, Style.FULL, rng)
    assert_well_formed(text)
    assert the(word) in text.lower()


# A/B


@settings(max_examples=200)
@given(seeds, st.sampled_from(Style))
def test_a_comparison_says_each_change_and_the_way_back(rng: np.random.Generator, style: Style) -> None:
    names = list(rng.permutation(["vocals", "drums", "bass", "gtr {L}", "piano", "Keys\n2"])[: rng.integers(1, 6)])
    changes_db = {name: float(rng.choice([0.0, 0.04, round(rng.normal(0, 5), 1)])) for name in names}
    text = compare(changes_db, style, rng)
    assert_well_formed(text)
    for alias, change_db in zip(aliases(names), changes_db.values(), strict=True):
        if abs(change_db) < 0.1:
            assert not re.search(rf"\b{alias}\b", text, re.IGNORECASE)
        else:
            louder, down = ("louder", "down") if change_db > 0 else ("quieter", "up")
            assert f"{abs(change_db):.1f} dB {louder}" in text
            assert re.search(rf"\b{down}\b[^.]* (same amount|as much)", text)


@pytest.mark.parametrize("style", Style)
def test_versions_that_do_not_differ_are_the_same(style: Style) -> None:
    told = {compare({"vocals": 0.04, "bass": -0.02}, style, np.random.default_rng(seed)) for seed in range(100)}
    assert len(told) >= 5
    assert not any("dB" in text for text in told)
