"""Which words people call which stems by: one table for the four roles and for the finer ones that belong to them."""

from enum import StrEnum


class Role(StrEnum):
    """What a stem plays. Finer roles (kick, lead vocals) map onto these four."""

    VOCALS = "vocals"
    DRUMS = "drums"
    BASS = "bass"
    OTHER = "other"


class FinerRole(StrEnum):
    """What exactly a stem plays; each belongs to one of the four roles."""

    LEAD_VOCALS = "lead vocals"
    VOCAL_DOUBLE = "vocal double"
    BACKING_VOCALS = "backing vocals"
    CHOIR = "choir"
    SPEECH = "speech"
    KICK = "kick"
    SNARE = "snare"
    HI_HAT = "hi-hat"
    TOMS = "toms"
    OVERHEADS = "overheads"
    CYMBALS = "cymbals"
    ROOM = "drum room"
    PERCUSSION = "percussion"
    LOOP = "drum loop"
    BASS_GUITAR = "bass guitar"
    SYNTH_BASS = "synth bass"
    SUB = "sub bass"
    DOUBLE_BASS = "double bass"
    GUITAR = "guitar"
    ELECTRIC_GUITAR = "electric guitar"
    ACOUSTIC_GUITAR = "acoustic guitar"
    PLUCKED = "plucked strings"
    PIANO = "piano"
    KEYS = "keys"
    ORGAN = "organ"
    SYNTH = "synth"
    STRINGS = "strings"
    BRASS = "brass"
    WINDS = "winds"
    MALLETS = "mallets"
    FX = "effects"

    @property
    def role(self) -> Role:
        """The role that it belongs to."""
        return _ROLE_OF[self]


def role_of(either: Role | FinerRole) -> Role:
    """The role that a role is, or that a finer one belongs to."""
    return either.role if isinstance(either, FinerRole) else either


_F, _R = FinerRole, Role

