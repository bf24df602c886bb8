"""A conversation about the song on the desk."""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

from console.errors import InputError
from explainer.advice.shown import quoted
from explainer.ask import understood as asked
from explainer.phrasing.questions.asked import Asked
from studio.chat.examples import can_be_said
from studio.chat.grammar.plan import Memory, Part
from studio.chat.grammar.rules.moves import OF_SIZES
from studio.chat.grammar.understand import understood
from studio.chat.llm.model import Model
from studio.chat.llm.planner import Failed, Planner
from studio.chat.musical import of_music
from studio.chat.reply import Offer, Reply
from studio.chat.standing import by_level, standing
from studio.session import OPERATIONS, Outcome, Session

LONGEST = 1000  # letters of what is said at once
OF_JUDGING = ("anchor", "usual", "strength", "role", "link", "unlink")
WITHOUT = "(The language model was of no use: {}. What follows was understood without it.)"
NOT_SAVED = "Nothing is written from here: in the terminal :export DIR does it, on the page the downloads do."
IN_FORMAT = (
    "Nothing is written yet: in the terminal “:export reaper.zip FILE” writes a REAPER project, and “:help” lists all "
    "kinds; on the page the downloads do. “save” writes the mix, the advice and a picture."
)


class Conversation:
    """What is typed becomes operations of a session, and answers; it shares the session with whoever else holds it.

    Args:
        session: of the song that is spoken of.
        model: a language model that plans what the grammar of commands does not understand, and answers; None: the
            explainer answers, and what the grammar does not understand is not done.
        save: writes the result, and says where; None: nobody can.
        grammar_first: whether the grammar does what it understands; else the model plans all.
    """

    def __init__(
        self,
        session: Session,
        model: Model | None = None,
        save: Callable[[], str] | None = None,
        grammar_first: bool = True,
    ) -> None:
        self.session, self.save, self.grammar_first = session, save, grammar_first
        self.planner = None if model is None else Planner(session, model)
        self.memory = Memory()

    def say(self, text: str) -> Reply:
        """What is answered, after it was done. What is not understood moves nothing, and is told so.

        Raises: InputError for a text that is empty or too long.
        """
        if not any(sign.isalnum() for sign in text):
            raise InputError("Nothing was said: try “what first?” or “undo that”.")
        if len(text) > LONGEST:
            raise InputError(f"That is too long: it has {len(text):,} letters, and {LONGEST:,} are the most.")
        if self.planner is None:
            return self._by_grammar(text)
        if self.is_for_grammar(text):
            reply = self._by_grammar(text)
            self.planner.passed_over(text)
            return reply
        before, start_db = self.session.at, self.session.state.gains_db
        try:
            reply = self.planner.say(text)
        except Failed as error:
            reply = self._by_grammar(text)
            self.planner.passed_over(text)
            return replace(reply, said=f"{WITHOUT.format(error)} {reply.said}")
        self._remember([], before, start_db, reply.offers, list(reply.steps))
        return reply

    def is_for_grammar(self, text: str) -> bool:
        """Whether the grammar does it all: orders that it understands, and what no model may do: files, and help."""
        parts = understood(text, self.session, self.memory)
        orders = [operation for part in parts for operation, _ in part.orders]
        asked = any(part.question or part.unclear or part.supposed for part in parts)
        rest = asked or any(part.offers and not part.orders for part in parts)
        return bool(orders) and not rest and (self.grammar_first or set(orders) <= {"save", "help"})

    def _by_grammar(self, text: str) -> Reply:
        parts = understood(text, self.session, self.memory)
        unclear = next((part for part in parts if part.unclear), None)
        if unclear is not None:
            self.memory.open, self.memory.offers = unclear.open, unclear.offers
            return Reply(unclear.unclear, offers=unclear.offers)
        before, start_db = self.session.at, self.session.state.gains_db
        said: list[str] = []
        steps: list[Outcome] = []
        offers: list[Offer] = []
        for part in parts:
            try:
                self._do(part, said, steps, offers)
            except InputError as error:
                said.append(str(error))
                break
        self._remember(parts, before, start_db, tuple(offers), steps)
        return Reply(
            " ".join(filter(None, dict.fromkeys(said))) or can_be_said(self.session), True, tuple(steps), tuple(offers)
        )

    def _do(self, part: Part, said: list[str], steps: list[Outcome], offers: list[Offer]) -> None:
        """Does one part, and adds what came of it."""
        offers += part.offers
        outcomes = []
        for operation, arguments in part.orders:
            if operation in ANSWERS:
                said.append(ANSWERS[operation](self, arguments))
                continue
            outcome = self.session.do(operation, arguments)
            outcomes.append(outcome)
            steps.append(outcome)
            offers += outcome.offers
        said += _told(outcomes)
        if part.said and not (part.said == OF_SIZES and self.memory.sizes_told):
            said.append(part.said)
            self.memory.sizes_told |= part.said == OF_SIZES
        if part.question:
            self._ask(part, said, steps, offers)

    def _ask(self, part: Part, said: list[str], steps: list[Outcome], offers: list[Offer]) -> None:
        """A question to the explainer, or what would be suggested if something were otherwise."""
        offers += part.supposed
        if part.supposed and all(operation in OF_JUDGING for operation, _ in part.supposed):
            said.append(self._supposed(part.supposed))
            return
        if _is_gibberish(part.question) or asked(part.question, self.session.advice).kind is Asked.UNCLEAR:
            said.append(f"I did not understand {quoted(part.question)}, and did nothing. {can_be_said(self.session)}")
            return
        outcome = self.session.do("ask", {"question": part.question})
        steps.append(outcome)
        said.append(outcome.said)
        known = [offer for offer in outcome.offers if offer[1] and offer[0] in OPERATIONS]
        if known and not part.supposed:
            offers += known
        if offers:
            said.append("Say “do it” to try it.")

    def _supposed(self, orders: tuple[Offer, ...]) -> str:
        """What would be suggested after some operations, none of which is done."""
        tried = copy(self.session)  # which shares what was heard; each step makes new lists of steps
        told = " ".join(tried.do(operation, arguments).said for operation, arguments in orders)
        return f"Supposed: {told} Then: {tried.headline} Nothing was changed: say “do it” to keep it."

    def _remember(
        self,
        parts: list[Part],
        before: int,
        start_db: tuple[float, ...],
        offers: tuple[Offer, ...],
        steps: list[Outcome],
    ) -> None:
        """Keeps what pronouns, "more" and "undo that" will mean."""
        memory, session = self.memory, self.session
        memory.open, memory.offers = None, offers
        topics = [part.topic for part in parts if part.topic is not None]
        if topics:
            memory.topic = (
                topics[-1]
                if not all(part.orders for part in parts if part.topic)
                else tuple(dict.fromkeys(at for topic in topics for at in topic))
            )
        undone = [step for step in steps if step.operation == "undo"]
        memory.undone = len(undone)
        if session.at > before:
            memory.spans.append((before, session.at))
            now = zip(start_db, session.state.gains_db, strict=True)
            moves = {at: round(b - a, 2) for at, (a, b) in enumerate(now) if a != b}
            heads = {min(session.song.names.index(name) for name in group) for group in session.state.links}
            along = {session.song.names.index(name) for group in session.state.links for name in group} - heads
            of_faders = any(step.operation in ("nudge", "set") for step in steps)
            memory.moves = {at: db for at, db in moves.items() if at not in along} if of_faders else {}
        elif session.at < before:
            memory.moves = {}
            while memory.spans and memory.spans[-1][1] > session.at:
                memory.spans.pop()


