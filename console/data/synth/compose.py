"""Composes a song by rule: the genre's draws, the form, the chords, and every part."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from console.data.synth.accompany import play_arpeggio, play_bass, play_chords, play_lines, thinned
from console.data.synth.drums import play_kit, play_percussion
from console.data.synth.form import FULL, SECTIONS, SUNG, draw_form
from console.data.synth.genres import BassRule, Genre, PartRule, genres, patterns
from console.data.synth.harmony import KEYS, Scale, chords_of
from console.data.synth.melody import Singer, harmony, sing
from console.data.synth.score import Chord, Note, Part, Score, Section, bar_beats, rng_for
from console.read.roles import Role

ADJECTIVES = "Amber Broken Quiet Northern Paper Silver Wooden Hollow Restless Velvet Distant Copper Slow Late".split()
NOUNS = "River Lantern Season Harbour Signal Garden Mirror Engine Shadow Orchard Letter Window Tide Ember".split()
MOST_PARTS = 4  # accompanying stems, a doubled one counting twice
DRUM_STYLES = {"kick": "kick", "snare": "snare", "overheads": "cymbals", "toms": "toms"}


@dataclass(frozen=True)
class _Ground:
    """What all parts of a song stand on: its sections, the chords of each, its scale, and the beats of a bar."""

    sections: tuple[Section, ...]
    chords: list[list[Chord]]
    scale: Scale
    beats: int

    def __iter__(self) -> Iterator[tuple[Section, list[Chord]]]:
        """The sections and their chords."""
        return zip(self.sections, self.chords, strict=True)


def genre_of(seed: int, index: int) -> str:
    """Every genre comes once in as many songs as there are genres, in an order of its own each time."""
    names = list(genres())
    order = rng_for(seed, index // len(names), "genres").permutation(len(names))
    return names[order[index % len(names)]]


def compose(seed: int, index: int, seconds: float, genre: str | None = None) -> Score:
    """Song `index` of a seed, as long as asked for (s), in the genre given or that of its number."""
    rng = rng_for(seed, index, "compose")
    genre = genre or genre_of(seed, index)
    rules = genres()[genre]
    tempo_bpm = round(float(rng.uniform(*rules.tempo_bpm)), 1)
    odds = np.array(list(rules.meters.values()))
    meter = str(rng.choice(list(rules.meters), p=odds / odds.sum()))
    beats = bar_beats(meter)
    key, mode = str(rng.choice(KEYS)), str(rng.choice(rules.modes))
    bars = int(np.ceil(seconds * tempo_bpm / 60 / beats))
    sections = draw_form(bars, rng)
    scale = Scale(key, mode)
    ground = _Ground(sections, _draw_chords(sections, rules, beats, scale, rng), scale, beats)
    machine = rng.random() < rules.machine
    parts = [
        *_drums(sections, rules, machine, beats, rng),
        _bass(ground, rules.bass, rng),
        *_accompaniment(ground, rules, rng),
        *_singers(ground, rules, rng),
    ]
    end = seconds * tempo_bpm / 60
    heard = [part for part in parts if any(note.start < end - 0.5 for note in part.notes)]
    title = f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}"
    swing = float(rng.uniform(*rules.swing))
    return Score(
        title,
        seed,
        index,
        genre,
        tempo_bpm,
        key,
        mode,
        meter,
        swing,
        rules.swing_step,
        seconds,
        sections,
        tuple(heard),
        tuple(chord for section in ground.chords for chord in section),
    )


def _draw_chords(
    sections: tuple[Section, ...], rules: Genre, beats: int, scale: Scale, rng: np.random.Generator
) -> list[list[Chord]]:
    """Sections of one name share a progression and how long its chords last."""
    drawn = {
        name: (rules.progressions[rng.integers(len(rules.progressions))], float(rng.choice([0.5, 1, 1, 1, 2])))
        for name in SECTIONS
    }
    return [chords_of(section, *drawn[section.name], beats, scale, rules.sevenths) for section in sections]


def _drums(
    sections: tuple[Section, ...], rules: Genre, machine: bool, beats: int, rng: np.random.Generator
) -> list[Part]:
    known = patterns()
    names = rules.grooves if beats == 4 else rules.grooves_of_three
    drawn = [known.grooves[str(rng.choice(names))] for _ in range(2)]
    grooves = {name: drawn[name in FULL] for name in SECTIONS}
    quiet = {"intro": 0.5, "break": 0.7, "outro": 0.3, "verse": 0.25 if rules.sparse else 0.05}
    silent = frozenset(name for name, odds in quiet.items() if rng.random() < odds)
    stems = play_kit(sections, grooves, silent, beats, rng)
    player = "drum machine" if machine else "drum kit"
    kit = int(rng.integers(2**16)) if machine else int(rng.choice(rules.kits))
    human_s = 0.001 if machine else float(rng.uniform(0.003, 0.01))
    parts = [
        Part(name, Role.DRUMS, player, kit, DRUM_STYLES[name], _sorted(notes), 0.0, human_s)
        for name, notes in stems.items()
        if notes
    ]
    lines: dict[str, str] = {}
    for name, odds in rules.percussion.items():
        if rng.random() < odds:
            lines |= known.percussion[name]
    if lines:
        absent = frozenset(name for name in ("intro", "verse", "break") if rng.random() < 0.35)
        notes = play_percussion(sections, lines, absent, beats, rng)
        pan = float(rng.uniform(-0.6, 0.6))
        parts.append(Part("percussion", Role.DRUMS, "drum kit", 0, "percussion", _sorted(notes), pan, 0.008))
    return parts


def _bass(ground: _Ground, rules: BassRule, rng: np.random.Generator) -> Part:
    synth = rng.random() < rules.synth
    drawn = [str(rng.choice(rules.rhythms)) for _ in range(2)]
    rhythms = patterns().bass
    notes: list[Note] = []
    rests = frozenset(name for name, odds in {"intro": 0.4, "break": 0.5}.items() if rng.random() < odds)
    for section, chords in ground:
        if section.name not in rests:
            name = drawn[section.name in FULL]
            if ground.beats == 3 and len(rhythms[name]) == 16:
                name = ("waltz", "six")[int(rng.integers(2))]
            notes += play_bass(section, chords, rhythms[name], ground.scale, ground.beats, rng)
    player = "oscillators" if synth else "sampler"
    patch = int(rng.integers(2**16)) if synth else int(rng.choice(rules.programs))
    style, human_s = ("synth bass", 0.002) if synth else ("bass", 0.006)
    return Part("bass", Role.BASS, player, patch, style, _sorted(notes), 0.0, human_s)


def _accompaniment(ground: _Ground, rules: Genre, rng: np.random.Generator) -> list[Part]:
    """The genre's parts that are drawn; the first plays everywhere, the others in some sections."""
    parts: list[Part] = []
    drawn = [rule for rule in rules.parts if rng.random() < rule.chance] or rules.parts[:1]
    for rule in drawn:
        if len(parts) + 1 + rule.double > MOST_PARTS:
            continue
        present = _presence(rule, not parts, rng)
        synth = rng.random() < rule.synth
        notes = thinned(_notes(rule, ground, rng), ground.sections, present, ground.beats)
        patch = int(rng.integers(2**16)) if synth else int(rng.choice(rule.programs))
        player = "oscillators" if synth else "sampler"
        human_s = 0.002 if synth else float(rng.uniform(0.005, 0.014))
        pan = float(rng.uniform(-0.5, 0.5))
        sides: tuple[tuple[str, float], ...] = (("", pan),)
        if rule.double and rng.random() < 0.8:
            sides = ((" L", -float(rng.uniform(0.6, 1))), (" R", float(rng.uniform(0.6, 1))))
        parts += [
            Part(rule.name + side, Role.OTHER, player, patch, rule.style, _sorted(notes), where, human_s)
            for side, where in sides
        ]
    return parts


