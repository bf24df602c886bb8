"""The items of every protocol: what may be flawed, seeds that last, and what is measured along."""

import pytest
import torch
from songs import noise_song

from console import InputError, Song
from console.balance import ROLES, BalancePrior
from console.data.sources.musdb import MusdbSource
from console.data.table import STEP, SongTable, tabulate
from console.evaluation.items import Items, Protocol
from console.evaluation.protocol import ITEMS, NAMED, items, rendered
from console.flaws import RAW_DB, Category, category_of
from console.read.roles import Role
from explainer.measured.figures import measure

RATE_HZ = 44_100
DRAWN = [Protocol.MANY, Protocol.RAW, Protocol.NONE, Protocol.AB]


@pytest.fixture(scope="module")
def song() -> Song:
    """Two chunks that count, and one between them in which the bass rests."""
    song = noise_song(seconds=31.0, title="A Song")
    song.audio[2, :, 10 * RATE_HZ : 20 * RATE_HZ] = 0
    return song


@pytest.fixture(scope="module")
def table(song) -> SongTable:
    return tabulate(song)


@pytest.fixture(scope="module")
def short() -> SongTable:
    """Three seconds, in which the vocals are silent."""
    song = noise_song(seconds=3.0, title="Short")
    song.audio[0] = 0
    return tabulate(song)


def equal(one, other) -> bool:
    parts = ((*asked.example[0], *asked.example[1:6], asked.gram, asked.moment) for asked in (one, other))
    return one.ids == other.ids and all(map(torch.equal, *parts))


def test_single_asks_exactly_the_published_items(table):
    asked = Items([table], Protocol.SINGLE)
    assert (len(asked), asked.count) == (2, 2 * ITEMS)
    for index, chunk in enumerate((0, 2)):
        anchor, flaw_db = rendered(items("A Song", chunk, ROLES), ROLES)
        assert torch.equal(asked[index].example.anchor, anchor)
        assert torch.equal(asked[index].example.flaw_db, flaw_db)


