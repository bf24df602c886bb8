"""What the networks' tags mean: sorted, synonyms made one, and how likely is likely enough to say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import yaml
from jaxtyping import Float
from numpy import ndarray

from console.music.music import Tag

# The tags in the order of the networks' outputs, the commonest in their training data first.
TAGS = {
    "MSD": (
        "rock pop alternative indie electronic female_vocalists dance 00s alternative_rock jazz beautiful metal "
        "chillout male_vocalists classic_rock soul indie_rock Mellow electronica 80s folk 90s chill instrumental "
        "punk oldies blues hard_rock ambient acoustic experimental female_vocalist guitar Hip-Hop 70s party "
        "country easy_listening sexy catchy funk electro heavy_metal Progressive_rock 60s rnb indie_pop sad House "
        "happy"
    ),
    "MTT": (
        "guitar classical slow techno strings drums electronic rock fast piano ambient beat violin vocal synth "
        "female indian opera male singing vocals no_vocals harpsichord loud quiet flute woman male_vocal no_vocal "
        "pop soft sitar solo man classic choir voice new_age dance male_voice female_vocal beats harp cello "
        "no_voice weird country metal female_voice choral"
    ),
}
NETWORKS = tuple(TAGS)
EVEN = 0.5
Heard = Mapping[str, Float[ndarray, " tag"]]  # by each network, the probability of each of its tags


@dataclass(frozen=True)
class Meaning:
    """A name of ours, and the tags that stand for it.

    Args:
        tags: by the network, the places of its tags that mean it.
        at: as likely as this, it is as often right as wrong; `alone`, of a stem by itself.
    """

    name: str
    tags: Mapping[str, tuple[int, ...]]
    at: float
    alone: float

    def of(self, heard: Heard, alone: bool = False) -> Tag | None:
        """How likely it is; None where no network was asked that knows it.

        Of synonyms one is enough; networks are averaged. People leave out most tags that would be true, so what a
        network that learnt of them says is low: its odds are held against those at which it is as often right as wrong.
        """
        told = [1 - np.prod(1 - heard[network][list(at)]) for network, at in self.tags.items() if network in heard]
        if not told:
            return None
        odds = _odds(float(np.mean(told))) / _odds(self.alone if alone else self.at)
        return Tag(self.name, odds / (1 + odds))


def _odds(probability: float) -> float:
    return probability / max(1 - probability, 1e-6)


@cache
def meanings() -> Mapping[str, tuple[Meaning, ...]]:
    """By kind (genres, moods, instruments, voices, eras), what can be said."""
    told = yaml.safe_load(files("console.music.tags").joinpath("vocabulary.yaml").read_text())
    return {
        kind: tuple(
            Meaning(
                str(name),
                {network: tuple(map(_places(network).index, row[network])) for network in NETWORKS if network in row},
                row["at"],
                row.get("alone", row["at"]),
            )
            for name, row in rows.items()
        )
        for kind, rows in told.items()
    }


def said(kind: str, heard: Heard, most: int, alone: bool = False) -> tuple[Tag, ...]:
    """What of a kind is likelier than not, the likeliest first."""
    tags = [tag for meaning in meanings()[kind] if (tag := meaning.of(heard, alone)) and tag.probability >= EVEN]
    return tuple(sorted(tags, key=lambda tag: -tag.probability)[:most])


def _places(network: str) -> list[str]:
    return [tag.replace("_", " ") for tag in TAGS[network].split()]
