"""What an explainer writes on the items of an evaluation, and how good that is: one row for each item."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from torch import Tensor

from console.balance import ROLES
from console.errors import InputError
from explainer.advice.advice import TextSource
from explainer.advice.names import restore
from explainer.advice.versions import changes_of
from explainer.evaluation.texts.faders import JUDGED, Cell, faders, judged
from explainer.evaluation.texts.questions import Question
from explainer.evaluation.texts.text_metrics import (
    Metric,
    Near,
    Skipped,
    bleu_counts,
    corpus_bleu,
    distinct,
    length_words,
    text_metrics,
)
from explainer.language.told.conditioning import Conditioning
from explainer.language.writer import Writer
from explainer.phrasing.answers import compare, respond
from explainer.phrasing.plan import Style
from explainer.speak import Explained, explain, explain_changes

Row = dict[str, Cell]

REFERENCES = 5  # right answers that each text is held against
PHRASES = "phrases"  # conditioning of the phrase bank, which is told everything
UNVERIFIED = ", as first written"  # behind the conditioning of texts that nobody held against the numbers
OF_STEMS = ("said_way", "said_db")  # columns of which there is one a role
TEXT_METRICS = ("bleu", "rouge_l", "meteor", "bertscore", "similarity")
COLUMNS = (
    *("id", "song", "protocol", "input", "listener", "style", "conditioning"),
    *("text", "first_text", "source", "tries", "contradictions_first"),
    *(f"{name}_{role}" for name in OF_STEMS for role in ROLES),
    *JUDGED,
    *(f"{name}_{side}" for name in TEXT_METRICS for side in Near._fields),
    *("bleu_counts", "length_words"),
)


def words(
    questions: Sequence[Question],
    explainer: Writer | None,
    style: Style = Style.FULL,
    seed: int = 0,
    tries: int = 3,
    metrics: Mapping[str, Metric | Skipped] | None = None,
    count: int = REFERENCES,
    first: bool = False,
) -> list[Row]:
    """One row for each question, in order; `""` where there is nothing to tell. Equal calls give equal rows.

    Args:
        explainer: who writes; None for the phrase bank, which says what the numbers say.
        tries: how often the explainer may write before the phrase bank does; 0 takes what it writes first,
            unverified, and nothing else.
        metrics: of `explainer.evaluation.texts.text_metrics.text_metrics`; those that need no model by default.
        count: references to each text: answers of the phrase bank for the true corrections, in as many wordings.
        first: behind these rows come as many of what the explainer wrote first, unverified; `UNVERIFIED` ends their
            conditioning.

    Columns (`COLUMNS` has them in order):
        id, song, protocol, input, listener: of the item, and whose numbers are put into words.
        style, conditioning: how much is said; what the explainer is told, and where it writes its numbers itself
            ("embeddings, numbers written"), that ("phrases": the phrase bank).
        text: with the stems' names. first_text: what the model wrote before any verification, with plain names.
        source, tries: "model", "phrases", or "mixed" where some of its steps are the phrase bank's; how often the model
            wrote, of the step that it wrote most often.
        contradictions_first: 1 where what the model wrote first contradicts the numbers, or has a slip.
        said_way_vocals, said_db_vocals, ...: "up", "down", "both" or "" for a stem that is not moved, and the
            correction that is said, dB: 0 for one that is not moved, "" where no number is said or there is no stem.
        said_stem, said_db, joint, stem, direction, severity, moves_right, error_db: see
            `explainer.evaluation.texts.faders.judged`.
        bleu_best, bleu_mean, rouge_l_, meteor_, bertscore_, similarity_: see
            `explainer.evaluation.texts.text_metrics.text_metrics`; "" where skipped.
        bleu_counts: see `explainer.evaluation.texts.text_metrics.bleu_counts`; of a whole corpus `summary` makes BLEU.
        length_words: of the text.

    Raises: InputError for a question about stems that are all silent, or an explainer that reads embeddings of
        another width than the console's.
    """
    if not questions:
        return []
    metrics = text_metrics() if metrics is None else metrics
    told = _told(questions, explainer, style, seed, max(tries, 1))
    conditioning = PHRASES if explainer is None else explainer.label
    right = [references(question, style, seed, count) for question in questions]
    texts = {conditioning: told} if tries or explainer is None else {}
    if explainer is not None and (first or not tries):
        texts[f"{conditioning}{UNVERIFIED}"] = list(map(_first, told, questions))
    rows: list[Row] = []
    for label, ones in texts.items():
        near = {
            name: [None] * len(ones) if isinstance(metric, Skipped) else metric([one.written for one in ones], right)
            for name, metric in metrics.items()
        }
        for at, (question, one) in enumerate(zip(questions, ones, strict=True)):
            row: Row = dict.fromkeys(COLUMNS, "")
            row |= {name: getattr(question, name) for name in ("id", "song", "protocol", "input", "listener")}
            row |= {"style": str(style), "conditioning": label, "text": one.text, "first_text": one.first}
            row |= {"source": str(one.source), "tries": one.tries}
            if explainer is not None:
                row["contradictions_first"] = int(not told[at].at_once)
            row |= _read(one.written, question)
            for name, of in near.items():
                row |= _sides(name, of[at])
            row["bleu_counts"] = " ".join(map(str, bleu_counts(one.written, right[at])))
            row["length_words"] = length_words(one.text)
            rows.append(row)
    return rows


def references(question: Question, style: Style, seed: int = 0, count: int = REFERENCES) -> list[str]:
    """Right answers to a question, with the stems' aliases as their names."""
    return [_phrased(question, style, seed, "reference", n, true=True) for n in range(count)]


