"""Orders that are no move of a fader by some dB, each rule in its turn; and what is asked of the state of things."""

from studio.chat.grammar.heard.clauses import Clause
from studio.chat.grammar.heard.mood import Mood
from studio.chat.grammar.heard.sizes import sizes
from studio.chat.grammar.heard.targets import Targeting, excepted_in
from studio.chat.grammar.heard.words import plain_words
from studio.chat.grammar.plan import Memory, Open, Part
from studio.chat.grammar.rules.going_back import back, redone, reset
from studio.chat.grammar.rules.holding import linked, locked
from studio.chat.grammar.rules.judging import anchored, judged_as, played, strengthened
from studio.chat.grammar.rules.moves import ordering
from studio.chat.grammar.rules.shared import Rule, denied, names_of, nothing_else

FORMER = frozenset("original opened before start beginning raw untouched".split())
ADVISED = tuple("suggest suggested think suggestion suggestions apply advice advised".split())
TRYING = tuple("apply applied applying dry preview without only just".split())
ONLY_TOLD = ("dry", "preview", "without", "yet", "would", "tell", "say")
OF_FADERS = ("fader", "faders", "where", "stand")
NOT_OF_STATE = ("should", "loud", "would", "put", "why", "how", "can")
COMPARING = ("changed", "compare", "difference", "different", "done", "did")
OTHER_SONGS = ("song", "songs", "record", "album", "usual", "reference", "anchor", "rest")
NOT = frozenset("not never no without".split())
WHAT = frozenset("why how what which whether".split())
OF_ADVICE = ("why", "judge", "usual", "should", "know", "will", "would")
REST = ("rest", "others", "else", "remaining")
CANNOT = (
    "That I cannot do: I move faders up and down, and lock, link and judge stems. The lowest a fader goes is -60 dB."
)
MOST_OF_ALL = ("loudest", "quietest", "softest")
ASKING = ("tell", "what", "which", "how", "show", "say")
ANY_STEM = ("stem", "track", "instrument", "fader", "which", "what")
CHAPTERS = {  # of a report, by the concept that asks for it
    "music_form": "Sections",
    "music_rhythm": "Rhythm",
    "music_harmony": "Harmony",
    "music_melody": "Melody",
    "music_sound": "Sound",
    "music_services": "Mix",
}
OF_STEMS = ("Sections", "Harmony", "Melody")
FORMATS = {
    "reaper",
    "rpp",
    "daw",
    "dawproject",
    "bitwig",
    "cubase",
    "csv",
    "markdown",
    "flac",
    "stems",
}  # beside the mix


