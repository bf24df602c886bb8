"""The two tests as webMUSHRA reads them: YAML files that name pages and sounds.

webMUSHRA (M. Schoeffler et al., "webMUSHRA - a comprehensive framework for web-based listening tests", Journal of Open
Research Software, 2018) is put on a web server; what is exported goes into its folder `configs`. Mixes are rated on
pages of the type `mushra` (ITU-R BS.1534), texts on pages of the type `likert_single_stimulus`, one scale below the
other. These are two tests: its service writes the answers to both into files of their own, and takes the columns of the
second from a session's first page.
"""

import html
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SCALES: dict[str, str] = {
    "effectiveness": "Doing what it says would make this mix better.",
    "musicality": "It serves the music.",
    "conventions": "It fits how such music is usually mixed.",
    "actionability": "It is clear what is to be done, on which track, and by how much.",
    "helpfulness": "It would help somebody who made this mix.",
    "specificity": "It is about this very mix, and not about just any.",
}
POINTS = {1: "1 (not at all)", 2: "2", 3: "3", 4: "4", 5: "5 (fully)"}
REFERENCE = "reference"  # what webMUSHRA calls the hidden reference
RATER = "rater"  # the question whose answer tells raters apart
INDENT = 4 * " "
Page = dict[str, Any]

MIXES = (
    "You hear a mix as it should be, the reference, and several other versions of it. Rate each version by how good "
    "its balance is, compared with the reference: are voice, drums, bass and the other instruments as loud as they "
    "should be? One of the versions is the reference itself: rate it 100. All are equally loud. Use headphones or good "
    "loudspeakers in a quiet room."
)
TEXTS = (
    "You hear a mix whose balance may be wrong, and read advice on how to make it better. Rate the advice on six "
    "scales from 1 (not at all) to 5 (fully). Use headphones or good loudspeakers in a quiet room."
)


def mixes_config(test: str, folder: str, pages: Mapping[str, tuple[str, Sequence[str]]]) -> Page:
    """The test of mixes.

    Args:
        test: what it is called.
        folder: where webMUSHRA finds the sounds.
        pages: of each page's code, the reference's code and those of the mixes that are rated.
    """
    shown = [
        {
            "type": "mushra",
            "id": page,
            "name": "How good is the balance?",
            "content": "Rate every version against the reference.",
            "showWaveform": False,
            "enableLooping": True,
            "reference": f"{folder}/{reference}.wav",
            "createAnchor35": False,
            "createAnchor70": False,
            "randomize": True,
            "showConditionNames": False,
            "stimuli": {code: f"{folder}/{code}.wav" for code in rated},
        }
        for page, (reference, rated) in pages.items()
    ]
    first = next(iter(pages.values()))[0]
    return _config(test, "A listening test of mixes", MIXES, f"{folder}/{first}.wav", shown)


def texts_config(test: str, folder: str, pages: Mapping[str, tuple[str, str]]) -> Page:
    """The test of texts.

    Args:
        test, folder: as of `mixes_config`.
        pages: of each page's code, the code of the mix that is heard, and the text.
    """
    explained = "<br/>".join(f"<b>{scale}</b>: {means}" for scale, means in SCALES.items())
    shown = [
        {
            "type": "likert_single_stimulus",
            "id": page,
            "name": "How good is this advice?",
            "content": f"<blockquote>{_as_html(text)}</blockquote>{explained}",
            "mustRate": True,
            "mustPlayback": "processUpdate",
            "stimuli": {code: f"{folder}/{code}.wav"},
            "response": [
                [{"value": value, "label": f"{scale}<br/>{label}"} for value, label in POINTS.items()]
                for scale in SCALES
            ],
        }
        for page, (code, text) in pages.items()
    ]
    first = next(iter(pages.values()))[0]
    return _config(test, "A listening test of advice on mixes", TEXTS, f"{folder}/{first}.wav", shown)


def _config(test: str, name: str, instructions: str, loudness: str, pages: list[Page]) -> Page:
    return {
        "testname": name,
        "testId": test,
        "bufferSize": 2048,
        "stopOnErrors": True,
        "showButtonPreviousPage": False,
        "remoteService": "service/write.php",
        "pages": [
            {"type": "generic", "id": "instructions", "name": "Welcome", "content": instructions},
            {
                "type": "volume",
                "id": "volume",
                "name": "Volume",
                "content": "Set a comfortable volume, and leave it there.",
                "stimulus": loudness,
                "defaultVolume": 0.5,
            },
            ["random", *pages],  # anew for every rater
            {
                "type": "finish",
                "name": "Thank you",
                "content": "Enter the code that you were given, and send your answers.",
                "popupContent": "Your answers were sent. Thank you!",
                "showResults": False,
                "writeResults": True,
                "questionnaire": [{"type": "text", "label": "Your code", "name": RATER}],
            },
        ],
    }


def _as_html(text: str) -> str:
    return html.escape(text, quote=True).replace("\n", "<br/>")


def as_yaml(config: Page, comment: str = "") -> str:
    """A configuration as YAML.

    webMUSHRA's reader (yaml.js 0.1) knows but a part of YAML: no folded lines, no "- - ", no list that is not indented.

    Args:
        comment: put at its head.
    """
    head = [f"# {line}" for line in textwrap.wrap(comment, 100)]
    return "\n".join([*head, *_lines(config)]) + "\n"


def _lines(value: Any, indent: str = "") -> Iterator[str]:
    named = isinstance(value, dict)
    for name in value if named else range(len(value)):
        start, inner = f"{indent}{name}:" if named else f"{indent}-", value[name]
        if isinstance(inner, dict | list):
            yield start
            yield from _lines(inner, indent + INDENT)
        else:
            yield f"{start} {json.dumps(inner, ensure_ascii=False)}"  # which is a scalar of YAML, too
