"""Scores, suggestions and questions by rules: each follows from a measurement, and nothing is said without one."""

import json
from dataclasses import replace

import pytest
from musics import SECTIONS, music

from console.music.music import Form, Mix, Music, Tag
from explainer.feedback.evaluation import evaluate
from explainer.feedback.facts.changes import both, changes
from explainer.feedback.facts.fact import kinds
from explainer.feedback.facts.of_music import facts_of
from explainer.feedback.facts.slots import UNKNOWN, slots_in
from explainer.feedback.model.instruction import instruction, schema
from explainer.feedback.rules.scores import categories
from explainer.feedback.rules.suggestions import rules
from explainer.feedback.words import NOTHING_TO_DO, in_markdown, in_text
from explainer.measured.report import report
from explainer.music.said import chord

SONG = music()
NOTHING = Music(song="silence", duration_s=3.0, stems={"vocals": "vocals"}, missing=("There is nothing to hear.",))


def score(song, category, **measured):
    return {each.category: each for each in evaluate(song, **measured).scores}[category]


def with_form(sections, sure=0.7):
    return music(form=Form(tuple(sections), sure, "ruptures"))


def with_mix(**other):
    return music(mix=replace(SONG.mix, **other))


def rules_of(song):
    return [each.rule for each in evaluate(song).suggestions]


def test_the_five_categories_are_always_told():
    titles = [each.title for each in evaluate(NOTHING).scores]
    assert titles == [
        "Creativity and originality",
        "Genre fidelity",
        "Conveyability",
        "Musical richness",
        "Memorability",
    ]


def test_nothing_measured_is_nothing_judged_or_suggested():
    judged = evaluate(NOTHING)
    assert [each.points for each in judged.scores] == [None] * 5
    assert all(each.why_not for each in judged.scores)
    assert judged.suggestions == ()
    assert NOTHING_TO_DO in in_text(judged)
    assert "There is nothing to hear." in in_text(judged)


def test_creativity_is_never_judged():
    assert score(SONG, "creativity").points is None


def test_every_score_lies_within_bounds_and_has_evidence():
    for each in evaluate(SONG).scores:
        assert (each.points is None) != bool(each.evidence)
        assert each.points is None or 1 <= each.points <= 10
        assert UNKNOWN not in " ".join(each.evidence)


def test_more_chords_are_richer_and_more_returns_more_memorable():
    few = replace(SONG.chords, chords=SONG.chords.chords[:1])
    assert score(music(chords=few), "richness").points < score(SONG, "richness").points
    never = [replace(section, label=label) for section, label in zip(SECTIONS, "ABCDEF", strict=True)]
    assert score(with_form(never), "memorability").points < score(SONG, "memorability").points


@pytest.mark.parametrize("confidence", [0.0, 0.3])
def test_what_is_too_unsure_carries_no_score(confidence):
    assert score(with_form(SECTIONS, confidence), "memorability").points is None
    assert score(music(chords=replace(SONG.chords, confidence=confidence)), "richness").points is None


def test_a_score_is_as_sure_as_the_least_of_its_facts():
    assert score(with_form(SECTIONS, 0.45), "memorability").confidence == 0.45
    assert "unsure" in in_text(evaluate(with_form(SECTIONS, 0.45)))


def test_genre_fidelity_needs_a_sure_genre():
    guess = replace(SONG.tags, genres=(Tag("rock", 0.31), Tag("pop", 0.3)))
    assert score(music(tags=guess), "genre_fidelity").points is None
    assert "aim at? The tags only guess, at rock (unsure)." in " ".join(evaluate(music(tags=guess)).questions)
    assert score(SONG, "genre_fidelity").points >= 7


def test_conveyability_is_judged_where_the_stems_are_at_hand(small_song):
    assert score(SONG, "conveyability").points is None
    measured = report(small_song)
    judged = score(SONG, "conveyability", report=measured)
    assert judged.points is not None
    assert "your vocals" in " ".join(judged.evidence)


