"""What a language model calls the stems: words that we chose. No name of a file or stem reaches it and gives orders."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from explainer.advice.names import aliases, restore
from explainer.advice.shown import quoted, shown
from studio.chat.grammar.heard.names import Names
from studio.session import OPERATIONS, Session

QUOTED = re.compile('“([^”]*)”|"([^"]*)"')
A_NAME = "a name that is not shown"


class Aliases:
    """The stems of a session by their aliases: known words as they are, all else "track A" and so on."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.names = session.song.names
        self.called = aliases(self.names)
        own = dict(zip(self.called, self.names, strict=True))
        self.own: Mapping[str, str] = {alias.casefold(): name for alias, name in own.items()}
        self.hidden = self._hidden()

    def of(self, name: str) -> str:
        """The alias of a stem."""
        return self.called[self.names.index(name)]

    def hide(self, text: str) -> str:
        """A text of ours without any name that a user gave: stems by their aliases, other quotations left out."""
        for spelt, alias in self.hidden:
            text = text.replace(spelt, alias)
        kept = {*self.called, *OPERATIONS}
        return QUOTED.sub(lambda found: found[0] if (found[1] or found[2]) in kept else A_NAME, text)

    def restore(self, text: str) -> str:
        """A text with the stems' own names for the aliases that are no words."""
        return restore(text, self.names)

    def in_what_is_said(self, text: str) -> str:
        """What a user typed, stems that are none of our words by their aliases: "gtr l" is "track C"."""
        names = Names(self.session, text)
        for at in sorted(range(len(self.names)), key=lambda at: -len(self.names[at])):
            if self.called[at].startswith("track "):
                text = re.sub(rf"(?<!\w){re.escape(self.names[at])}(?!\w)", self.called[at], text, flags=re.IGNORECASE)
        for each in sorted(names.referents, key=lambda each: -len(" ".join(each.words))):
            if each.exact and len(each.stems) == 1 and self.called[each.stems[0]].startswith("track "):
                spoken = r"[\s_-]*".join(map(re.escape, each.words))
                text = re.sub(rf"(?<!\w){spoken}(?!\w)", self.called[each.stems[0]], text, flags=re.IGNORECASE)
        return text

    def with_names(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments with the stems' own names in place of aliases."""
        told = dict(arguments)
        if isinstance(told.get("stem"), str):
            told["stem"] = self._own(told["stem"])
        if isinstance(told.get("stems"), list):
            told["stems"] = [self._own(each) if isinstance(each, str) else each for each in told["stems"]]
        return told

    def unknown(self, arguments: Mapping[str, Any]) -> Sequence[str]:
        """The stems of arguments that there are none of."""
        several = arguments.get("stems")
        stems = [arguments.get("stem"), *(several if isinstance(several, list) else [])]
        return [each for each in stems if isinstance(each, str) and each.casefold() not in self.own]

    def _own(self, alias: str) -> str:
        return self.own.get(alias.casefold(), alias)

    def _hidden(self) -> list[tuple[str, str]]:
        """Every way in which our sentences spell a name, the longest first, and what stands for it."""
        spelt: dict[str, str] = {}
        for name, alias in zip(self.names, self.called, strict=True):
            spelt |= {quoted(name): f"“{alias}”"}
            if alias.casefold() != name.casefold():
                spelt |= {name: alias, shown(name): alias}
        return sorted(spelt.items(), key=lambda each: -len(each[0]))
