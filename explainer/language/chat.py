"""Text to a language model's tokens and back: its tokenizer, and the chat template that it was trained with."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.errors import InputError
from console.files.untrusted import MB, load_json, read_text
from explainer.language.slot_mask import Vocabulary
from explainer.language.template import template, within_bounds
from explainer.language.told.prompt import MARK

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

UNSCORED = -100  # a label that no loss is taken of
SPACES = str.maketrans("\u0120\u2581", "  ")  # as vocabularies of bytes, and of pieces of sentences, spell a space
TOKENIZER, TEMPLATE, SPECIAL = "tokenizer.json", "chat_template.jinja", "tokenizer_config.json"
MOST_BYTES = 16 * MB  # of the configuration; some list every special token


@dataclass(frozen=True)
class Encoded:
    """A conversation as tokens.

    Args:
        ids: tokens; a filler where a vector is put.
        source: which source's vector is put there, -1 at text.
        labels: the token where it is of the response or its end, else -100.
    """

    ids: tuple[int, ...]
    source: tuple[int, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Chat:
    """A tokenizer with its chat template.

    Args:
        tokens: text -> tokens, special ones too; nothing is added at either end.
        text: tokens -> text, without special ones.
        render: messages -> text; the flag asks for the beginning of an answer at the end.
        ends: the tokens that end an answer, the one to be learnt first.
        pad: the token that fills up a row.
        fingerprint: tells one vocabulary from another.
        vocabulary: the tokens as they are spelled.
        before: what is said before every question: nothing in the name of the system, where a template would say much.
    """

    tokens: Callable[[str], list[int]]
    text: Callable[[Sequence[int]], str]
    render: Callable[[list[dict[str, str]], bool], str]
    ends: tuple[int, ...]
    pad: int
    fingerprint: str
    vocabulary: Vocabulary
    before: tuple[dict[str, str], ...] = ()

    @classmethod
    def of(cls, tokenizer: "PreTrainedTokenizerBase", base: str) -> "Chat":
        """Of a tokenizer of transformers.

        Raises: InputError, naming the base model, for one without a chat template.
        """
        if not tokenizer.chat_template:
            raise InputError(f'The base model "{base}" has no chat template: choose one that was tuned to answer.')

        def render(messages: list[dict[str, str]], answer: bool) -> str:
            return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=answer))

        def tokens(text: str) -> list[int]:
            return list(tokenizer(text, add_special_tokens=False)["input_ids"])

        def text(ids: Sequence[int]) -> str:
            return str(tokenizer.decode(list(ids), skip_special_tokens=True))

        eos = tokenizer.eos_token_id
        pad = tokenizer.pad_token_id
        return cls._with(tokens, text, render, eos, pad, tokenizer.get_vocab(), base)

    @classmethod
    def read(cls, folder: Path) -> "Chat":
        """Of a folder that `save_pretrained` of a tokenizer wrote, without importing transformers, which takes seconds.

        Raises: InputError where a file is missing or is none of these.
        """
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            special = load_json(folder / SPECIAL, f"a {SPECIAL}", MOST_BYTES, shown=SPECIAL)
            source = read_text(folder / TEMPLATE, "a chat template", shown=TEMPLATE)
            word = {key: value for key, value in special.items() if key.endswith("_token") and isinstance(value, str)}
        except Exception as error:  # tokenizers raises bare exceptions
            reason = str(error).rstrip(".")
            raise InputError(f'"{folder}" holds no tokenizer with a chat template ({reason}).') from error
        render = template(source, word)

        def tokens(text: str) -> list[int]:
            return list(tokenizer.encode(text, add_special_tokens=False).ids)

        def text(ids: Sequence[int]) -> str:
            return str(tokenizer.decode(list(ids), skip_special_tokens=True))

        eos, pad = (tokenizer.token_to_id(word.get(key, "")) for key in ("eos_token", "pad_token"))
        return cls._with(tokens, text, render, eos, pad, tokenizer.get_vocab(), str(folder))

    @classmethod
    def _with(
        cls,
        tokens: Callable[[str], list[int]],
        text: Callable[[Sequence[int]], str],
        render: Callable[[list[dict[str, str]], bool], str],
        eos: int | None,
        pad: int | None,
        vocabulary: dict[str, int],
        base: str,
    ) -> "Chat":
        render = within_bounds(render, base)
        opening = render([_said("user", "a")], True)
        whole = render([_said("user", "a"), _said("assistant", "b")], False)
        after = tokens(whole.removeprefix(opening + "b")) if whole.startswith(opening + "b") else []
        # Some templates write more before an answer than they keep of it; then the end of all text ends it.
        ends = tuple(dict.fromkeys(end for end in (*after[:1], eos) if end is not None))
        if not ends:
            raise InputError(f'The chat template of the base model "{base}" has no end of an answer.')
        pieces = {token: word.translate(SPACES) for word, token in vocabulary.items()}
        fill = ends[-1] if pad is None else pad
        kept = Vocabulary(pieces, ends)
        return cls(tokens, text, render, ends, fill, _hash(vocabulary), kept, _quiet(render, len(opening)))

    def encode(self, question: str, response: str | None = None) -> Encoded:
        """A question, and the response that is to be learnt, if there is one."""
        return self.conversation([*self.before, _said("user", question)], response)

    def conversation(self, messages: list[dict[str, str]], response: str | None = None) -> Encoded:
        """Messages of several, the last of which is to be answered; `response` as of `encode`."""
        ids: list[int] = []
        source: list[int] = []
        for at, piece in enumerate(self.render(messages, True).split(MARK)):
            if at:
                ids.append(self.pad)
                source.append(at - 1)
            text = self.tokens(piece) if piece else []
            ids += text
            source += [-1] * len(text)
        said = [] if response is None else [*self.tokens(response), self.ends[0]]
        labels = [UNSCORED] * len(ids) + said
        return Encoded(tuple(ids + said), tuple(source + [-1] * len(said)), tuple(labels))

    def decode(self, ids: Sequence[int]) -> str:
        """The text of an answer, up to its end."""
        stop = next((at for at, token in enumerate(ids) if token in self.ends), len(ids))
        return self.text(ids[:stop]).strip()


def _quiet(render: Callable[[list[dict[str, str]], bool], str], length: int) -> tuple[dict[str, str], ...]:
    """A message that keeps a template from speaking for the system, where it is then shorter."""
    silence = _said("system", "")
    try:
        return (silence,) if len(render([silence, _said("user", "a")], True)) < length else ()
    except InputError:  # a template without a system
        return ()


def _said(who: str, text: str) -> dict[str, str]:
    return {"role": who, "content": text}


def _hash(vocabulary: dict[str, Any]) -> str:
    from hashlib import sha256

    return sha256(json.dumps(sorted(vocabulary.items())).encode()).hexdigest()[:16]
