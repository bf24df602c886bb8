"""What was measured of a song, as facts that a text can state."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from console.music.music import Chords, Form, Melody, Mix, Music, Section, Tag
from console.read.roles import Role
from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.shown import listed, quoted
from explainer.feedback.facts.fact import Fact, Facts, Kind, Value, kinds
from explainer.measured.kept import AnyReport
from explainer.music import in_time
from explainer.music.said import LIKELY, SILENCES, chord, clock, plain

MOST_SECTIONS = 16  # that have slots of their own
MOST_NAMED = 5
SAME_LU, WEAKER_LU = 1.0, 0.7  # sections that differ by less are as loud as each other; that is softer than before
CEILING_DBTP = -1.0
BREAK_S = 4.0  # what is shorter is a break, and no section to hold against others
FAINT_LU, SILENCE_LUFS = 20.0, -70.0  # a section that lies so far below the loudest is a rest, as EBU Tech 3342 has it
SPEECH_HZ = (250, 8000)  # in which words are told apart
Told = tuple[str, Value, float | None]
LOUD = ("loud", "level", "louder", "loudest", "softer", "softest", "quietest", "lufs")
Calls = Callable[[str], str]
WORDS = {"vocals": "the vocals", "drums": "the drums", "bass": "the bass", "other": "the other instruments"}


def facts_of(
    music: Music, report: AnyReport | None = None, advice: Advice | None = None, called: Calls | None = None
) -> Facts:
    """Every fact of a song by its slot, the most important first.

    Args:
        report: what was measured of its stems, where they are at hand: who covers whom.
        advice: what the console hears of the balance.
        called: how a stem is named, by its own name; the usual four by their word and others in quotes by default.
    """
    found = {slot: (value, sure) for slot, value, sure in _all(music, report, advice, called or by_name)}
    order = kinds()
    facts = {slot: Fact(slot, order[slot], *found[slot]) for slot in order if slot in found}
    for fact in _sections(music.form):
        facts[fact.slot] = fact
    return facts


def by_name(stem: str) -> str:
    """A stem in a sentence: the usual four by their word, others by their name."""
    return WORDS.get(stem.casefold()) or quoted(stem)


def section_said(section: Section) -> str:
    """A section as a text names it."""
    return f"{plain(section.label)} ({clock(section.start_s)} to {clock(section.end_s)})"


def _all(music: Music, report: AnyReport | None, advice: Advice | None, called: Calls) -> Iterator[Told]:
    yield "duration", music.duration_s, None
    if music.stems:
        yield "stems", listed([_plays(called(name), role) for name, role in music.stems.items()]), None
    if len(music.stems) > 1 and Role.VOCALS not in music.stems.values() and music.melody is None:
        yield "no_vocals", "nobody", None
    if music.beats is not None and music.beats.tempo_bpm is not None:
        sure = music.beats.confidence
        yield "tempo", music.beats.tempo_bpm, sure
        yield "steady", float(music.beats.steady_percent), sure
        if music.beats.other_tempo_bpm is not None:
            yield "other_tempo", music.beats.other_tempo_bpm, sure
        if len(music.beats.paces) > 1:
            yield "tempo_course", in_time.tempo(music.beats), sure
        if music.beats.metre is not None:
            of_metre = in_time.metre_confidence(music.beats)
            yield "metre", float(music.beats.metre), of_metre
            if music.beats.feel in ("triple", "swung"):
                yield "metre_name", in_time.metre(music.beats.metre, music.beats.feel), of_metre
    if music.key is not None:
        if len(music.key.stretches) > 1:
            yield "key_course", in_time.key(music.key), music.key.confidence
        if tuned := in_time.tuning(music.key):
            yield "tuning", tuned, None
        yield "key", plain(music.key.name), music.key.confidence
        yield "second_key", plain(music.key.second), None
    for told in (
        _harmony(music.chords),
        _form(music.form, called if len(music.stems) > 1 else None),
        _sung(music.melody),
        _tagged(music),
        _mixed(music.mix),
    ):
        yield from told
    if music.timbre is not None:
        for slot in ("brightness", "warmth", "roughness", "hardness", "depth"):
            yield slot, float(getattr(music.timbre, slot)), None
        yield "sharpness", music.timbre.sharpness_acum, None
    if report is not None:
        yield from _covered(report, called)
        yield from _low(report)
    if advice is not None and advice.moving:
        yield "balance", listed([_move(stem, called) for stem in advice.moving[:MOST_NAMED]]), None


def _plays(name: str, role: str) -> str:
    role = plain(role)
    return name if role in name.casefold() else f"{name} ({role})"


def _move(stem: StemAdvice, called: Calls) -> str:
    """A move, and how likely it is called for."""
    way = "down" if stem.move.gain_db < 0 else "up"
    return (
        f"{called(stem.name)} {way} {abs(stem.move.gain_db):.1f} dB "
        f"(off with a chance of {100 * stem.move.flaw_probability:.0f} %)"
    )


def _harmony(chords: Chords | None) -> Iterator[Told]:
    if chords is None or not chords.commonest:
        return
    sure = chords.confidence
    names = {each.name for each in chords.chords if each.name not in SILENCES}
    yield "different_chords", float(len(names) or len(chords.commonest)), sure
    yield "commonest_chords", listed([chord(share.name) for share in chords.commonest[:MOST_NAMED]]), sure
    yield "chord_changes", chords.changes_per_minute, sure
    yield "chord_length", chords.mean_length_s, sure
    yield "minor_share", float(chords.minor_percent), sure
    if chords.progressions:
        first = chords.progressions[0]
        yield "progression", " – ".join(map(plain, first.numerals)), sure
        yield "progression_times", float(first.times), sure


def _form(form: Form | None, called: Calls | None) -> Iterator[Told]:
    """Of the sections; nothing of who enters where the mixture alone was heard (`called` is None)."""
    if form is None or not form.sections:
        return
    sections, sure = form.sections, form.confidence
    labels = [plain(section.label) for section in sections]
    times = Counter(labels)
    lasts_s = [section.end_s - section.start_s for section in sections]
    back_s = sum(s for s, label in zip(lasts_s, labels, strict=True) if times[label] > 1)
    yield "form", " ".join(labels[:MOST_SECTIONS]) + (" …" if len(labels) > MOST_SECTIONS else ""), sure
    yield "section_count", float(len(sections)), sure
    yield "section_kinds", float(len(times)), sure
    yield "returning", 100 * back_s / max(sum(lasts_s), 1e-9), sure
    if called is not None:
        yield "entrances", float(sum(len(each.enters) + len(each.rests) for each in sections[1:])), sure
        if len(sections) > 1:
            yield "enters_later", _later(sections, called), sure
    most_lufs = max(map(_level, sections))
    least_lufs = max(most_lufs - FAINT_LU, SILENCE_LUFS)
    levelled = [each for each in sections if _level(each) > least_lufs and each.end_s - each.start_s >= BREAK_S]
    if len(levelled) > 1:
        loudest, softest = max(levelled, key=_level), min(levelled, key=_level)
        yield "section_contrast", _level(loudest) - _level(softest), sure
        yield "loudest_section", section_said(loudest), sure
        yield "softest_section", section_said(softest), sure
        said = [f"{plain(each.label)} {_level(each):.1f}" for each in levelled[:MOST_SECTIONS]]
        yield "arc", f"{', '.join(said)} LUFS", sure
        yield from _flat(levelled, sure)


def _later(sections: Sequence[Section], called: Calls) -> str:
    """Stems that first enter after the beginning, and when."""
    first: dict[str, float] = {}
    for section in sections:
        for stem in section.enters:
            first.setdefault(stem, section.start_s)
    late = [f"{called(stem)} ({clock(s)})" for stem, s in first.items() if s > sections[0].start_s]
    return listed(late[:MOST_NAMED]) if late else "none"


def _flat(sections: Sequence[Section], sure: float) -> Iterator[Told]:
    """Neighbours that differ in letter and not in level, and a last return that is softer than the one before."""
    pairs = [
        (abs(_level(b) - _level(a)), a, b)
        for a, b in pairwise(sections)
        if a.label != b.label and b.start_s - a.end_s < BREAK_S
    ]
    flat = [pair for pair in pairs if pair[0] < SAME_LU]
    if flat:
        difference_lu, a, b = min(flat, key=lambda pair: pair[0])
        yield "flat_from", section_said(a), sure
        yield "flat_to", section_said(b), sure
        yield "flat_difference", difference_lu, sure
    last = {section.label: section for section in sections}
    for section in reversed(sections):
        before = [each for each in sections if each.label == section.label]
        if len(before) > 1 and last[section.label] is section:
            if _level(before[-2]) - _level(section) >= WEAKER_LU:
                yield "weak_return", section_said(section), sure
                yield "weak_return_down", _level(before[-2]) - _level(section), sure
            return


def _level(section: Section) -> float:
    return SILENCE_LUFS if section.level_lufs is None else section.level_lufs


def _sections(form: Form | None) -> Iterator[Fact]:
    """Each section, and how loud it is, with slots of their own."""
    if form is None:
        return
    of = Kind("section", named=("section",))
    level = Kind("how loud it is", "LUFS", 1, named=LOUD)
    for at, section in enumerate(form.sections[:MOST_SECTIONS], start=1):
        yield Fact(f"section_{at}", of, section_said(section), form.confidence)
        if section.level_lufs is not None:
            yield Fact(f"section_{at}_level", level, section.level_lufs, form.confidence)


def _sung(melody: Melody | None) -> Iterator[Told]:
    if melody is None:
        return
    sure = melody.confidence
    yield "lowest_note", plain(melody.lowest), sure
    yield "highest_note", plain(melody.highest), sure
    yield "vocal_range", float(melody.range_semitones), sure
    yield "register", plain(melody.register), sure
    yield "voiced", float(melody.voiced_percent), sure


def _tagged(music: Music) -> Iterator[Told]:
    if music.tags is None:
        return
    if music.tags.genres:
        genre = music.tags.genres[0]
        yield "genre", plain(genre.name), genre.probability
        yield "genre_chance", 100 * genre.probability, None
        if music.form is not None and len(music.form.sections) > 1:
            steady = _steady(music.form, [tag.name for tag in music.tags.genres])
            if steady is not None:
                yield "genre_steady", steady, None
    if music.tags.moods and music.tags.moods[0].probability >= LIKELY:
        yield "mood", plain(music.tags.moods[0].name), music.tags.moods[0].probability
    heard = [tag for tag in music.tags.instruments if tag.probability >= LIKELY][:MOST_NAMED]
    if heard:
        least = min(tag.probability for tag in heard)
        yield "instruments", listed([plain(tag.name) for tag in heard]), least


def _steady(form: Form, genres: Sequence[str]) -> float | None:
    """The share of the time whose sections have the first genre as their likeliest, in per cent; None without tags."""
    if not any(tag.name in genres for section in form.sections for tag in section.tags):
        return None

    def first(tags: Sequence[Tag]) -> str | None:
        of_genre = [tag for tag in tags if tag.name in genres]
        return max(of_genre, key=lambda tag: tag.probability).name if of_genre else None

    rows = [(each.end_s - each.start_s, first(each.tags) == genres[0]) for each in form.sections]
    return 100 * sum(s for s, same in rows if same) / max(sum(s for s, _ in rows), 1e-9)


def _mixed(mix: Mix | None) -> Iterator[Told]:
    if mix is None:
        return
    rows = (
        ("lufs", mix.integrated_lufs),
        ("range", mix.range_lu),
        ("true_peak", mix.true_peak_dbtp),
        ("crest", mix.crest_db),
        ("correlation", mix.correlation),
        ("width", None if mix.width_percent is None else float(mix.width_percent)),
    )
    for slot, value in rows:
        if value is not None:
            yield slot, value, None
    if mix.true_peak_dbtp is not None and mix.true_peak_dbtp > CEILING_DBTP:
        yield "peak_over", mix.true_peak_dbtp - CEILING_DBTP, None
    if mix.targets:
        usual_lufs, _ = Counter(target.target_lufs for target in mix.targets).most_common(1)[0]
        at = next(target for target in mix.targets if target.target_lufs == usual_lufs)
        yield "target_service", plain(at.service), None
        yield "target_lufs", at.target_lufs, None
        if mix.integrated_lufs is not None and round(mix.integrated_lufs - usual_lufs, 1):
            over_lu = mix.integrated_lufs - usual_lufs
            yield "target_down" if over_lu > 0 else "target_up", abs(over_lu), None


def _covered(report: AnyReport, called: Calls) -> Iterator[Told]:
    role = {stem.name: stem.role for stem in report.stems}
    sounding = {stem.name for stem in report.stems if stem.sound.true_peak_dbtp is not None}
    singing = [name for name in sounding if role[name] is Role.VOCALS]
    if singing and len(sounding) > 1:
        pairs = (pair for pair in report.masking if pair.stem in singing and role[pair.by] != Role.VOCALS)
        most = next((pair for pair in pairs if pair.low_hz >= SPEECH_HZ[0] and pair.high_hz <= SPEECH_HZ[1]), None)
        yield "vocals_covered", 0.0 if most is None else float(most.time_percent), None
        if most is not None:
            yield "vocals_covered_by", called(most.by), None
            yield "vocals_covered_band", f"{most.low_hz} to {most.high_hz} Hz", None
            yield "vocals_covered_over", most.over_db, None
    alone = [stem for stem in report.stems if stem.role is Role.VOCALS and stem.level_lu is not None]
    if len(alone) == 1 and alone[0].level_lu is not None:
        yield "vocals_level", alone[0].level_lu, None
    rest = next((pair for pair in report.masking if pair.stem not in singing and pair.by not in singing), None)
    if rest is not None:
        yield "covered", called(rest.stem), None
        yield "covered_by", called(rest.by), None
        yield "covered_band", f"{rest.low_hz} to {rest.high_hz} Hz", None
        yield "covered_time", float(rest.time_percent), None


def _low(report: AnyReport) -> Iterator[Told]:
    widths = [s.sound.width_percent for s in report.stems if s.role is Role.BASS and s.sound.width_percent is not None]
    if widths:
        yield "bass_width", float(max(widths)), None
