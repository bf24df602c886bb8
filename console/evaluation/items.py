"""The items of an evaluation: for every chunk of a song that counts, the flaws of one protocol."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.utils.data import Dataset

from console.balance import BalancePrior
from console.data.chunk import Chunk, counted, flawed_chunk, read_chunk
from console.data.examples import Example
from console.data.excerpt import WINDOW, to_window
from console.data.grouping import by_role
from console.data.musdb import check_complete
from console.data.table import SongTable
from console.errors import InputError
from console.evaluation.protocol import ITEMS, NAMED, items, rendered
from console.features import STEP_S, describe, hide, regained
from console.flaws import draw_flaws
from console.read.roles import Role


class Protocol(StrEnum):
    """What is wrong with the mixes of an evaluation.

    `single` is the published protocol (`console.evaluation.protocol`): at most one flaw. In `many` each stem but the
    anchor is flawed with even chances, at least one is; in `raw` each lies anywhere within 12 dB; in `none` nothing is
    wrong.
    `ab` has the flaws of `many`, and asks what changed from version A, the balanced mix, to version B, the flawed one.
    """

    SINGLE = "single"
    MANY = "many"
    RAW = "raw"
    NONE = "none"
    AB = "ab"


FLAWS = {Protocol.MANY: "many", Protocol.RAW: "raw", Protocol.NONE: "none", Protocol.AB: "many"}  # drawn how


class Asked(NamedTuple):
    """All items of one chunk; stems are one a role (those of a role are summed), in the order of `Role`.

    Args:
        example: the items as draws, one window each; `moment` is empty and `balance` 1.
        ids: what each item is called: "song|chunk|protocol|anchor or -|number in the chunk".
        song: its title.
        chunk: the chunk's place among the song's chunks of 10 s, those that do not count included.
        start_s: where it begins.
        protocol: what was asked.
        energy: `console.features.energies` of the flawed stems and, last, their mix, whether heard or not: what
            `explainer.figures.measure` takes.
        balanced: the same of the balanced chunk (version A).
        gram: mean products of the balanced stems over the chunk, in double precision; of the table's frames, which
            half overlap, so that ratios of such sums are within 0.1 dB of the samples' own.
        moment: half a second of the balanced stems in the chunk, 44.1 kHz.
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
    """Every chunk that counts, with its items; a chunk is the same whenever it is asked for.

    Load it without collating (`DataLoader(items, batch_size=None)`), or index it.

    Args:
        tables: songs at the levels of their balanced mixes.
        protocol: what is wrong with them.
        mix_only: of the stems only the roles are known.
        prior: bring each song to one balance drawn from it (by one gain a role); None leaves it as the source has it.
        short_songs: a song under 10 s counts as one chunk, however faint (`ProtocolItems`).
        seed: another seed, other flaws (but for `single`, whose flaws are the published ones) and other balances.

    Raises: InputError where two songs have one title, by which items are called.
    """

    def __init__(
        self,
        tables: Sequence[SongTable],
        protocol: Protocol,
        mix_only: bool = False,
        prior: BalancePrior | None = None,
        short_songs: bool = False,
        seed: int = 0,
    ):
        self.tables, self.protocol = tables, Protocol(protocol)
        self.mix_only, self.prior, self.seed = mix_only, prior, seed
        self.asked = [
            (song, start) for song, start in counted(tables, short_songs) if _count(self.protocol, tables[song], start)
        ]
        titles = Counter(tables[song].title for song in {song for song, _ in self.asked})
        for title, times in titles.items():
            if times > 1:
                raise InputError(f'{times} songs are called "{title}": give each a title of its own.')

    def __len__(self) -> int:
        """Number of chunks."""
        return len(self.asked)

    @property
    def count(self) -> int:
        """Number of items in all chunks."""
        return sum(_count(self.protocol, self.tables[song], start) for song, start in self.asked)

    def check(self) -> None:
        """Before a run.

        Raises: InputError where there is nothing to ask about, or where the songs are the whole test set of
            MUSDB18-HQ, the protocol is `single`, and the counts are not the published ones.
        """
        if not self.asked:
            raise InputError(
                f"None of the {len(self.tables)} songs has 10 s to ask about: two of vocals, drums and bass or more, "
                "each stem at -45 dBFS or more, the mix at -35 dBFS or more."
            )
        if self.protocol is Protocol.SINGLE:
            check_complete(getattr(self.tables, "source", None), len(self), self.count)

    def __getitem__(self, index: int) -> Asked:
        song, start = self.asked[index]
        table = self.tables[song]
        # A trailing 0 leaves the seed as it is: seed 0 draws the balances of `ProtocolItems`.
        chunk = read_chunk(table, start, self.prior, np.random.default_rng((song, self.seed)))
        balanced = to_window(regained(chunk.cross, torch.ones(chunk.cross.shape[1:3])))
        sounding = describe(balanced).present[:-1]
        anchor, flaw_db = self._questions(table.title, start // WINDOW, chunk.roles, sounding)
        example, energy = flawed_chunk(chunk, anchor, flaw_db, self.mix_only, song)
        return Asked(
            example,
            self._ids(table.title, start // WINDOW, chunk.roles, anchor),
            table.title,
            start // WINDOW,
            start * STEP_S,
            self.protocol,
            energy,
            balanced,
            chunk.cross[..., 0].double().mean(-1),
            _moment(table, chunk, start),
        )

    def _questions(
        self, title: str, chunk: int, roles: tuple[Role, ...], sounding: Bool[Tensor, " stem"]
    ) -> tuple[Bool[Tensor, "item stem"], Float[Tensor, "item stem"]]:
        """Anchors and flaws in dB."""
        if self.protocol is Protocol.SINGLE:
            return rendered(items(title, chunk, roles), roles)
        named = [role for role in NAMED if role in roles]
        anchor, flaw_db = [], []
        for n in range(_drawn(self.protocol, roles)):
            of = named[n % len(named)]
            known = torch.tensor([role is of for role in roles]) & sounding  # a silent stem tells nothing
            free = (sounding & ~known).numpy()
            rng = _rng(title, chunk, FLAWS[self.protocol], of if known.any() else "-", n, self.seed)
            drawn = draw_flaws(FLAWS[self.protocol], free, rng) if free.any() else np.zeros(len(roles))
            anchor.append(known)
            flaw_db.append(torch.from_numpy(drawn).float())
        return torch.stack(anchor), torch.stack(flaw_db)

    def _ids(
        self, title: str, chunk: int, roles: tuple[Role, ...], anchor: Bool[Tensor, "item stem"]
    ) -> tuple[str, ...]:
        told = [str(roles[int(row.int().argmax())]) if row.any() else "-" for row in anchor]
        return tuple(f"{title}|{chunk}|{self.protocol}|{known}|{n}" for n, known in enumerate(told))


def _count(protocol: Protocol, table: SongTable, start: int) -> int:
    roles = by_role(table.roles)[1]
    if protocol is Protocol.SINGLE:
        return len(items(table.title, start // WINDOW, roles))
    return _drawn(protocol, roles)


def _drawn(protocol: Protocol, roles: Sequence[Role]) -> int:
    """How many items are drawn; of a lone stem nothing can be asked. Without a flaw, every anchor asks the same."""
    if len(roles) < 2:
        return 0
    return sum(role in NAMED for role in roles) if protocol is Protocol.NONE else ITEMS


def _rng(*name: object) -> np.random.Generator:
    """By a hash of an item's name, so that it depends on nothing else."""
    digest = hashlib.blake2b("\0".join(map(str, name)).encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def _moment(table: SongTable, chunk: Chunk, start: int) -> Float[Tensor, "stem 2 time"]:
    """The one that is nearest to the chunk's middle; a table has one in every chunk."""
    which = min(range(len(table.moments)), key=lambda m: abs(table.moment_step[m] - start - WINDOW // 2))
    return torch.einsum("ai,icn->acn", chunk.groups, table.moments[which].float())
