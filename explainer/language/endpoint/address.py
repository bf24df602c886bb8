"""An endpoint as it is named on a command line: "http://HOST/v1#MODEL", its key in the environment."""

import os

from console.errors import InputError
from explainer.language.endpoint.chat_endpoint import ChatEndpoint

MOST_TOKENS = 1000  # of what an endpoint writes at once, thoughts included
TRIES, GIVE_UP_AFTER = 3, 3  # somebody waits: requests for an answer, and answers that fail to come
KEY_FROM = "MIXCONSOLE_KEY"  # the environment variable with the key


def endpoint_at(address: str) -> ChatEndpoint:
    """The endpoint at an address, which was asked once whether it is there.

    Raises: InputError for an address without a model, and as `ChatEndpoint` and its `check` do.
    """
    base_url, _, model = address.partition("#")
    if not model:
        raise InputError(f'The endpoint "{_shown(base_url)}" is named with its model: http://HOST/v1#MODEL.')
    key_from = KEY_FROM if os.environ.get(KEY_FROM) else None
    endpoint = ChatEndpoint(
        base_url, model, key_from, tries=TRIES, most_tokens=MOST_TOKENS, give_up_after=GIVE_UP_AFTER
    )
    endpoint.check()
    return endpoint


def _shown(address: str) -> str:
    """An address without what might be a key in it."""
    return address.rpartition("@")[2].partition("?")[0]
