"""The items of an evaluation: for every part of a song that counts, the flaws of one protocol."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.utils.data import Dataset

from console.balance import BalancePrior
from console.data.chunk import Stems, flawed_windows, read_windows, stems_of
from console.data.examples import Example, sounds_of
from console.data.excerpt import Share, to_window
from console.data.sources.musdb import check_complete
from console.data.table import SongTable
from console.errors import InputError
from console.evaluation.conditions import Condition, Protocol, Told
from console.evaluation.parts import Part, Span, parts_of, usual_for
from console.evaluation.protocol import ITEMS, NAMED, items, rendered
from console.flaws import Category, draw_category_db, draw_flaws
from console.network.features import STEP_S, WINDOW, hide, regained, sounding
from console.read.roles import Role

__all__ = ["FLAWS", "Asked", "Items", "Protocol"]

OPEN = 64  # songs whose stems are kept in memory
FLAWS = {Protocol.MANY: "many", Protocol.RAW: "raw", Protocol.NONE: "none", Protocol.AB: "many"}  # drawn how


class Asked(NamedTuple):
    """All items of one chunk, or of one song.

    Stems are one a role (those of a role are summed), in the order of `Role`, or the song's own.

    Args:
        example: the items as draws, one window each or all of the song's; `moment` is empty and `balance` 1.
        ids: what each item is called: "song|chunk|protocol|anchor or -|number in the chunk".
        song: its title.
        chunk: the chunk's place among the song's chunks of 10 s, those that do not count included; 0 of a whole song.
        start_s: where it begins.
        protocol: what was asked.
        energy: `features.energies` of the flawed stems and, last, their mix, whether heard or not, one window after the
            other: what `explainer.measured.figures.measure` takes.
        balanced: the same of the balanced stems (version A).
        gram: mean products of the balanced stems over the windows, in double precision; of the table's frames, which
            half overlap, so that ratios of such sums are within 0.1 dB of the samples' own.
        moment: half a second of the balanced stems in the middle, 44.1 kHz.
    """

    example: Example
    ids: tuple[str, ...]
    song: str
    chunk: int
    start_s: float
    protocol: Protocol
    energy: Float[Tensor, "draw source step row"]
    balanced: Float[Tensor, "source step row"]
    gram: Float[Tensor, "stem stem"]
    moment: Float[Tensor, "stem 2 time"]

    @property
    def mix_only(self) -> bool:
        """Whether of the stems only the roles are known."""
        return not bool(self.example.heard.any())

    def of_mix(self) -> "Asked":
        """The same items when the mix alone is heard; nothing is measured again."""
        nobody = self.example.heard.new_zeros(self.example.heard.shape[-1])
        features, heard = hide(self.example.features, nobody), torch.zeros_like(self.example.heard)
        return self._replace(example=self.example._replace(features=features, heard=heard))


class Items(Dataset[Asked]):
    """Every part that counts, with its items; a part is the same whenever it is asked for.

    Load it without collating (`DataLoader(items, batch_size=None)`), or index it.

    Args:
        tables: songs at the levels of their balanced mixes.
        asks: what is wrong with them, or that and all other circumstances.
        mix_only: of the stems only the roles are known.
        prior: bring each song to one balance drawn from it (by one gain a role); None leaves it as the source has it.
        short_songs: a song under 10 s counts as one chunk, however faint it or a stem is.
        seed: another seed, other flaws (but for `single`, whose flaws are the published ones) and other balances.

    Raises: InputError where two songs have one title, by which items are called.
    """

    def __init__(
        self,
        tables: Sequence[SongTable],
        asks: Protocol | Condition,
        mix_only: bool = False,
        prior: BalancePrior | None = None,
        short_songs: bool = False,
        seed: int = 0,
    ):
        self.condition = asks if isinstance(asks, Condition) else Condition(Protocol(asks), mix_only=mix_only)
        self.protocol, self.mix_only = self.condition.protocol, self.condition.mix_only or mix_only
        self.tables, self.prior, self.seed = tables, prior, seed
        self._stems = lru_cache(OPEN)(self._stems_of)
        self.parts = [part for part in parts_of(tables, self.condition, short_songs) if self._count(part)]
        titles = Counter(tables[song].title for song in {part.song for part in self.parts})
        for title, times in titles.items():
            if times > 1:
                raise InputError(f'{times} songs are called "{title}": give each a title of its own.')

    def __getstate__(self) -> dict[str, object]:
        """All but what is kept in memory, for other processes."""
        return {name: value for name, value in self.__dict__.items() if name != "_stems"}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._stems = lru_cache(OPEN)(self._stems_of)

    def __len__(self) -> int:
        """Number of parts: chunks, songs or halves of songs."""
        return len(self.parts)

    @property
    def count(self) -> int:
        """Number of items in all parts."""
        return sum(map(self._count, self.parts))

    def check(self) -> None:
        """Before a run.

        Raises: InputError where there is nothing to ask about, or where the songs are the whole test set of
            MUSDB18-HQ, the protocol is the published one, and the counts are not the published ones.
        """
        if self.condition in (Condition(), Condition(mix_only=True)):
            check_complete(getattr(self.tables, "source", None), len(self), self.count)
        if not self.parts:
            raise InputError(self.nothing())

    def nothing(self) -> str:
        """Why there is nothing to ask about, in a sentence."""
        songs = f"None of the {len(self.tables)} songs"
        if self.condition.usual is Told.GENRE:
            return f"{songs} tells its genre (in song.json)."
        if self.condition.usual is Told.WRONG and len(self.tables) < 2:
            return "What another song has cannot be told: there is one song alone."
        if self.condition.usual is Told.HALF:
            return f"{songs} is long enough to be told one half (10 s at least) of and asked about the other."
        return (
            f"{songs} has 10 s to ask about: two of vocals, drums and bass or more, "
            "each stem at -45 dBFS or more, the mix at -35 dBFS or more."
        )

    def __getitem__(self, index: int) -> Asked:
        part = self.parts[index]
        table, stems = self.tables[part.song], self._stems(part.song)
        cross = read_windows(table, stems, part.starts)
        ones = torch.ones(cross.shape[2:4])
        balanced = torch.stack([to_window(regained(window, ones)) for window in cross])
        anchor, flaw_db = self._questions(table.title, part.number, stems.roles, self._sounds(part))
        sound = sounds_of([Share(table, stems.groups, part.starts)])
        usual = usual_for(part, self.tables, self._stems, self.condition)
        example, energy = flawed_windows(cross, stems.roles, anchor, flaw_db, self.mix_only, part.song, usual, sound)
        return Asked(
            example,
            self._ids(table.title, part.number, stems.roles, anchor),
            table.title,
            part.number,
            part.span[0] * STEP_S,
            self.protocol,
            energy.transpose(1, 2).flatten(2, 3),
            balanced.transpose(0, 1).flatten(1, 2),
            cross[..., 0].double().mean((0, -1)),
            _moment(table, stems, part.span),
        )

    def _stems_of(self, song: int) -> Stems:
        """A balance that is drawn is the same in every part of a song."""
        rng = np.random.default_rng((song, self.seed))
        return stems_of(self.tables[song], self.prior, rng, self.condition.native, self.condition.without)

    def _sounds(self, part: Part) -> Bool[Tensor, " stem"]:
        """Which balanced stems sound in some window of a part."""
        table, groups = self.tables[part.song], self._stems(part.song).groups
        if not len(groups):
            return torch.zeros(0, dtype=torch.bool)
        means = [table.plain[..., start : start + WINDOW].mean(-1) for start in part.starts]
        cross = torch.einsum("ai,bj,wij->wab", groups, groups, torch.stack(means))
        mix = cross.sum((1, 2)).clamp_min(0)[:, None]
        return sounding(torch.cat([cross.diagonal(dim1=1, dim2=2), mix], dim=1))[:, :-1].any(0)

    def _count(self, part: Part) -> int:
        roles, condition = self._stems(part.song).roles, self.condition
        if condition.whole or condition.native:  # of chunks only those count in which all stems sound
            roles = tuple(role for role, sounds in zip(roles, self._sounds(part), strict=True) if sounds)
        if self.protocol is Protocol.SINGLE and not condition.native:
            return len(items(self.tables[part.song].title, part.number, roles))
        return _drawn(condition, roles)

    def _questions(
        self, title: str, number: int, roles: tuple[Role, ...], sounds: Bool[Tensor, " stem"]
    ) -> tuple[Bool[Tensor, "item stem"], Float[Tensor, "item stem"]]:
        """Anchors and flaws in dB."""
        condition = self.condition
        asked_of = roles
        if condition.whole or condition.native:
            asked_of = tuple(role for role, sound in zip(roles, sounds, strict=True) if sound)
        if self.protocol is Protocol.SINGLE and not condition.native:
            anchor, flaw_db = rendered(items(title, number, asked_of), roles)
        else:
            drawn = [self._drawn(title, number, roles, sounds, n) for n in range(_drawn(condition, asked_of))]
            anchor, flaw_db = (torch.stack(part) for part in zip(*drawn, strict=True))
        return anchor & condition.anchor, flaw_db

    def _drawn(
        self, title: str, number: int, roles: tuple[Role, ...], sounds: Bool[Tensor, " stem"], n: int
    ) -> tuple[Bool[Tensor, " stem"], Float[Tensor, " stem"]]:
        """Anchor and flaws of one item that is not of the published protocol."""
        kind = FLAWS.get(self.protocol, "one")
        if self.condition.native:
            rng = _rng(title, number, f"native {kind}", "-", n, self.seed)
            known = torch.zeros(len(roles), dtype=torch.bool)
            known[rng.choice(sounds.nonzero().flatten().numpy())] = True
        else:
            named = [role for role in NAMED if role in roles]
            of = named[n % len(named)]
            known = torch.tensor([role is of for role in roles]) & sounds  # a silent stem tells nothing
            rng = _rng(title, number, kind, of if known.any() else "-", n, self.seed)
        free = (sounds & ~known).numpy()
        if not free.any():
            return known, torch.zeros(len(roles))
        if kind != "one":
            return known, torch.from_numpy(draw_flaws(kind, free, rng)).float()
        flaw_db = torch.zeros(len(roles))
        flaw_db[rng.choice(np.flatnonzero(free))] = draw_category_db(list(Category)[n % len(Category)], rng)
        return known, flaw_db

    def _ids(
        self, title: str, number: int, roles: tuple[Role, ...], anchor: Bool[Tensor, "item stem"]
    ) -> tuple[str, ...]:
        told = [str(roles[int(row.int().argmax())]) if row.any() else "-" for row in anchor]
        return tuple(f"{title}|{number}|{self.protocol}|{known}|{n}" for n, known in enumerate(told))


def _drawn(condition: Condition, roles: Sequence[Role]) -> int:
    """How many items are drawn; of a lone stem nothing can be asked. Without a flaw, every anchor asks the same."""
    if len(roles) < 2:
        return 0
    if condition.protocol is not Protocol.NONE:
        return ITEMS
    if not condition.anchor:
        return 1
    return len(NAMED) if condition.native else sum(role in NAMED for role in roles)


def _rng(*name: object) -> np.random.Generator:
    """By a hash of an item's name, so that it depends on nothing else."""
    digest = hashlib.blake2b("\0".join(map(str, name)).encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def _moment(table: SongTable, stems: Stems, span: Span) -> Float[Tensor, "stem 2 time"]:
    """The one that is nearest to the middle; a table has one in every chunk."""
    middle = span[0] + max(WINDOW, span[1] - span[0]) // 2
    which = min(range(len(table.moments)), key=lambda m: abs(table.moment_step[m] - middle))
    return torch.einsum("ai,icn->acn", stems.groups, table.moments[which].float())
