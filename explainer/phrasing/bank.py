"""The phrase bank: templates read from its files, and drawing from them without saying the same thing twice."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import TypeVar

import numpy as np

from explainer.phrasing.bundled import bundled

FILES = ("moves", "answers", "instructions", "questions")

T = TypeVar("T")
Template = tuple[tuple[str, ...], ...]  # pieces one after another, each a choice of texts


@lru_cache(maxsize=1)
def templates() -> dict[str, tuple[Template, ...]]:
    """All templates by the path of their group, which begins with the name of its file ("moves.do.down.any").

    A group in a file is a text of one template a line. In it `[a|b]` is a choice, `[a|]` something that may be left
    out, `{word}` is put in when a text is made, and `<slot>` stays, for code to fill.
    """
    found: dict[str, tuple[Template, ...]] = {}

    def walk(path: str, node: Mapping | str) -> None:
        if isinstance(node, str):
            found[path] = tuple(_pieces(line) for line in node.splitlines() if line.strip())
        else:
            for key, below in node.items():
                walk(f"{path}.{key}", below)

    for name in FILES:
        walk(name, bundled(f"phrasing/{name}.yaml"))
    return found


def variants(template: Template) -> list[str]:
    """Every text that a template stands for, nothing put in."""
    return ["".join(choice) for choice in product(*template)]


class Draw:
    """Draws templates by chance, the same one again only when all of its groups have been used.

    One draw goes with one answer: what has been told in it once need not be told again.

    Args:
        rng: where chance comes from.
    """

    def __init__(self, rng: np.random.Generator):
        self.rng = rng
        self._used: set[Template] = set()
        self._told: set[str] = set()

    def one(self, *groups: str, avoid: Sequence[str] = (), having: str = "") -> str:
        """A template of any of the groups, its choices made, nothing put in; each template is equally likely.

        Args:
            avoid: texts that it may not hold, where there is another.
            having: a text that it must hold.

        Raises: KeyError for a group that is not in the bank.
        """
        pool = _pool(groups, tuple(avoid), having)
        fresh = [template for template in pool if template not in self._used]
        if not fresh:
            self._used.difference_update(pool)
            fresh = list(pool)
        template = self.pick(fresh)
        self._used.add(template)
        return "".join(self.pick(piece) for piece in template)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all equally likely."""
        return options[int(self.rng.integers(len(options)))]

    def chance(self, probability: float) -> bool:
        """True as often as asked for."""
        return bool(self.rng.random() < probability)

    def again(self, thought: str) -> bool:
        """Whether that thought has been told in this answer; from now on it has."""
        told = thought in self._told
        self._told.add(thought)
        return told


@lru_cache(maxsize=4096)  # the same few words of our own are asked for again and again
def _pool(groups: tuple[str, ...], avoid: tuple[str, ...], having: str) -> tuple[Template, ...]:
    pool = [template for group in groups for template in templates()[group] if _holds(template, having)]
    return tuple(template for template in pool if not any(_holds(template, word) for word in avoid)) or tuple(pool)


def _holds(template: Template, text: str) -> bool:
    return any(text in option for piece in template for option in piece)


def _pieces(line: str) -> Template:
    parts = re.split(r"\[([^\]]*)\]", line.strip())
    return tuple(tuple(part.split("|")) if i % 2 else (part,) for i, part in enumerate(parts) if part or i % 2)