# Read from top to bottom: the first line that holds a word of the name (or two in a row) gives the role, and the first
# line of that role that is a finer one gives that. So a plain word decides before a vague one: "gtr room" is a guitar,
# "room L" drums; "tenor sax" is no voice, "tenor 2" is. Case, accents and a plural s do not count; words may be glued
# together ("ldvox", "BassDI").
PLAIN: tuple[tuple[Role | FinerRole, str], ...] = (
    (_F.VOCAL_DOUBLE, "lead double, lead dbl"),
    (_R.VOCALS, "ad lib, a cappella"),
    (_F.KICK, "bass drum, grosse caisse, gran cassa"),
    (_F.SNARE, "caisse claire, side stick, cross stick"),
    (_F.HI_HAT, "hi hat"),
    (_F.TOMS, "floor tom, rack tom"),
    (_F.LOOP, "drum machine, drum loop"),
    (_F.PERCUSSION, "talking drum, wood block, finger snap"),
    (_F.MALLETS, "steel drum, steel pan, hand pan"),
    (_F.WINDS, "bass clarinet, bass flute, bass sax, bass saxophone, bass harmonica, bass recorder"),
    (_F.BRASS, "bass trombone, bass trumpet"),
    (_F.ELECTRIC_GUITAR, "les paul, pedal steel, lap steel"),
    (_F.ORGAN, "b 3"),
    (_F.BACKING_VOCALS, "bv, bgv, bkv, bvox"),
    (_F.LEAD_VOCALS, "lv, lead vocalist, hauptstimme, hauptgesang, leadgesang"),
    (
        _F.SPEECH,
        "spoken, speech, narration, narrator, dialog, dialogue, talk, voiceover",
    ),
    (
        _R.VOCALS,
        """vocal, vocals, vox, vx, voc, vocs, vcl, vocalist, voice, sing, singer, singing, sung, adlib, rap, rapper,
        acapella, acappella, falsetto, yell, shout, scream, whisper, humming, ooh, aah, ahh, vocoder, voz, voces, vozes,
        voix, gesang, stimme, stimmen, voce, voci, canto, zang, sang, vokal, vocaal, vocale, vocali, wokal, вокал,
        голос, ボーカル, 人声, 人聲, 보컬""",
    ),
    (_F.KICK, "kick, kik, kck, bd, kd, bombo, キック, 킥"),
    (_F.SNARE, "snare, snr, sn, sd, rim, rimshot, sidestick, caja, rullante, スネア, 스네어"),
    (_F.HI_HAT, "hat, hihat, hh, charleston, ハイハット"),
    (_F.TOMS, "tom"),
    (_F.OVERHEADS, "overhead"),
    (_F.CYMBALS, "cymbal, cym, ride, crash, china, splash, becken, platillos, piatti"),
    (
        _F.PERCUSSION,
        """clap, handclap, snap, stomp, perc, percussion, percussive, tamb, tambo, tambourine, shaker, conga, bongo,
        cowbell, timbale, djembe, cajon, cabasa, guiro, woodblock, clave, maraca, tabla, taiko, surdo, pandeiro,
        darbuka, bodhran, timpani, gong, washboard, percusion, percussao, percussioni, perkussion, perkusja, pandereta,
        palmas""",
    ),
    (_F.LOOP, "beat, beatbox, breakbeat, 707, 909, cr 78"),
    (
        _R.DRUMS,
        """drum, drm, drumkit, drumset, kit, stick, brush, brushes, bateria, batterie, batteria, schlagzeug, trommel,
        trommeln, slagwerk, drumstel, trummor, trommer, tambor, барабаны, ударные, ドラム, 鼓, 드럼""",
    ),
    (_F.SYNTH_BASS, "synth bass, bass synth, syn bass, moog bass, synthbass, reese"),
    (
        _F.DOUBLE_BASS,
        """double bass, upright bass, kontrabass, contrebasse, contrabajo, contrabaixo, contrabass, contrabasso,
        kontrabas""",
    ),
    (_F.BASS_GUITAR, "bass guitar, ebass, basgitaar, basgitarr, elbas"),
    (_R.BASS, "bass, bss, bassline, basse, bajo, baixo, basso, bas, бас, ベース, 贝斯, 貝斯, 베이스"),
    (_F.ELECTRIC_GUITAR, "egtr, elgtr, strat"),
    (_F.ACOUSTIC_GUITAR, "agtr, acgtr"),
    (
        _F.GUITAR,
        """guitar, gtr, git, gitarre, gitarren, guitare, guitarra, chitarra, gitaar, gitarr, gitara, гитара, ギター,
        吉他, 기타""",
    ),
    (_F.PLUCKED, "plucked strings, banjo, mandolin, ukulele, uke, dobro, harp, sitar"),
    (_F.KEYS, "electric piano, elec piano, e piano, epno, epiano, rhodes, wurli, wurlitzer, clavinet, clav"),
    (_F.PIANO, "piano, pno, klavier, пианино, ピアノ, 钢琴"),
    (_F.ORGAN, "organ, hammond, orgel, orgue, organo"),
    (
        _F.KEYS,
        """keys, keyboard, kbd, harpsichord, celesta, mellotron, accordion, melodica, clavier, teclado, tastiera,
        akkordeon, клавиши""",
    ),
    (
        _F.STRINGS,
        """strings, str, violin, vln, viola, vla, cello, celli, fiddle, orchestra, orch, streicher, cordes, cuerdas,
        archi""",
    ),
    (_F.BRASS, "brass, horn, trumpet, tpt, trombone, tbn, tuba"),
    (
        _F.WINDS,
        "sax, saxophone, flute, clarinet, oboe, bassoon, contrabassoon, winds, woodwind, harmonica, whistle",
    ),
    (_F.MALLETS, "mallet, marimba, vibraphone, vibes, xylophone, glockenspiel, glock, kalimba, bell, chime"),
    (
        _F.SYNTH,
        """synth, syn, synthesizer, moog, juno, prophet, dx 7, pad, pluck, arp, arpeggio, stab, sintetizador,
        синтезатор, シンセ""",
    ),
    (
        _F.FX,
        "fx, sfx, efx, effect, riser, noise, texture, atmos, ambience, drone, soundscape, scratch, sample",
    ),
    (
        _R.OTHER,
        "slide, chord, backing track, other, instrumental, instrument, accompaniment, music, melody",
    ),
)

