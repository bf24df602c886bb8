"""A judge behind any endpoint that speaks the chat completions of OpenAI: hosted ones, vLLM, llama.cpp, Ollama."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from explainer.evaluation.judge.backend import MOST_TOKENS, Reply
from explainer.evaluation.judge.question import Question
from explainer.language.endpoint.chat_endpoint import ChatEndpoint, said


class Endpoint(ChatEndpoint):
    """A judge behind an OpenAI-compatible endpoint.

    Args:
        json_mode: ask for a JSON object by `response_format`, which some servers do not know.
        most_tokens: of a reply; see `explainer.language.endpoint.chat_endpoint.ChatEndpoint` for this and the others.

    Raises: InputError, as that.
    """

    called: ClassVar[str] = "judge"

    def __init__(
        self,
        base_url: str,
        model: str,
        key_from: str | None = None,
        timeout_s: float = 60.0,
        tries: int = 5,
        first_wait_s: float = 1.0,
        longest_wait_s: float = 60.0,
        most_at_once: int = 4,
        json_mode: bool = True,
        most_tokens: int | None = MOST_TOKENS,
        options: Mapping[str, object] | None = None,
        give_up_after: int = 8,
    ):
        waits = (timeout_s, tries, first_wait_s, longest_wait_s)
        super().__init__(base_url, model, key_from, *waits, most_at_once, most_tokens, options, give_up_after)
        if json_mode:
            self.options.setdefault("response_format", {"type": "json_object"})

    def replies(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """A reply to each question, in their order.

        Raises: InputError where the key is missing or refused, the endpoint is none, or it keeps silent.
        """
        return self.answers([[said("user", question.text)] for question in questions])