@pytest.mark.parametrize("protocol", DRAWN)
def test_anchors_come_in_turn_and_are_never_flawed(table, protocol):
    asked = Items([table], protocol)
    count = len(NAMED) if protocol is Protocol.NONE else ITEMS
    assert asked.count == 2 * count
    for index in range(2):
        example = asked[index].example
        assert example.flaw_db.shape == (count, 4)
        assert [ROLES[row.index(True)] for row in example.anchor.tolist()] == list(NAMED) * (count // 3)
        assert (example.flaw_db[example.anchor] == 0).all()
        assert torch.equal(example.free, ~example.anchor)


@pytest.mark.parametrize("protocol", [Protocol.MANY, Protocol.AB])
def test_many_flaws_at_least_one_stem_and_never_all(table, protocol):
    flaw_db = torch.cat([asked.example.flaw_db for asked in Items([table, tabulate(noise_song())], protocol)])
    flawed = (flaw_db != 0).sum(-1)
    assert set(flawed.tolist()) == {1, 2, 3}
    assert all(category_of(db) is not Category.NO_ERROR for db in flaw_db[flaw_db != 0].tolist())
    assert flaw_db.abs().max() <= 12
    assert (flaw_db[:, list(Role).index(Role.OTHER)] != 0).any()


def test_raw_puts_every_free_stem_anywhere(table):
    example = Items([table], Protocol.RAW)[0].example
    free_db = example.flaw_db[example.free]
    assert (free_db != 0).all()
    assert free_db.abs().max() <= RAW_DB
    assert float(free_db.std()) == pytest.approx(2 * RAW_DB / 12**0.5, rel=0.15)


def test_in_none_nothing_is_wrong(table):
    assert (Items([table], Protocol.NONE)[0].example.flaw_db == 0).all()


def test_two_versions_have_the_flaws_of_many(table):
    many, ab = (Items([table], protocol)[1] for protocol in (Protocol.MANY, Protocol.AB))
    assert torch.equal(many.example.flaw_db, ab.example.flaw_db)
    assert ab.ids[0] == "A Song|2|ab|vocals|0"


@pytest.mark.parametrize("protocol", list(Protocol))
def test_an_item_is_called_by_what_it_asks(table, protocol):
    asked = Items([table], protocol)
    ids = [name for index in range(2) for name in asked[index].ids]
    assert len(set(ids)) == len(ids) == asked.count
    for index, chunk in enumerate((0, 2)):
        assert (asked[index].song, asked[index].chunk, asked[index].start_s) == ("A Song", chunk, 10.0 * chunk)
        known = [ROLES[row.index(True)] for row in asked[index].example.anchor.tolist()]
        assert asked[index].ids == tuple(f"A Song|{chunk}|{protocol}|{role}|{n}" for n, role in enumerate(known))


@pytest.mark.parametrize("protocol", list(Protocol))
def test_an_item_depends_on_its_seed_song_and_chunk_alone(song, table, protocol):
    first, second = Items([table], protocol)[0], Items([table], protocol)[1]
    turned = Song(song.audio.flip(0), song.names[::-1], RATE_HZ, song.roles[::-1], title=song.title)
    assert equal(first, Items([table], protocol)[0])
    assert equal(second, Items([tabulate(noise_song()), table], protocol)[2]._replace(example=second.example))
    assert torch.equal(first.example.flaw_db, Items([tabulate(turned)], protocol)[0].example.flaw_db)
    renamed = table._replace(title="Another Song")
    other = (second, Items([renamed], protocol)[0], Items([table], protocol, seed=1)[0])
    same = [torch.equal(first.example.flaw_db, asked.example.flaw_db) for asked in other]
    unseeded = protocol in (Protocol.SINGLE, Protocol.NONE)
    assert same == [protocol is Protocol.NONE, protocol is Protocol.NONE, unseeded]


def test_flaws_are_the_same_for_ever(table):
    first, second, *_ = Items([table], Protocol.MANY)[1].example.flaw_db.tolist()
    assert first == pytest.approx([0.0, 11.9499, -10.7326, 0.0], abs=1e-4)
    assert second == pytest.approx([0.0, 0.0, -8.2596, 0.0], abs=1e-4)


def test_a_silent_stem_is_neither_anchor_nor_flawed(short):
    assert len(Items([short], Protocol.MANY)) == 0
    (asked,) = Items([short], Protocol.MANY, short_songs=True)
    example = asked.example
    assert not example.anchor[:, 0].any()
    assert not example.free[:, 0].any()
    assert (example.flaw_db[:, 0] == 0).all()
    assert [name.split("|")[3] for name in asked.ids[:4]] == ["-", "drums", "bass", "-"]
    assert ((example.flaw_db[0::3] != 0).sum(-1) < 3).all()  # without an anchor one that sounds is left


@pytest.mark.parametrize("protocol", list(Protocol))
def test_of_a_lone_stem_nothing_is_asked(protocol):
    lone = Items([tabulate(noise_song([Role.DRUMS, Role.DRUMS]))], protocol)
    assert len(lone) == lone.count == 0
    with pytest.raises(InputError, match="None of the 1 songs has 10 s to ask about"):
        lone.check()


def test_stems_that_are_not_there_are_not_asked_about():
    table = tabulate(noise_song([Role.OTHER, Role.DRUMS]))
    assert len(Items([table], Protocol.SINGLE)) == 0
    (asked,) = Items([table], Protocol.NONE)
    assert asked.ids == ("noise|0|none|drums|0",)
    assert asked.example.role.tolist() == [[1, 3]]


@pytest.mark.parametrize("protocol", [Protocol.SINGLE, Protocol.RAW])
def test_of_the_mix_is_what_mix_only_asks(table, protocol):
    whole = Items([table], protocol)[0]
    assert not whole.mix_only
    assert whole.of_mix().mix_only
    assert equal(whole.of_mix(), Items([table], protocol, mix_only=True)[0])
    assert torch.equal(whole.of_mix().energy, whole.energy)


def test_energies_are_those_of_the_flawed_and_of_the_balanced_stems(table):
    asked = Items([table], Protocol.MANY)[0]
    stems = asked.energy[:, :-1, :, 0].mean(-1) / asked.balanced[:-1, :, 0].mean(-1)
    torch.testing.assert_close(10 * stems.log10(), asked.example.flaw_db, atol=1e-3, rtol=0)
    torch.testing.assert_close(asked.gram.diagonal().float(), asked.balanced[:-1, :, 0].mean(-1))
    figures = measure(asked.energy, asked.example.role, asked.example.anchor)
    assert figures.level_lu.shape == (ITEMS, 4)
    assert figures.present.all()


def test_the_moment_is_the_chunks_own_sound(song, table):
    for index, chunk in enumerate((0, 2)):
        start = (chunk * 50 + 24) * STEP
        moment = Items([table], Protocol.SINGLE)[index].moment
        torch.testing.assert_close(moment, song.audio[..., start : start + RATE_HZ // 2], atol=1e-3, rtol=0)


def test_a_drawn_balance_is_in_everything(table):
    prior = BalancePrior.load()
    plain, drawn, other = (
        Items([table], Protocol.MANY, prior=which, seed=seed)[1] for which, seed in ((None, 0), (prior, 0), (prior, 1))
    )
    gain = (drawn.gram.diagonal() / plain.gram.diagonal()).sqrt().float()
    assert not torch.allclose(gain, torch.ones(4), rtol=0.1)
    torch.testing.assert_close(drawn.moment, gain[:, None, None] * plain.moment, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(drawn.balanced[:-1], gain.square()[:, None, None] * plain.balanced[:-1])
    assert torch.equal(plain.example.flaw_db, drawn.example.flaw_db)
    assert not torch.allclose(drawn.gram, other.gram, rtol=0.1)


def test_two_songs_of_one_title_are_refused(table):
    with pytest.raises(InputError, match='2 songs are called "A Song"'):
        Items([table, table], Protocol.MANY)


class Tables(list):
    """Tables of the whole MUSDB18-HQ test set, as it says."""

    source = object.__new__(MusdbSource)
    source.complete = True


def test_the_published_counts_are_asserted_of_the_published_protocol(table):
    with pytest.raises(InputError, match="855 chunks and 25650 items, not 2 and 60"):
        Items(Tables([table]), Protocol.SINGLE).check()
    Items(Tables([table]), Protocol.MANY).check()
    Items([table], Protocol.SINGLE).check()
