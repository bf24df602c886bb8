"""Advice in, verified words out: each step of the plan is worded by a model, filled, read again and held against the
advice before anybody sees it; written again where it contradicts, and at last taken from the phrase bank.

A text with a slip of language that can be told without a model, or that tells a move twice, is written again, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from console.balance import ROLES
from console.correct import Action, Move
from console.errors import InputError
from console.read.song import Song
from console.stream.steps import heard_energies
from explainer.advice.advice import Advice, TextSource
from explainer.advice.names import aliases, restore
from explainer.advice.versions import back_from, changes_of
from explainer.language.numbers import Numbers
from explainer.language.slot_mask import lacking
from explainer.language.told.ask import Ask
from explainer.language.writer import Writer, writer
from explainer.measured.figures import measure
from explainer.measured.reasons import reasons
from explainer.phrasing.answers import Task, compare, instruction, respond, worded
from explainer.phrasing.bank import Draw
from explainer.phrasing.conclusion import conclusion, notes
from explainer.phrasing.plan import Step, StepKind, Style, plan, plan_changes
from explainer.phrasing.slots import fill
from explainer.phrasing.usual import with_place
from explainer.reading.agreement import contradictions, differences
from explainer.reading.questions.answered import misanswered
from explainer.reading.reader import parse, speaks_of_rest
from explainer.reading.slips import slips

TEMPERATURE = 0.3  # of a whole answer
TONE = 0.7  # of a step: words vary less below, and err more above
MOST_AT_ONCE = 32  # questions side by side
SEED = 0  # the same advice is said in the same words
STILL = Move(Action.LEAVE, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Explained:
    """A text on a mix, which its numbers bear out.

    Args:
        text: with the stems' own names.
        source: who wrote it.
        tries: how often the model wrote, of the step that it wrote most often.
        contradictions: what was wrong with what it wrote last, slips of language too; empty for a text of the model.
        written: the text with aliases as names.
        first: what the model wrote first, unverified, with aliases.
        steps, from_bank: how many steps the text has, and how many of them are the phrase bank's.
    """

    text: str
    source: TextSource
    tries: int
    contradictions: tuple[str, ...] = ()
    written: str = ""
    first: str = ""
    steps: int = 1
    from_bank: int = 0

    @property
    def at_once(self) -> bool:
        """Whether what the model wrote first is the text."""
        return self.source is TextSource.MODEL and self.tries == 1


def explain(
    explainer: Writer,
    advices: Sequence[Advice],
    style: Style = Style.FULL,
    tries: int = 3,
    embeddings: Sequence[Float[Tensor, "source width"] | None] | None = None,
    seed: int = 0,
) -> list[Explained]:
    """A verified text on each mix: written by the model, again where it contradicts, at last from the phrase bank.

    Args:
        tries: how often the explainer may write a step.
        embeddings: the console's, of the stems and the mix, where there are any.
        seed: another one, other words.

    Raises: InputError for advice without a stem that sounds.
    """
    known = [None] * len(advices) if embeddings is None else list(embeddings)
    for advice in advices:
        if all(stem.move.action is Action.SILENT for stem in advice.stems):
            raise InputError(f'There is nothing to explain: all stems of "{advice.song}" are silent.')
    rng = np.random.default_rng(seed)
    pairs = zip(advices, known, strict=True)
    asks = [Ask(advice, ask_for(advice, style, rng), embedding, style=style) for advice, embedding in pairs]
    return answers(explainer, asks, tries, seed)


def explain_changes(
    explainer: Writer,
    changes_db: Sequence[Mapping[str, float]],
    style: Style = Style.FULL,
    tries: int = 3,
    seed: int = 0,
) -> list[Explained]:
    """A verified text on each pair of versions of a song, A and B: what changed, and which way leads back to A.

    Args:
        changes_db: of each pair, how much louder each stem is in B than in A, dB.
        tries, seed: as of `explain`.

    Raises: InputError for a pair without a stem, or a change that is no number.
    """
    rng = np.random.default_rng(seed)
    backs = [back_from(changes) for changes in changes_db]
    asked = [instruction(Task.COMPARE, rng, style=style) for _ in backs]
    pairs = zip(backs, asked, strict=True)
    asks = [Ask(back, text, compare=True, style=style, task=Task.COMPARE) for back, text in pairs]
    return answers(explainer, asks, tries, seed)


def answers(explainer: Writer, asks: Sequence[Ask], tries: int = 3, seed: int = 0) -> list[Explained]:
    """A verified answer to each question, whole or step by step as the explainer writes; arguments as of `explain`."""
    if explainer.numbers is Numbers.WRITTEN:
        drafts = [_Draft(ask, (ask,), rng) for ask, rng in zip(asks, _chances(asks, seed), strict=True)]
    else:
        drafts = [_Draft(ask, _steps(ask), rng) for ask, rng in zip(asks, _chances(asks, seed), strict=True)]
    for at in range(max((len(draft.parts) for draft in drafts), default=0)):
        _write(explainer, [draft for draft in drafts if at < len(draft.parts)], at, tries, seed + at)
    return [draft.explained(tries) for draft in drafts]


def faults(text: str, ask: Ask) -> tuple[str, ...]:
    """Where an answer, or the text of a step with its slots, contradicts the numbers that the question is about."""
    if ask.step is None:
        return differences(text, ask.advice) if ask.compare else contradictions(text, ask.advice)
    return of_step(text, ask.step, ask.advice)


def of_step(text: str, step: Step, advice: Advice) -> tuple[str, ...]:
    """What is wrong with the text of a step, its slots not yet filled."""
    if found := lacking(text, step):
        return found
    filled = fill(text, step.slots)
    if not any(sign.isalpha() for sign in filled):
        return ("It says nothing.",)
    match step.kind:
        case StepKind.MOVE:
            wrong = contradictions(filled, _only(advice, step.stem))
        case StepKind.CHANGE | StepKind.SAME:
            wrong = differences(filled, _only(advice, step.stem))
        case StepKind.CLOSE | StepKind.KEPT:  # "apart from that, nothing moves": a claim of no fader
            wrong = tuple(f"It moves {claim.stem}." for claim in parse(filled, aliases(advice.names)).moves)
            if not speaks_of_rest(filled):
                wrong += ("It does not speak of what is left.",)
        case StepKind.ANSWER:
            return misanswered(text, step, advice)
        case _:
            wrong = contradictions(filled, advice, whole=step.kind is StepKind.BALANCED)
    return (*wrong, *slips(filled))


def ask_for(advice: Advice, style: Style, rng: np.random.Generator) -> str:
    """A question that does not give the answer away."""
    anchor = None if advice.anchor is None else advice.alias_by_name[advice.anchor]
    return instruction(Task.ANY, rng, anchor, style)


def with_reasons(advice: Advice, song: Song) -> Advice:
    """The advice with what was measured of its song that speaks for each move."""
    energy = heard_energies(song.sound)
    figures = measure(
        energy[None],
        torch.tensor([[ROLES.index(role) for role in song.roles]]),
        torch.tensor([[name == advice.anchor for name in song.names]]),
        advice.usual,
    )
    found = reasons(figures, [[stem.move.gain_db for stem in advice.stems]], [song.names])[0]
    pairs = zip(advice.stems, found, strict=True)
    return replace(advice, stems=tuple(replace(stem, reasons=of) for stem, of in pairs))


def in_words(
    advices: Sequence[Advice],
    style: Style = Style.FULL,
    explainer: Writer | str | Path | None = None,
    embeddings: Sequence[Float[Tensor, "source width"] | None] | None = None,
) -> list[Advice]:
    """The same advice with a text, which was verified against its numbers, and what has to be known beside it.

    Of advice from a reference, and where nothing moves, but a locked stem is off, no explainer is asked: to it what
    moves is wrong, and nothing to move is a mix that is right.

    Args:
        explainer: a trained explainer, or its folder or Hub name; the embedded one by default.
        embeddings: the console's, of each song's stems and mix, where it gave any.

    Raises: InputError for advice on silence, and for what is no explainer.
    """
    # What a reference asks for is no fault of the mix, and nothing that an explainer has learnt to speak of.
    stuck = [advice.reference is not None or (advice.still and bool(advice.held_back)) for advice in advices]
    asked = [at for at in range(len(advices)) if not stuck[at]]
    known = None if embeddings is None else [embeddings[at] for at in asked]
    told: Iterator[Explained] = iter(())
    if asked or explainer is not None:
        model = explainer if isinstance(explainer, Writer) else writer(explainer)
        told = iter(explain(model, [advices[at] for at in asked], style, embeddings=known, seed=SEED))

    def with_text(advice: Advice, held: bool) -> Advice:
        aside = notes(advice)
        if held:
            return replace(advice, text=" ".join([conclusion(advice), *aside]), text_source=TextSource.PHRASES)
        said = next(told)
        own = said.text if advice.usual is None else with_place(said.text, advice.usual)
        # The explainer counts what moves: what is locked and off comes before it.
        first, last = (aside[:1], aside[1:]) if advice.held_back else ((), aside)
        text = " ".join([*first, *(["Apart from that:"] if first else []), own, *last])
        return replace(advice, text=text, text_source=said.source)

    return list(map(with_text, advices, stuck))


@dataclass
class _Draft:
    """An answer on its way.

    Args:
        ask: the question.
        parts: what is written one after another: its steps, or the whole.
        rng: for what is taken from the phrase bank.
    """

    ask: Ask
    parts: tuple[Ask, ...]
    rng: np.random.Generator
    texts: list[str] = field(default_factory=list)
    firsts: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    tries: int = 0
    from_bank: int = 0

    def next(self, at: int) -> Ask:
        """The part to be written, told what was written before it."""
        return replace(self.parts[at], before=self.texts[-1] if self.texts else "")

    def take(self, at: int, text: str, tries: int) -> None:
        """Keeps what the model wrote."""
        self.texts.append(text)
        self.tries = max(self.tries, tries)

    def fall_back(self, at: int, tries: int, wrong: Sequence[str]) -> None:
        """Takes the phrase bank's words for a part."""
        step = self.parts[at].step
        self.texts.append(self.phrased() if step is None else worded(step, Draw(self.rng)))
        self.tries, self.from_bank, self.wrong = tries, self.from_bank + 1, [*self.wrong, *wrong]

    def phrased(self) -> str:
        """The whole answer in the phrase bank's words."""
        if self.ask.compare:
            return compare(changes_of(self.ask.advice), self.ask.style, self.rng)
        return respond(self.ask.advice, self.ask.style, self.rng)

    def explained(self, tries: int) -> Explained:
        """The text, all of it read once more where it was read in steps."""
        written, advice, source = self._filled(self.texts), self.ask.advice, TextSource.MODEL
        whole = differences if self.ask.compare else contradictions
        if len(self.parts) > 1 and (wrong := whole(written, advice)):
            written, self.tries, self.from_bank, self.wrong = self.phrased(), tries, len(self.parts), list(wrong)
        if self.from_bank:
            source = TextSource.PHRASES if self.from_bank == len(self.parts) else TextSource.MIXED
        text = restore(written, advice.names)
        first = self._filled(self.firsts)
        count = len(self.parts)
        return Explained(text, source, self.tries, tuple(self.wrong), written, first, count, self.from_bank)

    def _filled(self, texts: Sequence[str]) -> str:
        parts = zip(self.parts, texts, strict=True)
        return " ".join(text if part.step is None else _filled(text, part.step) for part, text in parts)