def summary(rows: Sequence[Mapping[str, Cell]]) -> dict[str, float]:
    """Figures that only all texts together have, of rows as they are or read back from CSV.

    first_right, regenerated, fallen_back: shares of the texts that agreed with the numbers when first written, when
        written again, and of which at least a step is the phrase bank's. Of texts by the phrase bank alone they are
        left out.
    corpus_bleu: 0..100, against all references.
    distinct_1, distinct_2: different words, and pairs of words, among all of them.
    length_words: mean.
    """
    if not rows:
        return {}
    texts = [str(row["text"]) for row in rows]
    told = {
        "corpus_bleu": corpus_bleu([tuple(map(int, str(row["bleu_counts"]).split())) for row in rows]),
        "distinct_1": distinct(texts, 1),
        "distinct_2": distinct(texts, 2),
        "length_words": float(np.mean([length_words(text) for text in texts])),
    }
    written = [row for row in rows if row["contradictions_first"] != ""]
    if not written:
        return told
    first = [not int(row["contradictions_first"]) for row in written]
    bank = [row["source"] != TextSource.MODEL for row in written]
    again = [
        not right and not fallen and int(row["tries"]) > 1
        for right, fallen, row in zip(first, bank, written, strict=True)
    ]
    shares = {"first_right": first, "regenerated": again, "fallen_back": bank}
    return {name: float(np.mean(share)) for name, share in shares.items()} | told


def _told(
    questions: Sequence[Question], explainer: Writer | None, style: Style, seed: int, tries: int
) -> list[Explained]:
    """A text on each question; those on two versions are asked by themselves."""
    told: dict[int, Explained] = {}
    for kind in (False, True):
        at = [index for index, question in enumerate(questions) if question.compare is kind]
        if not at:
            continue
        some = [questions[index] for index in at]
        of_kind = _number(seed, str(style), some[0].id)  # another chunk, other words
        if explainer is None:
            texts = [_phrased(question, style, seed, "told") for question in some]
            found = [
                _explained(text, question, TextSource.PHRASES, 0) for text, question in zip(texts, some, strict=True)
            ]
        elif kind:
            changes = [{stem.name: -stem.move.gain_db for stem in question.advice.stems} for question in some]
            found = explain_changes(explainer, changes, style, tries, of_kind)
        else:
            found = explain(explainer, [q.advice for q in some], style, tries, _embeddings(some, explainer), of_kind)
        told |= zip(at, found, strict=True)
    return [told[index] for index in range(len(questions))]


def _first(one: Explained, question: Question) -> Explained:
    """What the explainer wrote first, as if nobody had read it again."""
    return _explained(one.first, question, TextSource.MODEL, 1)


def _embeddings(questions: Sequence[Question], explainer: Writer) -> list[Float[Tensor, "source width"] | None]:
    """The console's, where the explainer can read them."""
    known = [question.embedding for question in questions]
    width = next((embedding.shape[-1] for embedding in known if embedding is not None), explainer.embedding_width)
    if width == explainer.embedding_width:
        return known
    if explainer.conditioning in (Conditioning.EMBEDDINGS, Conditioning.BOTH):
        raise InputError(
            f"The explainer reads a console's embeddings of {explainer.embedding_width} numbers, and this console's "
            f"have {width}: choose the explainer that was trained for this console."
        )
    return [None] * len(known)


def _explained(text: str, question: Question, source: TextSource, tries: int) -> Explained:
    names = [stem.name for stem in question.advice.stems]
    return Explained(restore(text, names), source, tries, written=text, first=text)


def _phrased(question: Question, style: Style, seed: int, *name: object, true: bool = False) -> str:
    """What the phrase bank says, by chance that depends on the question and the name alone."""
    advice = question.truth if true else question.advice
    rng = np.random.default_rng(_number(seed, str(style), question.id, question.input, *name))
    return compare(changes_of(advice), style, rng) if question.compare else respond(advice, style, rng)


def _read(text: str, question: Question) -> Row:
    names = [stem.name for stem in question.advice.stems]
    said = faders(text, names, question.compare)
    row: Row = {}
    for name in names:
        fader = said.get(name)
        row[f"said_way_{name}"] = "" if fader is None else fader.way
        row[f"said_db_{name}"] = 0.0 if fader is None else "" if fader.db is None else round(fader.db, 4)
    return row | judged(said, question.correction_db)


def _sides(name: str, near: Near | None) -> Row:
    return {f"{name}_{side}": "" if near is None else round(getattr(near, side), 6) for side in Near._fields}


def _number(*name: object) -> int:
    """31 bits by a hash, so that they depend on nothing else."""
    digest = hashlib.blake2b("\0".join(map(str, name)).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1
