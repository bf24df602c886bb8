"""What a chat endpoint sends back: a completion's text, or what the server says is wrong."""

from typing import NamedTuple

from console.files.untrusted import parse_json
from explainer.language.endpoint.posting import Unanswered

LONGEST_TOLD = 200  # characters of what a server says is wrong


class Completion(NamedTuple):
    """What a model wrote.

    Args:
        cut: it had more to say than it might.
    """

    text: str
    cut: bool


def read_completion(body: bytes) -> Completion:
    """What a chat completion says.

    Raises: Unanswered for what is none.
    """
    try:
        choice = parse_json(body)["choices"][0]
        content, cut = choice["message"]["content"], choice.get("finish_reason") == "length"
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise Unanswered("no chat completion") from None
    if isinstance(content, list):  # in parts
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if content is None:
        return Completion("", cut)
    if not isinstance(content, str):
        raise Unanswered("no chat completion")
    return Completion(content, cut)


def said_wrong(body: bytes) -> str:
    """What a server says is wrong, on one line behind a colon; "" where it says nothing that can be shown."""
    try:
        error = parse_json(body)
    except ValueError:
        return ""
    for key in ("error", "message", "detail"):
        if isinstance(error, dict):
            error = error.get(key, error)
    text = " ".join(error.split()) if isinstance(error, str) else ""
    return f": {text}" if text and text.isprintable() and len(text) <= LONGEST_TOLD else ""
