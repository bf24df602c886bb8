"""What a session tells: what is heard, measured, asked and compared. No operation here changes anything."""

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from console.correct import rounded
from console.correct.links import heads_of
from console.errors import InputError
from explainer.advice.advice import Advice
from explainer.advice.shown import quoted
from explainer.phrasing.plan import Style
from explainer.phrasing.questions.asked import Asked, Operation
from studio.session.history import History
from studio.session.operations import Outcome
from studio.session.sentences import aim_said, left_said, levels_said
from studio.session.state import State

SAME_LU = 0.05  # rounding
OF_MOVES = (Asked.ALL, Asked.FIRST, Asked.MOVE)  # questions of what to do
Offers = tuple[tuple[str, dict[str, Any]], ...]


class Told(History):
    """The operations that listen, measure and answer."""

    def analyse(self) -> Outcome:
        """Listens to the stems as they were opened, and suggests a position for every fader."""
        advice = self._judged()
        suggested_db = self._by_name(self.heard.suggested_db(self.state))
        data = {"suggested_db": suggested_db, "moving": [stem.name for stem in advice.moving]}
        return Outcome("analyse", self._with_done(self.headline), data=data)

    suggest = analyse

    @property
    def headline(self) -> str:
        """The advice in one sentence, and what has to be known beside it."""
        from explainer.phrasing.conclusion import conclusion, notes

        return " ".join([conclusion(self.advice), *notes(self.advice)])

    @property
    def done(self) -> bool:
        """Whether there are faders to move, and all of them stand where they are suggested."""
        rows = zip(self.advice.stems, self.heard.suggested_db(self.state), self.state.gains_db, strict=True)
        moving = [aim_db == now_db for stem, aim_db, now_db in rows if stem.move.gain_db]
        return bool(moving) and all(moving)

    def measure(self) -> Outcome:
        """Measures the mix at the present faders, and listens to what is left to move."""
        return self._measured("measure", self.state)

    def explain(self, style: str | Style = Style.FULL) -> Outcome:
        """The advice in words, verified against its numbers."""
        advice = self._judged()
        self.tell("Finding words")
        said = self.heard.words(self.state, Style(style)) if self.state.strength_percent else advice
        return Outcome("explain", self._with_done(said.text or self.headline), data={"source": said.text_source})

    def ask(self, question: str) -> Outcome:
        """An answer to a question about the advice, verified; what needs another listening is offered.

        Raises: InputError for a question that is empty or too long.
        """
        from explainer.ask import answer, understood

        advice = self._judged()
        asked = understood(question, advice)
        self.tell("Finding words")
        told = answer(self.heard.explainer, advice, asked)
        offers = () if told.operation is None else tuple(self._offered(told.operation))
        said = self._with_done(told.text) if told.kind in OF_MOVES else told.text
        return Outcome("ask", said, offers=offers, data={"kind": told.kind, "source": told.source})

    def analyse_music(self) -> Outcome:
        """What the music is, at the present faders."""
        from explainer.music.chapters import facts, headline
        from explainer.music.for_model import for_model

        music = self.heard.analysed(self.state, self.tell)
        said = " ".join([headline(music), *music.missing])
        data = {"facts": [vars(fact) for fact in facts(music)], "report": for_model(music)}
        return Outcome("analyse_music", said, data=data)

    def feedback(self) -> Outcome:
        """How the production stands at the present faders, by rules."""
        from explainer.feedback.evaluation import evaluate
        from explainer.feedback.words import in_short

        advice = None  # of the stems as they were opened: where faders have moved since, it is no more of this mix
        with suppress(InputError):  # what has no balance to judge has music nevertheless
            if self.state.gains_db == self.heard.given_db(self.state):
                advice = self._judged()
        music, report = self.heard.music(self.state, self.tell)
        judged = evaluate(music, report, advice)
        return Outcome("feedback", in_short(judged), data=judged.as_data())

    def compare(self, step: int = 0) -> Outcome:
        """What differs between the mix after a step of the history (0: as opened) and the mix now.

        Raises: InputError for a step that there is none of.
        """
        from explainer.speak import explain_changes

        if not 0 <= step <= len(self.steps):
            raise InputError(f"There is no step {step}: the history has {len(self.steps)}.")
        before, now = self.steps[step - 1].state if step else self.opened, self.state
        self.tell("Measuring loudness")
        one, other = self.heard.levels(before.gains_db), self.heard.levels(now.gains_db)
        rows = zip(self.song.names, before.gains_db, now.gains_db, self.song.silent.tolist(), strict=True)
        changes_db = {name: rounded(b - a) for name, a, b, silent in rows if not silent}
        self.tell("Finding words")
        texts = explain_changes(self.heard.explainer, [changes_db])[0].text
        louder = other.loudness_lufs - one.loudness_lufs
        way = "as loud as A"
        if abs(louder) >= SAME_LU:
            way = f"{abs(louder):.1f} LU {'louder' if louder > 0 else 'softer'}"
        was = "as it was opened" if step == 0 else f"after step {step}"
        whole = f" As a whole, B is {way}." if math.isfinite(louder) else ""
        said = f"A is the mix {was}, B the mix as it is now. {texts}{whole}"
        data = {"changes_db": changes_db, "before": finite(vars(one)), "now": finite(vars(other))}
        return Outcome("compare", said, data=data)

    def _judged(self) -> Advice:
        """The advice; where it was not given yet, it is told what that takes."""
        if self.heard.known_advice(self.state) is None:
            self.tell("Measuring loudness")
            _ = self.heard.loudness_lufs
            self.tell("Listening" if self.state.reference is None else "Matching")
        return self.advice

    def _measured(self, operation: str, state: State) -> Outcome:
        """The mix of a state, measured, and what would still move, where that can be heard."""
        self.tell("Measuring loudness")
        levels = self.heard.levels(state.gains_db)
        if state.reference is None:
            self.tell("Listening again")
        try:
            left_db = self.heard.left_db(state)
        except InputError as error:  # what has no balance to judge has a level nevertheless
            return Outcome(operation, f"{levels_said(levels)} {error}", data={**finite(vars(levels)), "left_db": None})
        rows = zip(self.song.names, left_db, self.song.silent.tolist(), strict=True)
        sounding = [(name, db) for name, db, silent in rows if not silent]
        offers: Offers = ()
        if state.reference is not None:
            left = aim_said(sounding, quoted(self._title_of(state)))
        else:
            again = state.gains_db != self.heard.given_db(state)
            left = left_said(sounding, state.strength_percent, again)
            if again and state.strength_percent == 100:
                heads = set(heads_of(self.heard.song_of(state)))  # who takes the others along
                offers = tuple(("nudge", {"stem": n, "by_db": db}) for n, db in sounding if db and n in heads)
        data = {**finite(vars(levels)), "left_db": self._by_name(left_db)}
        return Outcome(operation, f"{levels_said(levels)} {left}", offers=offers, data=data)

    def _title_of(self, state: State) -> str:
        """What the reference of a state is called."""
        reference = self.heard.advice(state).reference
        return "the reference" if reference is None else reference.title

    def _with_done(self, said: str) -> str:
        """What is said of moves, and that they are made, where they are."""
        if not self.done:
            return said
        names = [stem.name for stem in self.advice.moving if stem.move.gain_db]
        faders = "fader stands" if len(names) == 1 else "faders stand"
        return f"{said} The {faders} there already."

    def _offered(self, operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
        """The session's operations for a command that an answer names; none for one that leaves something open."""
        if operation.name == "compare":
            yield "compare", {}
            return
        for option, value in zip(operation.arguments[::2], operation.arguments[1::2], strict=False):
            match option:
                case "--anchor" if value in self.song.names:
                    yield "anchor", {"stem": value}
                case "--lock" if value in self.song.names:
                    yield "lock", {"stems": [value]}
                case "--genre" if value != "GENRE":
                    yield "usual", {"genre": value}
                case "--strength":
                    yield "strength", {"percent": float(value)}
                case "--passes":
                    yield "measure", {}

    def _by_name(self, values: Sequence[float]) -> dict[str, float]:
        return dict(zip(self.song.names, values, strict=True))


def finite(values: dict[str, float]) -> dict[str, float | None]:
    """Figures as JSON has them: what is silent has no level."""
    return {key: value if math.isfinite(value) else None for key, value in values.items()}