def _filled(text: str, step: Step) -> str:
    """The text of a step with what it has of slots; a foreign one, in what nobody verified, stays as it is."""
    return fill(text, step.slots) if not lacking(text, step) else text


def _write(explainer: Writer, drafts: Sequence[_Draft], at: int, tries: int, seed: int) -> None:
    """Writes one part of each draft, again where it is wrong."""
    left = sorted(drafts, key=lambda draft: len(draft.ask.advice.moving))  # alike lengths side by side
    for attempt in range(1, tries + 1):
        again: list[_Draft] = []
        for start in range(0, len(left), MOST_AT_ONCE):
            some = left[start : start + MOST_AT_ONCE]
            asks = [draft.next(at) for draft in some]
            texts = explainer.write(asks, TEMPERATURE if asks[0].step is None else TONE, seed=seed + attempt)
            for draft, ask, text in zip(some, asks, texts, strict=True):
                if attempt == 1:
                    draft.firsts.append(text)
                wrong = faults(text, ask) if ask.step is not None else (*faults(text, ask), *slips(text))
                if not wrong:
                    draft.take(at, text, attempt)
                elif attempt < tries:
                    again.append(draft)
                else:
                    draft.fall_back(at, tries, wrong)
        left = again


def _steps(ask: Ask) -> tuple[Ask, ...]:
    made = plan_changes(ask.advice, ask.style) if ask.compare else plan(ask.advice, ask.style)
    return tuple(replace(ask, step=step) for step in made.steps)


def _chances(asks: Sequence[Ask], seed: int) -> list[np.random.Generator]:
    return [np.random.default_rng((seed, at)) for at in range(len(asks))]


def _only(advice: Advice, stem: int | None) -> Advice:
    """The advice as if no other stem moved."""
    stems = advice.stems
    return replace(
        advice,
        stems=tuple(s if at == stem or not s.move.moves else replace(s, move=STILL) for at, s in enumerate(stems)),
    )
