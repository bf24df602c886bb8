"""An untuned language model on this machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from console.errors import InputError
from console.files.fetched.fetch import resolved
from console.files.home import expanded
from console.files.hub import fetched
from explainer.language.chat import Chat
from explainer.language.endpoint.chat_endpoint import Messages, said
from explainer.language.networks.base import load_base, missing
from explainer.language.networks.batch import batch
from explainer.language.networks.hub import HubLanguage
from explainer.language.networks.small import SmallLlama, fastest
from explainer.language.slot_mask import SlotMask, Vocabulary
from explainer.phrasing.plan import Step

DTYPES = ("float32", "bfloat16")
FILES = ("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model")
BREAKS = ("\n", "\u010a", "<0x0A>")  # a line break, as vocabularies spell it


class LocalModel:
    """A causal language model here, with its own chat template.

    Args:
        language: a `SmallLlama` or a `HubLanguage`.
        chat: its tokenizer and chat template.
        guarded: whether a `SlotMask` bars what would break the contract of the slots; then a line's end is the
            answer's, once all is told.
    """

    def __init__(self, language: nn.Module, chat: Chat, guarded: bool = True):
        self.language: Any = language.eval()
        self.chat, self.guarded = chat, guarded
        breaks = [token for token, piece in chat.vocabulary.pieces.items() if _breaks(piece)]
        self.ends = (*chat.ends, *(token for token in breaks if token not in chat.ends)) if guarded else chat.ends
        self.vocabulary = Vocabulary(chat.vocabulary.pieces, self.ends)

    @classmethod
    def load(cls, base: str | Path, guarded: bool = True, dtype: str | None = None) -> "LocalModel":
        """Of a folder, a name on the Hub, or that of a fetched model.

        Args:
            dtype: of the weights, "float32" or "bfloat16"; what is faster here by default.

        Raises: InputError for a model that is missing or has no chat template, and for another dtype.
        """
        check_dtype(dtype)
        here = folder_of(base)
        kept = fastest() if dtype is None else getattr(torch, dtype)
        if SmallLlama.fits(here):
            return cls(SmallLlama.read(here, dtype=kept), chat_of(here, base), guarded)
        model, tokenizer = load_base(here if here.is_dir() else base, dtype=kept)
        return cls(HubLanguage(model), Chat.of(tokenizer, str(base)), guarded)

    def answers(
        self,
        conversations: Sequence[Messages],
        steps: Sequence[Step | None],
        temperature: float,
        most_tokens: int,
        seed: int,
    ) -> list[str]:
        """An answer to each conversation; of those about a step with its slots."""
        if not conversations:
            return []
        asked = [step for step in steps if step is not None]
        rows = batch([self._encoded(messages) for messages in conversations], None, self.chat.pad, left=True)
        masked = self.guarded and len(asked) == len(steps)
        mask = SlotMask(self.vocabulary, self.chat.text, asked) if masked else None
        ends = self.ends if masked else self.chat.ends
        with torch.inference_mode():
            vectors = self.language.embed(rows.ids)
            ids = self.language.generate(vectors, rows.attention, most_tokens, temperature, ends, seed, mask)
        return [self._text(row, ends) for row in ids.tolist()]

    def _encoded(self, messages: Messages) -> Any:
        try:
            return self.chat.conversation(messages)
        except InputError:  # a template without a system: its part is said by the user
            system, first, *rest = messages
            return self.chat.conversation([said("user", f"{system['content']}\n\n{first['content']}"), *rest])

    def _text(self, ids: list[int], ends: Sequence[int]) -> str:
        """The text up to its end; of a token that breaks the line what stands before that."""
        stop = next((at for at, token in enumerate(ids) if token in ends), len(ids))
        if stop < len(ids) and ids[stop] not in self.chat.ends:
            return self.chat.text(ids[: stop + 1]).partition("\n")[0]
        return self.chat.text(ids[:stop])


def check_dtype(dtype: str | None) -> None:
    """Raises: InputError for what is none."""
    if dtype is not None and dtype not in DTYPES:
        raise InputError(f'A model is kept in {" or ".join(DTYPES)}, not in "{dtype}".')


def folder_of(base: str | Path) -> Path:
    """Where the files of a model are, which may be nowhere.

    Args:
        base: a folder, also within the home (~), a name on the Hub, or that of a fetched model.

    Raises: InputError for one of ours that is not fetched, and what looks like a name on the Hub and is not to be had.
    """
    return Path(fetched(resolved(expanded(base) if str(base).startswith("~") else base), FILES))


def _breaks(piece: str) -> bool:
    return any(sign in piece for sign in BREAKS)


def chat_of(folder: Path, base: str | Path) -> Chat:
    """The tokenizer and its chat template, which older folders keep within another file, as transformers knows.

    Raises: InputError, naming the model, for a folder without either.
    """
    try:
        return Chat.read(folder)
    except InputError:
        from transformers import AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False)
        except Exception as error:  # transformers raises many kinds
            raise missing(base, error) from error
        return Chat.of(tokenizer, str(base))
