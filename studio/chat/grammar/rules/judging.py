"""Orders on how a song is judged: anchor, strength, genre, and what a stem plays."""

from console.read.roles import spoken_role
from studio.chat.grammar.heard.clauses import Clause
from studio.chat.grammar.heard.sizes import sizes
from studio.chat.grammar.heard.targets import Targeting
from studio.chat.grammar.heard.words import genres, has_phrase, words_at
from studio.chat.grammar.plan import Memory, Open, Part
from studio.chat.grammar.rules.going_back import last_said
from studio.chat.grammar.rules.shared import denied, names_of, nothing_else
from studio.chat.reply import Offer

REMOVING = frozenset("no remove forget drop clear without release cancel unset any lose".split())
JUDGING = frozenset(
    "mix fit level judge balance measure base go mix build set judged compare everything all the".split()
)
OTHERS = ("everything", "others", "rest", "all", "else", "remaining")
BY = ("by", "around", "to", "against", "on", "from")
FULL = (("full",), ("all", "the", "way"), ("fully",), ("completely",))
HALF = frozenset("half halfway halve".split())
SONGS = frozenset(
    "song songs track tracks record records album mix mixes reference demo one band tune single original file".split()
)
ANEW = frozenset("that it this".split())
TWICE = frozenset("twice double".split())
GENTLER = frozenset("easier gentler milder subtler".split())
CAREFUL = frozenset("easy gentle careful carefully subtle".split())
OF_ADVICE = ("suggestion", "suggestions", "corrections")
JUDGED = frozenset("play playing by judge judged treat think consider regard call is was as".split())
COMPARED = ("too", "too_much", "too_little", "more", "less", "much", "a_little", "fine")
SONG = ("genre", "style", "song", "music", "track")
PLAYS = (("plays",), ("play",), ("is", "playing"), ("counts", "as"))
TREATED = frozenset("treat call take consider count".split())
NO_ROLE = frozenset("as for is playing plays play counts a an the".split())
HOW_LIKE = (
    "To judge by another song or to match a mix of this one I need the file itself, which is not typed here: in the "
    "terminal it is :like FOLDER and :match FILE, on the page the song is put in beside the genre."
)


