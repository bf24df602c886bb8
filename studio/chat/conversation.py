"""A conversation about the song on the desk."""

from console.errors import InputError
from studio.chat.reply import Reply
from studio.session import Session

LONGEST = 1000  # letters of what is said at once


class Conversation:
    """What is typed becomes operations of a session, and answers; it shares the session with whoever else holds it.

    Args:
        session: of the song that is spoken of.
        model: a language model that plans; None: a grammar of commands, and the explainer's questions.
    """

    def __init__(self, session: Session, model: None = None) -> None:
        self.session, self.model = session, model

    def say(self, text: str) -> Reply:
        """What is answered, after it was done. What is not understood moves nothing, and is told so.

        Raises: InputError for a text that is empty or too long.
        """
        if not any(sign.isalnum() for sign in text):
            raise InputError("Nothing was said: try “what first?” or “undo that”.")
        if len(text) > LONGEST:
            raise InputError(f"That is too long: it has {len(text):,} letters, and {LONGEST:,} are the most.")
        outcome = self.session.ask(text)
        return Reply(outcome.said, steps=(outcome,), offers=outcome.offers)
