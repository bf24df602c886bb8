"""The phrase bank: templates read from `phrases.yaml`, and drawing from them without saying the same thing twice."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import TypeVar

import numpy as np

from explainer.phrasing.bundled import bundled

T = TypeVar("T")
Template = tuple[tuple[str, ...], ...]  # pieces one after another, each a choice of texts


@lru_cache(maxsize=1)
def templates() -> dict[str, tuple[Template, ...]]:
    """All templates by the path of their group ("turn.down.any").

    A group in the file is a text of one template a line. In it `[a|b]` is a choice, `[a|]` something that may be left
    out, and `{slot}` is filled in when a text is made.
    """
    found: dict[str, tuple[Template, ...]] = {}

    def walk(path: str, node: Mapping | str) -> None:
        if isinstance(node, str):
            found[path] = tuple(_pieces(line) for line in node.splitlines() if line.strip())
        else:
            for key, below in node.items():
                walk(f"{path}.{key}" if path else key, below)

    walk("", bundled("phrasing/phrases.yaml"))
    return found


def variants(template: Template) -> list[str]:
    """Every text that a template stands for, slots unfilled."""
    return ["".join(choice) for choice in product(*template)]


class Draw:
    """Draws templates by chance, the same one again only when all of its groups have been used.

    Args:
        rng: where chance comes from.
    """

    def __init__(self, rng: np.random.Generator):
        self.rng = rng
        self._used: set[Template] = set()

    def one(self, *groups: str, avoid: Sequence[str] = ()) -> str:
        """A template of any of the groups, its choices made, its slots unfilled; each template is equally likely.

        Args:
            avoid: texts that it may not hold.

        Raises: KeyError for a group that is not in the bank.
        """
        pool = [template for group in groups for template in templates()[group]]
        if avoid:
            pool = [t for t in pool if not any(word in text for piece in t for text in piece for word in avoid)]
        fresh = [template for template in pool if template not in self._used]
        if not fresh:
            self._used.difference_update(pool)
            fresh = pool
        template = self.pick(fresh)
        self._used.add(template)
        return "".join(self.pick(piece) for piece in template)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all equally likely."""
        return options[int(self.rng.integers(len(options)))]

    def chance(self, probability: float) -> bool:
        """True as often as asked for."""
        return bool(self.rng.random() < probability)


def finished(text: str) -> str:
    """A text with single spaces and a capital at the start of each sentence."""
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"(^|[.?!] )([a-z])", lambda found: found[1] + found[2].upper(), text)


def _pieces(line: str) -> Template:
    parts = re.split(r"\[([^\]]*)\]", line.strip())
    return tuple(tuple(part.split("|")) if i % 2 else (part,) for i, part in enumerate(parts) if part or i % 2)
