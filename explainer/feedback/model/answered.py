"""What a language model answers, as data: found in what stands round it, mended where it is nearly JSON."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from console.files.untrusted import parse_json
from explainer.feedback.rules.scores import HIGHEST, LOWEST, categories

MOST_LETTERS, MOST_EACH = 20_000, 600
COMMA = re.compile(r",(?=\s*[}\]])")
QUOTES = str.maketrans("“”", '""')
Told = dict[str, Any]


def object_in(text: str) -> Told | None:
    """The JSON object in an answer: in a fence, behind words, with a comma too many or cut off; None for none."""
    text = text[:MOST_LETTERS]
    first = text.find("{")
    if first < 0:
        return None
    last = text.rfind("}")
    whole = text[first : last + 1]
    for tried in (whole, COMMA.sub("", whole), COMMA.sub("", whole.translate(QUOTES)), _closed(text[first:])):
        try:
            told = parse_json(tried)
        except ValueError:
            continue
        if isinstance(told, dict):
            return told
    return None


def observations(told: Told) -> list[str]:
    """Of the node "objective"."""
    return _texts(told.get("observations"), 6)


def impressions(told: Told) -> list[tuple[str, str]]:
    """Of the node "subjective": category and sentence."""
    return [(key, said) for key, said, _ in _rows(told.get("impressions"), "says")]


def draft(told: Told) -> "Draft":
    """Of the nodes "aggregate" and "refine"."""
    made = Draft()
    for key, said, row in _rows(told.get("scores"), "because"):
        made.scores.setdefault(key, (_points(row.get("score")), said))
    for row in _list(told.get("suggestions"))[:5]:
        if isinstance(row, str):
            row = {"do": row}
        if isinstance(row, dict) and _text(row.get("do")):
            made.suggestions.append((_text(row.get("do")), _text(row.get("because"))))
    made.questions = _texts(told.get("questions"), 3)
    return made


class Draft:
    """Feedback as a model wrote it, its slots not filled yet: scores by category, suggestions, questions."""

    def __init__(self) -> None:
        self.scores: dict[str, tuple[int | None, str]] = {}
        self.suggestions: list[tuple[str, str]] = []
        self.questions: list[str] = []

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return not (self.scores or self.suggestions)

    def as_json(self) -> str:
        """As it was asked for."""
        scores = [{"category": key, "score": points, "because": said} for key, (points, said) in self.scores.items()]
        suggestions = [{"do": do, "because": because} for do, because in self.suggestions]
        return json.dumps(
            {"scores": scores, "suggestions": suggestions, "questions": self.questions}, ensure_ascii=False
        )


def _rows(told: Any, text: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Rows about a category; a mapping by category counts as well."""
    if isinstance(told, dict):
        told = [{"category": key, **(row if isinstance(row, dict) else {text: row})} for key, row in told.items()]
    for row in _list(told):
        if isinstance(row, dict):
            key = _category(row.get("category"))
            if key is not None:
                yield key, _text(row.get(text)), row


def _category(named: Any) -> str | None:
    """The category that a model means, by its key or title."""
    said = str(named).casefold().replace("_", " ").strip()
    for key, category in categories().items():
        if said in (key.replace("_", " "), category.title.casefold()) or (
            said and said.split()[0] == key.split("_")[0]
        ):
            return key
    return "richness" if "richness" in said else None


def _points(told: Any) -> int | None:
    if isinstance(told, str):
        found = re.match(r"\s*(\d{1,2})(?:\s*/\s*10)?\s*$", told)
        told = int(found[1]) if found else None
    if isinstance(told, bool) or not isinstance(told, int | float) or not LOWEST <= told <= HIGHEST:
        return None
    return round(told)


def _list(told: Any) -> list[Any]:
    return told if isinstance(told, list) else []


def _texts(told: Any, most: int) -> list[str]:
    """Texts of a list, also of one of objects that hold one text each."""
    told = [told] if isinstance(told, str) else _list(told)
    rows = (next(iter(row.values()), "") if isinstance(row, dict) else row for row in told)
    return [text for text in map(_text, rows) if text][:most]


def _text(told: Any) -> str:
    return " ".join(told.split())[:MOST_EACH] if isinstance(told, str) else ""


def _closed(text: str) -> str:
    """An object that was cut off, its last strings and brackets closed."""
    open_brackets: list[str] = []
    inside = escaped = False
    for sign in text:
        if escaped:
            escaped = False
        elif inside:
            escaped, inside = sign == "\\", sign != '"'
        elif sign == '"':
            inside = True
        elif sign in "{[":
            open_brackets.append("}" if sign == "{" else "]")
        elif sign in "}]" and open_brackets:
            open_brackets.pop()
            if not open_brackets:
                return text[: text.index(sign) + 1]
    text = text.rstrip().rstrip(",:")
    return COMMA.sub("", text + ('"' if inside else "") + "".join(reversed(open_brackets)))
