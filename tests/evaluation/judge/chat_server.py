"""A chat endpoint on loopback that speaks OpenAI's protocol, well or badly: the model's name says how.

Run as a program it prints its port. GET /log tells what it was asked, and how many requests it had at a time.
"""

import json
import re
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CRITERIA = "technical_accuracy helpfulness fluency reasoning_specificity staying_within_gain_advice".split()
LOCK = threading.Lock()
LOG: list[dict] = []
SEEN: Counter = Counter()
NOW: Counter = Counter()
MOST_AT_ONCE: Counter = Counter()


def verdict(texts: list[str], model: str) -> str:
    """Scores from the answers' lengths, so that they go with the answers wherever these stand."""
    scores = [1 + len(text) % 5 for text in texts]
    if model == "likes-the-first":
        scores = [5] + [3] * (len(texts) - 1)
    if model == "nine":
        scores[-1] = 9
    entries = [{"answer": i, "why": "so", **dict.fromkeys(CRITERIA, s)} for i, s in enumerate(scores, start=1)]
    text = json.dumps({"answers": entries})
    if model == "fenced":
        return f"Here is what I think:\n```json\n{text}\n```\n"
    return text[: len(text) // 2] if model == "cut" else text


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(200, {"requests": LOG, "most_at_once": MOST_AT_ONCE})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model = body["model"]
        with LOCK:
            NOW[model] += 1
            MOST_AT_ONCE[model] = max(MOST_AT_ONCE[model], NOW[model])
        try:
            self.chat(body, model)
        except OSError:  # the client has gone
            self.close_connection = True
        finally:
            with LOCK:
                NOW[model] -= 1

    def chat(self, body: dict, model: str) -> None:
        with LOCK:
            LOG.append({"model": model, "authorization": self.headers.get("Authorization"), "body": body})
            SEEN[model] += 1
            first = SEEN[model] == 1
        if self.path != "/v1/chat/completions":
            return self.answer(404, {"error": {"message": "no such page"}})
        if model == "refuses":
            return self.answer(401, {"error": {"message": f"Bad key {self.headers.get('Authorization')}"}})
        if model == "bad-request":
            told = f"Unknown field response_format for {self.headers.get('Authorization')}"
            return self.answer(400, {"error": {"message": told}})
        if model == "newer" and "max_tokens" in body:
            told = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return self.answer(400, {"error": {"message": told, "code": "unsupported_parameter"}})
        if model == "busy-once" and first:
            return self.answer(429, {}, {"Retry-After": "1"})
        if model == "busy-until" and first:
            until = datetime.now(UTC) + timedelta(seconds=2)
            return self.answer(503, {}, {"Retry-After": format_datetime(until, usegmt=True)})
        if model == "busy-for-an-hour":
            return self.answer(429, {}, {"Retry-After": "3600"})
        if model == "broken" or (model == "broken-once" and first):
            return self.answer(500, {"error": "oops"})
        if model == "moved":
            return self.answer(302, {}, {"Location": "/v1/elsewhere"})
        if model == "slow" or (model == "slow-once" and first):
            time.sleep(1.0)
        if model == "side-by-side":
            time.sleep(0.1)
        if model == "page":
            return self.send(200, b"<html>It works!</html>")
        if model == "no-choices":
            return self.answer(200, {"object": "list", "data": []})
        if model == "endless":
            return self.send(200, b"x" * 2**21)
        data = re.search(r"<data>\n(.*)\n</data>", body["messages"][0]["content"])
        if data is None:
            return self.answer(200, {"choices": [{"message": {"content": '{"ok": true}'}, "finish_reason": "stop"}]})
        said = verdict([answer["text"] for answer in json.loads(data[1])["answers"]], model)
        if model == "repeats-the-key":
            said += f" by {self.headers['Authorization']}"
        content = [{"type": "text", "text": said}] if model == "in-parts" else None if model == "silent" else said
        message = {"role": "assistant", "content": content}
        ended = "length" if model == "cut" else "stop"
        whole = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": ended}]}).encode()
        if model == "truncated" or (model == "truncated-once" and first):
            self.send(200, whole[:40], len(whole))
            self.close_connection = True
            return None
        if model == "drips":
            self.send(200, b"", len(whole))
            for at in range(len(whole)):
                self.wfile.write(whole[at : at + 1])
                self.wfile.flush()
                time.sleep(0.05)
            return None
        return self.send(200, whole)

    def answer(self, status: int, told: dict, headers: dict[str, str] | None = None) -> None:
        self.send(status, json.dumps(told).encode(), headers=headers)

    def send(self, status: int, body: bytes, length: int | None = None, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()
