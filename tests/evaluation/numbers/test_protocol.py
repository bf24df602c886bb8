"""The protocol: which chunks count, and items that stay the same for ever."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from console.errors import InputError
from console.evaluation.protocol import ITEMS, MUSDB18_HQ_ITEMS, NAMED, check_musdb18_hq, chunks, items, rendered
from console.flaws import Category, category_of
from console.read.roles import Role

RATE = 8000
CHUNK = 10 * RATE


def noise(*levels_dbfs: float, seconds: float = 10.0) -> torch.Tensor:
    """Stems of white noise at these RMS levels, "stem 2 time"."""
    generator = torch.Generator().manual_seed(0)
    sound = torch.randn(len(levels_dbfs), 2, round(seconds * RATE), generator=generator)
    sound = sound / sound.square().mean((1, 2), keepdim=True).sqrt()
    return sound * torch.tensor([10 ** (level / 20) for level in levels_dbfs])[:, None, None]


def test_chunks_lie_side_by_side_and_the_remainder_is_dropped():
    assert chunks(noise(-20, -20, seconds=39.9), RATE) == [0, CHUNK, 2 * CHUNK]
    assert chunks(noise(-20, -20, seconds=9.9), RATE) == []


@pytest.mark.parametrize(
    ("levels_dbfs", "counts"),
    [
        ((-20, -44.5), True),
        ((-20, -45.5), False),  # a stem is too faint
        ((-38, -37.5), True),  # -34.7 dBFS together
        ((-38.5, -38.5), False),  # -35.5 dBFS together
        ((-20, -math.inf), False),
    ],
)
def test_a_chunk_counts_when_its_mix_and_each_stem_are_loud_enough(levels_dbfs, counts):
    assert chunks(noise(*levels_dbfs), RATE) == ([0] if counts else [])


def test_stems_that_cancel_make_no_mix():
    one = noise(-20)
    assert chunks(torch.cat([one, -one]), RATE) == []


@pytest.mark.parametrize(("sounding_s", "counts"), [(1.9, False), (2.1, True)])
def test_a_fifth_of_the_frames_has_to_sound(sounding_s, counts):
    audio = noise(-20, -20)
    audio[..., round(sounding_s * RATE) :] = 0
    assert chunks(audio, RATE) == ([0] if counts else [])


def test_frames_of_all_stems_are_pooled():
    audio = noise(-20, -20)
    audio[0, :, round(0.5 * RATE) :] = 0  # 5 % of this stem's frames and 40 % of the other's: 22.5 %
    audio[1, :, round(4 * RATE) :] = 0
    assert chunks(audio, RATE) == [0]


def test_quiet_chunks_are_left_out_by_themselves():
    audio = noise(-20, -20, seconds=30)
    audio[0, :, CHUNK : 2 * CHUNK] = 0
    assert chunks(audio, RATE) == [0, 2 * CHUNK]


def test_every_chunk_gives_every_anchor_target_and_category_once():
    asked = items("A Song", 3, tuple(Role))
    assert len(asked) == ITEMS == 30
    assert len({item[:3] for item in asked}) == 30
    assert {item.anchor for item in asked} == {item.target for item in asked} == set(NAMED)
    assert all(item.anchor is not item.target for item in asked)
    assert all(category_of(item.flaw_db) is item.category for item in asked)


def test_items_are_the_same_for_ever():
    asked = {item[:3]: item.flaw_db for item in items("A Song", 3, tuple(Role))}
    assert asked[Role.VOCALS, Role.DRUMS, Category.VERY_QUIET] == pytest.approx(-10.071762564, abs=1e-9)
    assert asked[Role.BASS, Role.VOCALS, Category.LOUD] == pytest.approx(4.966000647, abs=1e-9)
    assert asked[Role.DRUMS, Role.BASS, Category.VERY_LOUD] == pytest.approx(11.744446592, abs=1e-9)
    assert asked[Role.DRUMS, Role.BASS, Category.NO_ERROR] == 0


@given(st.text(min_size=1), st.integers(0, 100))
def test_items_depend_on_the_song_and_the_chunk_but_not_on_the_order_of_its_stems(title, chunk):
    asked = items(title, chunk, tuple(Role))
    assert asked == items(title, chunk, tuple(reversed(Role)))
    others = items(title + "!", chunk, tuple(Role)) + items(title, chunk + 1, tuple(Role))
    flaws = {item.flaw_db for item in asked} - {0.0}
    assert len(flaws) == 24
    assert flaws.isdisjoint(item.flaw_db for item in others)


def test_flaws_fill_their_range_evenly():
    flaws = [item.flaw_db for chunk in range(200) for item in items("x", chunk, tuple(Role))]
    loud = torch.tensor([flaw for flaw in flaws if flaw > 6])
    assert loud.mean() == pytest.approx(9, abs=0.15)
    assert loud.std() == pytest.approx(6 / math.sqrt(12), rel=0.05)


@pytest.mark.parametrize(
    ("roles", "count"),
    [
        ((Role.DRUMS, Role.BASS, Role.OTHER), 10),
        ((Role.DRUMS, Role.OTHER), 0),
        ((Role.VOCALS, Role.VOCALS, Role.DRUMS, Role.BASS), 10),  # "vocals" would name two stems
    ],
)
def test_songs_without_all_roles_give_the_items_that_are_possible(roles, count):
    assert len(items("x", 0, roles)) == count


def test_rendered_items_put_the_flaw_on_the_target():
    roles = (Role.OTHER, Role.BASS, Role.DRUMS, Role.VOCALS)
    asked = items("x", 0, roles)
    anchor, flaw_db = rendered(asked, roles)
    assert (anchor.sum(-1) == 1).all()
    assert (flaw_db[anchor] == 0).all()
    assert not anchor[:, 0].any()
    for item, row in zip(asked, flaw_db, strict=True):
        assert row[roles.index(item.target)] == pytest.approx(item.flaw_db)
        assert (row != 0).sum() == (item.category is not Category.NO_ERROR)


def test_the_counts_of_musdb18_hq_are_asserted():
    check_musdb18_hq(855, 25_650)
    assert MUSDB18_HQ_ITEMS == 25_650
    with pytest.raises(InputError, match=r"855 chunks and 25650 items, not 854 and 25620"):
        check_musdb18_hq(854, 25_620)
