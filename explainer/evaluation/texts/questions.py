"""Items as questions for an explainer: what the console advises on each, with its reasons, and what would be right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jaxtyping import Float
from torch import Tensor

from console.correct import AUDIBLE_DB, Action, Move, rounded
from console.evaluation.items import Asked, Protocol
from console.evaluation.listeners import CONSOLE, VERSIONS, Believed
from console.network.features import STEP_S, Features
from explainer.advice.advice import Advice, ModelStamp
from explainer.advice.versions import way_back
from explainer.measured.excerpt import advise_on, posteriors, reasoned
from explainer.measured.figures import measure


@dataclass(frozen=True, eq=False)
class Question:
    """One item to be put into words.

    Args:
        id, song, protocol: of the item.
        input: "stems", or "mix" where the mix alone was heard.
        listener: whose numbers the words are about.
        advice: what they come to, with measured reasons; of two versions the way back from B to A.
        truth: the same for the true gains.
        correction_db: the right correction of each stem that may move, dB; stems are called by their roles.
        embedding: the console's, of the stems and last of the mix.
        compare: whether two versions are asked about.
    """

    id: str
    song: str
    protocol: str
    input: str
    listener: str
    advice: Advice
    truth: Advice
    correction_db: Mapping[str, float]
    embedding: Float[Tensor, "source width"] | None = None
    compare: bool = False


def listener_of(protocol: Protocol) -> str:
    """Whose numbers are put into words: the console's, or under `ab` those of who compares the versions."""
    return VERSIONS if protocol is Protocol.AB else CONSOLE


def questions(asked: Asked, believed: Believed, stamp: ModelStamp, at: Sequence[int] | None = None) -> list[Question]:
    """The items of a chunk as questions.

    Args:
        believed: what the protocol's listener (`listener_of`) believes of the chunk's items.
        stamp: which console that is.
        at: only these items, by their place in the chunk; all by default.
    """
    some = list(range(len(asked.ids)) if at is None else at)
    if not some:
        return []
    asked, believed = _only(asked, some), _beliefs(believed, some)
    example, compare = asked.example, asked.protocol is Protocol.AB
    said = posteriors(example, believed.log_probability)
    plain = advise_on(said, example, asked.song, asked.energy.shape[-2] * STEP_S, stamp)
    flaws = [_named(advice, flaw_db) for advice, flaw_db in zip(plain, example.flaw_db, strict=True)]
    right = [
        {name: -db + 0.0 for (name, db), free in zip(flaw_db.items(), row, strict=True) if free}
        for flaw_db, row in zip(flaws, example.free.tolist(), strict=True)
    ]
    if compare:
        if believed.exact_db is None:
            raise ValueError("what changed between two versions is told by who measures it")
        changes = [_named(advice, -back_db) for advice, back_db in zip(plain, believed.exact_db, strict=True)]
        advices, truths = (list(map(way_back, plain, of)) for of in (changes, flaws))
    else:
        figures = measure(asked.energy, example.role, example.anchor)
        truths = list(map(true_advice, plain, right))
        advices, truths = (reasoned(of, figures, example.heard) for of in (plain, truths))
    embeddings = [None] * len(some) if believed.embedding is None else list(believed.embedding)
    heard, listener = "mix" if asked.mix_only else "stems", listener_of(asked.protocol)
    return [
        Question(
            asked.ids[draw],
            asked.song,
            str(asked.protocol),
            heard,
            listener,
            advices[draw],
            truths[draw],
            right[draw],
            embeddings[draw],
            compare,
        )
        for draw in range(len(some))
    ]


def true_advice(advice: Advice, correction_db: Mapping[str, float]) -> Advice:
    """The advice with the right correction of each stem that has one, for certain, and without reasons.

    A correction under 1 dB is none, and the range is 1 dB either way: what lies in it sounds as right.
    """

    def put_right(name: str, move: Move) -> Move:
        if name not in correction_db:
            return Move(Action.LEAVE, 0.0, 0.0, 0.0, 0.0) if move.moves else move
        db = rounded(correction_db[name])
        if abs(db) < AUDIBLE_DB:
            return Move(Action.LEAVE, 0.0, 0.0, 0.0, 0.0)
        action = Action.RAISE if db > 0 else Action.LOWER
        return Move(action, db, rounded(db - AUDIBLE_DB), rounded(db + AUDIBLE_DB), 1.0)

    stems = tuple(replace(stem, move=put_right(stem.name, stem.move), reasons=()) for stem in advice.stems)
    return replace(advice, stems=stems)


def _only(asked: Asked, at: list[int]) -> Asked:
    example = asked.example
    rows = {name: getattr(example, name)[at] for name in ("role", "anchor", "free", "heard", "flaw_db", "song")}
    features = Features(*(part[at] for part in example.features))
    ids = tuple(asked.ids[index] for index in at)
    return asked._replace(example=example._replace(features=features, **rows), ids=ids, energy=asked.energy[at])


def _beliefs(believed: Believed, at: list[int]) -> Believed:
    embedding, exact_db = (None if part is None else part[at] for part in (believed.embedding, believed.exact_db))
    return Believed(believed.log_probability[at], embedding, exact_db)


def _named(advice: Advice, db: Float[Tensor, " stem"]) -> dict[str, float]:
    return dict(zip(advice.names, db.tolist(), strict=True))
