"""The feedback instruction: how a language model is to judge a production, as data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from explainer.feedback.rules.scores import HIGHEST, LOWEST, categories
from explainer.phrasing.bundled import bundled

Schema = dict[str, Any]
SAYS: Schema = {"type": "string"}


@dataclass(frozen=True)
class Asked:
    """What one category asks of a judge.

    Args:
        evidence: what has to speak for a score.
        in_check: what keeps praise within bounds.
    """

    asks: str
    evidence: str
    in_check: str


@dataclass(frozen=True)
class Instruction:
    """The whole of it.

    Args:
        nodes: what each node of the graph of thoughts is asked.
        form: before the schema of an answer.
        mend: to an answer of no such form.
    """

    function: str
    persons: str
    rules: tuple[str, ...]
    praise: str
    categories: Mapping[str, Asked]
    nodes: Mapping[str, str]
    form: str
    mend: str

    def system(self, node: str) -> str:
        """What a model is told before a node's question."""
        parts = [self.function, self.persons, "\n".join(f"- {rule}" for rule in self.rules)]
        if node not in ("objective", "compare"):
            parts += [self.praise, self._judging()]
        return "\n".join(part.strip() + "\n" for part in (*parts, self.nodes[node]))

    def asked(self, node: str) -> str:
        """The form that a node's answer is to have."""
        return f"{self.form}{json.dumps(EXAMPLES[node])}"

    def _judging(self) -> str:
        titles = {key: category.title for key, category in categories().items()}
        lines = [
            f"{key} ({titles[key]}): {each.asks} Evidence: {each.evidence} In check: {each.in_check}"
            for key, each in self.categories.items()
        ]
        return "The categories:\n" + "\n".join(lines)


@lru_cache(maxsize=1)
def instruction() -> Instruction:
    """As its file has it."""
    told: dict[str, Any] = bundled("feedback/model/instruction.yaml")
    asked = {key: Asked(**each) for key, each in told.pop("categories").items()}
    return Instruction(categories=asked, rules=tuple(told.pop("rules")), **told)


def schema(node: str) -> Schema:
    """JSON Schema of a node's answer."""
    return _SCHEMAS[node]


def _object(**fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _list(of: Schema, most: int) -> Schema:
    return {"type": "array", "items": of, "maxItems": most}


_CATEGORY: Schema = {"type": "string", "enum": list(categories())}
_POINTS: Schema = {"type": ["integer", "null"], "minimum": LOWEST, "maximum": HIGHEST}
_DRAFT = _object(
    scores=_list(_object(category=_CATEGORY, score=_POINTS, because=SAYS), 5),
    suggestions=_list(_object(do=SAYS, because=SAYS), 5),
    questions=_list(SAYS, 3),
)
_SCHEMAS: dict[str, Schema] = {
    "objective": _object(observations=_list(SAYS, 6)),
    "subjective": _object(impressions=_list(_object(category=_CATEGORY, says=SAYS), 5)),
    "aggregate": _DRAFT,
    "refine": _DRAFT,
}
_EXAMPLE = {
    "scores": [{"category": "richness", "score": None, "because": "..."}],
    "suggestions": [{"do": "...", "because": "..."}],
    "questions": ["..."],
}
EXAMPLES: dict[str, Any] = {
    "objective": {"observations": ["Your ... {slot} ..."]},
    "subjective": {"impressions": [{"category": "richness", "says": "I ... {slot} ..."}]},
    "aggregate": _EXAMPLE,
    "refine": _EXAMPLE,
}