def commanded(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """What a clause orders that is no move; None where it orders none of these."""
    moving = bool(ordering(clause)) or any(size.to for size in sizes(clause.items))
    return _first((*FIRST, *(() if moving else UNMOVED)), clause, targeting, memory)


def told(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """What a clause asks of the state, or of what would happen, that the explainer does not know."""
    return _first(OF_STATE, clause, targeting, memory)


def _first(rules: tuple[Rule, ...], clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    found = (rule(clause, targeting, memory) for rule in rules)
    return next((part for part in found if part is not None), None)


def _helped(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    return Part((("help", {}),)) if "help" in clause.concepts and not clause.named else None


def _standing(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """Where faders stand, and what is locked."""
    if "show_table" in clause.concepts and not clause.named:
        return Part((("standing", {}),))
    states = clause.has("locked", "linked", "unlocked")
    states = states or ("standing" in clause.concepts and clause.has(*OF_FADERS))
    asks = clause.mood is Mood.QUESTION or clause.text.rstrip().endswith("?") or (states and clause.has("is", "are"))
    if not (asks and clause.named and states) or clause.has(*NOT_OF_STATE):
        return None
    stems = targeting.of(clause, contexts=True).stems
    return Part((("standing", {"stems": stems}),), topic=stems) if stems else None


def _dry_run(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """What would move."""
    if "dry_run" not in clause.concepts or not clause.has(*TRYING):
        return None
    if clause.mood is Mood.ORDER and (ordering(clause) or not clause.has(*ONLY_TOLD)):
        return None
    told = {"stems": names_of(targeting, targeting.of(clause).stems)} if clause.named else {}
    return Part((("apply", {**told, "dry_run": True}),), offers=(("apply", told),))


def _applied(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """Apply what is suggested: all of it, some stems', all but some."""
    if not (clause.starts("apply") or ("apply" in clause.concepts and clause.has(*ADVISED))):
        return None
    out = excepted_in(clause, targeting.names)
    verb = next((each.at for each in clause.found if each.concept == "apply"), 0)
    if (denied(clause) and not out) or not NOT.isdisjoint(clause.free[:verb]):
        return Part(said="Nothing was applied.")
    if not nothing_else(clause) or clause.has("against", "around", "by"):
        return None
    if clause.absent:
        return Part(unclear=targeting.no_stem(clause.absent))
    if out:
        stems = targeting.all_but({targeting.names.head(at) for at in out})
        return Part((("apply", {"stems": names_of(targeting, stems)}),), topic=stems)
    targets = targeting.of(clause)
    rest = clause.has(*REST)
    if targets.unclear and (clause.named or rest):
        return Part(unclear=targets.unclear, open=Open(choice=targets.choice, operation="apply"))
    if clause.named or (targets.of_all and rest):
        return Part((("apply", {"stems": names_of(targeting, targets.stems)}),), topic=targets.stems)
    return Part((("apply", {}),))


def _compared(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """The mix now against the original, or a step of the history."""
    grew = clause.mood is Mood.QUESTION and clause.has("did", "has", "have") and clause.has("louder", "quieter")
    if clause.named or clause.has(*OTHER_SONGS):
        return None
    if not grew and not ("compare" in clause.concepts and (clause.starts("compare") or clause.has(*COMPARING))):
        return None
    step = next((int(size.db) for size in sizes(clause.items) if "step" in clause.words), None)
    if step is None and clause.has("last", "previous") and not FORMER & set(clause.words):
        step = max(0, targeting.session.at - 1)
    return Part((("compare", {} if not step else {"step": step}),))


def _measured(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """How loud it is now, and what is left."""
    if clause.named:
        return None
    left = "left_over" in clause.concepts and (clause.mood is not Mood.ORDER or NOT.isdisjoint(clause.free))
    if clause.mood is Mood.ORDER:
        anew = clause.starts("analyse") and clause.has("again", "anew")
        return Part((("measure", {}),)) if left or anew or clause.starts("measure") else None
    measures = "measure" in clause.concepts and not clause.has(*OF_ADVICE)
    measures = measures and (clause.has("loud", "now", "hot") or not clause.has("how", "you", "did"))
    return Part((("measure", {}),)) if left or measures else None


def _analysed(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    hears = clause.starts("analyse") and not clause.has("again", "anew")
    hears = hears and (clause.mood is Mood.ORDER or clause.has("hear"))
    return Part((("analyse", {}),)) if hears and not clause.named and nothing_else(clause) else None


def _explained(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    if "explain" not in clause.concepts or clause.named or WHAT & set(plain_words(clause.text)):
        return None
    style = "plain" if "plain_style" in clause.concepts else "short" if "short_style" in clause.concepts else "full"
    return Part((("explain", {"style": style}),))


def _saved(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    if not clause.starts("save") or clause.named:
        return None
    return Part((("save", {"as": True} if FORMATS & set(clause.free) else {}),))


def _of_music(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """What the music is: a chapter of its report."""
    chapter = next((name for concept, name in CHAPTERS.items() if concept in clause.concepts), None)
    if chapter is None or sizes(clause.items) or ordering(clause) or clause.has(*OF_ADVICE):
        return None
    if clause.mood is Mood.ORDER and not clause.has(*ASKING):
        return None
    stems = targeting.of(clause, contexts=True).stems if clause.named else ()
    if stems and chapter not in OF_STEMS:
        return None
    return Part((("music", {"chapter": chapter, "stems": stems}),), topic=stems or None)


def _loudest(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """ "Which stem is the loudest?" """
    if clause.mood is Mood.ORDER or clause.named or not clause.has(*MOST_OF_ALL) or not clause.has(*ANY_STEM):
        return None
    return Part((("loudest", {}),))


def _refused(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    holds = clause.concepts & {"anchor", "lock", "unlock", "link", "unlink", "all_music"}
    return Part(unclear=CANNOT) if clause.starts("cannot") and not (sizes(clause.items) or holds) else None


OF_STATE: tuple[Rule, ...] = (
    _of_music,
    _loudest,
    _helped,
    _standing,
    _dry_run,
    _compared,
    _measured,
    _explained,
    _analysed,
)
FIRST: tuple[Rule, ...] = (_helped, _standing, _dry_run, back, redone, reset, locked, _refused)
UNMOVED: tuple[Rule, ...] = (
    _of_music,
    linked,
    anchored,
    strengthened,
    judged_as,
    _applied,
    _compared,
    _measured,
    _explained,
    _analysed,
    _saved,
    played,
)
