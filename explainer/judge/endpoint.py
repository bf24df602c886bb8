"""A judge behind any endpoint that speaks the chat completions of OpenAI: hosted ones, vLLM, llama.cpp, Ollama."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from console.errors import InputError
from console.files.untrusted import parse_json
from explainer.judge.backend import Reply
from explainer.judge.posting import Patience, Unanswered, post
from explainer.judge.question import Question

if TYPE_CHECKING:
    from httpx2 import Client

HIDDEN = "***"
LONGEST_TOLD = 200  # characters of what a server says is wrong
HOPELESS = {
    401: "refuses the key",
    403: "refuses the key",
    404: "has no such model, or is no chat endpoint",
    405: "is no chat endpoint",
}


class Endpoint:
    """A model behind an OpenAI-compatible endpoint.

    The key is read from the environment when questions are put, and is held by the connection only: no log, error or
    file of ours ever has it.

    Args:
        base_url: up to "/v1"; "/chat/completions" is put behind it.
        model: as the endpoint calls it.
        key_from: the environment variable that holds the key; None sends none.
        timeout_s, tries, first_wait_s, longest_wait_s: as of `explainer.judge.posting.Patience`.
        most_at_once: requests side by side.
        json_mode: ask for a JSON object by `response_format`, which some servers do not know.
        options: further fields of the request's body; a temperature of 0 by default.
        give_up_after: so many questions in a row without an answer mean that the endpoint cannot be had.

    Raises: InputError for an address that is none, or that holds a name, a password or a query, where a key could be.
    """

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
        options: Mapping[str, object] | None = None,
        give_up_after: int = 8,
    ):
        if min(tries, most_at_once, give_up_after) < 1 or timeout_s <= 0:
            raise InputError(
                "A judge's tries, most_at_once and give_up_after are at least 1, and its timeout_s above 0."
            )
        self.url = f"{_checked(base_url)}/chat/completions"
        self.model, self.key_from = model, key_from
        self.patience = Patience(timeout_s, tries, first_wait_s, longest_wait_s)
        self.most_at_once, self.give_up_after = most_at_once, give_up_after
        self.options: dict[str, object] = {"temperature": 0.0} if options is None else dict(options)
        if json_mode:
            self.options.setdefault("response_format", {"type": "json_object"})

    @property
    def name(self) -> str:
        """The model's."""
        return self.model

    def replies(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """A reply to each question, in their order.

        Raises: InputError where the key is missing or refused, the endpoint is none, or it keeps silent.
        """
        import httpx2  # only those who ask a server need it

        headers = httpx2.Headers({"Content-Type": "application/json"})  # which shows no key when it is shown
        if self.key_from is not None:
            headers["Authorization"] = f"Bearer {_key(self.key_from)}"
        with httpx2.Client(headers=headers, follow_redirects=False) as client:
            run = _Run(client)
            with ThreadPoolExecutor(self.most_at_once) as pool:
                try:
                    yield from pool.map(partial(self._reply, run), questions)
                finally:
                    run.stopped.set()  # nobody waits for what nobody wants any more

    def _reply(self, run: "_Run", question: Question) -> Reply:
        if run.stopped.is_set():
            return Reply(failure="stopped")
        body = {"model": self.model, "messages": [{"role": "user", "content": question.text}], **self.options}
        try:
            reply = Reply(_content(post(run.client, self.url, _bytes(body), self.patience, run.stopped.wait)))
        except Unanswered as error:
            if error.status in HOPELESS:
                raise InputError(f'The judge at "{self.url}" {HOPELESS[error.status]} (HTTP {error.status}).') from None
            told = run.hidden(_told(error.body))
            failed = run.count(False)
            if failed >= self.give_up_after:
                raise InputError(
                    f'The judge at "{self.url}" left {failed} questions in a row unanswered ({error}{told}).'
                ) from None
            return Reply(failure=str(error))
        run.count(True)
        return Reply(run.hidden(reply.text))


@dataclass
class _Run:
    """One connection, and how it goes.

    Args:
        failed: questions without an answer since the last one that had one.
    """

    client: "Client" = field(repr=False)
    stopped: Event = field(default_factory=Event)
    failed: int = 0
    lock: Lock = field(default_factory=Lock)

    def count(self, answered: bool) -> int:
        """The questions in a row without an answer, this one included."""
        with self.lock:
            self.failed = 0 if answered else self.failed + 1
            return self.failed

    def hidden(self, text: str) -> str:
        """A text from the server without the key, should the server repeat it."""
        _, _, key = self.client.headers.get("Authorization", "").partition(" ")
        return text.replace(key, HIDDEN) if key else text


def _checked(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        _ = parts.port  # a ValueError for one that is none
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f'"{base_url}" is no address of a judge: give one such as "http://127.0.0.1:8000/v1".')
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise InputError(
            f'The address of the judge at "{parts.hostname}" may hold no name, password or query: put the key into an '
            "environment variable, and that variable's name into key_from."
        )
    return base_url.rstrip("/")


def _key(variable: str) -> str:
    """The key in an environment variable, of which nothing is ever shown."""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise InputError(f"The environment variable {variable} holds no key for the judge.")
    if not key.isascii() or not key.isprintable() or " " in key:  # an error of httpx2 would show it
        del key  # some show an error with the variables around it
        raise InputError(f"The environment variable {variable} holds signs that no key has.")
    return key


def _bytes(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=True, allow_nan=False).encode()


def _content(body: bytes) -> str:
    """The text of a chat completion.

    Raises: Unanswered for what is none.
    """
    try:
        content = parse_json(body)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError):
        raise Unanswered("no chat completion") from None
    if isinstance(content, list):  # in parts
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if content is None:
        return ""
    if not isinstance(content, str):
        raise Unanswered("no chat completion")
    return content


def _told(body: bytes) -> str:
    """What a server says is wrong, on one line."""
    try:
        error = parse_json(body)
    except ValueError:
        return ""
    for key in ("error", "message", "detail"):
        if isinstance(error, dict):
            error = error.get(key, error)
    text = " ".join(error.split()) if isinstance(error, str) else ""
    return f": {text}" if text and text.isprintable() and len(text) <= LONGEST_TOLD else ""