# These are so vague that the folder's name goes before them.
VAGUE: tuple[tuple[Role | FinerRole, str], ...] = (
    (_F.CHOIR, "choir, chorus, chor, coro, choeur, chant"),
    (_F.BACKING_VOCALS, "harmony, harmonies, harm, backing, backup, gang"),
    (_R.VOCALS, "soprano, alto, tenor, baritone, male, female, crowd, duet"),
    (_F.OVERHEADS, "oh, ohl, ohr"),
    (_F.ROOM, "room"),
    (_F.TOMS, "rack, floor"),
    (_F.LOOP, "loop, groove, break"),
    (_R.DRUMS, "fill, trash"),
    (_F.SUB, "808, sub, low end"),
    (_F.DOUBLE_BASS, "upright"),
    (_F.BASS_GUITAR, "fretless"),
)

# What says nothing alone, but which one it is: "lead" of a voice, "acoustic" of a guitar. The first line that fits.
REFINING: tuple[tuple[Role | FinerRole, FinerRole, str], ...] = (
    (_R.VOCALS, _F.VOCAL_DOUBLE, "dbl, double, doubled, quad"),
    (_R.VOCALS, _F.BACKING_VOCALS, "bg, bkg, back, background, choeur, coro, chor"),
    (_R.VOCALS, _F.LEAD_VOCALS, "lead, ld, main, haupt, principal, principale"),
    (_F.GUITAR, _F.ACOUSTIC_GUITAR, "acoustic, ac, a, nylon, classical, akustik, acoustique, acustica"),
    (
        _F.GUITAR,
        _F.ELECTRIC_GUITAR,
        "electric, el, elec, e, dist, clean, dirty, lead, ld, rhythm, rhy, jazz, electrique, electrica, elettrica",
    ),
    (_R.BASS, _F.BASS_GUITAR, "electric, el, elec, e, di, amp, cab"),
    (_R.BASS, _F.SYNTH_BASS, "synth, syn, moog"),
)

# Words that leave the role open: where and how it was recorded, which take, which side. Listed, so that they
# are not taken for a song's title, and may be glued to the others.
OPEN = """in, out, top, bottom, btm, bot, inside, outside, left, right, center, mid, side, l, r, c, m,
    s, mono, stereo, di, mic, amp, cab, line, direct, dry, wet, clean, dirty, dist, raw, comp, eq, tuned,
    edit, ld, lead, bg, bkg, back, main, dbl, double, doubled, quad, hi, high, low, solo, rhythm, rhy, ac,
    acoustic, el, electric, elec, e, a, live, new, old, final, rough, full, take, track, trk, stem, bus,
    group, grp, all, print, verb, reverb, delay, dly, part, verse, bridge, intro, outro, and, wav, audio"""

MIXTURE = """mix, mixes, mixture, mixdown, mixed down, premix, master, mastered, premaster, mstr, bounce, remix,
    full song, full track, stereo out, main out, master out, gesamtmix, mezcla, mixage, missaggio, микс"""

_ROLE_OF = {
    finer: role
    for role, members in {
        _R.VOCALS: (_F.LEAD_VOCALS, _F.VOCAL_DOUBLE, _F.BACKING_VOCALS, _F.CHOIR, _F.SPEECH),
        _R.DRUMS: (
            *(_F.KICK, _F.SNARE, _F.HI_HAT, _F.TOMS, _F.OVERHEADS),
            *(_F.CYMBALS, _F.ROOM, _F.PERCUSSION, _F.LOOP),
        ),
        _R.BASS: (_F.BASS_GUITAR, _F.SYNTH_BASS, _F.SUB, _F.DOUBLE_BASS),
        _R.OTHER: (
            *(_F.GUITAR, _F.ELECTRIC_GUITAR, _F.ACOUSTIC_GUITAR, _F.PLUCKED, _F.PIANO, _F.KEYS, _F.ORGAN),
            *(_F.SYNTH, _F.STRINGS, _F.BRASS, _F.WINDS, _F.MALLETS, _F.FX),
        ),
    }.items()
    for finer in members
}
