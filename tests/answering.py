"""A chat endpoint on loopback whose answers a test scripts."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = '{"ok": true}'
            if body["messages"][0]["content"] != KNOCK:
                asked.append(body)
                text = answer(body["messages"])
            why = refusing(body)
            told: dict = {"choices": [{"message": {"role": "assistant", "content": text}}]}
            sent = json.dumps(told if why is None else {"error": {"message": why}}).encode()
            self.send_response(200 if why is None else 400)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
