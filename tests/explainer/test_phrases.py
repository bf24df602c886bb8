"""The phrase bank: every template in every number, and texts that say exactly what the advice says."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from console.correct import Action, Move
from console.flaws import Category
from console.read.roles import guess_role
from explainer.advice.advice import Advice, MixLevels, ModelStamp, StemAdvice
from explainer.advice.claims import Confidence, Reason, ReasonKind, Severity
from explainer.advice.names import VOCABULARY, aliases, the
from explainer.phrasing.answers import Style, Task, compare, instruction, respond
from explainer.phrasing.bank import Draw, finished, templates, variants
from explainer.phrasing.spoken import figures, grammar, reason_slots, spoken

NAMES = ("vocals", "drums", "bass", "gtr {L}", "piano", "Keys\n2", "strings", "snare", "other", "kick")
SEVERITIES = {"very_quiet": ("up", "much"), "quiet": ("up", "plain"), "loud": ("down", "plain")}
SEVERITIES |= {"very_loud": ("down", "much"), "little up": ("up", "little"), "little down": ("down", "little")}
VERBS = (
    "sit need want lack come sound stick poke belong hold measure lie carry account play fall get draw mask cover hide"
)
PLURAL_SUBJECT = re.compile(r"(?<!of )\b(the vocals|the drums|they) (is|was|has|does|\w+[^s]s)\b", re.IGNORECASE)
SINGULAR_SUBJECT = re.compile(
    rf"(?<!does )\b(the bass|track [A-Z]+|it) (are|have|{VERBS.replace(' ', '|')})\b", re.IGNORECASE
)


def an_advice(rng, n_moves=None, anchored=None, chance=None, names=None):
    """Advice with random moves, ranges, chances and reasons; `names` in this order, the first ones move."""
    names = list(names or rng.permutation(NAMES)[: rng.integers(2, 8)])
    n_moves = rng.integers(0, len(names)) if n_moves is None else n_moves
    anchor = names[-1] if (rng.random() < 0.5 if anchored is None else anchored) else None
    stems = []
    for i, name in enumerate(names):
        move = Move(Action.ANCHOR if name == anchor else Action.LEAVE, 0.0, -0.5, 0.5, rng.random())
        reasons = ()
        if i < n_moves:
            size = rng.choice([rng.uniform(1, 3), rng.uniform(1, 15)])
            low, high = size - rng.uniform(0, 3), size + rng.uniform(0, 3)
            flaw = rng.random() if chance is None else chance
            up = rng.random() < 0.5
            gains = (size, low, high) if up else (-size, -high, -low)
            move = Move(Action.RAISE if up else Action.LOWER, *map(float, gains), flaw)
            reasons = some_reasons(rng, names[(i + 1) % len(names)], anchor)
        stems.append(StemAdvice(name, guess_role(name), None, -20.0, move, reasons))
    stamp, levels = ModelStamp("embedded", "0.1", "abc"), MixLevels(-14.0, -14.0, -1.0, 0.0)
    return Advice("Falcon 69", 44100, 12.5, anchor, 100.0, tuple(stems), stamp, levels)


def some_reasons(rng, other, anchor):
    lu, percent = (lambda: round(float(rng.normal(0, 6)), 1)), (lambda: float(rng.integers(1, 99)))
    usual = rng.random() < 0.7
    reasons = [
        Reason(ReasonKind.LEVEL, lu(), lu() if usual else None),
        Reason(ReasonKind.SHARE, percent(), percent() if usual else None),
        Reason(ReasonKind.SOUNDS, percent()),
        Reason(ReasonKind.MASKED, percent(), None, other, 250.0, 2000.0),
        Reason(ReasonKind.MASKED, percent(), None, other),
    ]
    if anchor is not None:
        reasons.append(Reason(ReasonKind.ANCHOR, lu(), lu() if usual else None, anchor))
    return tuple(reasons[i] for i in rng.permutation(len(reasons))[: rng.integers(0, 4)])


def assert_well_formed(text):
    assert not re.search(r"[{}\[\]|\n/]|  | [.,;:?!]|[.,;:?!]{2}|-0\.0", text), text
    assert re.fullmatch(r"[A-Z0-9].*[.?]", text), text
    assert not re.search(r"[.?!] [a-z]", text), text
    assert not PLURAL_SUBJECT.search(text), text
    assert not SINGULAR_SUBJECT.search(text), text
    assert not re.search(r"\b(\w+) \1\b", text), text  # no word twice
    assert text.count("(") == text.count(")")


seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


# The bank


def lines(*groups):
    return {text for group in groups for template in templates()[group] for text in variants(template)}


INSTRUCTIONS = [f"instruction.{kind}" for kind in [*Task, *Category, *Style, "anchor"] if kind != Category.NO_ERROR]


@pytest.mark.parametrize("group", INSTRUCTIONS)
def test_at_least_20_instructions_per_category(group):
    assert len(templates()[group]) >= 20
    assert len(lines(group)) == len(templates()[group])  # all differ


RESPONSES = {
    **{name: (f"fault.{side}.any", f"fault.{side}.{severity}") for name, (side, severity) in SEVERITIES.items()},
    "up": ("need.up.any", "turn.up.any"),
    "down": ("need.down.any", "turn.down.any"),
    "one, short": ("short.one",),
    "one, explained": ("full.cause", "full.reason", "full.plain"),
    "several, short": ("short.item", "short.lead", "short.lead_bare", "short.less", "short.same", "short.bare"),
    "several, explained": ("full.cause", "full.reason", "full.bare"),
    "several, opening": ("full.open.many.anchor", "full.open.many.rest", "full.order.next"),
    "none, short": ("balanced.short",),
    "none, short, anchor": ("balanced.short_anchor",),
    "none, explained": ("balanced.verdict.rest", "balanced.ground.sure", "balanced.act"),
    "none, explained, anchor": ("balanced.verdict.anchor", "balanced.ground.unsure", "balanced.act"),
    "anchor": ("against.any", "full.frame.anchor", "full.open.one.anchor"),
    **{confidence: (f"hedge.{confidence}",) for confidence in Confidence},
    "ranges": ("range.tail", "range.said"),
    "reasons": ("reason.level.usual", "reason.anchor.usual", "reason.share.usual", "reason.masked.band"),
    "A/B the same, short": ("compare.same.short",),
    "A/B the same, explained": ("compare.same.full",),
    "A/B": ("compare.one", "compare.many", "compare.full"),
    "A/B, short": ("compare.one", "compare.many", "compare.short"),
}


@pytest.mark.parametrize("groups", RESPONSES.values(), ids=RESPONSES)
def test_at_least_20_ways_to_say_each_part_of_a_response(groups):
    assert len(lines(*groups)) >= 20


@pytest.mark.parametrize("alias", ["vocals", "bass", "track A"])
@pytest.mark.parametrize("named", [False, True], ids=["name", "pronoun"])
@pytest.mark.parametrize("up", [False, True], ids=["down", "up"])
def test_every_clause_agrees_with_its_stem(alias, named, up):
    rng = np.random.default_rng(1)
    advice = an_advice(rng, 1, False, 0.95, ["bass", "vocals"])
    move = spoken(advice.stems[0], advice, {"bass": alias, "vocals": "drums"})
    masked = reason_slots(Reason(ReasonKind.MASKED, 61.0, None, "drums", 250.0, 500.0))
    level = reason_slots(Reason(ReasonKind.ANCHOR, -3.04, 2.0, "drums"))
    rest = {"too": "far too", "would": "would", "ref": "the drums"}
    groups = [group for group in templates() if group.split(".")[0] in ("fault", "turn", "need", "range", "reason")]
    for group in groups:
        slots = grammar(alias, named) | figures(move) | rest | (masked if "masked" in group else level)
        for text in lines(group):
            said = finished(text.format_map(slots)) + ("" if group.startswith("range") else ".")
            if not group.startswith("range"):
                assert_well_formed(said)
                speaks = (
                    {the(alias)} if not named else {"they", "them", "their"} if alias == "vocals" else {"it", "its"}
                )
                assert any(re.search(rf"\b{word}\b", said, re.IGNORECASE) for word in speaks), said


def test_the_bank_knows_no_slot_that_is_not_filled():
    known = set(grammar("bass")) | {"db", "low", "high", "down", "less", "lower", "louder", "measured", "usual"}
    known |= {"other", "os", "low_hz", "high_hz", "anchor", "ref", "count", "too", "would", "items", "changes", "turns"}
    known |= {"fault", "turn", "need", "why", "against", "tail", "range", "verdict", "ground", "act", "so"}
    used = {slot for group in templates() for text in lines(group) for slot in re.findall(r"\{(\w*)\}", text)}
    assert used <= known


def test_no_template_is_drawn_again_before_its_group_is_used_up():
    draw = Draw(np.random.default_rng(3))
    size = len(templates()["balanced.act"])
    assert Counter(Counter(draw.one("balanced.act") for _ in range(2 * size)).values()) == {2: size}


def test_an_avoided_word_is_not_drawn():
    draw = Draw(np.random.default_rng(3))
    assert not any("mix" in draw.one("fault.down.any", avoid=["mix"]) for _ in range(100))


# Responses


@settings(max_examples=1500)
@given(seeds, st.sampled_from(Style))
def test_a_response_says_each_move_and_no_other(rng, style):
    advice = an_advice(rng)
    names = [stem.name for stem in advice.stems]
    called = dict(zip(names, aliases(names), strict=True))
    text = respond(advice, style, rng)
    assert_well_formed(text)
    allowed = {called[advice.anchor]} if advice.anchor else set()
    for claim in advice.claims(aliases(names)).claims:
        assert f"{claim.db:.1f} dB" in text, text
        assert re.search(rf"\b{claim.stem}\b", text, re.IGNORECASE), text
        if style is Style.FULL:
            low, high = f"{claim.low_db:.1f}", f"{claim.high_db:.1f}"
            assert re.search(rf"(?<![\d.-]){low} (?:to|and) {high} dB", text), text
        allowed.add(claim.stem)
    for stem in advice.moving:
        allowed |= {called[reason.other] for reason in stem.reasons if reason.other is not None}
    for alias in set(called.values()) - allowed:
        assert not re.search(rf"\b{alias}\b", re.sub("bass drum|drum machine", "", text), re.IGNORECASE), text
    if style is Style.FULL and advice.anchor:
        assert the(called[advice.anchor]).lower() in text.lower(), text


@settings(max_examples=300)
@given(seeds, st.booleans())
def test_a_full_response_says_what_a_move_is_measured_against(rng, anchored):
    names = ["bass", "vocals", "drums"]
    text = respond(an_advice(rng, 1, anchored, names=names), Style.FULL, rng)
    rest = "rest of the mix|rest of the song|everything else|mix's energy|of the energy|% of the (song|time)"
    assert re.search("the drums" if anchored else rest, text, re.IGNORECASE), text


UNSURE = re.compile(r"\b(perhaps|maybe|possibly|might|may|could)\b", re.IGNORECASE)


@settings(max_examples=300)
@given(seeds, st.sampled_from(Style), st.integers(1, 3))
def test_what_is_unsure_is_hedged_in_every_move(rng, style, n_moves):
    text = respond(an_advice(rng, n_moves, chance=0.6, names=["bass", "vocals", "drums", "kick"]), style, rng)
    assert len(UNSURE.findall(text)) >= n_moves, text


@settings(max_examples=300)
@given(seeds)
def test_what_is_sure_is_not_hedged(rng):
    advice = an_advice(rng, 1, chance=0.95, names=["bass", "vocals"])
    move = advice.moving[0].move
    assume(min(abs(move.low_db), abs(move.high_db)) > 0 and move.low_db * move.high_db > 0)  # not the range of no move
    text = respond(advice, Style.SHORT, rng)
    assert not UNSURE.search(text), text


def test_a_move_that_engineers_differ_by_is_called_a_matter_of_taste():
    taste = re.compile("taste|engineers|sound in")
    for size_db, inside in [(2.3, True), (2.5, False)]:
        move = Move(Action.LOWER, -size_db, -3.0, -2.0, 0.99)
        stem = StemAdvice("bass", guess_role("bass"), None, -20.0, move)
        base = an_advice(np.random.default_rng(0), 0, False, names=["vocals", "bass"])
        advice = Advice(**{**vars(base), "stems": (base.stems[0], stem)})
        for seed in range(20):
            for style in Style:
                assert bool(taste.search(respond(advice, style, np.random.default_rng(seed)))) is inside


def test_size_and_direction_choose_the_words():
    for name, (side, severity) in SEVERITIES.items():
        others = {(other, word) for other in ("up", "down") for word in Severity} - {(side, severity)}
        own = lines(f"fault.{side}.{severity}")
        assert not own & {text for other in others for text in lines(f"fault.{other[0]}.{other[1]}")}, name


def test_locked_stems_and_the_anchor_are_not_called_right():
    base = an_advice(np.random.default_rng(0), 0, True, names=["vocals", "bass"])
    locked = Move(Action.LOCKED, 0.0, 1.0, 2.0, 0.9)
    stuck = Advice(**{**vars(base), "stems": (StemAdvice(**{**vars(base.stems[0]), "move": locked}), base.stems[1])})
    for seed in range(10):
        text = respond(stuck, Style.FULL, np.random.default_rng(seed))
        assert re.search("nothing|no stem|no fader", text, re.IGNORECASE)
        assert "sound right" not in text


def test_a_reason_about_a_stem_that_the_song_has_not_is_left_out():
    base = an_advice(np.random.default_rng(0), 1, False, names=["vocals", "bass"])
    reasons = (Reason(ReasonKind.MASKED, 60.0, None, "{kick}", 100.0, 200.0),)
    stems = (StemAdvice(**{**vars(base.stems[0]), "reasons": reasons}), base.stems[1])
    for seed in range(10):
        text = respond(Advice(**{**vars(base), "stems": stems}), Style.FULL, np.random.default_rng(seed))
        assert "kick" not in text
        assert "60" not in text


def test_the_same_seed_gives_the_same_text_and_others_vary():
    advice = an_advice(np.random.default_rng(5), 2)
    texts = [respond(advice, Style.FULL, np.random.default_rng(seed)) for seed in [*range(100), 0]]
    assert texts[0] == texts[-1]
    assert len(set(texts)) == 100


# A/B


@settings(max_examples=500)
@given(seeds, st.sampled_from(Style))
def test_a_comparison_says_each_change_and_the_way_back(rng, style):
    names = list(rng.permutation(NAMES)[: rng.integers(1, 6)])
    changes_db = {name: float(rng.choice([0.0, 0.04, rng.normal(0, 5)])) for name in names}
    text = compare(changes_db, style, rng)
    assert_well_formed(text)
    for alias, change_db in zip(aliases(names), changes_db.values(), strict=True):
        size = f"{abs(change_db):.1f} dB"
        if abs(change_db) < 0.1:
            assert not re.search(rf"\b{alias}\b", text, re.IGNORECASE)
        else:
            louder, down = ("louder", "down") if change_db > 0 else ("quieter", "up")
            assert f"{size} {louder}" in text
            assert re.search(rf"{down} (by )?{size}", text)


@pytest.mark.parametrize("style", Style)
def test_two_versions_that_do_not_differ_are_the_same(style):
    texts = {compare({"vocals": 0.05, "bass": -0.02}, style, np.random.default_rng(seed)) for seed in range(200)}
    assert len(texts) >= 20
    assert not any("dB" in text for text in texts)


# Instructions


@given(
    seeds,
    st.sampled_from([*Task, *Category]),
    st.none() | st.sampled_from(Style),
    st.sampled_from(["drums", "bass", None]),
)
def test_an_instruction_is_plain_english_and_names_the_anchor(rng, task, style, anchor):
    text = instruction(task, rng, anchor, style)
    assert_well_formed(text)
    assert anchor is None or the(anchor) in text.lower()
    assert not any(word in text.lower().replace("the drums", "") for word in ("vocals", "guitar"))


def test_an_instruction_takes_only_aliases():
    with pytest.raises(ValueError, match="is no alias"):
        instruction(Task.ANY, np.random.default_rng(0), "gtr {L}\n")


def test_a_neutral_question_gives_nothing_away():
    """What fits one flaw, several and none may presuppose none of them."""
    assert not any(re.search(r"\b(one stem is|stems are off|is fine)\b", text) for text in lines("instruction.any"))


@given(st.sampled_from(sorted(VOCABULARY)), seeds)
def test_every_known_word_can_be_spoken_of(word, rng):
    other = "drums" if word != "drums" else "bass"
    assert_well_formed(respond(an_advice(rng, 1, names=[word, other]), Style.FULL, rng))
