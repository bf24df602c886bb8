"""The conversation: what somebody types becomes operations of a session, and answers."""

from studio.chat.conversation import Conversation
from studio.chat.reply import Reply

__all__ = ["Conversation", "Reply"]
