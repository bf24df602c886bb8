"""A chat endpoint on loopback whose answers a test scripts."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from loopback import serving

from explainer.language.endpoint.chat_endpoint import KNOCK, Messages


@contextmanager
def answering(
    answer: Callable[[Messages], str], refusing: Callable[[dict], str | None] = lambda body: None
) -> Iterator[tuple[str, list[dict]]]:
    """The address of a server that answers so, and the bodies of what it was asked.

    Args:
        refusing: what it says of a body that it does not take.
    """
    asked: list[dict] = []

    def told(body: dict) -> tuple[int, bytes]:
        text = '{"ok": true}'
        if body["messages"][0]["content"] != KNOCK:
            asked.append(body)
            text = answer(body["messages"])
        why = refusing(body)
        if why is not None:
            return 400, json.dumps({"error": {"message": why}}).encode()
        return 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()

    with serving(told) as address:
        yield address, asked
