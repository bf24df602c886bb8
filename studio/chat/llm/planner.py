"""A language model plans what a user asked for, step by step; every outcome is fed back, and all is bounded."""

from collections.abc import Sequence
from time import monotonic

from console.errors import InputError
from explainer.language.endpoint.posting import Unanswered
from studio.chat.llm.aliases import Aliases
from studio.chat.llm.claims import untrue
from studio.chat.llm.model import Call, Message, Model, takes_no_tools
from studio.chat.llm.slots import filled
from studio.chat.llm.told import system, table_text, tools
from studio.chat.reply import Reply
from studio.session import OPERATIONS, Outcome, Session
from studio.session.sentences import moved_said

MOST_STEPS = 6  # answers of the model to one thing that is said
MOST_OPERATIONS = 8  # that it may ask for meanwhile, those that fail too
MOST_TIME_S = 120.0  # for all of them
MOST_BROKEN = 2  # answers that cannot be read
KEPT = 8  # messages of what was said before
MOST_OUTCOME = 700  # letters of an outcome that are fed back
UNVERIFIED = "(The figures in this sentence are the language model's own, and were not checked.)"
UNTRUE = "(This does not agree with what was done: {})"
FAILED = "failed: "
AGAIN = ("undo", "redo")  # what may be asked for twice in the same words
NO_FORM = "That was no JSON object of the form that was asked for. Answer again, with it alone."
STOPPED = "The language model did not come to an end: what it did so far is above."


class Failed(Exception):
    """The model could not be used; nothing was done. The message says why, in a few words."""


class Planner:
    """Lets a language model do what is said.

    Args:
        session: what it works on.
        model: which plans.
    """

    def __init__(self, session: Session, model: Model) -> None:
        self.session, self.model = session, model
        self.before: list[Message] = []

    def say(self, text: str) -> Reply:
        """What was done, and what is said to it. Raises: Failed where the model was of no use, and nothing was done."""
        return _Saying(self, text).reply()

    def passed_over(self, text: str) -> None:
        """Keeps what was typed, and done without the model."""
        self.remember(Aliases(self.session).in_what_is_said(text), "")

    def remember(self, text: str, said: str) -> None:
        """Keeps what was said, by aliases, for what comes next."""
        told: list[Message] = [{"role": "user", "content": text}, {"role": "assistant", "content": said or "Done."}]
        self.before = [*self.before, *told][-KEPT:]


