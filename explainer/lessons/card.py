"""The data card of instruction data: what it is, how it was made, what is in it. Its head is for the Hub."""

from collections import Counter
from collections.abc import Mapping, Sequence

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
CARD = """---
license: apache-2.0
language:
- en
task_categories:
- text-generation
tags:
- music
- mixing
pretty_name: Advice on the balance of mixes
size_categories:
- {size}
configs:
- config_name: default
  data_files:
  - split: {split}
    path: {file}
---
# Advice on the balance of mixes

Questions about the balance of a mix, and the answers that are right: which stem should move, which way, by how many dB,
why, and how sure that is; or that nothing should. It serves to teach a language model to put the numbers of a mixing
console into words.

There is no audio in it. Where a conversation is about a real song, it names the song, the windows that were heard and
the gains that were on its stems, so that whoever has the song can render the sound again. Songs have licences of their
own; the one above is of the text and the numbers.

## How it was made

{made}

Questions and answers are rendered from a bank of templates; the references are other renders of the same numbers.

    {command}

## What is in it

{count} conversations, one a line of `{file}` (JSON lines).

{counts}

## Fields

| field | meaning |
|---|---|
| `song`, `duration_s` | the song's title, and how much of it the conversation is about |
| `audio` | null, or the song's title, its identity (a hash of its content), the windows' starts and their length, s |
| `task` | `single`, `many`, `balanced`: one stem is off, several are, none is; `mix_only`: none was heard by itself; \
`compare`: two versions, A and B |
| `style` | `short` or `full` |
| `anchor` | the stem whose level is taken as right, or null |
| `console` | name, version and checksum of the console that gave the numbers |
| `stems` | see below |
| `instruction`, `response` | the conversation; stems go by plain names, those without one by "track A", ... |
| `references` | other right answers |

Of each stem:

| field | meaning |
|---|---|
| `name`, `role` | what it is |
| `advice` | action, gain, range and chance of a flaw (dB; 0..1) that are put into words; under `compare` the gain \
leads back from B to A, exactly |
| `reasons` | what was measured that speaks for the move (LU, %, Hz) |
| `truth` | null, or: `parts`, the song's stems that it sums, by index; `gains_db` that were on them, flaw included, a \
list for each window: one gain, or one for every 0.2 s; `flaw_db`, what is wrong with its level; `heard`, false where \
only its role was known |
| `posterior` | null, or what the console believed of its correction: median, 10 % and 90 % quantile, chance of a flaw |

Under `compare` version A is the balanced mix, and B has the flaws.
"""


def data_card(rows: Sequence[Mapping[str, str]], split: str, file: str, command: str) -> str:
    """The card as Markdown with a YAML head.

    Args:
        rows: of each conversation `task`, `style`, `anchor` ("given" or "none"), `console`, and `song` ("" for none).
        command: that made the data.
    """
    songs = {row["song"] for row in rows if row["song"]}
    consoles = sorted({row["console"] for row in rows if row["song"]})
    made = []
    if songs:
        made.append(
            f"The balance of {len(songs)} song{'s' if len(songs) > 1 else ''} was spoilt by known gains, and a console "
            f"({', '.join(consoles)}) listened to the result; the numbers are its own."
        )
    if not all(row["song"] for row in rows):
        made.append("Numbers, stems and reasons of songs that do not exist were drawn at random.")
    lines = ["| | conversations |", "|---|---|"]
    for field in ("task", "style", "anchor"):
        counted = sorted(Counter(row[field] for row in rows).items())
        lines += [f"| {field} {value} | {count} |" for value, count in counted]
    size = next((name for most, name in SIZES if len(rows) < most), "n>1M")
    return CARD.format(
        size=size,
        split={"valid": "validation"}.get(split, split),
        file=file,
        made=" ".join(made),
        command=command,
        count=len(rows),
        counts="\n".join(lines),
    )
