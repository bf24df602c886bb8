"""Left and right are one stem; microphones and takes of one instrument move together."""

import numpy as np
import pytest
import torch
from stem_files import RATE, noise, write

from console.correct.links import joined, listen_linked, with_linked
from console.errors import InputError
from console.network.posterior import GainPosterior
from console.read.names import linked, side_pairs
from console.read.roles import Role, read_roles
from console.read.song import Song


@pytest.mark.parametrize(
    ("left", "right", "base"),
    [
        ("Synth.L", "Synth.R", "Synth"),
        ("OH L", "OH R", "OH"),
        ("05_Overheads-L", "06_Overheads-R", "05_Overheads"),
        ("Gtr (Left)", "Gtr (Right)", "Gtr"),
        ("L_Room", "R_Room", "Room"),
        ("Piano left close", "Piano right close", "Piano close"),
        ("OHL", "OHR", "OH"),
        ("gtrL", "gtrR", "gtr"),
        ("Klavier links", "Klavier rechts", "Klavier"),
    ],
)
def test_two_mono_sides_are_one_stereo_stem(tmp_path, left, right, base):
    sides = noise(1000, 1, seed=1), 0.2 * noise(1000, 1, seed=2)
    for name, side in zip((left, right), sides, strict=True):
        write(tmp_path / f"{name}.wav", side)
    write(tmp_path / "bass.wav", noise(900, 1, seed=3))
    song = Song.load(tmp_path)
    assert set(song.names) == {base, "bass"}
    stem = song.audio[song.names.index(base)].numpy()
    assert np.array_equal(stem, np.concatenate(sides, axis=1).T)
    assert {use.file for use in song.account if use.used_as == base} == {f"{left}.wav", f"{right}.wav"}


@pytest.mark.parametrize("names", [("Vocal", "Vocar"), ("Gtr L", "Synth R"), ("L", "R"), ("Bell", "Belt"), ("Gtr L",)])
def test_other_names_are_no_sides(names):
    assert side_pairs(names) == []


def test_a_side_that_is_claimed_twice_gives_no_pair():
    assert side_pairs(["OH L", "oh-l", "OH R"]) == []


def test_stereo_files_of_two_sides_stay_and_move_together(tmp_path):
    for seed, name in enumerate(("Gtr L", "Gtr R", "bass")):
        write(tmp_path / f"{name}.wav", noise(1000, 2, seed=seed))
    song = Song.load(tmp_path)
    assert (song.names, song.links) == (("bass", "Gtr L", "Gtr R"), (("Gtr L", "Gtr R"),))


@pytest.mark.parametrize("unlink", ["OH", "OH L"])
def test_sides_stay_apart_where_somebody_says_so(tmp_path, unlink):
    for seed, name in enumerate(("OH L", "OH R", "bass")):
        write(tmp_path / f"{name}.wav", noise(1000, 1, seed=seed))
    song = Song.load(tmp_path, unlink=[unlink])
    assert (song.names, song.links) == (("bass", "OH L", "OH R"), ())


@pytest.mark.parametrize(
    "together",
    [
        ("Kick In", "Kick Out"),
        ("Snare Top", "Snare Bottom"),
        ("Bass DI", "Bass Amp"),
        ("01_Kick in", "02_Kick out"),
        ("BV 1", "BV 2", "BV 3"),
        ("Vox Double 1", "Vox Double 2"),
        ("Gtr 1", "Gtr 2"),
    ],
)
def test_microphones_and_takes_move_together(together):
    names = [*together, "Lead Vox", "Tom 1", "Tom 2", "Track 1", "Track 2", "Synth 1", "Synth 2"]
    roles = [role or Role.OTHER for role, _ in read_roles(names)]
    assert linked(names, roles) == (together,)


def test_links_are_made_and_undone_by_hand():
    names = ["Kick In", "Kick Out", "Snare", "Clap"]
    roles = [Role.DRUMS] * 4
    assert linked(names, roles, link=[("Snare", "Clap")]) == (("Kick In", "Kick Out"), ("Snare", "Clap"))
    assert linked(names, roles, link=[("Snare", "Kick In")]) == (("Kick In", "Kick Out", "Snare"),)
    assert linked(names, roles, unlink=["Kick Out"]) == ()
    for bad in ({"link": [("Snare", "Nix")]}, {"unlink": ["Nix"]}):
        with pytest.raises(InputError, match=r'no stem "Nix"'):
            linked(names, roles, **bad)
    with pytest.raises(InputError, match=r'"Snare" cannot be both'):
        linked(names, roles, link=[("Snare", "Clap")], unlink=["Snare"])


def song_of(links=(("a", "c"),)) -> Song:
    audio = torch.from_numpy(noise(4, 2, 500, seed=4))
    audio[3] = 0
    return Song(audio, ("a", "b", "c", "d"), RATE, links=links)


def test_linked_stems_are_heard_as_one_and_get_one_correction():
    song, asked = song_of(), []

    def listen(units: Song, anchor: str | None) -> GainPosterior:
        asked.append((units, anchor))
        return GainPosterior.certain(units.names, torch.tensor([3.0, 0.0, -2.0]), anchor)

    heard = listen_linked(song, listen, "b")
    units, anchor = asked[0]
    assert (units.names, anchor) == (("a", "b", "d"), "b")
    assert torch.equal(units.audio[0], song.audio[0] + song.audio[2])
    assert torch.equal(units.mix(), song.audio[0] + song.audio[2] + song.audio[1] + song.audio[3])
    assert heard.names == song.names
    assert heard.median_db.tolist() == [3.0, 0.0, 3.0, -2.0]
    assert heard.silent.tolist() == [False, False, False, True]
    assert listen_linked(song, listen, "c").anchor == "c"
    assert asked[1][1] == "a"  # what the anchor moves with is as right as the anchor


def test_nothing_linked_is_the_song_itself():
    song = song_of(links=())
    assert joined(song)[0] is song
    assert with_linked(song, ["a"]) == ["a"]
    assert with_linked(song_of(), ["c", "b"]) == ["a", "b", "c"]
