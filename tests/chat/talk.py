"""Songs to talk about, and what is heard of them without listening."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
import yaml

from console import Console, Song
from console.network.posterior import GainPosterior
from console.read.roles import Role, read_roles
from explainer.language.numbers import Numbers
from explainer.language.told.conditioning import Conditioning
from studio.chat import Conversation
from studio.session import OPERATIONS, Outcome, Session

UTTERANCES = yaml.safe_load((Path(__file__).parent / "utterances.yaml").read_text())
RATE_HZ = 8_000


@dataclass(frozen=True)
class Said:
    """Something that is said, and what is to be done of it.

    Args:
        nothing: whatever changes nothing is right.
    """

    song: str
    text: str
    after: tuple[str, ...]
    does: tuple[Any, ...]
    nothing: bool = False

    def __str__(self) -> str:
        return " | ".join((*self.after, self.text))


@cache
def utterances(half: str) -> list[Said]:
    """Those of one half."""
    rows = UTTERANCES[half]
    return [_said(row["song"], row["say"], tuple(row.get("after", ())), row["does"]) for row in rows]


def _said(song: str, text: str, after: tuple[str, ...], does: Any) -> Said:
    nothing = does == "nothing"
    return Said(song, text, after, () if nothing else tuple(map(tuple, does)), nothing)


@cache
def song(which: str, seconds: float = 4.0) -> Song:
    """One of the songs of the utterances: noise, each stem at its own level."""
    names = tuple(UTTERANCES["songs"][which])
    generator = torch.Generator().manual_seed(len(names))
    audio = 0.05 * torch.randn(len(names), 1, round(seconds * RATE_HZ), generator=generator)
    audio = audio * torch.linspace(0.4, 1.0, len(names))[:, None, None]
    roles = tuple(role for role, _ in read_roles(names))
    links = (("Kick In", "Kick Out"),) if "Kick In" in names else ()
    return Song(audio, names, RATE_HZ, roles=tuple(role or Role.OTHER for role in roles), title=which, links=links)


class Deaf:
    """A console's ears that hear what they are told: the correction of each stem in dB, and nothing of all others."""

    def __init__(self, believed: dict[str, float] | None = None) -> None:
        self.believed = believed or {}

    def listen(self, song: Song, listen: Any = None, anchor: str | None = None, **known: Any) -> GainPosterior:
        """In place of `listen_grouped`: what stands on the faders already is taken off."""
        correction_db = torch.tensor([0.0 if name == anchor else self.believed.get(name, 0.0) for name in song.names])
        certain = GainPosterior.certain(song.names, correction_db, anchor)
        return GainPosterior(song.names, certain.probability, anchor, song.silent)


class Quiet:
    """A writer that leaves all words to the phrase bank."""

    name, version, label = "bank", "0", "bank"
    numbers, conditioning, embedding_width, answers = Numbers.WRITTEN, Conditioning.REPORT, 0, False

    def write(self, asks: Any, temperature: float = 0.0, most_tokens: int = 400, seed: int = 0) -> list[str]:
        """Nothing, which is never right."""
        return [""] * len(asks)


class Watched(Session):
    """A session that keeps what it was asked to do."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked: list[tuple[Any, ...]] = []
        self.whole = self

    def do(self, operation: str, arguments: Any = None) -> Outcome:
        """Does it, and keeps it, unless this is only a copy to try something."""
        outcome = super().do(operation, arguments)
        if self.whole is self:
            told = dict(arguments or {})
            row = [operation] if operation == "ask" else [operation, *map(told.get, OPERATIONS[operation].model_fields)]
            while len(row) > 1 and (row[-1] is None or row[-1] is False):
                row.pop()
            self.asked.append(tuple(row))
        return outcome


HALVES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


@cache
def console() -> Console:
    """One for all tests, which never listens."""
    return Console.from_pretrained()


def talk(which: str, monkeypatch: Any, believed: dict[str, float] | None = None) -> Conversation:
    """A conversation on one of the songs, whose console hears what it is told to."""
    monkeypatch.setattr("studio.session.heard.listen_grouped", Deaf(believed).listen)
    return Conversation(Watched(song(which), console(), Quiet()))


def gains_after(said: Said, monkeypatch: Any, believed: dict[str, float]) -> tuple[float, ...]:
    """Where the faders should stand: what was said before is said, and then what is to be done is done."""
    conversation = talk(said.song, monkeypatch, believed)
    for before in said.after:
        conversation.say(before)
    for operation, *told in said.does:
        if operation != "ask":
            conversation.session.do(operation, dict(zip(OPERATIONS[operation].model_fields, told, strict=False)))
    return conversation.session.state.gains_db


def done(conversation: Conversation, text: str) -> tuple[tuple[Any, ...], ...]:
    """What is done when something is said."""
    before = len(conversation.session.asked)
    conversation.say(text)
    return tuple(conversation.session.asked[before:])
