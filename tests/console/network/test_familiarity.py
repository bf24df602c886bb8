"""How like anything learnt a song is, and that less is believed of one that is not."""

import pytest
import torch
from songs import noise_song

from console.balance.genre import usual_in_all_music
from console.balance.usual import Usual
from console.correct import decide
from console.model import Console
from console.network.familiarity import LEAST, NOTHING, Familiarity
from console.network.posterior import ZERO_BIN
from console.read.roles import Role
from tests.consoles import random_console

WIDTH = 8


def near(count: int, seed: int = 0) -> torch.Tensor:
    """Embeddings of one cloud, long in some directions."""
    return torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(seed)) * torch.arange(1, WIDTH + 1)


@pytest.fixture(scope="module")
def learnt() -> Familiarity:
    familiarity = Familiarity(WIDTH)
    familiarity.fit(near(4000))
    return familiarity


def test_before_anything_is_learnt_all_is_familiar():
    assert (Familiarity(WIDTH)(1e3 * near(5)) == 1).all()


def test_what_is_learnt_is_familiar_but_for_the_strangest(learnt):
    told = learnt(near(4000, seed=1))
    assert (told == 1).float().mean() == pytest.approx(0.65, abs=0.03)
    assert told.min() < 0.05


def test_what_lies_far_off_is_not_familiar_and_direction_counts(learnt):
    along, across = torch.zeros(2, WIDTH)
    along[-1], across[0] = 12.0, 12.0  # 1.5 and 12 standard deviations
    told = learnt(torch.stack([along, across]))
    assert told[0] == 1
    assert told[1] == 0


def test_too_few_songs_teach_nothing():
    familiarity = Familiarity(WIDTH)
    familiarity.fit(near(WIDTH))
    assert (familiarity(1e3 * near(5)) == 1).all()


def test_it_is_kept_with_the_console(tmp_path):
    console = random_console(depth=1)
    console.familiarity.fit(torch.randn(500, console.config["width"]))
    console.save_pretrained(tmp_path, "x", "1")
    again = Console.from_pretrained(tmp_path)
    for name, buffer in console.familiarity.state_dict().items():
        assert torch.equal(buffer, again.familiarity.state_dict()[name])


def test_of_an_unfamiliar_song_less_is_believed():
    console, song = random_console(depth=1), noise_song([Role.DRUMS, Role.BASS, Role.OTHER], seconds=4.0)
    known = console.listen(song, song.names[0])
    assert known.familiarity == 1
    tokens = torch.randn(500, console.config["width"])
    console.familiarity.fit(tokens + 100)
    strange = console.listen(song, song.names[0])
    assert strange.familiarity == 0
    torch.testing.assert_close(strange.probability.sum(-1), torch.ones(3))
    assert strange.probability[0, ZERO_BIN] == 1  # the anchor
    wanted = LEAST * known.probability[1:, ZERO_BIN] + (1 - LEAST) * NOTHING
    torch.testing.assert_close(strange.probability[1:, ZERO_BIN], wanted, atol=1e-5, rtol=0)
    low_db, high_db = strange.interval_db(0.8)
    assert (low_db[1:] < -4).all()
    assert (high_db[1:] > 4).all()
    assert decide(song, strange).still


@pytest.mark.parametrize(
    ("sharp", "taken_as"),
    [
        ((Role.DRUMS, Role.BASS, Role.OTHER), 1),  # of vocals, which the song has not, nothing need be told
        ((Role.DRUMS, Role.BASS), 0),
        ((), 0),
    ],
)
def test_who_tells_sharply_of_all_that_sounds_knows_the_music(sharp, taken_as):
    console, song = random_console(depth=1), noise_song([Role.DRUMS, Role.BASS, Role.OTHER], seconds=4.0)
    mean_db = usual_in_all_music().mean_db
    told = Usual(mean_db, {role: 1.0 if role in sharp else 2.5 for role in Role})
    known = console.listen(song, usual=told).probability
    console.familiarity.fit(torch.randn(500, console.config["width"]) + 100)
    heard = console.listen(song, usual=told)
    assert heard.familiarity == taken_as
    assert torch.equal(heard.probability, known) == bool(taken_as)
    # What is told of some roles only is no sharper than that of all music is of the others.
    some = Usual({role: mean_db[role] for role in sharp}, dict.fromkeys(sharp, 1.0))
    assert console.listen(song, usual=some).familiarity == taken_as
    silent = song.with_gains_db([0.0] * 3)
    silent.audio[2] = 0
    assert console.listen(silent, usual=some).familiarity == (len(sharp) > 1)
