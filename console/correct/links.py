"""Stems that move together are heard as one, and what is believed of that one is believed of each."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import torch

from console.network.posterior import GainPosterior
from console.read.song import Song


def heads_of(song: Song) -> list[str]:
    """The first of the stems that move together with each stem: its own name where none does."""
    first = {name: group[0] for group in song.links for name in group}
    return [first.get(name, name) for name in song.names]


def joined(song: Song) -> tuple[Song, list[int]]:
    """The song with its linked stems summed, each group under the name of its first, and where each stem is in that."""
    heads = heads_of(song)
    kept = list(dict.fromkeys(heads))
    of = [kept.index(head) for head in heads]
    if len(kept) == len(song.names):
        return song, of
    members = [[i for i, where in enumerate(of) if where == unit] for unit in range(len(kept))]
    sums = torch.tensor([[float(where == unit) for where in of] for unit in range(len(kept))])
    roles = tuple(song.roles[each[0]] for each in members)
    finer = tuple(song.finer_roles[each[0]] for each in members)
    sound: Any = song.sound.mixed(sums)
    return replace(song, audio=sound, names=tuple(kept), roles=roles, finer_roles=finer, files=None, links=()), of


def listen_linked(song: Song, listen: Callable[[Song, str | None], GainPosterior], anchor: str | None) -> GainPosterior:
    """What `listen` believes of the song's stems, those that are linked heard as one.

    Args:
        listen: to a song, with the name of its anchor.
        anchor: the stem whose level is taken as right; what moves with it is as right.
    """
    units, of = joined(song)
    head = None if anchor is None else units.names[of[song.index(anchor)]]
    return spread(listen(units, head), song, of, anchor)


def spread(heard: GainPosterior, song: Song, of: list[int], anchor: str | None) -> GainPosterior:
    """What is believed of the stems, from what is believed of those that `joined` made of them."""
    embedding = heard.embedding
    return GainPosterior(
        song.names,
        heard.probability[of],
        anchor,
        heard.silent[of] | song.silent.to(heard.silent.device),
        None if embedding is None else embedding[[*of, -1]],
        heard.familiarity,
    )


def with_linked(song: Song, names: Collection[str]) -> list[str]:
    """The stems of these names, and those that move together with them."""
    groups = [group for group in song.links if not set(group).isdisjoint(names)]
    return [name for name in song.names if name in names or any(name in group for group in groups)]
