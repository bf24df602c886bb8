"""Told what is usual, the embedded console judges otherwise: in the right direction, and nearer to the truth."""

from dataclasses import replace

import pytest
import torch
from songs import noise_song

from console.balance.genre import Genre, usual_in, usual_in_all_music
from console.balance.usual import Usual
from console.errors import InputError
from console.model import Console
from console.read.roles import Role
from explainer.advice.advice import Advice
from studio.export.folder import write_mixdown
from studio.mixdown import run
from studio.usual import Told, told

RATE_HZ = 16_000
ALL = usual_in_all_music()


@pytest.fixture(scope="module")
def console() -> Console:
    return Console.from_pretrained()


@pytest.fixture(scope="module")
def song():
    return noise_song(seconds=20, rate=RATE_HZ, title="noise")


def expected_db(console, song, usual) -> torch.Tensor:
    return console.listen(song, usual=usual).mean_db


@pytest.mark.parametrize("role", list(Role))
def test_what_is_usually_louder_is_to_be_raised(console, song, role):
    low, high = (
        Usual({of: db + (by if of is role else 0.0) for of, db in ALL.mean_db.items()}, dict.fromkeys(Role, 1.0))
        for by in (-5.0, 5.0)
    )
    at = list(Role).index(role)
    assert expected_db(console, song, high)[at] > expected_db(console, song, low)[at] + 1


def test_held_up_its_own_balance_a_flawed_stem_comes_back_better_than_without(console, tmp_path):
    errors = {"with": [], "without": []}
    for seed in range(3):
        song = noise_song(seconds=12, rate=RATE_HZ, seed=seed, title=f"noise {seed}")
        song.save(tmp_path / str(seed))
        judged_by = told(like=[tmp_path / str(seed)])
        for stem, flaw_db in ((0, -6.0), (1, 6.0), (2, 5.0)):
            flaws_db = torch.zeros(4)
            flaws_db[stem] = flaw_db
            flawed = song.with_gains_db(flaws_db)
            for name, usual in (("with", judged_by.of(flawed)), ("without", None)):
                median_db = console.listen(flawed, usual=usual).median_db
                errors[name].append(float((median_db + flaws_db).abs().mean()))
    assert sum(errors["with"]) < 0.6 * sum(errors["without"])


def test_a_version_of_the_song_goes_before_other_songs(song, tmp_path):
    other = noise_song(seconds=20, rate=RATE_HZ, seed=3)
    song.with_gains_db([0.0, -3.0, 0.0, 0.0]).save(tmp_path / "rough")
    other.save(tmp_path / "other")
    flawed = song.with_gains_db([-6.0, 0.0, 0.0, 0.0])
    both = told(like=[tmp_path / "rough", tmp_path / "other"]).of(flawed)
    assert "another version of this song (“rough”)" in both.source
    assert max(both.spread_db.values()) < 1
    alone = told(like=[tmp_path / "other"]).of(flawed)
    assert alone.where == "in the song you gave"
    assert min(alone.spread_db.values()) > 1.2


def test_of_an_album_judged_by_itself_each_song_is_judged_by_the_others(tmp_path):
    songs = [noise_song(seconds=6, rate=8000, seed=seed, title=f"song {seed}") for seed in range(3)]
    for song in songs:
        song.save(tmp_path / song.title)
    by_album = told(like=[tmp_path])
    assert "the 2 songs you gave (“song 1” and “song 2”)" in by_album.of(songs[0]).source
    remixed = songs[0].with_gains_db([3.0, 0.0, 0.0, 0.0])
    assert "another version of this song (“song 0”)" in by_album.of(remixed).source
    alone = told(like=[tmp_path / "song 0"]).of(songs[0])  # it is what was asked for
    assert "another version" in alone.source


def test_more_songs_are_told_with_less_spread(tmp_path, song):
    for seed in range(1, 6):
        levels = noise_song(seconds=4, rate=8000, seed=seed)
        # Noise of other levels in each: all brought to one balance, so that the songs agree.
        power_db = 10 * levels.audio.square().mean((1, 2)).log10()
        levels.with_gains_db(-power_db - 20).save(tmp_path / f"song {seed}")
    one, five = told(like=[tmp_path / "song 1"]).of(song), told(like=[tmp_path]).of(song)
    assert "the 5 songs you gave (“song 1”, “song 2”, “song 3” and others)" in five.source
    assert all(five.spread_db[role] < one.spread_db[role] for role in Role)