class _Saying:
    """One thing that is said, as it is worked on."""

    def __init__(self, planner: Planner, text: str) -> None:
        self.planner, self.session, self.model = planner, planner.session, planner.model
        self.aliases = Aliases(self.session)
        self.text = self.aliases.in_what_is_said(text)
        self.end_s = monotonic() + MOST_TIME_S
        self.start_db, self.start_at = self.session.state.gains_db, self.session.at
        self.steps: list[Outcome] = []
        self.done: list[tuple[str, str]] = []
        self.asked = 0

    def reply(self) -> Reply:
        """What came of it."""
        try:
            said = self._in_tools() if self.model.tools is not False else None
            if said is None:
                said = self._in_json()
            if not (said or self.steps):
                raise Unanswered("it said nothing")
        except (Unanswered, InputError) as error:
            if not self.steps:
                raise Failed(str(error)) from None
            return self._told("", f"Then the language model broke off ({error}).")
        return self._told(said)

    def _in_tools(self) -> str | None:
        """What the model says in the end; None where the server takes no tools, or the model may not know them."""
        messages = self._opening(plain=False)
        for _ in range(MOST_STEPS):
            try:
                turn = self.model.turn(messages, tools(), self._left_s())
            except Unanswered as error:
                if self.model.tools or self.steps or not takes_no_tools(error):
                    raise
                self.model.tools = False
                return None
            self.model.tools = self.model.tools or bool(turn.calls) or None
            if not turn.calls:
                return turn.text if self.model.tools else self._untold(turn.text)
            messages.append(turn.sent)
            for call in turn.calls:
                told = self._do(call)
                messages.append({"role": "tool", "tool_call_id": call.key, "content": told})
            if self.asked >= MOST_OPERATIONS:
                break
        return STOPPED

    def _untold(self, text: str) -> str:
        """What is said by a model that never called a tool: some servers drop tools, and do not tell."""
        try:
            return self._in_json()
        except Unanswered:
            if self.steps or not text:
                raise
            return text

    def _in_json(self) -> str:
        """The same without tools. Raises: Failed where the model does not keep to the form, and did nothing."""
        messages = self._opening(plain=True)
        broken = 0
        for _ in range(MOST_STEPS):
            turn = self.model.plain_turn(messages, self._left_s())
            broken += turn.broken
            if broken == MOST_BROKEN and not self.steps:
                raise Unanswered("it answers in no form that could be read")
            if broken == MOST_BROKEN:
                return STOPPED
            if not (turn.calls or turn.broken):
                return turn.text
            told = [(call.operation, self._do(call)) for call in turn.calls]
            if turn.text and not any(came.startswith(FAILED) for _, came in told) and not turn.broken:
                return turn.text  # all has been said at once
            if self.asked >= MOST_OPERATIONS:
                break
            outcomes = "\n".join(f"{operation}: {came}" for operation, came in told)
            messages += [turn.sent, {"role": "user", "content": NO_FORM if turn.broken else outcomes}]
        return STOPPED

    def _opening(self, plain: bool) -> list[Message]:
        return [
            system(self.session, self.aliases, plain),
            *self.planner.before,
            {"role": "user", "content": self.text},
        ]

    def _left_s(self) -> float:
        """Time that is left. Raises: Unanswered where there is none."""
        left_s = self.end_s - monotonic()
        if left_s <= 0:
            raise Unanswered("time-out")
        return left_s

    def _do(self, call: Call) -> str:
        """Does what a call asks for, and says what came of it, by aliases."""
        self.asked += 1
        if self.asked > MOST_OPERATIONS:
            return f"{FAILED}that is more than may be done at once."
        if call.operation not in OPERATIONS:
            return f"{FAILED}there is no such operation; there are {', '.join(OPERATIONS)}."
        strangers = self.aliases.unknown(call.arguments)
        if strangers:
            return f"{FAILED}there is no such stem; there are {', '.join(self.aliases.called)}."
        key = (call.operation, repr(sorted(call.arguments.items(), key=str)))
        if key in self.done:
            return f"{FAILED}that is done already."
        try:
            outcome = self.session.do(call.operation, self.aliases.with_names(call.arguments))
        except InputError as error:
            return f"{FAILED}{self.aliases.hide(str(error))}"[:MOST_OUTCOME]
        if call.operation not in AGAIN:
            self.done.append(key)
        self.steps.append(outcome)
        changed = sorted({change.stem for change in outcome.changes}, key=self.session.song.names.index)
        rows = table_text(self.session, self.aliases, changed) if changed else ""
        return "\n".join(filter(None, (self.aliases.hide(outcome.said)[:MOST_OUTCOME], rows)))

    def _moved_db(self) -> list[float]:
        """By how much each fader was moved meanwhile."""
        return [now - before for now, before in zip(self.session.state.gains_db, self.start_db, strict=True)]

    def _told(self, said: str, beside: str = "") -> Reply:
        """The reply: what was done, in our words, and what the model says, its slots filled."""
        own = said == STOPPED
        text, verified = (said, True) if own else filled(said, self.session.table, self.aliases)
        remarks = [beside] if verified else [beside, UNVERIFIED]
        changed = self.session.at != self.start_at or any(outcome.changes for outcome in self.steps)
        wrong = () if own else untrue(text, self.aliases.called, self._moved_db(), changed)
        if wrong:
            verified = False
            remarks.append(UNTRUE.format(self.aliases.restore(" ".join(wrong))))
        self.planner.remember(self.text, self.aliases.hide(said))
        parts = [*_said(self.steps), self.aliases.restore(text), *remarks]
        offers = tuple(offer for outcome in self.steps for offer in outcome.offers if offer[1])
        return Reply(" ".join(filter(None, parts)), verified, tuple(self.steps), offers)


def _said(outcomes: Sequence[Outcome]) -> list[str]:
    """What was done, moves in one sentence."""
    changes = [change for outcome in outcomes for change in outcome.changes]
    if len(outcomes) > 1 and changes and all(outcome.operation in ("nudge", "set") for outcome in outcomes):
        return [moved_said(changes), *(outcome.said for outcome in outcomes if not outcome.changes)]
    return [outcome.said for outcome in outcomes]
