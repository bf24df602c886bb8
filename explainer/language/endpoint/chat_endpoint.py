"""A model behind any endpoint that speaks the chat completions of OpenAI: hosted ones, vLLM, llama.cpp, Ollama."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event, Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, NamedTuple
from urllib.parse import urlsplit

from console.errors import InputError
from explainer.language.endpoint.completion import read_completion, said_wrong
from explainer.language.endpoint.posting import NO_CONNECTION, Patience, Unanswered, post

if TYPE_CHECKING:
    from httpx2 import Client

Messages = list[dict[str, str]]  # a conversation: who says what

HIDDEN = "***"
NOTHING: Mapping[str, object] = MappingProxyType({})
TEMPERATURE = "temperature"  # which some take no other of than their own
LIMIT, NEWER_LIMIT = "max_tokens", "max_completion_tokens"  # some take only the one, newer ones only the other
KNOCK, KNOCK_TOKENS = 'Reply with the JSON object {"ok": true} and nothing else.', 16
HOPELESS = {
    401: "refuses the key",
    403: "refuses the key",
    404: "has no such model, or is no chat endpoint",
    405: "is no chat endpoint",
}


class Answer(NamedTuple):
    """What came back on one conversation.

    Args:
        text: what the model wrote.
        failure: why nothing came back; "" where something did.
        cut: the server says that it broke off, as longer than an answer may be.
    """

    text: str = ""
    failure: str = ""
    cut: bool = False


class ChatEndpoint:
    """A model behind an OpenAI-compatible endpoint.

    The key is read from the environment when questions are put, and is held by the connection only: no log, error or
    file of ours ever has it.

    Args:
        base_url: up to "/v1"; "/chat/completions" is put behind it.
        model: as the endpoint calls it.
        key_from: the environment variable that holds the key; None sends none.
        timeout_s, tries, first_wait_s, longest_wait_s: as of `explainer.language.endpoint.posting.Patience`.
        most_at_once: requests side by side.
        most_tokens: of an answer, thoughts included, sent as `max_tokens`, or as `max_completion_tokens` to a server
            that asks for that; None leaves it to the server, which may stop after a few words.
        options: further fields of the request's body; a temperature of 0 by default.
        give_up_after: so many conversations in a row without an answer, asked for at once or one after another, mean
            that the endpoint cannot be had.

    Raises: InputError for settings that cannot be, an address that is none, or one that holds a name, a password or a
        query, where a key could be.
    """

    called: ClassVar[str] = "language model"  # in what is said to people

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
        most_tokens: int | None = None,
        options: Mapping[str, object] | None = None,
        give_up_after: int = 8,
    ):
        if min(tries, most_at_once, give_up_after, 1 if most_tokens is None else most_tokens) < 1 or timeout_s <= 0:
            raise InputError(
                f"A {self.called}'s tries, most_at_once, give_up_after and most_tokens are at least 1, "
                "its timeout_s is above 0."
            )
        if min(first_wait_s, longest_wait_s) < 0:
            raise InputError(f"A {self.called}'s first_wait_s and longest_wait_s are 0 or more.")
        self.url = f"{_checked(base_url, self.called)}/chat/completions"
        self.model, self.key_from = model, key_from
        self.patience = Patience(timeout_s, tries, first_wait_s, longest_wait_s)
        self.most_at_once, self.give_up_after = most_at_once, give_up_after
        self.most_tokens = most_tokens
        self.options: dict[str, object] = {TEMPERATURE: 0.0} if options is None else dict(options)
        self.told = options is not None
        self.standing = _Standing()

    @property
    def name(self) -> str:
        """The model's."""
        return self.model

    def check(self) -> None:
        """Puts a short question once, which costs next to nothing.

        Raises: InputError where the key is missing or refused, nobody listens at the address, or it is no chat endpoint
            with such a model. A server that is only busy, slow or broken passes: it may recover.
        """
        with self._client() as client:
            run = _Run(client)
            try:
                self._asked(run, [said("user", KNOCK)], replace(self.patience, tries=1), KNOCK_TOKENS)
            except Unanswered as error:
                self._give_up(error)
                if error.status is None and str(error) == NO_CONNECTION:
                    raise InputError(
                        f'The {self.called} at "{self.url}" cannot be reached ({error}): start it, or mend the address.'
                    ) from None

    def answers(self, conversations: Sequence[Messages], temperature: float | None = None) -> Iterator[Answer]:
        """An answer to each conversation, in their order.

        Args:
            temperature: in place of 0, unless the server takes none but its own; where the endpoint was given options,
                these count.

        Raises: InputError where the key is missing or refused, the endpoint is none, or it keeps silent.
        """
        with self._client() as client:
            run = _Run(client, {} if temperature is None or self.told else {TEMPERATURE: temperature})
            with ThreadPoolExecutor(self.most_at_once) as pool:
                try:
                    yield from pool.map(partial(self._answer, run), conversations)
                finally:
                    run.stopped.set()  # nobody waits for what nobody wants any more

    def exchange(
        self, messages: Sequence[Mapping[str, object]], fields: Mapping[str, object], timeout_s: float, tries: int = 1
    ) -> bytes:
        """What the server sends to one conversation, whole, asked with further fields of the request, such as tools.

        Args:
            timeout_s, tries: for the answer, where that is less than the endpoint's.

        Raises: InputError where the key is missing or refused, or the endpoint is none; Unanswered where nothing came,
            or the server refused the request.
        """
        own = self.patience
        patience = replace(own, timeout_s=min(timeout_s, own.timeout_s), tries=min(tries, own.tries))
        with self._client() as client:
            run = _Run(client)
            try:
                body = self._asked(run, messages, patience, self.most_tokens, fields)
            except Unanswered as error:
                self._give_up(error)
                raise
            return run.hidden(body.decode("utf-8", "replace")).encode()

    def _client(self) -> "Client":
        """A connection, which alone holds the key."""
        import httpx2  # only those who ask a server need it

        headers = httpx2.Headers({"Content-Type": "application/json"})  # which shows no key when it is shown
        if self.key_from is not None:
            headers["Authorization"] = f"Bearer {_key(self.key_from, self.called)}"
        return httpx2.Client(headers=headers, follow_redirects=False)

    def _answer(self, run: "_Run", messages: Messages) -> Answer:
        if run.stopped.is_set():
            return Answer(failure="stopped")
        try:
            text, cut = read_completion(self._asked(run, messages, self.patience, self.most_tokens))
        except Unanswered as error:
            self._give_up(error)
            told = run.hidden(said_wrong(error.body))
            failed = self.standing.count(False)
            if failed >= self.give_up_after:
                raise InputError(
                    f'The {self.called} at "{self.url}" left {failed} questions in a row unanswered ({error}{told}).'
                ) from None
            return Answer(failure=str(error))
        self.standing.count(True)
        return Answer(run.hidden(text), cut=cut)

    def _asked(
        self,
        run: "_Run",
        messages: Sequence[Mapping[str, object]],
        patience: Patience,
        most_tokens: int | None,
        fields: Mapping[str, object] = NOTHING,
    ) -> bytes:
        """What the server answers; what it turns out to want otherwise is so from then on."""
        limit, steady = self.standing.limit, self.standing.steady
        body: dict[str, object] = {"model": self.model, "messages": messages, **self.options, **run.options, **fields}
        if steady and run.options:
            del body[TEMPERATURE]
        if most_tokens is not None and not {LIMIT, NEWER_LIMIT} & self.options.keys():
            body[limit] = most_tokens
        try:
            return post(run.client, self.url, _bytes(body), patience, run.stopped.wait)
        except Unanswered as error:
            refused = error.body if error.status in (400, 422) else b""
            if limit == LIMIT and limit in body and NEWER_LIMIT.encode() in refused:
                self.standing.limit = NEWER_LIMIT
            elif run.options and not steady and TEMPERATURE.encode() in refused:
                self.standing.steady = True
            else:
                raise
        return self._asked(run, messages, patience, most_tokens, fields)

    def _give_up(self, error: Unanswered) -> None:
        """Raises: InputError where no other question would fare better."""
        if error.status in HOPELESS:
            raise InputError(
                f'The {self.called} at "{self.url}" {HOPELESS[error.status]} (HTTP {error.status}).'
            ) from None


