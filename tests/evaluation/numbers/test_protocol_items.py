"""The protocol's items as examples: what is measured is what rendering each question would give."""

import pytest
import torch
from consoles import random_console
from songs import noise_song

from console import Song
from console.balance import ROLES
from console.data.examples import Example, collate
from console.data.table import SongTable, tabulate
from console.evaluation.items import Items, Protocol
from console.evaluation.protocol import ITEMS, items, rendered
from console.flaws import Category, category_of
from console.network.features import Features, measure
from console.read.roles import Role

RATE_HZ = 44_100
FINER = (Role.DRUMS, Role.OTHER, Role.VOCALS, Role.DRUMS, Role.BASS)


def examples_of(*tables: SongTable, **options: bool) -> list[Example]:
    asked = Items(tables, Protocol.SINGLE, **options)
    return [asked[index].example for index in range(len(asked))]


@pytest.fixture(scope="module")
def song() -> Song:
    """Two chunks that count, and one between them in which the bass rests."""
    song = noise_song(seconds=31.0, title="A Song")
    song.audio[2, :, 10 * RATE_HZ : 20 * RATE_HZ] = 0
    return song


@pytest.fixture(scope="module")
def table(song) -> SongTable:
    return tabulate(song)


def test_every_chunk_that_counts_gives_thirty_items(table):
    examples = examples_of(table)
    assert len(examples) == 2
    for index, chunk in enumerate((0, 2)):
        example = examples[index]
        asked = items("A Song", chunk, ROLES)
        anchor, flaw_db = rendered(asked, ROLES)
        assert len(example.role) == len(asked) == ITEMS
        assert torch.equal(example.anchor, anchor)
        assert torch.equal(example.flaw_db, flaw_db)
        assert torch.equal(example.free, ~anchor)
        assert example.heard.all()
        assert example.role.tolist() == [[0, 1, 2, 3]] * 30


def test_the_features_are_those_of_the_rendered_chunk(song, table):
    example = examples_of(table)[1]
    chunk = song.audio[..., 20 * RATE_HZ : 30 * RATE_HZ]
    assert example.features.levels.shape[:3] == (30, 1, 5)
    for item in (0, 2, 11, 29):
        flawed = chunk * 10 ** (example.flaw_db[item] / 20)[:, None, None]
        for ours, theirs in zip(example.features, measure(flawed, RATE_HZ), strict=True):
            # Frames at the ends of a chunk see 25 ms of what is beyond it.
            inner = slice(1, -1) if ours[item, 0].dim() == 3 else slice(None)
            torch.testing.assert_close(ours[item, 0][..., inner], theirs[..., inner], atol=0.03, rtol=0)


def test_stems_of_one_role_are_summed():
    song = noise_song(FINER, seconds=10.0, title="A Song")
    roles = (Role.VOCALS, Role.DRUMS, Role.BASS, Role.OTHER)
    summed = torch.stack([song.audio[[own is role for own in FINER]].sum(0) for role in roles])
    example, of_sums = (
        examples_of(tabulate(s))[0] for s in (song, Song(summed, roles, RATE_HZ, roles, title="A Song"))
    )
    assert torch.equal(example.flaw_db, of_sums.flaw_db)
    torch.testing.assert_close(example.features.levels, of_sums.features.levels, atol=1e-3, rtol=0)
    torch.testing.assert_close(example.features.content, of_sums.features.content, atol=1e-2, rtol=0)


@pytest.mark.parametrize(
    ("roles", "asked"), [((Role.DRUMS, Role.BASS, Role.OTHER), 10), ((Role.OTHER, Role.DRUMS), 0), ((Role.BASS,), 0)]
)
def test_songs_without_all_roles_give_what_they_can(roles, asked):
    table = tabulate(noise_song(roles, seconds=10.0))
    examples = examples_of(table)
    assert len(examples) == bool(asked)
    if asked:
        assert examples[0].role.tolist() == [[ROLES.index(role) for role in sorted(roles, key=ROLES.index)]] * asked
        assert {category_of(float(row.sum())) for row in examples[0].flaw_db} == set(Category)


def test_a_song_under_ten_seconds_is_asked_about_where_that_is_wanted(table):
    song = noise_song(seconds=7.0, title="Short")
    short = tabulate(song)
    assert len(examples_of(short)) == 0
    assert len(examples_of(short, table, short_songs=True)) == 3
    example = examples_of(short, short_songs=True)[0]
    assert torch.equal(example.flaw_db, rendered(items("Short", 0, ROLES), ROLES)[1])
    repeated = song.audio.repeat(1, 1, 2)[..., : 10 * RATE_HZ]
    for item in (0, 2, 29):
        flawed = repeated * 10 ** (example.flaw_db[item] / 20)[:, None, None]
        off = (example.features.levels[item, 0] - measure(flawed, RATE_HZ).levels).abs()
        assert off.max() < 0.1  # at the join, frames see both ends


def test_of_the_mix_alone_only_the_roles_are_known(table):
    whole, mixed = examples_of(table)[0], examples_of(table, mix_only=True)[0]
    assert not mixed.heard.any()
    assert (mixed.features.levels[:, :, :-1] == 0).all()
    assert (mixed.features.content[:, :, :-1] == 0).all()
    assert torch.equal(mixed.features.levels[:, :, -1], whole.features.levels[:, :, -1])
    assert mixed.features.present.tolist() == [[[False] * 4 + [True]]] * 30
    for name in ("role", "anchor", "free", "flaw_db", "song"):
        assert torch.equal(getattr(mixed, name), getattr(whole, name))


def test_songs_are_told_apart_and_batch(table):
    three = tabulate(noise_song([Role.VOCALS, Role.DRUMS, Role.BASS], seconds=10.0, seed=3))
    examples = examples_of(three, table)
    batch = collate([examples[index] for index in range(len(examples))])
    assert batch.song.tolist() == [0] * 30 + [1] * 60
    assert batch.role.shape == (90, 4)
    assert not batch.free[:30, 3].any()
    console = random_console()
    with torch.no_grad():
        scores = console(batch.features, batch.role, batch.anchor, batch.heard)
        alone = console(*(lambda e: (e.features, e.role, e.anchor, e.heard))(examples[0]))
    torch.testing.assert_close(scores[:30, :3].exp(), alone.exp(), atol=1e-4, rtol=0)


def test_chunks_are_read_where_they_lie(song, table):
    first, last = (examples_of(table)[index].features for index in (0, 1))
    for features, start in ((first, 0), (last, 20)):
        mix = measure(song.audio[..., start * RATE_HZ : (start + 10) * RATE_HZ], RATE_HZ)
        silent = Features(*(part[2, 0] for part in features))  # an item without error
        torch.testing.assert_close(silent.levels, mix.levels, atol=0.03, rtol=0)