def test_the_advice_of_a_song_serves_as_the_song(console, song, tmp_path):
    mixdown = run(song, console)
    (tmp_path / "out").mkdir()
    write_mixdown(tmp_path / "out", mixdown)
    (tmp_path / "songs").mkdir()
    song.with_gains_db(mixdown.gains_db).save(tmp_path / "songs" / "corrected")
    by_sound = told(like=[tmp_path / "songs" / "corrected"]).of(song)
    for place in (tmp_path / "out", tmp_path / "out" / "advice.json"):
        by_advice = told(like=[place]).of(song)
        assert by_advice.mean_db == pytest.approx(by_sound.mean_db, abs=0.02)
        assert by_advice.spread_db == pytest.approx(by_sound.spread_db, abs=0.02)
        assert "another version" in by_advice.source
    other = noise_song(seconds=8, rate=8000)
    assert "another version" not in told(like=[tmp_path / "out"]).of(other).source


def test_advice_of_an_earlier_version_is_refused(console, song, tmp_path):
    mixdown = run(song, console)
    older = replace(mixdown.advice, balance={})
    (tmp_path / "advice.json").write_text(older.to_json())
    with pytest.raises(InputError, match=r"advice\.json.* earlier version: give the stems"):
        told(like=[tmp_path / "advice.json"])


def test_what_was_judged_against_is_kept(console, song):
    usual = usual_in(Genre.METAL)
    mixdown = run(song, console, usual=usual)
    assert mixdown.advice.usual == usual.rounded()
    assert Advice.from_json(mixdown.advice.to_json()) == mixdown.advice
    assert set(mixdown.advice.balance) == set(Role)
    assert run(song, console).advice.usual is None


def test_a_genre_or_a_file_stands_by_itself(tmp_path, song):
    usual_in(Genre.JAZZ).save(tmp_path / "jazz.yaml")
    by_genre = told(genre="Jazz")
    assert by_genre == Told(usual_in(Genre.JAZZ))
    for by_file in (told(usual_file=tmp_path / "jazz.yaml"), told(like=[tmp_path / "jazz.yaml"])):
        assert by_file.of(song) == usual_in(Genre.JAZZ).rounded()
    assert told().of(song) is None


def test_a_genre_says_among_what_a_song_is_held_up(tmp_path, song):
    noise_song(seconds=5, rate=8000, seed=4).save(tmp_path / "song")
    plain, metal = (told(genre=name, like=[tmp_path / "song"]).of(song) for name in (None, "metal"))
    assert "among what is usual in metal" in metal.source
    apart = [usual.mean_db[Role.VOCALS] - usual.mean_db[Role.OTHER] for usual in (metal, plain)]
    assert apart[0] < apart[1]


def test_what_does_not_go_together_is_refused(tmp_path):
    ALL.save(tmp_path / "a.yaml")
    ALL.save(tmp_path / "b.yaml")
    for wrong, said in (
        ({"genre": "metal", "usual_file": tmp_path / "a.yaml"}, "not both"),
        ({"genre": "metal", "like": [tmp_path / "a.yaml"]}, "not both"),
        ({"usual_file": tmp_path / "a.yaml", "like": [tmp_path / "b.yaml"]}, "give one of them"),
        ({"genre": "mtal"}, 'no genre "mtal": choose rock, metal'),
        ({"usual_file": tmp_path / "c.yaml"}, r"c\.yaml.* cannot be read"),
        ({"like": [tmp_path / "nothing"]}, "nothing.* is not there"),
    ):
        with pytest.raises(InputError, match=said):
            told(**wrong)


def test_a_song_of_one_role_has_no_balance_to_hold_up(tmp_path):
    noise_song((Role.VOCALS, Role.VOCALS), seconds=4, rate=8000).save(tmp_path / "choir")
    with pytest.raises(InputError, match=r"choir.* only one role"):
        told(like=[tmp_path / "choir"])


def test_a_song_is_heard_whole_unless_fewer_windows_are_asked_for(console, song):
    rising = replace(song, audio=song.audio * torch.linspace(0.05, 1, song.audio.shape[-1]).roll(7000))
    for most in (None, 1):
        low_db, _ = console.listen(rising, most_windows=most).interval_db(0.8)
        moves = [stem.move for stem in run(rising, console, most_windows=most).advice.stems]
        assert [move.low_db for move in moves] == pytest.approx(low_db.tolist(), abs=0.01)
    assert console.listen(rising).probability != pytest.approx(console.listen(rising, most_windows=1).probability)
