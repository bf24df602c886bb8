"""Whoever answers for the feedback: a model behind an endpoint, or one on this machine."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from explainer.language.endpoint.chat_endpoint import ChatEndpoint, Messages
from explainer.language.endpoint.completion import read_completion
from explainer.language.endpoint.posting import Unanswered
from explainer.language.writer import UNTUNED

MOST_TOKENS = 3000  # of an answer, thoughts included
LOCAL_TOKENS = 240  # of a small one, which takes its time
TIMEOUT_S, TRIES = 180.0, 2
REFUSED = (400, 404, 422, 500, 501)  # what servers answer that know no schemas
THOUGHTS = re.compile(r".*</think>", re.DOTALL)


@runtime_checkable
class Speaker(Protocol):
    """Answers a conversation."""

    name: str

    def say(self, messages: Messages, schema: Mapping[str, Any] | None = None) -> str:
        """The answer, as JSON of that schema where there is one and the model can be held to it.

        Raises: Unanswered, in a few words; InputError for a model that cannot be had.
        """
        ...


class Remote:
    """A model behind an endpoint; a server that refuses schemas is asked without from then on."""

    def __init__(self, endpoint: ChatEndpoint):
        self.endpoint, self.name = endpoint, endpoint.name
        self.schemas = True

    def say(self, messages: Messages, schema: Mapping[str, Any] | None = None) -> str:
        """As of `Speaker`."""
        if schema is None or not self.schemas:
            return self._said(messages, {})
        form = {"type": "json_schema", "json_schema": {"name": "feedback", "strict": True, "schema": schema}}
        try:
            return self._said(messages, {"response_format": form})
        except Unanswered as error:
            if error.status not in REFUSED:
                raise
            self.schemas = False
            return self._said(messages, {})

    def _said(self, messages: Messages, fields: Mapping[str, object]) -> str:
        text = read_completion(self.endpoint.exchange(messages, fields, TIMEOUT_S, TRIES)).text
        return THOUGHTS.sub("", text).strip()


class Local:
    """A model on this machine, as `explainer.language.instructed.local.LocalModel` loads it."""

    def __init__(self, model: Any, name: str):
        self.model, self.name = model, name

    def say(self, messages: Messages, schema: Mapping[str, Any] | None = None) -> str:
        """As of `Speaker`; nothing holds it to a schema."""
        text = self.model.answers([messages], [None], 0.0, LOCAL_TOKENS, 0)[0]
        return THOUGHTS.sub("", str(text)).strip()


def speaker(source: str) -> Speaker:
    """Whoever is named: "http://HOST/v1#MODEL", its key in $MIXCONSOLE_KEY, or "hf:NAME" for a model here.

    Raises: InputError for what is none, and what cannot be had.
    """
    if source.startswith(UNTUNED):
        from explainer.language.instructed.local import LocalModel

        name = source.removeprefix(UNTUNED)
        return Local(LocalModel.load(name, guarded=False), name)
    from explainer.language.endpoint.address import endpoint_at

    endpoint = endpoint_at(source)
    endpoint.most_tokens = MOST_TOKENS
    endpoint.patience = replace(endpoint.patience, timeout_s=TIMEOUT_S)
    return Remote(endpoint)
