"""What a stem plays, read from its name as people write it."""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from console.errors import InputError


class Role(StrEnum):
    """What a stem plays. Finer roles (kick, lead vocals) map onto these four."""

    VOCALS = "vocals"
    DRUMS = "drums"
    BASS = "bass"
    OTHER = "other"


# Read from top to bottom: the first line that holds a word of the name (or two in a row) gives the role. So
# a plain word decides before a vague one: "gtr room" is a guitar, "room L" drums; "tenor sax" is no voice,
# "tenor 2" is. Case, accents and a plural s do not count; words may be glued together ("ldvox", "BassDI").
_ROLES = (
    (Role.VOCALS, "lead double, lead dbl, ad lib, a cappella"),
    (
        Role.DRUMS,
        """bass drum, grosse caisse, caisse claire, gran cassa, talking drum, hi hat, floor tom,
        side stick, cross stick, drum machine, wood block, finger snap""",
    ),
    (
        Role.OTHER,
        """steel drum, steel pan, hand pan, bass clarinet, bass trombone, bass trumpet, bass flute,
        bass sax, bass saxophone, bass harmonica, bass recorder, les paul, pedal steel, lap steel, b 3""",
    ),
    (
        Role.VOCALS,
        """vocal, vocals, vox, vx, voc, vocs, vcl, vocalist, voice, sing, singer, singing, sung, lv, bv,
        bgv, bkv, bvox, adlib, rap, rapper, acapella, acappella, falsetto, yell, shout, scream, whisper,
        spoken, speech, narration, narrator, dialog, dialogue, talk, humming, ooh, aah, ahh, voiceover,
        vocoder, voz, voces, vozes, voix, gesang, stimme, stimmen, voce, voci, canto, zang, sang, vokal,
        vocaal, vocale, vocali, wokal, вокал, голос, ボーカル, 人声, 人聲, 보컬""",
    ),
    (
        Role.DRUMS,
        """drum, drm, drumkit, drumset, kit, kick, kik, kck, bd, kd, snare, snr, sn, sd, hat, hihat, hh,
        overhead, cymbal, cym, ride, crash, china, splash, tom, rim, rimshot, sidestick, stick, brush,
        brushes, clap, handclap, snap, stomp, perc, percussion, percussive, tamb, tambo, tambourine,
        shaker, conga, bongo, cowbell, timbale, djembe, cajon, cabasa, guiro, woodblock, clave, maraca,
        tabla, taiko, surdo, pandeiro, darbuka, bodhran, timpani, gong, washboard, beat, beatbox,
        breakbeat, 707, 909, cr 78, bateria, batterie, batteria, schlagzeug, trommel, trommeln, becken,
        percusion, percussao, percussioni, perkussion, perkusja, slagwerk, drumstel, trummor, trommer,
        tambor, bombo, caja, platillos, pandereta, palmas, rullante, piatti, барабаны, ударные,
        ドラム, 鼓, 드럼""",
    ),
    (
        Role.BASS,
        """bass, bss, ebass, bassline, basse, bajo, baixo, basso, bas, kontrabass, contrebasse,
        contrabajo, contrabaixo, contrabass, contrabasso, kontrabas, basgitaar, basgitarr, elbas, reese,
        бас, ベース, 贝斯, 貝斯, 베이스""",
    ),
    (
        Role.OTHER,
        """guitar, gtr, git, egtr, agtr, acgtr, elgtr, strat, banjo, mandolin, ukulele, uke, dobro, slide,
        piano, pno, epno, epiano, keys, keyboard, kbd, clavinet, clav, harpsichord, celesta, rhodes,
        wurli, wurlitzer, organ, hammond, mellotron, accordion, synth, syn, synthesizer, moog, juno,
        prophet, dx 7, pad, pluck, arp, arpeggio, chord, stab, strings, str, violin, vln, viola, vla,
        cello, celli, fiddle, orchestra, orch, brass, horn, trumpet, tpt, trombone, tbn, tuba, sax,
        saxophone, flute, clarinet, oboe, bassoon, contrabassoon, woodwind, harp, harmonica, melodica,
        sitar, marimba, vibraphone, vibes, xylophone, glockenspiel, glock, kalimba, bell, chime, whistle,
        fx, sfx, efx, effect, riser, noise, texture, atmos, ambience, drone, soundscape, scratch, sample,
        backing track, other, instrumental, instrument, accompaniment, music, melody, gitarre, gitarren,
        guitare, guitarra, chitarra, gitaar, gitarr, gitara, klavier, clavier, teclado, tastiera, orgel,
        orgue, organo, akkordeon, sintetizador, streicher, cordes, cuerdas, archi, гитара, синтезатор,
        клавиши, пианино, ギター, ピアノ, シンセ, 吉他, 钢琴, 기타""",
    ),
    (
        Role.VOCALS,
        """choir, chorus, chor, coro, choeur, chant, harmony, harmonies, harm, backing, backup, gang,
        soprano, alto, tenor, baritone, male, female, crowd, duet""",
    ),
    (Role.DRUMS, "oh, ohl, ohr, room, rack, floor, loop, groove, break, fill, trash"),
    (Role.BASS, "808, sub, upright, fretless, low end"),
)

