"""Training examples of levels alone: songs whose seconds the balance prior draws, with no sound behind them.

A console that reads levels of seconds (`bands` and `content` off) needs no more, and they cost a thousandth of what
sound costs. What the advice does to a mix is still heard: half a second of some song's stems is brought to the drawn
balance, and goes through the desk.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor
from torch.utils.data import Dataset

from console.balance import ROLES, BalancePrior
from console.data.examples import SINGLE, Example, Key, asked_about, heard_of
from console.data.excerpt import membership
from console.data.recipe import Recipe, ask
from console.data.relevel import static_gain
from console.data.table import SongTable
from console.network.features import LEVELS, N_MEL, OF_SECONDS, Features, hide, levels_over_time, sounding

COHERENCE = 0.03  # sd, over seconds, of the correlation of two stems; on real songs 0.005 to 0.065
SPLIT = (0.1, 0.9)  # share of a role's energy that the first of two stems has


class LevelDraws(Dataset[Example]):
    """Draws of songs' levels, anchors and flaws, as many an excerpt as the recipe has it; fewer of many windows.

    Args:
        tables: songs whose moments are heard; their levels are not.
        recipe: how examples are drawn; `finer` is the share of the batches in which one role is split in two.
        prior: what is drawn from.
        seed: another seed, other examples.
    """

    def __init__(self, tables: Sequence[SongTable], recipe: Recipe, prior: BalancePrior, seed: int = 0):
        self.tables, self.recipe, self.prior, self.seed = tables, recipe, prior, seed

    def __getitem__(self, key: Key) -> Example:
        """The example of that key; the excerpts of a batch have as many windows, and are split or not."""
        rng = np.random.default_rng((self.seed, key.epoch, key.song, 2))
        of_batch = np.random.default_rng((self.seed, key.batch, 3))
        recipe = self.recipe
        windows = 1 if of_batch.random() < SINGLE else int(of_batch.integers(1, recipe.windows + 1))
        split = bool(of_batch.random() < recipe.finer)
        draws = max(4, recipe.draws // windows)
        song_db, usual = self.prior.draw_told(draws, rng)
        usual *= rng.random((draws, 1, 1)) < recipe.told
        missing = self.prior.draw_missing(draws, rng)
        level_db = self.prior.draw_chunks(song_db, windows, rng)
        at = np.arange(len(ROLES))
        factor = np.ones((draws, len(ROLES)))
        if split:
            level_db, at, factor = self._split(song_db, level_db, rng)
        power = 10 ** (level_db / 10) * ~missing[:, None, at, None]
        roles = [ROLES[index] for index in at]
        sounds = asked_about(torch.from_numpy(power).mean((1, 3))).numpy()
        questions = ask(sounds, roles, recipe, rng)
        features = _features(power * 10 ** (questions.flaw_db / 10)[:, None, :, None], rng)
        heard = heard_of(len(at), recipe, rng)
        moment, gain = self._moment(self.tables[key.song], song_db, rng)
        return Example(
            hide(features, heard),
            torch.from_numpy(at).expand(draws, -1),
            torch.from_numpy(questions.anchor),
            torch.from_numpy(questions.free),
            heard.expand(draws, -1),
            torch.from_numpy(questions.flaw_db).float(),
            torch.full((draws,), key.song),
            moment[None, at],
            gain[:, at] * torch.from_numpy(factor * ~missing[:, at]).float(),
            torch.from_numpy(usual[:, at]).float(),
        )

    def _split(
        self,
        song_db: Float[ndarray, "draw role"],
        level_db: Float[ndarray, "draw window role second"],
        rng: np.random.Generator,
    ) -> tuple[Float[ndarray, "draw window stem second"], ndarray, Float[ndarray, "draw stem"]]:
        """One role, the same in all draws, as two stems that each go their own way; and factors on their sound.

        Both are told what is usual of the role, which is that of their sum: so it is told to a console that hears such
        stems (`Usual.of`), since nobody knows beforehand which share each of them has.
        """
        role = int(rng.integers(len(ROLES)))
        share = rng.uniform(*SPLIT, (len(song_db), 1))
        shares = np.concatenate([share, 1 - share], axis=1)
        again = self.prior.draw_chunks(song_db, level_db.shape[1], rng)[:, :, role]
        both = np.stack([level_db[:, :, role], again], axis=2) + 10 * np.log10(shares)[:, None, :, None]
        at = np.array([*range(role), role, role, *range(role + 1, len(ROLES))])
        factor = np.ones((len(song_db), len(at)))
        factor[:, role : role + 2] = np.sqrt(shares)
        return np.concatenate([level_db[:, :, :role], both, level_db[:, :, role + 1 :]], axis=2), at, factor

    def _moment(
        self, table: SongTable, song_db: Float[ndarray, "draw role"], rng: np.random.Generator
    ) -> tuple[Float[Tensor, "role 2 time"], Float[Tensor, "draw role"]]:
        """Half a second of a song, and factors that bring its roles to these levels."""
        member = membership(table.roles)
        power = torch.einsum("ri,rj,ijt->rt", member, member, table.plain)
        moment = table.moments[rng.integers(len(table.moments))].float()
        return torch.einsum("ri,ict->rct", member, moment), static_gain(power, song_db)


def _features(power: Float[ndarray, "draw window stem second"], rng: np.random.Generator) -> Features:
    """What `console.network.features` would measure of such stems, as far as it follows from seconds; all else is 0."""
    total = power.sum(2)
    # Two stems partly add and partly cancel: 2 r sqrt(a b) for each pair, all correlations r independent.
    pairs = (total**2 - (power**2).sum(2)).clip(0) / 2
    mix = total + 2 * COHERENCE * np.sqrt(pairs) * rng.normal(size=total.shape)
    seconds = torch.from_numpy(np.concatenate([power, mix[:, :, None].clip(0)], axis=2)).float()
    levels = torch.nn.functional.pad(levels_over_time(seconds), (0, LEVELS - OF_SECONDS))
    content = levels.new_zeros(*levels.shape[:3], N_MEL, 0)
    return Features(levels, content, sounding(seconds.mean(-1)))