@pytest.mark.parametrize(("peak_dbtp", "told"), [(-1.2, False), (-0.5, True), (1.9, True), (2.1, False)])
def test_a_true_peak_above_the_ceiling_is_told_by_how_much(peak_dbtp, told):
    made = {each.rule: each for each in evaluate(with_mix(true_peak_dbtp=peak_dbtp)).suggestions}
    assert ("peak" in made) == told
    if told:
        assert f"by {peak_dbtp + 1:.1f} dB" in made["peak"].do


def test_the_weightiest_comes_first():
    made = evaluate(with_mix(true_peak_dbtp=1.0, correlation=-0.2)).suggestions
    assert [each.weight for each in made] == sorted((each.weight for each in made), reverse=True)
    assert [each.rule for each in made][:2] == ["mono", "peak"]
    higher = {each.rule: each.weight for each in evaluate(with_mix(true_peak_dbtp=1.9)).suggestions}
    assert higher["peak"] > {each.rule: each.weight for each in made}["peak"]


def test_stems_that_add_up_too_hot_are_turned_down_together():
    (hot,) = [each for each in evaluate(with_mix(true_peak_dbtp=11.9, crest_db=18.0)).suggestions if each.rule == "hot"]
    assert hot.do.startswith("Turn all faders down together by 12.9 dB")


def test_one_sound_that_peaks_alone_is_looked_for_first():
    made = rules_of(with_mix(true_peak_dbtp=11.9, crest_db=27.5))
    assert "spike" in made
    assert "hot" not in made


@pytest.mark.parametrize(
    ("harte", "said"),
    [
        ("A:min7", "Am7"),
        ("E:maj/5", "E/B"),
        ("Bb:min/b3", "Bbm/Db"),
        ("F:maj/3", "F/A"),
        ("G:sus4", "Gsus4"),
        ("C", "C"),
    ],
)
def test_chords_are_written_as_musicians_write_them(harte, said):
    assert chord(harte) == said


def test_a_break_of_two_seconds_is_no_contrast():
    cut = [*SECTIONS, replace(SECTIONS[0], start_s=178.0, end_s=180.0, level_lufs=-30.0)]
    assert facts_of(with_form(cut))["section_contrast"].value == facts_of(SONG)["section_contrast"].value


def test_an_excerpt_has_no_form_to_judge():
    excerpt = replace(with_form([replace(section, level_lufs=-16.0) for section in SECTIONS]), duration_s=20.0)
    assert {"flat", "weak_return", "squashed"}.isdisjoint(rules_of(excerpt))
    assert score(excerpt, "memorability").why_not.startswith("The song is shorter than 60 s")


def test_a_rest_is_no_contrast():
    rest = [*SECTIONS, replace(SECTIONS[0], start_s=180.0, end_s=190.0, level_lufs=-65.0)]
    assert facts_of(with_form(rest))["section_contrast"].value == facts_of(SONG)["section_contrast"].value


def test_sections_of_one_level_are_named():
    level = [replace(section, level_lufs=-16.0) for section in SECTIONS]
    flat = [each for each in evaluate(with_form(level)).suggestions if each.rule == "flat"]
    assert len(flat) == 1
    assert "A (0:00 to 0:20)" in flat[0].because
    assert "flat" not in rules_of(SONG)


def test_a_return_that_is_softer_than_before_is_told():
    assert "weak_return" in rules_of(SONG)
    ends = [*SECTIONS[:-1], replace(SECTIONS[-1], level_lufs=-15.0)]
    assert "weak_return" not in rules_of(with_form(ends))


def test_loudness_is_held_against_the_targets():
    assert "loud" in rules_of(with_mix(integrated_lufs=-7.0, crest_db=8.0))
    assert "soft" in rules_of(with_mix(integrated_lufs=-23.0))
    assert not {"loud", "soft"} & set(rules_of(SONG))


def test_silence_has_no_levels_to_complain_of():
    silent = music(mix=Mix(None, None, None, None, (), None, None, ()))
    assert {"peak", "loud", "soft", "mono"}.isdisjoint(rules_of(silent))


