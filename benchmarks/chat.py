"""Requests to the conversation: how many are done right, by the grammar and by a language model that plans.

python benchmarks/chat.py [--llm MODEL] [--always] [--show]

MODEL is "http://HOST/v1#MODEL" of an OpenAI-compatible endpoint, or a folder of an instruct model (or smollm2), which
is then served on loopback for as long as this takes, without tools. Each request is made once to a fresh desk of four
stems, of which the console is told to hear that the vocals are 4 dB too loud. Right: the desk stands afterwards where
the request asked for, and what had to be asked or measured was. A wrong move: a fader that stands elsewhere. The
grammar does what it understands, and the model the rest; with --always the model plans all. Asked: how often the model
was; given up: where it was of no use, and the grammar took over.
"""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from console import Console, Song
from console.network.posterior import GainPosterior
from console.read.roles import Role
from studio.chat import Conversation
from studio.chat.llm.model import Model
from studio.session import Session, heard

RATE_HZ, SECONDS = 8_000, 5
FOUND_DB = {"vocals": -4.0}  # what the console is told to hear
MOST_TOKENS = 96  # of an answer of a model that is served here
TOOK_OVER = "was of no use"


@dataclass(frozen=True)
class Request:
    """What is said, and what is right.

    Args:
        faders_db: that are not at 0 afterwards.
        locks, anchor, genre, strength: as they are to be decided.
        told: an operation that has to be among the steps, as a question's or a measurement's.
        before: moves made by hand before.
    """

    text: str
    faders_db: dict[str, float] = field(default_factory=dict)
    locks: tuple[str, ...] = ()
    anchor: str | None = None
    genre: str | None = None
    strength: float = 100.0
    told: tuple[str, ...] = ()
    before: dict[str, float] = field(default_factory=dict)


