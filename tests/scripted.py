"""A chat endpoint on loopback that answers what a test scripts: calls of tools, texts, refusals, nothing in time."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

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

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told: Answer = says('{"ok": true}')
            if body["messages"][-1]["content"] != KNOCK:
                asked.append(body)
                told = answer(body, len(asked) - 1)
            status, sent = 200, b""
            if isinstance(told, int):
                status, sent = told, b'{"error": {"message": "tools are not supported"}}'
            elif isinstance(told, bytes):
                sent = told
            else:
                sent = json.dumps({"choices": [{"message": told}]}).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)
            except OSError:
                pass  # nobody waits any more

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def impatient(url: str, key_from: str | None = None, timeout_s: float = 5.0) -> Model:
    """The model behind such a server, asked once and without waiting between tries."""
    return Model(ChatEndpoint(url, "scripted", key_from, timeout_s=timeout_s, tries=1, first_wait_s=0.0))


def in_turn(*answers: Answer) -> Callable[[Body, int], Answer]:
    """One answer after another; the last again and again."""
    return lambda body, at: answers[min(at, len(answers) - 1)]