def test_every_rule_speaks_of_facts_that_there_are():
    known = set(kinds())
    parts = [part for category in categories().values() for part in category.parts]
    said = [part.says + part.none for part in parts] + [
        str(rule.get(key, ""))
        for kind in ("suggestions", "questions")
        for rule in rules()[kind].values()
        for key in rule
    ]
    assert {slot for text in said for slot in slots_in(text)} <= known
    assert {part.fact for part in parts} <= known
    whens = [rule["when"] for kind in ("suggestions", "questions") for rule in rules()[kind].values()]
    assert {slot for when in whens for slot in when} <= known


def test_every_question_and_suggestion_is_filled_in():
    for song in (SONG, NOTHING, with_form(SECTIONS[:1]), music(tags=None), music(chords=None, key=None)):
        judged = evaluate(song)
        texts = [*judged.questions, *(each.do + each.because for each in judged.suggestions)]
        assert not [text for text in texts if UNKNOWN in text or "{" in text]
        assert 1 <= len(judged.questions) <= 5


def test_the_instruction_asks_evidence_in_each_category_and_keeps_praise_in_check():
    told = instruction()
    assert list(told.categories) == list(categories())
    assert all(each.asks and each.evidence and each.in_check for each in told.categories.values())
    assert list(told.nodes) == ["objective", "subjective", "aggregate", "refine", "chat", "compare"]
    for node in ("objective", "subjective", "aggregate", "refine"):
        assert schema(node)["required"]
        assert all(rule in told.system(node) for rule in told.rules)
    assert "In check" in told.system("aggregate")


def test_it_can_be_read_as_json_and_markdown(small_song):
    judged = evaluate(music(song="<b>*x*"), report(small_song))
    data = json.loads(json.dumps(judged.as_data(), allow_nan=False))
    assert data["facts"]["tempo"] == {"said": "128.0 BPM", "value": 128.0, "confidence": 0.9}
    assert len(data["scores"]) == 5
    assert "<b>" not in in_markdown(judged)


def test_two_versions_differ_in_what_was_changed():
    louder = [*SECTIONS[:4], replace(SECTIONS[4], level_lufs=-12.0), SECTIONS[5]]
    now = replace(with_form(louder), beats=replace(SONG.beats, tempo_bpm=132.0))
    told = changes(facts_of(SONG), facts_of(now))
    assert {change.slot for change in told} == {"section_contrast", "arc", "tempo"}
    assert [change.flow for change in told] == [True, True, False]
    assert "6.0 LU before, 8.0 LU now (2.0 LU more)" in " ".join(change.said for change in told)
    assert changes(facts_of(SONG), facts_of(SONG)) == ()


def told_of(now):
    return {change.slot: change.said for change in changes(facts_of(SONG), facts_of(now))}


def test_a_tempo_counted_in_half_time_is_no_change():
    assert told_of(music(beats=replace(SONG.beats, tempo_bpm=64.5, other_tempo_bpm=129.0))) == {}
    assert "tempo" in told_of(music(beats=replace(SONG.beats, tempo_bpm=70.0)))


def test_what_is_unsure_in_either_version_is_no_change():
    assert told_of(music(beats=replace(SONG.beats, tempo_bpm=140.0, confidence=0.5))) == {}
    assert told_of(music(key=replace(SONG.key, tonic="E", confidence=0.5))) == {}


def test_a_stem_that_enters_later_is_told():
    entered = [replace(SECTIONS[0], enters=("drums",)), *SECTIONS[1:]]
    now = told_of(with_form(entered))
    assert "the drums (0:20) and the bass (0:20) before, the bass (0:20) now" in now["enters_later"]


def test_another_genre_has_another_chance():
    other = replace(SONG.tags, genres=(Tag("pop", 0.95),))
    assert set(told_of(music(tags=other))) == {"genre"}


def test_both_versions_have_slots_of_their_own():
    now = music(beats=replace(SONG.beats, tempo_bpm=120.0))
    facts = both(facts_of(SONG), facts_of(now))
    told = [facts[slot].said for slot in ("before_tempo", "now_tempo", "change_tempo")]
    assert told == ["128.0 BPM", "120.0 BPM", "8.0 BPM less"]