def _told(outcomes: list[Outcome]) -> list[str]:
    """What several outcomes say, in one go where they are moves."""
    from studio.session.sentences import moved_said

    changes = [change for outcome in outcomes for change in outcome.changes]
    if len(outcomes) > 1 and all(outcome.operation in ("nudge", "set") for outcome in outcomes) and changes:
        still = [outcome.said for outcome in outcomes if not outcome.changes]
        return [moved_said(changes), *still]
    return [outcome.said for outcome in outcomes]


def _is_gibberish(text: str) -> bool:
    """Whether hardly a word is known."""
    from studio.chat.grammar.heard.spelt import known_words
    from studio.chat.grammar.heard.words import plain_words

    words = plain_words(text)
    return sum(word in known_words() for word in words) < len(words) / 2


ANSWERS: dict[str, Callable[[Conversation, dict[str, Any]], str]] = {
    "help": lambda talk, told: can_be_said(talk.session),
    "music": lambda talk, told: of_music(talk.session, told["chapter"], told["stems"]),
    "loudest": lambda talk, told: by_level(talk.session),
    "standing": lambda talk, told: standing(talk.session, told.get("stems")),
    "save": lambda talk, told: IN_FORMAT if told.get("as") else NOT_SAVED if talk.save is None else talk.save(),
}
