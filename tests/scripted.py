"""A chat endpoint on loopback that answers what a test scripts: calls of tools, texts, refusals, nothing in time."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from loopback import serving

from explainer.language.endpoint.chat_endpoint import KNOCK, ChatEndpoint
from studio.chat.llm.model import Model

Body = dict[str, Any]
Answer = Body | bytes | int  # a message; a whole body; a status of HTTP


def says(text: str) -> Body:
    """A message that says something."""
    return {"role": "assistant", "content": text}


def calls(*each: tuple[str, Any]) -> Body:
    """A message that calls tools, each with its arguments, or what else stands in their place."""
    told = [
        {
            "id": f"c{at}",
            "type": "function",
            "function": {"name": name, "arguments": what if isinstance(what, str) else json.dumps(what)},
        }
        for at, (name, what) in enumerate(each)
    ]
    return {"role": "assistant", "content": None, "tool_calls": told}


@contextmanager
def endpoint(answer: Callable[[Body, int], Answer]) -> Iterator[tuple[str, list[Body]]]:
    """The address of a server, and what it was asked.

    Args:
        answer: to a request and its number, from 0.
    """
    asked: list[Body] = []

    def told(body: Body) -> tuple[int, bytes]:
        what: Answer = says('{"ok": true}')
        if body["messages"][-1]["content"] != KNOCK:
            asked.append(body)
            what = answer(body, len(asked) - 1)
        if isinstance(what, int):
            return what, b'{"error": {"message": "tools are not supported"}}'
        return 200, what if isinstance(what, bytes) else json.dumps({"choices": [{"message": what}]}).encode()

    with serving(told) as address:
        yield address, asked


def impatient(url: str, key_from: str | None = None, timeout_s: float = 5.0) -> Model:
    """The model behind such a server, asked once and without waiting between tries."""
    return Model(ChatEndpoint(url, "scripted", key_from, timeout_s=timeout_s, tries=1, first_wait_s=0.0))


def in_turn(*answers: Answer) -> Callable[[Body, int], Answer]:
    """One answer after another; the last again and again."""
    return lambda body, at: answers[min(at, len(answers) - 1)]