REQUESTS = (
    Request("Turn the vocals up 2 dB.", {"vocals": 2}),
    Request("bass down 3", {"bass": -3}),
    Request("set the drums to minus 4 dB", {"drums": -4}),
    Request("vocals 2 dB up but leave the bass", {"vocals": 2}, locks=("bass",)),
    Request("drums and bass down 2 dB", {"drums": -2, "bass": -2}),
    Request("vocals up 2, drums down 1", {"vocals": 2, "drums": -1}),
    Request("lock the bass", locks=("bass",)),
    Request("the drums are the anchor", anchor="drums"),
    Request("apply it", {"vocals": -4}, told=("apply",)),
    Request("undo that", {}, before={"drums": 3}),
    Request("put the drums back to zero", {}, before={"drums": 3}),
    Request("judge it as metal", genre="metal"),
    Request("make it half as strong", strength=50),
    Request("how loud is it now?", told=("measure",)),
    Request("compare with the original", {"drums": 3}, told=("compare",), before={"drums": 3}),
    Request("why the vocals?", told=("ask", "explain")),
    Request("how sure are you about the vocals?", told=("ask", "explain")),
    Request("more reverb on the vocals", {}),
    Request("do not touch anything", {}, locks=("vocals", "drums", "bass", "other")),
    Request("what would you do first?", told=("ask", "explain", "analyse")),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llm", metavar="MODEL")
    parser.add_argument("--always", action="store_true", help="ask the model even where the grammar understands")
    parser.add_argument("--show", action="store_true", help="each request, what came of it, and what was said")
    options = parser.parse_args()
    heard.listen_grouped = _told  # type: ignore[assignment]
    print(f"| {len(REQUESTS)} requests | right | wrong moves | asked | given up | unverified | s a request |")
    print("|---|---|---|---|---|---|---|", flush=True)
    _row("the grammar", None, options)
    if options.llm is None:
        return
    if options.llm.startswith(("http://", "https://")):
        _row(options.llm.rpartition("#")[2], Model.at(options.llm), options)
        return
    with served(options.llm) as address:
        _row(options.llm, Model.at(address), options)


def _row(called: str, model: Model | None, options: argparse.Namespace) -> None:
    right = moves = asked = given_up = unverified = 0
    begun_s = time.monotonic()
    for request in REQUESTS:
        session = _desk(request)
        talk = Conversation(session, model, grammar_first=not options.always)
        asked += model is not None and not talk.is_for_grammar(request.text)
        reply = talk.say(request.text)
        failed = TOOK_OVER in reply.said
        wrong = _wrong_moves(session, request)
        fits = not wrong and _fits(session, request, {step.operation for step in reply.steps})
        given_up += failed
        right += fits
        moves += wrong
        unverified += not reply.verified
        if options.show:
            print(f"{'right' if fits else 'wrong'}{' (given up)' if failed else ''}: {request.text}\n    {reply.said}")
    each_s = (time.monotonic() - begun_s) / len(REQUESTS)
    of_model = "– | –" if model is None else f"{asked} | {given_up}"
    print(f"| {called} | {right} | {moves} | {of_model} | {unverified} | {each_s:.2f} |", flush=True)


def _desk(request: Request) -> Session:
    """A fresh song on the desk, listened to."""
    generator = torch.Generator().manual_seed(0)
    audio = 0.05 * torch.randn(4, 1, SECONDS * RATE_HZ, generator=generator)
    names = ("vocals", "drums", "bass", "other")
    session = Session(Song(audio, names, RATE_HZ, roles=tuple(map(Role, names))), Console.from_pretrained())
    for stem, by_db in request.before.items():
        session.nudge(stem, by_db)
    session.analyse()
    return session


def _told(song: Song, listen: Any = None, anchor: str | None = None, **known: Any) -> GainPosterior:
    """In place of listening, so that the same is right on every machine."""
    correction_db = torch.tensor([0.0 if name == anchor else FOUND_DB.get(name, 0.0) for name in song.names])
    certain = GainPosterior.certain(song.names, correction_db, anchor)
    return GainPosterior(song.names, certain.probability, anchor, song.silent)


def _wrong_moves(session: Session, request: Request) -> int:
    rows = zip(session.song.names, session.state.gains_db, strict=True)
    return sum(abs(db - request.faders_db.get(name, 0.0)) > 0.01 for name, db in rows)


def _fits(session: Session, request: Request, done: set[str]) -> bool:
    state = session.state
    decided = (set(state.locks), state.anchor, state.usual.genre, state.strength_percent)
    return decided == (set(request.locks), request.anchor, request.genre, request.strength) and (
        not request.told or not done.isdisjoint(request.told)
    )


@contextmanager
def served(base: str) -> Iterator[str]:
    """The address of a model behind the least that is an OpenAI-compatible endpoint: text in, text out, no tools."""
    sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
    from loopback import serving

    answer = _writer(base)
    one_at_a_time = threading.Lock()

    def told(body: dict[str, Any]) -> tuple[int, bytes]:
        if "tools" in body:
            return 400, b'{"error": {"message": "tools are not supported"}}'
        with one_at_a_time:
            text = answer(body["messages"], min(int(body.get("max_tokens", MOST_TOKENS)), MOST_TOKENS))
        return 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()

    with serving(told) as address:
        yield f"{address}#{base}"


def _writer(base: str) -> Callable[[list[dict[str, str]], int], str]:
    """What a model writes to a conversation, the likeliest."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from explainer.language.instructed.local import folder_of

    folder = str(folder_of(base))
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()

    def answer(messages: list[dict[str, str]], most: int) -> str:
        rows = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        with torch.inference_mode():
            ids = model.generate(**rows, max_new_tokens=most, do_sample=False, pad_token_id=tokenizer.eos_token_id)
        return str(tokenizer.decode(ids[0, rows["input_ids"].shape[1] :], skip_special_tokens=True))

    return answer


if __name__ == "__main__":
    main()
