"""The embedded console: what its card says, on songs that had no part in training."""

import contextlib
import io
import re
import runpy
import sys
from pathlib import Path

import pytest
import torch

from console import Console, Song

ROOT = Path(__file__).resolve().parents[3]


def shares_named(*songs: Path) -> list[float]:
    """Shares of clear flaws named with and without an anchor, as the benchmark prints them."""
    program, told = str(ROOT / "benchmarks" / "real_songs.py"), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(told):
        patch.setattr(sys, "argv", [program, *map(str, songs)])
        runpy.run_path(program, run_name="__main__")
    return [int(hit) / int(of) for hit, of in re.findall(r"(\d+) of (\d+) named", told.getvalue())]


def test_clear_flaws_on_the_example_song_are_named():
    assert min(shares_named()) >= 0.8


def test_clear_flaws_on_real_songs_are_named(real_songs):
    """One of them is like nothing that was learnt: without an anchor, nothing is moved there."""
    anchored, alone = shares_named(*real_songs)
    assert anchored >= 0.85
    assert alone >= 0.65


def test_an_untouched_song_is_left_alone(falcon_path):
    assert Console.from_pretrained().listen(Song.load(falcon_path)).median_db.abs().max() < 1


@pytest.mark.parametrize("anchor", [None, "drums"])
def test_invariants_hold_of_the_trained_weights(falcon_path, anchor):
    console, song = Console.from_pretrained(), Song.load(falcon_path)
    heard = console.listen(song, anchor)
    louder = console.listen(song.with_gains_db(torch.full((4,), -17.0)), anchor)
    torch.testing.assert_close(heard.probability, louder.probability, atol=1e-3, rtol=0)
    order = [2, 0, 3, 1]
    names, roles = (tuple(row[i] for i in order) for row in (song.names, song.roles))
    turned = console.listen(Song(song.audio[order], names, song.sample_rate, roles), anchor)
    torch.testing.assert_close(heard.probability[order], turned.probability, atol=1e-3, rtol=0)


def test_the_card_stands_beside_the_weights_and_names_the_command():
    card = (ROOT / "console" / "pretrained" / "MODEL_CARD.md").read_text()
    (config,) = set(re.findall(r"train\.py fit -c (\S+\.yaml)", card))
    assert (ROOT / config).is_file()
    assert len(list((ROOT / "console" / "pretrained").glob("*.safetensors"))) == 1
