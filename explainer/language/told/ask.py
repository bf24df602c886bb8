"""One question about one mix, as a language model is asked it."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explainer.advice.advice import Advice
from explainer.language.told.clip import Clip
from explainer.language.told.origin import Origin
from explainer.phrasing.answers import Task
from explainer.phrasing.plan import Step, Style


@dataclass(frozen=True)
class Ask:
    """One question about one mix.

    Args:
        embedding: the console's embeddings of all stems, and last of the mix.
        compare: the moves are the way back from one version of the song to another.
        report: as in `explainer.language.told.prompt.prompt`.
        response: the answer, where it is to be learnt.
        clips: what is heard, by an explainer that has ears.
        style: how much the answer says.
        task: what kind of a question it is; `ANY` where nobody knows.
        origin: the sound that it is about, where there is any.
        step: the one step of an answer that is asked for, with slots; None: the whole answer, with its numbers.
        before: the text of the step before, with its slots.
    """

    advice: Advice
    instruction: str
    embedding: Float[Tensor, "source width"] | None = None
    compare: bool = False
    report: str = ""
    response: str | None = None
    clips: tuple[Clip, ...] = ()
    style: Style = Style.FULL
    task: Task = Task.ANY
    origin: Origin | None = None
    step: Step | None = None
    before: str = ""
