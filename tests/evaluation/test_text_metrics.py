"""Metrics of texts: their bounds, what they do to a copy, what does not matter to them, what is skipped and why."""

from pathlib import Path
from types import SimpleNamespace

import nltk.corpus
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import explainer.evaluation.texts.text_metrics
from explainer.evaluation.texts.text_metrics import (
    Skipped,
    bleu_counts,
    corpus_bleu,
    distinct,
    length_words,
    skipped,
    text_metrics,
)

WORDS = "turn the vocals down up by 3.2 dB bass drums lower louder in B than A and".split()
TOP = {"bleu": 100.0, "rouge_l": 1.0, "meteor": 1.0, "bertscore": 1.0, "similarity": 1.0}
LOW = {"similarity": -1.0, "bertscore": -1.0}
TEXTS = st.lists(st.sampled_from(WORDS), min_size=6, max_size=20).map(" ".join)
ANY = st.one_of(TEXTS, st.text(max_size=30), st.just(""))


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Path:
    """A folder with a tiny random BERT whose tokenizer tells no greatest length."""
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("encoder")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", *dict.fromkeys(w.casefold() for w in WORDS), "3"]
    BertTokenizer(vocab={word: at for at, word in enumerate(vocabulary)}).save_pretrained(folder)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    torch.manual_seed(0)
    BertModel(
        BertConfig(vocab_size=len(vocabulary), max_position_embeddings=32, initializer_range=0.5, **sizes)
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def metrics(encoder) -> dict:
    return {name: m for name, m in text_metrics(encoder, encoder).items() if not isinstance(m, Skipped)}


def test_only_wordnet_may_be_missing_where_models_are_given(metrics):
    assert set(TOP) - set(metrics) <= {"meteor"}


@given(text=TEXTS, other=TEXTS)
def test_a_text_against_itself_has_the_most(metrics, text, other):
    for name, metric in metrics.items():
        ((itself, _), (best, mean)) = metric([text, text], [[text], [text, other]])
        near = 0.5 / len(text.split()) ** 3 if name == "meteor" else 0.0  # it takes that off for one run of words
        assert itself == pytest.approx(TOP[name] - near, abs=2e-5 * TOP[name] + 1e-6)
        assert best == pytest.approx(itself, abs=1e-4)
        assert mean <= best


@given(text=ANY, references=st.lists(ANY, min_size=1, max_size=4), order=st.randoms(use_true_random=False))
def test_the_best_is_no_less_than_the_mean_and_order_does_not_matter(metrics, text, references, order):
    shuffled = references.copy()
    order.shuffle(shuffled)
    for name, metric in metrics.items():
        told, again = metric([text, text], [references, shuffled])
        assert LOW.get(name, 0.0) - 1e-5 <= told.mean <= told.best <= TOP[name] + 1e-4
        assert again == pytest.approx(told, abs=1e-4)


@given(references=st.lists(ANY, min_size=1, max_size=3), between=TEXTS)
def test_no_words_have_nothing(metrics, references, between):
    for metric in metrics.values():
        empty, _, blank = metric(["", between, " \n"], [references, [between], references])
        assert empty == blank == (0.0, 0.0)


def test_what_differs_more_has_less(metrics):
    right = "turn the vocals down by 3.2 dB"
    texts = [right, "turn the vocals down by 3.3 dB", "and louder in B than A"]
    for name, metric in metrics.items():
        same, near, far = metric(texts, [[right]] * 3)
        assert same.best > near.best > far.best, name


def test_a_number_is_one_word(metrics):
    half = metrics["rouge_l"](["3.2"], [["3.7"]])
    assert half == [(0.0, 0.0)]


def test_a_synonym_counts_for_meteor(metrics):
    if "meteor" not in metrics:
        pytest.skip("there is no WordNet")
    synonym, other = metrics["meteor"](["turn down the voice", "turn down the bass"], [["turn down the vocals"]] * 2)
    assert synonym.best >= other.best
    loud, tall = metrics["meteor"](["lower the bass", "sell the bass"], [["turn down the bass"]] * 2)
    assert loud.best > tall.best


def test_a_text_longer_than_the_encoder_takes_is_cut_and_not_refused(metrics):
    long = " ".join(WORDS * 10)
    for name in ("bertscore", "similarity"):
        assert metrics[name]([long], [[long]])[0].best == pytest.approx(1.0, abs=1e-4)


def test_no_reference_at_all_is_an_error(metrics):
    with pytest.raises(ValueError, match="reference"):
        metrics["bleu"](["a text"], [[]])


@given(st.lists(st.tuples(TEXTS, st.lists(TEXTS, min_size=3, max_size=3)), min_size=1, max_size=5))
def test_bleu_of_a_corpus_comes_from_its_rows(pairs):
    from sacrebleu.metrics import BLEU

    texts, references = zip(*pairs, strict=True)
    whole = BLEU().corpus_score(list(texts), [list(of) for of in zip(*references, strict=True)]).score
    assert corpus_bleu([bleu_counts(*pair) for pair in pairs]) == pytest.approx(whole)


def test_bleu_of_nothing_is_nothing():
    assert corpus_bleu([]) == 0.0
    assert corpus_bleu([bleu_counts("", ["turn it up"])]) == 0.0


def test_distinct_by_hand():
    texts = ["turn it up", "turn it down", "turn it up"]
    assert distinct(texts, 1) == 4 / 9
    assert distinct(texts, 2) == 3 / 6
    assert distinct(texts, 3) == 2 / 3
    assert distinct(texts, 4) == distinct([]) == distinct([""], 1) == 0.0


@given(st.lists(TEXTS, min_size=1, max_size=5), st.integers(1, 3))
def test_saying_the_same_twice_halves_what_is_distinct(texts, n):
    assert distinct(texts * 2, n) == pytest.approx(distinct(texts, n) / 2)


def test_length_is_in_words():
    assert [length_words(text) for text in ("", " ", "by 3.2 dB,  please ")] == [0, 0, 4]


def test_what_has_no_model_is_skipped_and_says_why(tmp_path):
    reasons = skipped(text_metrics(tmp_path / "nowhere"))
    assert "nowhere" in reasons["bertscore"]
    assert "no folder" in reasons["bertscore"]
    assert "given" in reasons["similarity"]
    assert not {"bleu", "rouge_l"} & set(reasons)


def test_a_folder_without_a_model_is_skipped(tmp_path):
    assert set(skipped(text_metrics(tmp_path, tmp_path))) >= {"bertscore", "similarity"}


def test_meteor_without_wordnet_is_skipped(monkeypatch, tmp_path):
    def missing() -> None:
        raise FileNotFoundError(f"{tmp_path} lacks index.noun")

    monkeypatch.setattr(explainer.evaluation.texts.text_metrics, "read_wordnet", missing)
    assert "wordnet-base" in skipped(text_metrics())["meteor"]


def test_a_library_that_is_missing_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "rouge_score.rouge_scorer", None)
    assert "rouge_score" in skipped(text_metrics())["rouge_l"]


def test_wordnet_that_is_not_there_is_told(monkeypatch, tmp_path):
    def absent() -> None:
        raise LookupError("no corpus")

    # The corpus itself is not touched: where there is none, each look at it is an error of NLTK's.
    monkeypatch.setattr(nltk.corpus, "wordnet", SimpleNamespace(ensure_loaded=absent))
    with pytest.raises(FileNotFoundError, match=r"lacks index\.noun"):
        explainer.evaluation.texts.text_metrics.read_wordnet.__wrapped__(tmp_path)


def test_an_encoder_that_can_be_fetched_and_is_not_is_told_how(monkeypatch, tmp_path):
    monkeypatch.setenv("MIXCONSOLE_MODELS", str(tmp_path))
    reasons = skipped(text_metrics(similarity="all-minilm-l6-v2"))
    assert "mixconsole models fetch all-minilm-l6-v2" in reasons["similarity"]
