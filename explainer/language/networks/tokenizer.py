"""A small tokenizer of the domain's own words, and a new base model of a standard architecture to go with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.errors import InputError
from explainer.phrasing.slots import Slot

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

PAD, USER, ASSISTANT, END = "<|pad|>", "<|user|>", "<|assistant|>", "<|end|>"
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@dataclass(frozen=True)
class BaseSize:
    """How large a new base model is.

    Args:
        width: of its vectors, a multiple of `heads`.
        depth: number of layers.
        hidden: width inside the feed-forward part.
        words: tokens in its vocabulary.
    """

    width: int = 256
    depth: int = 4
    heads: int = 4
    hidden: int = 704
    words: int = 2048

    def __post_init__(self) -> None:
        if self.width % (2 * self.heads):
            raise InputError(f"The width is a multiple of twice the heads, which {self.width} is not of {self.heads}.")


def train_tokenizer(texts: Iterable[str], words: int) -> "PreTrainedTokenizerFast":
    """Byte-level pairs merged as they occur in the texts; every digit and every slot is a token of its own.

    Args:
        words: the most tokens there will be, special ones and the 256 bytes among them.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=words,
        special_tokens=[PAD, USER, ASSISTANT, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken(slot.tag, normalized=False) for slot in Slot])  # a slot is one token
    made = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=PAD, eos_token=END, additional_special_tokens=[USER, ASSISTANT]
    )
    made.chat_template = TEMPLATE
    return made


def new_base(size: BaseSize, tokenizer: "PreTrainedTokenizerFast", seed: int = 0) -> "PreTrainedModel":
    """A Llama of that size with random weights; the vectors of its tokens are also what it predicts with."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=size.width,
        intermediate_size=size.hidden,
        num_hidden_layers=size.depth,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LlamaForCausalLM(config)