_VAGUE = 7  # from this line on a word is so vague that the folder's name goes before it

# Words that leave the role open: where and how it was recorded, which take, which side. Listed, so that they
# are not taken for a song's title, and may be glued to the others.
_OPEN = """in, out, top, bottom, btm, bot, inside, outside, left, right, center, mid, side, l, r, c, m,
    s, mono, stereo, di, mic, amp, cab, line, direct, dry, wet, clean, dirty, dist, raw, comp, eq, tuned,
    edit, ld, lead, bg, bkg, back, main, dbl, double, doubled, quad, hi, high, low, solo, rhythm, rhy, ac,
    acoustic, el, electric, elec, e, a, live, new, old, final, rough, full, take, track, trk, stem, bus,
    group, grp, all, print, verb, reverb, delay, dly, part, verse, bridge, intro, outro, and, wav, audio"""

_MIXTURE = """mix, mixes, mixture, mixdown, mixed down, premix, master, mastered, premaster, mstr, bounce, remix,
    full song, full track, stereo out, main out, master out, gesamtmix, mezcla, mixage, missaggio, микс"""


def guess_role(name: str) -> Role:
    """The role that a stem's name speaks of ("01_Lead Vox", "kick in", "DI bass", "OH L"), or OTHER."""
    return spoken_role(name) or Role.OTHER


def spoken_role(name: str) -> Role | None:
    """The role that a name speaks of, None where it speaks of none."""
    return _find(words_of(name))


def guess_roles(names: Sequence[str], folders: Sequence[str] | None = None) -> tuple[Role, ...]:
    """The roles of one song's stems, whose names may all begin with its title ("Ride Home - Gtr").

    Args:
        folders: the folder that each lies in, or ""; it decides where a name is vague ("Drums/01", "Guitars/Room").
    """
    title = _title_length(names)

    def role(name: str, folder: str) -> Role:
        words = words_of(name)
        line = _line(words[title:])
        line = _line(words) if line is None else line
        of_folder = _find(words_of(folder)) if line is None or line >= _VAGUE else None
        return of_folder or (Role.OTHER if line is None else _ROLES[line][0])

    return tuple(map(role, names, folders or [""] * len(names)))


def parse_role(text: str, whose: str = "") -> Role:
    """The role that a person asked for: one of the four words, or a finer one ("kick", "lead vocals").

    Raises `InputError`, listing the roles, for anything else; `whose` says there which stem it was meant for.
    """
    words = words_of(text)
    role = _find(words)
    if role is None or not all(map(_is_known, words)):
        shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
        raise InputError(f'There is no role "{shown}"{whose}: choose {", ".join(Role)}, or a finer one such as kick.')
    return role


def is_mixture_name(name: str) -> bool:
    """Whether a name says that this is the whole mixture ("Song - Mix", "2mix"), not a stem ("drum mix")."""
    if _is_mixture(words_of(name)):
        return True
    # A title may hold an instrument: "Drum Song - Mix" is the mixture, "Night Owl - Drums - Mix" the drums.
    *before, last = re.split(r"\s+-\s+|_", name)
    return bool(before) and _is_mixture(words_of(last)) and not all(map(_is_known, words_of(before[-1])))


