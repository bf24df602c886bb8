"""summary.md and summary.json: the tables that a paper would print, and every figure behind them."""

import json
import math
from collections.abc import Mapping
from typing import Any

from console.evaluation.figures.bootstrap import INTERVAL, Figure
from console.evaluation.figures.figure_table import NONE, decibels, figure_table, percent, plain
from console.evaluation.figures.markdown import markdown
from console.evaluation.figures.summary import Summary
from console.evaluation.figures.tables import ANSWERS, HOW_TO_READ, Columns, as_page, number_tables
from explainer.evaluation.judge import Criterion
from explainer.evaluation.tables.results import Results, Words

READ: Columns = {name: ANSWERS[name] for name in ("joint", "stem", "direction", "severity", "moves_right")}
READ |= {"error_db": ("MAE dB", decibels)}
HELD: Columns = {
    "agrees": ("agree %", percent),
    "same_stems": ("same stems %", percent),
    "same_directions": ("same directions %", percent),
    "within_range": ("dB in the range %", percent),
    "text_right": ("text right %", percent),
    "posterior_right": ("numbers right %", percent),
    "text_error_db": ("error of the text dB", decibels),
    "posterior_error_db": ("error of the numbers dB", decibels),
    "wording_cost_db": ("cost of wording dB", decibels),
    "leaving_cost_db": ("of that, of leaving under 1 dB", decibels),
}
TEXTS = {
    "first_right": ("right at first %", 100.0),
    "regenerated": ("written again %", 100.0),
    "fallen_back": ("phrase bank %", 100.0),
    "distinct_1": ("distinct-1 %", 100.0),
    "distinct_2": ("distinct-2 %", 100.0),
    "length_words": ("words", 1.0),
    "corpus_bleu": ("corpus BLEU", 1.0),
}
NEAR = {"bleu": "BLEU", "rouge_l": "ROUGE-L", "meteor": "METEOR", "bertscore": "BERTScore", "similarity": "similarity"}


def as_markdown(told: Results) -> str:
    """summary.md."""
    parts = [*_head(told), "## Numbers", *number_tables(told.numbers, told.main[1])]
    if told.words:
        parts += _words(told.words)
    if told.judge:
        parts += _judge(told.judge)
    parts += ["## How to read this", HOW_TO_READ + COST]
    if told.left_out:
        parts += ["## Left out", markdown(["what", "why"], list(map(list, told.left_out.items())))]
    return as_page(parts)


def as_json(told: Results) -> str:
    """summary.json: every figure as [value, low, high], null where nothing tells it."""
    content = {
        "settings": told.settings,
        "main": told.main,
        "numbers": [as_plain(summary) for summary in told.numbers],
        "words": [
            words._asdict() | {name: _plain(getattr(words, name)) for name in ("read", "near", "held")}
            for words in told.words
        ],
        "judge": told.judge,
        "left_out": told.left_out,
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def as_plain(summary: Summary) -> dict[str, Any]:
    """A summary as JSON has it."""
    return summary._asdict() | {name: _plain(getattr(summary, name)) for name in ("figures", "more")}


def _plain(figures: Mapping[str, Figure]) -> dict[str, list[float | None]]:
    return {name: [None if math.isnan(part) else part for part in figure] for name, figure in figures.items()}


def _head(told: Results) -> list[str]:
    first = told.of(*told.main)[0]
    settings = told.settings
    names = {
        group: _name(settings.get(group)) for group in ("data", "console", "explainer", "judge") if group in settings
    }
    chosen = ", ".join(f"{group} {name}" for group, name in names.items())
    return [
        f"# {first.protocol}: {first.items:,} items on {first.songs} songs",
        *([f"{chosen[:1].upper()}{chosen[1:]}."] if chosen else []),
        f"In brackets: {100 * INTERVAL:.0f} % intervals by bootstrap over songs.",
    ]


COST = "- cost of wording: error of the dB that the text says, less that of the numbers it is about.\n"


def _name(group: Any) -> str:
    """What was chosen, and what tells it from others of its kind."""
    if not isinstance(group, dict):
        return str(group)
    more = ", ".join(
        group[key] for key in ("root", "source", "model", "conditioning") if isinstance(group.get(key), str)
    )
    return f"{group.get('name', NONE)} ({more})" if more else str(group.get("name", NONE))


def _words(words: list[Words]) -> list[str]:
    keys = {(of.conditioning, of.input, f"{of.items:,}"): of for of in words}
    head = ("told by", "about", "items")
    near = [name for name in NEAR if any(f"{name}_best" in of.near for of in words)]
    texts = [name for name in TEXTS if any(name in of.texts for of in words)]
    return [
        "## Words",
        "What the texts are read to say of the faders:",
        figure_table(head, [(key, of.read) for key, of in keys.items()], READ),
        "How near they come to right answers (best, and mean over all references):",
        markdown(
            [*head, *(f"{NEAR[name]} {side}" for name in near for side in ("best", "mean"))],
            [
                [*key, *(_near(of.near.get(f"{name}_{side}"), name) for name in near for side in ("best", "mean"))]
                for key, of in keys.items()
            ],
        ),
        "How they came about, and how varied they are:",
        markdown(
            [*head, *(TEXTS[name][0] for name in texts)],
            [
                [*key, *(f"{TEXTS[name][1] * of.texts[name]:.1f}" if name in of.texts else NONE for name in texts)]
                for key, of in keys.items()
            ],
        ),
        "## Numbers against words",
        figure_table(head, [(key, of.held) for key, of in keys.items()], HELD),
        "Who moved exactly the right stems the right way, in items:",
        markdown(
            [*head, "", "both", "text", "numbers", "neither"],
            [
                [*key, where, *(str(count[who]) for who in ("both", "text", "posterior", "neither"))]
                for key, of in keys.items()
                for where, count in of.right.items()
            ],
        ),
    ]


def _near(figure: Figure | None, name: str) -> str:
    if figure is None:
        return NONE
    return plain(figure) if name == "bleu" else decibels(figure)


def _judge(judge: Mapping[str, dict]) -> list[str]:
    parts = ["## Judge"]
    for name, told in judge.items():
        rows = [
            ((answer, str(of["overall"]["n"])), {str(m): _of_judge(of[m]) for m in (*Criterion, "overall")})
            for answer, of in told["answers"].items()
        ]
        columns: Columns = {str(m): (str(m).replace("_", " "), decibels) for m in (*Criterion, "overall")}
        bias = decibels(_of_judge(told["position_bias"]["overall"]))
        why = "".join(f"; {times} x {reason}" for reason, times in told["why"].items())
        parts += [
            f"{name}: {told['valid']} of {told['questions']} replies count{why}. "
            f"An answer gains by being read first: {bias}.",
            figure_table(("answer of", "items"), rows, columns),
        ]
    return parts


def _of_judge(told: Mapping[str, float | None]) -> Figure:
    return Figure(*(math.nan if told[part] is None else float(told[part] or 0) for part in ("mean", "low", "high")))