def anchored(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """Take a stem's level as right, or none."""
    if "anchor" not in clause.concepts and not _by_others(clause):
        return None
    denies = denied(clause)
    if not clause.named and (REMOVING & set(clause.words) or denies):
        return Part((("anchor", {}),))
    targets = targeting.of(clause, contexts=True)
    if denies or REMOVING & set(clause.words[:2]):
        now = targeting.session.state.anchor
        is_it = now in names_of(targeting, targets.stems)
        return Part((("anchor", {}),)) if is_it else Part(said="That stem is not the anchor.")
    if targets.unclear:
        return Part(unclear=targets.unclear, open=Open(choice=targets.choice, operation="anchor"))
    stems = targets.stems if targets.named and not targets.of_all else targeting.topic
    if len(stems) != 1:
        return Part(unclear=targeting.which("Which one stem is to be the anchor?"), open=Open(operation="anchor"))
    at, _, genre = _genre(clause.free)
    judged: tuple[Offer, ...] = (("usual", {"genre": genre}),) if genre and JUDGED & set(clause.free[:at]) else ()
    return Part((*judged, ("anchor", {"stem": names_of(targeting, stems)[0]})), topic=stems)


def strengthened(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """How much of each correction is to be suggested."""
    if (clause.named and "strength" not in clause.words) or denied(clause) or not nothing_else(clause):
        return None
    applies = clause.starts("apply")
    percent = _percent(clause, targeting.session.state.strength_percent, applies, bool(memory.moves))
    if percent is None:
        return None
    if HALF & set(clause.words) and ANEW & set(clause.words) and (undone := _applied_last(targeting, memory)):
        told = {"percent": percent}
        offers: tuple[Offer, ...] = (*(("undo", {}) for _ in range(undone)), ("strength", told), ("apply", {}))
        return Part(said="Shall I take back what was applied, and apply half of it?", offers=offers)
    orders: tuple[Offer, ...] = (("strength", {"percent": percent}),)
    return Part((*orders, ("apply", {})) if applies else orders)


def judged_as(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """Judge by a genre, by all music, or like another song."""
    if "all_music" in clause.concepts:
        return Part((("usual", {}),))
    if clause.named:
        return None
    if "like_song" in clause.concepts and _is_of_songs(clause):
        return Part(said=HOW_LIKE)
    at, size, genre = _genre(clause.free)
    if not genre and denied(clause) and clause.has("genre", "style"):
        return Part((("usual", {}),))
    if not genre:
        judges = clause.free[clause.start : clause.start + 1] in (("judge",), ("treat",))
        named = judges and "as" in clause.free[:-1]
        return Part((("usual", {"genre": clause.free[-1]}),)) if named else None  # which says what genres there are
    judging = bool(JUDGED & set(clause.free[:at])) or clause.has(*SONG)
    alone = len(clause.free) <= size + 1
    compared = any(item.has(*COMPARED) for item in clause.items if item.words != ("to",))
    if not (judging or alone) or compared or not nothing_else(clause, range(at, at + size)):
        return None
    if not denied(clause):
        return Part((("usual", {"genre": genre}),))
    is_it = targeting.session.state.usual.genre == genre
    return Part((("usual", {}),)) if is_it else Part(said=f"It is not judged as {genre}.")


def played(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """ "Track 7 plays the bass", "treat keys as a synth", "Audio 07 is an organ"."""
    named = [i for i, item in enumerate(clause.items) if item.stems]
    if not named:
        return None
    first = clause.items[named[0]]
    stems = targeting.names.meant_by(first).stems
    plays = any(item.words in PLAYS for item in clause.items)
    treats = bool(TREATED & set(clause.free[clause.start : clause.start + 1]))
    is_one = clause.has("is", "are") and all(spoken_role(name) is None for name in names_of(targeting, stems))
    behind = [word for item in clause.items[named[0] + 1 :] for word in item.words if word not in NO_ROLE]
    role = " ".join(behind)
    if not (plays or treats or is_one) or len(stems) != 1 or not role or spoken_role(role) is None:
        return None
    return Part((("role", {"stem": names_of(targeting, stems)[0], "role": role}),), topic=stems)


def _applied_last(targeting: Targeting, memory: Memory) -> int:
    """How many steps what was said last took, if all it did was to apply; else 0."""
    session = targeting.session
    steps = session.steps[session.at - last_said(memory, session.at) : session.at]
    return len(steps) if steps and all(step.operation == "apply" for step in steps) else 0


def _is_of_songs(clause: Clause) -> bool:
    """Whether it is a song or its maker that another is to be like: "sound like Abbey Road", and not "like honey"."""
    behind = clause.text.partition(" like ")[2].split()
    called = any(word[:1].isupper() and word.casefold() not in ("i", "i'm") for word in behind)
    return called or bool(SONGS & set(clause.free)) or "like" not in clause.free


def _by_others(clause: Clause) -> bool:
    """ "Judge the others by the vocals", "balance everything around them"."""
    begins = bool(JUDGING & set(clause.free[clause.start : clause.start + 1]))
    behind = max((at for at, word in enumerate(clause.free) if word in BY), default=len(clause.free))
    by_one = {"*", "it", "them", "that", "this"} & set(clause.free[behind + 1 :])
    judges = "judged" in clause.concepts or clause.has(*OTHERS)
    return begins and bool(by_one) and judges


def _percent(clause: Clause, now: float, applies: bool, moved: bool) -> float | None:
    """The strength that is said."""
    words = set(clause.words)
    of_it = "strength" in clause.concepts
    said = next((i.quantity.value for i in clause.items if i.quantity and i.quantity.unit == "%"), None)
    number = next((size.db for size in sizes(clause.items) if not size.sign), None)
    if said is not None:
        return said
    if number is not None and "strength" in words:
        return number
    if (of_it or applies) and HALF & words:
        return 50.0 if {"strength", "halfway", "way"} & words or applies else now / 2
    if of_it and TWICE & words:
        return min(100.0, 2 * now)
    if of_it and any(has_phrase(clause.words, phrase) for phrase in FULL):
        return 100.0
    gentler = GENTLER & words or (CAREFUL & words and words & {"be", "go", "more"})
    return now / 2 if gentler and (not moved or clause.has(*OF_ADVICE)) else None


def _genre(words: tuple[str, ...]) -> tuple[int, int, str]:
    """Where a genre is named, and which; ("", of no words) where none is."""
    for at in range(len(words)):
        for size in (3, 2, 1):
            genre = genres().get(words_at(words, at, size))
            if genre is not None and at + size <= len(words):
                return at, size, genre
    return 0, 0, ""
