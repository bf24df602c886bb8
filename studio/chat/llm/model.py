"""A language model behind an endpoint, asked what to do next: with tools, or in plain JSON where it knows none."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.files.untrusted import parse_json
from explainer.language.endpoint.chat_endpoint import ChatEndpoint
from explainer.language.endpoint.posting import Unanswered

TRIES = 2  # somebody waits
MOST_CALLS = 8  # at once
MOST_LETTERS = 2000  # of what it says
REFUSED = (400, 404, 422, 500, 501)  # what servers answer that know no tools
Message = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """An operation that a model asks for.

    Args:
        key: by which its outcome is told apart from others'.
    """

    operation: str
    arguments: Mapping[str, Any]
    key: str = ""


@dataclass(frozen=True)
class Turn:
    """What a model answers.

    Args:
        text: what it says.
        calls: what it wants done before it goes on.
        broken: it answered in no form that could be read.
        sent: its answer as it has to stand in the conversation.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    broken: bool = False
    sent: Message = field(default_factory=dict)


class Model:
    """A language model that plans.

    Args:
        endpoint: behind which it is.
        tools: whether it may be asked with tools; found out at the first request, where it is None.
    """

    def __init__(self, endpoint: ChatEndpoint, tools: bool | None = None) -> None:
        self.endpoint, self.tools = endpoint, tools

    @classmethod
    def at(cls, address: str) -> "Model":
        """The model at "http://HOST/v1#MODEL", its key in $MIXCONSOLE_KEY.

        Raises: InputError for an address that is none, and a server that cannot be had.
        """
        from explainer.language.endpoint.address import endpoint_at

        return cls(endpoint_at(address))

    @property
    def name(self) -> str:
        """What the endpoint calls it."""
        return self.endpoint.name

    def turn(self, messages: Sequence[Message], tools: Sequence[Message], timeout_s: float) -> Turn:
        """The next answer with tools.

        Raises: Unanswered, also where the server takes none; InputError as the endpoint.
        """
        body = self.endpoint.exchange(messages, {"tools": list(tools)}, timeout_s, TRIES)
        message = _message(body)
        calls = message.get("tool_calls") or []
        if not isinstance(calls, list):
            raise Unanswered("no chat completion")
        said = _text(message.get("content"))
        read = tuple(_call(call, at) for at, call in enumerate(calls[:MOST_CALLS]))
        sent: Message = {"role": "assistant", "content": said}
        if read:
            sent["tool_calls"] = [_sent(call) for call in read]
        return Turn(said, read, sent=sent)

    def plain_turn(self, messages: Sequence[Message], timeout_s: float) -> Turn:
        """The next answer as one JSON object: {"do": [{"operation": ..., "arguments": {...}}], "say": "..."}.

        Raises: Unanswered; InputError as the endpoint.
        """
        said = _text(_message(self.endpoint.exchange(messages, {}, timeout_s, TRIES)).get("content"))
        sent: Message = {"role": "assistant", "content": said}
        told = _object(said)
        if told is None or not isinstance(told.get("do", []), list) or not isinstance(told.get("say", ""), str):
            return Turn(broken=True, sent=sent)
        calls = [_plain_call(each) for each in told.get("do", [])[:MOST_CALLS]]
        if any(call is None for call in calls) or not ("do" in told or "say" in told):
            return Turn(broken=True, sent=sent)
        return Turn(told.get("say", ""), tuple(call for call in calls if call is not None), sent=sent)


def takes_no_tools(error: Unanswered) -> bool:
    """Whether a refusal may be one of the tools."""
    return error.status in REFUSED


def _message(body: bytes) -> Message:
    """The message of a chat completion. Raises: Unanswered for what is none."""
    try:
        message = parse_json(body)["choices"][0]["message"]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise Unanswered("no chat completion") from None
    if not isinstance(message, dict):
        raise Unanswered("no chat completion")
    return message


def _text(content: Any) -> str:
    """What is said, without its thoughts."""
    if isinstance(content, list):  # in parts
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    said = content if isinstance(content, str) else ""
    return said.rpartition("</think>")[2].strip()[:MOST_LETTERS]


def _call(call: Any, at: int) -> Call:
    """A tool call; what cannot be read becomes one that fails with a sentence."""
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return Call("", {}, f"call-{at}")
    told = function.get("arguments")
    if isinstance(told, str):
        try:
            told = parse_json(told.encode()) if told.strip() else {}
        except ValueError:
            told = {"arguments": "no JSON"}  # which no operation has
    key = call.get("id")
    key = key[:64] if isinstance(key, str) and key else f"call-{at}"
    return Call(str(function.get("name", ""))[:64], told if isinstance(told, dict) else {"arguments": "no object"}, key)


def _sent(call: Call) -> Message:
    """A call as it stands in the conversation."""
    function = {"name": call.operation, "arguments": json.dumps(call.arguments)[:MOST_LETTERS]}
    return {"id": call.key, "type": "function", "function": function}


def _object(said: str) -> dict[str, Any] | None:
    """The JSON object in a text, perhaps in a fence or behind a word or two; None where there is none."""
    first, last = said.find("{"), said.rfind("}")
    if first < 0 or last < first:
        return None
    try:
        told = parse_json(said[first : last + 1].encode())
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _plain_call(each: Any) -> Call | None:
    if not isinstance(each, dict) or not isinstance(each.get("operation"), str):
        return None
    arguments = each.get("arguments", {})
    return Call(each["operation"][:64], arguments) if isinstance(arguments, dict) else None