def are_mixtures(names: Sequence[str]) -> tuple[bool, ...]:
    """`is_mixture_name` for a song's files, whose names may all begin with its title ("Mix Tape - Lead")."""
    title = _title_length(names)
    return tuple(
        _is_mixture(words_of(name)[title:]) if title else is_mixture_name(name) or _is_title(name, names)
        for name in names
    )


def _is_title(name: str, names: Sequence[str]) -> bool:
    """Whether a name is the title that all the others begin with ("Night Drive" beside "Night Drive - Bass")."""
    words = words_of(name)
    others = [words_of(other) for other in names if other is not name]
    begun = len(others) > 1 and all(len(other) > len(words) and other[: len(words)] == words for other in others)
    return begun and bool(words) and not all(map(_is_known, words))


def _is_mixture(words: tuple[str, ...]) -> bool:
    return any(phrase in _MIXTURE_PHRASES for phrase in _phrases(words)) and _find(words) is None


def _find(words: tuple[str, ...]) -> Role | None:
    """The role on the first line of the table that the words touch."""
    line = _line(words)
    return None if line is None else _ROLES[line][0]


def _line(words: tuple[str, ...]) -> int | None:
    return min((_LINES[phrase] for phrase in _phrases(words) if phrase in _LINES), default=None)


def _phrases(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [words[i : i + n] for n in (1, 2) for i in range(len(words) - n + 1)]


def _title_length(names: Sequence[str]) -> int:
    """How many words all names begin with, where these are a title: one is unknown, and each name goes on."""
    split = [words_of(name) for name in names]
    shared = 0
    while len(names) > 1 and all(len(words) > shared + 1 for words in split):
        if len({words[shared] for words in split}) > 1:
            break
        shared += 1
    return 0 if not shared or all(map(_is_known, split[0][:shared])) else shared


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """A name in plain words: cut at signs, digits, capitals, and between words that are glued together."""
    words: list[str] = []
    for chunk in re.findall(r"[^\W\d_]+|\d+", unicodedata.normalize("NFC", name)):
        parts = _unglue(_fold(chunk))
        if not parts:  # CamelCase, or an unknown word
            humps = _fold(re.sub(r"(?<=[^\W_])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", " ", chunk)).split()
            parts = tuple(part for hump in humps for part in _unglue(hump) or (hump,))
        words += parts
    return tuple(words)


@lru_cache(maxsize=4096)
def _unglue(word: str) -> tuple[str, ...]:
    """The known words that a word is made of ("ldvox": ld, vox), the longest first; empty where it is not."""
    if _is_known(word):
        return (word,)
    if word.removesuffix("s") in _KNOWN:
        return (word.removesuffix("s"),)
    for cut in range(len(word) - 1, 1, -1) if len(word) <= _LONGEST_WORD else ():
        first, rest = word[:cut], word[cut:]
        if first in _PIECES and (rest in _PIECES or len(_unglue(rest)) > 1):
            return (*_unglue(first), *_unglue(rest))
    return ()


def _is_known(word: str) -> bool:
    return word in _KNOWN or word.isdigit()


def _fold(text: str) -> str:
    """Without case and accents."""
    marks = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in marks if not unicodedata.combining(sign)).replace("œ", "oe")


def _table(text: str) -> list[tuple[str, ...]]:
    return [tuple(phrase.split()) for phrase in _fold(text).split(",")]


_LINES = {phrase: line for line, (_, text) in reversed(list(enumerate(_ROLES))) for phrase in _table(text)}
_MIXTURE_PHRASES = frozenset(_table(_MIXTURE))
_ROLE_WORDS = {word for phrase in _LINES for word in phrase} | {p[0] for p in _MIXTURE_PHRASES if len(p) == 1}
_OPEN_WORDS = {word for phrase in _table(_OPEN) for word in phrase}
_KNOWN = _ROLE_WORDS | _OPEN_WORDS
LONGEST_SHOWN = 60  # letters of what is no role
_LONGEST_WORD = 60  # letters: beyond that nobody has glued words
# Glued words are long enough not to turn up in other words by chance; a side may close them ("gtrL").
_LONG = {word for word in _ROLE_WORDS if len(word) > 2 or not word.isascii()}
_PIECES = _LONG | {f"{word}s" for word in _LONG} | {word for word in _OPEN_WORDS if len(word) > 1} | set("lr")
