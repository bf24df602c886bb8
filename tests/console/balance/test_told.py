"""A console that is told what is usual: what it reads of that, and what the trained one makes of it."""

import pytest
import torch
from consoles import batch, heard, make_song, random_console, rows
from hypothesis import given
from hypothesis import strategies as st

from console import Console, Song
from console.balance import ROLES, song_level_db
from console.balance.genre import usual_in_all_music
from console.balance.usual import Usual
from console.network.encoder import told_of
from console.read.roles import Role

FLAW_DB = 6.0


def usual(*mean_db: float, spread_db: float = 1.0) -> torch.Tensor:
    return torch.tensor([[[db, spread_db] for db in mean_db]])


@given(st.floats(-40, 40))
def test_only_differences_between_roles_count(offset_db):
    console, song = random_console(depth=1), make_song(3)
    one, other = (
        console(batch(heard(song)), *rows(song), usual(*(db + at for db in (0.0, -3.0, 4.0))))
        for at in (0.0, offset_db)
    )
    torch.testing.assert_close(one.exp(), other.exp(), atol=1e-4, rtol=0)


def test_a_spread_of_0_is_being_told_nothing():
    console, song = random_console(depth=1), make_song(3)
    untold = console(batch(heard(song)), *rows(song))
    told = console(batch(heard(song)), *rows(song), usual(1.0, 2.0, 3.0, spread_db=0.0))
    assert torch.equal(untold, told)
    assert not torch.equal(untold, console(batch(heard(song)), *rows(song), usual(1.0, 2.0, 3.0)))


def test_what_is_told_of_a_silent_stem_does_not_matter():
    song = make_song(3)
    audio = song.audio.clone()
    audio[1] = 0
    features = batch(heard(Song(audio, song.names, song.sample_rate, song.roles)))
    padded = [torch.nn.functional.pad(usual(0.0, db, 4.0), (0, 0, 0, 1)) for db in (-3.0, 30.0)]
    one, other = (told_of(features, row)[:, :, [0, 2]] for row in padded)
    torch.testing.assert_close(one, other)


@pytest.mark.parametrize("roles", [(Role.VOCALS,), (Role.VOCALS, Role.BASS), (Role.DRUMS, Role.BASS, Role.OTHER)])
@pytest.mark.parametrize("higher_db", [0.0, -9.0])
def test_roles_that_are_not_told_are_as_in_all_music(roles, higher_db):
    """Whoever tells of some roles that they are as in all music has told what all music tells of all of them."""
    console, song, all_music = Console.from_pretrained(), make_song(4), usual_in_all_music()
    mean_db = {role: all_music.mean_db[role] + higher_db for role in roles}
    some = Usual(mean_db, {role: all_music.spread_db[role] for role in roles})
    told, whole, untold = (console.listen(song, usual=usual) for usual in (some, all_music, None))
    torch.testing.assert_close(told.probability, whole.probability, atol=1e-4, rtol=0)
    assert (told.mean_db - untold.mean_db).abs().max() < 1


def test_one_that_tells_nothing_is_none():
    console, song = random_console(depth=1), make_song(3)
    assert torch.equal(console.listen(song, usual=Usual({}, {})).probability, console.listen(song).probability)


@pytest.fixture(scope="module")
def falcon(falcon_path) -> Song:
    return Song.load(falcon_path)


def levels_of(song: Song) -> list[float]:
    step = song.sample_rate // 5
    whole = song.audio[..., : song.audio.shape[-1] // step * step]
    return song_level_db(whole.unflatten(-1, (-1, step)).square().mean(-1).sum(1)).tolist()


def told(song: Song, spread_db: float, off_db: float = 0.0) -> Usual:
    """The song's own levels, of the vocals by `off_db` others."""
    by_role = dict(zip(song.roles, levels_of(song), strict=True))
    return Usual.of_rows(
        [by_role[role] + off_db * (role is Role.VOCALS) for role in ROLES], [spread_db] * len(ROLES), "the song itself"
    )


@pytest.mark.parametrize("flaw_db", [-FLAW_DB, FLAW_DB])
def test_told_its_own_levels_a_song_is_put_right(falcon, flaw_db):
    console = Console.from_pretrained()
    vocals = falcon.roles.index(Role.VOCALS)
    flawed = falcon.with_gains_db([flaw_db * (at == vocals) for at in range(4)])
    posterior = console.listen(flawed, usual=told(falcon, 0.7))
    assert float(posterior.median_db[vocals]) == pytest.approx(-flaw_db, abs=1.5)
    others = [at for at in range(4) if at != vocals]
    assert posterior.median_db[others].abs().max() < 1


def test_the_sharper_it_is_told_the_surer_it_is(falcon):
    console = Console.from_pretrained()
    vocals = falcon.roles.index(Role.VOCALS)
    flawed = falcon.with_gains_db([FLAW_DB * (at == vocals) for at in range(4)])
    widths = []
    for spread_db in (0.5, 1.5, 3.0):
        low_db, high_db = console.listen(flawed, "drums", usual=told(falcon, spread_db)).interval_db(0.8)
        widths.append(float(high_db[vocals] - low_db[vocals]))
    assert widths == sorted(widths)
    assert widths[-1] > 1.3 * widths[0]


def test_it_believes_what_it_is_told_also_of_a_song_that_is_right(falcon):
    """Told by the wrong song's levels, it pulls toward them; told vaguely, less."""
    console = Console.from_pretrained()
    vocals = falcon.roles.index(Role.VOCALS)
    sharp, vague = (
        float(console.listen(falcon, "drums", usual=told(falcon, spread_db, 8.0)).mean_db[vocals])
        for spread_db in (0.7, 3.0)
    )
    assert sharp > 4
    assert sharp > vague
