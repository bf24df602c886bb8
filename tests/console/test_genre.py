"""Genres: their conventions, and a console that is told them."""

import json
from importlib.resources import files

import numpy as np
import pytest
import torch
import yaml

from console.balance import BalancePrior
from console.data.examples import FlawedExcerpts, Key, Recipe
from console.data.folder import FolderSource
from console.data.items import ProtocolItems
from console.data.relevel import static_gain
from console.data.style import genres_in
from console.data.synth.genres import genres
from console.data.synthetic import SyntheticSource
from console.data.table import tabulate
from console.errors import InputError
from console.balance.genre import N_GENRES, UNKNOWN, Genre, conventions_db, genre_index
from console.model import Console
from console.read.roles import Role
from tests.consoles import make_song, random_console

PRIOR = BalancePrior.load()


def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def told():
    return random_console(depth=1, genres=True)


def test_what_is_told_of_genres_is_of_roles():
    told = yaml.safe_load(files("console").joinpath("genres.yaml").read_text())
    assert list(told) == list(Genre) == list(genres())
    for conventions in told.values():
        assert set(conventions) <= set(map(str, Role))


def test_an_unknown_genre_has_no_conventions():
    table = conventions_db()
    assert table.shape == (N_GENRES, len(Role))
    assert not table[UNKNOWN].any()
    assert table[genre_index(Genre.METAL), 0] < 0 < table[genre_index(Genre.BALLAD), 0]  # the voice


def test_draws_of_a_genre_lie_where_its_conventions_say():
    """Against the mix, so but for one common level of all stems."""
    shift_db = np.tile(conventions_db()[genre_index(Genre.REGGAE)], (4000, 1))
    usual, shifted = (PRIOR.draw(4000, 1, 10, rng(), s) for s in (None, shift_db))
    moved_db = (shifted - usual).mean((0, 1, 3))
    wanted_db = shift_db[0]
    np.testing.assert_allclose(np.diff(moved_db), np.diff(wanted_db), atol=0.05)


def test_a_static_gain_follows_the_genre_by_its_conventions():
    power = torch.rand(4, 100) + 0.1
    genre = np.array([UNKNOWN, genre_index(Genre.RAP)])
    plain, moved = (static_gain(power, PRIOR, 2, rng(), of) for of in (None, genre))
    torch.testing.assert_close(plain[0], moved[0])
    ratio_db = 20 * (moved[1] / plain[1]).log10()
    np.testing.assert_allclose(ratio_db, conventions_db()[genre[1]], atol=1e-4)


def test_examples_declare_the_genre_that_they_follow():
    table = tabulate(SyntheticSource(1, seconds=12.0).song(0))
    never, always = (FlawedExcerpts([table], Recipe(genre=share, draws=200), PRIOR)[Key(0, 0)] for share in (0.0, 1.0))
    assert (never.genre == UNKNOWN).all()
    assert set(always.genre.tolist()) == set(range(1, N_GENRES))
    assert (FlawedExcerpts([table], Recipe(genre=1.0, draws=20))[Key(0, 0)].genre == UNKNOWN).all()  # no balance drawn


def test_a_declared_genre_is_heard(told):
    song = make_song(3, seed=1)
    plain, metal, folk = (told.listen(song, genre=genre).probability for genre in (None, Genre.METAL, Genre.FOLK))
    assert (plain - metal).abs().max() > 1e-4
    assert (metal - folk).abs().max() > 1e-4


def test_a_console_without_genres_says_so():
    with pytest.raises(InputError, match="without genres"):
        Console(width=32, depth=1, heads=2).listen(make_song(3, seed=1), genre=Genre.ROCK)


def test_a_console_with_genres_is_kept(told, tmp_path):
    told.save_pretrained(tmp_path, "told", "1")
    again = Console.from_pretrained(tmp_path)
    song = make_song(3, seed=2)
    for genre in (None, Genre.JAZZ):
        assert torch.equal(again.listen(song, genre=genre).probability, told.listen(song, genre=genre).probability)


@pytest.mark.parametrize(
    ("listing", "genre"),
    [({"genre": "jazz"}, Genre.JAZZ), ({"genre": "skiffle"}, None), ({"tempo_bpm": 90}, None), (None, None)],
)
def test_a_folder_tells_genres(tmp_path, listing, genre):
    folder = tmp_path / "song"
    make_song(3, seed=3).save(folder)
    if listing is not None:
        (folder / "song.json").write_text(json.dumps(listing))
    (tmp_path / "test").mkdir()
    folder.rename(tmp_path / "test" / "song")
    assert genres_in(FolderSource(str(tmp_path), "test")) == [genre]


def test_items_declare_what_is_told_of_their_songs():
    tables = [tabulate(SyntheticSource(2, seconds=12.0).song(i)) for i in range(2)]
    plain, told = (ProtocolItems(tables, prior=PRIOR, genres=of) for of in (None, [None, Genre.METAL]))
    assert set(plain[1].genre.tolist()) == {UNKNOWN}
    assert [set(told[i].genre.tolist()) for i in range(len(told))] == [{UNKNOWN}, {genre_index(Genre.METAL)}]
    assert (plain[1].features.levels - told[1].features.levels).abs().max() > 1e-3  # it follows the genre
    assert torch.equal(plain[0].features.levels, told[0].features.levels)


def test_sources_that_tell_no_genre():
    assert genres_in(SyntheticSource(2)) == [None, None]
