"""Figures of texts: how near they come to reference texts, how varied they are, how long.

Against several references each figure is told as the best and as the mean over them. What cannot be had (a library, a
dictionary, a model) is `Skipped` with its reason: no figure is made up, and nothing is downloaded.
"""

import atexit
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from console.errors import InputError
from console.files.fetched.fetch import resolved

MOST_TOKENS, SPECIAL = 512, 2  # of a text for an encoder that tells no limit; positions that RoBERTa keeps for itself
ORDER = 4  # longest run of words that BLEU counts
WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d]+(?:['’-][^\W\d]+)*")  # numbers stay whole, punctuation does not count


DEBIAN = Path("/usr/share/wordnet")  # of the package wordnet-base
PARTS = {"noun": 1, "verb": 2, "adj": 3, "adv": 4}  # of speech, and their numbers
FILES = tuple(f"{kind}.{part}" for part in PARTS for kind in ("index", "data"))

# Debian leaves out the list of the lexicographers' files, numbered from 0; this is it, as in lexnames(5WN).
LEXNAMES = """adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body
    noun.cognition noun.communication noun.event noun.feeling noun.food noun.group noun.location noun.motive noun.object
    noun.person noun.phenomenon noun.plant noun.possession noun.process noun.quantity noun.relation noun.shape
    noun.state noun.substance noun.time verb.body verb.change verb.cognition verb.communication verb.competition
    verb.consumption verb.contact verb.creation verb.emotion verb.motion verb.perception verb.possession verb.social
    verb.stative verb.weather adj.ppl""".split()


class Near(NamedTuple):
    """How near a text comes to its references: to the nearest one, and on average."""

    best: float
    mean: float


@dataclass(frozen=True)
class Skipped:
    """A figure that could not be had, and the reason in one sentence."""

    reason: str


Score = Callable[[str, str], float]
Metric = Callable[[Sequence[str], Sequence[Sequence[str]]], list[Near]]


def text_metrics(
    bertscore: str | Path | None = None,
    similarity: str | Path | None = None,
    bertscore_layer: int | None = None,
    device: str | None = None,
) -> dict[str, Metric | Skipped]:
    """All metrics by name; each takes texts, and of each text its references (one or more), and tells `Near` of each.

    bleu: 0..100, sentence BLEU (Papineni et al. 2002) by sacrebleu (Post 2018), orders that a short text has not left
        out.
    rouge_l: 0..1, F of the longest common subsequence of words (Lin 2004).
    meteor: 0..1 (Banerjee and Lavie 2005), with WordNet's synonyms. A text of n words against itself has
        1 - 0.5 / n^3.
    bertscore: up to 1, F without rescaling (Zhang et al. 2020).
    similarity: -1..1, cosine of sentence embeddings (Reimers and Gurevych 2019).

    A text of no words has 0 in all of them.

    Args:
        bertscore: folder of a transformers encoder.
        similarity: folder of a sentence-transformers model, or the name of a fetched one; of a plain transformers
            encoder the mean over its tokens.
        bertscore_layer: whose hidden states count; by default the one that bert-score's authors chose for a model of
            the folder's name, else the last.
        device: that the two models are on; by default a GPU if there is one.
    """
    makers: dict[str, Callable[[], Metric | Skipped]] = {
        "bleu": lambda: one_by_one(_bleu()),
        "rouge_l": lambda: one_by_one(_rouge_l()),
        "meteor": _meteor,
        "bertscore": lambda: _of_model(bertscore, lambda folder: _bertscore(folder, bertscore_layer, device)),
        "similarity": lambda: _of_model(similarity, lambda folder: _similarity(folder, device)),
    }
    return {name: _made(make) for name, make in makers.items()}


def skipped(metrics: Mapping[str, Metric | Skipped]) -> dict[str, str]:
    """Why those metrics that are skipped are."""
    return {name: metric.reason for name, metric in metrics.items() if isinstance(metric, Skipped)}


def one_by_one(score: Score) -> Metric:
    """A metric out of a score of a text against one reference."""

    def near(texts: Sequence[str], references: Sequence[Sequence[str]]) -> list[Near]:
        pairs = zip(texts, references, strict=True)
        return [_near([score(text, reference) if text.strip() else 0.0 for reference in of]) for text, of in pairs]

    return near


def bleu_counts(text: str, references: Sequence[str]) -> tuple[int, ...]:
    """A text's share in the BLEU of a whole corpus: its length, its nearest reference's, matches and runs by order."""
    told = _sacrebleu().sentence_score(text, list(references))
    return (told.sys_len, told.ref_len, *told.counts, *told.totals)


def corpus_bleu(counts: Sequence[Sequence[int]]) -> float:
    """BLEU (0..100) of all texts together, each against all of its references, from the `bleu_counts` of each."""
    from sacrebleu.metrics import BLEU

    sums = [sum(column) for column in zip(*counts, strict=True)] or [0] * (2 + 2 * ORDER)
    texts, references, matches, runs = sums[0], sums[1], sums[2 : 2 + ORDER], sums[2 + ORDER :]
    return float(BLEU.compute_bleu(matches, runs, texts, references, smooth_method="exp").score)


def distinct(texts: Sequence[str], n: int = 2) -> float:
    """Different runs of `n` words among all of them (Li et al., 2016)."""
    grams = [tuple(words[i : i + n]) for words in map(str.split, texts) for i in range(len(words) - n + 1)]
    return len(set(grams)) / max(len(grams), 1)


def length_words(text: str) -> int:
    """Words between spaces."""
    return len(text.split())


def words_of(text: str) -> list[str]:
    """Words and numbers in lower case."""
    return WORD.findall(text.casefold())


def _near(scores: Sequence[float]) -> Near:
    if not scores:
        raise ValueError("a text needs at least one reference")
    best = max(scores)
    return Near(best, min(sum(scores) / len(scores), best))  # a mean of equal floats may round above them


def _made(make: Callable[[], Metric | Skipped]) -> Metric | Skipped:
    try:
        return make()
    except ModuleNotFoundError as error:
        return Skipped(f"The Python package {error.name} is not installed.")


def _of_model(folder: str | Path | None, make: Callable[[Path], Metric]) -> Metric | Skipped:
    """A metric that needs a model in a folder; none is fetched."""
    if folder is None:
        return Skipped("No folder of a model is given for it.")
    try:
        where = Path(resolved(folder))
    except InputError as error:
        return Skipped(str(error))
    if not where.is_dir():
        return Skipped(f'Its model "{folder}" is no folder.')
    try:
        return make(where)
    except ModuleNotFoundError:
        raise
    except Exception as error:  # transformers raises many kinds for a folder that is no model
        return Skipped(f'Its model "{folder}" cannot be read: {str(error).splitlines()[0]}')


@lru_cache
def _sacrebleu() -> Any:
    from sacrebleu.metrics import BLEU

    return BLEU(effective_order=True)


def _bleu() -> Score:
    metric = _sacrebleu()
    return lambda text, reference: float(metric.sentence_score(text, [reference]).score)


def _rouge_l() -> Score:
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"], tokenizer=_Words())
    return lambda text, reference: float(scorer.score(reference, text)["rougeL"].fmeasure)


class _Words:
    """The tokenizer that rouge-score asks for; its own tears "3.2" apart."""

    def tokenize(self, text: str) -> list[str]:
        return words_of(text)


def _meteor() -> Metric | Skipped:
    from nltk.translate.meteor_score import single_meteor_score

    try:
        wordnet = read_wordnet()
    except FileNotFoundError as error:
        return Skipped(f"It needs WordNet ({error}): install Debian's package wordnet-base, which fills {DEBIAN}.")
    return one_by_one(lambda text, reference: single_meteor_score(words_of(reference), words_of(text), wordnet=wordnet))


def _bertscore(folder: Path, layer: int | None, device: str | None) -> Metric:
    from bert_score import BERTScorer
    from bert_score.utils import model2layers
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    layer = layer or model2layers.get(folder.name) or int(config.num_hidden_layers)
    scorer = BERTScorer(model_type=str(folder), num_layers=layer, device=device)
    # A tokenizer that tells no limit would let texts through that are longer than the model takes.
    most = int(getattr(config, "max_position_embeddings", MOST_TOKENS)) - SPECIAL
    scorer._tokenizer.model_max_length = min(scorer._tokenizer.model_max_length, most)
    return _pairwise(lambda texts, references: scorer.score(texts, references)[2].tolist())


def _similarity(folder: Path, device: str | None) -> Metric:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device=device, local_files_only=True, trust_remote_code=False)

    def score(texts: list[str], references: list[str]) -> list[float]:
        every = list(dict.fromkeys([*texts, *references]))
        vectors = dict(zip(every, model.encode(every, normalize_embeddings=True, show_progress_bar=False), strict=True))
        pairs = zip(texts, references, strict=True)
        return [min(1.0, float(vectors[text] @ vectors[reference])) for text, reference in pairs]

    return _pairwise(score)


def _pairwise(score: Callable[[list[str], list[str]], list[float]]) -> Metric:
    """A metric out of a score that is told of many pairs at once."""

    def near(texts: Sequence[str], references: Sequence[Sequence[str]]) -> list[Near]:
        pairs = [(t, r) for t, of in zip(texts, references, strict=True) for r in of if t.strip() and r.strip()]
        scores = iter(score(*map(list, zip(*pairs, strict=True))) if pairs else [])
        told = []
        for text, of in zip(texts, references, strict=True):
            told.append(_near([next(scores) if text.strip() and reference.strip() else 0.0 for reference in of]))
        return told

    return near


@lru_cache
def read_wordnet(folder: Path = DEBIAN) -> Any:
    """nltk's reader of WordNet (Fellbaum, WordNet: An Electronic Lexical Database, 1998); nothing is downloaded.

    Args:
        folder: of WordNet's files, where nltk has no corpus of its own.

    Raises: FileNotFoundError, naming the folder, where WordNet is not there either.
    """
    import nltk.data
    from nltk.corpus import wordnet

    try:
        wordnet.ensure_loaded()
    except LookupError:
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise FileNotFoundError(f"{folder} lacks {missing[0]}") from None
        nltk.data.path.append(str(_corpus(folder)))
        wordnet.ensure_loaded()
    return wordnet


def _corpus(folder: Path) -> Path:
    """A folder as nltk wants it, with copies of the files, for as long as the process lives.

    nltk follows no link out of a corpus. Its table of senses, which only other languages and versions of WordNet need,
    is left empty.
    """
    place = Path(tempfile.mkdtemp(prefix="wordnet-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    corpus = place / "corpora" / "wordnet"
    corpus.mkdir(parents=True)
    for path in sorted(folder.iterdir()):
        if path.is_file():
            shutil.copyfile(path, corpus / path.name)
    for part in PARTS:
        (corpus / f"{part}.exc").touch()
    lines = [f"{at:02d}\t{name}\t{PARTS[name.split('.')[0]]}\n" for at, name in enumerate(LEXNAMES)]
    (corpus / "lexnames").write_text("".join(lines))
    (corpus / "index.sense").touch()
    for path in corpus.iterdir():
        path.chmod(0o600)  # nltk reads nothing that others can write to
    return place
