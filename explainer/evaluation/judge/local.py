"""A judge on this machine: any causal language model of Hugging Face with a chat template."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from explainer.evaluation.judge.backend import MOST_TOKENS, Reply
from explainer.evaluation.judge.question import Question


class Local:
    """A language model here. It writes what is likeliest, so the same question has the same reply.

    Args:
        model: a causal language model of transformers.
        chat: its `explainer.language.chat.Chat`.
        name: what it goes by in the results.
        most_tokens: of a reply; a longer one is cut off.
    """

    def __init__(self, model: Any, chat: Any, name: str, most_tokens: int = MOST_TOKENS):
        self.model, self.chat, self.name, self.most_tokens = model, chat, name, most_tokens

    @classmethod
    def load(cls, base: str | Path, quantise: bool = False, most_tokens: int = MOST_TOKENS) -> "Local":
        """Of a folder or a name on the Hub; on a GPU where there is one.

        Args:
            quantise: to NF4.

        Raises: InputError for a model that is missing or has no chat template.
        """
        import torch

        from explainer.language.chat import Chat
        from explainer.language.networks.base import load_base

        gpu = torch.cuda.is_available()
        loaded, tokenizer = load_base(base, quantise, torch.bfloat16 if gpu else None)
        model: torch.nn.Module = loaded.eval()
        if gpu and not quantise:
            model = model.to("cuda")
        return cls(model, Chat.of(tokenizer, str(base)), Path(base).name or str(base), most_tokens)

    def replies(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """A reply to each question. What is too long for the model is not asked."""
        for question in questions:
            yield self._reply(question)

    def _reply(self, question: Question) -> Reply:
        import torch

        ids = self.chat.tokens(self.chat.render([{"role": "user", "content": question.text}], True))
        longest = getattr(self.model.config, "max_position_embeddings", None)
        if longest is not None and len(ids) + self.most_tokens > longest:
            return Reply(failure="too long for the model")
        asked = torch.tensor([ids], device=self.model.device)
        with torch.inference_mode():
            written = self.model.generate(
                input_ids=asked,
                attention_mask=torch.ones_like(asked),
                max_new_tokens=self.most_tokens,
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                eos_token_id=list(self.chat.ends),
                pad_token_id=self.chat.pad,
            )
        return Reply(self.chat.decode(written[0, len(ids) :].tolist()))
