"""The published single-flaw protocol: which chunks of a song count, and the 30 items that each gives.

It is MixingBuddy's, so that figures compare. RMS is over time and channels, full scale is 1.0; songs are taken in
sorted order; nothing is clipped or rescaled.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from console.errors import InputError
from console.flaws import RANGE_DB, Category
from console.read.roles import Role

CHUNK_S = 10.0
FRAME_S = 0.05
MIX_DBFS, STEM_DBFS = -35.0, -45.0  # least RMS of a chunk's mix, and of each of its stems
FRAME_DBFS = -45.0  # RMS above which a frame sounds
SOUNDING_SHARE = 0.2  # of a chunk's frames, those of all stems together
NAMED = (Role.VOCALS, Role.DRUMS, Role.BASS)  # anchors and targets; the stem "other" is only there
ITEMS = len(NAMED) * (len(NAMED) - 1) * len(Category)  # of a chunk whose song has all three
MUSDB18_HQ_CHUNKS = 855  # of the 50 test songs
MUSDB18_HQ_ITEMS = MUSDB18_HQ_CHUNKS * ITEMS


class Item(NamedTuple):
    """One question: the anchor's level is right; `flaw_db` was put on the target (0 dB in the category no_error)."""

    anchor: Role
    target: Role
    category: Category
    flaw_db: float


def chunks(audio: Float[Tensor, "stem channel time"], sample_rate: int) -> list[int]:
    """The samples at which a song's chunks begin that count.

    Chunks of 10 s lie side by side from sample 0; the remainder is dropped. One counts when its mix (the sum of
    the stems) reaches -35 dBFS RMS, each stem -45 dBFS, and a fifth of the frames of 50 ms, all stems pooled, lie
    above -45 dBFS.
    """
    length = round(CHUNK_S * sample_rate)
    starts = range(0, audio.shape[-1] - length + 1, length)
    return [start for start in starts if _counts(audio[..., start : start + length], round(FRAME_S * sample_rate))]


def _counts(chunk: Float[Tensor, "stem channel time"], frame: int) -> bool:
    whole = chunk.shape[-1] // frame * frame
    frames = chunk[..., :whole].unflatten(-1, (-1, frame)).square().mean((1, 3))  # "stem frame"
    sounding = (frames > _power(FRAME_DBFS)).float().mean()
    mix, stems = chunk.sum(0).square().mean(), chunk.square().mean((1, 2))
    loud = mix >= _power(MIX_DBFS) and (stems >= _power(STEM_DBFS)).all()
    return bool(loud and sounding >= SOUNDING_SHARE)


def items(song_title: str, chunk_index: int, roles: Sequence[Role]) -> list[Item]:
    """The items of a chunk: anchor, target (another stem) and category; 30 for vocals, drums, bass and others.

    Args:
        chunk_index: the chunk's place among the song's chunks of 10 s, those that do not count included.
        roles: what the song's stems play. A role that is missing, or shared by several stems, names none of them
            and gives no item.
    """
    named = [role for role in NAMED if list(roles).count(role) == 1]
    return [
        Item(anchor, target, category, _flaw_db(song_title, chunk_index, target, category, anchor))
        for anchor in named
        for target in named
        if target is not anchor
        for category in Category
    ]


def _flaw_db(song_title: str, chunk_index: int, target: Role, category: Category, anchor: Role) -> float:
    """Uniform over the category's range, by a hash of the item's name: no generator's stream has to last for ever."""
    name = "\0".join((song_title, str(chunk_index), target, category, anchor))
    digest = hashlib.blake2b(name.encode(), digest_size=6).digest()
    low_db, high_db = RANGE_DB[category]
    return low_db + (high_db - low_db) * int.from_bytes(digest, "big") / 2**48


def rendered(
    asked: Sequence[Item], roles: Sequence[Role]
) -> tuple[Bool[Tensor, "item stem"], Float[Tensor, "item stem"]]:
    """Which stem is the anchor, and the flaw of every stem in dB."""
    anchor = torch.tensor([[role is item.anchor for role in roles] for item in asked])
    flaw_db = torch.tensor([[item.flaw_db if role is item.target else 0.0 for role in roles] for item in asked])
    return anchor, flaw_db


def check_musdb18_hq(n_chunks: int, n_items: int) -> None:
    """Holds the counts against those of the MUSDB18-HQ test set.

    Raises: InputError where they differ.
    """
    if (n_chunks, n_items) != (MUSDB18_HQ_CHUNKS, MUSDB18_HQ_ITEMS):
        raise InputError(
            f"The MUSDB18-HQ test set gives {MUSDB18_HQ_CHUNKS} chunks and {MUSDB18_HQ_ITEMS} items, "
            f"not {n_chunks} and {n_items}: check that all 50 songs are there, as WAV at 44.1 kHz."
        )


def _power(level_dbfs: float) -> float:
    return 10 ** (level_dbfs / 10)