@dataclass
class _Run:
    """One connection, and how it goes.

    Args:
        options: that count more than the endpoint's: a temperature, or none.
    """

    client: "Client" = field(repr=False)
    options: Mapping[str, object] = field(default_factory=dict)
    stopped: Event = field(default_factory=Event)

    def hidden(self, text: str) -> str:
        """A text from the server without the key, should the server repeat it."""
        _, _, key = self.client.headers.get("Authorization", "").partition(" ")
        return text.replace(key, HIDDEN) if key else text


@dataclass
class _Standing:
    """What is known of a server by now, from one connection to the next.

    Args:
        failed: questions without an answer since the last one that had one.
        limit: what the server calls the most tokens of a reply.
        steady: the server takes no temperature but its own.
    """

    failed: int = 0
    limit: str = LIMIT
    steady: bool = False
    lock: Lock = field(default_factory=Lock)

    def count(self, answered: bool) -> int:
        """The questions in a row without an answer, this one included."""
        with self.lock:
            self.failed = 0 if answered else self.failed + 1
            return self.failed


def said(who: str, text: str) -> dict[str, str]:
    """One message of a conversation."""
    return {"role": who, "content": text}


def _checked(base_url: str, called: str) -> str:
    try:
        parts = urlsplit(base_url)
        _ = parts.port  # a ValueError for one that is none
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f'"{base_url}" is no address of a {called}: give one such as "http://127.0.0.1:8000/v1".')
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise InputError(
            f'The address of the {called} at "{parts.hostname}" may hold no name, password or query: put the key into '
            "an environment variable, and that variable's name into key_from."
        )
    return base_url.rstrip("/")


def _key(variable: str, called: str) -> str:
    """The key in an environment variable, of which nothing is ever shown."""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise InputError(f"The environment variable {variable} holds no key for the {called}.")
    if not key.isascii() or not key.isprintable() or " " in key:  # an error of httpx2 would show it
        del key  # some show an error with the variables around it
        raise InputError(f"The environment variable {variable} holds signs that no key has.")
    return key


def _bytes(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=True, allow_nan=False).encode()