def _presence(rule: PartRule, always: bool, rng: np.random.Generator) -> frozenset[str]:
    """The names of the sections in which a part plays."""
    if always:
        return frozenset(SECTIONS)
    odds = {"intro": 0.5, "verse": 0.5, "chorus": 0.9, "break": 0.5, "solo": 0.8, "outro": 0.5}
    if rule.play == "line":
        odds |= {"verse": 0.35, "chorus": 0.5, "solo": 1.0}
    names = [name for name, chance in odds.items() if rng.random() < chance]
    return frozenset(names or ["chorus"])


def _notes(rule: PartRule, ground: _Ground, rng: np.random.Generator) -> list[Note]:
    """What a part plays, a rhythm of its own in choruses and solos."""
    known = patterns()
    lines = known.arpeggios if rule.play == "arpeggio" else known.chords
    drawn = [lines[str(rng.choice(rule.rhythms))] if rule.rhythms else "" for _ in range(2)]
    centre = int(rng.integers(*{"arpeggio": (57, 72), "line": (62, 76)}.get(rule.play, (53, 66))))
    busy = float(rng.random())
    notes: list[Note] = []
    scale, beats = ground.scale, ground.beats
    for section, chords in ground:
        pattern = drawn[section.name in FULL]
        if rule.play == "line":
            notes += play_lines(section, chords, scale, centre, beats, busy, rng)
        elif rule.play == "arpeggio":
            notes += play_arpeggio(section, chords, pattern, centre, beats, rng)
        else:
            notes += play_chords(section, chords, pattern, rule.play, centre, beats, rng)
    return notes


def _singers(ground: _Ground, rules: Genre, rng: np.random.Generator) -> list[Part]:
    """Lead vocals, and perhaps their double and backing vocals in the choruses."""
    manner = rules.singing.manner
    rest = rng.uniform(0.35, 0.6) if manner == "sparse" else rng.uniform(0.12, 0.4)
    centre = int(rng.choice([rng.integers(50, 57), rng.integers(60, 68)]))
    singer = Singer(centre, float(rng.random()), float(rest), "rap" if manner == "rap" else "sung")
    scale, beats = ground.scale, ground.beats
    lead = sing(ground.sections, ground.chords, singer, scale, beats, rng)
    patch = int(rng.integers(2**16))
    parts = [Part("lead vocals", Role.VOCALS, "voice", patch, "voice", _sorted(lead), 0.0, 0.012)]
    spans = {name: frozenset(s.span(beats) for s in ground.sections if s.name == name) for name in SUNG}
    if rng.random() < rules.singing.double:
        notes = harmony(lead, scale, 0, spans["chorus"] or spans["verse"])
        parts.append(Part("vocal double", Role.VOCALS, "voice", patch, "double", _sorted(notes), 0.0, 0.025))
    if rng.random() < rules.singing.backing:
        for side, steps in ((-1.0, 2), (1.0, int(rng.choice([-3, 4, 2])))):
            notes = harmony(lead, scale, steps, spans["chorus"])
            where = side * float(rng.uniform(0.4, 0.9))
            name = f"backing vocals {'L' if side < 0 else 'R'}"
            other = int(rng.integers(2**16))
            parts.append(Part(name, Role.VOCALS, "voice", other, "backing", _sorted(notes), where, 0.02))
    return [part for part in parts if part.notes]


def _sorted(notes: list[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=lambda note: (note.start, note.pitch)))
